//! Who called whom, for how long: what formats of functions and calls are made of.

pub(super) mod callgrind;
pub(super) mod pstats;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Input, ReportError, selection};
use crate::sample::Code;

/// The functions of a view's samples.
struct Graph<'a> {
    /// In order of their first appearance.
    functions: Vec<Function<'a>>,
}

/// A function, with samples.
struct Function<'a> {
    code: &'a Code,
    /// In which it stood on the stack, once each however often it did.
    total: u64,
    /// In which it was the innermost, by line.
    own: BTreeMap<u32, u64>,
    /// By the line of the call and what was called.
    calls: BTreeMap<(u32, usize), Call>,
}

/// Samples of what a function called from one of its lines.
#[derive(Default, Clone, Copy)]
struct Call {
    /// In which the call stood on the stack, once each.
    total: u64,
    /// In which what was called was the innermost.
    own: u64,
}

impl<'a> Graph<'a> {
    fn of(input: &Input<'a>) -> Result<Self, ReportError> {
        selection::samples(input)?;
        let mut graph = Self { functions: Vec::new() };
        let ids = graph.functions_of_locations(input);
        for count in selection::counts(input.profile, input.view) {
            let locations = &input.profile.stacks[count.stack as usize].locations;
            let frames: Vec<(usize, u32)> = locations
                .iter()
                .map(|&id| (ids[id as usize], input.profile.locations[id as usize].place.line))
                .collect();
            graph.add(&frames, count.samples);
        }
        graph.functions.iter_mut().for_each(|it| it.calls.retain(|_, call| call.total > 0));
        Ok(graph)
    }

    /// The function of each location. Two code objects of one name, file and line are one function:
    /// no reader could tell them apart.
    fn functions_of_locations(&mut self, input: &Input<'a>) -> Vec<usize> {
        let mut ids: HashMap<&Code, usize> = HashMap::new();
        let locations = input.profile.locations.iter();
        let id = |location: &'a crate::profile::Location| {
            *ids.entry(&*location.code).or_insert_with(|| {
                self.functions.push(Function {
                    code: &location.code,
                    total: 0,
                    own: BTreeMap::new(),
                    calls: BTreeMap::new(),
                });
                self.functions.len() - 1
            })
        };
        locations.map(id).collect()
    }

    /// Adds samples of a stack of functions and lines, leaf first.
    fn add(&mut self, frames: &[(usize, u32)], samples: u64) {
        let Some(&(leaf, line)) = frames.first() else { return };
        *self.functions[leaf].own.entry(line).or_default() += samples;
        for function in frames.iter().map(|&(function, _)| function).collect::<BTreeSet<_>>() {
            self.functions[function].total += samples;
        }
        let calls = frames.windows(2).map(|pair| (pair[1].0, (pair[1].1, pair[0].0)));
        for (caller, call) in calls.clone().collect::<BTreeSet<_>>() {
            self.functions[caller].calls.entry(call).or_default().total += samples;
        }
        if let Some((caller, call)) = calls.into_iter().next() {
            self.functions[caller].calls.entry(call).or_default().own += samples;
        }
    }
}

impl Function<'_> {
    fn own_samples(&self) -> u64 {
        self.own.values().sum()
    }
}
