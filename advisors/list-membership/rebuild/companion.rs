//! A set beside the list, when the list itself has to stay.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::Rebuild;
use crate::rewrite::{after_statement, before_statement, free_name};
use crate::shape::{Use, fresh_list, is_simple};
use crate::{Edit, words};

impl Rebuild<'_, '_, '_> {
    /// A set that is made where the list is and filled where the list is.
    pub(super) fn companion(&self) -> Result<Vec<Edit>, String> {
        let (source, name) = (self.case.source, self.variable.name);
        let set = self.name_for_set();
        let mut edits = Vec::new();
        for binding in self.tree.bindings(self.variable) {
            let empty = matches!(self.tree.assigned(binding.node),
                Some(Expr::List(list)) if list.elts.is_empty());
            let made =
                if empty { format!("{set} = set()") } else { format!("{set} = set({name})") };
            let assignment = self.tree.statement(binding.node).unwrap_or(binding.node);
            edits.push(after_statement(source, self.tree.range(assignment), &made));
        }
        for (call, value) in self.appends() {
            let statement = self
                .tree
                .parent(call)
                .filter(|&parent| matches!(self.tree[parent], AnyNodeRef::StmtExpr(_)));
            let statement = statement
                .ok_or_else(|| format!("Keep a set beside `{name}`, filled where it is filled."))?;
            let added = match is_simple(value) {
                true => source.slice(value.range()).to_owned(),
                false => format!("{name}[-1]"),
            };
            let text = format!("{set}.add({added})");
            edits.push(after_statement(source, self.tree.range(statement), &text));
        }
        edits.extend(self.redirected(&set));
        Ok(edits)
    }

    /// A set built from a parameter before the outermost loop that probes it.
    pub(super) fn before_loop(&self, notes: &mut Vec<String>) -> Result<Vec<Edit>, String> {
        let name = self.variable.name;
        let caller = format!("Let the caller build a set and pass that as `{name}`.");
        if self.appends().next().is_some() || self.tree.bindings(self.variable).len() > 1 {
            return Err(caller);
        }
        let repeated = self
            .uses
            .iter()
            .filter(|(_, done)| {
                matches!(done, Use::Probe(probe)
                if self.probes.contains(&self.tree.range(*probe)))
            })
            .filter(|(id, _)| self.tree.frame(self.tree.scope(*id)) == self.variable.scope)
            .find_map(|(id, _)| self.tree.loops(*id).pop());
        let Some(statement) = repeated.and_then(|repeated| self.tree.statement(repeated)) else {
            return Err(caller);
        };
        let (set, range) = (self.name_for_set(), self.tree.range(statement));
        let made = format!("{set} = set({name})");
        let before = before_statement(self.case.source, range, &made).ok_or(caller)?;
        notes.push(format!("`{name}` must not change while the loop runs"));
        let tests = self.redirected(&set).filter(|edit| range.contains_range(edit.range));
        Ok(std::iter::once(before).chain(tests).collect())
    }

    fn name_for_set(&self) -> String {
        let name = self.variable.name;
        let constant =
            name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase);
        free_name(self.tree, name, if constant { "_SET" } else { "_set" })
    }

    /// The tests, asked of the set.
    fn redirected(&self, set: &str) -> impl Iterator<Item = Edit> {
        let probed = self.uses.iter().filter(|(_, done)| matches!(done, Use::Probe(_)));
        probed.map(|(id, _)| Edit { range: self.tree.range(*id), text: set.to_owned() })
    }

    /// Says by whom the list might be changed unnoticed.
    pub(super) fn note_strangers(&self, notes: &mut Vec<String>) {
        let name = self.variable.name;
        let borrowed = self
            .tree
            .bindings(self.variable)
            .iter()
            .filter_map(|binding| self.tree.assigned(binding.node))
            .any(|value| !fresh_list(self.tree, value) && !value.is_tuple_expr());
        if borrowed {
            notes.push(format!("`{name}` must not be changed through another name"));
        }
        if let Some(range) = self.given_away() {
            let line = words::line(self.case.source, range);
            notes.push(format!("what `{name}` is given to on {line} must not change it"));
        }
        if self.is_shared_by_functions() {
            notes.push(format!("no other module may change `{name}`"));
        }
    }

    /// Where the list leaves the code shown while it is still probed.
    fn given_away(&self) -> Option<TextRange> {
        let outlives = self.uses.iter().any(|(id, done)| {
            matches!(done, Use::Probe(_))
                && self.tree.frame(self.tree.scope(*id)) != self.variable.scope
        });
        let leaves = |done: &Use<'_>| match done {
            Use::Other | Use::Attribute(_) => true,
            Use::Returned => outlives,
            _ => false,
        };
        let given = self.uses.iter().find(|(_, done)| leaves(done))?;
        Some(self.tree.range(given.0))
    }
}
