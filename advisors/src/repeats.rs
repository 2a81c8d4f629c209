//! How often the arguments of a function's calls come back.

use ruff_python_ast::{AnyNodeRef, StmtFunctionDef};

use crate::shape::Id;
use crate::words::listed;
use crate::{Case, Evidence, Gain, Heat, Hotspot, Operand};

/// Calls that must have been looked at.
const MIN_CALLS: u32 = 20;

/// Types of arguments that are told apart by what they are worth, and that a cache finds again.
const VALUES: &[&str] = &["NoneType", "bool", "bytes", "float", "int", "str"];

/// Types whose equal values are one key of a cache: `1`, `1.0` and `True`.
const NUMBERS: &[&str] = &["bool", "float", "int"];

/// Results that are kept for each value that was seen: there are more that were not.
const SPARE: u32 = 8;

/// Results that are kept at the least, as `lru_cache` does by itself.
const MIN_KEPT: u32 = 128;

/// What the calls that were looked at were given.
#[derive(Debug, Clone)]
pub(crate) struct Repeats {
    /// Calls.
    calls: u32,
    /// Of them, those whose arguments another had before.
    again: u32,
    /// The types of the arguments.
    types: Vec<String>,
    values: u32,
}

impl Case<'_> {
    /// The arguments of a function of the file, when enough of its calls were looked at, all their
    /// arguments are plain values, and the function leaves its parameters alone: what is read is
    /// what they are bound to.
    pub(crate) fn repeats(&self, function: Id, def: &StmtFunctionDef) -> Option<Repeats> {
        // Processes share no cache, and calls that are looked at in turn in several look like more.
        if self.own_places(def).any(|hotspot| hotspot.processes > 1) {
            return None;
        }
        let arguments = self.arguments(def)?;
        let seen = arguments.distinct.filter(|it| it.calls >= MIN_CALLS)?;
        let again = seen.calls.checked_sub(seen.values)?;
        let types = arguments.elements.clone();
        let usable = are_values(&types) && !self.binds_parameters(function);
        usable.then_some(Repeats { calls: seen.calls, again, types, values: seen.values })
    }

    /// What was seen of the arguments of a function's calls.
    pub(crate) fn arguments(&self, def: &StmtFunctionDef) -> Option<&Operand> {
        let expression = named(def)?;
        let own = self
            .own_places(def)
            .flat_map(|hotspot| &hotspot.operands)
            .filter(|operand| operand.expression == expression);
        own.max_by_key(|operand| operand.distinct.map(|it| it.calls))
    }

    /// The places of a function's own code.
    fn own_places(&self, def: &StmtFunctionDef) -> impl Iterator<Item = &Hotspot> {
        let inside = def.body.first().map(|first| self.tree.id_of(first));
        let code = inside.map(|inside| self.tree.code(inside, self.python));
        let is_own = move |it: &&Hotspot| {
            code.as_ref().is_some_and(|code| {
                (&it.function, it.function_line) == (&code.name, code.first_line)
            })
        };
        self.hotspots.iter().filter(is_own)
    }

    fn binds_parameters(&self, function: Id) -> bool {
        let tree = self.tree;
        tree.subtree(function).any(|id| match tree[id] {
            AnyNodeRef::ExprName(name) if !name.ctx.is_load() => {
                let bindings = tree.variable(id).map(|it| tree.bindings(it)).unwrap_or_default();
                bindings.iter().any(|it| matches!(tree[it.node], AnyNodeRef::Parameter(_)))
            }
            _ => false,
        })
    }
}

/// Whether all types are of plain values, and some were seen.
pub(crate) fn are_values(types: &[String]) -> bool {
    !types.is_empty() && types.iter().all(|name| VALUES.contains(&name.as_str()))
}

/// The parameters as a tuple; `None` where there are none, or some that take any number.
fn named(def: &StmtFunctionDef) -> Option<String> {
    let parameters = &def.parameters;
    let all = parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs);
    let names: Vec<&str> = all.map(|it| it.parameter.name.as_str()).collect();
    let fixed = parameters.vararg.is_none() && parameters.kwarg.is_none();
    (fixed && !names.is_empty()).then(|| format!("({})", names.join(", ")))
}

impl Repeats {
    /// The part of the calls whose arguments come back, with its 95 % interval. Of the calls that were
    /// not looked at some had the same arguments, so that it is rather more.
    pub(crate) fn rate(&self) -> Heat {
        Heat::of(self.again.into(), 0, self.calls.into())
    }

    /// What is saved of `heat` by not computing again what was computed before, on operands of
    /// `size`: what the lower end of the rate promises, and at the most all, since what seemed new may
    /// have been given to a call that was not looked at.
    pub(crate) fn gain(&self, case: &Case<'_>, heat: &Heat, size: u64) -> Option<Gain> {
        let low = case.gain(&part(heat, self.rate().share_low), Some(size), size)?;
        let all = case.gain(heat, Some(size), size)?;
        Some(Gain { saved_high: all.saved_high, ..low })
    }

    /// How to keep the results: bounded, for there may be other values than those that were seen, and with
    /// numbers of different types apart.
    pub(crate) fn decorator(&self) -> String {
        let kept = self.values.saturating_mul(SPARE).max(MIN_KEPT).next_power_of_two();
        let numbers = self.types.iter().filter(|name| NUMBERS.contains(&name.as_str())).count();
        let typed = if numbers > 1 { ", typed=True" } else { "" };
        format!("lru_cache(maxsize={kept}{typed})")
    }

    /// What was seen, as a sentence.
    pub(crate) fn sentence(&self) -> String {
        let types: Vec<String> = self.types.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "Of {} calls that were looked at, {} had the same arguments as an earlier one ({}): at \
             least {:.0} % of all calls, with 95 % confidence.",
            self.calls,
            self.again,
            listed(&types),
            self.rate().share_low * 100.0
        )
    }

    /// The same as evidence.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence::Fact(format!("{} of {} calls with arguments seen before", self.again, self.calls))
    }
}

fn part(heat: &Heat, part: f64) -> Heat {
    Heat {
        samples: (heat.samples as f64 * part).round() as u64,
        self_samples: (heat.self_samples as f64 * part).round() as u64,
        share: heat.share * part,
        share_low: heat.share_low * part,
        share_high: heat.share_high * part,
        share_here: heat.share_here * part,
        ..*heat
    }
}
