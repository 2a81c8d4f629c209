//! The list with all that the file does with it, and its turn into a deque.

mod interplay;
mod rewriting;

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};
use ruff_text_size::Ranged;

use super::{Shift, is_all_but_first, is_integer, shift};
use crate::shape::{BindingKind, Id, ScopeKind, Tree, Use, Variable, call_of, fresh_list};
use crate::turns::{Passed, argument};
use crate::{Case, Fix, Safety, words};

/// Callers of callers that are asked what they do with the list.
const MAX_STEPS: u32 = 3;

/// Who holds the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// A variable.
    Variable(Variable<'a>),
    /// The attribute of that name, of whatever object.
    Attribute(&'a str),
}

impl<'a> Owner<'a> {
    /// The owner of the list that a name or `name.attribute` stands for.
    pub(super) fn of(tree: &Tree<'a>, list: Id) -> Option<Self> {
        match tree[list] {
            AnyNodeRef::ExprName(_) => tree.variable(list).map(Owner::Variable),
            AnyNodeRef::ExprAttribute(attribute) => {
                let on_name = matches!(&*attribute.value, Expr::Name(_));
                on_name.then(|| Owner::Attribute(attribute.attr.as_str()))
            }
            _ => None,
        }
    }
}

pub(super) struct Queue<'t, 'a, 'c> {
    tree: &'t Tree<'a>,
    case: &'c Case<'c>,
    owner: Owner<'a>,
    /// Values that are assigned, with the target.
    values: Vec<(Id, &'a Expr)>,
    /// Where the list is bound by anything but an assignment.
    otherwise_bound: bool,
    /// What is done where the list is read.
    uses: Vec<(Id, Use<'a>)>,
}

impl<'t, 'a, 'c> Queue<'t, 'a, 'c> {
    pub(super) fn of(tree: &'t Tree<'a>, case: &'c Case<'c>, owner: Owner<'a>) -> Self {
        let mut queue = Self {
            tree,
            case,
            owner,
            values: Vec::new(),
            otherwise_bound: false,
            uses: Vec::new(),
        };
        match owner {
            Owner::Variable(variable) => queue.read_variable(variable),
            Owner::Attribute(name) => queue.read_attribute(name),
        }
        queue
    }

    fn read_variable(&mut self, variable: Variable<'a>) {
        for binding in self.tree.bindings(variable) {
            let value = self.tree.assigned(binding.node);
            let own = self.tree.scope(binding.node) == variable.scope;
            match (binding.kind, value) {
                (BindingKind::Assign, Some(value)) if own => {
                    self.values.push((binding.node, value));
                }
                (BindingKind::Declaration | BindingKind::Augment, _) => {}
                _ => self.otherwise_bound = true,
            }
        }
        let uses = self.tree.uses(variable).into_iter();
        self.uses = uses.filter(|(_, done)| !matches!(done, Use::Bound(_))).collect();
        let class = self.tree.scope_kind(variable.scope) == ScopeKind::Class;
        self.otherwise_bound |= class || self.values.is_empty();
    }

    fn read_attribute(&mut self, name: &str) {
        for id in self.tree.ids() {
            let AnyNodeRef::ExprAttribute(attribute) = self.tree[id] else { continue };
            if attribute.attr.as_str() != name {
                continue;
            }
            match (attribute.ctx, self.tree.assigned(id)) {
                (ExprContext::Load, _) => self.uses.push((id, self.tree.use_of(id))),
                (_, Some(value)) => self.values.push((id, value)),
                _ => self.otherwise_bound = true,
            }
        }
        self.otherwise_bound |= self.values.is_empty();
    }

    /// The values that are assigned from outside: all but `list[1:]` of the list itself.
    fn sources(&self) -> impl Iterator<Item = (Id, &'a Expr)> {
        self.values.iter().copied().filter(|(target, _)| !self.is_shift_target(*target))
    }

    fn is_shift_target(&self, target: Id) -> bool {
        self.tree.parent(target).is_some_and(|statement| {
            matches!(self.tree[statement], AnyNodeRef::StmtAssign(_))
                && shift(self.tree, statement).is_some()
        })
    }

    /// Whether one and the same list loses its first element more than once: in a loop that does
    /// not bind it anew, or in a function that gets it from outside.
    pub(super) fn is_taken_from_again(&self, shift: &Shift) -> bool {
        let loops = self.tree.loops(shift.whole);
        let comes_again = |&repeated: &Id| {
            self.tree.comes_again(shift.whole, repeated)
                && !self.is_rebound(self.tree.loop_extent(repeated))
        };
        if loops.iter().any(comes_again) {
            return true;
        }
        let function = self.tree.function(shift.whole);
        if !loops.is_empty() || self.is_rebound(function) {
            return false;
        }
        match self.owner {
            Owner::Attribute(_) => true,
            Owner::Variable(variable) => {
                let from_outside = variable.scope != self.tree.frame(self.tree.scope(shift.list));
                let cuts = matches!(self.tree[shift.whole], AnyNodeRef::StmtAssign(_));
                from_outside || (self.is_parameter(variable) && !cuts)
            }
        }
    }

    fn is_parameter(&self, variable: Variable<'a>) -> bool {
        let bindings = self.tree.bindings(variable);
        bindings.iter().any(|binding| binding.kind == BindingKind::Parameter)
    }

    /// Whether anything in `part` makes it another list, other than its own `list[1:]`.
    fn is_rebound(&self, part: Id) -> bool {
        let bound = match self.owner {
            Owner::Variable(variable) => self.tree.bindings(variable),
            Owner::Attribute(_) => &[],
        };
        let bound = bound.iter().filter(|binding| binding.kind != BindingKind::Parameter);
        let assigned = self.values.iter().map(|(target, _)| *target);
        bound
            .map(|binding| binding.node)
            .chain(assigned)
            .any(|target| self.tree.contains(part, target) && !self.is_shift_target(target))
    }

    /// Whether the code alone makes it a list that may be long.
    pub(super) fn is_surely_list(&self) -> bool {
        let makes_list = |value: &Expr| fresh_list(self.tree, value);
        !self.otherwise_bound
            && self.sources().next().is_some()
            && self.sources().all(|(_, value)| makes_list(value))
            && matches!(self.owner, Owner::Variable(_))
    }

    /// The fix, or a remark that says why there is none.
    pub(super) fn as_deque(&self) -> (Option<Fix>, Option<String>) {
        match self.obstacle() {
            Some(remark) => (None, Some(remark)),
            None => match self.edits() {
                Ok(edits) => (Some(self.fix(edits)), None),
                Err(remark) => (None, Some(remark)),
            },
        }
    }

    fn fix(&self, edits: Vec<crate::Edit>) -> Fix {
        let notes = self.notes();
        let safety = if notes.is_empty() { Safety::Safe } else { Safety::Unsafe };
        Fix { safety, note: (!notes.is_empty()).then(|| notes.join("; ")), edits }
    }

    fn name(&self) -> &'a str {
        match self.owner {
            Owner::Variable(variable) => variable.name,
            Owner::Attribute(name) => name,
        }
    }

    /// Why it cannot become a deque, if it cannot.
    fn obstacle(&self) -> Option<String> {
        let name = self.name();
        if self.otherwise_bound {
            let elsewhere =
                || Some(format!("Build a deque where `{name}` is built, and call `popleft()`."));
            return self
                .misuse("")
                .or_else(|| self.misuse_of_callers(MAX_STEPS))
                .or_else(elsewhere);
        }
        if let Some((_, value)) =
            self.sources().find(|(_, value)| self.tree.is_held_elsewhere(value))
        {
            return Some(format!(
                "`{name}` is what `{}` gives, and a deque made of it here would be another object: \
                 what is added there would not arrive, and what is taken off here would stay. Make it \
                 a deque where it is built, and call `popleft()`.",
                words::code(self.case.source, value.range())
            ));
        }
        if self.sources().any(|(_, value)| value.is_literal_expr()) {
            return Some(format!("`{name}` is not always a list, so no edit is offered."));
        }
        self.misuse("")
    }

    /// What is done with the list that a deque does not do alike. `passed` tells how it comes from there.
    fn misuse(&self, passed: &str) -> Option<String> {
        let name = self.name();
        let misfits = self.uses.iter().filter_map(|&(id, done)| Some((id, self.misfit(id, done)?)));
        // Who is given the list, or gives it, knows that it is passed on.
        let from_outside = self.otherwise_bound || !passed.is_empty();
        let mut told = misfits.filter(|(_, how)| !from_outside || !matches!(how, Misfit::PassedOn));
        let (id, how) = told.next()?;
        let line = words::line(self.case.source, self.tree.range(id));
        Some(match how {
            Misfit::Sorted => format!(
                "`{name}`{passed} is sorted on {line}; if the smallest is what is taken, `heapq` keeps it \
                 in front."
            ),
            Misfit::Can(what) => {
                format!("`{name}`{passed} is {what} on {line}, which a deque does not do alike.")
            }
            Misfit::PassedOn => {
                format!("`{name}` is passed on or stored on {line}, where a list may be needed.")
            }
        })
    }

    /// As [`Self::misuse`], of what callers in this file do with the list that they pass.
    fn misuse_of_callers(&self, steps: u32) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let Owner::Variable(variable) = self.owner else { return None };
        let function = self.tree.scope_node(variable.scope);
        let AnyNodeRef::StmtFunctionDef(def) = self.tree[function] else { return None };
        self.tree.callers(function).into_iter().find_map(|id| {
            let call = call_of(self.tree, id)?;
            let given = argument(self.tree, function, def, call, variable.name)?;
            let Passed::Value(value @ Expr::Name(_)) = given else { return None };
            let owner = Owner::of(self.tree, self.tree.id_of(value))?;
            let queue = Queue::of(self.tree, self.case, owner);
            let line = words::line(self.case.source, self.tree.range(id));
            let passed = format!(", which is passed in on {line},");
            queue.misuse(&passed).or_else(|| queue.misuse_of_callers(steps))
        })
    }

    fn misfit(&self, id: Id, done: Use<'a>) -> Option<Misfit> {
        match done {
            Use::Method("append" | "extend" | "clear" | "remove" | "count" | "reverse", _)
            | Use::Method("insert" | "index", _)
            | Use::Measured
            | Use::Tested
            | Use::Probe(_)
            | Use::Returned => None,
            Use::Method("pop", call) => {
                let arguments = &call_of(self.tree, call)?.arguments.args;
                let fits = arguments.first().is_none_or(|index| is_integer(index, 0));
                (!fits).then_some(Misfit::Can("popped in the middle"))
            }
            Use::Method("sort", _) => Some(Misfit::Sorted),
            Use::Method("copy", _) => Some(Misfit::Can("copied")),
            Use::Other => self.misfit_as_part(id),
            Use::Method(..) | Use::Attribute(_) | Use::Bound(_) => Some(Misfit::PassedOn),
            Use::Iterated => self
                .changes_under_iteration(id)
                .then_some(Misfit::Can("changed while it is looped over")),
            Use::Read("print" | "repr" | "str") => Some(Misfit::Can("printed")),
            Use::Read(_) => None,
            Use::Indexed(item) | Use::Changed(item) => {
                let AnyNodeRef::ExprSubscript(item) = self.tree[item] else {
                    return Some(Misfit::PassedOn);
                };
                let at_end = is_integer(&item.slice, 0) || is_minus_one(&item.slice);
                (!at_end).then_some(Misfit::Can("indexed or sliced"))
            }
            Use::Sliced(item) => {
                let AnyNodeRef::ExprSubscript(subscript) = self.tree[item] else {
                    return Some(Misfit::PassedOn);
                };
                let statement = self.tree.parent(item);
                let shifts = is_all_but_first(&subscript.slice)
                    && statement.is_some_and(|statement| shift(self.tree, statement).is_some());
                (!shifts).then_some(Misfit::Can("sliced"))
            }
        }
    }

    /// As [`Self::misfit`], where it is part of a larger expression or statement.
    fn misfit_as_part(&self, id: Id) -> Option<Misfit> {
        match self.tree[self.tree.parent(id)?] {
            AnyNodeRef::ExprCompare(_) => Some(Misfit::Can("compared")),
            AnyNodeRef::ExprBinOp(_) => Some(Misfit::Can("added or multiplied")),
            // A deque is unpacked alike.
            AnyNodeRef::StmtAssign(assign)
                if matches!(&*assign.targets, [Expr::Tuple(_) | Expr::List(_)]) =>
            {
                None
            }
            _ => Some(Misfit::PassedOn),
        }
    }

    /// What has to be checked before the edits are applied.
    fn notes(&self) -> Vec<String> {
        let name = self.name();
        let mut notes = Vec::new();
        if matches!(self.owner, Owner::Attribute(_)) {
            notes.push(format!("no other code may use `.{name}` as a list"));
        }
        if self.sources().any(|(_, value)| !fresh_list(self.tree, value)) {
            notes.push(format!("nobody else may wait for the list in `{name}` to be emptied"));
        }
        if let Some((id, _)) = self.uses.iter().find(|(_, done)| matches!(done, Use::Returned)) {
            let line = words::line(self.case.source, self.tree.range(*id));
            notes.push(format!("who gets `{name}` on {line} must not need a list"));
        }
        let cut = |&(target, _): &(Id, &Expr)| {
            self.is_shift_target(target) && !self.is_tested_around(target)
        };
        if self.values.iter().any(cut) {
            notes.push(format!("`{name}` must not be empty when it is cut: a deque raises"));
        }
        if self.is_shared_by_functions() {
            notes.push(format!("no other module may use `{name}` as a list"));
        }
        notes.extend(self.note_on_iteration());
        notes.extend(self.note_on_exceptions());
        if let Owner::Variable(variable) = self.owner {
            notes.extend(self.tree.lookup_by_name(variable));
        }
        notes
    }

    /// Whether a statement stands in a `while` that goes on only as long as the list has elements.
    fn is_tested_around(&self, target: Id) -> bool {
        self.tree.loops(target).first().is_some_and(|&repeated| {
            matches!(self.tree[repeated], AnyNodeRef::StmtWhile(statement)
                if matches!(&*statement.test, Expr::Name(name) if name.id.as_str() == self.name()))
        })
    }

    fn is_shared_by_functions(&self) -> bool {
        let global = Some(crate::shape::Storage::Global);
        matches!(self.owner, Owner::Variable(_))
            && self.uses.iter().any(|&(id, _)| self.tree.storage(id, self.case.python) == global)
    }
}

enum Misfit {
    Sorted,
    /// What a deque cannot do, or not as fast, or not alike.
    Can(&'static str),
    PassedOn,
}

fn is_minus_one(expr: &Expr) -> bool {
    matches!(expr, Expr::UnaryOp(minus)
        if minus.op == ruff_python_ast::UnaryOp::USub && is_integer(&minus.operand, 1))
}
