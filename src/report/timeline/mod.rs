//! Formats that show what ran along a line of time, a lane for each thread. A recording counts stacks
//! and keeps no order of them: in each lane alike ones stand together, as wide as they took time.

pub(super) mod chrome;
pub(super) mod firefox;

use std::collections::{BTreeMap, HashMap};

use super::selection::{self, FrameNames};
use super::{Input, ReportError, names};
use crate::profile::Origin;
use crate::text::Untrusted;

/// What the lanes do not tell, for those who look at them.
const NOTE: &str = "Merged stacks: their width is time, their order is not. No moment is shown.";

/// The threads of a view, each with its stacks.
struct Lanes {
    /// Distinct frames.
    frames: Vec<Frame>,
    threads: Vec<Lane>,
}

struct Frame {
    name: Untrusted,
    /// Whose code it is; `None` for a task, which is nobody's.
    origin: Option<Origin>,
}

struct Lane {
    /// Index into the profile's threads.
    thread: usize,
    /// Samples by the indices of frames, outermost first.
    stacks: BTreeMap<Vec<u32>, u64>,
}

impl Lanes {
    fn of(input: &Input<'_>) -> Result<Self, ReportError> {
        selection::samples(input)?;
        let mut frames = Frames::default();
        let names = FrameNames::new(input.profile, input.view);
        let locations = input.profile.locations.iter().enumerate();
        let ids: Vec<[u32; 2]> = locations
            .map(|(index, location)| {
                let origin = Some(Origin::of(&location.code.file));
                names.of_location(index).map(|name| frames.id(name.clone(), origin))
            })
            .collect();
        let mut threads: BTreeMap<usize, BTreeMap<Vec<u32>, u64>> = BTreeMap::new();
        for count in selection::counts(input.profile, input.view) {
            let locations = &input.profile.stacks[count.stack as usize].locations;
            let task = selection::task_frame(input, count).map(|task| frames.id(task, None));
            let id = |(depth, &location): (usize, &u32)| {
                let [inner, leaf] = ids[location as usize];
                if depth == 0 { leaf } else { inner }
            };
            let mut stack: Vec<u32> = locations.iter().enumerate().map(id).collect();
            stack.extend(task);
            stack.reverse();
            let lane = threads.entry(count.thread as usize).or_default();
            *lane.entry(stack).or_default() += count.samples;
        }
        let lane = |(thread, stacks)| Lane { thread, stacks };
        Ok(Self { frames: frames.all, threads: threads.into_iter().map(lane).collect() })
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

/// What a process is called in a lane's head.
fn process_name(input: &Input<'_>, pid: u32) -> String {
    let mut processes = input.profile.processes.iter();
    let process = processes.find(|process| process.pid == pid);
    process.map_or_else(
        || names::program(&input.profile.target).terminal(),
        |process| names::process(process).terminal(),
    )
}
