//! The fix: the list becomes a set, or gets a set as its companion.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::hashing::Hashable;
use crate::rewrite::{after_statement, before_statement, free_name};
use crate::shape::{
    BindingKind, Id, ScopeKind, Storage, Tree, Use, Variable, call_of, fresh_list, is_simple,
};
use crate::{Case, Edit, Fix, Safety, words};

/// A fix, or a remark that says why there is none.
pub(super) struct Proposal {
    pub(super) fix: Option<Fix>,
    pub(super) remark: Option<String>,
}

impl Proposal {
    fn none(remark: impl Into<String>) -> Self {
        Self { fix: None, remark: Some(remark.into()) }
    }
}

pub(super) fn propose<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    variable: Option<Variable<'a>>,
    probes: &[TextRange],
    hashable: Hashable,
) -> Proposal {
    let Some(variable) = variable else {
        return Proposal::none(
            "Keep a set beside it, changed wherever the list is; other code may change the \
             attribute, so no edit is offered.",
        );
    };
    let rebuild = Rebuild { tree, case, variable, uses: tree.uses(variable), probes };
    let mut notes = Vec::new();
    let edits = match rebuild.edits(&mut notes) {
        Ok(edits) => edits,
        Err(remark) => return Proposal::none(remark),
    };
    if hashable != Hashable::Yes {
        notes.push("the elements and the values that are looked for must be hashable".to_owned());
    }
    let safety = if notes.is_empty() { Safety::Safe } else { Safety::Unsafe };
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Proposal { fix: Some(Fix { safety, note, edits }), remark: None }
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
        if self.tree.scope_kind(self.variable.scope) == ScopeKind::Class {
            return Err("A class's attribute may be changed from elsewhere.".to_owned());
        }
        if let Some((id, how)) = self.uses.iter().find_map(|&(id, done)| self.obstacle(id, done)) {
            let line = words::line(self.case.source, self.tree.range(id));
            let name = self.variable.name;
            return Err(format!("`{name}` is {how} on {line}; a set would have to follow."));
        }
        if self.is_parameter() {
            return self.before_loop(notes);
        }
        self.bindings_are_plain()?;
        let mut edits = match self.converted() {
            Some(edits) => {
                self.note_importers(notes);
                edits
            }
            None => {
                self.note_strangers(notes);
                self.companion()?
            }
        };
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        Ok(edits)
    }

    /// What a use does that a set cannot follow.
    fn obstacle(&self, id: Id, done: Use<'a>) -> Option<(Id, String)> {
        let how = match done {
            Use::Method("append", call) if self.appended(call).is_some() => return None,
            Use::Method("append", _) => "appended to with a value that cannot be named twice",
            Use::Method("sort" | "reverse", _) => return None,
            Use::Method(name @ ("remove" | "pop" | "clear" | "extend" | "insert"), _) => {
                return Some((id, format!("also changed by `{name}`")));
            }
            Use::Changed(_) | Use::Bound(BindingKind::Augment) => "also changed",
            Use::Bound(BindingKind::Delete) => "deleted",
            Use::Bound(BindingKind::Assign | BindingKind::Declaration) => return None,
            Use::Bound(_) => "bound by something other than a plain assignment",
            _ => return None,
        };
        Some((id, how.to_owned()))
    }

    fn is_parameter(&self) -> bool {
        let bindings = self.tree.bindings(self.variable);
        bindings.iter().any(|binding| binding.kind == BindingKind::Parameter)
    }

    /// Every binding is a plain assignment in the variable's own code.
    fn bindings_are_plain(&self) -> Result<(), String> {
        let bindings = self.tree.bindings(self.variable);
        let plain = !bindings.is_empty()
            && bindings.iter().all(|binding| {
                binding.kind == BindingKind::Assign
                    && self.tree.assigned(binding.node).is_some()
                    && self.tree.scope(binding.node) == self.variable.scope
            });
        if plain { Ok(()) } else { Err("Build a set where the list is built.".to_owned()) }
    }

    /// The argument of `list.append(argument)` as a statement of its own, when it can be named
    /// twice.
    fn appended(&self, call: Id) -> Option<&'a Expr> {
        let is_statement =
            matches!(self.tree.parent(call).map(|id| self.tree[id]), Some(AnyNodeRef::StmtExpr(_)));
        let arguments = &call_of(self.tree, call)?.arguments;
        match (&*arguments.args, &*arguments.keywords) {
            ([value], []) if is_statement && is_simple(value) => Some(value),
            _ => None,
        }
    }

    /// The list turned into a set, when nothing but membership is asked of it.
    fn converted(&self) -> Option<Vec<Edit>> {
        let only_asked = self.uses.iter().all(|&(id, done)| match done {
            Use::Probe(_) | Use::Tested => true,
            Use::Method("append", _) => true,
            Use::Measured => self.holds_no_duplicates(),
            Use::Bound(_) => !self.is_annotated(id),
            _ => false,
        });
        if !only_asked {
            return None;
        }
        let mut edits = Vec::new();
        for binding in self.tree.bindings(self.variable) {
            edits.extend(self.as_set(self.tree.assigned(binding.node)?)?);
        }
        for &(_, done) in &self.uses {
            if let Use::Method("append", call) = done
                && let Expr::Attribute(method) = &*call_of(self.tree, call)?.func
            {
                edits.push(Edit { range: method.attr.range(), text: "add".to_owned() });
            }
        }
        Some(edits)
    }

    /// The edits that make a set of the expression that gives a new list.
    fn as_set(&self, value: &Expr) -> Option<Vec<Edit>> {
        let replace = |range: TextRange, text: &str| Edit { range, text: text.to_owned() };
        let braces = |range: TextRange| {
            let one = 1.into();
            vec![
                replace(TextRange::at(range.start(), one), "{"),
                replace(TextRange::new(range.end() - one, range.end()), "}"),
            ]
        };
        Some(match value {
            Expr::List(list) if list.elts.is_empty() => vec![replace(list.range(), "set()")],
            Expr::List(list) => braces(list.range()),
            Expr::ListComp(comprehension) => braces(comprehension.range()),
            Expr::Call(call) if self.is_list_call(call) => {
                vec![replace(call.func.range(), "set")]
            }
            value if fresh_list(self.tree, value) => {
                let range = value.range();
                vec![
                    replace(TextRange::empty(range.start()), "set("),
                    replace(TextRange::empty(range.end()), ")"),
                ]
            }
            _ => return None,
        })
    }

    fn is_list_call(&self, call: &ruff_python_ast::ExprCall) -> bool {
        crate::shape::is_builtin_call(self.tree, call, "list")
    }

    fn is_annotated(&self, binding: Id) -> bool {
        let parent = self.tree.parent(binding).map(|id| self.tree[id]);
        matches!(parent, Some(AnyNodeRef::StmtAnnAssign(_)))
    }

    /// Whether every element is appended only after it was found missing, by the statement
    /// `if value not in list: list.append(value)`, and the list starts empty.
    fn holds_no_duplicates(&self) -> bool {
        let starts_empty = self.tree.bindings(self.variable).iter().all(|binding| {
            let value = self.tree.assigned(binding.node);
            matches!(value, Some(Expr::List(list)) if list.elts.is_empty())
        });
        starts_empty
            && self.uses.iter().all(|&(_, done)| match done {
                Use::Method("append", call) => self.is_guarded(call),
                _ => true,
            })
    }

    fn is_guarded(&self, append: Id) -> bool {
        let guarded = || {
            let value = self.tree.source().slice(self.appended(append)?.range());
            let statement = self.tree.parent(append)?;
            let AnyNodeRef::StmtIf(guard) = self.tree[self.tree.parent(statement)?] else {
                return None;
            };
            let first = guard.body.first()?.range() == self.tree.range(statement);
            let test = format!("{value} not in {}", self.variable.name);
            Some(first && self.tree.source().slice(guard.test.range()) == test)
        };
        guarded() == Some(true)
    }

    /// A set beside the list, filled where the list is.
    fn companion(&self) -> Result<Vec<Edit>, String> {
        let (source, name) = (self.case.source, self.variable.name);
        let set = free_name(self.tree, name, "_set");
        let mut edits = Vec::new();
        for binding in self.tree.bindings(self.variable) {
            let empty = matches!(self.tree.assigned(binding.node),
                Some(Expr::List(list)) if list.elts.is_empty());
            let made = if empty { format!("{set} = set()") } else { format!("{set} = set({name})") };
            let statement = self.tree.parent(binding.node).ok_or("No binding statement.")?;
            edits.push(after_statement(source, self.tree.range(statement), &made));
        }
        for &(_, done) in &self.uses {
            if let Use::Method("append", call) = done
                && let (Some(value), Some(statement)) =
                    (self.appended(call), self.tree.parent(call))
            {
                let added = format!("{set}.add({})", source.slice(value.range()));
                edits.push(after_statement(source, self.tree.range(statement), &added));
            }
        }
        edits.extend(self.redirected(&set));
        Ok(edits)
    }

    /// The tests asked of the set.
    fn redirected(&self, set: &str) -> impl Iterator<Item = Edit> {
        self.uses
            .iter()
            .filter(|(_, done)| matches!(done, Use::Probe(_)))
            .map(|(id, _)| Edit { range: self.tree.range(*id), text: set.to_owned() })
    }

    /// A set built from a parameter before the outermost loop that probes it.
    fn before_loop(&self, notes: &mut Vec<String>) -> Result<Vec<Edit>, String> {
        let name = self.variable.name;
        let grows = self.uses.iter().any(|(_, done)| matches!(done, Use::Method("append", _)));
        let rebound = self.tree.bindings(self.variable).len() > 1;
        let probe = self.uses.iter().find(|&&(id, done)| {
            matches!(done, Use::Probe(probe) if self.probes.contains(&self.tree.range(probe)))
                && self.tree.frame(self.tree.scope(id)) == self.variable.scope
        });
        let (Some(&(id, _)), false, false) = (probe, grows, rebound) else {
            return Err(format!("Let the caller build a set and pass that as `{name}`."));
        };
        let outermost = self.tree.loops(id).into_iter().next_back();
        let statement = outermost.and_then(|repeated| self.tree.statement(repeated));
        let Some(statement) = statement else {
            return Err(format!("Let the caller build a set and pass that as `{name}`."));
        };
        let set = free_name(self.tree, name, "_set");
        let made = format!("{set} = set({name})");
        let range = self.tree.range(statement);
        let before = before_statement(self.case.source, range, &made)
            .ok_or_else(|| format!("Build a set of `{name}` before the loop."))?;
        notes.push(format!("`{name}` must not change while the loop runs"));
        let within = range;
        let mut edits = vec![before];
        edits.extend(self.redirected(&set).filter(|edit| within.contains_range(edit.range)));
        Ok(edits)
    }

    /// Where a module's variable becomes a set, other files might still take it for a list.
    fn note_importers(&self, notes: &mut Vec<String>) {
        let shared = self.uses.iter().any(|&(id, _)| {
            self.tree.storage(id, self.case.python) == Some(Storage::Global)
        });
        if shared {
            let name = self.variable.name;
            notes.push(format!("no other module may use `{name}` as a list"));
        }
    }

    /// Where the list is known elsewhere, it might be changed there.
    fn note_strangers(&self, notes: &mut Vec<String>) {
        let name = self.variable.name;
        let values = self.tree.bindings(self.variable).iter();
        let borrowed = values
            .filter_map(|binding| self.tree.assigned(binding.node))
            .any(|value| !fresh_list(self.tree, value) && !value.is_tuple_expr());
        let passed = self.uses.iter().find(|(_, done)| {
            matches!(done, Use::Other) || matches!(done, Use::Method(method, _)
                if !matches!(*method, "append" | "index" | "count" | "copy" | "sort" | "reverse"))
        });
        if borrowed {
            notes.push(format!("`{name}` must not be changed through another name"));
        }
        if let Some((id, _)) = passed {
            let line = words::line(self.case.source, self.tree.range(*id));
            notes.push(format!("what `{name}` is given to on {line} must not change it"));
        }
        let shared = self.uses.iter().any(|&(id, _)| {
            self.tree.storage(id, self.case.python) == Some(Storage::Global)
        });
        if shared {
            notes.push(format!("no other module may change `{name}`"));
        }
    }
}

