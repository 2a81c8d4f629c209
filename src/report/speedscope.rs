//! speedscope's file format (speedscope.app/file-format-schema.json): one sampled profile a thread.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{Input, ReportError, names, selection};
use crate::profile::{Location, Timing};
use crate::sample::Task;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: String,
    exporter: &'static str,
    active_profile_index: usize,
    shared: Shared,
    profiles: Vec<Sampled>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Serialize, PartialEq, Eq, Hash, Clone)]
struct Frame {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    col: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sampled {
    r#type: &'static str,
    name: String,
    unit: &'static str,
    start_value: f64,
    end_value: f64,
    /// Indices of frames, outermost first.
    samples: Vec<Vec<usize>>,
    /// Of each sample, in the unit.
    weights: Vec<f64>,
}

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    selection::samples(input)?;
    let mut frames = Frames::default();
    let (mut inner, mut leaf) = (Vec::new(), Vec::new());
    for location in &input.profile.locations {
        inner.push(frames.index(frame(input, location, false)));
        leaf.push(frames.index(frame(input, location, true)));
    }
    let program = names::program(&input.profile.target).terminal();
    let shown = input.profile.tasks.iter().filter(|_| input.view.tasks);
    let tasks: Vec<usize> = shown.map(|task| frames.index(task_frame(task))).collect();
    let profiles = profiles(input, &inner, &leaf, &tasks);
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        name: program,
        exporter: concat!("unslow ", env!("CARGO_PKG_VERSION")),
        active_profile_index: busiest(&profiles),
        shared: Shared { frames: frames.all },
        profiles,
    };
    let mut bytes = serde_json::to_vec(&file)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Distinct frames, by their index in the file.
#[derive(Default)]
struct Frames {
    all: Vec<Frame>,
    index: HashMap<Frame, usize>,
}

impl Frames {
    fn index(&mut self, frame: Frame) -> usize {
        *self.index.entry(frame).or_insert_with_key(|frame| {
            self.all.push(frame.clone());
            self.all.len() - 1
        })
    }
}

fn frame(input: &Input<'_>, location: &Location, leaf: bool) -> Frame {
    let code = &location.code;
    let columns = location.place.columns.filter(|_| leaf && !input.view.functions);
    let line = if input.view.functions { code.first_line } else { location.place.line };
    Frame {
        name: names::function(&code.name).terminal(),
        file: code.file.terminal(),
        line: (line > 0).then_some(line),
        col: columns.map(|(start, _)| u64::from(start) + 1),
    }
}

fn task_frame(task: &Task) -> Frame {
    Frame { name: names::task(task).terminal(), file: String::new(), line: None, col: None }
}

fn profiles(input: &Input<'_>, inner: &[usize], leaf: &[usize], tasks: &[usize]) -> Vec<Sampled> {
    let profile = input.profile;
    let mut threads: BTreeMap<u32, BTreeMap<Vec<usize>, u64>> = BTreeMap::new();
    for count in selection::counts(profile, input.view) {
        let locations = &profile.stacks[count.stack as usize].locations;
        let mut stack: Vec<usize> = locations.iter().map(|&id| inner[id as usize]).collect();
        if let (Some(first), Some(&id)) = (stack.first_mut(), locations.first()) {
            *first = leaf[id as usize];
        }
        stack.extend(count.task.filter(|_| input.view.tasks).map(|task| tasks[task as usize]));
        stack.reverse();
        *threads.entry(count.thread).or_default().entry(stack).or_default() += count.samples;
    }
    threads
        .into_iter()
        .map(|(thread, stacks)| {
            let name = names::thread_of(profile, &profile.threads[thread as usize]);
            sampled(name.terminal(), stacks, &profile.timing)
        })
        .collect()
}

/// In seconds, or in samples where no time is told.
fn sampled(name: String, stacks: BTreeMap<Vec<usize>, u64>, timing: &Timing) -> Sampled {
    let (unit, weight) = match timing.tells_time() {
        true => ("seconds", timing.sample_seconds()),
        false => ("none", 1.0),
    };
    let (samples, weights): (Vec<_>, Vec<_>) =
        stacks.into_iter().map(|(stack, count)| (stack, count as f64 * weight)).unzip();
    Sampled {
        r#type: "sampled",
        name,
        unit,
        start_value: 0.0,
        end_value: weights.iter().sum(),
        samples,
        weights,
    }
}

fn busiest(profiles: &[Sampled]) -> usize {
    let by_time = |(_, a): &(usize, &Sampled), (_, b): &(usize, &Sampled)| {
        a.end_value.total_cmp(&b.end_value)
    };
    // The last of equals would win; the first thread is the main one.
    profiles.iter().enumerate().rev().max_by(by_time).map_or(0, |(index, _)| index)
}
