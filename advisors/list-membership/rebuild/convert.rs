//! The list turned into a set, when nothing but membership is asked of it.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Rebuild;
use crate::Edit;
use crate::shape::{Id, Use, call_of, fresh_list, is_builtin_call};

impl Rebuild<'_, '_, '_> {
    pub(super) fn converted(&self) -> Option<Vec<Edit>> {
        let only_asked = self.uses.iter().all(|&(id, done)| match done {
            Use::Probe(_) | Use::Tested | Use::Method("append", _) => true,
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
        for (call, _) in self.appends() {
            if let Expr::Attribute(method) = &*call_of(self.tree, call)?.func {
                edits.push(replace(method.attr.range(), "add"));
            }
        }
        Some(edits)
    }

    /// The edits that make a set of an expression that gives a new list.
    fn as_set(&self, value: &Expr) -> Option<Vec<Edit>> {
        let range = value.range();
        Some(match value {
            Expr::List(list) if list.elts.is_empty() => vec![replace(range, "set()")],
            Expr::List(_) | Expr::ListComp(_) => {
                let one = TextSize::new(1);
                vec![
                    replace(TextRange::at(range.start(), one), "{"),
                    replace(TextRange::new(range.end() - one, range.end()), "}"),
                ]
            }
            Expr::Call(call) if is_builtin_call(self.tree, call, "list") => {
                vec![replace(call.func.range(), "set")]
            }
            value if fresh_list(self.tree, value) => vec![
                replace(TextRange::empty(range.start()), "set("),
                replace(TextRange::empty(range.end()), ")"),
            ],
            _ => return None,
        })
    }

    fn is_annotated(&self, binding: Id) -> bool {
        let parent = self.tree.parent(binding).map(|id| self.tree[id]);
        matches!(parent, Some(AnyNodeRef::StmtAnnAssign(_)))
    }
}

fn replace(range: TextRange, text: &str) -> Edit {
    Edit { range, text: text.to_owned() }
}
