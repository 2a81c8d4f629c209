//! Formats that show what ran along a line of time, a lane for each thread. Where a recording keeps no
//! order of what it saw, alike stacks stand together in each lane, as wide as they took time.

pub(super) mod chrome;
pub(super) mod firefox;
mod lanes;

use lanes::{Lane, Lanes};

use super::{DRAWN_SECONDS, Input, names, numbers};
use crate::profile::{Memory, Timeline};

/// The order that a view shows: none is known of tasks.
fn order<'a>(input: &Input<'a>) -> Option<&'a Timeline> {
    input.profile.timeline.as_ref().filter(|_| !input.view.tasks)
}

/// What the lanes do not tell, for those who look at them.
fn note(input: &Input<'_>) -> String {
    if !input.profile.timing.tells_time() {
        return "Merged stacks: their width is samples, 1 ms each. The recording tells no time."
            .to_owned();
    }
    match order(input) {
        Some(timeline) => format!(
            "Moments are true to {}: within a slice of that length stacks stand in no order of time.",
            numbers::slice(timeline.slice_seconds)
        ),
        None => {
            "Merged stacks: their width is time, their order is not. No moment is shown.".to_owned()
        }
    }
}

/// Memory of the processes that have lanes, where lanes show moments.
fn memory<'a>(input: &Input<'a>, lanes: &'a Lanes) -> impl Iterator<Item = &'a Memory> {
    let threads = &input.profile.threads;
    let has_lane =
        |memory: &&Memory| lanes.threads.iter().any(|lane| threads[lane.thread].pid == memory.pid);
    let known = order(input).map_or(&[][..], |_| &input.profile.memory);
    known.iter().filter(move |memory| has_lane(memory))
}

/// What a process is called in a lane's head.
fn process_name(input: &Input<'_>, pid: u32) -> String {
    let mut processes = input.profile.processes.iter();
    let process = processes.find(|process| process.pid == pid);
    process.map_or_else(
        || names::program(&input.profile.target).terminal(),
        |process| names::process(process).terminal(),
    )
}

/// How wide a sample is, in seconds.
fn sample_seconds(input: &Input<'_>) -> f64 {
    let timing = &input.profile.timing;
    if timing.tells_time() { timing.sample_seconds() } else { DRAWN_SECONDS }
}
