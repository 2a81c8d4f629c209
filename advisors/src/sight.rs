//! What was seen of a name in the process.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ruff_text_size::TextRange;

use crate::heat::same_code;
use crate::{Case, Heat, Hotspot, Lengths, Operand};

/// Share of the looks that must have found one type for it to stand for all.
const AGREEMENT: f64 = 0.8;

/// Types of the standard library, NumPy and pandas that no set and no dict takes.
const NO_KEYS: &[&str] = &[
    "bytearray",
    "Counter",
    "DataFrame",
    "defaultdict",
    "deque",
    "dict",
    "list",
    "ndarray",
    "Series",
    "set",
];

/// Whether values of a type cannot be hashed.
pub(crate) fn is_no_key(type_name: &str) -> bool {
    NO_KEYS.contains(&type_name)
}

/// Mappings of the standard library that are told by a name which a class of the program may have too.
const MAPPINGS: &[&str] = &["Counter", "OrderedDict", "defaultdict"];

/// Whether an operand of a type of such a name is what the name says: the file imports it.
pub(crate) fn is_what_it_is_called(case: &Case<'_>, operand: &Operand) -> bool {
    let name = operand.type_name.as_str();
    !MAPPINGS.contains(&name)
        || case.tree.imports_one_of(&["collections", &format!("collections.{name}")])
}

/// What the process showed of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Nobody looked: an older CPython, or the place was not among the hottest.
    Unseen,
    /// It was bound to objects of different types.
    Mixed,
    /// (Nearly) always one type, with what was seen of it.
    Seen(Operand),
}

impl Sight {
    /// The operand, when it was seen with one type.
    pub fn seen(self) -> Option<Operand> {
        match self {
            Self::Seen(operand) => Some(operand),
            Self::Unseen | Self::Mixed => None,
        }
    }
}

impl Case<'_> {
    /// What was seen for the name `expression` within `range` or, when nobody looked there or a
    /// list's length could not be told there, at the other hotspots of the same code objects.
    pub fn sight(&self, range: TextRange, expression: &str) -> Sight {
        let here = self.hotspots_within(range);
        match judge(&looks_at(&here, expression)) {
            Sight::Unseen => self.elsewhere(&here, expression),
            // A list is empty while it is being sorted.
            Sight::Seen(here_seen) if is_list_without_length(&here_seen) => {
                let other = self.elsewhere(&here, expression).seen();
                let other = other.filter(|other| other.type_name == here_seen.type_name);
                Sight::Seen(other.unwrap_or(here_seen))
            }
            sight => sight,
        }
    }

    /// What was seen most often of a name that had several types, and the part of the looks that found it, 0
    /// to 1, with its 95 % interval.
    pub(crate) fn most_often(&self, range: TextRange, expression: &str) -> Option<(Operand, Heat)> {
        let here = self.hotspots_within(range);
        let looks = looks_at(&here, expression);
        let count = |of: &str| -> u64 {
            let same = looks.iter().filter(|look| look.type_name == of);
            same.map(|look| u64::from(look.observations)).sum()
        };
        let all = looks.iter().map(|look| u64::from(look.observations)).sum();
        let most = looks.iter().max_by_key(|look| count(&look.type_name))?;
        let part = Heat::of(count(&most.type_name), 0, all);
        Some((Operand::clone(most), part))
    }

    /// What was seen at all hotspots of the code objects of these.
    fn elsewhere(&self, here: &[&Hotspot], expression: &str) -> Sight {
        let is_beside = |spot: &&Hotspot| here.iter().any(|stands| same_code(stands, spot));
        let spots: Vec<&Hotspot> = self.hotspots.iter().filter(is_beside).collect();
        judge(&looks_at(&spots, expression))
    }

    /// As [`Case::sight`], when it was seen with one type.
    pub fn operand(&self, range: TextRange, expression: &str) -> Option<Operand> {
        self.sight(range, expression).seen()
    }
}

fn is_list_without_length(seen: &Operand) -> bool {
    seen.type_name == "list" && seen.lengths.is_none()
}

/// Keys are told as `repr()` has them, and only such as need nothing escaped.
fn looks_at<'h>(hotspots: &[&'h Hotspot], expression: &str) -> Vec<&'h Operand> {
    let expression = match expression.contains(['\'', '\\']) {
        true => Cow::Borrowed(expression),
        false => Cow::Owned(expression.replace('"', "'")),
    };
    hotspots
        .iter()
        .flat_map(|hotspot| &hotspot.operands)
        .filter(|operand| operand.expression == expression && operand.observations > 0)
        .collect()
}

fn judge(looks: &[&Operand]) -> Sight {
    let all: u32 = looks.iter().map(|look| look.observations).sum();
    let mut counts = BTreeMap::<&str, u32>::new();
    for look in looks {
        *counts.entry(&look.type_name).or_default() += look.observations;
    }
    let Some((&type_name, &observations)) = counts.iter().max_by_key(|(_, count)| **count) else {
        return Sight::Unseen;
    };
    if f64::from(observations) < AGREEMENT * f64::from(all) {
        return Sight::Mixed;
    }
    let same: Vec<&Operand> =
        looks.iter().filter(|look| look.type_name == type_name).copied().collect();
    let mut elements: Vec<String> = Vec::new();
    for element in same.iter().flat_map(|look| &look.elements) {
        if !elements.contains(element) {
            elements.push(element.clone());
        }
    }
    Sight::Seen(Operand {
        expression: same[0].expression.clone(),
        type_name: type_name.to_owned(),
        observations,
        lengths: summarise(&same),
        elements,
        distinct: same.iter().filter_map(|look| look.distinct).max_by_key(|it| it.calls),
    })
}

/// One summary of several: the median is the one that splits the looks in halves.
fn summarise(looks: &[&Operand]) -> Option<Lengths> {
    let mut parts: Vec<(Lengths, u32)> =
        looks.iter().filter_map(|look| Some((look.lengths?, look.observations))).collect();
    let first = parts.first()?.0.first;
    let last = parts.last()?.0.last;
    let min = parts.iter().map(|(lengths, _)| lengths.min).min()?;
    let max = parts.iter().map(|(lengths, _)| lengths.max).max()?;
    parts.sort_by_key(|(lengths, _)| lengths.median);
    let half = parts.iter().map(|(_, count)| count).sum::<u32>().div_ceil(2);
    let mut passed = 0;
    let middle = parts.iter().find(|(_, count)| {
        passed += count;
        passed >= half
    });
    Some(Lengths { min, median: middle?.0.median, max, first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(type_name: &str, observations: u32, length: u64, element: &str) -> Operand {
        let lengths =
            Lengths { min: length, median: length, max: length, first: length, last: length };
        Operand {
            expression: "seen".to_owned(),
            type_name: type_name.to_owned(),
            observations,
            lengths: Some(lengths),
            elements: vec![element.to_owned()],
            distinct: None,
        }
    }

    #[test]
    fn the_dominant_type_stands_for_all() {
        let looks =
            [look("list", 6, 10, "int"), look("NoneType", 2, 0, "x"), look("list", 4, 30, "str")];
        let seen = judge(&looks.iter().collect::<Vec<_>>()).seen().unwrap();
        assert_eq!((seen.type_name.as_str(), seen.observations), ("list", 10));
        assert_eq!(seen.elements, ["int", "str"]);
        let lengths = seen.lengths.unwrap();
        assert_eq!((lengths.min, lengths.median, lengths.max, lengths.last), (10, 10, 30, 30));
    }

    #[test]
    fn types_that_disagree_are_not_seen() {
        let looks = [look("list", 6, 10, "int"), look("set", 4, 10, "int")];
        assert_eq!(judge(&looks.iter().collect::<Vec<_>>()), Sight::Mixed);
        assert_eq!(judge(&[]), Sight::Unseen);
    }
}
