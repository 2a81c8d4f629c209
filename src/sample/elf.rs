//! The few parts of an ELF file that tell where an interpreter's data is (elf(5); 64 bits, little
//! endian). The file may be anything: every count and length is bounded, and what is not there is
//! `None`.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::bytes::{half_word, quarter_word, word};
use crate::limits;

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const SECTION_HEADER: usize = 64;
const SYMBOL: usize = 24;

/// `PT_LOAD`.
const LOADED: u32 = 1;
/// `SHT_SYMTAB` and `SHT_DYNSYM`. The second stays when a binary is stripped.
const SYMBOL_TABLES: [u32; 2] = [2, 11];

const PAGE: u64 = 4096;

/// An ELF file with a table of its sections.
#[derive(Debug)]
pub(super) struct Elf {
    file: File,
    sections: Vec<Section>,
    names: Vec<u8>,
    lowest: u64,
}

#[derive(Debug, Clone, Copy)]
struct Section {
    name: usize,
    kind: u32,
    address: u64,
    offset: u64,
    size: u64,
    link: usize,
}

impl Elf {
    /// `None` when it is no ELF file, or its table of sections was cut off.
    pub(super) fn of(file: File) -> Option<Self> {
        let header = read(&file, 0, HEADER)?;
        // The magic number, 64 bits, little endian.
        if !header.starts_with(b"\x7fELF\x02\x01") {
            return None;
        }
        let lowest = lowest_address(&file, &header)?;
        let count = usize::from(quarter_word(&header, 60)?);
        if count == 0 || usize::from(quarter_word(&header, 58)?) != SECTION_HEADER {
            return None;
        }
        let table = read(&file, word(&header, 40)?, count.checked_mul(SECTION_HEADER)?)?;
        let sections: Vec<Section> =
            table.chunks_exact(SECTION_HEADER).map(Section::parse).collect::<Option<_>>()?;
        let names = sections.get(usize::from(quarter_word(&header, 62)?))?;
        let names = names.read(&file, limits::SECTION_NAME_BYTES)?;
        Some(Self { file, sections, names, lowest })
    }

    /// The page of the lowest address that is loaded; where that comes to lie in a process tells
    /// where everything else does.
    pub(super) fn lowest_page(&self) -> u64 {
        self.lowest & !(PAGE - 1)
    }

    /// The address of the section of that name.
    pub(super) fn section(&self, name: &str) -> Option<u64> {
        let is_it = |section: &&Section| is_text_at(&self.names, section.name, name);
        Some(self.sections.iter().find(is_it)?.address)
    }

    /// The address of the symbol of that name, exported or not.
    pub(super) fn symbol(&self, name: &str) -> Option<u64> {
        let tables = self.sections.iter().filter(|it| SYMBOL_TABLES.contains(&it.kind));
        tables.rev().find_map(|table| {
            let names = self.sections.get(table.link)?.read(&self.file, limits::SYMBOL_BYTES)?;
            let symbols = table.read(&self.file, limits::SYMBOL_BYTES)?;
            let is_it = |symbol: &&[u8]| {
                half_word(symbol, 0).is_some_and(|at| is_text_at(&names, at as usize, name))
                    && quarter_word(symbol, 6).is_some_and(|section| section != 0)
            };
            word(symbols.chunks_exact(SYMBOL).find(is_it)?, 8)
        })
    }
}

impl Section {
    fn parse(header: &[u8]) -> Option<Self> {
        Some(Self {
            name: half_word(header, 0)? as usize,
            kind: half_word(header, 4)?,
            address: word(header, 16)?,
            offset: word(header, 24)?,
            size: word(header, 32)?,
            link: half_word(header, 40)? as usize,
        })
    }

    /// What is in it; `None` when that is more than `limit` bytes.
    fn read(&self, file: &File, limit: usize) -> Option<Vec<u8>> {
        let size = usize::try_from(self.size).ok().filter(|&size| size <= limit)?;
        read(file, self.offset, size)
    }
}

fn lowest_address(file: &File, header: &[u8]) -> Option<u64> {
    let count = usize::from(quarter_word(header, 56)?);
    if usize::from(quarter_word(header, 54)?) != PROGRAM_HEADER {
        return None;
    }
    let table = read(file, word(header, 32)?, count.checked_mul(PROGRAM_HEADER)?)?;
    let loaded = table.chunks_exact(PROGRAM_HEADER).filter(|it| half_word(it, 0) == Some(LOADED));
    loaded.filter_map(|segment| word(segment, 16)).min()
}

fn read(file: &File, offset: u64, size: usize) -> Option<Vec<u8>> {
    // A length beyond the file's end is refused before memory is set aside for it.
    let end = offset.checked_add(size as u64)?;
    if end > file.metadata().ok()?.len() {
        return None;
    }
    let mut bytes = vec![0; size];
    file.read_exact_at(&mut bytes, offset).ok()?;
    Some(bytes)
}

fn is_text_at(texts: &[u8], at: usize, wanted: &str) -> bool {
    let rest = texts.get(at..).and_then(|rest| rest.strip_prefix(wanted.as_bytes()));
    rest.is_some_and(|rest| rest.first() == Some(&0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        file
    }

    fn own_bytes() -> Vec<u8> {
        std::fs::read("/proc/self/exe").expect("our own program")
    }

    #[test]
    fn our_own_program_is_understood() {
        let elf = Elf::of(File::open("/proc/self/exe").expect("our own program")).expect("ELF");
        assert_eq!(elf.section(".no-such-section"), None);
        assert_eq!(elf.symbol("no_such_symbol"), None);
        let text = elf.section(".text").expect("code");
        let main = elf.symbol("main").expect("it is not stripped");
        assert!(main >= text && elf.lowest_page() < text, "{main:x} {text:x}");
    }

    #[test]
    fn what_is_no_elf_file_is_none() {
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\x7fELF", &[0; 4096]] {
            assert!(Elf::of(file_of(bytes)).is_none());
        }
    }

    #[test]
    fn counts_and_lengths_that_cannot_be_are_refused() {
        let whole = own_bytes();
        let head = &whole[..4096];
        assert!(Elf::of(file_of(head)).is_none(), "the table of sections is cut off");
        // Place, size and number of the tables, and which section has the names.
        for (at, length) in [(32, 8), (40, 8), (54, 2), (58, 2), (60, 2), (62, 2)] {
            let mut bytes = whole.clone();
            bytes[at..at + length].fill(0xff);
            assert!(Elf::of(file_of(&bytes)).is_none(), "byte {at}");
        }
    }

    #[test]
    fn sections_that_lie_are_not_followed() {
        let whole = own_bytes();
        let table = word(&whole, 40).expect("a place") as usize;
        let count = usize::from(quarter_word(&whole, 60).expect("a number"));
        let mut bytes = whole;
        for section in 0..count {
            let header = table + section * SECTION_HEADER;
            let is_table =
                half_word(&bytes, header + 4).is_some_and(|it| SYMBOL_TABLES.contains(&it));
            if is_table {
                bytes[header + 32..header + 40].fill(0x7f);
            }
        }
        let elf = Elf::of(file_of(&bytes)).expect("its names are whole");
        assert_eq!(elf.symbol("main"), None, "a table larger than its file");
    }
}
