//! Folded stacks, a line each: `outermost;...;leaf COUNT`, as py-spy (`-f raw`), Tachyon
//! (`--collapsed`) and unslow write them, and Austin with its own numbers and notes.

use advisors::Python;

use super::super::file::ProfileError;
use super::super::{Profile, Thread, Timing};
use super::frame::Frame;
use super::import::{BUSY, Import};
use crate::sample::State;
use crate::text::Untrusted;

pub(super) fn profile(text: &str) -> Result<Profile, ProfileError> {
    let mut reading = Reading::default();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(note) = line.strip_prefix('#') {
            reading.austin.take(note);
        } else if !line.trim().is_empty() {
            reading.lines += 1;
            reading.stack(line)?.ok_or_else(|| match is_folded(text) {
                true => ProfileError::Line(number),
                false => ProfileError::NotAProfile,
            })?;
        }
    }
    match reading.lines {
        0 if reading.austin.is_meant => Ok(Profile::default()),
        0 => Err(ProfileError::NotAProfile),
        _ => reading.finish(),
    }
}

/// Lines by which folded stacks are told from other texts.
const LOOKED_AT: usize = 100;

/// Whether half of the lines are stacks.
fn is_folded(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let lines = lines.take(LOOKED_AT).map(|line| parts(line).is_some());
    let (stacks, others): (Vec<bool>, Vec<bool>) = lines.partition(|&is_stack| is_stack);
    !stacks.is_empty() && stacks.len() >= others.len()
}

/// The frames of a line, its weight and whether the thread was idle; nothing when it is no stack.
fn parts(line: &str) -> Option<(&str, f64, bool)> {
    let (frames, numbers) = line.trim_end().rsplit_once(' ')?;
    let (weight, is_idle) = numbers_of(numbers)?;
    (!line.contains('\0')).then_some((frames, weight, is_idle))
}

#[derive(Default)]
struct Reading {
    import: Import,
    austin: Austin,
    /// Lines that are stacks.
    lines: u64,
    /// Those of them that have frames.
    stacks: u64,
}

/// What Austin tells beside the stacks, as `# name: value`.
#[derive(Default)]
struct Austin {
    is_meant: bool,
    counts_memory: bool,
    /// Microseconds.
    interval: f64,
    /// Microseconds; 0 when it is not told.
    duration: f64,
    python: Option<Python>,
    errors: u64,
}

impl Austin {
    fn take(&mut self, note: &str) {
        let Some((name, value)) = note.split_once(':') else { return };
        let value = value.trim();
        let number = || value.parse::<u32>().map_or(0.0, f64::from);
        match name.trim() {
            "austin" => self.is_meant = true,
            "mode" => self.counts_memory = value == "memory",
            "interval" => self.interval = number(),
            "duration" => self.duration = number(),
            "python" => self.python = python(value),
            // `3/4096`: of so many samples.
            "errors" => {
                let errors = value.split('/').next().and_then(|errors| errors.parse().ok());
                self.errors = errors.unwrap_or(0);
            }
            _ => {}
        }
    }
}

fn python(text: &str) -> Option<Python> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let mut python = Python::new(parts.next()??, parts.next()??);
    python.patch = parts.next().flatten().unwrap_or(Python::UNKNOWN_PATCH);
    Some(python)
}

impl Reading {
    /// Nothing when the line is no stack.
    fn stack(&mut self, line: &str) -> Result<Option<()>, ProfileError> {
        let Some((frames, weight, is_idle)) = parts(line) else { return Ok(None) };
        let mut thread = Thread::default();
        let mut state = if is_idle { State::IDLE } else { BUSY };
        let mut locations = Vec::new();
        for text in frames.split(';').filter(|text| !text.is_empty()) {
            let above = if locations.is_empty() { Frame::above(text) } else { None };
            match above.unwrap_or_else(|| Frame::code(text)) {
                Frame::Process(pid) => thread.pid = pid,
                Frame::Thread(tid, name) => {
                    thread = Thread { tid, name: name.map(Untrusted::new), ..thread };
                }
                Frame::Collects => state.collects = true,
                Frame::Code { name, file, place } => {
                    locations.push(self.import.location(name, file, place));
                }
            }
        }
        // A thread outside of Python code is no sample of ours either.
        if locations.is_empty() {
            return Ok(Some(()));
        }
        self.stacks += 1;
        locations.reverse();
        let stack = self.import.ends(locations);
        self.import.add(&thread, stack, state, weight).map(Some)
    }

    fn finish(self) -> Result<Profile, ProfileError> {
        let Self { import, austin, stacks, .. } = self;
        if austin.counts_memory {
            return Err(ProfileError::Foreign("it counts memory"));
        }
        if !austin.is_meant {
            return import.profile(1.0);
        }
        let spent = import.by_thread();
        let total: f64 = spent.iter().sum();
        // Lines that come again are a sample each, however late it was. Otherwise they were added up.
        let period = match import.len() as u64 {
            different if different < stacks => (total / stacks as f64).max(austin.interval),
            _ => austin.interval,
        };
        // Its own default is 100.
        let period = if period > 0.0 { period } else { 100.0 };
        let longest = spent.into_iter().fold(austin.duration, f64::max);
        let mut profile = import.profile(period)?;
        profile.target.python = austin.python.or(profile.target.python);
        profile.timing = Timing {
            seconds: longest / 1e6,
            rate_hz: 1e6 / period,
            unreadable: austin.errors,
            ..Timing::default()
        };
        Ok(profile)
    }
}

/// A count or a time, and whether the thread was idle: Austin's `-f` gives time, idleness, memory.
fn numbers_of(text: &str) -> Option<(f64, bool)> {
    let mut numbers = text.split(',');
    let weight: u64 = numbers.next()?.parse().ok()?;
    let is_idle = match (numbers.next(), numbers.next()) {
        (None, _) => false,
        (Some(idle @ ("0" | "1")), Some(memory)) => {
            memory.parse::<i64>().ok().map(|_| idle == "1")?
        }
        _ => return None,
    };
    (numbers.next().is_none()).then_some((weight as f64, is_idle))
}
