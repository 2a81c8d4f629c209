//! Looks at operands, folded into one line for each name and type.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits;
use crate::profile::{Distinct, Lengths, OperandSeen};
use crate::sample::{Footprint, Operand, Value};
use crate::text::Untrusted;

/// All looks, by location, name and type. The sampler bounds how many there are of each.
#[derive(Debug, Default)]
pub(super) struct Looks {
    seen: BTreeMap<(u32, Untrusted, Untrusted), Look>,
}

#[derive(Debug, Default)]
struct Look {
    observations: u32,
    /// Distinct element types over all looks.
    elements: BTreeSet<Untrusted>,
    /// Length and how many samples it stands for, in order of time.
    lengths: Vec<(u64, u32)>,
    /// Of a function's arguments: the values, and how many calls they were of.
    values: BTreeSet<u64>,
    calls: u32,
    outrun: u32,
    footprints: Vec<Footprint>,
}

impl Look {
    fn distinct(&self) -> Option<Distinct> {
        let values = self.values.len() as u32 + self.outrun;
        (self.calls > 0).then_some(Distinct { calls: self.calls, values })
    }
}

impl Looks {
    pub(super) fn add(&mut self, location: u32, operand: Operand) {
        let key = (location, operand.expression, operand.type_name);
        if self.seen.len() >= limits::RECORDED_LOOKS && !self.seen.contains_key(&key) {
            return;
        }
        let look = self.seen.entry(key).or_default();
        look.observations += 1;
        look.elements.extend(operand.elements);
        look.footprints.extend(operand.footprint);
        match operand.value {
            Some(Value::Digest(value)) => {
                look.calls += 1;
                look.values.insert(value);
            }
            Some(Value::Outrun) => (look.calls, look.outrun) = (look.calls + 1, look.outrun + 1),
            Some(Value::Shared) | None => {}
        }
        if let Some(length) = operand.length {
            look.lengths.push((length, operand.weight.max(1)));
        }
    }

    /// Gives locations other ids; what was seen at those that have none any more goes with them.
    pub(super) fn renumber(&mut self, new: impl Fn(u32) -> Option<u32>) {
        let seen = std::mem::take(&mut self.seen).into_iter();
        let moved = seen.filter_map(|((location, expression, type_name), look)| {
            Some(((new(location)?, expression, type_name), look))
        });
        self.seen = moved.collect();
    }

    pub(super) fn summarise(self) -> Vec<OperandSeen> {
        self.seen
            .into_iter()
            .map(|((location, expression, type_name), look)| OperandSeen {
                location,
                expression,
                type_name,
                observations: look.observations,
                lengths: summary(&look.lengths),
                distinct: look.distinct(),
                footprint: largest(look.footprints),
                elements: look.elements.into_iter().collect(),
            })
            .collect()
    }
}

/// What it took when it was about as large as it was ever seen: of these looks the one of which as many
/// told of more memory as of less, since what it holds is estimated.
fn largest(mut footprints: Vec<Footprint>) -> Option<Footprint> {
    let most = footprints.iter().map(|it| it.shallow).max()?;
    footprints.retain(|it| it.shallow >= most / 10 * 9);
    footprints.sort_unstable_by_key(|it| it.deep);
    footprints.get(footprints.len() / 2).copied()
}

fn summary(lengths: &[(u64, u32)]) -> Option<Lengths> {
    let (&(first, _), &(last, _)) = (lengths.first()?, lengths.last()?);
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    Some(Lengths {
        min: sorted.first()?.0,
        median: weighted_median(&sorted)?,
        max: sorted.last()?.0,
        first,
        last,
    })
}

fn weighted_median(sorted: &[(u64, u32)]) -> Option<u64> {
    let total: u64 = sorted.iter().map(|&(_, weight)| u64::from(weight)).sum();
    let mut below = 0;
    sorted.iter().find_map(|&(length, weight)| {
        below += u64::from(weight);
        (2 * below >= total).then_some(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_takes_what_it_took_at_last() {
        let took = |shallow, deep| Footprint { shallow, deep };
        let grown = vec![took(80, 900), took(400, 4_000), took(1_000, 9_000), took(990, 9_900)];
        assert_eq!(largest(grown).map(|it| it.deep), Some(9_900));
        let steady = vec![took(80, 900), took(80, 5_000), took(80, 1_000)];
        assert_eq!(largest(steady).map(|it| it.deep), Some(1_000));
        assert_eq!(largest(Vec::new()), None);
    }
}
