//! A timeline in a file: its columns, slice by slice.

use super::{Part, Slice, Timeline};
use crate::limits;
use crate::profile::file::ProfileError;
use crate::profile::pprof as pb;
use crate::sample::State;

/// Lengths of a slice that are believed, in seconds: from less than any sampler's period to more than
/// a program's life.
const SECONDS: std::ops::RangeInclusive<f64> = 1e-6..=1e9;

/// What one slice counts for.
pub(in crate::profile) fn entries(slice: &pb::TimeSlice) -> usize {
    1 + slice.thread.len() + slice.stack.len() + slice.state.len() + slice.samples.len()
}

impl From<&Slice> for pb::TimeSlice {
    fn from(slice: &Slice) -> Self {
        let parts = slice.parts.iter();
        Self {
            index: slice.index,
            thread: parts.clone().map(|part| part.thread).collect(),
            stack: parts.clone().map(|part| part.stack.map_or(0, |id| id + 1)).collect(),
            state: parts.clone().map(|part| bits(part.state)).collect(),
            samples: parts.map(|part| part.samples).collect(),
        }
    }
}

impl Timeline {
    /// The message's timeline, when it has one.
    pub(in crate::profile) fn read(
        message: &pb::Profile,
        stacks: usize,
    ) -> Result<Option<Self>, ProfileError> {
        const BAD: ProfileError = ProfileError::Corrupt("a moment that cannot be");
        let Some(pb::Timeline { slice_seconds }) = message.timeline else { return Ok(None) };
        let in_order = message.time_slice.is_sorted_by(|a, b| a.index < b.index);
        let last = message.time_slice.last().map_or(0, |slice| slice.index as usize);
        if !SECONDS.contains(&slice_seconds) || !in_order || last >= limits::TIME_SLICES {
            return Err(BAD);
        }
        let slices = message.time_slice.iter().map(|it| slice(it, message.thread.len(), stacks));
        Ok(Some(Self { slice_seconds, slices: slices.collect::<Result<_, _>>()? }))
    }
}

fn slice(message: &pb::TimeSlice, threads: usize, stacks: usize) -> Result<Slice, ProfileError> {
    let columns = [&message.stack, &message.state, &message.samples];
    if columns.iter().any(|column| column.len() != message.thread.len()) {
        return Err(ProfileError::Corrupt("a slice of time with a column cut short"));
    }
    let part = |at: usize| {
        let (thread, stack) = (message.thread[at], message.stack[at].checked_sub(1));
        if thread as usize >= threads || stack.is_some_and(|stack| stack as usize >= stacks) {
            return Err(ProfileError::Corrupt("a slice of time of what is not there"));
        }
        let (state, samples) = (state(message.state[at]), message.samples[at]);
        Ok(Part { thread, stack, state, samples })
    };
    let parts = (0..message.thread.len()).map(part).collect::<Result<_, _>>()?;
    Ok(Slice { index: message.index, parts })
}

const ON_CPU: u32 = 1;
const HOLDS_GIL: u32 = 2;
const WAITS_FOR_GIL: u32 = 4;
const COLLECTS: u32 = 8;

fn bits(state: State) -> u32 {
    let flags = [
        (state.on_cpu, ON_CPU),
        (state.holds_gil, HOLDS_GIL),
        (state.waits_for_gil, WAITS_FOR_GIL),
        (state.collects, COLLECTS),
    ];
    flags.into_iter().filter(|(is, _)| *is).map(|(_, bit)| bit).sum()
}

/// Bits of a later version are left out.
fn state(bits: u32) -> State {
    State {
        on_cpu: bits & ON_CPU != 0,
        holds_gil: bits & HOLDS_GIL != 0,
        waits_for_gil: bits & WAITS_FOR_GIL != 0,
        collects: bits & COLLECTS != 0,
        handles_exception: false,
    }
}
