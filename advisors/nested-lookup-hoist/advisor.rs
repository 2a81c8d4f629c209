//! `a.b.c` or `cfg["a"]["b"]` looked up anew on every turn of a loop that leaves it alone.

mod hoist;
mod path;
mod steady;

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::TextRange;

use crate::shape::{Id, ScopeKind, Tree};
use crate::words::{line, listed, sighting};
use crate::{
    Advisor, Case, Evidence, Finding, Gain, Heat, Operand, Sight, Worth, is_what_it_is_called,
};
use path::{Path, Step};
use steady::{Steadiness, asks_a_property, steadiness};

/// Types whose items are plain lookups. Those of others (a `DataFrame`) may be views, copies or
/// work of another kind.
const PLAIN_CONTAINERS: &[&str] = &[
    "ConfigParser",
    "Counter",
    "OrderedDict",
    "RawConfigParser",
    "SectionProxy",
    "defaultdict",
    "dict",
    "list",
    "mappingproxy",
    "tuple",
];

pub(crate) struct NestedLookupHoist;

impl Advisor for NestedLookupHoist {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        // A whole line's heat says nothing of the lookups on it.
        if !case.hotspots.iter().any(|hotspot| hotspot.place.columns.is_some()) {
            return Vec::new();
        }
        let tree = case.tree;
        let found = repeated(tree, case);
        let mut findings: Vec<Finding> =
            found.iter().filter_map(|repeated| repeated.finding(tree, case)).collect();
        findings.sort_by(|a, b| b.worth.saved().total_cmp(&a.worth.saved()));
        findings
    }
}

/// One path and every lookup of it in a loop.
struct Repeated<'a> {
    paths: Vec<Path<'a>>,
    /// The loop statement, or the comprehension.
    extent: Id,
    steadiness: Steadiness,
}

fn repeated<'a>(tree: &Tree<'a>, case: &Case<'_>) -> Vec<Repeated<'a>> {
    let (hot, cold): (Vec<_>, Vec<_>) = tree
        .ids()
        .filter_map(|id| Path::read_at(tree, id))
        .filter(|path| can_be_named(tree, path.node))
        .partition(|path| !case.hotspots_within(tree.range(path.node)).is_empty());
    let mut found: Vec<Repeated<'a>> = Vec::new();
    for path in hot.into_iter().filter(|path| !asks_a_property(tree, path)) {
        let Some((extent, steadiness)) = outermost_steady_loop(tree, case, &path) else { continue };
        match found.iter_mut().find(|known| known.extent == extent && known.is_of(&path)) {
            Some(known) => known.paths.push(path),
            None => found.push(Repeated { paths: vec![path], extent, steadiness }),
        }
    }
    for path in cold {
        let runs_there = |known: &Repeated<'a>| {
            tree.loops(path.node).iter().any(|&repeated| tree.loop_extent(repeated) == known.extent)
        };
        if let Some(known) = found.iter_mut().find(|known| known.is_of(&path) && runs_there(known))
        {
            known.paths.push(path);
        }
    }
    for known in &mut found {
        known.paths.sort_by_key(|path| path.node);
    }
    found
}

/// Whether a name can stand for the lookup: not in a pattern, where it would capture, and not in a
/// class body or lambda.
fn can_be_named(tree: &Tree<'_>, id: Id) -> bool {
    let frame = tree.frame(tree.scope(id));
    let in_pattern = tree
        .ancestors(id)
        .take_while(|&id| !tree[id].is_statement())
        .any(|id| matches!(tree[id], AnyNodeRef::PatternMatchValue(_)));
    matches!(tree.scope_kind(frame), ScopeKind::Module | ScopeKind::Function) && !in_pattern
}

fn outermost_steady_loop<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    path: &Path<'a>,
) -> Option<(Id, Steadiness)> {
    tree.loops(path.node)
        .into_iter()
        .map(|repeated| tree.loop_extent(repeated))
        .map(|extent| (extent, steadiness(tree, case, path, extent)))
        .take_while(|(_, steadiness)| *steadiness != Steadiness::Changes)
        .last()
}

impl<'a> Repeated<'a> {
    fn first(&self) -> &Path<'a> {
        &self.paths[0]
    }

    fn is_of(&self, path: &Path<'a>) -> bool {
        self.first().is_same(path)
    }

    fn finding(&self, tree: &Tree<'a>, case: &Case<'_>) -> Option<Finding> {
        let path = self.hottest(case)?;
        let places: Vec<TextRange> = self.paths.iter().flat_map(|p| p.places.clone()).collect();
        let heat = case.heat_on(&places)?;
        let seen = match case.sight(tree.range(path.node), path.variable.name) {
            Sight::Mixed => return None,
            Sight::Unseen => None,
            Sight::Seen(operand) if is_plain(case, path, &operand) => Some(operand),
            Sight::Seen(_) => return None,
        };
        let gain = gain(case, path, &heat)?;
        let mut because = self.reasons(tree, seen.as_ref());
        let fix = hoist::propose(tree, self).map_err(|remark| because.push(remark)).ok();
        Some(Finding {
            range: tree.range(path.node),
            title: self.title(tree, path, seen.is_some()),
            because,
            heat,
            evidence: seen.map(Evidence::Operand).into_iter().collect(),
            worth: Worth::Time(gain),
            fix,
        })
    }

    fn hottest(&self, case: &Case<'_>) -> Option<&Path<'a>> {
        let samples = |path: &&Path<'a>| case.heat_on(&path.places).map_or(0, |heat| heat.samples);
        self.paths.iter().max_by_key(samples)
    }

    fn title(&self, tree: &Tree<'a>, path: &Path<'a>, seen: bool) -> String {
        let code = tree.text(path.node).split_whitespace().collect::<Vec<_>>().join(" ");
        if seen {
            let lookups = path.steps.len();
            return format!("`{code}` is {lookups} lookups on every turn of a loop");
        }
        format!("Is `{code}` the same on every turn of the loop? It is looked up anew each time")
    }

    fn reasons(&self, tree: &Tree<'a>, seen: Option<&Operand>) -> Vec<String> {
        let mut because: Vec<String> = seen.map(sighting).into_iter().collect();
        let at = line(tree.source(), tree.range(self.extent));
        because.push(format!(
            "No statement of the loop on {at} assigns to any part of it by this name."
        ));
        if let [_, others @ ..] = self.paths.as_slice()
            && !others.is_empty()
        {
            let mut lines: Vec<String> =
                self.paths.iter().map(|path| line(tree.source(), tree.range(path.node))).collect();
            lines.dedup();
            because.push(format!("The loop looks it up on {}.", listed(&lines)));
        }
        because
    }
}

/// Whether the lookups are plain ones, as far as the type of what they start from tells.
fn is_plain(case: &Case<'_>, path: &Path<'_>, root: &Operand) -> bool {
    let is_container = PLAIN_CONTAINERS.contains(&root.type_name.as_str());
    path.steps.first().is_some_and(Step::is_attribute)
        || is_container && is_what_it_is_called(case, root)
}

/// The pair measures the lookups with the loop around them, so this is the least that is saved.
fn gain(case: &Case<'_>, path: &Path<'_>, heat: &Heat) -> Option<Gain> {
    let ratio = case.gains.ratio(case.python, path.steps.len() as u64)?;
    Some(Gain::of(heat, ratio)).filter(Gain::worth_saying)
}
