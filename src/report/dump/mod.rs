//! One look at every thread, as text or as JSON.

mod json;
mod tasks;
mod text;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use advisors::Place;

use super::{ReportError, names};
use crate::profile::{Profile, Target};
use crate::sample::dump::Dump;
use crate::sample::{Code, Frame, State};
use crate::text::Untrusted;

/// What stands at each place in the sources, where they could be read.
pub type Excerpts = HashMap<(Arc<Code>, Place), Untrusted>;

/// What a dump is shown from.
pub struct Input<'a> {
    /// What was seen.
    pub dump: &'a Dump,
    /// Whose threads they are.
    pub target: &'a Target,
    /// What their sources say.
    pub excerpts: &'a Excerpts,
    /// Use colours, for a terminal.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// For a person.
pub fn text(input: &Input<'_>) -> Vec<u8> {
    text::render(input)
}

/// For a program: schema `unslow.dump/1`, published as `schemas/dump.json`.
///
/// # Errors
/// When the dump holds a number that JSON cannot say.
pub fn json(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    json::render(input)
}

impl Input<'_> {
    fn excerpt(&self, frame: &Frame) -> Option<&Untrusted> {
        self.excerpts.get(&(Arc::clone(&frame.code), frame.place))
    }

    /// A profile of nothing: names are made shorter by what it knows of the program.
    fn profile(&self) -> Profile {
        Profile { target: self.target.clone(), ..Profile::default() }
    }
}

/// A frame as every report calls it.
fn frame_name(profile: &Profile, frame: &Frame) -> Untrusted {
    names::line_frame(&profile.target, &frame.code, frame.place, true)
}

/// What a thread is doing, in words.
fn state_words(state: State, is_halted: bool) -> Vec<&'static str> {
    let mut words = vec![match state.on_cpu {
        true => "on CPU",
        false if is_halted => "stopped",
        false => "waiting",
    }];
    if state.holds_gil {
        words.push("holds the GIL");
    }
    let also = [
        (state.waits_for_gil, "waits for the GIL"),
        (state.collects, "collects garbage"),
        (state.handles_exception, "handles an exception"),
    ];
    words.extend(also.into_iter().filter_map(|(applies, word)| applies.then_some(word)));
    words
}
