//! Strings of large containers, in frames that stand still, and what only looks like them.

use std::collections::{BTreeMap, BTreeSet};

use advisors::Python;

use super::fake::{Fake, LIST_TYPE, SLOT_NAMES, STR_TYPE, TEXTS, VALUE, look};
use super::process::{Standing, pythons};
use crate::limits;
use crate::sample::operands::OperandReader;
use crate::sample::{Operand, Value};

/// Of strings of one name: how many were looked at, are shared, are long, and how many texts others have.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    all: usize,
    shared: usize,
    long: usize,
    texts: usize,
}

fn seen(operands: &[Operand]) -> BTreeMap<&str, Seen> {
    let mut texts = BTreeSet::new();
    let mut seen = BTreeMap::<&str, Seen>::new();
    for operand in operands.iter().filter(|it| it.expression.data().contains("[*]")) {
        assert_eq!(operand.type_name.data(), "str");
        let name = operand.expression.data();
        let seen = seen.entry(name).or_default();
        seen.all += 1;
        match operand.value.expect("what tells it from others") {
            Value::Shared => seen.shared += 1,
            Value::Outrun => seen.long += 1,
            Value::Digest(text) => seen.texts += usize::from(texts.insert((name, text))),
        }
        assert!(matches!(operand.length, Some(2 | 4 | 5 | 1_000)), "{operand:?}");
    }
    seen
}

/// What is seen of strings that have four short texts or a long one.
fn own(all: usize, long: usize) -> Seen {
    Seen { all, long, texts: 4, ..Seen::default() }
}

#[test]
fn strings_of_large_containers_are_told_by_their_texts_or_as_shared() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "kept.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let most = limits::SPREAD_ELEMENTS;
        while let Some(at) = standing.next() {
            for turn in 0..3 {
                let operands = reader.look(&memory, at.frame, at.code_address, &at.code);
                let seen = seen(&operands);
                let long = seen.values().map(|it| it.long).max().unwrap_or(0);
                let shared = |all| Seen { all, shared: all, ..Seen::default() };
                let expected = match &*at.scenario {
                    "own" => vec![("own[*]", own(most, long))],
                    "shared" => vec![("shared[*]", shared(most))],
                    "values" => vec![("held[*]", own(most, long))],
                    "few" => vec![],
                    "rows" => vec![
                        ("rows[*][1]", own(limits::ROWS, long)),
                        ("rows[*][2]", shared(limits::ROWS)),
                    ],
                    "dicts" => vec![("rows[*]['city']", own(limits::ROWS, long))],
                    other => panic!("{other}"),
                };
                assert!(long < 1 + most / 3, "{long}");
                assert_eq!(
                    seen,
                    expected.into_iter().collect(),
                    "{turn} of {} on {python}",
                    at.scenario
                );
            }
            standing.go_on();
        }
    }
}

/// A list of that many strings whose pointers are in `items`.
fn list(python: Python, length: u64, items: u64) -> Fake {
    let mut fake = Fake::with(python, LIST_TYPE, length);
    fake.word(VALUE + 24, items);
    fake
}

#[test]
fn a_list_whose_items_are_nowhere_has_no_strings() {
    for items in [0, 1, 7, 0xdead_beef_0000, 1 << 47, u64::MAX - 7] {
        for length in [limits::MANY_ELEMENTS, 1 << 40, limits::LENGTH] {
            assert_eq!(look(|python| list(python, length, items)), [format!("x: list {length}")]);
        }
    }
}

#[test]
fn a_string_that_cannot_be_one_is_none_that_others_are_equal_to() {
    for length in [u64::MAX, 1 << 46, 1 << 20] {
        let fake = |python| {
            let mut fake = list(python, limits::MANY_ELEMENTS, TEXTS);
            for item in 0..limits::MANY_ELEMENTS {
                fake.word(TEXTS + 8 * item, SLOT_NAMES);
            }
            fake.head(SLOT_NAMES, STR_TYPE, length);
            fake
        };
        let told = look(fake);
        assert!(told.iter().filter(|it| it.starts_with("x[*]")).count() <= limits::SPREAD_ELEMENTS);
    }
}
