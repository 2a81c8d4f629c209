//! Large containers at hotspots, and how much memory they take.

use std::collections::BTreeMap;

use super::{names, numbers};
use crate::profile::{Location, OperandSeen, Origin, Profile};
use crate::sample::Footprint;
use crate::text::Untrusted;

/// Bytes with all that it holds below which a container is not told of.
const LEAST: u64 = 1 << 20;

/// Containers that are told of.
const TOP: usize = 5;

/// A container of the program's own code at a place that was hot enough to be looked at.
pub(super) struct Container<'a> {
    /// Where it was seen largest.
    pub(super) location: &'a Location,
    /// What it was there.
    pub(super) seen: &'a OperandSeen,
    /// What it takes, by estimate.
    pub(super) footprint: Footprint,
}

/// Those that take most, each once a function.
pub(super) fn containers(profile: &Profile) -> Vec<Container<'_>> {
    let mut found: BTreeMap<(&Untrusted, &Untrusted, &Untrusted), Container<'_>> = BTreeMap::new();
    for seen in &profile.operands {
        let location = profile.locations.get(seen.location as usize);
        let Some((location, footprint)) = location.zip(seen.footprint) else { continue };
        if footprint.deep < LEAST || Origin::of(&location.code.file) != Origin::Own {
            continue;
        }
        let container = Container { location, seen, footprint };
        let key = (&location.code.file, &location.code.name, &seen.expression);
        let size = |it: &Container<'_>| (it.footprint.shallow, it.seen.observations);
        let is_better = |known: &Container<'_>| size(known) < size(&container);
        if found.get(&key).is_none_or(is_better) {
            found.insert(key, container);
        }
    }
    let mut found: Vec<Container<'_>> = found.into_values().collect();
    found.sort_by_key(|it| std::cmp::Reverse(it.footprint.deep));
    found.truncate(TOP);
    found
}

impl Container<'_> {
    /// Its usual length.
    pub(super) fn length(&self) -> Option<u64> {
        self.seen.lengths.map(|lengths| lengths.median)
    }

    /// `rows` (etl.py:41), a list: 800 kB itself, about 45 MB with what it holds, when seen
    /// largest (estimate). Without the length, which is that of more looks than the estimate is.
    pub(super) fn sentence(&self, profile: &Profile) -> String {
        let code = &self.location.code;
        let place = names::place(&profile.target, &code.file, self.location.place);
        format!(
            "`{}` ({}), a {}: {} itself, about {} with what it holds, when seen largest (estimate)",
            self.seen.expression.terminal(),
            place.terminal(),
            self.seen.type_name.terminal(),
            numbers::bytes(self.footprint.shallow),
            numbers::bytes(self.footprint.deep),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::Lengths;
    use crate::sample::Code;

    fn location(function: &str, file: &str, line: u32) -> Location {
        let (name, file) = (Untrusted::new(function), Untrusted::new(file));
        let code = Arc::new(Code { name, file, first_line: 1 });
        Location { code, place: Place::line(line) }
    }

    fn seen(location: u32, name: &str, observations: u32, deep: u64) -> OperandSeen {
        OperandSeen {
            location,
            expression: Untrusted::new(name),
            type_name: Untrusted::new("list"),
            observations,
            lengths: Some(Lengths { min: 9, median: 100_000, max: 200_000, first: 9, last: 9 }),
            elements: Vec::new(),
            distinct: None,
            footprint: (deep > 0).then_some(Footprint { shallow: 800_056, deep }),
        }
    }

    #[test]
    fn what_grew_is_told_as_it_was_last() {
        let mut early = seen(0, "rows", 30, 9_000_000);
        early.footprint = Some(Footprint { shallow: 80_056, deep: 9_000_000 });
        let late = seen(1, "rows", 2, 90_000_000);
        let locations = vec![location("load", "etl.py", 41), location("load", "etl.py", 42)];
        let profile = Profile { locations, operands: vec![early, late], ..Profile::default() };
        let told: Vec<u64> = containers(&profile).iter().map(|it| it.footprint.deep).collect();
        assert_eq!(told, [90_000_000]);
    }

    #[test]
    fn the_largest_of_own_code_are_told_once_a_function() {
        let profile = Profile {
            locations: vec![
                location("load", "etl.py", 41),
                location("load", "etl.py", 42),
                location("dumps", "/usr/lib/python3.13/json/encoder.py", 9),
            ],
            operands: vec![
                seen(0, "rows", 3, 45_000_000),
                seen(1, "rows", 9, 44_000_000),
                seen(1, "names", 9, 90_000_000),
                seen(1, "small", 9, 900_000),
                seen(1, "unknown", 9, 0),
                seen(2, "o", 9, 99_000_000),
            ],
            ..Profile::default()
        };
        let told: Vec<String> =
            containers(&profile).iter().map(|it| it.sentence(&profile)).collect();
        assert_eq!(
            told,
            [
                "`names` (etl.py:42), a list: 800.1 kB itself, about 90 MB with what it \
             holds, when seen largest (estimate)",
                "`rows` (etl.py:42), a list: 800.1 kB itself, about 44 MB with what it \
             holds, when seen largest (estimate)",
            ]
        );
    }
}
