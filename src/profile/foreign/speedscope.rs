//! speedscope's JSON (<https://www.speedscope.app/file-format-schema.json>), sampled or as events.

use advisors::Place;
use serde::Deserialize;

use super::super::file::ProfileError;
use super::super::{Profile, Stack, Thread, Timing};
use super::import::{BUSY, Import};
use crate::limits;
use crate::text::Untrusted;

#[derive(Deserialize)]
struct File {
    shared: Shared,
    profiles: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    name: String,
    file: Option<String>,
    line: Option<i64>,
}

/// Of one thread. Of the two kinds, either has the samples or the events.
#[derive(Deserialize)]
struct Recorded {
    #[serde(default)]
    name: String,
    unit: String,
    /// Indices of frames, outermost first.
    #[serde(default)]
    samples: Vec<Vec<u32>>,
    /// Of each of them.
    #[serde(default)]
    weights: Vec<f64>,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    /// `O` opens a frame, `C` closes it.
    r#type: String,
    at: f64,
    frame: u32,
}

pub(super) fn profile(bytes: &[u8]) -> Result<Profile, ProfileError> {
    let recording: File = serde_json::from_slice(bytes).map_err(|error| match error.is_eof() {
        true => ProfileError::Truncated,
        false => ProfileError::NotAProfile,
    })?;
    let mut reading = Reading::default();
    for frame in &recording.shared.frames {
        let line = frame.line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
        let file = frame.file.as_deref().unwrap_or_default();
        reading.frames.push(reading.import.location(&frame.name, file, Place::line(line)));
    }
    for (number, recorded) in (1..).zip(&recording.profiles) {
        reading.thread = thread(&recorded.name, number);
        reading.recorded(recorded)?;
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    /// The location id of each.
    frames: Vec<u32>,
    import: Import,
    thread: Thread,
    weights: Weights,
    /// Of the longest thread.
    seconds: f64,
    is_counted: bool,
}

impl Reading {
    fn recorded(&mut self, recorded: &Recorded) -> Result<(), ProfileError> {
        let seconds = match recorded.unit.as_str() {
            "none" => {
                self.is_counted = true;
                1.0
            }
            "seconds" => 1.0,
            "milliseconds" => 1e-3,
            "microseconds" => 1e-6,
            "nanoseconds" => 1e-9,
            "bytes" => return Err(ProfileError::Foreign("it counts memory")),
            _ => return Err(ProfileError::Foreign("its unit is not known")),
        };
        let before = self.weights.sum;
        if recorded.samples.len() != recorded.weights.len() {
            return Err(ProfileError::Corrupt("samples without their weights"));
        }
        for (stack, weight) in recorded.samples.iter().zip(&recorded.weights) {
            self.add(stack, weight * seconds)?;
        }
        self.events(&recorded.events, seconds)?;
        self.seconds = self.seconds.max(self.weights.sum - before);
        Ok(())
    }

    /// A stack for each while between two events.
    fn events(&mut self, events: &[Event], seconds: f64) -> Result<(), ProfileError> {
        let mut stack: Vec<u32> = Vec::new();
        let mut since = 0.0;
        for event in events {
            if !stack.is_empty() && event.at > since {
                self.add(&stack, (event.at - since) * seconds)?;
            }
            since = event.at;
            match event.r#type.as_str() {
                "O" if stack.len() < limits::FRAMES => stack.push(event.frame),
                "C" if stack.last() == Some(&event.frame) => drop(stack.pop()),
                "O" => return Err(ProfileError::Corrupt("a stack deeper than any")),
                _ => {
                    return Err(ProfileError::Corrupt(
                        "a frame that is closed before it is opened",
                    ));
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, frames: &[u32], weight: f64) -> Result<(), ProfileError> {
        if !weight.is_finite() || weight < 0.0 {
            return Err(ProfileError::Corrupt("a weight that is none"));
        }
        if weight == 0.0 || frames.is_empty() {
            return Ok(());
        }
        let mut stack = Stack::default();
        for &index in frames.iter().rev() {
            let frame = self.frames.get(index as usize).copied();
            stack.locations.push(frame.ok_or(ProfileError::Corrupt("a frame that is not there"))?);
        }
        self.weights.take(weight);
        self.import.add(&self.thread, stack, BUSY, weight)
    }

    fn finish(self) -> Result<Profile, ProfileError> {
        if self.is_counted {
            return self.import.profile(1.0);
        }
        let period = self.weights.period();
        let mut profile = self.import.profile(period)?;
        profile.timing =
            Timing { seconds: self.seconds, rate_hz: 1.0 / period, ..Timing::default() };
        Ok(profile)
    }
}

/// What the weights say about the time between two samples.
#[derive(Default)]
struct Weights {
    all: Vec<f64>,
    sum: f64,
}

impl Weights {
    fn take(&mut self, weight: f64) {
        self.all.push(weight);
        self.sum += weight;
    }

    /// The least of them when all others are multiples of it: equal samples, or equal ones added up.
    /// Otherwise each is taken for one sample, so that none seems more certain than it is.
    fn period(&self) -> f64 {
        let least = self.all.iter().copied().fold(f64::INFINITY, f64::min);
        let is_multiple = |weight: &f64| {
            let times = weight / least;
            (times - times.round()).abs() < 0.01 * times.sqrt()
        };
        match self.all.len() {
            0 => 1.0,
            _ if self.all.iter().all(is_multiple) => least,
            samples => self.sum / samples as f64,
        }
    }
}

/// py-spy: `Thread 3766 "loader"`, `Process 12 Thread 34 "loader"`; unslow: `thread 34 (loader)`.
fn thread(name: &str, number: u32) -> Thread {
    let lower = name.to_ascii_lowercase();
    let after = |word: &str| {
        let mut words = lower.split([' ', ',']).skip_while(|it| *it != word).skip(1);
        words.next()?.parse().ok()
    };
    let inner = [('"', '"'), ('(', ')')].into_iter().find_map(|(open, close)| {
        let (_, rest) = name.split_once(open)?;
        rest.rsplit_once(close).map(|(inner, _)| inner)
    });
    Thread {
        pid: after("process").or_else(|| after("pid")).unwrap_or(0),
        tid: after("thread").unwrap_or(number),
        name: inner.or(Some(name)).filter(|name| !name.is_empty()).map(Untrusted::new),
    }
}
