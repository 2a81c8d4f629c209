//! Memory that lies: looks stay bounded, quick and silent.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use advisors::Python;

use super::told;
use crate::limits;
use crate::sample::Code;
use crate::sample::memory::{Memory, ReadError, Request};
use crate::sample::operands::OperandReader;
use crate::sample::operands::layout::{self, Layout, class, code, keys};
use crate::text::Untrusted;

const VERSIONS: [Python; 3] = [Python::new(3, 11), Python::new(3, 12), Python::new(3, 13)];

const FRAME: u64 = 0x10_000;
const CODE: u64 = 0x20_000;
const LOCAL_NAMES: u64 = 0x30_000;
const KINDS: u64 = 0x40_000;
const GLOBAL_NAMES: u64 = 0x50_000;
const GLOBALS: u64 = 0x60_000;
const GLOBAL_KEYS: u64 = 0x70_000;
const TYPE: u64 = 0x100_000;
const STR_TYPE: u64 = 0x110_000;
const DICT_TYPE: u64 = 0x120_000;
const LIST_TYPE: u64 = 0x130_000;
const TUPLE_TYPE: u64 = 0x140_000;
const THING_TYPE: u64 = 0x150_000;
const CELL_TYPE: u64 = 0x160_000;
const SLOT_NAMES: u64 = 0x200_000;
const VALUE: u64 = 0x300_000;
const TEXTS: u64 = 0x400_000;

/// `PyASCIIObject.state` of a compact string of ASCII characters.
const COMPACT_ASCII: u32 = 0b110_0100;

/// A process as its bytes say it is, and how much was asked of it. Bytes that nobody wrote are
/// zero where something near was written, and unmapped elsewhere.
struct Fake {
    layout: Layout,
    pages: BTreeMap<u64, Vec<u8>>,
    asked: RefCell<Asked>,
}

#[derive(Default)]
struct Asked {
    calls: usize,
    bytes: usize,
}

impl Fake {
    const PAGE: u64 = 0x1000;

    /// A frame of a function `f` with one local `x`, unbound, and no globals.
    fn new(python: Python) -> Self {
        let layout = Layout::of(python).expect("a known layout");
        let mut fake = Self { layout, pages: BTreeMap::new(), asked: RefCell::default() };
        for (address, name, flags) in [
            (TYPE, "type", class::TYPE_SUBCLASS),
            (STR_TYPE, "str", class::STR_SUBCLASS),
            (DICT_TYPE, "dict", class::DICT_SUBCLASS),
            (LIST_TYPE, "list", class::LIST_SUBCLASS),
            (TUPLE_TYPE, "tuple", class::TUPLE_SUBCLASS),
            (THING_TYPE, "Thing", class::HEAP),
            (CELL_TYPE, "cell", 0),
        ] {
            fake.class(address, name, flags);
        }
        fake.word(FRAME + layout.frame.code, CODE);
        fake.word(FRAME + layout.frame.globals, GLOBALS);
        fake.word(FRAME + layout.frame.slots, 0);
        fake.word(CODE, 1);
        fake.word(CODE + code::NAMES as u64, GLOBAL_NAMES);
        fake.word(CODE + code::LOCAL_NAMES as u64, LOCAL_NAMES);
        fake.word(CODE + code::LOCAL_KINDS as u64, KINDS);
        fake.half(CODE + layout.code_local_count, 1);
        fake.half(CODE + code::FLAGS as u64, code::OPTIMIZED);
        fake.head(GLOBAL_NAMES, TUPLE_TYPE, 0);
        fake.head(LOCAL_NAMES, TUPLE_TYPE, 1);
        fake.word(LOCAL_NAMES + 24, SLOT_NAMES);
        fake.bytes(KINDS + 32, &[0x20]);
        fake.string(SLOT_NAMES, "x");
        fake.head(GLOBALS, DICT_TYPE, 0);
        fake.word(GLOBALS + 32, GLOBAL_KEYS);
        fake.word(GLOBAL_KEYS, 1);
        fake
    }

    fn bytes(&mut self, address: u64, bytes: &[u8]) {
        for (address, byte) in (address..).zip(bytes) {
            let page = self.pages.entry(address / Self::PAGE).or_insert_with(|| vec![0; 0x1000]);
            page[(address % Self::PAGE) as usize] = *byte;
        }
    }

    fn word(&mut self, address: u64, word: u64) {
        self.bytes(address, &word.to_le_bytes());
    }

    fn half(&mut self, address: u64, half: u32) {
        self.bytes(address, &half.to_le_bytes());
    }

    /// An object's type and size.
    fn head(&mut self, address: u64, class: u64, size: u64) {
        self.word(address, 1);
        self.word(address + 8, class);
        self.word(address + 16, size);
    }

    fn class(&mut self, address: u64, name: &str, flags: u64) {
        self.head(address, TYPE, 0);
        self.word(address + class::NAME as u64, address + 0x800);
        self.bytes(address + 0x800, name.as_bytes());
        self.word(address + class::FLAGS as u64, flags);
        self.word(address + self.layout.type_shared_keys, 0);
    }

    fn string(&mut self, address: u64, characters: &str) {
        self.head(address, STR_TYPE, characters.len() as u64);
        let text = self.layout.text;
        self.half(address + text.state as u64, COMPACT_ASCII);
        self.bytes(address + text.ascii_data as u64, characters.as_bytes());
    }

    /// Binds `x` to the object at that address.
    fn bind(&mut self, address: u64) {
        self.word(FRAME + self.layout.frame.slots, address);
    }

    /// The fake with `x` bound to an object of that type and size.
    fn with(python: Python, class: u64, size: u64) -> Self {
        let mut fake = Self::new(python);
        fake.head(VALUE, class, size);
        fake.bind(VALUE);
        fake
    }

    fn look(&self, python: Python) -> Vec<String> {
        let name = Untrusted::new("f");
        let code = Arc::new(Code { name: name.clone(), file: name, first_line: 1 });
        let mut reader = OperandReader::new(python).expect("a supported version");
        let first = reader.look(self, FRAME, CODE, &code);
        let again = reader.look(self, FRAME, CODE, &code);
        assert_eq!(first, again);
        let asked = self.asked.borrow();
        assert!(asked.calls <= 400, "{} calls", asked.calls);
        assert!(asked.bytes <= 8 * limits::BATCH_BYTES, "{} bytes", asked.bytes);
        first.iter().map(told).collect()
    }
}

impl Memory for Fake {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        for (address, byte) in (address..).zip(into) {
            let page = self.pages.get(&(address / Self::PAGE)).ok_or(ReadError::Unmapped)?;
            *byte = page[(address % Self::PAGE) as usize];
        }
        Ok(())
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        let mut asked = self.asked.borrow_mut();
        asked.calls += 1;
        asked.bytes += requests.iter().map(|r| r.into.len()).sum::<usize>();
        let unreadable = |r: &mut Request<'_>| self.read(r.address, r.into).is_err();
        Ok(requests.iter_mut().position(unreadable).unwrap_or(requests.len()))
    }
}

/// Looks at a fake of every version; all must say the same.
fn look(make: impl Fn(Python) -> Fake) -> Vec<String> {
    let looks: Vec<_> = VERSIONS.iter().map(|&python| make(python).look(python)).collect();
    assert!(looks.iter().all(|look| *look == looks[0]), "{looks:?}");
    looks[0].clone()
}

#[test]
fn the_fake_is_read_as_a_process_is() {
    let fake = |python| {
        let mut fake = Fake::with(python, LIST_TYPE, 3);
        fake.word(VALUE + 24, TEXTS);
        (0..3).for_each(|i| fake.word(TEXTS + 8 * i, SLOT_NAMES));
        fake
    };
    assert_eq!(look(fake), ["x: list 3 of str"]);
}

/// A frame whose slot `x` may hold a cell.
fn with_cell_slot(python: Python) -> Fake {
    let mut fake = Fake::with(python, LIST_TYPE, 3);
    fake.bytes(KINDS + 32, &[code::CELL_OR_FREE]);
    fake
}

#[test]
fn an_argument_whose_cell_is_not_yet_made_is_read_from_its_slot() {
    assert_eq!(look(with_cell_slot), ["x: list 3"]);
}

#[test]
fn a_cell_is_read_through_and_an_empty_one_is_unbound() {
    const CELL: u64 = VALUE + 0x1000;
    for (content, expected) in [(VALUE, vec!["x: list 3"]), (0, vec![]), (CELL, vec!["x: cell"])] {
        let fake = |python| {
            let mut fake = with_cell_slot(python);
            fake.head(CELL, CELL_TYPE, content);
            fake.bind(CELL);
            fake
        };
        assert_eq!(look(fake), expected);
    }
}

#[test]
fn a_type_pointer_to_nowhere_is_not_believed() {
    for nowhere in [0, 1, 7, 0xdead_beef_0000, 1 << 47, u64::MAX, u64::MAX - 7, VALUE + 1] {
        assert_eq!(look(|python| Fake::with(python, nowhere, 1)), [""; 0], "{nowhere:#x}");
    }
}

#[test]
fn a_freed_object_is_not_believed() {
    for references in [0, 0x7f00_dead_beef, u64::MAX] {
        let fake = |python| {
            let mut fake = Fake::with(python, LIST_TYPE, 3);
            fake.word(VALUE, references);
            fake
        };
        assert_eq!(look(fake), [""; 0], "{references:#x}");
    }
}

#[test]
fn what_is_no_type_is_not_believed_as_one() {
    let untyped = |python| {
        let mut fake = Fake::with(python, THING_TYPE, 1);
        fake.word(THING_TYPE + 8, THING_TYPE);
        fake
    };
    assert_eq!(look(untyped), [""; 0]);
    let itself = |python| {
        let mut fake = Fake::with(python, VALUE, 1);
        fake.word(VALUE + class::FLAGS as u64, class::LIST_SUBCLASS);
        fake
    };
    assert_eq!(look(itself), [""; 0]);
}

#[test]
fn a_type_whose_bases_go_round_ends() {
    let round = |python| {
        let mut fake = Fake::with(python, THING_TYPE, 1);
        fake.word(THING_TYPE + class::BASE as u64, VALUE + 0x8000);
        fake.class(VALUE + 0x8000, "Other", class::HEAP);
        fake.word(VALUE + 0x8000 + class::BASE as u64, THING_TYPE);
        fake
    };
    assert_eq!(look(round), ["x: Thing"]);
}

#[test]
fn a_chain_of_bases_without_end_is_cut() {
    let deep = |python| {
        let mut fake = Fake::with(python, THING_TYPE, 1);
        let mut previous = THING_TYPE;
        for i in 0..1_000 {
            let base = 0x100_0000 + i * 0x1000;
            fake.class(base, "Base", class::HEAP);
            fake.word(previous + class::BASE as u64, base);
            previous = base;
        }
        fake
    };
    assert_eq!(look(deep), ["x: Thing"]);
}

#[test]
fn a_name_that_is_no_identifier_is_not_believed() {
    for name in ["", "1st", "a b", "a..b", "\x1b[31m", "a\nb", "x;y", "<script>", "."] {
        let fake = |python| {
            let mut fake = Fake::with(python, THING_TYPE, 1);
            fake.bytes(THING_TYPE + 0x800, &[0; 16]);
            fake.bytes(THING_TYPE + 0x800, name.as_bytes());
            fake
        };
        assert_eq!(look(fake), [""; 0], "{name:?}");
    }
    let endless = |python| {
        let mut fake = Fake::with(python, THING_TYPE, 1);
        fake.bytes(THING_TYPE + 0x800, &[b'a'; 0x2000]);
        fake
    };
    assert_eq!(look(endless), [""; 0]);
    let not_text = |python| {
        let mut fake = Fake::with(python, THING_TYPE, 1);
        fake.bytes(THING_TYPE + 0x800, b"\xff\xfe");
        fake
    };
    assert_eq!(look(not_text), [""; 0]);
}

#[test]
fn a_length_that_cannot_be_is_not_believed() {
    for size in [1 << 62, u64::MAX, i64::MIN.cast_unsigned(), limits::LENGTH + 1] {
        for class in [LIST_TYPE, TUPLE_TYPE, STR_TYPE, DICT_TYPE] {
            assert_eq!(look(|python| Fake::with(python, class, size)), [""; 0], "{size:#x}");
        }
    }
}

#[test]
fn an_enormous_tuple_costs_no_more_than_a_small_one() {
    let enormous = |python| {
        let mut fake = Fake::with(python, TUPLE_TYPE, 1 << 40);
        fake.word(VALUE + 24, SLOT_NAMES);
        fake.word(VALUE + 32, 0xdead_0000);
        fake
    };
    assert_eq!(look(enormous), ["x: tuple 1099511627776 of str"]);
}

#[test]
fn a_list_whose_items_are_nowhere_has_no_elements() {
    for items in [0, 3, 0xdead_0000, u64::MAX - 15] {
        let fake = |python| {
            let mut fake = Fake::with(python, LIST_TYPE, 5);
            fake.word(VALUE + 24, items);
            fake
        };
        assert_eq!(look(fake), ["x: list 5"]);
    }
}

#[test]
fn a_key_table_of_impossible_shape_is_left_alone() {
    let shapes: [(u8, u8, u8, u64); 8] = [
        (200, 200, 1, 10),
        (3, 200, 1, 1),
        (3, 3, 9, 1),
        (3, 3, 1, 1 << 60),
        (3, 3, 0, u64::MAX),
        (63, 66, 2, 5),
        (3, 3, 1, 9),
        (20, 22, 0, limits::NAMESPACE_ENTRIES as u64 + 1),
    ];
    for shape in shapes {
        assert_eq!(look(|python| with_global(python, shape)), [""; 0], "{shape:?}");
    }
    assert_eq!(look(|python| with_global(python, (3, 3, 1, 1))), ["y: list 2"]);
}

/// A frame whose code names a global `y`, in a key table of the given log2 size, log2 of the
/// index's bytes, kind and number of entries.
fn with_global(
    python: Python,
    (log2_size, log2_index_bytes, kind, entries): (u8, u8, u8, u64),
) -> Fake {
    const Y: u64 = SLOT_NAMES + 0x100;
    let mut fake = Fake::new(python);
    fake.string(Y, "y");
    fake.word(GLOBAL_NAMES + 16, 1);
    fake.word(GLOBAL_NAMES + 24, Y);
    fake.head(VALUE, LIST_TYPE, 2);
    fake.bytes(GLOBAL_KEYS + keys::LOG2_SIZE as u64, &[log2_size, log2_index_bytes, kind]);
    fake.word(GLOBAL_KEYS + keys::ENTRY_COUNT as u64, entries);
    fake.word(GLOBAL_KEYS + keys::INDICES + 8, Y);
    fake.word(GLOBAL_KEYS + keys::INDICES + 16, VALUE);
    fake
}

#[test]
fn names_that_claim_to_be_enormous_are_left_out() {
    for length in [1 << 30, u64::MAX, 1 << 62] {
        let fake = |python| {
            let mut fake = Fake::with(python, LIST_TYPE, 2);
            fake.word(SLOT_NAMES + fake.layout.text.length as u64, length);
            fake
        };
        assert_eq!(look(fake), [""; 0]);
    }
}

#[test]
fn code_with_impossible_counts_is_left_alone() {
    for slots in [u32::MAX, 1 << 31, limits::CODE_NAMES as u32 + 1] {
        let fake = |python| {
            let mut fake = Fake::with(python, LIST_TYPE, 2);
            fake.half(CODE + fake.layout.code_local_count, slots);
            fake
        };
        assert_eq!(look(fake), [""; 0]);
    }
    let many_names = |python| {
        let mut fake = Fake::with(python, LIST_TYPE, 2);
        fake.word(GLOBAL_NAMES + 16, u64::MAX);
        fake
    };
    assert_eq!(look(many_names), ["x: list 2"]);
}

#[test]
fn instances_whose_attributes_are_nowhere_are_told_by_type() {
    let managed = class::HEAP | class::MANAGED_DICT | class::INLINE_VALUES;
    for (flags, dict_offset) in [
        (managed, -1_i64),
        (class::HEAP, 16),
        (class::HEAP, i64::MAX),
        (class::HEAP, i64::MIN),
        (class::HEAP, -8),
    ] {
        for garbage in [1, 0xdead_0001, VALUE, GLOBALS, u64::MAX] {
            let fake = |python| {
                let mut fake = Fake::with(python, THING_TYPE, garbage);
                fake.word(GLOBAL_NAMES + 16, 1);
                fake.word(GLOBAL_NAMES + 24, SLOT_NAMES);
                fake.word(THING_TYPE + class::FLAGS as u64, flags);
                fake.word(THING_TYPE + class::DICT_OFFSET as u64, dict_offset.cast_unsigned());
                fake.word(THING_TYPE + class::BASIC_SIZE as u64, garbage);
                fake.word(THING_TYPE + class::ITEM_SIZE as u64, garbage);
                fake.word(THING_TYPE + fake.layout.type_shared_keys, garbage);
                fake.word(VALUE - 24, garbage);
                fake.word(VALUE - 32, garbage);
                fake
            };
            assert_eq!(look(fake), ["x: Thing"], "{flags:#x} {dict_offset} {garbage:#x}");
        }
    }
}

#[test]
fn a_class_with_impossible_slots_is_told_by_type() {
    for (count, members) in [(u64::MAX, VALUE), (1 << 40, 0xdead_0000), (3, 0), (64, TEXTS)] {
        let fake = |python| {
            let mut fake = Fake::with(python, THING_TYPE, 1);
            fake.word(THING_TYPE + layout::OBJECT_SIZE as u64, count);
            fake.word(THING_TYPE + class::MEMBERS as u64, members);
            fake.half(TEXTS + class::MEMBER_TYPE as u64, class::MEMBER_OBJECT);
            fake.word(TEXTS, u64::MAX);
            fake
        };
        assert_eq!(look(fake), ["x: Thing"]);
    }
}

#[test]
fn many_bad_pointers_cost_few_system_calls() {
    let fake = |python| {
        let mut fake = Fake::new(python);
        let slots = limits::CODE_NAMES as u64;
        fake.half(CODE + fake.layout.code_local_count, slots as u32);
        for i in 0..slots {
            fake.word(LOCAL_NAMES + 24 + 8 * i, SLOT_NAMES);
            fake.bytes(KINDS + 32 + i, &[0x20]);
            fake.word(FRAME + fake.layout.frame.slots + 8 * i, 0xdead_0000 + 0x10_000 * i);
        }
        fake
    };
    assert_eq!(look(fake), [""; 0]);
}

/// Words of every kind of value everywhere: whatever a look makes of it, it ends, within bounds.
#[test]
fn random_memory_does_no_harm() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let regions = [FRAME, GLOBAL_NAMES, GLOBALS, GLOBAL_KEYS, THING_TYPE, DICT_TYPE, VALUE, TEXTS];
    for round in 0..300 {
        let python = VERSIONS[round % VERSIONS.len()];
        let mut fake = with_global(python, (5, 5, (round % 3) as u8, 20));
        fake.bind(VALUE);
        for _ in 0..200 {
            let at = regions[next() as usize % regions.len()] + next() % 0x400 / 8 * 8;
            let word = match next() % 4 {
                0 => next(),
                1 => next() % 64,
                2 => regions[next() as usize % regions.len()],
                _ => [TYPE, LIST_TYPE, THING_TYPE, SLOT_NAMES][next() as usize % 4],
            };
            fake.word(at, word);
        }
        fake.word(FRAME + fake.layout.frame.code, CODE);
        fake.look(python);
    }
}
