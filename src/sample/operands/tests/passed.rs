//! Names that a loop binds anew faster than they can be followed.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::fake::{CODE, FRAME, Fake, LIST_TYPE, VALUE, VERSIONS, look_at};
use super::process::{Standing, pythons};
use super::told;
use crate::limits;
use crate::sample::memory::{Memory, ReadError, Request};
use crate::sample::operands::OperandReader;
use crate::sample::operands::layout::code;

const LOOKS: usize = 500;

/// The rows are dictionaries of two. A name that is bound to the lists that are made of them as well,
/// which are soon gone, is not told as the ones alone.
#[test]
fn what_a_loop_has_gone_past_is_told_by_what_it_goes_over() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "passing.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut met = 0;
        while let Some(at) = standing.next() {
            met += 1;
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for _ in 0..LOOKS {
                for operand in reader.look(&memory, at.frame, at.code_address, &at.code) {
                    *seen.entry(told(&operand)).or_default() += 1;
                }
            }
            standing.go_on();
            println!("{python}, {}: {seen:?}", at.scenario);
            let times = |line: &str| seen.get(line).copied().unwrap_or_default();
            if at.scenario == "rows made of rows" {
                let made: usize = seen
                    .range("made: list".to_owned().."made: m".to_owned())
                    .map(|(_, times)| times)
                    .sum();
                assert!(times("made: dict 2") < LOOKS / 4 + 2 * made, "{seen:?} on {python}");
                continue;
            }
            assert!(times("row: dict 2") > LOOKS / 2, "{}: {seen:?} on {python}", at.scenario);
            let others = seen.keys().filter(|line| line.starts_with("row:")).count() - 1;
            assert_eq!(others, 0, "{}: {seen:?} on {python}", at.scenario);
        }
        assert_eq!(met, 4, "on {python}");
    }
}

const OTHER: u64 = VALUE + 0x1000;
const ITERATOR_TYPE: u64 = 0x170_000;
const ITERATOR: u64 = VALUE + 0x2000;
const LIST: u64 = VALUE + 0x3000;
const ITEMS: u64 = 0x800_000;

/// A frame whose slot never holds the same object for two calls.
struct Restless {
    fake: Fake,
    is_other: Cell<bool>,
}

impl Memory for Restless {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        self.fake.read(address, into)?;
        let slot = FRAME + self.fake.layout.frame.slots;
        if (address..=address + into.len() as u64 - 8).contains(&slot) {
            let at = (slot - address) as usize;
            let object = if self.is_other.get() { OTHER } else { VALUE };
            into[at..at + 8].copy_from_slice(&object.to_le_bytes());
        }
        Ok(())
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        // A look begins with the frame and its code object.
        let begins = requests.iter().any(|it| it.address == CODE && it.into.len() == code::END);
        self.is_other.set(!begins && !self.is_other.get());
        let unreadable = |r: &mut Request<'_>| self.read(r.address, r.into).is_err();
        Ok(requests.iter_mut().position(unreadable).unwrap_or(requests.len()))
    }
}

/// Whether a look tells what `x` is where that word of the stack is an iterator of a list of such a length, which
/// takes the item of that index next, and both objects are the first items.
fn is_seen(word: usize, next: u64, length: u64) -> bool {
    let look = |python| {
        let mut fake = Fake::with(python, LIST_TYPE, 3);
        fake.head(OTHER, LIST_TYPE, 5);
        fake.class(ITERATOR_TYPE, "list_iterator", 0);
        fake.head(ITERATOR, ITERATOR_TYPE, next);
        fake.word(ITERATOR + 24, LIST);
        fake.head(LIST, LIST_TYPE, length);
        fake.word(LIST + 24, ITEMS);
        [VALUE, OTHER].into_iter().zip(0..).for_each(|(it, at)| fake.word(ITEMS + 8 * at, it));
        (0..limits::ITEMS_PASSED + 2).step_by(64).for_each(|it| fake.word(ITEMS + 8 * (it + 2), 0));
        let stack = FRAME + fake.layout.frame.slots + 8;
        (0..limits::LOOPS as u64).for_each(|it| fake.word(stack + 8 * it, 0));
        fake.word(stack + 8 * word as u64, ITERATOR);
        look_at(&Restless { fake, is_other: Cell::new(false) }, python)
    };
    let looks: Vec<Vec<String>> = VERSIONS.into_iter().map(look).collect();
    let is_right = |it: &Vec<String>| *it == looks[0] && (it.is_empty() || it == &["x: list 5"]);
    assert!(looks.iter().all(is_right), "{looks:?}");
    !looks[0].is_empty()
}

#[test]
fn iterators_and_items_are_looked_at_as_far_as_their_bounds() {
    const MOST: u64 = limits::ITEMS_PASSED;
    assert!(is_seen(0, 2, 2));
    assert!(is_seen(limits::LOOPS - 1, MOST, MOST));
    assert!(!is_seen(limits::LOOPS, 2, 2));
    assert!(!is_seen(0, MOST + 2, MOST + 2), "they are too far behind");
    assert!(!is_seen(0, 1, 2), "one of them is still to come");
    for lie in [u64::MAX, 1 << 61, 1 << 47] {
        assert!(!is_seen(0, lie, lie));
    }
}
