//! The files that were asked for: checked before anything is started, all written in the end.

pub(super) mod file;

use std::path::{Path, PathBuf};

use super::args::Destinations;
use super::failure::{Failure, Outcome};
use super::terminal::{Manner, Stream};
use crate::advise::Advice;
use crate::profile::Profile;
use crate::profile::file as profile_file;
use crate::report::{self, FORMATS, Format, Input, View};
use crate::rules;

/// Names of standard output.
const STDOUT: &[&str] = &["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// The outputs of one verb, each known to be writable as far as that can be known.
#[derive(Debug)]
pub(super) struct Outputs {
    list: Vec<Output>,
}

struct Output {
    path: PathBuf,
    format: &'static Format,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.path.display(), self.format.name)
    }
}

impl Outputs {
    /// What was asked for.
    ///
    /// # Errors
    /// When a format is not known, a path cannot be written, or two outputs are the same file.
    pub(super) fn plan(asked: &Destinations) -> Outcome<Self> {
        let format = asked.format.as_deref().map(format_named).transpose()?;
        let stdout = [PathBuf::from("-")];
        let paths = if asked.output.is_empty() && format.is_some() {
            stdout.as_slice()
        } else {
            &asked.output
        };
        let mut list: Vec<Output> = Vec::new();
        for path in paths {
            let format = format.map_or_else(|| format_of(path), Ok)?;
            file::check_writable(path)?;
            if list.iter().any(|other| is_same_file(&other.path, path)) {
                return Err(Failure::new(format!("{} is given twice", path.display()))
                    .help("give each output a file of its own"));
            }
            list.push(Output { path: path.clone(), format });
        }
        Ok(Self { list })
    }

    /// Whether nothing was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether that file is to be written.
    pub(super) fn include(&self, path: &Path) -> bool {
        let mut files = self.list.iter().filter(|output| !is_stdout(&output.path));
        files.any(|output| is_same_file(&output.path, path))
    }

    /// The formats that were asked for.
    pub(super) fn formats(&self) -> Vec<&'static str> {
        self.list.iter().map(|output| output.format.name).collect()
    }

    /// Whether standard output is data.
    pub(super) fn take_stdout(&self) -> bool {
        self.list.iter().any(|output| is_stdout(&output.path))
    }

    /// Writes them all: one that fails stops none of the others.
    ///
    /// # Errors
    /// One for each that could not be written.
    pub(super) fn write(
        &self,
        profile: &Profile,
        advice: &Advice,
        view: &View,
        manner: Manner,
    ) -> Vec<Failure> {
        let plain = View { color: false, ..view.clone() };
        let mut failures = Vec::new();
        for output in &self.list {
            match output.write(&Input { profile, advice, view: &plain }) {
                Ok(()) => {
                    if !is_stdout(&output.path) {
                        manner.note(&format!("wrote {}", output.path.display()));
                    }
                    if let Some(note) = report::unit_note(output.format, profile) {
                        manner.note(note);
                    }
                }
                Err(failure) => failures.push(failure),
            }
        }
        failures
    }
}

impl Output {
    fn write(&self, input: &Input<'_>) -> Outcome<()> {
        let bytes = (self.format.render)(input).map_err(|error| {
            Failure::from(error).context(format!("cannot make {}", self.path.display()))
        })?;
        if is_stdout(&self.path) {
            Ok(Stream::Stdout.print(&bytes)?)
        } else {
            Ok(file::write_atomic(&self.path, &bytes)?)
        }
    }
}

/// Keeps a profile that could not be written where it was wanted. Its name cannot be foreseen, so
/// that nobody can put a link in its place.
///
/// # Errors
/// When the directory for temporary files cannot be written either.
pub(super) fn rescue(profile: &Profile) -> Outcome<PathBuf> {
    let bytes = profile_file::write(profile)?;
    let mut file = tempfile::Builder::new()
        .prefix(&format!("unslow-{}-", profile.target.pid))
        .suffix(".pb.gz")
        .tempfile()?;
    // One that cannot be written whole is not left behind.
    std::io::Write::write_all(&mut file, &bytes)?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

fn is_stdout(path: &Path) -> bool {
    STDOUT.iter().any(|name| path == Path::new(name))
}

/// A format by its name, by an ending such as `svg`, or as py-spy calls it.
fn format_named(name: &str) -> Outcome<&'static Format> {
    let name = match name {
        "raw" => "folded",
        "chrometrace" => "chrome",
        name => name,
    };
    let by_ending = || report::by_extension(Path::new(&format!("x.{name}")));
    report::by_name(name).or_else(by_ending).ok_or_else(|| {
        let failure = Failure::new(format!("there is no format {name:?}"));
        match rules::nearest(name, FORMATS.iter().map(|format| format.name)) {
            Some(meant) => failure.help(format!("did you mean: -f {meant}")),
            None => failure,
        }
        .help(known_formats())
    })
}

fn format_of(path: &Path) -> Outcome<&'static Format> {
    if is_stdout(path) {
        return Err(Failure::new("the format for standard output is missing")
            .help(format!("add -f FORMAT; {}", known_formats())));
    }
    report::by_extension(path).ok_or_else(|| {
        Failure::new(format!("the ending of {} means no format", path.display()))
            .help(known_formats())
            .help("or name the format with -f")
    })
}

fn known_formats() -> String {
    let formats: Vec<String> = FORMATS
        .iter()
        .map(|format| format!("{} ({})", format.name, format.extensions.join(", ")))
        .collect();
    format!("the formats are {}", formats.join(", "))
}

/// Whether two paths mean the same file, which need not exist yet.
fn is_same_file(one: &Path, other: &Path) -> bool {
    resolved(one) == resolved(other)
}

fn resolved(path: &Path) -> PathBuf {
    if is_stdout(path) {
        return STDOUT[0].into();
    }
    let whole = || std::fs::canonicalize(path);
    let by_folder = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = std::fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    };
    whole().ok().or_else(by_folder).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(paths: &[PathBuf], format: Option<&str>) -> Outcome<Outputs> {
        let format = format.map(str::to_owned);
        Outputs::plan(&Destinations { output: paths.to_vec(), format })
    }

    #[test]
    fn formats_come_from_the_ending_or_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let by_ending = plan(&[path("a.svg"), path("b.speedscope.json"), path("c.json")], None);
        assert_eq!(by_ending.expect("known").formats(), ["flamegraph", "speedscope", "json"]);
        assert_eq!(
            plan(&[path("x")], Some("chrometrace")).expect("py-spy's").formats(),
            ["chrome"]
        );
        for name in ["folded", "raw", "collapsed"] {
            assert_eq!(plan(&[path("x")], Some(name)).expect(name).formats(), ["folded"]);
        }
        let alone = plan(&[], Some("json")).expect("standard output");
        assert!(alone.take_stdout());
        assert_eq!(alone.formats(), ["json"]);
        assert!(plan(&[], None).expect("nothing").is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let refused = |paths: &[PathBuf], format| plan(paths, format).is_err();
        assert!(refused(&[path("a.png")], None), "unknown ending");
        assert!(refused(&[path("a.svg")], Some("flamegrap")), "unknown format");
        assert!(refused(&["-".into()], None), "standard output has no ending");
        assert!(refused(&[path("none/a.svg")], None), "no such folder");
        assert!(refused(&[path("a.svg"), path("./a.svg")], None), "twice the same");
        let twice = ["-".into(), "/dev/stdout".into()];
        assert!(refused(&twice, Some("json")), "twice standard output");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
    }
}
