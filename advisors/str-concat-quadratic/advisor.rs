//! `s += x` where CPython copies all of `s` to add a little to it.

mod append;
mod join;
mod property;

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, ScopeKind, Storage, Tree, Variable};
use crate::words::{line, listed, sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Fix, Heat, Lengths, Operand, Python, Sight, Worth};
use append::{Append, Form};

/// Length from which copying a string costs more than collecting its parts, whatever the program
/// does besides.
const LONG: u64 = 10_000;

/// A string that doubled while it was looked at and reached this length is one that grows, and not
/// one that is started anew for every line.
const GROWN: u64 = 2_000;

/// Characters of a statement that a title quotes.
const QUOTED: usize = 60;

pub(crate) struct StrConcatQuadratic;

impl Advisor for StrConcatQuadratic {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        if case.hotspots.is_empty() {
            return Vec::new();
        }
        let tree = case.tree;
        let strings = growing_strings(tree);
        let found = strings.iter().filter_map(|string| string.finding(tree, case));
        let mut findings: Vec<Finding> = found.collect();
        findings.sort_by(|a, b| b.worth.saved().total_cmp(&a.worth.saved()));
        findings
    }
}

/// What is appended to, with every statement that does.
struct Growing<'a> {
    target: Target<'a>,
    /// As the code names it.
    expression: &'a str,
    appends: Vec<Append<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target<'a> {
    Variable(Variable<'a>),
    /// An attribute, as seen within a class or, outside of one, a function.
    Attribute(Id),
    /// An item, within a function.
    Item(Id),
}

/// A proposal to the reader: edits, or words where there are none.
struct Proposal {
    fix: Option<Fix>,
    remark: Option<String>,
}

impl Proposal {
    fn words(remark: impl Into<String>) -> Self {
        Self { fix: None, remark: Some(remark.into()) }
    }
}

fn growing_strings<'a>(tree: &Tree<'a>) -> Vec<Growing<'a>> {
    let mut strings: Vec<Growing<'a>> = Vec::new();
    for append in tree.ids().filter_map(|id| append::append(tree, id)) {
        let Some(target) = target(tree, &append) else { continue };
        let expression = tree.source().slice(append.target.range());
        let known = strings.iter_mut().find(|s| s.target == target && s.expression == expression);
        match known {
            Some(string) => string.appends.push(append),
            None => strings.push(Growing { target, expression, appends: vec![append] }),
        }
    }
    strings
}

fn target<'a>(tree: &Tree<'a>, append: &Append<'a>) -> Option<Target<'a>> {
    let function = tree.function(append.statement);
    Some(match append.target {
        Expr::Name(_) => Target::Variable(tree.variable(name_of(tree, append)?)?),
        Expr::Attribute(_) => {
            Target::Attribute(property::class(tree, function).unwrap_or(function))
        }
        Expr::Subscript(_) => Target::Item(function),
        _ => return None,
    })
}

/// The node of the target of an append.
fn name_of(tree: &Tree<'_>, append: &Append<'_>) -> Option<Id> {
    tree.subtree(append.statement).find(|&id| tree[id].ptr_eq(append.target.into()))
}

impl<'a> Growing<'a> {
    fn finding(&self, tree: &Tree<'a>, case: &Case<'_>) -> Option<Finding> {
        let (append, _) = self.hottest(case)?;
        let seen = match case.sight(tree.range(append.statement), self.expression) {
            Sight::Mixed => return None,
            Sight::Unseen => None,
            Sight::Seen(operand) => Some(operand),
        };
        let copied: Vec<&Append<'a>> = self
            .appends
            .iter()
            .filter(|append| self.copies(tree, append, case.python, seen.as_ref()))
            .collect();
        let ranges: Vec<TextRange> = copied.iter().flat_map(|a| a.copies.clone()).collect();
        let heat = case.heat_on(&ranges)?;
        let in_loop = copied.iter().any(|append| self.grows_in_loop(tree, append));
        let growth = self.growth(case, append);
        let length = match &seen {
            Some(operand) => Some(copied_length(operand, in_loop, growth)?),
            None if in_loop && self.is_surely_text(tree) => None,
            None => return None,
        };
        let gain = case.gain(&heat, length, LONG)?;
        let append = copied.iter().find(|other| other.statement == append.statement)?;
        let mut because = self.reasons(tree, case, append, seen.as_ref());
        let others = copied.iter().filter(|other| other.statement != append.statement);
        let others: Vec<String> =
            others.map(|other| line(case.source, tree.range(other.statement))).collect();
        if !others.is_empty() {
            because.push(format!("It is also added to on {}.", listed(&others)));
        }
        let proposal = self.propose(tree, case);
        because.extend(proposal.remark);
        Some(Finding {
            range: tree.range(append.statement),
            title: self.title(tree, append, seen.as_ref(), length),
            because,
            heat,
            evidence: seen.map(Evidence::Operand).into_iter().collect(),
            worth: Worth::Time(gain),
            fix: proposal.fix,
        })
    }

    fn hottest(&self, case: &Case<'_>) -> Option<(&Append<'a>, Heat)> {
        let heats = self.appends.iter().filter_map(|a| Some((a, case.heat_on(&a.copies)?)));
        heats.max_by_key(|(_, heat)| heat.samples)
    }

    /// How it grew where most looks were taken. Looks at several places are in no order of time.
    fn growth(&self, case: &Case<'_>, append: &Append<'a>) -> Option<Growth> {
        let places = append.copies.iter().flat_map(|&range| case.hotspots_within(range));
        let looks = places.flat_map(|hotspot| &hotspot.operands);
        let most = looks
            .filter(|operand| operand.expression == self.expression)
            .max_by_key(|operand| operand.observations)?;
        Growth::of(most)
    }

    /// Whether CPython makes a new string of all the old one's characters there.
    fn copies(
        &self,
        tree: &Tree<'a>,
        append: &Append<'a>,
        python: Python,
        seen: Option<&Operand>,
    ) -> bool {
        let Target::Variable(_) = self.target else { return true };
        let in_place =
            append.form == Form::InPlace && seen.is_none_or(|operand| operand.type_name == "str");
        let storage = name_of(tree, append).and_then(|name| tree.storage(name, python));
        match storage {
            _ if !in_place => true,
            Some(Storage::Global) => true,
            Some(Storage::Module | Storage::Cell | Storage::Class) => python.at_least(3, 11),
            Some(Storage::Local) | None => false,
        }
    }

    /// Whether a loop around the statement keeps adding to one and the same string. Of items there
    /// may be many, so that one is started in the loop says nothing of the others.
    fn grows_in_loop(&self, tree: &Tree<'a>, append: &Append<'a>) -> bool {
        let is_item = matches!(self.target, Target::Item(_));
        let called = self.calls_of_builder(tree, append);
        let places = std::iter::once(append.statement).chain(called);
        places.flat_map(|place| tree.loops(place)).any(|repeated| {
            if is_item {
                return true;
            }
            let extent = tree.loop_extent(repeated);
            !self.starts(tree).iter().any(|&start| tree.contains(extent, start))
        })
    }

    /// Where the inner function that adds to a variable of the one around it (`nonlocal`) is called.
    fn calls_of_builder(&self, tree: &Tree<'a>, append: &Append<'a>) -> Vec<Id> {
        let Target::Variable(variable) = self.target else { return Vec::new() };
        let function = tree.function(append.statement);
        let shared = tree.scope_kind(variable.scope) == ScopeKind::Function
            && tree.scope_node(variable.scope) != function;
        let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return Vec::new() };
        let name = def.name.as_str();
        let builder = Variable { scope: tree.scope(function), name };
        if !shared || tree.bindings(builder).len() != 1 {
            return Vec::new();
        }
        tree.mentions(builder)
    }

    /// Where the target gets a value that is not its old one with something added.
    fn starts(&self, tree: &Tree<'a>) -> Vec<Id> {
        let adds = |id: Id| self.appends.iter().any(|append| tree.contains(append.statement, id));
        let stores: Vec<Id> = match self.target {
            Target::Variable(variable) => {
                tree.bindings(variable).iter().map(|binding| binding.node).collect()
            }
            Target::Attribute(within) | Target::Item(within) => tree
                .subtree(within)
                .filter(|&id| stored(tree, id) && tree.text(id) == self.expression)
                .collect(),
        };
        stores.into_iter().filter(|&id| !adds(id)).collect()
    }

    /// Whether the code alone makes it a string.
    fn is_surely_text(&self, tree: &Tree<'a>) -> bool {
        let mut values = self.starts(tree).into_iter().filter_map(|start| tree.assigned(start));
        let formatted = self.appends.iter().any(|append| append.form == Form::Formatted);
        formatted
            || values.any(|value| value.is_string_literal_expr() || value.is_f_string_expr())
            || self.appends.iter().any(|append| adds_text(tree, append))
    }

    fn title(
        &self,
        tree: &Tree<'a>,
        append: &Append<'a>,
        seen: Option<&Operand>,
        length: Option<u64>,
    ) -> String {
        let code = quoted(tree.text(append.statement));
        match (seen, length) {
            (Some(operand), Some(length)) => format!(
                "`{code}` copies a {} of {} (median) to add to it",
                operand.type_name,
                thousands(length)
            ),
            _ => format!("Does `{}` grow long? `{code}` copies all of it", self.expression),
        }
    }

    fn reasons(
        &self,
        tree: &Tree<'a>,
        case: &Case<'_>,
        append: &Append<'a>,
        seen: Option<&Operand>,
    ) -> Vec<String> {
        let name = self.expression;
        let mut because = vec![match seen {
            Some(operand) => sighting(operand),
            None => format!("How long `{name}` was could not be read from the process."),
        }];
        if let Some(Growth { first, last, .. }) = self.growth(case, append) {
            let (first, last) = (thousands(first), thousands(last));
            because
                .push(format!("It grew from {first} to {last} between the first and last look."));
        }
        because.push(self.why(tree, case.python, append, seen));
        because
    }

    /// Why CPython cannot extend the string in place.
    fn why(
        &self,
        tree: &Tree<'a>,
        python: Python,
        append: &Append<'a>,
        seen: Option<&Operand>,
    ) -> String {
        let name = self.expression;
        let only = "CPython extends a string in place only where it is a plain local variable";
        let storage = name_of(tree, append).and_then(|id| tree.storage(id, python));
        match (self.target, append.form, storage) {
            _ if seen.is_some_and(|operand| operand.type_name == "bytes") => {
                "CPython never extends bytes in place.".to_owned()
            }
            (_, Form::Chained, _) => {
                format!(
                    "The first `+` makes a new string of `{name}`, and each further one another."
                )
            }
            (_, Form::Formatted, _) => "An f-string is always a new string.".to_owned(),
            (_, Form::Prepended, _) => {
                "A string cannot grow at its front: the sum is always a new string.".to_owned()
            }
            (Target::Attribute(_), ..) => {
                format!("{only}; the object holds on to an attribute while the sum is made.")
            }
            (Target::Item(_), ..) => {
                format!("{only}; the container holds on to an item while the sum is made.")
            }
            (_, _, Some(Storage::Cell)) => {
                format!(
                    "{only}; since 3.11 that leaves out `{name}`, which an inner function shares."
                )
            }
            (_, _, Some(Storage::Class)) => {
                format!("{only}; since 3.11 that leaves out the names of a class body.")
            }
            (_, _, Some(Storage::Module)) => {
                format!("{only}; since 3.11 that leaves out the names of a module's body.")
            }
            _ => format!("{only}; `{name}` is a `global`."),
        }
    }

    fn propose(&self, tree: &Tree<'a>, case: &Case<'_>) -> Proposal {
        match self.target {
            Target::Variable(variable) => join::propose(tree, case, variable, &self.appends),
            Target::Attribute(class) => {
                property::propose(tree, class, self.expression, &self.appends)
            }
            Target::Item(_) => Proposal::words(
                "Keep a list of parts in each item, append to it, and join it once at the end.",
            ),
        }
    }
}

/// Whether what is added can only be a string.
fn adds_text(tree: &Tree<'_>, append: &Append<'_>) -> bool {
    let Some(added) = &append.added else { return false };
    let text = added.text.trim_start_matches(['f', 'F', 'r', 'R']);
    let literal = text.starts_with(['"', '\'']) && !added.text.starts_with(['b', 'B']);
    literal
        && tree.subtree(append.statement).any(|id| {
            let node = tree[id];
            node.is_expr_string_literal() || node.is_expr_f_string()
        })
}

/// Whether a node is an attribute or item that is assigned to or deleted.
fn stored(tree: &Tree<'_>, id: Id) -> bool {
    match tree[id] {
        AnyNodeRef::ExprAttribute(attribute) => attribute.ctx != ExprContext::Load,
        AnyNodeRef::ExprSubscript(item) => item.ctx != ExprContext::Load,
        _ => false,
    }
}

/// A string that was longer at the last look than at the first.
#[derive(Debug, Clone, Copy)]
struct Growth {
    first: u64,
    last: u64,
    /// No look found it shorter than the first or longer than the last, and it grew by a quarter:
    /// different strings that come in any order seldom look like that.
    steady: bool,
}

impl Growth {
    fn of(operand: &Operand) -> Option<Self> {
        let Lengths { min, max, first, last, .. } = operand.lengths?;
        let ordered = operand.observations >= 3 && first == min && last == max;
        let steady = ordered && last.saturating_sub(first) >= first / 4;
        (last > first).then_some(Self { first, last, steady })
    }
}

/// The length that an append copies, when the string is long or grows.
fn copied_length(operand: &Operand, in_loop: bool, growth: Option<Growth>) -> Option<u64> {
    let lengths = operand.lengths?;
    if !matches!(operand.type_name.as_str(), "str" | "bytes") {
        return None;
    }
    let long = lengths.median >= LONG;
    let doubled = lengths.max >= GROWN && lengths.max >= lengths.min.saturating_mul(2);
    let grows = growth.is_some_and(|growth| doubled || (growth.steady && long));
    (grows || (in_loop && long)).then_some(lengths.median)
}

/// Code on one line, and not too much of it.
fn quoted(code: &str) -> String {
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= QUOTED {
        return line;
    }
    let head: String = line.chars().take(QUOTED).collect();
    format!("{head}...")
}
