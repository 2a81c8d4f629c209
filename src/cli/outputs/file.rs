//! Where results go: paths checked before sampling, files replaced in one step after it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a result cannot be written.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum OutputError {
    /// The directory of the path does not exist.
    #[error("cannot write {path}: there is no directory {directory}; create it first", path = path.display(), directory = directory.display())]
    NoDirectory {
        /// What was to be written.
        path: PathBuf,
        /// What is missing.
        directory: PathBuf,
    },
    /// The path is that of a directory.
    #[error("cannot write {}: it is a directory; name a file in it", .0.display())]
    IsDirectory(PathBuf),
    /// No file can be made in the directory, be it that of a system of its own such as `/proc`.
    #[error("cannot write {path}: no file can be made in {directory}", path = path.display(), directory = directory.display())]
    NoNewFile {
        /// What was to be written.
        path: PathBuf,
        /// Where.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The operating system refuses.
    #[error("cannot write {path}: {source}", path = path.display())]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What a path stands for.
enum Place {
    /// A pipe or device, written as it stands: there is nothing to keep and no name to replace.
    Stream(PathBuf),
    /// A file, under its own name rather than a link's.
    File(PathBuf),
}

/// Whether a result can be written to `path` later. Neither creates nor changes the file, but puts
/// another in its directory for a moment, as writing will. `-` is
/// standard output, which is open already and can be printed to.
///
/// # Errors
/// When writing is sure to fail.
pub(in crate::cli) fn check_writable(path: &Path) -> Result<(), OutputError> {
    let failed = |source| OutputError::Io { path: path.to_owned(), source };
    match place(path)? {
        Place::Stream(_) if path == Path::new("-") => Ok(()),
        Place::Stream(stream) => accessible(&stream).map_err(failed),
        Place::File(file) => {
            let directory = directory(&file);
            if !directory.is_dir() {
                return Err(OutputError::NoDirectory { path: path.to_owned(), directory });
            }
            // The error of the attempt names the file that was tried; the kind says all else.
            new_file_in(&directory).map_err(|error| OutputError::NoNewFile {
                path: path.to_owned(),
                directory: directory.clone(),
                source: error.kind().into(),
            })?;
            // A read-only file is its owner's word, even where the directory would let it go.
            if file.exists() { accessible(&file).map_err(failed) } else { Ok(()) }
        }
    }
}

/// Writes a result. A file appears complete or not at all, and one that is there stays as it is
/// until then.
///
/// # Errors
/// When it could not be written; an old file is unchanged.
pub(in crate::cli) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let written = match place(path)? {
        Place::Stream(stream) => {
            // Opened to be overwritten, a file behind a stream would lose what is in it already.
            OpenOptions::new().append(true).open(stream).and_then(|mut to| to.write_all(bytes))
        }
        Place::File(file) => replace(&file, bytes),
    };
    written.map_err(|source| OutputError::Io { path: path.to_owned(), source })
}

fn place(path: &Path) -> Result<Place, OutputError> {
    if path == Path::new("-") {
        return Ok(Place::Stream(PathBuf::from("/dev/stdout")));
    }
    // An open file under a name for its number is somebody's stream, whatever it leads to.
    if ["/dev/stdout", "/dev/stderr", "/dev/fd"].iter().any(|it| path.starts_with(it)) {
        return Ok(Place::Stream(path.to_owned()));
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(OutputError::IsDirectory(path.to_owned())),
        Ok(found) if found.is_file() => {
            Ok(Place::File(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())))
        }
        Ok(_) => Ok(Place::Stream(path.to_owned())),
        Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            Err(OutputError::IsDirectory(path.to_owned()))
        }
        Err(_) => Ok(Place::File(path.to_owned())),
    }
}

fn directory(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = directory(file);
    let mut temporary = new_file_in(&directory)?;
    if let Ok(old) = fs::metadata(file) {
        temporary.as_file().set_permissions(old.permissions())?;
    }
    temporary.as_file_mut().write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    // The new name outlives a power cut only once the directory is on disk; not every file system
    // can do that, and the file itself is complete either way.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// A new file that, unlike most temporary ones, gets the permissions of any other new file.
#[cfg(unix)]
fn new_file_in(directory: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".unslow-").permissions(permissions).tempfile_in(directory)
}

#[cfg(not(unix))]
fn new_file_in(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".unslow-").tempfile_in(directory)
}

#[cfg(unix)]
fn accessible(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?)
}

#[cfg(not(unix))]
fn accessible(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(result: Result<(), OutputError>) -> String {
        result.expect_err("it cannot be written").to_string()
    }

    fn names(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_check_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let old = directory.path().join("old.svg");
        fs::write(&old, "old").unwrap();
        check_writable(&old).unwrap();
        check_writable(&directory.path().join("new.svg")).unwrap();
        check_writable(Path::new("relative.svg")).unwrap();
        check_writable(Path::new("-")).unwrap();
        check_writable(Path::new("/dev/null")).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        assert_eq!(names(directory.path()), ["old.svg"]);
    }

    #[test]
    fn what_cannot_be_written_is_said_beforehand() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| check_writable(&directory.path().join(name));
        assert!(said(at("")).contains("is a directory"));
        assert!(said(at("flame.svg/")).contains("is a directory"));
        assert!(said(at("missing/flame.svg")).contains("there is no directory"));
        fs::write(directory.path().join("file"), "").unwrap();
        assert!(said(at("file/flame.svg")).contains("there is no directory"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_that_takes_no_files_is_found_out_beforehand() {
        let error = said(check_writable(Path::new("/proc/flame.svg")));
        assert_eq!(error, "cannot write /proc/flame.svg: no file can be made in /proc");
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("flame.svg");
        write_atomic(&file, b"first, and longer").unwrap();
        write_atomic(&file, b"second").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "second");
        assert_eq!(names(directory.path()), ["flame.svg"]);
        assert!(said(write_atomic(&directory.path().join("no/x"), b"")).contains("cannot write"));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        fs::write(at("plain"), "").unwrap();
        write_atomic(&at("new"), b"new").unwrap();
        assert_eq!(mode("new"), mode("plain"), "as any other new file");
        fs::set_permissions(at("new"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink(at("new"), at("latest")).unwrap();
        write_atomic(&at("latest"), b"newer").unwrap();
        assert!(fs::symlink_metadata(at("latest")).unwrap().is_symlink());
        assert_eq!((fs::read(at("new")).unwrap(), mode("new")), (b"newer".to_vec(), 0o640));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_gets_the_bytes_and_stays_a_pipe() {
        use std::os::unix::fs::FileTypeExt;
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        check_writable(&pipe).unwrap();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write_atomic(&pipe, b"bytes").unwrap();
        assert_eq!(reader.join().unwrap(), b"bytes");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_behind_a_stream_is_added_to() {
        use std::os::fd::AsRawFd;
        let mut behind = tempfile::tempfile().unwrap();
        behind.write_all(b"first, ").unwrap();
        let stream = PathBuf::from(format!("/dev/fd/{}", behind.as_raw_fd()));
        check_writable(&stream).unwrap();
        write_atomic(&stream, b"second").unwrap();
        let mut all = String::new();
        io::Seek::rewind(&mut behind).unwrap();
        io::Read::read_to_string(&mut behind, &mut all).unwrap();
        assert_eq!(all, "first, second");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error() {
        let error = said(write_atomic(Path::new("/dev/full"), b"bytes"));
        assert!(error.contains("/dev/full"), "{error}");
    }
}
