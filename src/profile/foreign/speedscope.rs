//! speedscope's JSON (<https://www.speedscope.app/file-format-schema.json>), sampled or as events.

use advisors::Place;
use serde::Deserialize;

use super::super::file::ProfileError;
use super::super::{Profile, Stack, Thread, Timing};
use super::frame::Frame as Written;
use super::import::{BUSY, Import};
use crate::limits;
use crate::sample::left_out;
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
        let meant = reading.meant(frame);
        reading.frames.push(meant);
    }
    for (number, recorded) in (1..).zip(&recording.profiles) {
        reading.thread = thread(&recorded.name, number);
        reading.recorded(recorded)?;
    }
    reading.finish()
}

/// What a frame stands for.
#[derive(Clone, Copy)]
enum Meant {
    /// A place in code, by its location id.
    Code(u32),
    /// The process that the frames below it are of (`py-spy record --subprocesses`).
    Process(u32),
}

#[derive(Default)]
struct Reading {
    frames: Vec<Meant>,
    import: Import,
    thread: Thread,
    weights: Weights,
    length: Length,
    is_counted: bool,
}

impl Reading {
    fn meant(&mut self, frame: &Frame) -> Meant {
        let file = frame.file.as_deref().unwrap_or_default();
        let stands_above = file.is_empty() && frame.name.starts_with("process ");
        if let Some(Written::Process(pid)) =
            stands_above.then(|| Written::above(&frame.name)).flatten()
        {
            return Meant::Process(pid);
        }
        let line = frame.line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
        Meant::Code(self.import.location(&frame.name, file, Place::line(line)))
    }

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
        self.length.add_samples(self.weights.sum - before);
        self.events(&recorded.events, seconds)?;
        if let [first, .., last] = &recorded.events[..] {
            self.length.add_events(first.at * seconds, last.at * seconds);
        }
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
                "O" if stack.len() < limits::FOLLOWED_FRAMES => stack.push(event.frame),
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
        let mut thread = self.thread.clone();
        // A deep stack may stand for each of many events.
        let middle = left_out(frames.len());
        let (outer, inner) = (frames.len() - middle.end, frames.len() - middle.start);
        let mut locations = self.leaf_first(&frames[inner..], &mut thread)?;
        if !middle.is_empty() {
            locations.push(self.import.gap());
        }
        locations.extend(self.leaf_first(&frames[..outer], &mut thread)?);
        if locations.is_empty() {
            return Ok(());
        }
        self.weights.take(weight);
        self.import.add(&thread, Stack { locations }, BUSY, weight)
    }

    fn leaf_first(&self, frames: &[u32], thread: &mut Thread) -> Result<Vec<u32>, ProfileError> {
        let mut locations = Vec::with_capacity(frames.len());
        for &index in frames.iter().rev() {
            let frame = self.frames.get(index as usize).copied();
            match frame.ok_or(ProfileError::Corrupt("a frame that is not there"))? {
                Meant::Process(pid) => thread.pid = pid,
                Meant::Code(location) => locations.push(location),
            }
        }
        Ok(locations)
    }

    fn finish(self) -> Result<Profile, ProfileError> {
        if self.is_counted {
            return self.import.profile(1.0);
        }
        let period = self.weights.period();
        let mut profile = self.import.profile(period)?;
        profile.timing =
            Timing { seconds: self.length.seconds(), rate_hz: 1.0 / period, ..Timing::default() };
        Ok(profile)
    }
}

/// What the threads tell of how long the run was.
#[derive(Default)]
struct Length {
    /// What the samples of all stand for, and how many have some.
    sampled: f64,
    threads: u32,
    /// When the first event of all was, and the last.
    events: Option<(f64, f64)>,
}

impl Length {
    fn add_samples(&mut self, seconds: f64) {
        self.sampled += seconds;
        self.threads += u32::from(seconds > 0.0);
    }

    fn add_events(&mut self, first: f64, last: f64) {
        let (begun, over) = self.events.unwrap_or((first, last));
        self.events = Some((begun.min(first), over.max(last)));
    }

    /// Of several threads' samples it is not known which were at the same time: 0.
    fn seconds(&self) -> f64 {
        match (self.events, self.threads) {
            (Some((begun, over)), 0) => (over - begun).max(0.0),
            (None, 0 | 1) => self.sampled,
            _ => 0.0,
        }
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
