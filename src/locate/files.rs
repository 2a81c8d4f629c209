//! The only place that opens files the target named.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use advisors::source::SourceError;
use advisors::{Hotspot, Source};
use rustix::fs::{Mode, OFlags};

use super::Sources;
use crate::limits;
use crate::profile::SourceSeen;
use crate::text::Untrusted;

/// Processes' start times and files' times come from clocks of different grain.
const CLOCK_SLACK: Duration = Duration::from_millis(50);

/// Why a hot file cannot be advised on.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error(
        "the source is not there any more; name the folder that has it: unslow report PROFILE --sources DIR"
    )]
    Missing,
    #[error(
        "the recording shortens names: that is a module of Python's, or {}; record it again with whole names (unslow, or py-spy --full-filenames)",
        .0.terminal()
    )]
    Namesake(Untrusted),
    #[error("the source cannot be read ({0}); name a folder that has a copy: --sources DIR")]
    Unreadable(io::Error),
    #[error("not a regular file; name a folder that has a copy: --sources DIR")]
    NotAFile,
    #[error(
        "its code is in no file, as that of `python -c` and of standard input; put it into one and run that"
    )]
    NoFile,
    #[error(
        "a notebook's cell is in no file; move what is hot into a module, or run the notebook as a script"
    )]
    Cell,
    #[error("the file was changed since the program loaded it; run the program again")]
    Changed,
    #[error(
        "the recording tells no lines of it; record it again with them (py-spy: neither -F nor --nolineno)"
    )]
    NoLines,
    #[error(
        "its lines end in carriage returns alone, which are not told apart here; make them line feeds: sed -i 's/\\r/\\n/g' FILE"
    )]
    CarriageReturns,
    #[error("{0}")]
    NotPython(#[from] SourceError),
}

/// A source file as it is now.
pub(super) struct Opened {
    pub(super) source: Source,
    pub(super) seen: SourceSeen,
    found: Found,
}

/// A file's bytes, and when it was last changed.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    modified: SystemTime,
}

impl Found {
    /// Whether it was not changed since a program began that may have loaded it.
    pub(super) fn is_untouched(&self, began: Option<SystemTime>) -> bool {
        began.is_none_or(|began| self.modified <= began + CLOCK_SLACK)
    }
}

/// Opens and parses a source file of a target that worked in `directory`.
pub(super) fn open(
    name: &Untrusted,
    directory: Option<&Untrusted>,
    sources: &Sources,
) -> Result<Opened, FileError> {
    let found = find(name, directory, sources)?;
    let mut checksum = flate2::Crc::new();
    checksum.update(&found.bytes);
    let (file, length) = (name.clone(), found.bytes.len() as u64);
    let seen =
        SourceSeen { file, bytes: length, checksum: checksum.sum(), expressions: Vec::new() };
    Ok(Opened { source: Source::parse(&found.bytes)?, seen, found })
}

/// Reads a source file of a target that worked in `directory`.
pub(super) fn find(
    name: &Untrusted,
    directory: Option<&Untrusted>,
    sources: &Sources,
) -> Result<Found, FileError> {
    let (moved, full) = places(name, directory, sources);
    let found = match moved.map(|path| read(&path)) {
        Some(Ok(found)) => Ok(found),
        _ => read(&full),
    };
    found.map_err(|error| match error {
        FileError::Missing if is_cell(name) => FileError::Cell,
        error => error,
    })
}

/// Whether a name is one that a notebook's kernel makes up for a cell: `/tmp/ipykernel_4242/123.py`.
fn is_cell(name: &Untrusted) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = name.data().rsplit(['/', '\\']);
    let file = parts.next().and_then(|file| file.strip_suffix(".py"));
    let folder = parts.next().and_then(|folder| folder.strip_prefix("ipykernel_"));
    file.is_some_and(is_number) && folder.is_some_and(is_number)
}

/// Where a source file of a target that worked in `directory` is now; nothing where it is not there.
pub(super) fn whereabouts(
    name: &Untrusted,
    directory: Option<&Untrusted>,
    sources: &Sources,
) -> Option<PathBuf> {
    let (moved, full) = places(name, directory, sources);
    let mut places = moved.into_iter().chain([full]).filter(|path| path.is_file());
    places.find_map(|path| std::fs::canonicalize(path).ok())
}

/// Where a source file may be now, and where the program had it.
fn places(
    name: &Untrusted,
    directory: Option<&Untrusted>,
    sources: &Sources,
) -> (Option<PathBuf>, PathBuf) {
    let full = whole(name, directory);
    let moved = sources.directory.as_deref().and_then(|new| match directory {
        Some(old) => full.strip_prefix(old.path()).ok().map(|inside| new.join(inside)),
        // Other tools do not say where the program worked.
        None => name.path().is_relative().then(|| new.join(name.path())),
    });
    let rooted = sources.root.as_deref().map(|root| rebase(root, &full));
    (moved.or(rooted), full)
}

/// The name of a file with the folder that its program worked in. Of Windows, absolute names are none
/// here, and are told by that folder.
pub(super) fn whole(name: &Untrusted, directory: Option<&Untrusted>) -> PathBuf {
    match directory {
        Some(directory) if !name.path().starts_with(directory.path()) => {
            directory.path().join(name.path())
        }
        _ => name.path().to_owned(),
    }
}

impl Opened {
    /// Whether this is what ran: as it was when the recording ended, not touched since the program
    /// began, its functions where they were.
    ///
    /// # Errors
    /// [`FileError::Changed`] when it is not; [`FileError::NoLines`] when nothing says where it ran; [`FileError::CarriageReturns`] when its lines are counted
    /// differently.
    pub(super) fn check(
        self,
        hotspots: &[Hotspot],
        recorded: &[SourceSeen],
        began: Option<SystemTime>,
    ) -> Result<Self, FileError> {
        let then = recorded.iter().find(|seen| seen.file == self.seen.file);
        let same = then.is_none_or(|then| then.is_unchanged(&self.seen));
        if !hotspots.is_empty() && hotspots.iter().all(|it| it.place.line == 0) {
            Err(FileError::NoLines)
        } else if !same || !self.found.is_untouched(began) {
            Err(FileError::Changed)
        } else if has_bare_returns(self.source.text()) {
            Err(FileError::CarriageReturns)
        } else if !fits(&self.source, hotspots) {
            Err(FileError::Changed)
        } else {
            Ok(self)
        }
    }
}

pub(super) fn rebase(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn read(path: &Path) -> Result<Found, FileError> {
    let file = regular(path)?;
    let metadata = file.metadata().map_err(FileError::Unreadable)?;
    let modified = metadata.modified().map_err(FileError::Unreadable)?;
    let mut bytes = Vec::new();
    file.take(limits::SOURCE_BYTES + 1).read_to_end(&mut bytes).map_err(FileError::Unreadable)?;
    if bytes.len() as u64 > limits::SOURCE_BYTES {
        return Err(SourceError::TooLong.into());
    }
    Ok(Found { bytes, modified })
}

/// Opens a file once it is known to be a regular one: opening a device can have effects, and a pipe
/// that nobody writes to never opens.
fn regular(path: &Path) -> Result<File, FileError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => FileError::Missing,
        _ => FileError::Unreadable(error),
    };
    let named = open_with(path, OFlags::PATH | OFlags::CLOEXEC).map_err(unreadable)?;
    if !File::from(named.try_clone().map_err(unreadable)?).metadata().map_err(unreadable)?.is_file()
    {
        return Err(FileError::NotAFile);
    }
    let same = format!("/proc/self/fd/{}", named.as_raw_fd());
    let file = open_with(Path::new(&same), OFlags::RDONLY | OFlags::CLOEXEC).map_err(unreadable)?;
    Ok(File::from(file))
}

fn open_with(path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Whether the functions that ran still begin where they began: otherwise the file was changed
/// since the program loaded it, and every place in it would be wrong.
fn fits(source: &Source, hotspots: &[Hotspot]) -> bool {
    let lines: Vec<&str> = source.text().lines().collect();
    hotspots.iter().filter(|h| h.total_samples + h.idle_samples > 0).all(|hotspot| {
        let within = lines.len() >= hotspot.place.end_line as usize;
        within && begins_there(&lines, hotspot)
    })
}

/// Whether lines end as Python takes them to and nobody else does.
fn has_bare_returns(text: &str) -> bool {
    text.split_once('\r').is_some() && text.split('\r').skip(1).any(|rest| !rest.starts_with('\n'))
}

fn begins_there(lines: &[&str], hotspot: &Hotspot) -> bool {
    let name = hotspot.function.rsplit('.').next().unwrap_or_default();
    if name.starts_with('<') {
        return true;
    }
    if hotspot.function_line == 0 {
        // Where it begins is not known: before what ran of it.
        return lines.iter().take(hotspot.place.line as usize).any(|line| line.contains(name));
    }
    let Some(line) = lines.get(hotspot.function_line as usize - 1) else { return false };
    let line = line.trim_start();
    // A decorated function's code object begins at its first decorator.
    line.starts_with('@') || line.contains(name)
}

#[cfg(test)]
mod tests {
    use advisors::Place;

    use super::*;

    fn hotspot(function: &str, function_line: u32, line: u32) -> Hotspot {
        Hotspot {
            place: Place::line(line),
            function: function.to_owned(),
            function_line,
            total_samples: 1,
            ..Hotspot::default()
        }
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let source = Source::parse(b"import x\ndef load():\n    return 1\n").expect("parses");
        assert!(fits(&source, &[hotspot("Shop.load", 2, 3), hotspot("<module>", 1, 1)]));
        assert!(!fits(&source, &[hotspot("load", 1, 3)]), "another line");
        assert!(!fits(&source, &[hotspot("load", 2, 9)]), "beyond the end");
        assert!(fits(&source, &[hotspot("load", 0, 3)]), "as other tools tell it");
        assert!(!fits(&source, &[hotspot("load", 0, 1)]), "before it begins");
    }

    #[test]
    fn an_edit_that_keeps_the_functions_in_place_is_noticed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("etl.py");
        let name = Untrusted::new(path.to_str().expect("UTF-8"));
        let opened = || open(&name, None, &Sources::default()).expect("is found");
        std::fs::write(&path, "seen = []\n").expect("a file");
        let recorded = [opened().seen];
        let later = SystemTime::now() + Duration::from_secs(1);
        assert!(opened().check(&[], &recorded, Some(later)).is_ok());
        std::fs::write(&path, "skip = []\n").expect("a file");
        assert!(matches!(opened().check(&[], &recorded, None), Err(FileError::Changed)));
        let before = SystemTime::now() - Duration::from_secs(1);
        assert!(matches!(opened().check(&[], &[], Some(before)), Err(FileError::Changed)));
    }

    #[test]
    fn what_was_recorded_without_lines_was_not_changed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("etl.py");
        std::fs::write(&path, "def load():\n    return 1\n").expect("a file");
        let name = Untrusted::new(path.to_str().expect("UTF-8"));
        let opened = open(&name, None, &Sources::default()).expect("is found");
        let checked = opened.check(&[hotspot("load", 0, 0)], &[], None).map(|_| ());
        assert!(matches!(checked, Err(FileError::NoLines)), "{checked:?}");
    }

    #[test]
    fn lines_that_only_python_tells_apart_are_said_to_be_such() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("etl.py");
        let name = Untrusted::new(path.to_str().expect("UTF-8"));
        let check = |text: &str| {
            std::fs::write(&path, text).expect("a file");
            let opened = open(&name, None, &Sources::default()).expect("is found");
            opened.check(&[hotspot("load", 2, 3)], &[], None).map(|_| ())
        };
        assert!(check("import x\r\ndef load():\r\n    return 1\r\n").is_ok());
        let old = check("import x\rdef load():\r    return 1\r");
        assert!(matches!(old, Err(FileError::CarriageReturns)), "{old:?}");
    }

    #[test]
    fn a_cell_of_a_notebook_is_in_no_file() {
        let opened =
            |name: &str| open(&Untrusted::new(name), None, &Sources::default()).map(|_| ());
        for name in ["/tmp/ipykernel_4194305/123.py", r"C:\Temp\ipykernel_9\123.py"] {
            assert!(matches!(opened(name), Err(FileError::Cell)), "{name}");
        }
        for name in ["/tmp/ipykernel_4194305/etl.py", "/tmp/kernel_9/1.py", "/tmp/ipykernel_/1.py"]
        {
            assert!(matches!(opened(name), Err(FileError::Missing)), "{name}");
        }
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipe = folder.path().join("pipe.py");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe");
        assert!(matches!(read(&pipe), Err(FileError::NotAFile)));
        assert!(matches!(read(folder.path()), Err(FileError::NotAFile)));
        assert!(matches!(read(&folder.path().join("none.py")), Err(FileError::Missing)));
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("huge.py");
        let file = File::create(&path).expect("a file");
        file.set_len(limits::SOURCE_BYTES + 1).expect("a sparse file");
        assert!(matches!(read(&path), Err(FileError::NotPython(SourceError::TooLong))));
    }

    #[test]
    fn relative_names_are_those_of_the_targets_directory_and_root() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inside = folder.path().join("srv/app");
        std::fs::create_dir_all(&inside).expect("folders");
        std::fs::write(inside.join("etl.py"), "x = 1\n").expect("a file");
        let (name, directory) = (Untrusted::new("etl.py"), Untrusted::new("/srv/app"));
        let container = Sources { root: Some(folder.path().to_owned()), ..Sources::default() };
        let source = open(&name, Some(&directory), &container).expect("is found");
        assert_eq!(source.source.text(), "x = 1\n");
        let none = open(&name, Some(&directory), &Sources::default());
        assert!(matches!(none, Err(FileError::Missing)));
    }

    #[test]
    fn a_moved_working_directory_takes_its_files_along() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("jobs")).expect("a folder");
        std::fs::write(folder.path().join("jobs/etl.py"), "x = 1\n").expect("a file");
        let moved = Sources { directory: Some(folder.path().to_owned()), ..Sources::default() };
        let directory = Untrusted::new("/srv/app");
        for name in ["jobs/etl.py", "/srv/app/jobs/etl.py"] {
            let source = open(&Untrusted::new(name), Some(&directory), &moved);
            assert_eq!(source.expect("is found").source.text(), "x = 1\n");
        }
        let windows = Untrusted::new("C:/app");
        let source = open(&Untrusted::new("C:/app/jobs/etl.py"), Some(&windows), &moved);
        assert_eq!(source.expect("is found").source.text(), "x = 1\n");
        let elsewhere = open(&Untrusted::new("/srv/lib/jobs/etl.py"), Some(&directory), &moved);
        assert!(matches!(elsewhere, Err(FileError::Missing)));
    }
}
