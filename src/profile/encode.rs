//! A [`Profile`] as pprof messages.

use std::collections::HashMap;
use std::sync::Arc;

use advisors::{Place, Python};

use super::pprof::{self as pb, EXTENSION_VERSION};
use super::{Count, Profile, Stack, source, timeline};
use crate::sample::{Code, State, Task};
use crate::text::Untrusted;

/// Keys and values of the labels that pprof readers filter by.
pub(super) mod label {
    pub(in crate::profile) const PID: &str = "pid";
    /// The process's parent, where that is known.
    pub(in crate::profile) const PARENT: &str = "parent pid";
    pub(in crate::profile) const THREAD: &str = "thread id";
    pub(in crate::profile) const THREAD_NAME: &str = "thread name";
    pub(in crate::profile) const TASK: &str = "task";
    pub(in crate::profile) const COROUTINE: &str = "coroutine";
    pub(in crate::profile) const STATE: &str = "state";
    pub(in crate::profile) const IDLE: &str = "idle";
    pub(in crate::profile) const ON_CPU: &str = "on cpu";
    pub(in crate::profile) const GIL: &str = "gil";
    pub(in crate::profile) const WAITS_FOR_GIL: &str = "waits for gil";
    pub(in crate::profile) const GC: &str = "gc";
    pub(in crate::profile) const EXCEPTION: &str = "exception";
}

/// The only mapping's id.
const PYTHON: u64 = 1;

pub(super) fn message(profile: &Profile) -> pb::Profile {
    let mut strings = Strings::new();
    let sample_type =
        vec![strings.value_type("samples", "count"), strings.value_type("wall", "nanoseconds")];
    let period_type = Some(strings.value_type("wall", "nanoseconds"));
    let (function, location) = places(profile, &mut strings);
    let (timing, timeline) = (&profile.timing, profile.timeline.as_ref());
    pb::Profile {
        sample_type,
        sample: samples(profile, &mut strings),
        mapping: vec![mapping(profile, &mut strings)],
        location,
        function,
        time_nanos: i64::try_from(timing.started_ns).unwrap_or(i64::MAX),
        duration_nanos: nanoseconds(timing.seconds),
        period_type,
        period: nanoseconds(timing.sample_seconds()),
        comment: vec![strings.add(&comment(profile))],
        extension_version: EXTENSION_VERSION,
        target: Some(target(profile, &mut strings)),
        timing: Some(pb::Timing::from(timing)),
        machine: Some(pb::Machine { cpus: profile.machine.cpus, quota: profile.machine.quota }),
        thread: threads(profile, &mut strings),
        process: processes(profile, &mut strings),
        operand: operands(profile, &mut strings),
        memory: profile.memory.iter().map(memory).collect(),
        source: sources(profile, &mut strings),
        task: tasks(profile, &mut strings),
        runtime: profile.runtimes.iter().map(pb::Runtime::from).collect(),
        stall: profile.stalls.iter().map(pb::Stall::from).collect(),
        awaits: profile.awaits.iter().map(pb::Await::from).collect(),
        timeline: timeline.map(|it| pb::Timeline { slice_seconds: it.slice_seconds }),
        time_slice: timeline.iter().flat_map(|it| &it.slices).map(pb::TimeSlice::from).collect(),
        string_table: strings.table,
    }
}

/// How many entries a reader counts in the message.
pub(super) fn entries(message: &pb::Profile) -> usize {
    let in_samples: usize =
        message.sample.iter().map(|sample| 1 + sample.label.len() + sample.value.len()).sum();
    let in_locations: usize = message.location.iter().map(|location| 1 + location.line.len()).sum();
    let in_operands: usize = message.operand.iter().map(|operand| 1 + operand.elements.len()).sum();
    let fields = 16;
    in_samples
        + in_locations
        + message.function.len()
        + message.string_table.len()
        + message.thread.len()
        + message.process.len()
        + in_operands
        + message.source.iter().map(source::entries).sum::<usize>()
        + message.task.len()
        + message.stall.len()
        + message.awaits.len()
        + message.runtime.iter().map(runtime_entries).sum::<usize>()
        + message.memory.iter().map(memory_entries).sum::<usize>()
        + message.time_slice.iter().map(timeline::entries).sum::<usize>()
        + fields
}

/// What one process's interpreter counts for.
pub(super) fn runtime_entries(runtime: &pb::Runtime) -> usize {
    1 + runtime.thresholds.len() + runtime.counts.len()
}

/// What one process's memory counts for.
pub(super) fn memory_entries(memory: &pb::Memory) -> usize {
    1 + memory.at.len() + memory.resident.len() + memory.growth.len()
}

/// The string table: every text once, by index.
struct Strings {
    table: Vec<String>,
    index: HashMap<String, i64>,
}

impl Strings {
    /// pprof wants the empty text first.
    fn new() -> Self {
        let mut strings = Self { table: Vec::new(), index: HashMap::new() };
        strings.add("");
        strings
    }

    fn add(&mut self, text: &str) -> i64 {
        if let Some(&index) = self.index.get(text) {
            return index;
        }
        let index = self.table.len() as i64;
        self.table.push(text.to_owned());
        self.index.insert(text.to_owned(), index);
        index
    }

    fn untrusted(&mut self, text: &Untrusted) -> i64 {
        self.add(text.data())
    }

    fn value_type(&mut self, r#type: &str, unit: &str) -> pb::ValueType {
        pb::ValueType { r#type: self.add(r#type), unit: self.add(unit) }
    }

    fn text_label(&mut self, key: &str, value: &str) -> pb::Label {
        pb::Label { key: self.add(key), str: self.add(value), num: 0 }
    }

    fn number_label(&mut self, key: &str, value: u32) -> pb::Label {
        pb::Label { key: self.add(key), str: 0, num: i64::from(value) }
    }
}

fn places(profile: &Profile, strings: &mut Strings) -> (Vec<pb::Function>, Vec<pb::Location>) {
    let mut functions = Vec::new();
    let mut ids: HashMap<&Code, u64> = HashMap::new();
    let mut locations = Vec::with_capacity(profile.locations.len());
    for (index, location) in profile.locations.iter().enumerate() {
        let function_id = *ids.entry(&location.code).or_insert_with(|| {
            functions.push(function(functions.len() as u64 + 1, &location.code, strings));
            functions.len() as u64
        });
        locations.push(pb::Location {
            id: index as u64 + 1,
            mapping_id: PYTHON,
            address: 0,
            line: vec![line(function_id, location.place)],
        });
    }
    (functions, locations)
}

/// Without a system name: where it equals the name, `go tool pprof` takes the name for one of C++
/// and cuts `<module>` and `<lambda>` out of it like template arguments.
fn function(id: u64, code: &Arc<Code>, strings: &mut Strings) -> pb::Function {
    pb::Function {
        id,
        name: strings.untrusted(&code.name),
        system_name: 0,
        filename: strings.untrusted(&code.file),
        start_line: i64::from(code.first_line),
    }
}

fn line(function_id: u64, place: Place) -> pb::Line {
    let (column, end_column) = match place.columns {
        Some((start, end)) => (i64::from(start) + 1, end),
        None => (0, 0),
    };
    pb::Line {
        function_id,
        line: i64::from(place.line),
        column,
        end_line: place.end_line,
        end_column,
    }
}

fn mapping(profile: &Profile, strings: &mut Strings) -> pb::Mapping {
    let program = profile.target.command.first().map_or("python", Untrusted::data);
    pb::Mapping {
        id: PYTHON,
        filename: strings.add(program),
        has_functions: true,
        has_filenames: true,
        has_line_numbers: true,
        has_inline_frames: true,
    }
}

fn samples(profile: &Profile, strings: &mut Strings) -> Vec<pb::Sample> {
    let mut seen = vec![false; profile.stacks.len()];
    let mut samples = Vec::with_capacity(profile.counts.len());
    let parents: HashMap<u32, u32> =
        profile.processes.iter().map(|process| (process.pid, process.parent)).collect();
    for count in &profile.counts {
        seen[count.stack as usize] = true;
        samples.push(sample(profile, count, &parents, strings));
    }
    for (index, stack) in profile.stacks.iter().enumerate().filter(|&(index, _)| !seen[index]) {
        samples.push(pb::Sample {
            location_id: location_ids(stack),
            value: vec![0, 0],
            label: Vec::new(),
            stack: index as u32,
            thread: None,
            task: None,
        });
    }
    samples
}

fn sample(
    profile: &Profile,
    count: &Count,
    parents: &HashMap<u32, u32>,
    strings: &mut Strings,
) -> pb::Sample {
    let thread = &profile.threads[count.thread as usize];
    let mut label = vec![strings.number_label(label::PID, thread.pid)];
    if let Some(&parent) = parents.get(&thread.pid) {
        label.push(strings.number_label(label::PARENT, parent));
    }
    label.push(strings.number_label(label::THREAD, thread.tid));
    if let Some(name) = &thread.name {
        label.push(strings.text_label(label::THREAD_NAME, name.data()));
    }
    if let Some(task) = count.task.map(|task| &profile.tasks[task as usize]) {
        let name = task.name.as_ref().map(|name| strings.text_label(label::TASK, name.data()));
        label.extend(name);
        label.push(strings.text_label(label::COROUTINE, task.coroutine.data()));
    }
    label.extend(state_words(count.state).map(|word| strings.text_label(label::STATE, word)));
    let seconds = count.samples as f64 * profile.timing.sample_seconds();
    pb::Sample {
        location_id: location_ids(&profile.stacks[count.stack as usize]),
        value: vec![i64::try_from(count.samples).unwrap_or(i64::MAX), nanoseconds(seconds)],
        label,
        stack: count.stack,
        thread: Some(count.thread),
        task: count.task,
    }
}

fn state_words(state: State) -> impl Iterator<Item = &'static str> {
    let words = [
        (!state.is_busy(), label::IDLE),
        (state.on_cpu, label::ON_CPU),
        (state.holds_gil, label::GIL),
        (state.waits_for_gil, label::WAITS_FOR_GIL),
        (state.collects, label::GC),
        (state.handles_exception, label::EXCEPTION),
    ];
    words.into_iter().filter_map(|(applies, word)| applies.then_some(word))
}

fn location_ids(stack: &Stack) -> Vec<u64> {
    stack.locations.iter().map(|&id| u64::from(id) + 1).collect()
}

fn comment(profile: &Profile) -> String {
    let python = match profile.target.python {
        Some(python) => format!("CPython {python}"),
        None => "no CPython".to_owned(),
    };
    format!("unslow: {python}, pid {}", profile.target.pid)
}

fn target(profile: &Profile, strings: &mut Strings) -> pb::Target {
    let target = &profile.target;
    pb::Target {
        pid: target.pid,
        command: target.command.iter().map(|argument| strings.untrusted(argument)).collect(),
        directory: target.directory.as_ref().map(|directory| strings.untrusted(directory)),
        python: target.python.map(python),
    }
}

fn python(python: Python) -> pb::Python {
    pb::Python {
        major: u32::from(python.major),
        minor: u32::from(python.minor),
        patch: u32::from(python.patch),
        free_threaded: python.free_threaded,
    }
}

fn threads(profile: &Profile, strings: &mut Strings) -> Vec<pb::Thread> {
    let thread = |thread: &super::Thread| pb::Thread {
        pid: thread.pid,
        tid: thread.tid,
        name: thread.name.as_ref().map(|name| strings.untrusted(name)),
    };
    profile.threads.iter().map(thread).collect()
}

fn tasks(profile: &Profile, strings: &mut Strings) -> Vec<pb::Task> {
    let task = |task: &Task| pb::Task {
        name: task.name.as_ref().map(|name| strings.untrusted(name)),
        coroutine: strings.untrusted(&task.coroutine),
    };
    profile.tasks.iter().map(task).collect()
}

fn processes(profile: &Profile, strings: &mut Strings) -> Vec<pb::Process> {
    let process = |process: &super::Process| pb::Process {
        pid: process.pid,
        parent: process.parent,
        command: strings.untrusted(&process.command),
        python: process.python.map(python),
        earlier_pythons: process.earlier_pythons.iter().copied().map(python).collect(),
        observations: process.observations,
        threads: process.threads,
        runnable: process.runnable,
        cpu_seconds: process.cpu_seconds,
        ended_seconds: process.ended_seconds,
        waits: process.waits,
        preemptions: process.preemptions,
        began_ns: process.began_ns,
        first_seen: process.first_seen,
        last_seen: process.last_seen,
        traffic: process.traffic.map(traffic),
        halted: process.halted,
    };
    profile.processes.iter().map(process).collect()
}

fn traffic(traffic: super::Traffic) -> pb::Traffic {
    let super::Traffic { reads, writes, read_bytes, written_bytes } = traffic;
    pb::Traffic { reads, writes, read_bytes, written_bytes }
}

fn sources(profile: &Profile, strings: &mut Strings) -> Vec<pb::Source> {
    let source = |source: &super::SourceSeen| source.message(strings.untrusted(&source.file));
    profile.sources.iter().map(source).collect()
}

fn operands(profile: &Profile, strings: &mut Strings) -> Vec<pb::Operand> {
    let operand = |operand: &super::OperandSeen| pb::Operand {
        location: operand.location,
        expression: strings.untrusted(&operand.expression),
        type_name: strings.untrusted(&operand.type_name),
        observations: operand.observations,
        lengths: operand.lengths.map(|lengths| pb::Lengths {
            min: lengths.min,
            median: lengths.median,
            max: lengths.max,
            first: lengths.first,
            last: lengths.last,
        }),
        elements: operand.elements.iter().map(|name| strings.untrusted(name)).collect(),
        calls: operand.distinct.map_or(0, |it| it.calls),
        values: operand.distinct.map_or(0, |it| it.values),
        shallow: operand.footprint.map_or(0, |it| it.shallow),
        deep: operand.footprint.map_or(0, |it| it.deep),
    };
    profile.operands.iter().map(operand).collect()
}

fn memory(memory: &super::Memory) -> pb::Memory {
    let growth = |growth: &super::Growth| {
        let super::Growth { location, caller, bytes, left } = *growth;
        pb::Growth { location, caller, bytes, left }
    };
    pb::Memory {
        pid: memory.pid,
        peak: memory.peak,
        at: memory.points.iter().map(|point| point.at).collect(),
        resident: memory.points.iter().map(|point| point.resident).collect(),
        growth: memory.growth.iter().map(growth).collect(),
    }
}

/// Seconds as whole nanoseconds; what does not fit becomes the largest that does.
fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}
