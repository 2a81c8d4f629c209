//! Slices that are added to: few and small, however long a recording goes on.

use rustc_hash::FxHashMap;

use super::{Part, Slice, Timeline};
use crate::limits;
use crate::sample::State;

/// As many slices as there may be, after which each becomes twice as long; and as many parts, after
/// which they do so too, or tell fewer stacks.
#[derive(Debug)]
pub(crate) struct Slices {
    seconds: f64,
    /// Parts by slice.
    all: Vec<Vec<Part>>,
    /// In all of them.
    parts: usize,
    /// Stacks that are told apart of one thread in one slice.
    keep: usize,
}

/// How many slices there are left when it is time to tell fewer stacks instead.
const FEW: usize = 64;

/// Seconds beyond which no recording lasts.
const LATEST: f64 = 1e9;

impl Slices {
    /// No slices yet, of so many seconds each.
    pub(crate) fn new(seconds: f64) -> Self {
        Self { seconds, all: Vec::new(), parts: 0, keep: limits::TIME_STACKS }
    }

    /// Which slice a moment is in, in seconds since the recording began.
    pub(crate) fn index(&self, at: f64) -> usize {
        (at.clamp(0.0, LATEST) / self.seconds) as usize
    }

    /// Adds what was seen in the slice of a moment. `function` tells by a stack what its time is put
    /// down to.
    pub(crate) fn put(&mut self, at: f64, parts: Vec<Part>, function: impl Fn(u32) -> u64) {
        while self.index(at) >= limits::TIME_SLICES {
            self.lengthen(&function);
        }
        let index = self.index(at);
        self.all.resize_with(self.all.len().max(index + 1), Vec::new);
        let slice = &mut self.all[index];
        self.parts -= slice.len();
        slice.extend(parts);
        *slice = folded(std::mem::take(slice), self.keep, &function);
        self.parts += slice.len();
        while self.parts > limits::TIME_PARTS && (self.all.len() > 1 || self.keep > 1) {
            if self.keep > 1 && self.all.len() <= FEW {
                self.keep /= 2;
                self.change(|slices| slices, &function);
            } else {
                self.lengthen(&function);
            }
        }
    }

    /// Neighbours become one.
    fn lengthen(&mut self, function: &impl Fn(u32) -> u64) {
        self.seconds *= 2.0;
        self.change(|slices| slices.chunks(2).map(<[_]>::concat).collect(), function);
    }

    fn change(
        &mut self,
        change: impl FnOnce(Vec<Vec<Part>>) -> Vec<Vec<Part>>,
        function: &impl Fn(u32) -> u64,
    ) {
        let changed = change(std::mem::take(&mut self.all)).into_iter();
        self.all = changed.map(|parts| folded(parts, self.keep, function)).collect();
        self.parts = self.all.iter().map(Vec::len).sum();
    }

    /// Gives stacks and threads other ids.
    pub(crate) fn renumber(&mut self, new: impl Fn(Part) -> Part) {
        for slice in &mut self.all {
            *slice = summed(slice.iter().copied().map(&new).collect());
        }
        self.parts = self.all.iter().map(Vec::len).sum();
    }

    /// What ran when, in slices of at least so many seconds; `None` when nothing was seen.
    pub(crate) fn finish(
        mut self,
        seconds: f64,
        function: impl Fn(u32) -> u64,
    ) -> Option<Timeline> {
        while self.seconds < seconds && self.all.len() > 1 {
            self.lengthen(&function);
        }
        let slices = (0..).zip(self.all).filter(|(_, parts)| !parts.is_empty());
        let slices: Vec<Slice> = slices.map(|(index, parts)| Slice { index, parts }).collect();
        (!slices.is_empty()).then_some(Timeline { slice_seconds: self.seconds, slices })
    }
}

impl Timeline {
    /// This one and another that begins `offset` seconds later.
    pub(in crate::profile) fn and(
        self,
        later: Self,
        offset: f64,
        function: impl Fn(u32) -> u64,
    ) -> Option<Self> {
        let mut slices = Slices::new(self.slice_seconds.max(later.slice_seconds));
        for (timeline, offset) in [(self, 0.0), (later, offset)] {
            for slice in timeline.slices {
                let middle = (f64::from(slice.index) + 0.5) * timeline.slice_seconds;
                slices.put(middle + offset, slice.parts, &function);
            }
        }
        slices.finish(0.0, function)
    }
}

fn key(part: &Part) -> (u32, Option<u32>, State) {
    (part.thread, part.stack, part.state)
}

/// Parts that are alike as one, in order.
fn summed(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_unstable_by_key(key);
    parts.dedup_by(|later, sum| {
        let is_same = key(later) == key(sum);
        if is_same {
            sum.samples = sum.samples.saturating_add(later.samples);
        }
        is_same
    });
    parts
}

/// Parts of one slice of which each thread has at most `keep`, beside those without a stack.
fn folded(parts: Vec<Part>, keep: usize, function: &impl Fn(u32) -> u64) -> Vec<Part> {
    let parts = summed(parts);
    let fewer = parts.chunk_by(|a, b| a.thread == b.thread).flat_map(|of_thread| {
        if of_thread.len() <= keep { of_thread.to_vec() } else { fewer(of_thread, keep, function) }
    });
    summed(fewer.collect())
}

/// Parts of one thread by function, and the rarest by state alone.
fn fewer(parts: &[Part], keep: usize, function: &impl Fn(u32) -> u64) -> Vec<Part> {
    let mut functions: FxHashMap<(Option<u64>, State), (Part, u32)> = FxHashMap::default();
    for part in parts {
        let (most, samples) =
            functions.entry((part.stack.map(function), part.state)).or_insert((*part, 0));
        if part.samples > most.samples {
            *most = *part;
        }
        *samples = samples.saturating_add(part.samples);
    }
    let mut all: Vec<Part> =
        functions.into_values().map(|(most, samples)| Part { samples, ..most }).collect();
    all.sort_unstable_by_key(|part| {
        (part.stack.is_none(), std::cmp::Reverse(part.samples), key(part))
    });
    for rare in all.iter_mut().skip(keep) {
        rare.stack = None;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: State = State { on_cpu: true, holds_gil: true, ..State::IDLE };

    fn part(thread: u32, stack: u32, samples: u32) -> Part {
        Part { thread, stack: Some(stack), state: BUSY, samples }
    }

    /// Of the function whose number is that of the stack without its last two digits.
    fn function(stack: u32) -> u64 {
        u64::from(stack / 100)
    }

    fn samples(timeline: &Timeline) -> u64 {
        let parts = timeline.slices.iter().flat_map(|slice| &slice.parts);
        parts.map(|part| u64::from(part.samples)).sum()
    }

    fn size(timeline: &Timeline) -> usize {
        timeline.slices.iter().map(|slice| slice.parts.len()).sum()
    }

    #[test]
    fn what_is_alike_in_a_slice_is_one_part_and_slices_are_in_order() {
        let mut slices = Slices::new(0.5);
        for (at, stack) in [(0.1, 1), (0.4, 1), (0.49, 2), (1.7, 1)] {
            slices.put(at, vec![part(0, stack, 1)], function);
        }
        let timeline = slices.finish(0.0, function).expect("some");
        let first = Slice { index: 0, parts: vec![part(0, 1, 2), part(0, 2, 1)] };
        let last = Slice { index: 3, parts: vec![part(0, 1, 1)] };
        assert_eq!(timeline.slices, [first, last]);
        assert_eq!(timeline.span(&timeline.slices[1], 9.0), (1.5, 2.0));
        assert_eq!(timeline.span(&timeline.slices[1], 1.75), (1.5, 1.75));
    }

    #[test]
    fn a_day_has_as_many_slices_as_a_minute_and_keeps_its_order() {
        let mut slices = Slices::new(0.00125);
        let day = 86_400;
        for second in 0..day {
            let stack = if second < day / 2 { 100 } else { 200 };
            slices.put(f64::from(second), vec![part(0, stack, 1)], function);
            assert!(slices.all.len() <= limits::TIME_SLICES);
        }
        let timeline = slices.finish(0.0, function).expect("some");
        assert_eq!((timeline.slices.len(), timeline.slice_seconds), (1_055, 81.92));
        assert_eq!(samples(&timeline), u64::from(day as u32));
        for slice in &timeline.slices {
            let (begin, end) = timeline.span(slice, f64::from(day));
            let noon = f64::from(day / 2);
            let stacks: Vec<_> = slice.parts.iter().map(|part| part.stack).collect();
            if end <= noon {
                assert_eq!(stacks, [Some(100)]);
            } else if begin >= noon {
                assert_eq!(stacks, [Some(200)]);
            }
        }
    }

    #[test]
    fn of_many_stacks_functions_keep_their_samples_and_the_rarest_their_state() {
        let mut slices = Slices::new(1.0);
        // A function of ninety stacks, one of two, and many of one that was seen once.
        let mut parts: Vec<Part> = (100..190).map(|stack| part(0, stack, 1)).collect();
        parts.push(part(0, 142, 5));
        parts.extend([part(0, 200, 30), part(0, 201, 31)]);
        parts.extend((3..60).map(|number| part(0, number * 100, 1)));
        parts.push(Part { state: State::IDLE, ..part(0, 300, 7) });
        slices.put(0.0, parts, function);
        let timeline = slices.finish(0.0, function).expect("some");
        let parts = &timeline.slices[0].parts;
        assert_eq!(parts.len(), limits::TIME_STACKS + 1);
        let of = |stack| parts.iter().filter(move |part| part.stack == stack);
        assert_eq!(of(Some(142)).next().map(|part| part.samples), Some(95));
        assert_eq!(of(Some(201)).next().map(|part| part.samples), Some(61));
        assert!(of(Some(300)).any(|part| part.state == State::IDLE && part.samples == 7));
        let rest = 57 - (limits::TIME_STACKS as u32 - 3);
        assert_eq!(
            of(None).map(|part| (part.state, part.samples)).collect::<Vec<_>>(),
            [(BUSY, rest)]
        );
        assert_eq!(samples(&timeline), 95 + 61 + 57 + 7);
    }

    #[test]
    fn a_thousand_busy_threads_have_longer_slices() {
        let mut slices = Slices::new(0.01);
        for sweep in 0..600_u32 {
            let parts = (0..1_000).map(|thread| part(thread, sweep % 7 * 100 + thread, 1));
            slices.put(f64::from(sweep) / 100.0, parts.collect(), function);
            assert!(slices.parts <= limits::TIME_PARTS);
        }
        let timeline = slices.finish(0.0, function).expect("some");
        assert_eq!(samples(&timeline), 600_000);
        assert!(timeline.slices.len() > 10 && size(&timeline) > limits::TIME_PARTS / 4);
    }

    #[test]
    fn as_many_threads_as_there_can_be_have_a_slice_at_least() {
        let mut slices = Slices::new(1.0);
        let threads = limits::RECORDED_THREADS as u32;
        for second in 0..3 {
            for stack in 0..3 {
                let parts = (0..threads).map(|thread| part(thread, stack * 100, 1 + stack));
                slices.put(f64::from(second), parts.collect(), function);
            }
        }
        let timeline = slices.finish(0.0, function).expect("some");
        assert!(size(&timeline) <= limits::TIME_PARTS, "{}", size(&timeline));
        assert_eq!(samples(&timeline), 3 * u64::from(threads) * 6);
    }

    #[test]
    fn slices_are_no_shorter_than_is_asked_for() {
        let mut slices = Slices::new(0.01);
        for sweep in 0..100 {
            slices.put(f64::from(sweep) / 10.0, vec![part(0, 1, 1)], function);
        }
        let timeline = slices.finish(0.2, function).expect("some");
        assert_eq!(timeline.slice_seconds, 0.32);
        let indices = timeline.slices.iter().map(|slice| slice.index);
        assert!(indices.eq(0..31), "none is empty");
        assert!(Slices::new(0.01).finish(0.2, function).is_none());
    }

    #[test]
    fn moments_that_make_no_sense_are_bounded() {
        let mut slices = Slices::new(0.01);
        for at in [f64::NAN, -1.0, 1e300, f64::INFINITY, 0.0] {
            slices.put(at, vec![part(0, 1, 1)], function);
            assert!(slices.all.len() <= limits::TIME_SLICES);
        }
    }

    #[test]
    fn two_timelines_are_one_after_the_other() {
        let timeline = |seconds: f64, slices: u32, stack| {
            let mut all = Slices::new(seconds);
            for slice in 0..slices {
                all.put((f64::from(slice) + 0.5) * seconds, vec![part(0, stack, 2)], function);
            }
            all.finish(0.0, function).expect("some")
        };
        let (one, other) = (timeline(0.25, 20, 100), timeline(0.5, 20, 200));
        let both = one.and(other, 5.1, function).expect("some");
        assert_eq!((both.slice_seconds, samples(&both)), (0.5, 80));
        let last = |stack| {
            let has = |slice: &&Slice| slice.parts.iter().any(|part| part.stack == Some(stack));
            both.slices.iter().filter(has).map(|slice| slice.index).collect::<Vec<_>>()
        };
        assert_eq!(last(100), (0..10).collect::<Vec<_>>());
        assert_eq!(last(200), (10..30).collect::<Vec<_>>());
        let long = timeline(1.0, limits::TIME_SLICES as u32, 100);
        let both = long.clone().and(long, limits::TIME_SLICES as f64, function).expect("some");
        assert_eq!((both.slice_seconds, both.slices.len()), (2.0, limits::TIME_SLICES));
    }
}
