//! The fix: one lookup before the loop.

use ruff_python_ast::{AnyNodeRef, Expr};

use super::Repeated;
use super::path::{Path, Step};
use super::steady::Steadiness;
use crate::rewrite::{before_statement, free_name};
use crate::shape::{BindingKind, Id, ScopeId, ScopeKind, Tree, Variable};
use crate::{Edit, Fix, Safety};

/// Names that a local of the same name would hide, or that cannot be names.
const NOT_NAMES: &[&str] = &[
    "False", "None", "True", "all", "and", "any", "as", "assert", "async", "await", "break",
    "bytes", "class", "continue", "def", "del", "dict", "dir", "elif", "else", "except", "filter",
    "finally", "float", "for", "format", "from", "global", "hash", "id", "if", "import", "in",
    "input", "int", "is", "iter", "lambda", "len", "list", "map", "match", "max", "min", "next",
    "nonlocal", "not", "object", "open", "or", "pass", "print", "raise", "range", "return", "set",
    "sorted", "str", "sum", "try", "tuple", "type", "vars", "while", "with", "yield",
];

/// A fix, or a remark that says why there is none.
pub(super) fn propose(tree: &Tree<'_>, repeated: &Repeated<'_>) -> Result<Fix, String> {
    let path = repeated.first();
    let text = tree.text(path.node);
    let by_hand = || format!("Give `{text}` a name before the loop.");
    if text.contains(['\n', '\r']) {
        return Err("Give it a name before the loop.".to_owned());
    }
    if repeated.paths.iter().any(|path| is_shown_with_its_text(tree, path)) {
        return Err(by_hand());
    }
    let statement = tree.statement(repeated.extent).ok_or_else(by_hand)?;
    let name = free_name(tree, &name(path), "");
    let before = format!("{name} = {text}");
    let mut edits =
        vec![before_statement(tree.source(), tree.range(statement), &before).ok_or_else(by_hand)?];
    edits.extend(
        repeated.paths.iter().map(|path| Edit { range: tree.range(path.node), text: name.clone() }),
    );
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    let mut notes = Vec::new();
    if repeated.steadiness != Steadiness::Steady || !is_written_out(tree, path, repeated.extent) {
        notes.push(format!(
            "nothing else (another thread, a called function, an alias) may change `{text}` during \
             the loop, and it must exist even where the loop would not have looked it up"
        ));
    }
    let scope = tree.frame(tree.scope(path.node));
    if scope == ScopeId::MODULE {
        notes.push(format!("`{name}` becomes a global of the module"));
    }
    notes.extend(tree.lookup_by_name(Variable { scope, name: &name }));
    let safety = if notes.is_empty() { Safety::Safe } else { Safety::Unsafe };
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Ok(Fix { safety, note, edits })
}

/// `f"{a.b.c=}"` prints the expression's text.
fn is_shown_with_its_text(tree: &Tree<'_>, path: &Path<'_>) -> bool {
    tree.ancestors(path.node).any(|id| match tree[id] {
        AnyNodeRef::InterpolatedElement(element) => element.debug_text.is_some(),
        _ => false,
    })
}

/// A name for the value: the last step's, if that can be one.
fn name(path: &Path<'_>) -> String {
    let words: Vec<&str> = path
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Attribute(name) | Step::Text(name) if is_identifier(name) => Some(*name),
            _ => None,
        })
        .collect();
    let plain = |name: &&str| !NOT_NAMES.contains(name);
    match (path.steps.last(), words.as_slice()) {
        (Some(Step::Attribute(last) | Step::Text(last)), [.., word]) if word == last => {
            match (plain(word), words.as_slice()) {
                (true, _) => (*last).to_owned(),
                (false, [.., before, _]) => format!("{before}_{last}"),
                _ => format!("{}_{last}", path.variable.name),
            }
        }
        (_, [.., word]) => format!("{word}_item"),
        _ => format!("{}_item", path.variable.name),
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether the file's text alone shows that the lookup succeeds and that nobody else can change
/// it: the variable is the function's own and bound once, before the loop, to a dict that is
/// written out with those keys, and only ever read by constant keys.
fn is_written_out(tree: &Tree<'_>, path: &Path<'_>, extent: Id) -> bool {
    let [binding] = tree.bindings(path.variable) else { return false };
    let home = tree.scope_node(path.variable.scope);
    let statement = tree.statement(binding.node);
    let always_bound = statement.and_then(|statement| tree.parent(statement)) == Some(home)
        && tree.function(extent) == home
        && binding.node < extent;
    let own = tree.scope_kind(path.variable.scope) == ScopeKind::Function;
    if binding.kind != BindingKind::Assign || !always_bound || !own {
        return false;
    }
    let Some(mut value) = tree.assigned(binding.node) else { return false };
    for step in &path.steps {
        let (Step::Text(key), Expr::Dict(dict)) = (step, value) else { return false };
        let found = dict.items.iter().rev().find(|item| {
            matches!(&item.key, Some(Expr::StringLiteral(text)) if text.value.to_str() == *key)
        });
        let all_written = dict.items.iter().all(|item| item.key.is_some());
        match found {
            Some(item) if all_written => value = &item.value,
            _ => return false,
        }
    }
    tree.mentions(path.variable)
        .into_iter()
        .filter(|&id| id != binding.node)
        .all(|id| stays_whole(tree, id, path.steps.len()))
}

/// Whether a mention only reads through at least `depth` constant keys.
fn stays_whole(tree: &Tree<'_>, mention: Id, depth: usize) -> bool {
    let mut at = mention;
    for _ in 0..depth {
        let Some(parent) = tree.parent(at) else { return false };
        match tree[parent] {
            AnyNodeRef::ExprSubscript(item)
                if item.ctx.is_load() && tree[at].ptr_eq((&*item.value).into()) => {}
            _ => return false,
        }
        at = parent;
    }
    true
}
