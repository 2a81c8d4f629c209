//! `if x not in out: out.append(x)`, where a loop does nothing else.

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Dedupe, Id, Proof, Storage, Tree};
use crate::words::{code, sighting, thousands};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Operand, Safety, Worth, is_no_key};

/// Below this length a scan is about as fast as a dict; there the test alone is looked at, by
/// `list-membership`.
pub(crate) const MIN_LENGTH: u64 = 50;

pub(crate) struct DedupeByList;

impl Advisor for DedupeByList {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        if case.hotspots.is_empty() {
            return Vec::new();
        }
        let found = case.tree.ids().filter_map(|id| case.tree.dedupe(id));
        found.filter_map(|it| finding(case, &it)).collect()
    }
}

/// Whether a membership test is one that is spoken of here.
pub(crate) fn is_test(tree: &Tree<'_>, test: Id) -> bool {
    let mut loops = tree.loops(test).into_iter().filter_map(|id| tree.dedupe(id));
    loops.any(|it| tree.id_of(it.test) == test)
}

fn finding<'a>(case: &Case<'a>, it: &Dedupe<'a>) -> Option<Finding> {
    let range = it.test.range();
    let heat = case.built_in(case.heat_on(&[range])?)?;
    let seen = case.operand(range, it.list.name)?;
    let length = seen.lengths.filter(|_| seen.type_name == "list")?.median;
    if length < MIN_LENGTH || is_unhashable(case, it, &seen) || compares_in_python(case, range) {
        return None;
    }
    let gain = case.gain(&heat, Some(length), length)?;
    let (fix, advice) = rewritten(case, it);
    Some(Finding {
        range,
        title: format!(
            "`{}` scans a list of {} (median) for every element, to keep each once",
            code(case.source, range),
            thousands(length)
        ),
        because: vec![
            sighting(&seen),
            "A dict keeps each of its keys once, in the order in which they came, and finds one by \
             its hash: `dict.fromkeys` does in one pass what this loop does."
                .to_owned(),
            advice,
        ],
        heat,
        evidence: vec![Evidence::Operand(seen)],
        worth: Worth::Time(gain),
        fix,
    })
}

fn is_unhashable(case: &Case<'_>, it: &Dedupe<'_>, seen: &Operand) -> bool {
    let value = case.operand(it.test.range(), case.source.slice(it.value.range()));
    let mut types = seen.elements.iter().chain(value.iter().map(|operand| &operand.type_name));
    types.any(|name| is_no_key(name))
}

/// Whether a class of Python code says what is equal: it may have no hash, or one that differs where
/// equal objects do not.
fn compares_in_python(case: &Case<'_>, test: TextRange) -> bool {
    case.callees_on(&[test]).iter().any(|callee| callee.own_name() == "__eq__")
}

/// The fix, where nothing else can see a difference, and the advice in words.
fn rewritten<'a>(case: &Case<'a>, it: &Dedupe<'a>) -> (Option<Fix>, String) {
    let text = |range: TextRange| case.source.slice(range);
    let (over, value) = (text(it.over.range()), text(it.value.range()));
    let target = text(it.target.range());
    let keys = match value == target {
        true => over.to_owned(),
        false => format!("{value} for {target} in {over}"),
    };
    let made = format!("list(dict.fromkeys({keys}))");
    let advice = format!("In place of the loop, write `{} = {}`.", it.list.name, one_line(&made));
    if !is_plain(case, it) {
        return (None, advice + " The values must be hashable, and equal ones must hash alike.");
    }
    let statement = case.tree.range(it.statement);
    let between = TextRange::new(it.empty.end(), statement.start());
    let edit = match text(between).trim().is_empty() {
        true => Edit { range: TextRange::new(it.empty.start(), statement.end()), text: made },
        false => {
            let text = format!("{}.extend(dict.fromkeys({keys}))", it.list.name);
            Edit { range: statement, text }
        }
    };
    let mut notes = Vec::new();
    if case.tree.proof(it.value) == Proof::Nothing {
        notes.push("every value must be hashable, and equal ones must hash alike".to_owned());
    }
    notes.extend(case.tree.lookup_by_name(it.list));
    let safety = if notes.is_empty() { Safety::Safe } else { Safety::Unsafe };
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    (Some(Fix { safety, note, edits: vec![edit] }), advice)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the loop leaves nothing behind but the list: no other mention of its target, no
/// handler that finds the list half full, and nobody who looks at it meanwhile.
fn is_plain(case: &Case<'_>, it: &Dedupe<'_>) -> bool {
    let tree = case.tree;
    let inside = |id: Id| tree.contains(it.statement, id);
    let targets = tree.subtree(tree.id_of(it.target)).filter_map(|id| tree.variable(id));
    let mut mentions = targets.flat_map(|variable| tree.mentions(variable));
    let alone = mentions.all(inside);
    let asks = tree.subtree(tree.id_of(it.over)).any(|id| tree.variable(id) == Some(it.list));
    let name = tree.id_of(&it.test.comparators[0]);
    let own = matches!(tree.storage(name, case.python), Some(Storage::Local | Storage::Module));
    let tried = tree.ancestors(it.statement).any(|id| matches!(tree[id], AnyNodeRef::StmtTry(_)));
    let star = it.over.is_starred_expr() || it.over.is_yield_expr() || it.over.is_yield_from_expr();
    alone && own && !asks && !tried && !star && !tree.binds("dict") && !tree.binds("list")
}
