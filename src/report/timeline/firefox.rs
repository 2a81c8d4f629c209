//! The Firefox Profiler's processed format (profiler.firefox.com), written by the library of its own
//! project.

use std::collections::BTreeMap;

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameHandle, FrameInfo,
    ProcessHandle, Profile, ReferenceTimestamp, SamplingInterval, StackHandle, ThreadHandle,
    Timestamp, WeightType,
};

use super::{Lane, Lanes, memory, note, process_name};
use crate::profile::{Memory, Origin};
use crate::report::{Input, ReportError, names};

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let lanes = Lanes::of(input)?;
    let mut profile = head(input);
    let categories: BTreeMap<Origin, CategoryHandle> = Origin::ALL
        .into_iter()
        .map(|origin| (origin, profile.add_category(origin.describe(), color(origin))))
        .collect();
    let mut processes = BTreeMap::new();
    for lane in &lanes.threads {
        let thread = &input.profile.threads[lane.thread];
        let process = *processes.entry(thread.pid).or_insert_with(|| {
            profile.add_process(&process_name(input, thread.pid), thread.pid, at(0.0))
        });
        let is_main = thread.tid == thread.pid;
        let handle = profile.add_thread(process, thread.tid, at(0.0), is_main);
        profile.set_thread_name(handle, &names::thread(thread).terminal());
        profile.set_thread_samples_weight_type(handle, WeightType::Samples);
        samples(&mut profile, handle, lane, &lanes, &categories);
    }
    for memory in memory(input, &lanes) {
        counter(&mut profile, processes[&memory.pid], memory);
    }
    let mut bytes = serde_json::to_vec(&profile)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn head(input: &Input<'_>) -> Profile {
    let began = ReferenceTimestamp::from_millis_since_unix_epoch(
        input.profile.timing.started_ns as f64 / 1e6,
    );
    let nanoseconds = (super::sample_seconds(input) * 1e9).round().max(1.0) as u64;
    let title = names::recorded(input.profile).terminal();
    let title = format!("{title}. {}", note(input));
    let mut profile = Profile::new(&title, began, SamplingInterval::from_nanos(nanoseconds));
    // Names are known: nobody has to look for symbols.
    profile.set_symbolicated(true);
    profile
}

/// A moment of the recording, in seconds since its start.
fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis_since_reference(seconds * 1e3)
}

/// One sample for all that are alike, weighted by their number.
fn samples(
    profile: &mut Profile,
    thread: ThreadHandle,
    lane: &Lane,
    lanes: &Lanes,
    categories: &BTreeMap<Origin, CategoryHandle>,
) {
    let mut handles: BTreeMap<u32, FrameHandle> = BTreeMap::new();
    for span in &lane.spans {
        let mut handle: Option<StackHandle> = None;
        for &id in &span.stack {
            let frame = *handles.entry(id).or_insert_with(|| {
                let frame = &lanes.frames[id as usize];
                let name = profile.intern_string(&frame.name.terminal());
                let category = frame.origin.map_or(CategoryHandle::OTHER, |it| categories[&it]);
                let (frame, flags) = (Frame::Label(name), FrameFlags::empty());
                let info = FrameInfo { frame, category_pair: category.into(), flags };
                profile.intern_frame(thread, info)
            });
            handle = Some(profile.intern_stack(thread, handle, frame));
        }
        let weight = i32::try_from(span.samples).unwrap_or(i32::MAX);
        profile.add_sample(thread, at(span.begin), handle, CpuDelta::ZERO, weight);
    }
}

/// Memory along the line of time; the profiler wants what came to it between two looks.
fn counter(profile: &mut Profile, process: ProcessHandle, memory: &Memory) {
    let counter = profile.add_counter(process, "RSS", "Memory", "Resident memory");
    let mut before = 0.0;
    for point in &memory.points {
        let resident = point.resident as f64;
        profile.add_counter_sample(counter, at(point.at), resident - before, 0);
        before = resident;
    }
}

/// The hues of the flamegraph, as far as the profiler has them.
fn color(origin: Origin) -> CategoryColor {
    match origin {
        Origin::Own => CategoryColor::Orange,
        Origin::Package => CategoryColor::Green,
        Origin::Library => CategoryColor::Blue,
        Origin::Native => CategoryColor::Purple,
    }
}
