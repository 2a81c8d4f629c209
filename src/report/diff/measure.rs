//! How hot functions and expressions are in one recording, by what they are found again by in another.

use std::collections::{HashMap, HashSet};

use advisors::Place;

use super::Comparison;
use super::common::Common;
use super::waits::Waits;
use crate::profile::{Location, Profile};
use crate::report::{View, names, selection};
use crate::text::Untrusted;

/// What something is found again by, wherever its lines have moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    /// Relative to where the program worked, or the package was installed.
    file: Untrusted,
    function: Untrusted,
    /// `None` for the whole function.
    expression: Option<Expression>,
}

/// An expression of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Expression {
    /// By its text, where both recordings know what stood in the file.
    Text(u64),
    /// By its function alone, as all that is there.
    Within,
    /// By its lines from the function's first on, or the file's, and its columns.
    At(i64, i64, Option<(u32, u32)>),
}

/// How often something was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heat {
    pub(super) samples: u64,
    /// Its most sampled location; `None` when it is not there.
    pub(super) location: Option<u32>,
    /// Samples of that location.
    most: u64,
}

/// One of the two recordings.
pub(super) struct Side<'a> {
    pub(super) profile: &'a Profile,
    /// What a sample stands for: seconds, or a part of the run.
    sample: f64,
    /// The whole run, in the same unit.
    pub(super) run: f64,
    /// How much it had to wait for a processor.
    pub(super) waits: Waits,
    /// Whether amounts are parts of the run.
    shares: bool,
    /// Of each location's expression.
    keys: Vec<Key>,
    /// By their own time.
    pub(super) expressions: HashMap<Key, Heat>,
    /// With what they call.
    pub(super) functions: HashMap<Key, Heat>,
}

/// The samples that shares are of: of both sides the same, all busy time where either had several threads
/// busy at once.
fn whole(profile: &Profile, comparison: &Comparison<'_>) -> u64 {
    match comparison.before.is_parallel() || comparison.after.is_parallel() {
        true => profile.busy_samples(),
        false => profile.run_samples(),
    }
}

impl<'a> Side<'a> {
    /// The recordings before and after.
    pub(super) fn both(comparison: &Comparison<'a>) -> [Self; 2] {
        let profiles = [comparison.before, comparison.after];
        let common = Common::of(comparison);
        let [before, after] = profiles.map(|profile| files_with_texts(profile, &common));
        let known: HashSet<Untrusted> = before.intersection(&after).cloned().collect();
        profiles.map(|profile| Self::of(profile, comparison, &common, &known))
    }

    fn of(
        profile: &'a Profile,
        comparison: &Comparison<'_>,
        common: &Common,
        known: &HashSet<Untrusted>,
    ) -> Self {
        // Busy samples that were kept stand for the torn ones too; idle ones are never torn.
        let kept = if comparison.view.idle { 1.0 } else { profile.kept_part() };
        let (sample, run) = match comparison.shares {
            true => (1.0 / whole(profile, comparison).max(1) as f64, 1.0),
            false => {
                let recordings = comparison.recordings(profile);
                let sample = profile.timing.sample_seconds() / kept;
                (sample / recordings, profile.timing.seconds / recordings)
            }
        };
        let keys = keys(profile, common, known);
        let (expressions, functions) = heats(profile, comparison.view, &keys);
        // Of threads that sleep anyway it is not known what else they waited for.
        let waits = if comparison.view.idle { Waits::NONE } else { Waits::of(profile) };
        let shares = comparison.shares;
        Self { profile, sample, run, waits, shares, keys, expressions, functions }
    }

    /// What so many samples stand for.
    pub(super) fn amount(&self, samples: u64) -> f64 {
        samples as f64 * self.sample
    }

    /// The least and the most of that that it would be if nobody had waited for a processor: all waits may
    /// have been in it, or none.
    pub(super) fn without_waits(&self, samples: u64) -> (f64, f64) {
        let (told, waited) = (self.amount(samples), self.amount(self.waits.samples));
        let least = (told - waited).max(0.0);
        match self.shares {
            true => (least / (1.0 - waited).max(least), told / (1.0 - waited).max(told)),
            false => (least, told),
        }
    }

    /// The standard deviation of that; none is known to less than one sample.
    pub(super) fn deviation(&self, samples: u64) -> f64 {
        (samples as f64 + 1.0).sqrt() * self.sample
    }

    /// The stacks that are compared, leaf first, and how often each was seen: the expression at the
    /// leaf, unless only functions are shown, and the functions, as `of` calls them.
    pub(super) fn stacks<'b, T: Copy + 'b>(
        &'b self,
        view: &'b View,
        of: impl Fn(&Key) -> T,
    ) -> impl Iterator<Item = (Vec<T>, u64)> {
        // Asked once of each location: stacks have a hundred times as many frames.
        let called: Vec<[T; 2]> =
            self.keys.iter().map(|key| [of(key), of(&key.function())]).collect();
        selection::counts(self.profile, view).map(move |count| {
            let locations = &self.profile.stacks[count.stack as usize].locations;
            let leaf = locations.first().filter(|_| !view.functions);
            let leaf = leaf.map(|&id| called[id as usize][0]);
            let functions = locations.iter().map(|&id| called[id as usize][1]);
            (leaf.into_iter().chain(functions).collect(), count.samples)
        })
    }

    /// What something is called at one of its locations: function and place.
    pub(super) fn parts(&self, key: &Key, location: u32) -> (Untrusted, Untrusted) {
        let Location { code, place } = &self.profile.locations[location as usize];
        let place = match key.expression {
            Some(Expression::Text(_) | Expression::At(..)) => *place,
            Some(Expression::Within) | None => Place::line(code.first_line),
        };
        names::frame_parts(&self.profile.target, code, place, key.expression.is_some())
    }
}

impl Key {
    /// That of the function that an expression is in.
    pub(super) fn function(&self) -> Self {
        Self { expression: None, ..self.clone() }
    }
}

/// The files whose texts a recording knows.
fn files_with_texts(profile: &Profile, common: &Common) -> HashSet<Untrusted> {
    let sources = profile.sources.iter().filter(|source| !source.expressions.is_empty());
    sources.map(|source| common.file(profile, &source.file)).collect()
}

/// The key of each location's expression; the function's is the same without it.
fn keys(profile: &Profile, common: &Common, known: &HashSet<Untrusted>) -> Vec<Key> {
    let seen = profile.sources.iter().flat_map(|source| &source.expressions);
    let texts: HashMap<u32, u64> = seen.map(|it| (it.location, it.fingerprint)).collect();
    let locations = (0..).zip(&profile.locations);
    let key = |(id, location): (u32, &Location)| {
        let file = common.file(profile, &location.code.file);
        // What stands in a line is not what stands at columns of it.
        let text = texts.get(&id).filter(|_| common.columns && known.contains(&file));
        let expression = match text {
            Some(&text) => Expression::Text(text),
            None if !common.has_lines_of_both(&location.code.file) => Expression::Within,
            None => place(location, common),
        };
        let function = common.function(&location.code.name);
        Key { file, function, expression: Some(expression) }
    };
    locations.map(key).collect()
}

/// Where it stands in its function; in the file, where not both tell where functions begin.
fn place(location: &Location, common: &Common) -> Expression {
    let place = location.place;
    let first = if common.beginnings { location.code.first_line } else { 0 };
    let from_first = |line: u32| i64::from(line) - i64::from(first);
    match common.columns {
        true => Expression::At(from_first(place.line), from_first(place.end_line), place.columns),
        false => Expression::At(from_first(place.line), from_first(place.line), None),
    }
}

type Heats = HashMap<Key, Heat>;

/// Own samples of expressions, and of functions with what they call, once a stack.
fn heats(profile: &Profile, view: &View, keys: &[Key]) -> (Heats, Heats) {
    // By location first: keys are long, and stacks many.
    let mut own: HashMap<u32, u64> = HashMap::new();
    let mut functions = Heats::new();
    let ids = ids(keys.iter().map(Key::function));
    let mut totals = vec![Heat::default(); keys.len()];
    // The number of the stack that a function was counted in last.
    let mut counted = vec![0; keys.len()];
    for (number, count) in (1..).zip(selection::counts(profile, view)) {
        let locations = &profile.stacks[count.stack as usize].locations;
        if let Some(&leaf) = locations.first() {
            *own.entry(leaf).or_default() += count.samples;
        }
        for &location in locations {
            let id = ids[location as usize];
            if std::mem::replace(&mut counted[id], number) != number {
                totals[id].add(location, count.samples);
            }
        }
    }
    for heat in totals {
        let key = heat.location.map(|location| keys[location as usize].function());
        functions.extend(key.map(|key| (key, heat)));
    }
    let mut expressions = Heats::new();
    let mut own: Vec<(u32, u64)> = own.into_iter().collect();
    own.sort_unstable();
    for (location, samples) in own {
        let key = keys[location as usize].clone();
        expressions.entry(key).or_default().add(location, samples);
    }
    (expressions, functions)
}

impl Heat {
    fn add(&mut self, location: u32, samples: u64) {
        self.samples += samples;
        if samples > self.most {
            (self.location, self.most) = (Some(location), samples);
        }
    }
}

/// Small numbers for keys, equal for equal ones.
fn ids(keys: impl Iterator<Item = Key>) -> Vec<usize> {
    let mut known: HashMap<Key, usize> = HashMap::new();
    keys.map(|key| {
        let next = known.len();
        *known.entry(key).or_insert(next)
    })
    .collect()
}
