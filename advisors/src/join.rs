//! Containers that are looked through for an equal key again and again.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};
use ruff_text_size::{Ranged, TextRange};

use crate::left_alone::left_alone;
use crate::rewrite::free_name;
use crate::shape::{BindingKind, Id, Scan, Tree, View, call_of};
use crate::turns::{Search, Turns, turns};
use crate::words::{code, listed};
use crate::{Case, Heat, Operand, is_no_key, is_what_it_is_called};

/// Below this length looking through is about as fast as asking a dict.
const MIN_LENGTH: u64 = 20;

/// What an element can be found in, but a mapping.
const CONTAINERS: &[&str] = &["deque", "frozenset", "list", "set", "tuple"];

/// Mappings that have views.
const MAPPINGS: &[&str] = &["Counter", "OrderedDict", "defaultdict", "dict", "mappingproxy"];

/// What an element's key may be when values are looked for among it: of a string a part would be.
const KEYS: &[&str] = &["deque", "dict", "frozenset", "list", "set", "tuple"];

/// A scan that a loop repeats, with another key each time.
pub(crate) struct Rescan<'a> {
    /// What it is.
    pub(crate) scan: Scan<'a>,
    /// The heat of the search, without what is done with an element that was found.
    pub(crate) heat: Heat,
    /// The loop.
    pub(crate) again: Turns,
    /// What is looked through.
    pub(crate) seen: Operand,
    /// Its median length.
    pub(crate) length: u64,
    /// What to make sure of before.
    check: Option<String>,
}

/// The scans that loops repeat, each once; those that join, or the others.
pub(crate) fn rescans<'a>(case: &Case<'a>, joins: bool) -> Vec<Rescan<'a>> {
    if case.hotspots.is_empty() {
        return Vec::new();
    }
    let scans = case.tree.scans().into_iter().filter(|scan| is_join(case, scan) == joins);
    let mut rescans: Vec<Rescan<'a>> = Vec::new();
    for rescan in scans.filter_map(|scan| Rescan::of(case, scan)) {
        if rescans.iter().all(|other| other.scan.whole != rescan.scan.whole) {
            rescans.push(rescan);
        }
    }
    rescans
}

/// Whether a scan joins: comprehensions that gather all elements of a key group; only those that look
/// for one, and loops within loops, join.
fn is_join(case: &Case<'_>, scan: &Scan<'_>) -> bool {
    let statement = matches!(case.tree[scan.whole], AnyNodeRef::StmtFor(_));
    let clauses = case.tree.loops(case.tree.id_of(scan.test));
    let nested = clauses.iter().filter(|&&id| case.tree.loop_extent(id) == scan.whole).count() > 1;
    statement || scan.first || nested
}

impl<'a> Rescan<'a> {
    /// A scan that is hot, of something that was seen to be long enough, whose keys a dict can have.
    fn of(case: &Case<'a>, scan: Scan<'a>) -> Option<Self> {
        let heat = heat(case, &scan)?;
        let again = turns(case, &search(case, &scan))?;
        let over = code(case.source, scan.over.range());
        let seen = case.operand(looked_at(case.tree, &scan), &over)?;
        let length = length(&seen, &again)?;
        let held = if scan.view.is_some() { MAPPINGS } else { CONTAINERS };
        let fits = held.contains(&seen.type_name.as_str())
            || (scan.view.is_none() && MAPPINGS.contains(&seen.type_name.as_str()));
        let fits = fits && is_what_it_is_called(case, &seen);
        if !fits || has_no_key(case, &scan) || changes_as_it_looks(case.tree, &scan) {
            return None;
        }
        let extent = case.tree.loop_extent(again.place());
        let check = left_alone(case, case.tree.id_of(scan.over), extent, &seen)?;
        Some(Self { scan, heat, again, seen, length, check })
    }

    /// The place that is hot: the test of a statement, or the comprehension with what takes its first.
    pub(crate) fn spot(&self, case: &Case<'_>) -> TextRange {
        match case.tree[self.scan.whole] {
            AnyNodeRef::StmtFor(_) => self.scan.test.range(),
            _ => expression(case, &self.scan),
        }
    }

    /// What to write instead.
    pub(crate) fn advice(&self, case: &Case<'_>) -> String {
        let scan = &self.scan;
        let text = |expr: &Expr| code(case.source, expr.range());
        let (over, key, wanted) = (text(scan.over), text(scan.key), text(scan.wanted));
        if is_own_key(case.tree, scan) {
            return format!(
                "`{over}` finds a key by its hash: ask it for `{over}.get({wanted})` in place of the \
                 search."
            );
        }
        let index = free_name(case.tree, &format!("by_{}", last_part(scan.key)), "");
        let Each { target, through, element } = each(case, scan);
        let place = match self.again {
            Turns::Loop(_) | Turns::Shared(_) => "Before that loop".to_owned(),
            Turns::Caller(_) => format!("Once, where `{over}` is made or before that loop"),
        };
        let loop_over = format!("for {target} in {through}:");
        let of = match &*scan.guards.iter().map(|it| format!("`{}`", text(it))).collect::<Vec<_>>()
        {
            [] => String::new(),
            guards => format!(" (those with {})", listed(guards)),
        };
        let groups = !scan.first || scan.narrowed;
        let make = match (scan.among, groups) {
            (true, _) => {
                let each = free_name(case.tree, "each", "");
                format!(
                    "`{index} = {{}}` and a loop `{loop_over}`{of} around `for {each} in set({key}): \
                     {index}.setdefault({each}, []).append({element})`"
                )
            }
            (false, true) => format!(
                "`{index} = {{}}` and `{loop_over} {index}.setdefault({key}, []).append({element})`{of}"
            ),
            (false, false) => {
                format!(
                    "`{index} = {{}}` and `{loop_over} {index}.setdefault({key}, {element})`{of}"
                )
            }
        };
        let ask = match groups || scan.among {
            true => format!("`for {target} in {index}.get({wanted}, ())`"),
            false => format!("`{index}.get({wanted})`, which is the first one or `None`"),
        };
        format!(
            "{place}, write {make}; then, in place of the search, {ask}. The keys must be hashable, and \
             must not change meanwhile.{}",
            self.check.as_ref().map_or(String::new(), |check| format!(" {check}"))
        )
    }
}

fn search<'a>(case: &Case<'_>, scan: &Scan<'a>) -> Search<'a> {
    Search {
        at: case.tree.id_of(scan.test),
        by: Some(scan.repeated),
        over: scan.over,
        key: Some(scan.key),
        wanted: scan.wanted,
    }
}

/// Whether a search goes on with another value once it found one.
fn changes_as_it_looks(tree: &Tree<'_>, scan: &Scan<'_>) -> bool {
    let mut names = tree.subtree(tree.id_of(scan.wanted));
    let stored = |id: Id| match tree[id] {
        AnyNodeRef::ExprAttribute(it) => it.ctx != ExprContext::Load,
        AnyNodeRef::ExprSubscript(it) => it.ctx != ExprContext::Load,
        _ => false,
    };
    names.any(|name| {
        let bound = tree.variable(name).is_some_and(|it| match tree[scan.whole] {
            AnyNodeRef::StmtFor(_) => tree.bound_within(it, scan.whole),
            // Another clause of a comprehension may say what is looked for.
            _ => tree.bindings(it).iter().any(|binding| {
                binding.kind == BindingKind::Walrus && tree.contains(scan.whole, binding.node)
            }),
        });
        let is_path =
            matches!(tree[name], AnyNodeRef::ExprAttribute(_) | AnyNodeRef::ExprSubscript(_));
        let text = tree.text(name);
        bound || (is_path && tree.subtree(scan.whole).any(|id| stored(id) && tree.text(id) == text))
    })
}

/// The heat of the search, without what is done with an element that was found.
fn heat(case: &Case<'_>, scan: &Scan<'_>) -> Option<Heat> {
    let within = match case.tree[scan.whole] {
        AnyNodeRef::StmtFor(_) => case.tree.range(scan.whole),
        _ => expression(case, scan),
    };
    let whole = case.heat(within)?;
    // To name what was found takes no time: what a comprehension spends there is the way back to its
    // next element, found or not (CPython's `elt_loc`).
    let is_more = |range: &&TextRange| !is_name(case.source.slice(**range));
    let found: Vec<TextRange> = scan.found.iter().filter(is_more).copied().collect();
    let found = case.heat_within(&found).map_or(0, |heat| heat.samples);
    let own = case.gated(whole.samples.saturating_sub(found), whole.self_samples)?;
    Some(Heat { columns: whole.columns, ..own })
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c == '_' || c.is_alphanumeric())
}

/// A comprehension with the call that takes the first of it.
fn expression(case: &Case<'_>, scan: &Scan<'_>) -> TextRange {
    let call = consumer(case.tree, scan).filter(|_| scan.first);
    case.tree.range(call.unwrap_or(scan.whole))
}

/// Where what is looked through has its name: a generator has it from the frame that goes through it,
/// which stands at the call.
fn looked_at(tree: &Tree<'_>, scan: &Scan<'_>) -> TextRange {
    tree.range(consumer(tree, scan).unwrap_or(scan.whole))
}

/// The call that a comprehension is an argument of.
fn consumer(tree: &Tree<'_>, scan: &Scan<'_>) -> Option<Id> {
    tree.ancestors(scan.whole).nth(1).filter(|&id| call_of(tree, id).is_some())
}

/// The median length, when it is worth an index. What a function is called with, or finds outside,
/// may be something else every time; what never changes its length most likely is not.
fn length(seen: &Operand, again: &Turns) -> Option<u64> {
    let lengths = seen.lengths?;
    let steady = lengths.min == lengths.max && seen.observations > 1;
    let same = steady || matches!(again, Turns::Loop(_));
    (same && lengths.median >= MIN_LENGTH).then_some(lengths.median)
}

/// Whether a key cannot be one of a dict, or was not seen to be what values are looked for among.
fn has_no_key(case: &Case<'_>, scan: &Scan<'_>) -> bool {
    let seen = |side: &Expr| {
        case.operand(scan.test.range(), &code(case.source, side.range())).map(|it| it.type_name)
    };
    let is_unfit = |side: &Expr| seen(side).is_some_and(|name| is_no_key(&name));
    match scan.among {
        true => {
            is_unfit(scan.wanted) || seen(scan.key).is_none_or(|it| !KEYS.contains(&it.as_str()))
        }
        false => is_unfit(scan.key) || is_unfit(scan.wanted),
    }
}

/// How to go through what is looked through.
struct Each {
    target: String,
    through: String,
    /// How to name a whole element.
    element: String,
}

fn each(case: &Case<'_>, scan: &Scan<'_>) -> Each {
    let over = code(case.source, scan.over.range());
    let view = |name: &str| format!("{over}.{name}()");
    let target = case.tree.loop_target(scan.repeated);
    if let (Some(View::Items), Some(value)) = (scan.view, unused_key(case.tree, scan)) {
        let value = code(case.source, value.range());
        return Each { target: value.clone(), through: view("values"), element: value };
    }
    let through = match scan.view {
        None => over,
        Some(View::Values) => view("values"),
        Some(View::Items) => view("items"),
    };
    let target = target.map_or(String::new(), |it| code(case.source, it.range()));
    let element = if target.contains(',') && !target.starts_with('(') {
        format!("({target})")
    } else {
        target.clone()
    };
    Each { target, through, element }
}

/// The target of the values of `x.items()`, where nothing uses the keys.
fn unused_key<'a>(tree: &Tree<'a>, scan: &Scan<'a>) -> Option<&'a Expr> {
    let Expr::Tuple(both) = tree.loop_target(scan.repeated)? else { return None };
    let [key @ Expr::Name(_), value @ Expr::Name(_)] = &*both.elts else { return None };
    let variable = tree.variable(tree.id_of(key))?;
    let used = |id: &Id| tree.contains(scan.whole, *id) && *id != tree.id_of(key);
    (!tree.mentions(variable).iter().any(used)).then_some(value)
}

/// Whether what is compared is the key of the mapping that is looked through.
fn is_own_key(tree: &Tree<'_>, scan: &Scan<'_>) -> bool {
    let Some(Expr::Tuple(both)) = tree.loop_target(scan.repeated) else { return false };
    let [first, _] = &*both.elts else { return false };
    let name = |expr: &Expr| tree.variable(tree.id_of(expr)).filter(|_| expr.is_name_expr());
    scan.view == Some(View::Items)
        && !scan.among
        && name(first).is_some()
        && name(first) == name(scan.key)
}

/// What a key is called: `sku` of `row["sku"]` and of `row.sku`.
fn last_part(key: &Expr) -> &str {
    match key {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Subscript(item) => match &*item.slice {
            Expr::StringLiteral(text) if is_identifier(text.value.to_str()) => text.value.to_str(),
            _ => "key",
        },
        Expr::Name(name) => name.id.as_str(),
        _ => "key",
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
