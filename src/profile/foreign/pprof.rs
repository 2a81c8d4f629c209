//! A pprof profile of another tool, as far as it makes sense here: its stacks, counts and threads.

use std::collections::HashMap;
use std::sync::Arc;

use advisors::Place;

use super::super::decode;
use super::super::encode::label;
use super::super::entries::Entries;
use super::super::file::ProfileError;
use super::super::pprof as pb;
use super::super::{Location, Profile, Stack, Thread, Timing};
use super::import::{self, BUSY, Import};
use crate::sample::{Code, left_out};
use crate::text::Untrusted;

pub(in crate::profile) fn profile(entries: &Entries) -> Result<Profile, ProfileError> {
    let message = &entries.message;
    if message.sample_type.is_empty() {
        return Err(ProfileError::NotAProfile);
    }
    let unit = Unit::of(entries)?;
    let mut locations = Locations::read(entries)?;
    let mut import = Import::default();
    for sample in &message.sample {
        let value = sample.value.get(unit.index).copied().unwrap_or(0);
        let Ok(samples @ 1..) = u64::try_from(value / unit.divisor) else { continue };
        let state = decode::state(entries, sample)?.unwrap_or(BUSY);
        let stack = locations.stack(&sample.location_id)?;
        import.add(&thread(entries, sample)?, stack, state, samples as f64)?;
    }
    let mut profile = import.profile(1.0)?;
    profile.locations = locations.all;
    profile.target.python = import::python(&profile.locations);
    // The binary by its name.
    let binary = message.mapping.first();
    let binary = binary.map(|mapping| entries.text(mapping.filename)).transpose()?;
    profile.target.command = binary.into_iter().filter(|name| !name.is_empty()).collect();
    let period = seconds(message.period);
    profile.timing = Timing {
        started_ns: u64::try_from(message.time_nanos).unwrap_or(0),
        seconds: seconds(message.duration_nanos),
        rate_hz: if period > 0.0 { 1.0 / period } else { 0.0 },
        truncated: import::truncated(&profile),
        // Sweeps and losses are not told by other tools.
        ..Timing::default()
    };
    Ok(profile)
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
    gap: Option<u32>,
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

    /// A stack of so many ids, which may stand for many times as many frames.
    fn stack(&mut self, ids: &[u64]) -> Result<Stack, ProfileError> {
        let range = |id| self.by_id.get(id).cloned();
        let ranges: Option<Vec<_>> = ids.iter().map(range).collect();
        let ranges = ranges.ok_or(ProfileError::Corrupt("a location that is not there"))?;
        let middle = left_out(ranges.iter().map(ExactSizeIterator::len).sum());
        let mut stack = Stack::default();
        let mut depth = 0;
        for range in ranges {
            let within = |end: usize| end.saturating_sub(depth).min(range.len()) as u32;
            let (inner, outer) = (within(middle.start), within(middle.end));
            stack.locations.extend(range.start..range.start + inner);
            if !middle.is_empty() && (depth..depth + range.len()).contains(&middle.start) {
                stack.locations.push(self.gap());
            }
            stack.locations.extend(range.start + outer..range.end);
            depth += range.len();
        }
        Ok(stack)
    }

    /// What stands for frames that are left out.
    fn gap(&mut self) -> u32 {
        *self.gap.get_or_insert_with(|| {
            self.all.push(import::gap());
            (self.all.len() - 1) as u32
        })
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
