//! Profile to hotspots and the sources they stand in.

mod at_once;
mod began;
mod callees;
mod detours;
mod directory;
mod event_loop;
mod excerpts;
mod files;
mod hotspots;
mod lines;
mod project;
mod repository;
mod shortened;

pub use detours::leave_out as leave_out_detours;
pub use directory::assumed_directory;
pub use excerpts::Excerpts;
pub use project::{Nameless, nameless, nameless_exception};
pub use repository::place_in_repository;

use std::path::PathBuf;
use std::time::SystemTime;

use advisors::{Hotspot, Source};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::profile::source::fingerprint;
use crate::profile::{ExpressionSeen, Origin, Profile, SourceSeen, Stack, Target};
use crate::rules::Rules;
use crate::text::Untrusted;
use files::FileError;
use lines::Lines;
use shortened::Shortened;

/// A file is opened when at least this share of all samples, idle ones too, passes through it: an
/// idle parent of busy workers is where their pool is made.
const SHARE_OF_INTEREST: f64 = 0.005;

/// Something that could not be looked at, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Unlooked {
    /// An advisor's id, or the name of a file or of several.
    pub what: Untrusted,
    /// Why, as a clause: `needs operand types: CPython 3.11 or later`.
    pub why: String,
    /// Of a source, the share of the run that passes through it, 0 to 1; threads that waited in it
    /// count as well.
    pub share: Option<f64>,
}

/// A source file of the target with its sampled places.
#[derive(Debug)]
pub struct File {
    /// As the target names it.
    pub name: Untrusted,
    /// What stands in it.
    pub source: Source,
    /// Hottest first.
    pub hotspots: Vec<Hotspot>,
    /// What it is told by later.
    pub seen: SourceSeen,
}

/// Where the target's files are now, when they are not where it says.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Where its file system begins: `/proc/PID/root` for a live process, so that a program in a
    /// container is read from its own files.
    pub root: Option<PathBuf>,
    /// Where the files of its working directory are, for a profile that was recorded elsewhere.
    pub directory: Option<PathBuf>,
    /// When the program began, where it was recorded just now: a file that was changed later is
    /// not the one that ran.
    pub began: Option<SystemTime>,
}

/// A hot file of the target that is not opened yet: a parsed file takes dozens of times the memory of
/// its text, and may be opened when its turn comes.
#[derive(Debug)]
pub struct HotFile<'a> {
    profile: &'a Profile,
    sources: &'a Sources,
    lines: Lines,
    name: Untrusted,
    /// A file of the program that may be meant, where the name is shortened and one of Python's too.
    namesake: Option<Untrusted>,
    /// Hottest first.
    hotspots: Vec<Hotspot>,
    /// The profile's locations in it.
    places: Vec<u32>,
}

/// Finds the hot files of the user's own code, hottest first.
pub fn locate<'a>(
    profile: &'a Profile,
    sources: &'a Sources,
    rules: &'a Rules,
) -> impl Iterator<Item = HotFile<'a>> {
    let worth_opening = profile.samples() as f64 * SHARE_OF_INTEREST;
    let is_hot = move |hotspots: &[Hotspot]| {
        let samples: u64 = hotspots.iter().map(|h| h.total_samples + h.idle_samples).sum();
        samples as f64 >= worth_opening
    };
    let mut places = places(profile);
    let lines = Lines::of(profile);
    let Shortened { others, mut namesakes } = shortened::told_apart(profile, sources, rules);
    let files = hotspots::by_file(profile).into_iter();
    files
        .filter(move |(name, hotspots)| {
            let may_be_own =
                !others.contains(name) && (has_source(name) || is_program(name, profile));
            is_hot(hotspots) && may_be_own && is_to_change(name, profile, sources, rules)
        })
        .map(move |(name, hotspots)| {
            let places = places.remove(&name).unwrap_or_default();
            let namesake = namesakes.remove(&name);
            HotFile { profile, sources, lines, name, namesake, hotspots, places }
        })
}

impl HotFile<'_> {
    /// Opens the file and makes sure that it is the one that ran.
    ///
    /// # Errors
    /// Says what stands in the way, and the share of the run that is not looked at for it.
    pub fn open(self) -> Result<File, Unlooked> {
        let Self { profile, sources, lines, name, namesake, hotspots, places } = self;
        let found = match has_source(&name) {
            true => files::open(&name, profile.target.base(), sources),
            false => Err(FileError::NoFile),
        };
        let opened = found
            .and_then(|opened| {
                let began = sources.began.map(|program| began::began(profile, &name, program));
                opened.check(&hotspots, &profile.sources, began)
            })
            .and_then(|opened| match lines.only_begin(opened.source.text(), &hotspots) {
                true => Err(FileError::NoLines),
                false => Ok(opened),
            });
        match opened {
            Ok(opened) => {
                let (source, mut seen) = (opened.source, opened.seen);
                seen.expressions = expressions(profile, &source, &places);
                Ok(File { name, source, hotspots, seen })
            }
            Err(error) => {
                let error = match (error, namesake) {
                    (FileError::Missing, Some(namesake)) => FileError::Namesake(namesake),
                    (error, _) => error,
                };
                let share = Some(share_of(profile, &name));
                Err(Unlooked { what: name, why: error.to_string(), share })
            }
        }
    }
}

/// The locations of each file.
fn places(profile: &Profile) -> FxHashMap<&Untrusted, Vec<u32>> {
    let mut places: FxHashMap<&Untrusted, Vec<u32>> = FxHashMap::default();
    for (id, location) in (0..).zip(&profile.locations) {
        places.entry(&location.code.file).or_default().push(id);
    }
    places
}

/// What stands at places of a file.
fn expressions(profile: &Profile, source: &Source, places: &[u32]) -> Vec<ExpressionSeen> {
    let seen = |&location: &u32| {
        let range = source.range(profile.locations[location as usize].place)?;
        Some(ExpressionSeen { location, fingerprint: fingerprint(source.slice(range)) })
    };
    places.iter().filter_map(seen).collect()
}

/// The share of the run that passes through a file, busy or not.
fn share_of(profile: &Profile, file: &Untrusted) -> f64 {
    let passes = |stack| profile.frames(stack).any(|location| location.code.file == *file);
    let through = profile.counts.iter().filter(|count| passes(count.stack));
    let samples: u64 = through.map(|count| count.samples).sum();
    (samples as f64 / profile.run_samples().max(1) as f64).min(1.0)
}

/// Advice is for code that its reader can change.
fn is_to_change(name: &Untrusted, profile: &Profile, sources: &Sources, rules: &Rules) -> bool {
    let directory = profile.target.base().map(Untrusted::data);
    let is_own = || Origin::of(name) == Origin::Own;
    match rules.is_mine(name.data(), directory) {
        Some(false) if is_own() => may_be_mine(name, &profile.target, sources, rules),
        Some(is_mine) => is_mine,
        None => is_own(),
    }
}

/// Whether the whole program stands in what is no file: stacks begin in its module. What other code
/// makes of a string (`exec`, a data class) is that one's.
fn is_program(name: &Untrusted, profile: &Profile) -> bool {
    let begins = |stack: &Stack| {
        let outermost = stack.locations.last().map(|&it| &profile.locations[it as usize].code);
        outermost.is_some_and(|code| code.file == *name && code.name.data() == "<module>")
    };
    !name.is_empty() && profile.stacks.iter().any(begins)
}

/// Whether a file that `paths` does not name, going by what the program called it, is one that it
/// names where it is now; and whether it could be, where it is nowhere: the program may have had the
/// project's files in another folder, and other tools shorten names.
fn may_be_mine(name: &Untrusted, target: &Target, sources: &Sources, rules: &Rules) -> bool {
    if let Some(place) = files::whereabouts(name, target.base(), sources) {
        return rules.is_mine(&place.to_string_lossy(), None) == Some(true);
    }
    match &target.directory {
        Some(directory) => {
            let whole = files::whole(name, Some(directory));
            whole.starts_with(directory.path()) && !rules.is_of_project(&whole)
        }
        None => !rules.is_of_project(name.path()),
    }
}

/// Hot files that would be taken for the user's own were it not for `paths`, hottest first.
pub fn left_out<'a>(profile: &'a Profile, rules: &Rules) -> Vec<&'a Untrusted> {
    let directory = profile.target.base().map(Untrusted::data);
    let is_left_out = |name: &Untrusted| {
        has_source(name)
            && Origin::of(name) == Origin::Own
            && rules.is_mine(name.data(), directory) == Some(false)
    };
    if rules.mine.is_none() {
        return Vec::new();
    }
    let files: FxHashSet<&Untrusted> = profile.locations.iter().map(|it| &it.code.file).collect();
    let left_out: FxHashSet<&Untrusted> = files.into_iter().filter(|it| is_left_out(it)).collect();
    let mut samples: FxHashMap<&Untrusted, u64> = FxHashMap::default();
    for count in profile.counts.iter().filter(|count| count.samples > 0) {
        let frames = profile.frames(count.stack).map(|location| &location.code.file);
        for file in frames.filter(|file| left_out.contains(file)).collect::<FxHashSet<_>>() {
            *samples.entry(file).or_default() += count.samples;
        }
    }
    let worth_opening = profile.samples() as f64 * SHARE_OF_INTEREST;
    samples.retain(|_, through| *through as f64 > worth_opening);
    let mut files: Vec<(&Untrusted, u64)> = samples.into_iter().collect();
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    files.into_iter().map(|(file, _)| file).collect()
}

/// Whether that is the name of a file, not of something like `<string>`.
fn has_source(name: &Untrusted) -> bool {
    !name.is_empty() && !name.data().starts_with('<')
}
