//! What else a deque does not do alike: it may not change while it is looped over, and its
//! exceptions say something else.

use ruff_python_ast::{AnyNodeRef, ExceptHandler, Expr, StmtTry};
use ruff_text_size::Ranged;

use super::{Owner, Queue};
use crate::shape::{Id, Use, call_of, is_builtin_call};
use crate::words;

/// Builtins that go through all of an iterator before they return.
const CONSUMERS: &[&str] =
    &["all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"];

/// Builtins that run no code that could change a list, as far as plain arguments go.
const QUIET: &[&str] = &[
    "abs",
    "bool",
    "chr",
    "enumerate",
    "float",
    "hash",
    "int",
    "isinstance",
    "len",
    "max",
    "min",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "sorted",
    "str",
    "sum",
    "zip",
];

/// Exceptions that no operation of a list or deque raises.
const OTHER_EXCEPTIONS: &[&str] = &[
    "AttributeError",
    "EOFError",
    "FileNotFoundError",
    "KeyError",
    "KeyboardInterrupt",
    "OSError",
    "StopIteration",
    "SystemExit",
    "TimeoutError",
    "TypeError",
    "UnicodeDecodeError",
    "ZeroDivisionError",
];

/// What prints or hands on the exception that is being handled.
const TELLTALES: &[&str] = &["traceback", "exc_info", "exception", "print_exc", "format_exc"];

impl<'a> Queue<'_, 'a, '_> {
    /// A list may grow while it is looped over; a deque may not.
    pub(super) fn changes_under_iteration(&self, list: Id) -> bool {
        let extent = self.tree.parent(list).map(|parent| self.tree.loop_extent(parent));
        extent.is_some_and(|extent| self.changes().any(|id| self.tree.contains(extent, id)))
    }

    /// Where the list is changed.
    fn changes(&self) -> impl Iterator<Item = Id> {
        let used = self.uses.iter().filter(|(_, done)| match done {
            Use::Changed(_) | Use::Bound(_) => true,
            Use::Method(name, _) => !matches!(*name, "count" | "index" | "copy"),
            _ => false,
        });
        let shifted = self.values.iter().filter(|(target, _)| self.is_shift_target(*target));
        used.map(|(id, _)| *id).chain(shifted.map(|(target, _)| *target))
    }

    /// Where an iterator over the list may still be in use when the list is changed.
    pub(super) fn note_on_iteration(&self) -> Option<String> {
        let lazy = |done: Use<'_>| {
            let iterators = ["enumerate", "filter", "iter", "map", "reversed", "zip"];
            done == Use::Iterated || matches!(done, Use::Read(name) if iterators.contains(&name))
        };
        let mut iterated = self.uses.iter().filter(|(_, done)| lazy(*done)).map(|(id, _)| *id);
        let id = iterated.find(|&id| self.may_change_meanwhile(id))?;
        let line = words::line(self.case.source, self.tree.range(id));
        let name = self.name();
        Some(format!("`{name}` must not change while it is looped over on {line}: a deque raises"))
    }

    fn may_change_meanwhile(&self, list: Id) -> bool {
        let tree = self.tree;
        let extent = self.extent_of_iteration(list);
        let home = tree.frame(tree.scope(list));
        let shared = match self.owner {
            Owner::Variable(variable) => variable.scope != home,
            Owner::Attribute(_) => true,
        };
        let runs_others = tree.subtree(extent).any(|id| self.runs_other_code(id));
        self.changes().any(|change| {
            let elsewhere = shared || tree.frame(tree.scope(change)) != home;
            tree.contains(extent, change) || (elsewhere && runs_others)
        })
    }

    /// What surely ends with the iteration: the loop, the comprehension, the call that takes the
    /// iterator; the function, where the iterator may be kept.
    fn extent_of_iteration(&self, list: Id) -> Id {
        let tree = self.tree;
        let mut below = list;
        for around in tree.ancestors(list) {
            match tree[around] {
                AnyNodeRef::StmtFor(statement) if statement.iter.range() == tree.range(below) => {
                    return around;
                }
                AnyNodeRef::ExprListComp(_)
                | AnyNodeRef::ExprSetComp(_)
                | AnyNodeRef::ExprDictComp(_) => return around,
                AnyNodeRef::ExprCall(_) if self.consumes(around) => return around,
                node if node.is_statement() => break,
                _ => below = around,
            }
        }
        tree.function(list)
    }

    fn consumes(&self, call: Id) -> bool {
        call_of(self.tree, call).is_some_and(|call| {
            let joins = matches!(&*call.func, Expr::Attribute(method)
                if method.attr.as_str() == "join" && method.value.is_string_literal_expr());
            joins || CONSUMERS.iter().any(|name| is_builtin_call(self.tree, call, name))
        })
    }

    fn runs_other_code(&self, id: Id) -> bool {
        let tree = self.tree;
        match tree[id] {
            AnyNodeRef::ExprCall(call) => {
                let quiet = QUIET.iter().any(|name| is_builtin_call(tree, call, name));
                !quiet && !self.consumes(id)
            }
            AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => {
                true
            }
            _ => false,
        }
    }

    /// Where the text of an exception of the list may be looked at.
    pub(super) fn note_on_exceptions(&self) -> Option<String> {
        let raises = |done: &Use<'_>| match done {
            Use::Method(name, _) => matches!(*name, "pop" | "remove" | "index"),
            Use::Changed(_) | Use::Indexed(_) => true,
            _ => false,
        };
        let raising = self.uses.iter().filter(|(_, done)| raises(done)).map(|(id, _)| *id);
        let shifted = self.values.iter().map(|(target, _)| *target);
        let mut told = raising.chain(shifted.filter(|target| self.is_shift_target(*target)));
        let id = told.find(|&id| self.is_exception_told(id))?;
        let line = words::line(self.case.source, self.tree.range(id));
        Some(format!("the text of the exception on {line} must not matter: a deque has another"))
    }

    fn is_exception_told(&self, id: Id) -> bool {
        let tree = self.tree;
        let function = tree.function(id);
        tree.ancestors(id).take_while(|&around| around != function).any(|around| {
            match tree[around] {
                AnyNodeRef::StmtTry(statement) => {
                    let in_body = |id: Id| {
                        statement.body.iter().any(|s| s.range().contains_range(tree.range(id)))
                    };
                    in_body(id) && self.tells(statement)
                }
                _ => false,
            }
        })
    }

    /// Whether a handler that may get the exception looks at it.
    fn tells(&self, statement: &StmtTry) -> bool {
        statement.handlers.iter().any(|handler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let other = matches!(handler.type_.as_deref(), Some(Expr::Name(class))
                if OTHER_EXCEPTIONS.contains(&class.id.as_str()));
            !other && (handler.name.is_some() || self.hands_on(handler.range()))
        })
    }

    fn hands_on(&self, handler: ruff_text_size::TextRange) -> bool {
        self.tree.ids().filter(|&id| handler.contains_range(self.tree.range(id))).any(|id| {
            match self.tree[id] {
                AnyNodeRef::ExprName(name) => TELLTALES.contains(&name.id.as_str()),
                AnyNodeRef::ExprAttribute(attribute) => {
                    TELLTALES.contains(&attribute.attr.as_str())
                }
                _ => false,
            }
        })
    }
}
