//! What ran when.

mod slices;
mod wire;

pub(crate) use slices::Slices;
pub(super) use wire::entries;

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::{Location, Origin};
use crate::sample::State;

/// The order in which things were seen: a recording cut into slices of equal length, in each of which
/// samples are counted. Within a slice their order is not known. Together they are what
/// [`super::Profile::counts`] has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// Length of a slice, in seconds; more than 0.
    pub slice_seconds: f64,
    /// Those in which somebody was seen, in order of time; at most `limits::TIME_SLICES`.
    pub slices: Vec<Slice>,
}

/// One slice of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slice {
    /// Which one it is, from 0: it begins so many times [`Timeline::slice_seconds`] after the
    /// recording. Below `limits::TIME_SLICES`.
    pub index: u32,
    /// What was seen, by thread, stack and state.
    pub parts: Vec<Part>,
}

/// Samples of one slice that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Index into [`super::Profile::threads`].
    pub thread: u32,
    /// Index into [`super::Profile::stacks`]. Of more than `limits::TIME_STACKS` stacks of a thread,
    /// those whose time is put down to the same function (see [`shown`]) are told as the most frequent
    /// of them; and what is rarer than so many functions has none.
    pub stack: Option<u32>,
    /// What the thread was doing; whether it handled an exception is not told here.
    pub state: State,
    /// How many samples.
    pub samples: u32,
}

impl Timeline {
    /// When a slice begins and ends, in seconds since the recording began, of which there are
    /// `seconds`: the last slice ends with it.
    pub fn span(&self, slice: &Slice, seconds: f64) -> (f64, f64) {
        let begin = f64::from(slice.index) * self.slice_seconds;
        let end = begin + self.slice_seconds;
        (begin, if seconds > begin { end.min(seconds) } else { end })
    }
}

/// Where the time of a stack is put down to in a lane: the innermost place in the program's own code;
/// where there is none of that, the innermost that was seen.
pub fn shown<'a>(leaf_first: impl Iterator<Item = &'a Location> + Clone) -> Option<&'a Location> {
    let is_own = |location: &&Location| Origin::of(&location.code.file) == Origin::Own;
    let mut seen = leaf_first.clone().filter(|location| !location.code.stands_in());
    let innermost = seen.clone().next();
    seen.find(is_own).or(innermost).or_else(|| leaf_first.clone().next())
}

/// Tells the functions apart that time is put down to.
pub(crate) fn function<'a>(leaf_first: impl Iterator<Item = &'a Location> + Clone) -> u64 {
    let mut hasher = FxHasher::default();
    shown(leaf_first).map(|location| &location.code).hash(&mut hasher);
    hasher.finish()
}
