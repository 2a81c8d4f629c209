//! How files, functions and places are called in a report, and whose code they are.

use advisors::{Place, Python};

use crate::profile::origin::{library_module, package_module};
use crate::profile::{Origin, Process, Profile, Target, Thread};
use crate::sample::{Code, Task};
use crate::text::Untrusted;

/// Characters of a name that a report shows; generated names can be thousands long.
const NAME_CHARS: usize = 160;

/// A file as a report calls it: relative to the target's working directory, or to the place it was
/// installed in.
pub(crate) fn file(target: &Target, file: &Untrusted) -> Untrusted {
    let whole = file.data();
    let short = match Origin::of(file) {
        Origin::Package => package_module(whole),
        Origin::Library => library_module(whole),
        Origin::Own | Origin::Native => target.below_base(whole),
    };
    clip(short.unwrap_or(whole))
}

/// The end of a text that is too long: of paths and qualified names it says the most.
fn clip(text: &str) -> Untrusted {
    match text.char_indices().rev().nth(NAME_CHARS - 1) {
        Some((at, _)) if at > 0 => Untrusted::new(format!("…{}", &text[at..])),
        _ => Untrusted::new(text),
    }
}

/// A function as a report calls it.
pub(crate) fn function(name: &Untrusted) -> Untrusted {
    if name.is_empty() { Untrusted::new("(no name)") } else { clip(name.data()) }
}

/// `etl.py:41`
pub(crate) fn place(target: &Target, path: &Untrusted, place: Place) -> Untrusted {
    let name = file(target, path);
    match place.line {
        0 => name,
        line => Untrusted::new(format!("{}:{line}", name.data())),
    }
}

/// A frame of a stack: `dedupe (etl.py:41)`; with `columns`, those of the expression as an editor
/// counts them, first and last from 1: `dedupe (etl.py:41:13-25)`.
pub(crate) fn line_frame(target: &Target, code: &Code, at: Place, columns: bool) -> Untrusted {
    frame(&frame_parts(target, code, at, columns))
}

/// `dedupe (etl.py:41)` of its parts; the function alone where the place is not known.
pub(crate) fn frame((name, place): &(Untrusted, Untrusted)) -> Untrusted {
    match place.is_empty() {
        true => name.clone(),
        false => Untrusted::new(format!("{} ({})", name.data(), place.data())),
    }
}

/// A frame's function and place, as [`line_frame`] tells them; an empty place is not known.
pub(crate) fn frame_parts(
    target: &Target,
    code: &Code,
    at: Place,
    columns: bool,
) -> (Untrusted, Untrusted) {
    let name = function(&code.name);
    let mut place = place(target, &code.file, at).data().to_owned();
    if place.is_empty() {
        return (name, Untrusted::default());
    }
    let columns =
        at.columns.filter(|(start, end)| columns && (at.end_line > at.line || start < end));
    if let Some((start, end)) = columns {
        let (first, last) = (u64::from(start) + 1, end);
        place += &match at.end_line {
            end_line if end_line > at.line => format!(":{first}-{end_line}:{last}"),
            _ => format!(":{first}-{last}"),
        };
    }
    (name, Untrusted::new(place))
}

/// A frame by its function alone: `dedupe (etl.py:36)`, the line its first.
pub(crate) fn function_frame(target: &Target, code: &Code) -> Untrusted {
    line_frame(target, code, Place::line(code.first_line), false)
}

/// `process 4242 (python etl.py)`
pub(super) fn process(process: &Process) -> Untrusted {
    Untrusted::new(format!("process {} ({})", process.pid, clip(process.command.data()).data()))
}

/// `task loader (fetch_all)`; of one that the program has not named, `task fetch_all`.
pub(super) fn task(task: &Task) -> Untrusted {
    let coroutine = function(&task.coroutine);
    Untrusted::new(match &task.name {
        Some(name) => format!("task {} ({})", clip(name.data()).data(), coroutine.data()),
        None => format!("task {}", coroutine.data()),
    })
}

/// `thread 4243 (loader)`
pub(super) fn thread(thread: &Thread) -> Untrusted {
    let name = thread.name.as_ref().filter(|name| !name.is_empty());
    let name = name.map_or("no name".to_owned(), |name| clip(name.data()).data().to_owned());
    Untrusted::new(format!("thread {} ({name})", thread.tid))
}

/// A thread by its name, and by its process where there are several.
pub(super) fn thread_of(profile: &Profile, thread: &Thread) -> Untrusted {
    let name = self::thread(thread);
    match profile.threads.iter().any(|other| other.pid != thread.pid) {
        true => Untrusted::new(format!("pid {}, {}", thread.pid, name.data())),
        false => name,
    }
}

/// `etl.py, CPython 3.13.0, pid 4242`; what is not known is left out.
pub(crate) fn headline(target: &Target) -> Untrusted {
    headed(target, &[])
}

/// The same of a recording, with every Python that was seen at work in it:
/// `nightly.sh, CPython 3.13.0 and CPython 3.8.18, pid 4242`.
pub(super) fn recorded(profile: &Profile) -> Untrusted {
    headed(&profile.target, &profile.other_pythons())
}

fn headed(target: &Target, others: &[Python]) -> Untrusted {
    let program = program(target);
    let others: String = others.iter().map(|it| format!(" and {}", it.described())).collect();
    let python = target.python.map(|python| format!(", {}{others}", python.described()));
    let pid = (target.pid != 0).then(|| format!(", pid {}", target.pid));
    let (python, pid) = (python.unwrap_or_default(), pid.unwrap_or_default());
    Untrusted::new(format!("{}{python}{pid}", program.data()))
}

/// What the program is called: its script or module, without interpreter and options.
pub(super) fn program(target: &Target) -> Untrusted {
    let command = &target.command;
    let is_interpreter = |word: &Untrusted| {
        let base = word.data().rsplit('/').next().unwrap_or_default();
        base.starts_with("python") || base.starts_with("pypy")
    };
    let mut words = command.iter().peekable();
    words.next_if(|word| is_interpreter(word));
    while let Some(word) = words.next() {
        match word.data() {
            "-c" => return Untrusted::new("python -c"),
            "-m" => return words.next().map_or_else(Untrusted::default, |m| clip(m.data())),
            "-X" | "-W" => drop(words.next()),
            option if option.starts_with('-') => {}
            _ => return file(target, word),
        }
    }
    command.first().map_or_else(|| Untrusted::new("python"), |word| clip(word.data()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(path: &str) -> (Origin, String) {
        let directory = Some(Untrusted::new("/srv/app"));
        let target = Target { directory, ..Target::default() };
        let path = Untrusted::new(path);
        (Origin::of(&path), file(&target, &path).terminal())
    }

    #[test]
    fn origins_and_short_names() {
        let cases = [
            ("/srv/app/jobs/etl.py", Origin::Own, "jobs/etl.py"),
            ("/srv/application/etl.py", Origin::Own, "/srv/application/etl.py"),
            ("etl.py", Origin::Own, "etl.py"),
            ("<string>", Origin::Own, "<string>"),
            ("/usr/lib/python3.12/json/decoder.py", Origin::Library, "json/decoder.py"),
            ("/lib/pythonic/lib/python3.8/os.py", Origin::Library, "os.py"),
            ("/usr/lib/python312.zip/os.py", Origin::Library, "os.py"),
            ("/opt/lib/python3.13t/os.py", Origin::Library, "os.py"),
            ("/home/me/lib/pythonic/etl.py", Origin::Own, "/home/me/lib/pythonic/etl.py"),
            ("/v/lib/python3.9/site-packages/numpy/core.py", Origin::Package, "numpy/core.py"),
            ("/usr/lib/python3/dist-packages/yaml/a.py", Origin::Package, "yaml/a.py"),
            ("<frozen importlib._bootstrap>", Origin::Native, "<frozen importlib._bootstrap>"),
        ];
        for (path, origin, name) in cases {
            assert_eq!(short(path), (origin, name.to_owned()), "{path}");
        }
        assert_eq!(short(&"x".repeat(5000)).1.chars().count(), NAME_CHARS + 1);
    }

    #[test]
    fn the_program_is_its_script_or_module() {
        let cases: [(&[&str], &str); 6] = [
            (&["/usr/bin/python3.12", "-X", "dev", "-u", "etl.py", "--rows", "9"], "etl.py"),
            (&["python", "-m", "jobs.nightly", "x"], "jobs.nightly"),
            (&["python3", "-c", "print()"], "python -c"),
            (&["./etl.py", "orders.csv"], "./etl.py"),
            (&["python3"], "python3"),
            (&[], "python"),
        ];
        for (command, name) in cases {
            let command = command.iter().map(|word| Untrusted::new(*word)).collect();
            let target = Target { command, ..Target::default() };
            assert_eq!(program(&target).terminal(), name, "{target:?}");
        }
    }
}
