//! The samples that a view shows.

use std::collections::BTreeMap;

use super::{Emptiness, Input, ReportError, View, names, numbers};
use crate::profile::{Count, Location, Profile};
use crate::sample::State;
use crate::text::Untrusted;

impl View {
    /// Whether a thread in this state is shown.
    pub(super) fn shows(&self, state: State) -> bool {
        let is_wanted = (!self.gil || state.holds_gil) && (!self.gc || state.collects);
        is_wanted && (self.idle || state.is_busy())
    }

    /// Whether it shows all that was busy, and nothing else.
    pub(super) fn shows_all_busy(&self) -> bool {
        !(self.idle || self.gil || self.gc || self.tasks)
    }

    /// `1,355 busy samples`: how many it shows, and what they are called.
    pub(super) fn counted(&self, samples: u64) -> String {
        let (noun, rest) = match (self.gc, self.tasks, self.gil, self.idle) {
            (true, _, _, _) => ("sample", " that collected garbage"),
            (_, true, true, _) => ("sample", " in asyncio tasks that held the GIL"),
            (_, true, false, _) => ("sample", " in asyncio tasks"),
            (_, _, true, _) => ("sample", " that held the GIL"),
            (_, _, _, true) => ("sample", ", idle ones included"),
            (false, false, false, false) => ("busy sample", ""),
        };
        format!("{}{rest}", numbers::count(samples, noun))
    }
}

/// The counts that the view shows.
pub(super) fn counts<'a>(profile: &'a Profile, view: &'a View) -> impl Iterator<Item = &'a Count> {
    let shows = |count: &Count| {
        count.samples > 0 && view.shows(count.state) && (!view.tasks || count.task.is_some())
    };
    profile.counts.iter().filter(move |count| shows(count))
}

/// Samples that the view shows, or why there are none.
pub(super) fn samples(input: &Input<'_>) -> Result<u64, ReportError> {
    match counts(input.profile, input.view).map(|count| count.samples).sum() {
        0 if input.profile.samples() == 0 => Err(ReportError::Empty(Emptiness::NoSamples)),
        0 if input.view.tasks => Err(ReportError::Empty(Emptiness::NoneInTask)),
        0 if input.view.gc => Err(ReportError::Empty(Emptiness::NoneCollected)),
        0 if input.view.gil => Err(ReportError::Empty(Emptiness::NoneHeldLock)),
        0 => Err(ReportError::Empty(Emptiness::AllIdle)),
        samples => Ok(samples),
    }
}

/// Names for the view's frames, made once each.
pub(super) struct FrameNames {
    inner: Vec<Untrusted>,
    leaf: Vec<Untrusted>,
}

impl FrameNames {
    pub(super) fn new(profile: &Profile, view: &View) -> Self {
        let name = |leaf: bool| {
            let locations = profile.locations.iter();
            let name = |location: &Location| match view.functions {
                true => names::function_frame(&profile.target, &location.code),
                false => names::line_frame(&profile.target, &location.code, location.place, leaf),
            };
            locations.map(name).collect::<Vec<_>>()
        };
        Self { inner: name(false), leaf: name(true) }
    }

    /// What a location is called within a stack and at its leaf.
    pub(super) fn of_location(&self, index: usize) -> [&Untrusted; 2] {
        [&self.inner[index], &self.leaf[index]]
    }
}

/// The frames above a thread's own: its process and itself, when the view keeps threads apart.
pub(super) fn thread_frames(input: &Input<'_>, thread: u32) -> Vec<Untrusted> {
    let profile = input.profile;
    let thread = &profile.threads[thread as usize];
    let mut frames = Vec::new();
    if input.view.by_thread {
        if profile.threads.iter().any(|other| other.pid != thread.pid) {
            let process = profile.processes.iter().find(|process| process.pid == thread.pid);
            frames.push(match process {
                Some(process) => names::process(process),
                None => Untrusted::new(format!("process {} (unknown)", thread.pid)),
            });
        }
        frames.push(names::thread(thread));
    }
    frames
}

/// The frame above everything that a task does, when the view is one of tasks.
pub(super) fn task_frame(input: &Input<'_>, count: &Count) -> Option<Untrusted> {
    let task = count.task.filter(|_| input.view.tasks)?;
    Some(names::task(&input.profile.tasks[task as usize]))
}

/// Stacks by what they are called, outermost frame first, as the folded format writes frames; in
/// order of the names, so that the same profile gives the same bytes.
pub(super) fn folded(
    input: &Input<'_>,
    shorten: fn(&mut Vec<&str>),
) -> Result<BTreeMap<String, u64>, ReportError> {
    samples(input)?;
    let names = FrameNames::new(input.profile, input.view);
    let inner: Vec<String> = names.inner.iter().map(folded_frame).collect();
    let leaf: Vec<String> = names.leaf.iter().map(folded_frame).collect();
    let mut stacks = BTreeMap::new();
    for count in counts(input.profile, input.view) {
        let mut above = thread_frames(input, count.thread);
        above.extend(task_frame(input, count));
        let above: Vec<String> = above.iter().map(folded_frame).collect();
        let locations = &input.profile.stacks[count.stack as usize].locations;
        let name = |(depth, &id): (usize, &u32)| match depth {
            0 => leaf[id as usize].as_str(),
            _ => inner[id as usize].as_str(),
        };
        let mut frames: Vec<&str> = locations.iter().enumerate().map(name).collect();
        frames.extend(above.iter().rev().map(String::as_str));
        frames.reverse();
        shorten(&mut frames);
        *stacks.entry(frames.join(";")).or_default() += count.samples;
    }
    Ok(stacks)
}

/// A frame as the folded format writes it. Readers drop lines that start like a comment or a blank.
pub(super) fn folded_frame(name: &Untrusted) -> String {
    let frame = name.folded();
    match frame.chars().next() {
        Some(first) if first == '#' || first.is_whitespace() => {
            format!("{}{}", first.escape_unicode(), &frame[first.len_utf8()..])
        }
        _ => frame,
    }
}
