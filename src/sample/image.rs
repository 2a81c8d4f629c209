//! The binary that holds the interpreter, so that a process with the same one is attached to
//! without parsing it again.

use advisors::Python;

use super::maps::{self, FileId, Mapping};

/// What was found out about a CPython binary in one process and holds in every other.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) python: Python,
    file: FileId,
    /// `_PyRuntime`, from the binary's lowest mapping.
    runtime_offset: u64,
}

impl Image {
    /// The image that `_PyRuntime` at address `runtime` of process `pid` belongs to.
    pub(super) fn of(pid: u32, runtime: u64, python: Python) -> Option<Self> {
        let mappings = maps::of(pid)?;
        // Zero-initialised data lies in an anonymous mapping right after the file's last.
        let below = mappings.iter().rfind(|m| m.start <= runtime && m.file.is_some())?;
        let file = below.file.as_ref()?.id.clone();
        let runtime_offset = runtime.checked_sub(base(&mappings, &file)?)?;
        Some(Self { python, file, runtime_offset })
    }

    /// Address of `_PyRuntime` in process `pid`, if it has this binary.
    pub(super) fn runtime_in(&self, pid: u32) -> Option<u64> {
        base(&maps::of(pid)?, &self.file)?.checked_add(self.runtime_offset)
    }
}

fn base(mappings: &[Mapping], file: &FileId) -> Option<u64> {
    let of_file = |mapping: &&Mapping| mapping.file.as_ref().is_some_and(|it| it.id == *file);
    Some(mappings.iter().find(of_file)?.start)
}
