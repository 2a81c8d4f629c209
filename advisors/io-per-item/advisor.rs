//! A file that is opened, flushed or printed to for every item of a loop.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext, Operator};
use ruff_text_size::Ranged;

use crate::passing::is_passed_again;
use crate::shape::{BindingKind, Id, ScopeId, Tree, called_name, is_builtin_call};
use crate::words::{code, line, spent_in};
use crate::{Advisor, Case, Finding, Worth};

/// Share of the run, computing or waiting, that opening or flushing must take.
const MIN_SHARE: f64 = 0.03;

/// The same for printing, which may be what the program is for.
const MIN_SHARE_OF_PRINT: f64 = 0.1;

pub(crate) struct IoPerItem;

impl Advisor for IoPerItem {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.all_calls().filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

/// What is done for every item; numbered as the sizes of the pair are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Opened = 1,
    Flushed = 2,
    Printed = 3,
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let done = done(case.tree, call)?;
    let heat = case.spent_on(call.range())?;
    let least = if done == Done::Printed { MIN_SHARE_OF_PRINT } else { MIN_SHARE };
    let repeated = case.tree.loop_around(id).filter(|_| heat.share >= least)?;
    let fits = match done {
        Done::Opened => opens_the_same(case.tree, id, call, repeated),
        Done::Flushed => {
            is_written_to(case.tree, call, repeated)
                && !is_now_and_then(case.tree, id)
                && !someone_waits(case.tree, repeated)
        }
        Done::Printed => !someone_waits(case.tree, repeated),
    };
    if !fits {
        return None;
    }
    let kind = done as u64;
    Some(Finding {
        range: call.range(),
        title: title(case, call, done),
        because: because(case, repeated, done),
        heat,
        evidence: vec![spent_in(case.source, call, &heat)],
        worth: Worth::Time(case.gain(&heat, Some(kind), kind)?),
        fix: None,
    })
}

fn done(tree: &Tree<'_>, call: &ExprCall) -> Option<Done> {
    let arguments = &call.arguments;
    if is_builtin_call(tree, call, "open") && !arguments.args.is_empty() {
        return Some(Done::Opened);
    }
    if is_builtin_call(tree, call, "print") {
        return Some(Done::Printed);
    }
    match &*call.func {
        Expr::Attribute(method) if method.attr.as_str() == "flush" && arguments.is_empty() => {
            Some(Done::Flushed)
        }
        _ => None,
    }
}

/// Files of the kernel's, which are other at every reading.
const LIVE: &[&str] = &["/dev/", "/proc/", "/sys/"];

/// Whether every turn opens the same file, to read it or to add to it.
fn opens_the_same(tree: &Tree<'_>, id: Id, call: &ExprCall, repeated: Id) -> bool {
    let Some(path) = call.arguments.args.first() else { return false };
    let mode = call.arguments.find_argument_value("mode", 1);
    let adds_or_reads = match mode {
        None => true,
        Some(Expr::StringLiteral(mode)) => !mode.value.to_str().contains(['w', 'x', '+']),
        Some(_) => false,
    };
    let known = tree.constant_text(path);
    let is_live = known.is_some_and(|path| LIVE.iter().any(|root| path.starts_with(root)));
    let here = tree.contains(tree.loop_extent(repeated), id);
    let steady = known.is_some()
        || (here && is_bound_outside(tree, tree.loop_extent(repeated), path))
        || (!here && (is_global(tree, path) || is_passed_on_and_on(tree, id, path)));
    // One that goes on until something happens may wait for the file to change.
    adds_or_reads && steady && !is_live && tree.iterable(repeated).is_some()
}

/// Whether a path is made of names and attributes that a loop does not bind.
fn is_bound_outside(tree: &Tree<'_>, extent: Id, path: &Expr) -> bool {
    tree.subtree(tree.id_of(path)).all(|id| match tree[id] {
        AnyNodeRef::ExprName(_) => {
            tree.variable(id).is_none_or(|variable| !tree.bound_within(variable, extent))
        }
        AnyNodeRef::ExprAttribute(_) => !tree.subtree(extent).any(|other| {
            matches!(tree[other], AnyNodeRef::ExprAttribute(stored)
                if stored.ctx != ExprContext::Load && tree.text(other) == tree.text(id))
        }),
        node => !node.is_expression() || node.is_expr_f_string() || node.is_expr_string_literal(),
    })
}

/// Whether a loop calls the function with one and the same path, or on one object that keeps the path it
/// was made with.
fn is_passed_on_and_on(tree: &Tree<'_>, id: Id, path: &Expr) -> bool {
    let kept = match path {
        Expr::Name(_) => true,
        Expr::Attribute(path) => {
            path.value.is_name_expr() && is_set_by_makers(tree, path.attr.as_str())
        }
        _ => false,
    };
    let function = tree.function(id);
    kept && !tree.is_rebound(path, function)
        && tree.root(path).and_then(|root| is_passed_again(tree, function, root)) == Some(true)
}

/// Whether attributes of that name are only set where objects are made, and none is a property.
fn is_set_by_makers(tree: &Tree<'_>, name: &str) -> bool {
    tree.ids().all(|id| match tree[id] {
        AnyNodeRef::ExprAttribute(it) if it.attr.as_str() == name && !it.ctx.is_load() => {
            matches!(tree[tree.function(id)], AnyNodeRef::StmtFunctionDef(def)
                if matches!(def.name.as_str(), "__init__" | "__new__" | "__post_init__"))
        }
        AnyNodeRef::StmtFunctionDef(def) => def.name.as_str() != name,
        _ => true,
    })
}

fn is_global(tree: &Tree<'_>, path: &Expr) -> bool {
    let Expr::Name(name) = path else { return false };
    tree.variable(tree.id_of(name)).is_some_and(|variable| {
        let bindings = tree.bindings(variable);
        variable.scope == ScopeId::MODULE
            && bindings.len() == 1
            && bindings[0].kind == BindingKind::Assign
    })
}

/// Whether the loop writes to what is flushed.
fn is_written_to(tree: &Tree<'_>, call: &ExprCall, repeated: Id) -> bool {
    let Expr::Attribute(flush) = &*call.func else { return false };
    let file = tree.source().slice(flush.value.range());
    let calls = tree.all_calls().filter(|(id, _)| {
        tree.contains(tree.loop_extent(repeated), *id)
            || tree.function(*id) == tree.function(tree.id_of(call))
    });
    let writes = |call: &ExprCall| match &*call.func {
        Expr::Attribute(method) => {
            matches!(method.attr.as_str(), "write" | "writelines" | "writerow" | "writerows")
                && (tree.source().slice(method.value.range()) == file
                    || method.attr.starts_with("writerow"))
        }
        _ => is_builtin_call(tree, call, "print"),
    };
    calls.into_iter().any(|(_, call)| writes(call))
}

/// Whether something is done for every so many items: under an `if` that counts them.
fn is_now_and_then(tree: &Tree<'_>, id: Id) -> bool {
    tree.ancestors(id).any(|around| match tree[around] {
        AnyNodeRef::StmtIf(statement) => {
            let mut test = tree.subtree(tree.id_of(&*statement.test));
            test.any(|id| matches!(tree[id], AnyNodeRef::ExprBinOp(it) if it.op == Operator::Mod))
        }
        _ => false,
    })
}

/// Calls at which a loop waits for someone, who may wait for what was written.
const WAITS: &[&str] = &[
    "accept",
    "communicate",
    "get",
    "input",
    "join",
    "poll",
    "read",
    "readline",
    "recv",
    "result",
    "select",
    "sleep",
    "wait",
];

/// Whether somebody may wait for each item: the loop sleeps, asks, receives or gives way.
fn someone_waits(tree: &Tree<'_>, repeated: Id) -> bool {
    tree.subtree(tree.loop_extent(repeated)).any(|id| match tree[id] {
        AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => true,
        AnyNodeRef::ExprCall(call) => called_name(call).is_some_and(|name| WAITS.contains(&name)),
        _ => false,
    })
}

fn title(case: &Case<'_>, call: &ExprCall, done: Done) -> String {
    let text = code(case.source, call.range());
    match done {
        Done::Opened => format!("`{text}` opens the same file again and again"),
        Done::Flushed => format!("`{text}` hands every single item to the system"),
        Done::Printed => format!("`{text}` writes item by item"),
    }
}

fn because(case: &Case<'_>, repeated: Id, done: Done) -> Vec<String> {
    let at = line(case.source, case.tree.range(repeated));
    let (why, what) = match done {
        Done::Opened => (
            "Opening and closing a file are some calls to the system, an encoder and a buffer, for \
             which a line or so is then written or read.",
            format!("Open it once, before the loop on {at}, and hand the file on."),
        ),
        Done::Flushed => (
            "A file collects what is written and hands it to the system some thousand bytes at a \
             time; a flush makes a call to the system of every item.",
            format!(
                "Flush after the loop on {at}, or leave it to the end of the `with`, unless \
                 somebody follows the file or it must be complete when the process dies."
            ),
        ),
        Done::Printed => (
            "`print` turns its arguments into text and writes each, the blanks and the line's end \
             by calls of their own.",
            format!(
                "Collect the lines of the loop on {at} in a list and write them at once: \
                 `file.write(\"\\n\".join(lines) + \"\\n\")`."
            ),
        ),
    };
    vec![why.to_owned(), what]
}
