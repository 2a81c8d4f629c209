//! What ran when.

use rustc_hash::FxHashMap;

use super::table::{Moved, Table};
use crate::limits;
use crate::profile::timeline::{self, Slices};
use crate::profile::{Part, Timeline};
use crate::sample::State;

/// Seconds of the first slices: two sweeps each at 1.6 kHz; four doublings later at the usual 100 Hz.
const FIRST_SLICE: f64 = 0.00125;

/// Sweeps of a slice, at least: one falls somewhere into every period, so that two periods have one
/// for sure.
const SWEEPS: f64 = 2.0;

/// What is seen, counted slice by slice.
#[derive(Debug)]
pub(super) struct Moments {
    slices: Slices,
    /// When the slice began that is being counted, or something in it was seen first.
    since: f64,
    /// What was seen in it, by thread, stack and state.
    seen: FxHashMap<(u32, Option<u32>, State), u32>,
}

impl Default for Moments {
    fn default() -> Self {
        Self { slices: Slices::new(FIRST_SLICE), since: 0.0, seen: FxHashMap::default() }
    }
}

impl Moments {
    /// What is added now was seen `at` seconds into the recording.
    pub(super) fn reach(&mut self, at: f64, table: &Table) {
        if self.slices.index(at) != self.slices.index(self.since) {
            self.put(table);
            self.since = at;
        }
    }

    /// A thread was seen on a stack.
    pub(super) fn add(&mut self, thread: u32, stack: u32, state: State, table: &Table) {
        let state = State { handles_exception: false, ..state };
        *self.seen.entry((thread, Some(stack), state)).or_default() += 1;
        if self.seen.len() > limits::TIME_SEEN {
            self.put(table);
        }
    }

    fn put(&mut self, table: &Table) {
        let parts = self.seen.drain().map(part).collect();
        self.slices.put(self.since, parts, |stack| timeline::function(table.frames(stack)));
    }

    /// Follows stacks and threads that were given other ids.
    pub(super) fn renumber(&mut self, moved: &Moved) {
        let new = |part: Part| Part {
            thread: moved.thread(part.thread),
            stack: part.stack.and_then(|stack| moved.stack(stack)),
            ..part
        };
        let seen = std::mem::take(&mut self.seen);
        for Part { thread, stack, state, samples } in seen.into_iter().map(part).map(new) {
            *self.seen.entry((thread, stack, state)).or_default() += samples;
        }
        self.slices.renumber(new);
    }

    /// What ran when, sampled at that rate.
    pub(super) fn finish(mut self, rate_hz: f64, table: &Table) -> Option<Timeline> {
        self.put(table);
        let seconds = if rate_hz > 0.0 { SWEEPS / rate_hz } else { 0.0 };
        self.slices.finish(seconds, |stack| timeline::function(table.frames(stack)))
    }
}

fn part(((thread, stack, state), samples): ((u32, Option<u32>, State), u32)) -> Part {
    Part { thread, stack, state, samples }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::super::table::Bounds;
    use super::*;
    use crate::profile::Profile;
    use crate::record::{Facts, Recorder};
    use crate::sample::{Code, Frame, Sample, Sweep};
    use crate::text::Untrusted;

    const BUSY: State = State { on_cpu: true, holds_gil: true, ..State::IDLE };

    fn frame(name: &str, line: u32) -> Frame {
        let (name, file) = (Untrusted::new(name), Untrusted::new("etl.py"));
        Frame { code: Arc::new(Code { name, file, first_line: 1 }), place: Place::line(line) }
    }

    fn sweep(samples: Vec<Sample>) -> Sweep {
        Sweep { samples, ..Sweep::default() }
    }

    fn facts(rate_hz: f64) -> Facts {
        let mut facts = Facts::default();
        facts.timing.rate_hz = rate_hz;
        facts
    }

    /// Samples by slice of the innermost function, each told once with its state.
    fn told(profile: &Profile) -> Vec<(u32, String, State, u32)> {
        let slices = &profile.timeline.as_ref().expect("an order").slices;
        let parts = slices.iter().flat_map(|it| it.parts.iter().map(|part| (it.index, *part)));
        let name = |stack| {
            let mut frames = profile.frames(stack);
            frames.next().map_or(String::new(), |leaf| leaf.code.name.terminal())
        };
        parts
            .map(|(index, it)| (index, it.stack.map_or(String::new(), name), it.state, it.samples))
            .collect()
    }

    #[test]
    fn what_ran_first_is_told_first_with_its_state() {
        let mut recorder = Recorder::default();
        for number in 0..8_u32 {
            let name = if number < 4 { "load" } else { "dump" };
            let raises = State { handles_exception: number % 2 == 0, ..BUSY };
            let busy = Sample::new(7, raises, vec![frame(name, 3), frame("main", 9)]);
            let idle = Sample::new(8, State::IDLE, vec![frame("wait", 1)]);
            recorder.add(7, f64::from(number) / 100.0, sweep(vec![busy, idle]));
        }
        let profile = recorder.finish(facts(100.0));
        assert_eq!(profile.timeline.as_ref().map(|it| it.slice_seconds), Some(0.02));
        let told = told(&profile);
        let wanted = (0..4).flat_map(|slice| {
            let name = if slice < 2 { "load" } else { "dump" };
            [(slice, name.to_owned(), BUSY, 2), (slice, "wait".to_owned(), State::IDLE, 2)]
        });
        assert_eq!(told, wanted.collect::<Vec<_>>());
    }

    #[test]
    fn a_slice_of_many_different_samples_is_told_whole() {
        let mut recorder = Recorder::default();
        let several = 3 * limits::TIME_SEEN as u32;
        for number in 0..several {
            let frames = vec![frame("made", number), frame("main", 1)];
            recorder.add(7, 0.001, sweep(vec![Sample::new(7, BUSY, frames)]));
        }
        let told = told(&recorder.finish(facts(100.0)));
        assert_eq!(told, [(0, "made".to_owned(), BUSY, several)]);
    }

    /// Stacks and threads without end are told more briefly, here as in the counts.
    #[test]
    fn moments_follow_stacks_and_threads_that_are_told_briefly() {
        let bounds =
            Bounds { stacks: 100, frames: 1_000, locations: 200, threads: 20, counts: 200 };
        let table = Table::bounded(bounds);
        let mut recorder = Recorder { table, ..Recorder::default() };
        for number in 0..3_000_u32 {
            let steady = Sample::new(1, BUSY, vec![frame("work", 2), frame("main", 1)]);
            let name = format!("made-{number}");
            let made = Sample::new(2 + number, BUSY, vec![frame(&name, 3), frame("main", 1)]);
            recorder.add(7, f64::from(number) / 100.0, sweep(vec![steady, made]));
        }
        let profile = recorder.finish(facts(100.0));
        let timeline = profile.timeline.as_ref().expect("an order");
        let parts = timeline.slices.iter().flat_map(|slice| &slice.parts);
        let mut by_thread = vec![0; profile.threads.len()];
        parts.for_each(|part| by_thread[part.thread as usize] += u64::from(part.samples));
        let sum = |thread: u32| {
            let counts = profile.counts.iter().filter(|count| count.thread == thread);
            counts.map(|count| count.samples).sum::<u64>()
        };
        let counted: Vec<u64> = (0..profile.threads.len() as u32).map(sum).collect();
        assert_eq!(by_thread, counted);
        let steady = |slice: &crate::profile::Slice| {
            let of = |part: &&Part| profile.threads[part.thread as usize].tid == 1;
            slice.parts.iter().filter(of).map(|part| part.samples).sum::<u32>()
        };
        let seconds = timeline.slice_seconds;
        let even = (seconds / 0.01).round() as u32;
        assert!(
            timeline.slices.iter().rev().skip(1).all(|slice| steady(slice).abs_diff(even) <= 1)
        );
        assert!(told(&profile).iter().any(|(_, name, ..)| name == "work"));
    }
}
