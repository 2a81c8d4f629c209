//! What a place calls, directly or not.

use ruff_python_ast::{ExprCall, ExprLambda};
use ruff_text_size::{Ranged, TextRange};

use crate::{Case, Evidence, Heat, Hotspot};

/// A function that was on the stack below a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Callee {
    /// Dotted module of a library function (`json.encoder`), the path of one of the program's own
    /// other files, or nothing for a function of the very file.
    pub module: String,
    /// Qualified name of the code object (`JSONEncoder.iterencode`); before CPython 3.11 its name.
    pub function: String,
    /// First line of the code object, from 1; 0 when unknown.
    pub line: u32,
    /// Busy samples that had it below the place.
    pub samples: u64,
    /// As `samples`, for threads that were idle.
    pub idle_samples: u64,
    /// Of both, those in which the place itself called it.
    pub direct_samples: u64,
}

impl Callee {
    /// Whether it is that function; `names` are `module:function`, and `module:` stands for all
    /// functions of a module.
    pub fn is_one_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            let (module, function) = name.split_once(':').unwrap_or((name, ""));
            self.module == module && (function.is_empty() || self.function == function)
        })
    }

    /// The last part of its qualified name.
    pub fn own_name(&self) -> &str {
        self.function.rsplit('.').next().unwrap_or_default()
    }

    /// That the time is spent in it.
    pub fn evidence(&self, heat: &Heat) -> Evidence {
        Evidence::Callee { function: self.name(), share: heat.share }
    }

    /// As an advisor names it: `json.encoder.JSONEncoder.iterencode`.
    pub fn name(&self) -> String {
        if self.module.is_empty() || self.module.contains('/') {
            self.function.clone()
        } else {
            format!("{}.{}", self.module, self.function)
        }
    }
}

impl Case<'_> {
    /// The heat of what `range` spends in the functions that `wanted` picks, and the one with the
    /// most samples. `None` below the gate of [`Case::heat`].
    pub fn below(
        &self,
        range: TextRange,
        wanted: impl Fn(&Callee) -> bool,
    ) -> Option<(Heat, Callee)> {
        self.most(self.callees(range), wanted, |callee| callee.samples)
    }

    /// As [`Case::below`], of the very operations that `ranges` are.
    pub fn below_on(
        &self,
        ranges: &[TextRange],
        wanted: impl Fn(&Callee) -> bool,
    ) -> Option<(Heat, Callee)> {
        self.most(self.callees_on(ranges), wanted, |callee| callee.samples)
    }

    /// As [`Case::below`], of threads that were idle: time spent waiting, as a share of the run.
    pub fn idle_below(
        &self,
        range: TextRange,
        wanted: impl Fn(&Callee) -> bool,
    ) -> Option<(Heat, Callee)> {
        self.most(self.callees(range), wanted, |callee| callee.idle_samples)
    }

    /// The heat of what is below the very operations that `ranges` are, together with what they take
    /// themselves: of a call, the making of it. Where only lines are known that cannot be told from
    /// what else stands there.
    pub(crate) fn with_own(&self, below: Heat, ranges: &[TextRange]) -> Heat {
        let places = self.hotspots_on(ranges).into_iter().filter(|it| it.place.columns.is_some());
        let own: u64 = places.map(|it| it.self_samples).sum();
        self.gated(below.samples + own, below.self_samples + own).unwrap_or(below)
    }

    fn most(
        &self,
        callees: Vec<Callee>,
        wanted: impl Fn(&Callee) -> bool,
        samples: fn(&Callee) -> u64,
    ) -> Option<(Heat, Callee)> {
        let most = callees.into_iter().filter(|it| wanted(it)).max_by_key(samples)?;
        Some((self.gated(samples(&most), 0)?, most))
    }

    /// The share of the run that threads spent, computing or waiting, on the very operation that
    /// `range` is, what it calls included. Where only its line is known, what others compute there
    /// does not count.
    pub fn spent_on(&self, range: TextRange) -> Option<Heat> {
        self.sum(&self.hotspots_on(&[range]), |hotspot| match hotspot.place.columns {
            Some(_) => hotspot.total_samples + hotspot.idle_samples,
            None => hotspot.self_samples + hotspot.idle_samples,
        })
    }

    /// The share of the run that threads waited or slept within `range`, what it calls included.
    pub fn idle(&self, range: TextRange) -> Option<Heat> {
        self.sum(&self.hotspots_within(range), |hotspot| hotspot.idle_samples)
    }

    /// The share of the run that garbage was collected within `range`.
    pub fn collecting(&self, range: TextRange) -> Option<Heat> {
        self.sum(&self.hotspots_within(range), |hotspot| hotspot.collecting_samples)
    }

    /// The share of the run that threads waited for the interpreter's lock within `range`.
    pub fn waiting(&self, range: TextRange) -> Option<Heat> {
        self.sum(&self.hotspots_within(range), |hotspot| hotspot.waiting_samples)
    }

    /// As [`Case::below_on`] of a call, in a lambda of this file that is among what it is given. A
    /// callee of an unknown line is taken for it.
    pub fn below_lambda(&self, call: &ExprCall, lambda: &ExprLambda) -> Option<(Heat, Callee)> {
        let line = self.source.place(lambda.range()).line;
        self.below_on(&[call.range()], |callee| {
            callee.module.is_empty()
                && callee.own_name() == "<lambda>"
                && (callee.line == 0 || callee.line == line)
        })
    }

    /// All that was below the very operations that `ranges` are, each function once.
    pub fn callees_on(&self, ranges: &[TextRange]) -> Vec<Callee> {
        merged(&self.hotspots_on(ranges))
    }

    /// All that was below the places within `range`, each function once.
    pub fn callees(&self, range: TextRange) -> Vec<Callee> {
        merged(&self.hotspots_within(range))
    }
}

/// All that was below some places, each function once, most samples first.
fn merged(hotspots: &[&Hotspot]) -> Vec<Callee> {
    let mut all: Vec<Callee> = Vec::new();
    for callee in hotspots.iter().flat_map(|spot| &spot.callees) {
        let same = |other: &&mut Callee| {
            (&other.module, &other.function, other.line)
                == (&callee.module, &callee.function, callee.line)
        };
        match all.iter_mut().find(same) {
            None => all.push(callee.clone()),
            Some(known) => {
                known.samples += callee.samples;
                known.idle_samples += callee.idle_samples;
                known.direct_samples += callee.direct_samples;
            }
        }
    }
    all.sort_by_key(|callee| std::cmp::Reverse(callee.samples + callee.idle_samples));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Tree;
    use crate::{GainTable, Python, Source, marks};

    /// What `ask` gives for the places of the first loop of a marked program.
    fn asked<T>(text: &str, ask: impl Fn(&Case<'_>, &[TextRange]) -> T) -> T {
        let source = Source::parse(text.as_bytes()).unwrap();
        let marks = marks::read(&source, Python::new(3, 13)).unwrap();
        let tree = Tree::of(&source);
        let case = Case {
            python: Python::new(3, 13),
            source: &source,
            tree: &tree,
            hotspots: &marks.hotspots,
            busy_samples: marks::BUSY_SAMPLES,
            computing_samples: marks::BUSY_SAMPLES,
            pool: None,
            activity: None,
            gains: &GainTable { rows: &[] },
        };
        let places = tree.ids().map(|id| tree.next_places(id)).find(|places| !places.is_empty());
        ask(&case, &places.unwrap())
    }

    #[test]
    fn what_the_body_of_a_loop_calls_is_not_below_taking_the_next_item() {
        let next = |case: &Case<'_>, places: &[TextRange]| {
            let found = case.below_on(places, |callee| callee.is_one_of(&["csv:"]));
            found.map(|(heat, _)| heat.samples)
        };
        let head = "for row in rows:  # hot 40% calls \"csv:next\" 30%\n    f(row)\n";
        let body = "for row in rows:\n    f(row)  # hot 40% calls \"csv:next\" 30%\n";
        assert_eq!((asked(head, next), asked(body, next)), (Some(600), None));
    }

    #[test]
    fn time_spent_is_computing_and_waiting() {
        let spent = |case: &Case<'_>, places: &[TextRange]| {
            case.spent_on(places[0]).map(|heat| heat.samples)
        };
        let columns = "for row in f(x):  # hot 10% self 1% idle 20%\n    pass\n";
        let lines = "for row in f(x):  # hot 10% self 1% idle 20% line\n    pass\n";
        assert_eq!((asked(columns, spent), asked(lines, spent)), (Some(600), Some(420)));
    }
}
