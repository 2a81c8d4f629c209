//! What the recordings of other tools are gathered into.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use advisors::{Place, Python};

use super::super::file::ProfileError;
use super::super::{Count, Location, Profile, Stack, Thread, origin};
use crate::limits;
use crate::sample::{Code, FRAMES_LEFT_OUT, State, left_out};
use crate::text::Untrusted;

/// More samples than any recording has; numbers below are exact as floating point.
const MOST_SAMPLES: f64 = (1_u64 << 53) as f64;

/// What a tool that does not tell samples thinks of them: it records those on a processor.
pub(super) const BUSY: State = State { on_cpu: true, ..State::IDLE };

/// Distinct things, by their place in the list.
pub(super) struct Interned<T> {
    pub(super) all: Vec<T>,
    ids: HashMap<T, u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { all: Vec::new(), ids: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    pub(super) fn id(&mut self, item: T) -> u32 {
        *self.ids.entry(item).or_insert_with_key(|item| {
            self.all.push(item.clone());
            (self.all.len() - 1) as u32
        })
    }
}

/// Stacks, threads and how often they were seen.
#[derive(Default)]
pub(super) struct Import {
    locations: Interned<Location>,
    codes: HashMap<(Untrusted, Untrusted), Arc<Code>>,
    threads: Interned<Thread>,
    stacks: Interned<Stack>,
    /// Stack, thread, state.
    samples: Interned<(u32, u32, State)>,
    /// Of each of them.
    weights: Vec<f64>,
    /// Of all stacks: a few bytes may name a location of thousands of inlined functions, and an
    /// event may stand for a stack as deep.
    frames: u64,
    /// What stands for frames that are left out, once some are.
    gap: Option<u32>,
}

impl Import {
    /// The location id of a place in the function `name` of `file`.
    pub(super) fn location(&mut self, name: &str, file: &str, place: Place) -> u32 {
        let key = (Untrusted::new(name), Untrusted::new(origin::slashed(file).as_ref()));
        let code = self.codes.entry(key).or_insert_with_key(|(name, file)| {
            Arc::new(Code { name: name.clone(), file: file.clone(), first_line: 0 })
        });
        let code = Arc::clone(code);
        self.locations.id(Location { code, place })
    }

    /// The location id of what stands for frames that are left out.
    pub(super) fn gap(&mut self) -> u32 {
        *self.gap.get_or_insert_with(|| self.locations.id(gap()))
    }

    /// The ends of a stack, its leaf first, and what stands for the frames between them.
    pub(super) fn ends(&mut self, mut locations: Vec<u32>) -> Stack {
        let middle = left_out(locations.len());
        if !middle.is_empty() {
            locations.splice(middle, [self.gap()]);
        }
        Stack { locations }
    }

    /// Adds samples of a stack, in a unit that [`Import::profile`] is told.
    ///
    /// # Errors
    /// When there are more frames than a recording may have.
    pub(super) fn add(
        &mut self,
        thread: &Thread,
        stack: Stack,
        state: State,
        weight: f64,
    ) -> Result<(), ProfileError> {
        self.frames += stack.locations.len() as u64;
        let entries = self.samples.all.len() + self.stacks.all.len() + self.locations.all.len();
        if self.frames * size_of::<u32>() as u64 > limits::PROFILE_BYTES
            || entries > limits::PROFILE_ENTRIES
        {
            return Err(ProfileError::TooLarge);
        }
        let (stack, thread) = (self.stacks.id(stack), self.threads.id(thread.clone()));
        let id = self.samples.id((stack, thread, state)) as usize;
        self.weights.resize(self.samples.all.len(), 0.0);
        self.weights[id] += weight;
        Ok(())
    }

    /// Different samples.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The weight of each thread.
    pub(super) fn by_thread(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.threads.all.len()];
        for ((_, thread, _), weight) in self.samples.all.iter().zip(&self.weights) {
            sums[*thread as usize] += weight;
        }
        sums
    }

    /// Everything added, one sample for each `period` of weight. The process is told where there is
    /// but one, the version of Python where its library's files are.
    ///
    /// # Errors
    /// When there would be more samples than can be.
    pub(super) fn profile(self, period: f64) -> Result<Profile, ProfileError> {
        let samples = self.weights.iter().sum::<f64>() / period;
        if samples.is_nan() || samples >= MOST_SAMPLES {
            return Err(ProfileError::Corrupt("more samples than any recording has"));
        }
        let counts = self.samples.all.into_iter().zip(self.weights);
        let count = |((stack, thread, state), weight): ((u32, u32, State), f64)| {
            let samples = (weight / period).round() as u64;
            (samples > 0).then_some(Count { stack, thread, task: None, state, samples })
        };
        let mut profile = Profile {
            counts: counts.filter_map(count).collect(),
            threads: self.threads.all,
            locations: self.locations.all,
            stacks: self.stacks.all,
            ..Profile::default()
        };
        let pid = profile.threads.first().map_or(0, |thread| thread.pid);
        let is_one = profile.threads.iter().all(|thread| thread.pid == pid);
        profile.target.pid = if is_one { pid } else { 0 };
        profile.target.python = python(&profile.locations);
        Ok(profile)
    }
}

/// Samples of stacks of which frames were left out, here or by who recorded them.
pub(super) fn truncated(profile: &Profile) -> u64 {
    let leaves_out: Vec<bool> = profile.locations.iter().map(|it| it.code.leaves_out()).collect();
    let is_cut = |stack: &Stack| stack.locations.iter().any(|&id| leaves_out[id as usize]);
    let cut: Vec<bool> = profile.stacks.iter().map(is_cut).collect();
    let counts = profile.counts.iter().filter(|count| cut[count.stack as usize]);
    counts.map(|count| count.samples).sum()
}

/// What stands for frames that are left out, as the sampler's own.
pub(super) fn gap() -> Location {
    let name = Untrusted::new(FRAMES_LEFT_OUT);
    let code = Code { name, file: Untrusted::default(), first_line: 0 };
    Location { code: Arc::new(code), place: Place::default() }
}

/// The version of the library that was at work.
pub(super) fn python(locations: &[Location]) -> Option<Python> {
    let mut files = locations.iter().map(|location| location.code.file.data());
    files.find_map(origin::library_version)
}
