//! The threads of a view, each with its stacks along a line of time.

use std::collections::{BTreeMap, HashMap};

use super::order;
use crate::profile::{Origin, Part, Timeline};
use crate::report::selection::{self, FrameNames};
use crate::report::{Input, ReportError};
use crate::text::Untrusted;

pub(super) struct Lanes {
    /// Distinct frames.
    pub(super) frames: Vec<Frame>,
    pub(super) threads: Vec<Lane>,
}

pub(super) struct Frame {
    pub(super) name: Untrusted,
    /// Whose code it is; `None` for what is nobody's.
    pub(super) origin: Option<Origin>,
}

pub(super) struct Lane {
    /// Index into the profile's threads.
    pub(super) thread: usize,
    /// In order of time.
    pub(super) spans: Vec<Span>,
}

/// Samples of one stack, as long as they took; in seconds from the beginning.
pub(super) struct Span {
    pub(super) begin: f64,
    pub(super) end: f64,
    /// Indices of frames, outermost first.
    pub(super) stack: Vec<u32>,
    pub(super) samples: u64,
}

/// What rare stacks are called of which a slice tells only that there were some.
const OTHERS: &str = "(other stacks)";

impl Lanes {
    pub(super) fn of(input: &Input<'_>) -> Result<Self, ReportError> {
        selection::samples(input)?;
        let mut names = Names::of(input);
        let threads = match order(input) {
            Some(timeline) => in_order(timeline, input, &mut names),
            None => merged(input, &mut names),
        };
        let lanes = threads.into_iter().map(|(thread, spans)| Lane { thread, spans });
        Ok(Self { frames: names.frames.all, threads: lanes.collect() })
    }
}

/// Stacks by thread, each with its samples.
fn merged(input: &Input<'_>, names: &mut Names<'_>) -> BTreeMap<usize, Vec<Span>> {
    let mut threads: BTreeMap<usize, BTreeMap<Vec<u32>, u64>> = BTreeMap::new();
    for count in selection::counts(input.profile, input.view) {
        let mut stack = names.stack(count.stack);
        if let Some(task) = selection::task_frame(input, count) {
            stack.insert(0, names.frames.id(task, None));
        }
        let lane = threads.entry(count.thread as usize).or_default();
        *lane.entry(stack).or_default() += count.samples;
    }
    let second = super::sample_seconds(input);
    let spans = |stacks: BTreeMap<Vec<u32>, u64>| {
        let mut before = 0;
        let span = |(stack, samples)| {
            let begin = before as f64 * second;
            before += samples;
            Span { begin, end: before as f64 * second, stack, samples }
        };
        stacks.into_iter().map(span).collect()
    };
    threads.into_iter().map(|(thread, stacks)| (thread, spans(stacks))).collect()
}

/// Stacks by thread, slice by slice. What a thread was seen at in a slice shares it; what the view does
/// not show leaves a gap at its end.
fn in_order(
    timeline: &Timeline,
    input: &Input<'_>,
    names: &mut Names<'_>,
) -> BTreeMap<usize, Vec<Span>> {
    let mut threads: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for slice in &timeline.slices {
        let (begin, end) = timeline.span(slice, input.profile.timing.seconds);
        let mut lanes: BTreeMap<u32, (u64, BTreeMap<Vec<u32>, u64>)> = BTreeMap::new();
        for part in slice.parts.iter().filter(|part| part.samples > 0) {
            let (all, shown) = lanes.entry(part.thread).or_default();
            let samples = u64::from(part.samples);
            *all += samples;
            if input.view.shows(part.state) {
                *shown.entry(names.part(part)).or_default() += samples;
            }
        }
        for (thread, (all, shown)) in lanes {
            let mut before = 0;
            let spans = shown.into_iter().map(|(stack, samples)| {
                let at = |samples: u64| begin + (end - begin) * samples as f64 / all as f64;
                let begin = at(before);
                before += samples;
                Span { begin, end: at(before), stack, samples }
            });
            threads.entry(thread as usize).or_default().extend(spans);
        }
    }
    threads.retain(|_, spans| !spans.is_empty());
    threads
}

/// Frames by their location.
struct Names<'a> {
    input: &'a Input<'a>,
    frames: Frames,
    /// Within a stack and at its leaf, by location.
    ids: Vec<[u32; 2]>,
}

impl<'a> Names<'a> {
    fn of(input: &'a Input<'a>) -> Self {
        let mut frames = Frames::default();
        let names = FrameNames::new(input.profile, input.view);
        let locations = input.profile.locations.iter().enumerate();
        let ids = locations.map(|(index, location)| {
            let origin = Origin::of_code(&location.code);
            names.of_location(index).map(|name| frames.id(name.clone(), origin))
        });
        let ids = ids.collect();
        Self { input, frames, ids }
    }

    /// A stack as frames, outermost first.
    fn stack(&self, stack: u32) -> Vec<u32> {
        let locations = &self.input.profile.stacks[stack as usize].locations;
        let id = |(depth, &location): (usize, &u32)| {
            let [inner, leaf] = self.ids[location as usize];
            if depth == 0 { leaf } else { inner }
        };
        let mut stack: Vec<u32> = locations.iter().enumerate().map(id).collect();
        stack.reverse();
        stack
    }

    fn part(&mut self, part: &Part) -> Vec<u32> {
        match part.stack {
            Some(stack) => self.stack(stack),
            None => vec![self.frames.id(Untrusted::new(OTHERS), None)],
        }
    }
}

/// Distinct frames by their index.
#[derive(Default)]
struct Frames {
    all: Vec<Frame>,
    ids: HashMap<Untrusted, u32>,
}

impl Frames {
    fn id(&mut self, name: Untrusted, origin: Option<Origin>) -> u32 {
        *self.ids.entry(name).or_insert_with_key(|name| {
            self.all.push(Frame { name: name.clone(), origin });
            self.all.len() as u32 - 1
        })
    }
}
