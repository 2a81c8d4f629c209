//! Interpreters in unusual places: embedded in other programs, stripped, replaced while they run,
//! in containers.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use unslow::sample::{AttachError, Options, Sampler};

use crate::support::{Interpreter, Target, interpreters, names, sample_where, with_columns};

/// What an interpreter says of itself and of its parts for other programs.
#[derive(Debug)]
struct Parts {
    prefix: String,
    headers: String,
    folder: String,
    library: String,
    archive: PathBuf,
}

impl Parts {
    fn of(python: &Interpreter) -> Self {
        let code = "import sys, sysconfig as s
print(sys.prefix); print(s.get_paths()['include']); print(s.get_config_var('LIBDIR'))
print(s.get_config_var('LDLIBRARY')); print(s.get_config_var('LIBPL'))
print(s.get_config_var('LIBRARY'))";
        let output = Command::new(&python.path).args(["-c", code]).output().expect("an answer");
        let answer = String::from_utf8(output.stdout).expect("text");
        let lines: Vec<&str> = answer.lines().collect();
        let [prefix, headers, folder, library, archives, archive] = lines[..] else {
            panic!("{python:?}: {answer}");
        };
        let archive = Path::new(archives).join(archive);
        let [prefix, headers] = [prefix, headers].map(str::to_owned);
        Self { prefix, headers, folder: folder.into(), library: library.into(), archive }
    }

    fn shared(&self) -> PathBuf {
        Path::new(&self.folder).join(&self.library)
    }
}

const WORK: &str = "\
import sys
def work():
    sys.stdout.write('ready\\n'); sys.stdout.flush()
    while True: sum(range(1000))
work()
";

/// Builds a program of another name with the interpreter in it, from `library`.
fn embed(parts: &Parts, library: &Path, program: &Path) -> bool {
    let mut text = String::new();
    for line in WORK.lines() {
        write!(text, "\"{line}\\n\"", line = line.replace('\\', "\\\\")).expect("memory");
    }
    let source = format!(
        "#include <Python.h>
int main(void) {{ Py_Initialize(); return PyRun_SimpleString({text}); }}"
    );
    let file = program.with_extension("c");
    std::fs::write(&file, source).expect("the source");
    let built = Command::new("cc")
        .args(["-w", "-I", &parts.headers, "-o"])
        .args([program, &file, library])
        .arg(format!("-Wl,-rpath,{}", parts.folder))
        .args(["-lm", "-ldl", "-lutil", "-lpthread"])
        .output();
    match built {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            println!("skipped: {library:?}: {}", String::from_utf8_lossy(&output.stderr));
            false
        }
        Err(error) => {
            println!("skipped: no C compiler: {error}");
            false
        }
    }
}

fn is_there(python: &Interpreter, path: &Path) -> bool {
    let is_there = path.is_file();
    if !is_there {
        println!("skipped: {python:?} has no {}", path.display());
    }
    is_there
}

fn strip(program: &Path) -> bool {
    let stripped = Command::new("strip").arg(program).status();
    let is_stripped = stripped.is_ok_and(|status| status.success());
    if !is_stripped {
        println!("skipped: `strip` did not work");
    }
    is_stripped
}

/// Whether it starts, be it without finding its library of modules: a program that was edited after
/// it was built may be killed, or not be loaded, once it is stripped.
fn starts(program: &Path) -> bool {
    let ran = Command::new(program).args(["-c", ""]).stderr(Stdio::null()).status();
    ran.is_ok_and(|status| matches!(status.code(), Some(0 | 1)))
}

fn check_work(target: &Target, python: &Interpreter) {
    let mut sampler = target.attach();
    let found = sampler.interpreter();
    assert_eq!((found.python.major, found.python.minor), python.version);
    assert_eq!(found.columns, python.version >= (3, 11), "{python:?}");
    let sample = sample_where(&mut sampler, |sample| names(sample).contains(&"work"));
    assert_eq!(names(&sample), ["<module>", "work"], "{python:?}");
    assert_eq!(sample.thread, target.pid(), "{python:?}");
}

#[test]
fn a_python_in_another_program_is_found() {
    for python in interpreters() {
        let parts = Parts::of(python);
        let folder = tempfile::tempdir().expect("a folder");
        // Until 3.8, extension modules bring the shared library, a second interpreter, with them.
        let archive = Some(parts.archive.clone()).filter(|_| python.version >= (3, 8));
        for library in std::iter::once(parts.shared()).chain(archive) {
            let program = folder.path().join("host");
            if is_there(python, &library) && embed(&parts, &library, &program) {
                let target = Target::of(Command::new(program).env("PYTHONHOME", &parts.prefix));
                check_work(&target, python);
            }
        }
    }
}

#[test]
fn a_stripped_program_is_read_by_our_own_walker() {
    for python in with_columns() {
        let parts = Parts::of(python);
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("host");
        if is_there(python, &parts.archive)
            && embed(&parts, &parts.archive, &program)
            && strip(&program)
        {
            let target = Target::of(Command::new(&program).env("PYTHONHOME", &parts.prefix));
            check_work(&target, python);
        }
    }
}

/// A copy of the interpreter that can be taken away while it runs.
fn copied(python: &Interpreter, parts: &Parts, folder: &Path) -> Command {
    let program = folder.join("python");
    std::fs::copy(&python.path, &program).expect("a copy");
    if let Ok(library) = std::fs::canonicalize(parts.shared()) {
        let name = library.file_name().expect("a name");
        std::fs::copy(&library, folder.join(name)).expect("a copy");
    }
    let mut command = Command::new(program);
    command.env("PYTHONHOME", &parts.prefix).env("LD_LIBRARY_PATH", folder).args(["-c", WORK]);
    command
}

#[test]
fn a_stripped_interpreter_is_read_by_our_own_walker() {
    for python in with_columns() {
        let parts = Parts::of(python);
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = copied(python, &parts, folder.path());
        let files = std::fs::read_dir(folder.path()).expect("a folder");
        if files.flatten().all(|file| strip(&file.path())) {
            if !starts(&folder.path().join("python")) {
                println!("skipped: {python:?} does not start once it is stripped");
                continue;
            }
            check_work(&Target::of(&mut command), python);
        }
    }
}

#[test]
fn an_interpreter_that_was_replaced_while_it_runs_is_read_or_said_to_be() {
    for python in interpreters() {
        let parts = Parts::of(python);
        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::of(&mut copied(python, &parts, folder.path()));
        folder.close().expect("the files are removed");
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", target.pid())).expect("maps");
        assert!(maps.contains("/python (deleted)"), "{maps}");
        let is_shared = maps.lines().any(|line| line.contains("libpython"));
        let is_root = rustix::process::geteuid().is_root();
        if !is_shared || python.version >= (3, 13) || (python.version >= (3, 11) && is_root) {
            check_work(&target, python);
        } else {
            let error = Sampler::attach(target.pid(), Options::default()).expect_err("no file");
            assert!(matches!(error, AttachError::Replaced { .. }), "{python:?}: {error}");
        }
    }
}

/// Enters a folder as a container does, then runs Python there. `$1` is the interpreter's prefix,
/// `$2` the folder, `$3` how it is entered.
const ENTER: &str = r#"
set -e
cd "$2"
mkdir -p opt/py usr app proc old
mount --make-rprivate /
mount --bind . .
cd "$2"
mount --bind "$1" opt/py
mount --bind /usr usr
for name in bin lib lib64; do
    if [ -L /$name ]; then cp -d /$name .; else mkdir -p $name; mount --bind /$name $name; fi
done
mount -t proc proc proc
export PYTHONHOME=/opt/py LD_LIBRARY_PATH=/opt/py/lib
if [ "$3" = pivot ]; then
    pivot_root . old
    umount -l /old
    exec /opt/py/bin/python /app/target.py
fi
exec chroot . /opt/py/bin/python /app/target.py
"#;

const FEEDER: &str = "\
import sys, threading
def work():
    while True: sum(range(1000))
thread = threading.Thread(target=work, name='feeder-7')
thread.daemon = True
thread.start()
sys.stdout.write('ready\\n'); sys.stdout.flush()
thread.join()
";

/// A program in mount and pid namespaces of its own; the process that holds them, and it.
fn contained(python: &Interpreter, folder: &Path, how: &str) -> Option<(Target, u32)> {
    let prefix = Parts::of(python).prefix;
    if !is_there(python, &Path::new(&prefix).join("bin/python")) {
        return None; // it is not all in one folder
    }
    let probe = ["--mount", "--pid", "--fork", "true"];
    if !Command::new("unshare").args(probe).status().is_ok_and(|status| status.success()) {
        println!("skipped: this user may not make namespaces");
        return None;
    }
    std::fs::create_dir_all(folder.join("app")).expect("a folder");
    std::fs::write(folder.join("app/target.py"), FEEDER).expect("the source");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "enter"]);
    command.arg(prefix).arg(folder).arg(how);
    let holder = Target::of(&mut command);
    let inside = super::processes::children_when_there_are(holder.pid(), 1)[0];
    Some((holder, inside))
}

#[test]
fn a_python_in_a_container_is_sampled() {
    for python in interpreters() {
        for how in ["pivot", "chroot"] {
            // In a folder that only looks like a root, py-spy does not find the library.
            if how == "chroot" && python.version < (3, 11) {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            let Some((holder, pid)) = contained(python, folder.path(), how) else { continue };
            let options =
                Options { patience: std::time::Duration::from_secs(10), ..Options::default() };
            let mut sampler = Sampler::attach(pid, options).unwrap_or_else(|error| {
                panic!("{python:?}, {how}: {error}");
            });
            let feeder = sample_where(&mut sampler, |sample| names(sample).contains(&"work"));
            // Inside, the ids are 1 and a small number.
            let tasks = format!("/proc/{pid}/task/{}", feeder.thread);
            assert!(feeder.thread != pid && Path::new(&tasks).exists(), "{python:?}, {how}");
            let main = sample_where(&mut sampler, |sample| sample.thread == pid);
            assert_eq!(names(&main)[0], "<module>", "{python:?}, {how}");
            assert_eq!(main.frames.last().unwrap().code.file.data(), "/app/target.py");
            drop(holder);
        }
    }
}
