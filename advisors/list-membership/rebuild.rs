//! The fix: the list becomes a set, or gets a set as its companion.

mod companion;
mod convert;

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{
    BindingKind, Id, ScopeKind, Stays, Storage, Tree, Use, Variable, call_of, fresh_list, is_simple,
};
use crate::{Case, Edit, Fix, Safety, words};

/// A fix, or a remark that says why there is none.
pub(super) struct Proposal {
    pub(super) fix: Option<Fix>,
    pub(super) remark: Option<String>,
}

pub(super) fn propose<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    variable: Option<Variable<'a>>,
    probes: &[TextRange],
    doubt: Option<String>,
) -> Proposal {
    let without = |remark: String| Proposal { fix: None, remark: Some(remark) };
    if let Some(remark) = probes.iter().find_map(|&probe| all_removed(tree, probe)) {
        return without(remark);
    }
    let Some(variable) = variable else {
        let counted = match probes.first().is_some_and(|&probe| shrinks(tree, probe)) {
            true => " (a `collections.Counter` where it may hold one twice)",
            false => "",
        };
        return without(format!(
            "Keep a set beside it{counted}, changed wherever the list is; other code may change it \
             too, so no edit is offered."
        ));
    };
    let rebuild = Rebuild { tree, case, variable, uses: tree.uses(variable), probes };
    let mut notes = Vec::new();
    let mut edits = match rebuild.edits(&mut notes) {
        Ok(edits) => edits,
        Err(remark) => return without(remark),
    };
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    notes.extend(doubt);
    notes.extend(tree.lookup_by_name(variable));
    let safety = if notes.is_empty() { Safety::Safe } else { Safety::Unsafe };
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Proposal { fix: Some(Fix { safety, note, edits }), remark: None }
}

/// Whether a use takes elements out, of which there may be others that are equal.
fn takes_out(done: Use<'_>) -> bool {
    matches!(done, Use::Changed(_) | Use::Method("pop" | "remove", _))
}

/// Whether the file takes elements out of what is tested, by the attribute that it is or is an item of.
fn shrinks(tree: &Tree<'_>, probe: TextRange) -> bool {
    let Some((_, compare)) = tree.compares().find(|(_, it)| it.range() == probe) else {
        return false;
    };
    let mut held = compare.comparators.first();
    while let Some(Expr::Subscript(item)) = held {
        held = Some(&*item.value);
    }
    let Some(held) = held else { return false };
    let name = match held {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        _ => return false,
    };
    tree.ids().any(|id| {
        let is_it = match tree[id] {
            AnyNodeRef::ExprAttribute(it) => it.attr.as_str() == name,
            AnyNodeRef::ExprName(it) => it.id.as_str() == name,
            _ => false,
        };
        is_it
            && match tree.use_of(id) {
                Use::Indexed(item) => takes_out(tree.use_of(item)),
                done => takes_out(done),
            }
    })
}

/// `while x in L: L.remove(x)`: what to write in place of the loop.
fn all_removed(tree: &Tree<'_>, probe: TextRange) -> Option<String> {
    let (id, compare) = tree.compares().find(|(_, it)| it.range() == probe)?;
    let AnyNodeRef::StmtWhile(repeated) = tree[tree.parent(id)?] else { return None };
    let [ruff_python_ast::Stmt::Expr(statement)] = &*repeated.body else { return None };
    let call = statement.value.as_call_expr()?;
    let method = call.func.as_attribute_expr().filter(|it| it.attr.as_str() == "remove")?;
    let (text, [list], [removed]) = (
        |expr: &Expr| tree.source().slice(expr.range()),
        &*compare.comparators,
        &*call.arguments.args,
    ) else {
        return None;
    };
    let (list, value) = (text(list), text(removed));
    (text(&method.value) == list && text(&compare.left) == value).then(|| {
        format!(
            "In place of the loop on {}, leave them out in one pass: \
             `{list}[:] = [it for it in {list} if it != {value}]`; for several values, \
             `if it not in` a set of them, where they are hashable.",
            words::line(tree.source(), repeated.range())
        )
    })
}

struct Rebuild<'t, 'a, 'c> {
    tree: &'t Tree<'a>,
    case: &'c Case<'c>,
    variable: Variable<'a>,
    uses: Vec<(Id, Use<'a>)>,
    /// The hot tests.
    probes: &'c [TextRange],
}

impl<'a> Rebuild<'_, 'a, '_> {
    /// The edits, with what has to be checked before they are applied; or why there are none.
    fn edits(&self, notes: &mut Vec<String>) -> Result<Vec<Edit>, String> {
        let name = self.variable.name;
        if self.tree.binds("set") {
            return Err("The file binds the name `set` itself, so no edit is offered.".to_owned());
        }
        if self.tree.scope_kind(self.variable.scope) == ScopeKind::Class {
            return Err("Build a set where the class builds its list.".to_owned());
        }
        if let Some((id, how)) = self.obstacle() {
            let line = words::line(self.case.source, self.tree.range(id));
            let takes_out = self.uses.iter().any(|&(_, done)| takes_out(done));
            let counted = match takes_out && !self.holds_no_duplicates() {
                true => ", or a `collections.Counter` where the list may hold one twice",
                false => "",
            };
            return Err(format!(
                "`{name}` is {how} on {line}; a set would have to follow{counted}."
            ));
        }
        if self.is_parameter() {
            self.stays_or_why(notes)?;
            return self.before_loop(notes);
        }
        if !self.is_plainly_bound() {
            return Err(format!("Build a set where `{name}` is built."));
        }
        if let Some(edits) = self.converted() {
            if self.is_shared_by_functions() {
                notes.push(format!("no other module may use `{name}` as a list"));
            }
            return Ok(edits);
        }
        self.stays_or_why(notes)?;
        self.note_strangers(notes);
        self.companion()
    }

    /// Why a set would miss what is added to the list, if it is by another name or by what is called.
    fn stays_or_why(&self, notes: &mut Vec<String>) -> Result<(), String> {
        let (tree, name) = (self.tree, self.variable.name);
        let Some((id, _)) = self.uses.iter().find(|(_, done)| matches!(done, Use::Probe(_))) else {
            return Ok(());
        };
        let line = |id| words::line(self.case.source, tree.range(id));
        let changed = |line| {
            format!(
                "The same list is changed by another name on {line}; a set would have to follow."
            )
        };
        let varies = self.probes.iter().any(|&probe| {
            let lengths = self.case.operand(probe, name).and_then(|seen| seen.lengths);
            lengths.is_some_and(|lengths| lengths.min != lengths.max)
        });
        let home = tree.scope_node(self.variable.scope);
        if let Stays::Not(by) = tree.stays(*id, home) {
            return Err(changed(line(by)));
        }
        let outermost = tree.loops(*id).pop().map(|repeated| tree.loop_extent(repeated));
        match tree.stays(*id, outermost.unwrap_or(tree.function(*id))) {
            Stays::Surely => Ok(()),
            Stays::Not(by) => Err(changed(line(by))),
            // The appends by its name say why the length is another each time.
            Stays::Perhaps(by) if varies && self.appends().next().is_none() => Err(format!(
                "Its length changes, and what is called on {} may change it; a set would have to follow.",
                line(by)
            )),
            Stays::Perhaps(by) => {
                notes.push(format!("what is called on {} must leave `{name}` as it is", line(by)));
                Ok(())
            }
        }
    }

    /// The first use that a set could not follow, and what it does.
    fn obstacle(&self) -> Option<(Id, String)> {
        let how = |done| match done {
            Use::Method("append" | "sort" | "reverse" | "index" | "count" | "copy", _) => None,
            Use::Method(name, _) => Some(format!("also changed by `{name}`")),
            Use::Changed(_) | Use::Bound(BindingKind::Augment) => Some("also changed".to_owned()),
            Use::Bound(BindingKind::Delete) => Some("deleted".to_owned()),
            _ => None,
        };
        self.uses.iter().find_map(|&(id, done)| Some((id, how(done)?)))
    }

    fn is_parameter(&self) -> bool {
        let bindings = self.tree.bindings(self.variable);
        bindings.iter().any(|binding| binding.kind == BindingKind::Parameter)
    }

    /// Whether every binding is a plain assignment in the variable's own code; several only when
    /// each makes a new list, since one of them might be `None` or the like.
    fn is_plainly_bound(&self) -> bool {
        let bindings = self.tree.bindings(self.variable);
        let plain = bindings.iter().all(|binding| {
            let value = self.tree.assigned(binding.node);
            binding.kind == BindingKind::Assign
                && self.tree.scope(binding.node) == self.variable.scope
                && value.is_some_and(|value| {
                    !value.is_literal_expr()
                        && (bindings.len() == 1 || fresh_list(self.tree, value))
                })
        });
        plain && !bindings.is_empty()
    }

    /// Calls of `append` on the list, with what they append.
    fn appends(&self) -> impl Iterator<Item = (Id, &'a Expr)> {
        self.uses.iter().filter_map(|&(_, done)| match done {
            Use::Method("append", call) => {
                Some((call, call_of(self.tree, call)?.arguments.args.first()?))
            }
            _ => None,
        })
    }

    fn starts_empty(&self) -> bool {
        self.tree.bindings(self.variable).iter().all(|binding| {
            let value = self.tree.assigned(binding.node);
            matches!(value, Some(Expr::List(list)) if list.elts.is_empty())
        })
    }

    /// Whether every element is appended only after it was found missing, by the statement
    /// `if value not in list: list.append(value)`, and the list starts empty.
    fn holds_no_duplicates(&self) -> bool {
        self.starts_empty() && self.appends().all(|(call, value)| self.is_guarded(call, value))
    }

    fn is_guarded(&self, append: Id, value: &Expr) -> bool {
        let statement = self.tree.parent(append);
        let around = statement.and_then(|statement| self.tree.parent(statement));
        let (Some(statement), Some(around)) = (statement, around) else { return false };
        let AnyNodeRef::StmtIf(guard) = self.tree[around] else { return false };
        let source = self.tree.source();
        let test = format!("{} not in {}", source.slice(value.range()), self.variable.name);
        let first = guard.body.first().map(Ranged::range);
        is_simple(value)
            && first == Some(self.tree.range(statement))
            && source.slice(guard.test.range()) == test
    }

    /// Whether functions use a variable of the module, as other modules might.
    fn is_shared_by_functions(&self) -> bool {
        self.uses
            .iter()
            .any(|&(id, _)| self.tree.storage(id, self.case.python) == Some(Storage::Global))
    }
}
