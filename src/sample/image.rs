//! The binary that holds the interpreter, so that a process with the same one is attached to
//! without parsing it again.

use std::fs;

use advisors::Python;

/// What was found out about a CPython binary in one process and holds in every other.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) python: Python,
    file: FileId,
    /// `_PyRuntime`, from the binary's lowest mapping.
    runtime_offset: u64,
}

/// Device and inode, as `/proc/PID/maps` prints them.
type FileId = (String, String);

struct Mapping {
    start: u64,
    file: Option<FileId>,
}

impl Image {
    /// The image that `_PyRuntime` at address `runtime` of process `pid` belongs to.
    pub(super) fn of(pid: u32, runtime: u64, python: Python) -> Option<Self> {
        let mappings = mappings(pid)?;
        // Zero-initialised data lies in an anonymous mapping right after the file's last.
        let below = mappings.iter().rfind(|m| m.start <= runtime && m.file.is_some())?;
        let file = below.file.clone()?;
        let runtime_offset = runtime.checked_sub(base(&mappings, &file)?)?;
        Some(Self { python, file, runtime_offset })
    }

    /// Address of `_PyRuntime` in process `pid`, if it has this binary.
    pub(super) fn runtime_in(&self, pid: u32) -> Option<u64> {
        base(&mappings(pid)?, &self.file)?.checked_add(self.runtime_offset)
    }
}

fn base(mappings: &[Mapping], file: &FileId) -> Option<u64> {
    Some(mappings.iter().find(|mapping| mapping.file.as_ref() == Some(file))?.start)
}

fn mappings(pid: u32) -> Option<Vec<Mapping>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    Some(maps.lines().filter_map(mapping).collect())
}

/// A line of proc_pid_maps(5): `start-end permissions offset device inode path`, in rising order.
fn mapping(line: &str) -> Option<Mapping> {
    let mut fields = line.split_ascii_whitespace();
    let start = u64::from_str_radix(fields.next()?.split('-').next()?, 16).ok()?;
    let (device, inode) = (fields.nth(2)?, fields.next()?);
    let file = (inode != "0").then(|| (device.to_owned(), inode.to_owned()));
    Some(Mapping { start, file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_maps_is_understood() {
        let line = "7f00a000-7f00b000 rw-p 0001 08:01 42   /opt/a b/libpython3.12.so";
        let mapping = mapping(line).unwrap();
        assert_eq!(mapping.start, 0x7f00_a000);
        assert_eq!(mapping.file, Some(("08:01".into(), "42".into())));
        assert_eq!(super::mapping("7f00b000-7f00c000 rw-p 0 00:00 0 ").unwrap().file, None);
        assert!(super::mapping("garbage").is_none());
    }
}
