//! Variables and their values, in memory that lies.

use std::sync::Arc;

use advisors::Python;

use super::fake::*;
use crate::limits;
use crate::sample::Code;
use crate::sample::dump::{Content, Local, Value};
use crate::sample::operands::Objects;
use crate::sample::operands::layout::{self, IntLayout, class};
use crate::text::Untrusted;

const INT_TYPE: u64 = 0x170_000;
const FLOAT_TYPE: u64 = 0x180_000;
const SET_TYPE: u64 = 0x190_000;

fn variables(fake: &Fake) -> Option<Vec<Local>> {
    let name = Untrusted::new("f");
    let code = Arc::new(Code { name: name.clone(), file: name, first_line: 1 });
    Objects::with(fake, fake.layout).locals(FRAME, CODE, &code).map(|locals| locals.shown)
}

/// What `x` is worth, on every version; all must say the same.
fn worth(make: impl Fn(Python) -> Fake) -> Option<Value> {
    let one = |&python: &Python| {
        let mut locals = variables(&make(python)).expect("the frame runs");
        assert!(locals.len() <= 1, "{locals:?}");
        locals.pop().map(|local| {
            assert_eq!(local.name.data(), "x");
            // What lies before an object differs.
            Value { footprint: None, ..local.value }
        })
    };
    let values: Vec<Option<Value>> = VERSIONS.iter().map(one).collect();
    assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
    values.into_iter().next()?
}

fn content(make: impl Fn(Python) -> Fake) -> Option<Content> {
    worth(make).map(|value| value.content)
}

/// The fake with `x` bound to an object of a type with that name and those flags.
fn of_type(python: Python, at: u64, name: &str, flags: u64) -> Fake {
    let mut fake = Fake::with(python, at, 0);
    fake.class(at, name, flags);
    fake
}

fn int(python: Python, digits: &[u32], negative: bool) -> Fake {
    let mut fake = of_type(python, INT_TYPE, "int", class::INT_SUBCLASS);
    let count = digits.len() as u64;
    let head = match (fake.layout.int, count, negative) {
        (IntLayout::SignedSize, _, true) => count.wrapping_neg(),
        (IntLayout::SignedSize, ..) => count,
        (IntLayout::Tagged, 0, _) => 1,
        (IntLayout::Tagged, _, negative) => count << 3 | if negative { 2 } else { 0 },
    };
    fake.word(VALUE + 16, head);
    for (index, digit) in (0..).zip(digits) {
        fake.half(VALUE + 24 + 4 * index, *digit);
    }
    fake
}

#[test]
fn numbers_are_read_from_their_digits() {
    const MOST: u32 = (1 << 30) - 1;
    let cases: [(&[u32], bool, Content); 5] = [
        (&[], false, Content::Int(0)),
        (&[7], true, Content::Int(-7)),
        (&[0, 0, 1], false, Content::Int(1 << 60)),
        (&[MOST; 4], false, Content::Int((1 << 120) - 1)),
        (&[1; 5], true, Content::LongInt { bits: 150, negative: true }),
    ];
    for (digits, negative, expected) in cases {
        assert_eq!(content(|python| int(python, digits, negative)), Some(expected));
    }
    let overfull = |python| int(python, &[u32::MAX; 4], false);
    assert_eq!(content(overfull), Some(Content::Unseen), "a digit has 30 bits");
}

#[test]
fn a_float_is_its_bits() {
    let fake = |python| {
        let mut fake = of_type(python, FLOAT_TYPE, "float", 0);
        fake.word(VALUE + 16, 3.25_f64.to_bits());
        fake
    };
    assert_eq!(content(fake), Some(Content::Float(3.25)));
}

#[test]
fn a_class_that_is_called_like_a_built_in_is_not_taken_for_it() {
    for name in ["float", "NoneType"] {
        let fake = |python| of_type(python, FLOAT_TYPE, name, class::HEAP);
        assert_eq!(content(fake), Some(Content::Unseen), "{name}");
    }
}

#[test]
fn a_text_is_cut_however_long_it_says_that_it_is() {
    for length in [1 << 20, limits::LENGTH] {
        let fake = |python| {
            let mut fake = Fake::with(python, STR_TYPE, length);
            fake.half(VALUE + fake.layout.text.state as u64, COMPACT_ASCII);
            fake.bytes(VALUE + fake.layout.text.ascii_data as u64, &[b'a'; 0x800]);
            fake
        };
        let start = Untrusted::new("a".repeat(limits::VALUE_BYTES));
        assert_eq!(content(fake), Some(Content::Text { start, cut: true }), "{length}");
    }
}

/// A `str` of a class of its own, which is not compact.
fn derived(python: Python, length: u64, data: u64) -> Fake {
    let mut fake = of_type(python, INT_TYPE, "Color", class::STR_SUBCLASS | class::HEAP);
    fake.word(VALUE + 16, length);
    let text = fake.layout.text;
    fake.half(VALUE + text.state as u64, COMPACT_ASCII & !(1 << (text.kind_shift + 3)));
    fake.word(VALUE + text.wide_data as u64, data);
    fake.bytes(TEXTS, &[b'r'; 0x800]);
    fake
}

#[test]
fn a_text_of_a_class_of_its_own_is_cut_too() {
    let text =
        |length: usize, cut| Some(Content::Text { start: Untrusted::new("r".repeat(length)), cut });
    assert_eq!(content(|python| derived(python, 3, TEXTS)), text(3, false));
    let longest = content(|python| derived(python, limits::LENGTH, TEXTS));
    assert_eq!(longest, text(limits::VALUE_BYTES, true));
    for nowhere in [0, 7, 0xdead_beef_0000, u64::MAX] {
        let seen = content(|python| derived(python, 3, nowhere));
        assert_eq!(seen, Some(Content::Unseen), "{nowhere:#x}");
    }
}

#[test]
fn containers_show_their_first_elements_and_bear_what_is_none() {
    let list = |python| {
        let mut fake = Fake::with(python, LIST_TYPE, 1 << 40);
        fake.word(VALUE + 24, TEXTS);
        for index in 0..100 {
            fake.word(TEXTS + 8 * index, [SLOT_NAMES, 0, 7, VALUE][index as usize % 4]);
        }
        fake
    };
    let Some(Content::Elements(elements)) = content(list) else { panic!("elements") };
    assert_eq!(elements.len(), limits::ELEMENTS);
    let first = elements[0].as_ref().expect("a text");
    assert_eq!(first.content, Content::Text { start: Untrusted::new("x"), cut: false });
    assert_eq!((&elements[1], &elements[2]), (&None, &None));
    let itself = elements[3].as_ref().expect("a list");
    assert_eq!(itself.content, Content::Unseen, "not followed further");

    let nowhere = |python| {
        let mut fake = Fake::with(python, LIST_TYPE, 3);
        fake.word(VALUE + 24, 0xdead_beef_0000);
        fake
    };
    assert_eq!(content(nowhere), Some(Content::Unseen));
    let empty = |python| {
        let mut fake = Fake::with(python, LIST_TYPE, 0);
        fake.word(VALUE + 24, u64::MAX);
        fake
    };
    assert_eq!(content(empty), Some(Content::Elements(Vec::new())));
}

#[test]
fn tables_of_impossible_shape_are_left_alone() {
    for index_bytes in [39, 40, 63, 64, 255] {
        let fake = |python| {
            let mut fake = Fake::with(python, DICT_TYPE, 3);
            fake.word(VALUE + 32, TEXTS);
            fake.bytes(TEXTS + 8, &[3, index_bytes, 1, 0]);
            fake.word(TEXTS + 24, u64::MAX);
            fake
        };
        assert_eq!(content(fake), Some(Content::Unseen), "{index_bytes}");
    }
    let set = |python| {
        let mut fake = of_type(python, SET_TYPE, "set", 0);
        fake.word(VALUE + layout::SET_USED.cast_unsigned(), 1);
        fake.word(VALUE + layout::SET_MASK.cast_unsigned(), u64::MAX);
        fake.word(VALUE + layout::SET_TABLE.cast_unsigned(), TEXTS);
        fake.word(TEXTS + 16, SLOT_NAMES);
        fake
    };
    let Some(Content::Elements(elements)) = content(set) else { panic!("elements") };
    assert_eq!(elements.len(), 1, "one of the entries that are searched is used");
}

#[test]
fn a_frame_that_runs_other_code_has_no_variables() {
    for python in VERSIONS {
        let mut fake = Fake::with(python, LIST_TYPE, 3);
        fake.word(FRAME + fake.layout.frame.code, CODE + 8);
        assert_eq!(variables(&fake), None, "{python}");
    }
}

#[test]
fn random_memory_does_no_harm() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let regions = [FRAME, GLOBALS, GLOBAL_KEYS, THING_TYPE, DICT_TYPE, VALUE, TEXTS];
    let types = [TYPE, LIST_TYPE, DICT_TYPE, TUPLE_TYPE, THING_TYPE, STR_TYPE, INT_TYPE, SET_TYPE];
    for round in 0..600 {
        let python = VERSIONS[round % VERSIONS.len()];
        let mut fake = Fake::with(python, types[round % types.len()], next() % 9);
        fake.class(INT_TYPE, "int", class::INT_SUBCLASS);
        fake.class(SET_TYPE, "set", 0);
        if round % 2 == 0 {
            fake.half(CODE + layout::code::FLAGS as u64, 0);
        }
        for _ in 0..200 {
            let at = regions[next() as usize % regions.len()] + next() % 0x400 / 8 * 8;
            let word = match next() % 4 {
                0 => next(),
                1 => next() % 64,
                2 => regions[next() as usize % regions.len()],
                _ => types[next() as usize % types.len()],
            };
            fake.word(at, word);
        }
        fake.word(FRAME + fake.layout.frame.code, CODE);
        let locals = variables(&fake).unwrap_or_default();
        assert!(locals.len() <= limits::LOCALS);
    }
}
