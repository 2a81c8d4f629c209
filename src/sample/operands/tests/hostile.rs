//! Memory that lies: looks stay bounded, quick and silent.

use advisors::Python;

use super::fake::*;
use crate::limits;
use crate::sample::operands::layout::{self, class, code, keys};
use crate::sample::operands::opcodes::Effect;

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
        fake.item(VALUE, 0, SLOT_NAMES);
        fake.item(VALUE, 1, 0xdead_0000);
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
    fake.item(GLOBAL_NAMES, 0, Y);
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
                fake.item(GLOBAL_NAMES, 0, SLOT_NAMES);
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
            fake.item(LOCAL_NAMES, i, SLOT_NAMES);
            fake.bytes(KINDS + 32 + i, &[0x20]);
            fake.word(FRAME + fake.layout.frame.slots + 8 * i, 0xdead_0000 + 0x10_000 * i);
        }
        fake
    };
    assert_eq!(look(fake), [""; 0]);
}

/// A frame whose local `x` is loaded on line 1, and whose local `y` is not.
fn with_line(python: Python, units: u64, table: u64) -> Fake {
    const LOCATIONS: u64 = TEXTS + 0x1000;
    let mut fake = Fake::with(python, LIST_TYPE, 3);
    let first_slot = FRAME + fake.layout.frame.slots;
    fake.half(CODE + fake.layout.code_local_count, 2);
    fake.item(LOCAL_NAMES, 1, SLOT_NAMES + 0x100);
    fake.string(SLOT_NAMES + 0x100, "y");
    fake.bytes(KINDS + 33, &[0x20]);
    fake.word(first_slot + 8, VALUE);
    let opcodes = fake.layout.opcodes;
    let load = (0..=u8::MAX).find(|&it| opcodes.effect(it) == Effect::Slot).expect("there is one");
    fake.word(CODE + layout::OBJECT_SIZE as u64, units);
    fake.half(CODE + fake.layout.code_first_line, 1);
    fake.bytes(CODE + fake.layout.code_instructions, &[load, 0, load, 1]);
    fake.word(CODE + code::LINE_TABLE as u64, LOCATIONS);
    fake.head(LOCATIONS, TYPE, table);
    // One unit on line 1, one on line 2, with columns 1 to 2.
    fake.bytes(LOCATIONS + layout::BYTES_DATA, &[0x80 | 10 << 3, 1, 2, 0x80 | 11 << 3, 1, 2]);
    fake
}

#[test]
fn a_line_of_code_with_impossible_counts_is_looked_at_as_a_whole_frame() {
    let look = |units, table| -> Vec<Vec<String>> {
        let looks = VERSIONS.iter().map(|&python| with_line(python, units, table).line(python, 1));
        looks.collect()
    };
    for lines in look(2, 6) {
        assert_eq!(lines, ["x: list 3"]);
    }
    let impossible = [(0, 6), (2, 0), (limits::LOOKED_UNITS + 1, 6), (u64::MAX, 6), (1 << 40, 6)];
    for (units, table) in impossible {
        for lines in look(units, table) {
            assert_eq!(lines, ["x: list 3", "y: list 3"], "{units} units, {table} bytes");
        }
    }
    for lines in look(2, u64::MAX) {
        assert!(lines.contains(&"x: list 3".to_owned()), "{lines:?}");
    }
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
    let regions = [
        FRAME,
        CODE + 0x70,
        GLOBAL_NAMES,
        GLOBALS,
        GLOBAL_KEYS,
        THING_TYPE,
        DICT_TYPE,
        VALUE,
        TEXTS,
    ];
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
