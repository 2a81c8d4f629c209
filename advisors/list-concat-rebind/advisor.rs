//! `a = a + [x]`, which makes a new list of all of `a`, where `a.append(x)` adds to it.

mod kept;

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::concat::{Concatenated, Proposal, findings};
use crate::shape::{
    Append, BindingKind, Form, Growing, Id, Storage, Target, Tree, Use, fresh_list,
};
use crate::words::line;
use crate::{Advisor, Case, Edit, Finding};

pub(crate) struct ListConcatRebind;

impl Advisor for ListConcatRebind {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        findings::<Self>(case)
    }
}

impl Concatenated for ListConcatRebind {
    const TYPE: &'static str = "list";
    const LONG: u64 = 1_000;
    const GROWN: u64 = 500;

    /// `a += b` adds to the list that is there.
    fn copies(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> bool {
        append.old.is_some()
            && append.form != Form::Formatted
            && !kept::keeps_every_state(case.tree, growing, append)
    }

    fn is_sure(tree: &Tree<'_>, growing: &Growing<'_>) -> bool {
        growing.first_values(tree).iter().any(|value| fresh_list(tree, value))
    }

    fn why(_case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> String {
        let name = growing.expression;
        match append.form {
            Form::Prepended => format!(
                "`+` makes a new list of all of `{name}`. Append to it and reverse it once it is \
                 complete, or make it a `collections.deque`, which has `appendleft`."
            ),
            _ => format!(
                "`+` makes a new list of all of `{name}`; `append`, `extend` and `+=` add to the \
                 one that is there."
            ),
        }
    }

    fn propose<'a>(case: &Case<'a>, growing: &Growing<'a>) -> Proposal {
        let rebinds: Vec<&Append<'a>> =
            growing.appends.iter().filter(|append| append.old.is_some()).collect();
        if rebinds.iter().any(|append| append.form == Form::Prepended) {
            return Proposal { fix: None, remark: None };
        }
        if rebinds.iter().any(|append| is_gone_through(case, growing, append)) {
            return Proposal::words(
                "The loop goes over the list as it was: go over a copy of it, and append to it.",
            );
        }
        if let Some(&keeper) = kept::keepers(case.tree, growing).first() {
            return Proposal::words(format!(
                "What `{0}` was is handed on or kept on {1}: append to it, and keep a copy there \
                 (`{0}.copy()`).",
                growing.expression,
                line(case.source, case.tree.range(keeper))
            ));
        }
        let Some(copies) = own_copies(case, growing) else {
            if !matches!(growing.target, Target::Variable(_)) {
                return Proposal::words(format!(
                    "Others may hold the list that `{0}` is, as one that a class has for all of its \
                     objects: make each a list of its own first, then append to it.",
                    growing.expression
                ));
            }
            return Proposal::words(format!(
                "Make it a list of its own first, before the loop (`{0} = list({0})`), since others \
                 hold the one that it is; then append to it.",
                growing.expression
            ));
        };
        let copied = (!copies.is_empty()).then(|| {
            format!(
                "nobody may need `{}` to be the very list that it was given, which is now copied",
                growing.expression
            )
        });
        let added = rebinds.iter().filter_map(|append| in_place(case, growing, append));
        let mut edits: Vec<Edit> = copies.into_iter().chain(added).collect();
        edits.sort_by_key(|edit| edit.range.start());
        let notes: Vec<String> = copied
            .into_iter()
            .chain(alias(case, growing))
            .chain(doubtful(case, &rebinds))
            .collect();
        Proposal::fix(edits, &notes)
    }
}

/// The edits that make each list that it starts with one of its own; `None` where that is not plain.
fn own_copies(case: &Case<'_>, growing: &Growing<'_>) -> Option<Vec<Edit>> {
    let tree = case.tree;
    let starts = growing.starts(tree);
    let mut edits = Vec::new();
    for &start in &starts {
        let value = tree.assigned(start)?;
        if fresh_list(tree, value) {
            continue;
        }
        if value.is_literal_expr() || tree.binds("list") {
            return None;
        }
        let text = format!("list({})", case.source.slice(value.range()));
        edits.push(Edit { range: value.range(), text });
    }
    (!starts.is_empty()).then_some(edits)
}

/// The statement that adds to the list which is there.
fn in_place(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> Option<Edit> {
    let (name, added) = (growing.expression, append.added.as_ref()?);
    let text = match &*added.values {
        [Expr::List(list)] if list.elts.len() == 1 && !list.elts[0].is_starred_expr() => {
            format!("{name}.append({})", case.source.slice(list.elts[0].range()))
        }
        _ => format!("{name} += {}", added.text),
    };
    Some(Edit { range: case.tree.range(append.statement), text })
}

/// Whether a loop over the list itself adds to it: over the one that is there, it would not end.
fn is_gone_through(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> bool {
    let loops = case.tree.loops(append.statement).into_iter();
    let mut over = loops.filter_map(|repeated| case.tree.iterable(repeated));
    over.any(|iterable| {
        let parts = case.tree.subtree(case.tree.id_of(iterable));
        parts.into_iter().any(|id| case.tree.text(id) == growing.expression)
    })
}

/// What to check where something else may hold a list that used to stay as it was.
fn alias(case: &Case<'_>, growing: &Growing<'_>) -> Option<String> {
    let tree = case.tree;
    let starts = growing.starts(tree);
    // Others are copied.
    let fresh = starts.iter().all(|&start| tree.assigned(start).is_some());
    let alone = match growing.target {
        Target::Variable(variable) => tree.uses(variable).into_iter().all(|(id, done)| {
            let of_append = growing.appends.iter().any(|it| is_own_part(case, it, id));
            let local = tree.storage(id, case.python) == Some(Storage::Local);
            local && (of_append || (leaves_alone(done) && !kept::is_lazy(tree, id)))
        }),
        Target::Attribute(_) | Target::Item(_) => false,
    };
    (!fresh || !alone).then(|| {
        format!("nothing else may hold the list that `{}` is before it grows", growing.expression)
    })
}

/// Whether a mention is the append's target or old value, and not in what is added.
fn is_own_part(case: &Case<'_>, append: &Append<'_>, mention: Id) -> bool {
    let range = case.tree.range(mention);
    range == append.target.range() || Some(range) == append.old
}

/// Whether nothing is left of that use when the next statement runs.
fn leaves_alone(done: Use<'_>) -> bool {
    matches!(
        done,
        Use::Bound(BindingKind::Assign)
            | Use::Probe(_)
            | Use::Iterated
            | Use::Indexed(_)
            | Use::Sliced(_)
            | Use::Measured
            | Use::Tested
            | Use::Returned
    ) || is_gone_through_at_once(done)
}

/// Whether a builtin goes through all of it, or as much as it needs, and lets go of it.
fn is_gone_through_at_once(done: Use<'_>) -> bool {
    matches!(
        done,
        Use::Read("all" | "any" | "list" | "max" | "min" | "set" | "sorted" | "sum" | "tuple")
    )
}

fn doubtful(case: &Case<'_>, rebinds: &[&Append<'_>]) -> Option<String> {
    let mut values = rebinds.iter().filter_map(|a| a.added.as_ref()).flat_map(|a| &a.values);
    let doubtful = values.find(|value| !fresh_list(case.tree, value))?;
    Some(format!("what is added on {} must be a plain list", line(case.source, doubtful.range())))
}
