//! Memory that grew, and what ran meanwhile, by line.

use std::collections::BTreeMap;

use advisors::Place;

use super::{names, numbers};
use crate::profile::{Growth, Location, Memory, Origin, Profile};
use crate::text::Untrusted;

/// Growth below which nothing is said, in bytes: an interpreter takes as much for its imports.
const FEW: u64 = 16 << 20;

/// The same as a part of what there was at first.
const SMALL: f64 = 0.1;

/// Part of the growth below which a line is left out.
const SLIGHT: f64 = 0.05;

/// Part of a line's growth from which on it is told where it was in a library, or who had called it.
const GOOD: f64 = 0.25;

/// Parts of it that are told as all and as none.
const NEARLY_ALL: f64 = 0.9;
const HARDLY_ANY: f64 = 0.1;

/// Lines that are named.
const TOP: usize = 5;

/// A process whose memory grew.
pub(super) struct Grown<'a> {
    /// Its memory.
    pub(super) memory: &'a Memory,
    /// How much it grew, in bytes: the most that it had beyond what it had at first, or what it took
    /// and did not give back where that is more.
    pub(super) bytes: u64,
    /// What that is put down to: what is left in the end first, largest first.
    pub(super) lines: Vec<Line>,
}

/// Growth while a line ran: one of the program's own, where there was any.
pub(super) struct Line {
    /// The index of a location on it; `None` when none was seen that would explain it.
    pub(super) location: Option<u32>,
    /// Estimated bytes when there were most.
    pub(super) bytes: u64,
    /// Estimated bytes that were left in the end, where that is known.
    pub(super) left: Option<u64>,
    /// Where it was in a library that it had called, for a good part of that: locations.
    pub(super) inside: Vec<u32>,
    /// From where its function was called, for a good part of that: locations.
    pub(super) callers: Vec<u32>,
}

/// The processes that grew by enough to be told of, most first.
pub(super) fn grown(profile: &Profile) -> Vec<Grown<'_>> {
    let mut grown: Vec<Grown<'_>> = (profile.memory.iter())
        .filter_map(|memory| {
            let left = memory.growth.iter().filter_map(|growth| growth.left).sum();
            let bytes = memory.peak.saturating_sub(memory.first()).max(left);
            let is_much = bytes >= FEW && bytes as f64 >= SMALL * memory.first() as f64;
            is_much.then(|| Grown { memory, bytes, lines: lines(profile, memory, bytes) })
        })
        .collect();
    grown.sort_by_key(|grown| (std::cmp::Reverse(grown.bytes), grown.memory.pid));
    grown
}

fn lines(profile: &Profile, memory: &Memory, whole: u64) -> Vec<Line> {
    let mut gathered: BTreeMap<Option<Key<'_>>, Gathered> = BTreeMap::new();
    for growth in &memory.growth {
        let (location, inside) = whose(profile, growth);
        let caller = growth.caller.filter(|_| inside.is_none());
        let of_line = gathered.entry(location.map(|id| key(profile, id))).or_default();
        of_line.add(location, growth);
        let parts = [(&mut of_line.inside, inside), (&mut of_line.callers, caller)];
        for (part, id) in parts.into_iter().filter_map(|(part, id)| Some((part, id?))) {
            part.entry(key(profile, id)).or_insert((id, 0)).1 += growth.most();
        }
    }
    let mut lines: Vec<Line> = gathered.into_values().map(Gathered::finish).collect();
    lines.retain(|line| line.most() as f64 >= SLIGHT * whole as f64);
    lines.sort_by_key(|line| std::cmp::Reverse((line.left, line.bytes)));
    lines.truncate(TOP);
    lines
}

/// What tells lines apart.
type Key<'a> = (&'a Untrusted, &'a Untrusted, u32);

fn key(profile: &Profile, location: u32) -> Key<'_> {
    let Location { code, place } = &profile.locations[location as usize];
    (&code.file, &code.name, place.line)
}

/// The nearest line of the program, and where it was in a library.
fn whose(profile: &Profile, growth: &Growth) -> (Option<u32>, Option<u32>) {
    let is_own =
        |id: u32| Origin::of_code(&profile.locations[id as usize].code) == Some(Origin::Own);
    match (growth.location, growth.caller) {
        (Some(location), Some(caller)) if !is_own(location) => (Some(caller), Some(location)),
        (location, _) => (location, None),
    }
}

/// What is put down to one line.
#[derive(Default)]
struct Gathered<'a> {
    location: Option<u32>,
    bytes: u64,
    left: Option<u64>,
    inside: BTreeMap<Key<'a>, (u32, u64)>,
    callers: BTreeMap<Key<'a>, (u32, u64)>,
}

impl Gathered<'_> {
    fn add(&mut self, location: Option<u32>, growth: &Growth) {
        self.location = self.location.or(location);
        self.bytes = self.bytes.saturating_add(growth.bytes);
        self.left = match (self.left, growth.left) {
            (Some(sum), Some(left)) => Some(sum.saturating_add(left)),
            (sum, left) => sum.or(left),
        };
    }

    fn finish(self) -> Line {
        let most = self.bytes.max(self.left.unwrap_or(0));
        let largest = |parts: BTreeMap<Key<'_>, (u32, u64)>| {
            let mut parts: Vec<(u32, u64)> = parts.into_values().collect();
            parts.retain(|(_, bytes)| *bytes as f64 >= GOOD * most as f64);
            parts.sort_by_key(|&(_, bytes)| std::cmp::Reverse(bytes));
            parts.into_iter().map(|(id, _)| id).collect()
        };
        let Self { location, bytes, left, inside, callers } = self;
        Line { location, bytes, left, inside: largest(inside), callers: largest(callers) }
    }
}

impl Line {
    /// The larger of what there was in the end and when there was most.
    fn most(&self) -> u64 {
        self.bytes.max(self.left.unwrap_or(0))
    }

    /// What became of it.
    fn fate(&self) -> String {
        let Some(left) = self.left else { return String::new() };
        match left as f64 / self.most().max(1) as f64 {
            part if part >= NEARLY_ALL => ", still there in the end".to_owned(),
            part if part > HARDLY_ANY => {
                format!(", {} MiB of them still there in the end", numbers::mebibytes(left))
            }
            _ => ", given back since".to_owned(),
        }
    }

    /// `about 540 MiB while load (orders.py:42) ran, in loads (json/__init__.py:346), still there in the
    /// end (estimate)`
    pub(super) fn sentence(&self, profile: &Profile) -> String {
        let (bytes, fate) = (numbers::mebibytes(self.most()), self.fate());
        let Some(location) = self.location else {
            return format!("about {bytes} MiB while what ran could not be seen{fate} (estimate)");
        };
        let called = named(profile, ", called from ", &self.callers);
        let inside = named(profile, ", in ", &self.inside);
        let name = name(profile, location);
        format!("about {bytes} MiB while {name} ran{called}{inside}{fate} (estimate)")
    }
}

fn named(profile: &Profile, before: &str, locations: &[u32]) -> String {
    let names: Vec<String> = locations.iter().map(|&id| name(profile, id)).collect();
    match &names[..] {
        [] => String::new(),
        [name] => format!("{before}{name}"),
        [others @ .., last] => format!("{before}{} and {last}", others.join(", ")),
    }
}

/// `load (orders.py:42)`
fn name(profile: &Profile, location: u32) -> String {
    let Location { code, place } = &profile.locations[location as usize];
    names::line_frame(&profile.target, code, Place::line(place.line), false).terminal()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::{Growth, MemoryPoint};
    use crate::sample::Code;

    const MIB: u64 = 1 << 20;

    fn profile(first: u64, peak: u64, growth: &[(Option<u32>, u64)]) -> Profile {
        let code = Arc::new(Code {
            name: Untrusted::new("load"),
            file: Untrusted::new("etl.py"),
            first_line: 1,
        });
        let location = |line, columns| Location {
            code: Arc::clone(&code),
            place: Place { columns: Some(columns), ..Place::line(line) },
        };
        let growth = growth.iter().map(|&(location, mib)| Growth {
            location,
            bytes: mib * MIB,
            ..Growth::default()
        });
        Profile {
            locations: vec![location(3, (0, 4)), location(3, (5, 9)), location(4, (0, 1))],
            memory: vec![Memory {
                pid: 7,
                peak: peak * MIB,
                points: vec![MemoryPoint { at: 0.0, resident: first * MIB }],
                growth: growth.collect(),
            }],
            ..Profile::default()
        }
    }

    #[test]
    fn expressions_of_a_line_are_one_line_and_little_is_left_out() {
        let growth = [(Some(0), 40), (Some(1), 30), (None, 25), (Some(2), 2)];
        let profile = profile(50, 150, &growth);
        let [grown] = &grown(&profile)[..] else { panic!("one process") };
        assert_eq!(grown.bytes, 100 * MIB);
        let lines: Vec<_> = (grown.lines.iter())
            .map(|line| (line.location.map(|id| name(&profile, id)), line.bytes / MIB))
            .collect();
        assert_eq!(lines, [(Some("load (etl.py:3)".to_owned()), 70), (None, 25)]);
    }

    #[test]
    fn what_is_left_in_the_end_comes_first() {
        let mut profile = profile(10, 310, &[(Some(0), 300), (Some(2), 0), (None, 40)]);
        for (growth, left) in profile.memory[0].growth.iter_mut().zip([0, 200, 15]) {
            growth.left = Some(left * MIB);
        }
        let [grown] = &grown(&profile)[..] else { panic!("one process") };
        let told: Vec<_> = grown.lines.iter().map(|line| line.sentence(&profile)).collect();
        assert_eq!(
            told,
            [
                "about 200 MiB while load (etl.py:4) ran, still there in the end (estimate)",
                "about 40 MiB while what ran could not be seen, 15 MiB of them still there in the end \
                 (estimate)",
                "about 300 MiB while load (etl.py:3) ran, given back since (estimate)",
            ]
        );
    }

    /// What is told of growth by innermost line and caller, in MiB.
    fn told(growth: &[(u32, Option<u32>, u64)]) -> Vec<String> {
        let mut profile = profile(10, 110, &[]);
        let at = |name: &str, file: &str, line| Location {
            code: Arc::new(Code {
                name: Untrusted::new(name),
                file: Untrusted::new(file),
                first_line: 1,
            }),
            place: Place::line(line),
        };
        profile.locations = vec![
            at("load", "etl.py", 3),
            at("scan", "/usr/lib/python3.13/json/decoder.py", 9),
            at("decode", "/usr/lib/python3.13/json/decoder.py", 7),
            at("rows", "helper.py", 4),
            at("keep", "etl.py", 20),
            at("drop", "etl.py", 30),
        ];
        let growth = growth.iter().map(|&(location, caller, mib)| Growth {
            location: Some(location),
            caller,
            bytes: mib * MIB,
            left: None,
        });
        profile.memory[0].growth = growth.collect();
        let [grown] = &grown(&profile)[..] else { panic!("one process") };
        grown.lines.iter().map(|line| line.sentence(&profile)).collect()
    }

    #[test]
    fn growth_in_a_library_is_told_by_the_line_that_had_called_it() {
        assert_eq!(
            told(&[(1, Some(0), 50), (2, Some(0), 30), (1, None, 20)]),
            [
                "about 80 MiB while load (etl.py:3) ran, in scan (json/decoder.py:9) and decode \
                 (json/decoder.py:7) (estimate)",
                "about 20 MiB while scan (json/decoder.py:9) ran (estimate)",
            ]
        );
    }

    #[test]
    fn growth_in_a_helper_is_told_with_those_for_whom_it_works() {
        assert_eq!(
            told(&[(3, Some(4), 90), (3, Some(5), 10), (0, None, 20)]),
            [
                "about 100 MiB while rows (helper.py:4) ran, called from keep (etl.py:20) (estimate)",
                "about 20 MiB while load (etl.py:3) ran (estimate)",
            ]
        );
    }

    #[test]
    fn little_growth_is_not_told() {
        for (first, peak, told) in [
            (50, 66, true),
            (50, 65, false),
            (1_000, 1_099, false),
            (1_000, 1_100, true),
            (9, 0, false),
        ] {
            assert_eq!(
                grown(&profile(first, peak, &[])).len(),
                usize::from(told),
                "{first} {peak}"
            );
        }
    }
}
