//! Memory that grew, and what ran meanwhile, by line.

use std::collections::BTreeMap;

use advisors::Place;

use super::{names, numbers};
use crate::profile::{Location, Memory, Profile};
use crate::text::Untrusted;

/// Growth below which nothing is said, in bytes: an interpreter takes as much for its imports.
const FEW: u64 = 16 << 20;

/// The same as a part of what there was at first.
const SMALL: f64 = 0.1;

/// Part of the growth below which a line is left out.
const SLIGHT: f64 = 0.05;

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

/// Growth while a line ran.
pub(super) struct Line {
    /// The index of a location on it; `None` when none was seen that would explain it.
    pub(super) location: Option<u32>,
    /// Estimated bytes when there were most.
    pub(super) bytes: u64,
    /// Estimated bytes that were left in the end, where that is known.
    pub(super) left: Option<u64>,
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
    let mut by_line: BTreeMap<Option<(&Untrusted, &Untrusted, u32)>, Line> = BTreeMap::new();
    for growth in &memory.growth {
        let location = growth.location;
        let key = location.map(|id| {
            let Location { code, place } = &profile.locations[id as usize];
            (&code.file, &code.name, place.line)
        });
        let line = by_line.entry(key).or_insert(Line { location, bytes: 0, left: None });
        line.bytes = line.bytes.saturating_add(growth.bytes);
        line.left = match (line.left, growth.left) {
            (Some(sum), Some(left)) => Some(sum.saturating_add(left)),
            (sum, left) => sum.or(left),
        };
    }
    let mut lines: Vec<Line> = by_line.into_values().collect();
    lines.retain(|line| line.most() as f64 >= SLIGHT * whole as f64);
    lines.sort_by_key(|line| std::cmp::Reverse((line.left, line.bytes)));
    lines.truncate(TOP);
    lines
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

    /// `load (orders.py:42)`
    pub(super) fn name(&self, profile: &Profile) -> Option<Untrusted> {
        let Location { code, place } = &profile.locations[self.location? as usize];
        Some(names::line_frame(&profile.target, code, Place::line(place.line), false))
    }

    /// `about 540 MiB while load (orders.py:42) ran, still there in the end (estimate)`
    pub(super) fn sentence(&self, profile: &Profile) -> String {
        let (bytes, fate) = (numbers::mebibytes(self.most()), self.fate());
        match self.name(profile) {
            Some(name) => {
                format!("about {bytes} MiB while {} ran{fate} (estimate)", name.terminal())
            }
            None => format!("about {bytes} MiB while what ran could not be seen{fate} (estimate)"),
        }
    }
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
        let growth =
            growth.iter().map(|&(location, mib)| Growth { location, bytes: mib * MIB, left: None });
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
            .map(|line| (line.name(&profile).map(|name| name.terminal()), line.bytes / MIB))
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
