//! What a process has mapped: `/proc/PID/maps`.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::tasks::reading_id;
use crate::limits;

/// One line of proc_pid_maps(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) start: u64,
    /// Exclusive.
    pub(super) end: u64,
    pub(super) is_writable: bool,
    pub(super) is_executable: bool,
    /// Where in its file it begins, in bytes.
    pub(super) offset: u64,
    /// `None` for memory that no file stands behind.
    pub(super) file: Option<MappedFile>,
}

/// The file behind a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MappedFile {
    pub(super) id: FileId,
    /// As the kernel writes it for us: with line breaks as `\012`, and ` (deleted)` at the end of
    /// one that is in no folder any more.
    pub(super) path: PathBuf,
}

/// Device and inode, as the kernel prints them.
pub(super) type FileId = (String, String);

const DELETED: &[u8] = b" (deleted)";

impl MappedFile {
    /// Whether the file is in no folder any more: removed, or replaced by an upgrade.
    pub(super) fn is_deleted(&self) -> bool {
        self.path.as_os_str().as_bytes().ends_with(DELETED)
    }

    /// Whether its name is that of CPython's shared library.
    pub(super) fn is_libpython(&self) -> bool {
        self.is_called("libpython")
    }

    /// Whether its name begins like that.
    pub(super) fn is_called(&self, prefix: &str) -> bool {
        let name = self.path.file_name().unwrap_or_default().as_bytes();
        name.starts_with(prefix.as_bytes())
    }
}

/// The mappings of process `pid` in rising order; `None` when we may not know.
pub(super) fn of(pid: u32) -> Option<Vec<Mapping>> {
    let mut maps = Vec::new();
    let file = File::open(format!("/proc/{}/maps", reading_id(pid))).ok()?;
    file.take(limits::PROC_MAPS_BYTES as u64).read_to_end(&mut maps).ok()?;
    Some(maps.split(|&byte| byte == b'\n').filter_map(parse).collect())
}

/// `start-end permissions offset device inode path`, the path after blanks and with its own.
fn parse(line: &[u8]) -> Option<Mapping> {
    let fields: Vec<&[u8]> = line.splitn(6, |&byte| byte == b' ').collect();
    let text = |index: usize| std::str::from_utf8(fields.get(index)?).ok();
    let hexadecimal = |digits| u64::from_str_radix(digits, 16).ok();
    let (start, end) = text(0)?.split_once('-')?;
    let permissions = text(1)?.as_bytes();
    let (device, inode) = (text(3)?, text(4)?);
    let path = fields.get(5).copied().unwrap_or_default().trim_ascii_start();
    let file = (inode != "0").then(|| MappedFile {
        id: (device.to_owned(), inode.to_owned()),
        path: Path::new(std::ffi::OsStr::from_bytes(path)).to_owned(),
    });
    Some(Mapping {
        start: hexadecimal(start)?,
        end: hexadecimal(end)?,
        is_writable: permissions.get(1) == Some(&b'w'),
        is_executable: permissions.get(2) == Some(&b'x'),
        offset: hexadecimal(text(2)?)?,
        file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_understood() {
        let line =
            b"7f00a000-7f00b000 rw-p 00001000 08:01 42   /opt/a b/libpython3.12.so (deleted)";
        let mapping = parse(line).expect("a mapping");
        assert_eq!((mapping.start, mapping.end, mapping.offset), (0x7f00_a000, 0x7f00_b000, 4096));
        assert!(mapping.is_writable && !mapping.is_executable);
        let file = mapping.file.expect("a file");
        assert_eq!(file.id, ("08:01".into(), "42".into()));
        assert_eq!(file.path, Path::new("/opt/a b/libpython3.12.so (deleted)"));
        assert!(file.is_deleted() && file.is_libpython());
    }

    #[test]
    fn memory_without_a_file_has_none() {
        let stack = parse(b"7ff00000-7ff21000 rw-p 00000000 00:00 0      [stack]").expect("one");
        assert_eq!(stack.file, None);
        assert!(parse(b"7f00b000-7f00c000 r-xp 0 00:00 0 ").expect("one").is_executable);
        assert!(parse(b"garbage").is_none());
        assert!(parse(b"").is_none());
    }

    #[test]
    fn our_own_program_is_the_first_file_that_can_run() {
        let maps = of(std::process::id()).expect("our own");
        let first = maps.iter().find(|mapping| mapping.is_executable).expect("a program");
        let own = std::env::current_exe().expect("a program");
        assert_eq!(first.file.as_ref().expect("a file").path, own);
    }
}
