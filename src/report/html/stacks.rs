//! The stacks as one tree, every path once, and the samples on it by thread, task and state: what
//! the page counts anew for every choice of its reader.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::profile::{Location, Origin, Profile};
use crate::report::flamegraph::ELIDED;
use crate::report::names;
use crate::report::page::{Planted, plant};
use crate::sample::State;
use crate::text::Untrusted;

/// What frames are called, column by column.
#[derive(Serialize, Default)]
pub(super) struct Frames {
    files: Vec<String>,
    /// Index into [`Origin::ALL`], by file.
    origins: Vec<u8>,
    functions: Functions,
    places: Places,
}

#[derive(Serialize, Default)]
struct Functions {
    name: Vec<String>,
    file: Vec<u32>,
    line: Vec<u32>,
}

/// By location id, and one more for the frames that are left out.
#[derive(Serialize, Default)]
struct Places {
    function: Vec<u32>,
    line: Vec<u32>,
    /// The last line.
    end: Vec<u32>,
    /// First and last column from 1, as an editor counts them; 0 when not known.
    from: Vec<u32>,
    to: Vec<u32>,
}

/// Samples that are alike, column by column, in order of the tree.
#[derive(Serialize, Default)]
pub(super) struct Samples {
    node: Vec<u32>,
    thread: Vec<u32>,
    /// -1: in none.
    task: Vec<i64>,
    /// See [`bits`].
    state: Vec<u8>,
    count: Vec<u64>,
}

pub(super) fn frames(profile: &Profile) -> Frames {
    let mut frames = Frames::default();
    let (mut files, mut functions) = (FxHashMap::default(), FxHashMap::default());
    for Location { code, place } in &profile.locations {
        let function = *functions.entry(code).or_insert_with(|| {
            let file =
                *files.entry(&code.file).or_insert_with(|| frames.add_file(profile, &code.file));
            frames.add_function(names::function(&code.name).terminal(), file, code.first_line)
        });
        frames.places.add(function, place.line, place.end_line, place.columns);
    }
    let nowhere = frames.add_file(profile, &Untrusted::default());
    let elided = frames.add_function(ELIDED.to_owned(), nowhere, 0);
    frames.places.add(elided, 0, 0, None);
    frames
}

impl Frames {
    fn add_file(&mut self, profile: &Profile, file: &Untrusted) -> u32 {
        // Of what has no file nobody can change a line.
        let origin = if file.is_empty() { Origin::Native } else { Origin::of(file) };
        let index = Origin::ALL.iter().position(|it| *it == origin);
        self.files.push(names::file(&profile.target, file).terminal());
        self.origins.push(index.expect("all are there") as u8);
        self.files.len() as u32 - 1
    }

    fn add_function(&mut self, name: String, file: u32, line: u32) -> u32 {
        self.functions.name.push(name);
        self.functions.file.push(file);
        self.functions.line.push(line);
        self.functions.name.len() as u32 - 1
    }
}

impl Places {
    fn add(&mut self, function: u32, line: u32, end_line: u32, columns: Option<(u32, u32)>) {
        let end = end_line.max(line);
        let columns = columns.filter(|(start, last)| end > line || start < last);
        self.function.push(function);
        self.line.push(line);
        self.end.push(end);
        self.from.push(columns.map_or(0, |(start, _)| start.saturating_add(1)));
        self.to.push(columns.map_or(0, |(_, end)| end));
    }
}

/// The stacks that were seen as a tree, and their nodes.
pub(super) fn tree(profile: &Profile) -> (Planted, FxHashMap<u32, u32>) {
    let mut seen: FxHashMap<u32, u64> = FxHashMap::default();
    for count in profile.counts.iter().filter(|it| it.samples > 0) {
        *seen.entry(count.stack).or_default() += count.samples;
    }
    let mut ids: Vec<u32> = seen.keys().copied().collect();
    ids.sort_unstable();
    let places = |id: &u32| &profile.stacks[*id as usize].locations[..];
    let stacks: Vec<(&[u32], u64)> = ids.iter().map(|id| (places(id), seen[id])).collect();
    let planted = plant(&stacks, profile.locations.len() as u32);
    let nodes = ids.into_iter().zip(planted.nodes.iter().copied()).collect();
    (planted, nodes)
}

/// All samples, idle ones too.
pub(super) fn samples(profile: &Profile, nodes: &FxHashMap<u32, u32>) -> Samples {
    let counts = profile.counts.iter().enumerate().filter(|(_, it)| it.samples > 0);
    let mut order: Vec<(u32, usize)> =
        counts.map(|(index, count)| (nodes[&count.stack], index)).collect();
    order.sort_unstable();
    let mut samples = Samples::default();
    for (node, index) in order {
        samples.add(profile, node, index);
    }
    samples
}

impl Samples {
    fn add(&mut self, profile: &Profile, node: u32, index: usize) {
        let count = &profile.counts[index];
        self.node.push(node);
        self.thread.push(count.thread);
        self.task.push(count.task.map_or(-1, i64::from));
        self.state.push(bits(count.state));
        self.count.push(count.samples);
    }
}

/// A state as a number.
pub(super) fn bits(state: State) -> u8 {
    let flags = [
        state.on_cpu,
        state.holds_gil,
        state.waits_for_gil,
        state.collects,
        state.handles_exception,
    ];
    flags.iter().zip(0..).map(|(&flag, bit)| u8::from(flag) << bit).sum()
}
