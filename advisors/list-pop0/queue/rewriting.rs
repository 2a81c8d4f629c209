//! The edits that make a deque of the list.

use ruff_python_ast::{AnyNodeRef, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::super::is_integer;
use super::Queue;
use crate::shape::{BindingKind, Id, ScopeId, Use, Variable, call_of, is_builtin_call};
use crate::{Edit, rewrite};

impl Queue<'_, '_, '_> {
    pub(super) fn edits(&self) -> Result<Vec<Edit>, String> {
        let (deque, import) = self.deque()?;
        let mut edits: Vec<Edit> = import.into_iter().collect();
        for (target, value) in self.sources() {
            edits.extend(self.wrapped(value, &deque));
            edits.extend(self.annotation(target, &deque));
        }
        for &(target, _) in &self.values {
            if self.is_shift_target(target)
                && let Some(statement) = self.tree.parent(target)
            {
                let text = format!("{}.popleft()", self.tree.text(target));
                edits.push(Edit { range: self.tree.range(statement), text });
            }
        }
        for &(id, done) in &self.uses {
            edits.extend(self.renamed(id, done));
        }
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        Ok(edits)
    }

    /// How the file names the class, and the import that it lacks for that.
    fn deque(&self) -> Result<(String, Option<Edit>), String> {
        let module = |name| {
            let bindings = self.tree.bindings(Variable { scope: ScopeId::MODULE, name });
            bindings.iter().any(|binding| binding.kind == BindingKind::Import)
        };
        let imported = self.case.source.module().body.iter().any(|statement| {
            matches!(statement, Stmt::ImportFrom(import)
            if import.module.as_ref().is_some_and(|module| module.as_str() == "collections")
                && import.names.iter().any(|alias| {
                    alias.name.as_str() == "deque" && alias.asname.is_none()
                }))
        });
        if imported {
            return Ok(("deque".to_owned(), None));
        }
        if self.tree.is_taken("deque") {
            return Err("The file uses the name `deque` itself, so no edit is offered.".to_owned());
        }
        if module("collections") {
            return Ok(("collections.deque".to_owned(), None));
        }
        let import = rewrite::import(self.case.source, "from collections import deque");
        Ok(("deque".to_owned(), import))
    }

    /// The edits that make a deque of an expression that gives a list.
    fn wrapped(&self, value: &Expr, deque: &str) -> Vec<Edit> {
        let range = value.range();
        match value {
            Expr::List(list) if list.elts.is_empty() => {
                vec![Edit { range, text: format!("{deque}()") }]
            }
            Expr::Call(call) if is_builtin_call(self.tree, call, "list") => {
                vec![Edit { range: call.func.range(), text: deque.to_owned() }]
            }
            _ => vec![
                Edit { range: TextRange::empty(range.start()), text: format!("{deque}(") },
                Edit { range: TextRange::empty(range.end()), text: ")".to_owned() },
            ],
        }
    }

    /// `list` in an annotation of the target.
    fn annotation(&self, target: Id, deque: &str) -> Option<Edit> {
        let statement = self.tree.parent(target)?;
        let AnyNodeRef::StmtAnnAssign(assign) = self.tree[statement] else { return None };
        let class = match &*assign.annotation {
            Expr::Subscript(generic) => &generic.value,
            plain => plain,
        };
        let is_list = matches!(class, Expr::Name(name) if name.id.as_str() == "list");
        is_list.then(|| Edit { range: class.range(), text: deque.to_owned() })
    }

    /// What a deque calls by another name.
    fn renamed(&self, id: Id, done: Use<'_>) -> Option<Edit> {
        match done {
            Use::Method("pop", call) => {
                let call = call_of(self.tree, call)?;
                let Expr::Attribute(method) = &*call.func else { return None };
                call.arguments.args.first()?;
                let range = TextRange::new(method.attr.start(), call.end());
                Some(Edit { range, text: "popleft()".to_owned() })
            }
            Use::Method("insert", call) => {
                let call = call_of(self.tree, call)?;
                let Expr::Attribute(method) = &*call.func else { return None };
                let [index, value] = &*call.arguments.args else { return None };
                let range = TextRange::new(method.attr.start(), value.start());
                is_integer(index, 0).then(|| Edit { range, text: "appendleft(".to_owned() })
            }
            Use::Changed(item) => {
                let statement = self.tree.parent(item)?;
                let AnyNodeRef::StmtDelete(delete) = self.tree[statement] else { return None };
                let AnyNodeRef::ExprSubscript(item) = self.tree[item] else { return None };
                let shifts = delete.targets.len() == 1 && is_integer(&item.slice, 0);
                let text = format!("{}.popleft()", self.tree.text(id));
                shifts.then(|| Edit { range: delete.range(), text })
            }
            _ => None,
        }
    }
}
