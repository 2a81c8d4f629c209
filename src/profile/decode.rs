//! pprof messages to a [`Profile`]. Nothing in them is believed: every count, size and index is
//! checked before it is used.

use std::sync::Arc;

use advisors::{Place, Python};

use super::encode::label;
use super::entries::Entries;
use super::file::ProfileError;
use super::pprof::{self as pb, EXTENSION_VERSION};
use super::{
    Await, Count, Distinct, Growth, Lengths, Location, Machine, Memory, MemoryPoint, OperandSeen,
    Process, Profile, Runtime, SourceSeen, Stack, Stall, Target, Thread, Timeline, Timing, Traffic,
    foreign,
};
use crate::limits;
use crate::sample::{Footprint, State, Task};

pub(super) fn profile(message: &[u8]) -> Result<Profile, ProfileError> {
    let entries = Entries::read(message)?;
    match entries.message.extension_version {
        0 => foreign::pprof::profile(&entries),
        EXTENSION_VERSION => own(&entries),
        _ => Err(ProfileError::Newer),
    }
}

fn own(entries: &Entries) -> Result<Profile, ProfileError> {
    let message = &entries.message;
    let in_order = message.location.iter().map(|it| it.id).eq(1..=message.location.len() as u64)
        && message.function.iter().map(|it| it.id).eq(1..=message.function.len() as u64);
    if !in_order {
        return Err(ProfileError::Corrupt("its locations are not in order"));
    }
    let timing = message.timing.unwrap_or_default();
    let machine = message.machine.unwrap_or_default();
    let locations = locations(entries)?;
    let tasks = message.task.iter().map(|it| task(entries, it)).collect::<Result<_, _>>()?;
    let threads = message.thread.iter().map(|it| thread(entries, it)).collect::<Result<_, _>>()?;
    let (stacks, counts) = counts(entries, locations.len())?;
    let operands = message.operand.iter().map(|it| operand(entries, it, locations.len()));
    let memory = message.memory.iter().map(|it| memory(it, locations.len()));
    let stalls =
        message.stall.iter().map(|it| Stall::read(it, locations.len(), message.task.len()));
    let awaits = message.awaits.iter().map(|it| Await::read(it, locations.len()));
    let sources = message.source.iter();
    let sources =
        sources.map(|source| SourceSeen::read(entries.text(source.file)?, source, locations.len()));
    Ok(Profile {
        target: target(entries)?,
        timing: Timing::from(&timing),
        machine: Machine { cpus: machine.cpus, quota: machine.quota },
        processes: message
            .process
            .iter()
            .map(|it| process(entries, it))
            .collect::<Result<_, _>>()?,
        threads,
        tasks,
        operands: operands.collect::<Result<_, _>>()?,
        memory: memory.collect::<Result<_, _>>()?,
        runtimes: message.runtime.iter().map(Runtime::from).collect(),
        stalls: stalls.collect::<Result<_, _>>()?,
        awaits: awaits.collect::<Result<_, _>>()?,
        sources: sources.collect::<Result<_, _>>()?,
        timeline: Timeline::read(message, stacks.len())?,
        locations,
        stacks,
        counts,
    })
}

fn locations(entries: &Entries) -> Result<Vec<Location>, ProfileError> {
    const BAD: ProfileError = ProfileError::Corrupt("a location without its function");
    let codes = entries.codes()?;
    let location = |location: &pb::Location| {
        let [line] = location.line[..] else { return Err(BAD) };
        let index = usize::try_from(line.function_id).ok().and_then(|id| id.checked_sub(1));
        let code = index.and_then(|index| codes.get(index)).ok_or(BAD)?;
        Ok(Location { code: Arc::clone(code), place: place(line)? })
    };
    entries.message.location.iter().map(location).collect()
}

fn place(line: pb::Line) -> Result<Place, ProfileError> {
    const BAD: ProfileError = ProfileError::Corrupt("a line or column out of range");
    let columns = match line.column {
        0 => None,
        column => Some((u32::try_from(column - 1).map_err(|_| BAD)?, line.end_column)),
    };
    let start = u32::try_from(line.line).map_err(|_| BAD)?;
    Ok(Place { line: start, end_line: line.end_line, columns })
}

fn counts(entries: &Entries, locations: usize) -> Result<(Vec<Stack>, Vec<Count>), ProfileError> {
    let message = &entries.message;
    let mut stacks: Vec<Option<Stack>> = Vec::new();
    let mut counts = Vec::new();
    for sample in &message.sample {
        let index = sample.stack as usize;
        if index >= message.sample.len() {
            return Err(ProfileError::Corrupt("a stack that is not there"));
        }
        stacks.resize(stacks.len().max(index + 1), None);
        if stacks[index].is_none() {
            stacks[index] = Some(stack(sample, locations)?);
        }
        if let Some(thread) = sample.thread {
            counts.push(count(entries, sample, thread)?);
        }
    }
    let stacks: Option<Vec<Stack>> = stacks.into_iter().collect();
    Ok((stacks.ok_or(ProfileError::Corrupt("a stack is missing"))?, counts))
}

fn stack(sample: &pb::Sample, locations: usize) -> Result<Stack, ProfileError> {
    if sample.location_id.len() > limits::FRAMES {
        return Err(ProfileError::Corrupt("a stack deeper than any"));
    }
    let frame = |&id: &u64| match usize::try_from(id) {
        Ok(id) if (1..=locations).contains(&id) => Ok((id - 1) as u32),
        _ => Err(ProfileError::Corrupt("a location that is not there")),
    };
    Ok(Stack { locations: sample.location_id.iter().map(frame).collect::<Result<_, _>>()? })
}

fn count(entries: &Entries, sample: &pb::Sample, thread: u32) -> Result<Count, ProfileError> {
    if thread as usize >= entries.message.thread.len() {
        return Err(ProfileError::Corrupt("a thread that is not there"));
    }
    if sample.task.is_some_and(|task| task as usize >= entries.message.task.len()) {
        return Err(ProfileError::Corrupt("a task that is not there"));
    }
    let samples = sample.value.first().and_then(|&samples| u64::try_from(samples).ok());
    Ok(Count {
        stack: sample.stack,
        thread,
        task: sample.task,
        state: state(entries, sample)?.unwrap_or_default(),
        samples: samples.ok_or(ProfileError::Corrupt("a sample without its count"))?,
    })
}

/// The state that a sample's labels tell; `None` when they tell none.
pub(super) fn state(entries: &Entries, sample: &pb::Sample) -> Result<Option<State>, ProfileError> {
    let mut state = None;
    for one in &sample.label {
        if entries.text(one.key)?.data() == label::STATE {
            let state = state.get_or_insert_with(State::default);
            match entries.text(one.str)?.data() {
                label::ON_CPU => state.on_cpu = true,
                label::GIL => state.holds_gil = true,
                label::WAITS_FOR_GIL => state.waits_for_gil = true,
                label::GC => state.collects = true,
                label::EXCEPTION => state.handles_exception = true,
                _ => {}
            }
        }
    }
    Ok(state)
}

fn target(entries: &Entries) -> Result<Target, ProfileError> {
    let Some(target) = &entries.message.target else {
        return Err(ProfileError::Corrupt("it does not say whom it is of"));
    };
    Ok(Target {
        pid: target.pid,
        command: target.command.iter().map(|&it| entries.text(it)).collect::<Result<_, _>>()?,
        directory: target.directory.map(|it| entries.text(it)).transpose()?,
        assumed_directory: None,
        place_in_repository: None,
        python: target.python.map(python).transpose()?,
    })
}

fn python(python: pb::Python) -> Result<Python, ProfileError> {
    let part = |part: u32| {
        u8::try_from(part).map_err(|_| ProfileError::Corrupt("a Python version out of range"))
    };
    Ok(Python {
        major: part(python.major)?,
        minor: part(python.minor)?,
        patch: part(python.patch)?,
        free_threaded: python.free_threaded,
    })
}

fn thread(entries: &Entries, thread: &pb::Thread) -> Result<Thread, ProfileError> {
    let name = thread.name.map(|name| entries.text(name)).transpose()?;
    Ok(Thread { pid: thread.pid, tid: thread.tid, name })
}

fn task(entries: &Entries, task: &pb::Task) -> Result<Task, ProfileError> {
    let name = task.name.map(|name| entries.text(name)).transpose()?;
    Ok(Task { name, coroutine: entries.text(task.coroutine)? })
}

fn process(entries: &Entries, process: &pb::Process) -> Result<Process, ProfileError> {
    let earlier = process.earlier_pythons.iter().copied().map(python);
    Ok(Process {
        pid: process.pid,
        parent: process.parent,
        command: entries.text(process.command)?,
        python: process.python.map(python).transpose()?,
        earlier_pythons: earlier.collect::<Result<_, _>>()?,
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
        halted: process.halted,
        traffic: process.traffic.map(|it| Traffic {
            reads: it.reads,
            writes: it.writes,
            read_bytes: it.read_bytes,
            written_bytes: it.written_bytes,
        }),
    })
}

fn operand(
    entries: &Entries,
    operand: &pb::Operand,
    locations: usize,
) -> Result<OperandSeen, ProfileError> {
    if operand.location as usize >= locations {
        return Err(ProfileError::Corrupt("an operand of a location that is not there"));
    }
    Ok(OperandSeen {
        location: operand.location,
        expression: entries.text(operand.expression)?,
        type_name: entries.text(operand.type_name)?,
        observations: operand.observations,
        lengths: operand.lengths.map(|lengths| Lengths {
            min: lengths.min,
            median: lengths.median,
            max: lengths.max,
            first: lengths.first,
            last: lengths.last,
        }),
        elements: operand.elements.iter().map(|&it| entries.text(it)).collect::<Result<_, _>>()?,
        distinct: (operand.calls > 0).then(|| Distinct {
            calls: operand.calls,
            values: operand.values.clamp(1, operand.calls),
        }),
        footprint: (operand.shallow > 0).then(|| Footprint {
            shallow: operand.shallow,
            deep: operand.deep.max(operand.shallow),
        }),
    })
}

fn memory(memory: &pb::Memory, locations: usize) -> Result<Memory, ProfileError> {
    if memory.at.len() != memory.resident.len() {
        return Err(ProfileError::Corrupt("a look at memory without its time"));
    }
    let points = memory.at.iter().zip(&memory.resident);
    let is_there = |location: Option<u32>| location.is_none_or(|id| (id as usize) < locations);
    let growth = |growth: &pb::Growth| {
        let pb::Growth { location, caller, bytes, left } = *growth;
        match is_there(location) && is_there(caller) {
            true => Ok(Growth { location, caller, bytes, left }),
            false => Err(ProfileError::Corrupt("memory of a location that is not there")),
        }
    };
    Ok(Memory {
        pid: memory.pid,
        peak: memory.peak,
        points: points.map(|(&at, &resident)| MemoryPoint { at, resident }).collect(),
        growth: memory.growth.iter().map(growth).collect::<Result<_, _>>()?,
    })
}
