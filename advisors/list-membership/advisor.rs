//! `x in L` where `L` is a long list or tuple that is probed again and again.

mod hashing;
mod rebuild;
mod returned;

use ruff_python_ast::{CmpOp, Expr, ExprCompare};
use ruff_text_size::{Ranged, TextRange};

use crate::passing::is_passed_again;
use crate::shape::{BindingKind, Id, ScopeId, Tree, Use, Variable, fresh_list};
use crate::words::{sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Heat, Operand, Sight, Worth, dedupe_by_list, words};
use hashing::Hashable;

/// Below this length a scan is about as fast as a hash.
const MIN_LENGTH: u64 = 8;

/// The length that is expected of a list that turned out hot but could not be looked at.
const TYPICAL_LENGTH: u64 = 100;

pub(crate) struct ListMembership;

impl Advisor for ListMembership {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        if case.hotspots.is_empty() {
            return Vec::new();
        }
        let tree = case.tree;
        let mut findings: Vec<Finding> = containers(tree, case)
            .into_iter()
            .filter_map(|container| container.finding(tree, case))
            .collect();
        findings.extend(returned::findings(tree, case));
        findings.sort_by(|a, b| b.worth.saved().total_cmp(&a.worth.saved()));
        findings
    }
}

/// Something that hot membership tests are made on.
struct Container<'a> {
    /// Where the code first names it.
    mentioned: &'a Expr,
    /// As the code names it.
    expression: &'a str,
    /// The variable that it is, or that it is an attribute or an item of.
    root: Variable<'a>,
    /// Whether it is the variable itself, and no attribute or item.
    is_name: bool,
    /// The hot tests, hottest first.
    probes: Vec<Probe<'a>>,
}

struct Probe<'a> {
    id: Id,
    compare: &'a ExprCompare,
    heat: Heat,
}

fn containers<'a>(tree: &Tree<'a>, case: &Case<'_>) -> Vec<Container<'a>> {
    let mut containers: Vec<Container<'a>> = Vec::new();
    for (id, compare) in tree.compares() {
        let ([CmpOp::In | CmpOp::NotIn], [right]) = (&*compare.ops, &*compare.comparators) else {
            continue;
        };
        let Some(heat) = case.heat_on(&[compare.range()]) else { continue };
        let Some(root) = tree.root_of_item(right) else { continue };
        let is_name = right.is_name_expr();
        let expression = tree.source().slice(right.range());
        let known = containers.iter_mut().find(|c| c.root == root && c.expression == expression);
        let probe = Probe { id, compare, heat };
        match known {
            Some(container) => container.probes.push(probe),
            None => {
                let probes = vec![probe];
                containers.push(Container { mentioned: right, expression, root, is_name, probes });
            }
        }
    }
    for container in &mut containers {
        container.probes.sort_by_key(|probe| std::cmp::Reverse(probe.heat.samples));
    }
    containers
}

impl<'a> Container<'a> {
    fn finding(&self, tree: &Tree<'a>, case: &Case<'_>) -> Option<Finding> {
        let hottest = self.probes.first()?;
        let ranges: Vec<TextRange> = self.probes.iter().map(|p| p.compare.range()).collect();
        let heat = case.heat_on(&ranges)?;
        // Of several code objects the hottest one's tests make the share: one may call the other.
        let is_sum = self.probes.iter().map(|it| it.heat.samples).sum::<u64>() == heat.samples;
        let heat = case.built_in(heat)?;
        // The hottest test is what is marked.
        let heat = Heat { share_here: heat.share_here.min(hottest.heat.share), ..heat };
        let seen = match case.sight(hottest.compare.range(), self.expression) {
            Sight::Mixed => return None,
            Sight::Unseen if self.is_surely_list(tree) => None,
            Sight::Unseen => return None,
            Sight::Seen(operand) => Some(operand),
        };
        let length = match &seen {
            Some(operand) => Some(scanned_length(operand)?),
            None => None,
        };
        if length.is_some_and(|length| length >= dedupe_by_list::MIN_LENGTH)
            && self.probes.iter().all(|probe| dedupe_by_list::is_test(tree, probe.id))
        {
            return None;
        }
        if !self.probes.iter().any(|probe| self.is_probed_again(tree, probe.id, seen.as_ref())) {
            return None;
        }
        let elements = hashing::elements(tree, self.variable(), seen.as_ref());
        let tested = hashing::tested(tree, case, hottest.compare, self.variable());
        if elements == Hashable::No || tested == Hashable::No {
            return None;
        }
        let gain = case.gain(&heat, length, TYPICAL_LENGTH)?;
        let doubt = hashing::doubt(elements, tested, seen.as_ref());
        let proposal = rebuild::propose(tree, case, self.variable(), &ranges, doubt);
        let mut because = self.reasons(seen.as_ref(), &ranges, is_sum, case);
        because.extend(proposal.remark);
        Some(Finding {
            range: hottest.compare.range(),
            title: self.title(case, hottest, seen.as_ref(), length),
            because,
            heat,
            evidence: seen.map(Evidence::Operand).into_iter().collect(),
            worth: Worth::Time(gain),
            fix: proposal.fix,
        })
    }

    /// The variable, when the container is one and no part of it.
    fn variable(&self) -> Option<Variable<'a>> {
        self.is_name.then_some(self.root)
    }

    /// Whether the code alone makes the container a list that may be long: only ever bound to new
    /// lists, none of them written out in full.
    fn is_surely_list(&self, tree: &Tree<'a>) -> bool {
        let bindings = tree.bindings(self.root);
        let long = |value: &Expr| match value {
            Expr::List(list) => list.elts.is_empty() && self.grows(tree),
            value => fresh_list(tree, value),
        };
        self.is_name
            && !bindings.is_empty()
            && bindings.iter().all(|binding| {
                binding.kind == BindingKind::Assign && tree.assigned(binding.node).is_some_and(long)
            })
    }

    /// Whether something is appended in a loop.
    fn grows(&self, tree: &Tree<'a>) -> bool {
        tree.uses(self.root).into_iter().any(|(id, done)| {
            matches!(done, Use::Method("append" | "extend", _)) && !tree.loops(id).is_empty()
        })
    }

    /// Whether one and the same container is probed more than once: in a loop that does not bind
    /// it anew, or in a function that gets it from outside.
    fn is_probed_again(&self, tree: &Tree<'a>, probe: Id, seen: Option<&Operand>) -> bool {
        let loops = tree.loops(probe);
        let again = |&repeated: &Id| {
            !tree.is_rebound(self.mentioned, tree.loop_extent(repeated))
                && !tree.takes_few_turns(repeated)
        };
        if loops.iter().any(again) {
            return true;
        }
        let function = tree.function(probe);
        if !loops.is_empty() || tree.is_rebound(self.mentioned, function) {
            return false;
        }
        // Every call may ask for another.
        if tree.is_by_name(self.mentioned) {
            return false;
        }
        if let Some(same) = is_passed_again(tree, function, self.root) {
            return same;
        }
        let in_body = tree.frame(tree.scope(probe)) == ScopeId::MODULE;
        // So may an item of what is passed in.
        let is_part =
            !self.is_name && (!self.mentioned.is_subscript_expr() || self.root.name == "self");
        let passed_in = tree
            .bindings(self.root)
            .iter()
            .any(|binding| binding.kind == BindingKind::Parameter && !is_part);
        // A container that is passed in may be another one at every call; one that never changes
        // its length most likely is not.
        let constant = seen
            .and_then(|operand| Some((operand.lengths?, operand.observations)))
            .is_some_and(|(lengths, looks)| lengths.min == lengths.max && looks > 1);
        !in_body && (!passed_in || constant)
    }

    fn title(
        &self,
        case: &Case<'_>,
        probe: &Probe<'_>,
        seen: Option<&Operand>,
        length: Option<u64>,
    ) -> String {
        let test = words::code(case.source, probe.compare.range());
        match (seen, length) {
            (Some(operand), Some(length)) => format!(
                "`{test}` scans a {} of {} (median) for every test",
                operand.type_name,
                thousands(length)
            ),
            _ => format!("Is `{}` long? `{test}` scans a list for every test", self.expression),
        }
    }

    fn reasons(
        &self,
        seen: Option<&Operand>,
        probes: &[TextRange],
        is_sum: bool,
        case: &Case<'_>,
    ) -> Vec<String> {
        let mut because = Vec::new();
        because.push(match seen {
            Some(operand) => sighting(operand),
            None => format!(
                "The code makes `{}` a list; its length could not be read from the process.",
                self.expression
            ),
        });
        because.push(
            "A test compares with one element after the other; a set finds the answer by hash, \
             in the same time at any length."
                .to_owned(),
        );
        if let Some(operand) = seen.filter(|operand| !operand.elements.is_empty()) {
            because.push(format!(
                "The elements that were looked at were {}.",
                words::listed(&operand.elements)
            ));
        }
        if let [_, others @ ..] = probes
            && !others.is_empty()
        {
            let lines: Vec<String> =
                others.iter().map(|&range| words::line(case.source, range)).collect();
            let of_all = match lines.len() {
                _ if !is_sum => "",
                1 => ": the share is that of both",
                _ => ": the share is that of all",
            };
            because.push(format!("It is also tested on {}{of_all}.", words::listed(&lines)));
        }
        because
    }
}

/// The median length of a list or tuple that is long enough to matter.
fn scanned_length(operand: &Operand) -> Option<u64> {
    let scanned = matches!(operand.type_name.as_str(), "list" | "tuple");
    operand.lengths.map(|lengths| lengths.median).filter(|&median| scanned && median >= MIN_LENGTH)
}
