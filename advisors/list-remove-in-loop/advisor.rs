//! `L.remove(x)` again and again on a long list.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::Ranged;

use crate::list_calls::{ListCall, hot_calls};
use crate::shape::{Id, Tree, Use, is_builtin_call};
use crate::words::{code, line};
use crate::{Advisor, Case, Finding};

/// Below this length looking for an element and moving the others takes no time.
const MIN_LENGTH: u64 = 50;

const WHY: &str = "A list is compared from its start to find the element, and all behind it move one \
    place down; one pass can leave out many, and a set or dict finds one by its hash.";

pub(crate) struct ListRemoveInLoop;

impl Advisor for ListRemoveInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = hot_calls(case, "remove", MIN_LENGTH).into_iter();
        calls.filter_map(|call| finding(case, call)).collect()
    }
}

fn finding<'a>(case: &Case<'a>, call: ListCall<'a>) -> Option<Finding> {
    let advice = advice(case, &call, call.argument()?)?;
    let does = format!("looks through {} and moves what follows, every time", call.described());
    call.finding(case, &does, WHY, advice)
}

fn advice<'a>(case: &Case<'a>, call: &ListCall<'a>, removed: &Expr) -> Option<String> {
    if is_smallest(case.tree, removed) {
        return None;
    }
    let name = call.name(case);
    let value = code(case.source, removed.range());
    let repeated = call.repeated_by(case.tree).first().copied();
    if let Some(repeated) = repeated
        && goes_over_copy(case, repeated, name, &value)
    {
        let place = line(case.source, case.tree.range(repeated));
        return Some(format!(
            "In place of the loop on {place}, build what is left in one pass: \
             `{name}[:] = [{value} for {value} in {name} if ...]`, with the condition under which \
             an element stays."
        ));
    }
    if call.has_unhashable() || (repeated.is_none() && !call.is_kept_outside(case.tree)) {
        return None;
    }
    let own = call.is_own(case.tree);
    let waits = repeated.filter(|&it| {
        let extent = case.tree.loop_extent(it);
        own && call.other_uses_within(case.tree, it) == 0
            && !call.is_met_elsewhere(case.tree, extent)
    });
    if let Some(repeated) = waits {
        // Who holds the list by another name must find it shorter too.
        let all = if call.is_held_by_name_only(case.tree) { "" } else { "[:]" };
        let place = line(case.source, case.tree.range(repeated));
        return Some(format!(
            "In the loop on {place}, gather what goes in a set: `gone.add({value})`; after it, leave \
             all of it out in one pass: `{name}{all} = [it for it in {name} if it not in gone]`. Elements \
             must be hashable, and each be in the list once (else count them in a \
             `collections.Counter`)."
        ));
    }
    let fits = call.other_uses(case.tree).into_iter().all(|(id, done)| fits_keys(id, done))
        && (call.home.is_some() || !call.has_other_name_in(case.tree, case.tree.function(call.id)));
    let home = call.home.map(|home| code(case.source, home.range()));
    fits.then(|| {
        let made = home.map_or(format!("`{name}`"), |home| format!("what `{home}` holds"));
        format!(
            "If the elements are hashable and each is there once, make {made} a dict with the \
             elements as its keys, which keeps their order too: `{name}[x] = None` adds one, and \
             `del {name}[{value}]` takes it out in the same time at any length{}.",
            match expects_value_error(case.tree, call.id) {
                true => "; what is raised for one that is missing is then `KeyError`",
                false => "",
            }
        )
    })
}

/// Whether the code is ready for an element that is not there.
fn expects_value_error(tree: &Tree<'_>, id: Id) -> bool {
    let handlers = tree.ancestors(id).filter_map(|around| match tree[around] {
        AnyNodeRef::StmtTry(statement) => Some(&statement.handlers),
        _ => None,
    });
    let mut caught = handlers.flatten().filter_map(|it| it.as_except_handler()?.type_.as_deref());
    caught.any(|type_| tree.source().slice(type_.range()).contains("ValueError"))
}

/// Whether the keys of a dict do it as a list does.
fn fits_keys(id: Id, done: Use<'_>) -> bool {
    match done {
        Use::Sliced(_) | Use::Indexed(_) => false,
        // The list's own attribute is bound.
        Use::Changed(item) => item == id,
        Use::Method(name, _) => matches!(name, "append" | "extend" | "remove" | "clear" | "copy"),
        _ => true,
    }
}

/// `for x in L[:]`, `list(L)` or `L.copy()`, which removes its own elements.
fn goes_over_copy(case: &Case<'_>, repeated: Id, list: &str, value: &str) -> bool {
    let AnyNodeRef::StmtFor(statement) = case.tree[repeated] else { return false };
    let text = |expr: &Expr| case.source.slice(expr.range());
    let copied = match &*statement.iter {
        Expr::Subscript(slice) if text(&slice.slice) == ":" => Some(&*slice.value),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) if method.attr.as_str() == "copy" => Some(&*method.value),
            _ if is_builtin_call(case.tree, call, "list") => call.arguments.args.first(),
            _ => None,
        },
        _ => None,
    };
    copied.is_some_and(|it| text(it) == list) && text(&statement.target) == value
}

/// Whether the smallest or largest element is what goes: that is a heap's work.
fn is_smallest(tree: &Tree<'_>, removed: &Expr) -> bool {
    let is_extreme = |expr: &Expr| {
        matches!(expr, Expr::Call(call)
        if ["min", "max"].iter().any(|name| is_builtin_call(tree, call, name)))
    };
    let variable = tree.variable(tree.id_of(removed));
    let bindings = variable.map_or(&[][..], |it| tree.bindings(it));
    let mut values = bindings.iter().filter_map(|binding| tree.assigned(binding.node));
    is_extreme(removed) || values.any(is_extreme)
}
