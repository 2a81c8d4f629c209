//! Finds `_PyRuntime`, where everything of a CPython begins, in a process: in its program or a
//! library, whatever they are called.
//!
//! CPython puts it into a section of its own, `.PyRuntime` (Python/pylifecycle.c, 3.10 and later),
//! which stays when the symbols are stripped. Where the file is not to be had any more, or has lost
//! its table of sections too, 3.13 and later are known by the cookie at its start.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use advisors::Python;

use super::bytes::{half_word, word};
use super::debug_offsets::COOKIE;
use super::elf::Elf;
use super::maps::{self, FileId, MappedFile, Mapping};
use super::memory::Memory;
use super::tasks::reading_id;
use crate::limits;

const SECTION: &str = ".PyRuntime";

/// The word that holds the version (`const unsigned long Py_Version`, 3.11 and later).
const VERSION: &str = "Py_Version";

/// Where an interpreter is in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Runtime {
    /// Of `_PyRuntime`.
    pub(super) address: u64,
    /// As it says itself; `None` for 3.10, and for 3.11 and 3.12 when stripped.
    pub(super) python: Option<Python>,
}

/// Looks for an interpreter in process `pid`, whose memory is `memory`.
pub(super) fn find_runtime(pid: u32, memory: &impl Memory) -> Option<Runtime> {
    let mappings = maps::of(pid)?;
    let mut left = limits::SEARCHED_DATA_BYTES;
    binaries(&mappings).into_iter().find_map(|binary| {
        match binary.open(pid, memory).and_then(Elf::of) {
            Some(elf) => by_section(&elf, binary.base, memory),
            None => binary.writable(&mappings).find_map(|it| by_cookie(it, memory, &mut left)),
        }
    })
}

/// The address of the section `name` in process `pid`: in its program, CPython's library, or a
/// library whose name begins with `prefix`.
pub(super) fn find_section(
    pid: u32,
    memory: &impl Memory,
    name: &str,
    prefix: &str,
) -> Option<u64> {
    let mappings = maps::of(pid)?;
    binaries(&mappings).into_iter().find_map(|binary| {
        let is_one =
            binary.is_program || binary.file.is_libpython() || binary.file.is_called(prefix);
        let elf = is_one.then(|| binary.open(pid, memory)).flatten().and_then(Elf::of)?;
        elf.section(name)?.checked_sub(elf.lowest_page())?.checked_add(binary.base)
    })
}

/// Whether process `pid` has the library of a CPython whose file is in no folder any more.
pub(super) fn lost_its_library(pid: u32) -> bool {
    let mappings = maps::of(pid).unwrap_or_default();
    let mut files = mappings.iter().filter_map(|mapping| mapping.file.as_ref());
    files.any(|file| file.is_libpython() && file.is_deleted())
}

/// A program or library that a process has mapped.
#[derive(Debug)]
struct Binary<'a> {
    file: &'a MappedFile,
    /// Start and end of the lowest mapping.
    base: u64,
    end: u64,
    is_program: bool,
}

/// The program first, then what is called like CPython's library, then the others.
fn binaries(mappings: &[Mapping]) -> Vec<Binary<'_>> {
    let runs = |mapping: &&Mapping| mapping.is_executable;
    let files = mappings.iter().filter(runs).filter_map(|mapping| mapping.file.as_ref());
    let mut known: HashSet<&FileId> = HashSet::new();
    let is_file = |file: &&MappedFile| {
        let path = file.path.as_os_str().as_bytes();
        path.starts_with(b"/") && !path.starts_with(b"/dev/")
    };
    let mut binaries: Vec<Binary<'_>> = (files.filter(is_file))
        .filter(|file| known.insert(&file.id))
        .take(limits::MAPPED_BINARIES)
        .filter_map(|file| {
            let of_file = |it: &&Mapping| it.file.as_ref().is_some_and(|it| it.id == file.id);
            let lowest = mappings.iter().find(of_file)?;
            Some(Binary { file, base: lowest.start, end: lowest.end, is_program: false })
        })
        .collect();
    if let Some(program) = binaries.first_mut() {
        program.is_program = true;
    }
    binaries.sort_by_key(|binary| (!binary.is_program, !binary.file.is_libpython()));
    binaries
}

impl Binary<'_> {
    /// The file that is mapped, and not another that has its name by now.
    fn open(&self, pid: u32, memory: &impl Memory) -> Option<File> {
        self.paths(pid).iter().find_map(|path| {
            let file = open_regular(path)?;
            is_mapped(&file, self.base, memory).then_some(file)
        })
    }

    /// Where the file may be had: from the kernel, which needs rights over it, and by its name,
    /// which is one in the process's own root folder, or in ours up to that root.
    fn paths(&self, pid: u32) -> Vec<PathBuf> {
        let pid = reading_id(pid);
        let root = format!("/proc/{pid}/root");
        let inside = |path: &Path| {
            let path = path.strip_prefix("/").ok()?;
            Some(Path::new(&root).join(path))
        };
        let from_root = fs::read_link(&root)
            .ok()
            .and_then(|root| inside(&Path::new("/").join(self.file.path.strip_prefix(root).ok()?)));
        let program = self.is_program.then(|| PathBuf::from(format!("/proc/{pid}/exe")));
        let by_address = format!("/proc/{pid}/map_files/{:x}-{:x}", self.base, self.end);
        program
            .into_iter()
            .chain([by_address.into()])
            .chain(inside(&self.file.path))
            .chain(from_root)
            .collect()
    }

    /// Its mappings for data, and nothing else's.
    fn writable<'a>(&'a self, mappings: &'a [Mapping]) -> impl Iterator<Item = &'a Mapping> {
        let is_its = |it: &&Mapping| it.file.as_ref().is_some_and(|it| it.id == self.file.id);
        mappings.iter().filter(|mapping| mapping.is_writable).filter(is_its)
    }
}

/// Opens a regular file; what else the target may have put there is not touched.
fn open_regular(path: &Path) -> Option<File> {
    let is_regular = fs::metadata(path).ok()?.is_file();
    let open = || File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path).ok();
    is_regular.then(open)?
}

/// Whether the file begins as the mapping does: with a header that has the sizes of all its parts
/// and, as a rule, a number that is given to each build. Device and inode would not do: with some
/// file systems the kernel prints others than it tells.
fn is_mapped(file: &File, base: u64, memory: &impl Memory) -> bool {
    let (mut written, mut mapped) = ([0; 1024], [0; 1024]);
    file.read_exact_at(&mut written, 0).is_ok()
        && memory.read(base, &mut mapped).is_ok()
        && written == mapped
}

fn by_section(elf: &Elf, base: u64, memory: &impl Memory) -> Option<Runtime> {
    let in_process = |address: u64| address.checked_sub(elf.lowest_page())?.checked_add(base);
    let address = in_process(elf.section(SECTION)?)?;
    let by_itself = version_at(address, memory);
    let python = by_itself.or_else(|| {
        let mut packed = [0; 4];
        memory.read(in_process(elf.symbol(VERSION)?)?, &mut packed).ok()?;
        version(half_word(&packed, 0)?)
    });
    Some(Runtime { address, python })
}

/// Looks through data for a cookie with a version behind it. It lies at an address that is aligned
/// for the structure that it begins. No more than `left` bytes are read, which then are fewer.
fn by_cookie(mapping: &Mapping, memory: &impl Memory, left: &mut usize) -> Option<Runtime> {
    let size = usize::try_from(mapping.end.checked_sub(mapping.start)?).ok()?.min(*left);
    *left -= size;
    let mut data = vec![0; size];
    memory.read(mapping.start, &mut data).ok()?;
    let cookies = data.chunks_exact(8).enumerate().filter(|(_, bytes)| *bytes == COOKIE);
    cookies.map(|(index, _)| mapping.start + index as u64 * 8).find_map(|address| {
        let python = version_at(address, memory)?;
        Some(Runtime { address, python: Some(python) })
    })
}

/// The version in the offsets at `_PyRuntime`, which it has from 3.13 on.
fn version_at(runtime: u64, memory: &impl Memory) -> Option<Python> {
    let mut start = [0; 16];
    memory.read(runtime, &mut start).ok()?;
    let packed = start.starts_with(COOKIE).then(|| word(&start, 8))??;
    version(u32::try_from(packed).ok()?)
}

/// `PY_VERSION_HEX` (patchlevel.h): major, minor, patch, then release level and serial.
fn version(packed: u32) -> Option<Python> {
    let [major, minor, patch, _] = packed.to_be_bytes();
    (major >= 3).then_some(Python { patch, ..Python::new(major, minor) })
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeMemory;
    use super::super::live::LiveMemory;
    use super::*;

    fn mapping(start: u64, size: u64) -> Mapping {
        let [is_writable, is_executable] = [true, false];
        Mapping { start, end: start + size, is_writable, is_executable, offset: 0, file: None }
    }

    fn runtime_of(version: u64) -> Vec<u8> {
        [&COOKIE[..], &version.to_le_bytes()].concat()
    }

    #[test]
    fn a_program_without_python_has_none() {
        let own = std::process::id();
        assert_eq!(find_runtime(own, &LiveMemory::new(own)), None);
        assert!(!lost_its_library(own));
    }

    #[test]
    fn a_cookie_counts_with_a_version_behind_it_only() {
        let mut data = vec![0; 4096];
        data[8..24].copy_from_slice(&runtime_of(0)); // a stray one
        data[160..176].copy_from_slice(&runtime_of(0x030e_01f0));
        data[1003..1019].copy_from_slice(&runtime_of(0x030d_00f0)); // not aligned
        let memory = FakeMemory::new([(4096, data)]);
        let expected = Runtime {
            address: 4096 + 160,
            python: Some(Python { patch: 1, ..Python::new(3, 14) }),
        };
        let mut left = limits::SEARCHED_DATA_BYTES;
        let mut search = |start, size| by_cookie(&mapping(start, size), &memory, &mut left);
        assert_eq!(search(4096, 4096), Some(expected));
        assert_eq!(search(4096 + 2048, 2048), None);
        assert_eq!(search(1 << 40, 1 << 47), None, "it cannot be read");
        assert_eq!(search(4096, 4096), None, "nothing is left to be read");
    }

    #[test]
    fn another_file_of_the_same_name_is_not_taken() {
        let own = std::process::id();
        let maps = maps::of(own).expect("our own");
        let binaries = binaries(&maps);
        let program = &binaries[0];
        let file = program.open(own, &LiveMemory::new(own)).expect("our own program");
        assert!(is_mapped(&file, program.base, &LiveMemory::new(own)));
        let other = File::open("/bin/sh").expect("a shell");
        assert!(!is_mapped(&other, program.base, &LiveMemory::new(own)));
        assert!(open_regular(Path::new("/dev/zero")).is_none());
    }
}
