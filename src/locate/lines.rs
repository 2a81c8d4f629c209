//! Whether a recording of another tool tells on which lines functions were, or only where they begin,
//! as py-spy does when it is asked for functions.

use std::collections::HashMap;

use advisors::Hotspot;

use crate::profile::Profile;

/// The function that is a file's own code.
const MODULE: &str = "<module>";

/// What a recording leaves open.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lines {
    /// Each stands where it was: unslow recorded it.
    Known,
    /// Some function was seen on two of its lines.
    Likely,
    /// None was.
    Doubtful,
}

impl Lines {
    pub(super) fn of(profile: &Profile) -> Self {
        let mut first = HashMap::new();
        let mut locations = profile.locations.iter();
        let is_doubtful =
            locations.all(|it| *first.entry(&it.code).or_insert(it.place.line) == it.place.line);
        match profile.tells_losses() {
            true => Self::Known,
            false if is_doubtful => Self::Doubtful,
            false => Self::Likely,
        }
    }

    /// Whether everything that was hot in a file stands where its function begins, whichever of its
    /// lines it was on.
    pub(super) fn only_begin(self, text: &str, hotspots: &[Hotspot]) -> bool {
        let lines: Vec<&str> = text.lines().collect();
        let seen = hotspots.iter().filter(|it| it.total_samples + it.idle_samples > 0);
        let stands: Vec<Stands> = seen.map(|it| stands(&lines, it)).collect();
        // The first line of a file is as good as any other to be hot.
        let is_meant = |it: &Stands| match (self, it) {
            (Self::Doubtful, Stands::OnFirst) => true,
            (_, it) => *it == Stands::AtBeginning,
        };
        !matches!(self, Self::Known)
            && !stands.contains(&Stands::Inside)
            && stands.iter().any(is_meant)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Stands {
    AtBeginning,
    /// On the first of a file, whose own code begins there.
    OnFirst,
    Inside,
    /// It has but one line.
    Anywhere,
}

fn stands(lines: &[&str], hotspot: &Hotspot) -> Stands {
    let number = hotspot.place.line as usize;
    let Some(line) = number.checked_sub(1).and_then(|index| lines.get(index)) else {
        return Stands::AtBeginning;
    };
    if hotspot.function == MODULE {
        let is_code = |line: &&&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        return match number {
            1 if lines.iter().filter(is_code).count() == 1 => Stands::Anywhere,
            1 => Stands::OnFirst,
            _ => Stands::Inside,
        };
    }
    let name = hotspot.function.rsplit('.').next().unwrap_or_default();
    if name.starts_with('<') {
        return Stands::Anywhere;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let defined = match words[..] {
        ["async", "def", name, ..] | ["def" | "class", name, ..] => name,
        [word, ..] if word.starts_with('@') => return Stands::AtBeginning,
        _ => return Stands::Inside,
    };
    if !defined.starts_with(name) {
        return Stands::Inside;
    }
    let below = lines[number..].iter().find(|line| !line.trim().is_empty());
    match below.is_some_and(|below| indentation(below) > indentation(line)) {
        true => Stands::AtBeginning,
        false => Stands::Anywhere,
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use advisors::Place;

    use super::*;

    const TEXT: &str = "\
import queue
@retried
def load(path):
    return open(path)

class Shop:
    async def sell(self):
        await self.till

def total(shop): return sum(shop)
load('orders')
";

    fn only_of(lines: Lines, spots: &[(&str, u32)]) -> bool {
        let spot = |&(function, line): &(&str, u32)| Hotspot {
            function: function.to_owned(),
            place: Place::line(line),
            total_samples: 1,
            ..Hotspot::default()
        };
        lines.only_begin(TEXT, &spots.iter().map(spot).collect::<Vec<_>>())
    }

    fn only(spots: &[(&str, u32)]) -> bool {
        only_of(Lines::Likely, spots)
    }

    #[test]
    fn functions_that_all_stand_where_they_begin_are_without_lines() {
        assert!(only(&[("<module>", 1), ("load", 2), ("Shop.sell", 7), ("total", 10)]));
        assert!(only(&[("load", 3)]), "as CPython 3.7 tells a decorated one");
        assert!(only_of(Lines::Doubtful, &[("<module>", 1)]));
        assert!(!only(&[("<module>", 1)]), "functions elsewhere have lines");
        assert!(!only_of(Lines::Known, &[("load", 2)]));
        assert!(!only(&[("<module>", 11), ("load", 2)]));
        assert!(!only(&[("<module>", 1), ("load", 4)]));
        assert!(!only(&[("total", 10)]), "it has no other line");
        assert!(!only(&[("Shop.sell", 3)]), "another function");
        assert!(!only(&[]));
    }
}
