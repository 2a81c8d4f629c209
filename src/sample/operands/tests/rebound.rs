//! A name that is bound anew while it is looked at.

use std::cell::Cell;

use super::fake::{CODE, FRAME, Fake, LIST_TYPE, VALUE, VERSIONS, look_at};
use crate::sample::memory::{Memory, ReadError, Request};
use crate::sample::operands::layout::code;

/// When the slot of the frame that is looked at holds another object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Never,
    /// From when the frame was read until the object is.
    BeforeTheObject,
    /// Once the object was read.
    AfterTheObject,
    /// From when the frame was read on.
    ForGood,
}

const OTHER: u64 = VALUE + 0x1000;

struct Rebound {
    fake: Fake,
    other: Other,
    object_read: Cell<bool>,
}

impl Rebound {
    /// The slot's address, while it holds another object.
    fn rebound_slot(&self) -> Option<u64> {
        let rebound = match self.other {
            Other::Never => false,
            Other::BeforeTheObject => !self.object_read.get(),
            Other::AfterTheObject => self.object_read.get(),
            Other::ForGood => true,
        };
        rebound.then_some(FRAME + self.fake.layout.frame.slots)
    }
}

impl Memory for Rebound {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        self.fake.read(address, into)?;
        let end = address + into.len() as u64;
        let slot = self.rebound_slot().filter(|slot| (address..=end - 8).contains(slot));
        if let Some(slot) = slot {
            let at = (slot - address) as usize;
            into[at..at + 8].copy_from_slice(&OTHER.to_le_bytes());
        }
        if (address..end).contains(&VALUE) {
            self.object_read.set(true);
        }
        Ok(())
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        // The frame is read together with its code object, and then the slot is as it was.
        let of_frame = requests.iter().any(|r| r.address == CODE && r.into.len() == code::END);
        let unreadable = |r: &mut Request<'_>| {
            let memory: &dyn Memory = if of_frame { &self.fake } else { self };
            memory.read(r.address, r.into).is_err()
        };
        self.object_read.set(self.object_read.get() && !of_frame);
        Ok(requests.iter_mut().position(unreadable).unwrap_or(requests.len()))
    }
}

#[test]
fn a_name_bound_anew_around_the_read_of_its_object_is_left_out() {
    for python in VERSIONS {
        for other in [Other::Never, Other::BeforeTheObject, Other::AfterTheObject] {
            let fake = Fake::with(python, LIST_TYPE, 3);
            let memory = Rebound { fake, other, object_read: Cell::new(false) };
            let expected: &[&str] = if other == Other::Never { &["x: list 3"] } else { &[] };
            assert_eq!(look_at(&memory, python), expected, "{other:?} on {python}");
        }
    }
}

#[test]
fn what_a_name_is_bound_to_by_now_is_followed() {
    for python in VERSIONS {
        let mut fake = Fake::with(python, LIST_TYPE, 3);
        fake.head(OTHER, LIST_TYPE, 5);
        let memory = Rebound { fake, other: Other::ForGood, object_read: Cell::new(false) };
        assert_eq!(look_at(&memory, python), ["x: list 5"], "{python}");
    }
}
