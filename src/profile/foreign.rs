//! A pprof profile of another tool, as far as it makes sense here: its stacks, counts and threads.

use std::collections::HashMap;
use std::sync::Arc;

use advisors::Place;

use super::decode;
use super::encode::label;
use super::entries::Entries;
use super::file::ProfileError;
use super::pprof as pb;
use super::{Count, Location, Profile, Stack, Target, Thread, Timing};
use crate::limits;
use crate::sample::{Code, State};
use crate::text::Untrusted;

pub(super) fn profile(entries: &Entries) -> Result<Profile, ProfileError> {
    let message = &entries.message;
    if message.sample_type.is_empty() {
        return Err(ProfileError::NotAProfile);
    }
    let unit = Unit::of(entries)?;
    let mut import = Import { locations: Locations::read(entries)?, ..Import::default() };
    for sample in &message.sample {
        import.sample(entries, sample, unit)?;
    }
    let seconds = seconds(message.duration_nanos);
    let period = self::seconds(message.period);
    Ok(Profile {
        target: target(entries, &import.threads)?,
        timing: Timing {
            started_ns: u64::try_from(message.time_nanos).unwrap_or(0),
            seconds,
            rate_hz: if period > 0.0 { 1.0 / period } else { 0.0 },
            // Sweeps and losses are not told by other tools.
            ..Timing::default()
        },
        threads: import.threads,
        locations: import.locations.all,
        stacks: import.stacks,
        counts: import.counts,
        ..Profile::default()
    })
}

/// The binary by its name, the process where the labels name but one.
fn target(entries: &Entries, threads: &[Thread]) -> Result<Target, ProfileError> {
    let binary = entries.message.mapping.first();
    let binary = binary.map(|mapping| entries.text(mapping.filename)).transpose()?;
    let pid = threads.first().map_or(0, |thread| thread.pid);
    Ok(Target {
        pid: if threads.iter().all(|thread| thread.pid == pid) { pid } else { 0 },
        command: binary.into_iter().filter(|name| !name.is_empty()).collect(),
        ..Target::default()
    })
}

/// Which of a sample's values counts samples, and by what it has to be divided.
#[derive(Clone, Copy)]
struct Unit {
    index: usize,
    divisor: i64,
}

impl Unit {
    fn of(entries: &Entries) -> Result<Self, ProfileError> {
        let types = &entries.message.sample_type;
        let mut nanoseconds = None;
        for (index, value_type) in types.iter().enumerate() {
            let (kind, unit) = (entries.text(value_type.r#type)?, entries.text(value_type.unit)?);
            match (kind.data(), unit.data()) {
                ("samples" | "sample", "count") => return Ok(Self { index, divisor: 1 }),
                ("cpu" | "wall", "nanoseconds") => nanoseconds = Some(index),
                _ => {}
            }
        }
        match nanoseconds {
            Some(index) if entries.message.period > 0 => {
                Ok(Self { index, divisor: entries.message.period })
            }
            _ => Err(ProfileError::Foreign("it counts neither samples nor time")),
        }
    }
}

#[derive(Default)]
struct Import {
    locations: Locations,
    threads: Vec<Thread>,
    thread_ids: HashMap<Thread, u32>,
    stacks: Vec<Stack>,
    stack_ids: HashMap<Stack, u32>,
    counts: Vec<Count>,
    /// Of all stacks. A few bytes may name a location of thousands of inlined functions.
    frames: u64,
}

impl Import {
    fn sample(
        &mut self,
        entries: &Entries,
        sample: &pb::Sample,
        unit: Unit,
    ) -> Result<(), ProfileError> {
        let value = sample.value.get(unit.index).copied().unwrap_or(0);
        let Ok(samples @ 1..) = u64::try_from(value / unit.divisor) else { return Ok(()) };
        let busy = State { on_cpu: true, holds_gil: false, ..State::default() };
        let state = decode::state(entries, sample)?.unwrap_or(busy);
        let thread = thread(entries, sample)?;
        let stack = self.locations.stack(&sample.location_id)?;
        self.frames += stack.locations.len() as u64;
        if self.frames * size_of::<u32>() as u64 > limits::PROFILE_BYTES {
            return Err(ProfileError::TooLarge);
        }
        let thread = intern(&mut self.threads, &mut self.thread_ids, thread);
        let stack = intern(&mut self.stacks, &mut self.stack_ids, stack);
        self.counts.push(Count { stack, thread, task: None, state, samples });
        Ok(())
    }
}

fn intern<T: Clone + Eq + std::hash::Hash>(
    all: &mut Vec<T>,
    ids: &mut HashMap<T, u32>,
    item: T,
) -> u32 {
    *ids.entry(item).or_insert_with_key(|item| {
        all.push(item.clone());
        (all.len() - 1) as u32
    })
}

fn thread(entries: &Entries, sample: &pb::Sample) -> Result<Thread, ProfileError> {
    let mut thread = Thread::default();
    for one in &sample.label {
        let number = u32::try_from(one.num).unwrap_or(0);
        match entries.text(one.key)?.data() {
            label::PID | "process_id" => thread.pid = number,
            label::THREAD | "thread_id" | "thread" => thread.tid = number,
            label::THREAD_NAME | "thread_name" => thread.name = Some(entries.text(one.str)?),
            _ => {}
        }
    }
    Ok(thread)
}

/// The places of each location, innermost first: more than one where functions were inlined.
#[derive(Default)]
struct Locations {
    all: Vec<Location>,
    by_id: HashMap<u64, std::ops::Range<u32>>,
}

impl Locations {
    fn read(entries: &Entries) -> Result<Self, ProfileError> {
        let message = &entries.message;
        let functions: HashMap<u64, Arc<Code>> =
            message.function.iter().map(|function| function.id).zip(entries.codes()?).collect();
        let mut locations = Self::default();
        for location in &message.location {
            let start = locations.all.len() as u32;
            for line in &location.line {
                let code = functions.get(&line.function_id).cloned();
                let code = code.ok_or(ProfileError::Corrupt("a location without its function"))?;
                let place = Place::line(u32::try_from(line.line).unwrap_or(0));
                locations.all.push(Location { code, place });
            }
            if location.line.is_empty() {
                locations.all.push(unnamed(location.address));
            }
            locations.by_id.insert(location.id, start..locations.all.len() as u32);
        }
        Ok(locations)
    }

    fn stack(&self, ids: &[u64]) -> Result<Stack, ProfileError> {
        let mut stack = Stack::default();
        for id in ids {
            let range = self.by_id.get(id).cloned();
            let range = range.ok_or(ProfileError::Corrupt("a location that is not there"))?;
            if stack.locations.len() + range.len() > limits::FRAMES {
                return Err(ProfileError::Corrupt("a stack deeper than any"));
            }
            stack.locations.extend(range);
        }
        Ok(stack)
    }
}

fn unnamed(address: u64) -> Location {
    let name = Untrusted::new(format!("{address:#x}"));
    let code = Code { name, file: Untrusted::default(), first_line: 0 };
    Location { code: Arc::new(code), place: Place::default() }
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds.max(0) as f64 / 1e9
}
