//! What runs again and again.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::scope::generators;
use super::{Id, Tree};

/// Turns of a loop that are too few to call it one.
const FEW_TURNS: u64 = 10;

impl<'a> Tree<'a> {
    /// The loops that evaluate a node once a turn, innermost first, as far as the function,
    /// lambda or class that it stands in: `for` and `while` statements and the `for` clauses
    /// (`Comprehension` nodes) of comprehensions. A `for` statement's iterable, an `else` branch
    /// and a comprehension's first iterable are not in their loop; a `while` test is.
    pub fn loops(&self, id: Id) -> Vec<Id> {
        let mut loops = Vec::new();
        let mut below = id;
        for around in self.ancestors(id) {
            match self[around] {
                AnyNodeRef::StmtFor(statement) => {
                    let body = statement.body.iter().map(Ranged::range);
                    if body.into_iter().any(|range| range == self.range(below)) {
                        loops.push(around);
                    }
                }
                AnyNodeRef::StmtWhile(statement) => {
                    let tested = self[below].ptr_eq(AnyNodeRef::from(&*statement.test));
                    if tested || statement.body.iter().any(|s| s.range() == self.range(below)) {
                        loops.push(around);
                    }
                }
                AnyNodeRef::StmtFunctionDef(_)
                | AnyNodeRef::StmtClassDef(_)
                | AnyNodeRef::ExprLambda(_) => break,
                node => {
                    if generators(node).is_some() {
                        loops.extend(self.clauses_around(around, id));
                    }
                }
            }
            below = around;
        }
        loops
    }

    /// The `for` clauses of a comprehension that evaluate `id` once a turn, innermost first.
    fn clauses_around(&self, comprehension: Id, id: Id) -> Vec<Id> {
        let clauses = generators(self[comprehension]).unwrap_or_default();
        let ids: Vec<Id> = self
            .subtree(comprehension)
            .filter(|&clause| matches!(self[clause], AnyNodeRef::Comprehension(_)))
            .filter(|&clause| self.parent(clause) == Some(comprehension))
            .collect();
        let standing = ids.iter().position(|&clause| self.contains(clause, id));
        let turns = match standing {
            None => clauses.len(),
            Some(index) => {
                let iter = &clauses[index].iter;
                let in_iter = iter.range().contains_range(self.range(id));
                if in_iter { index } else { index + 1 }
            }
        };
        ids.into_iter().take(turns).rev().collect()
    }

    /// What a `for` statement or clause goes over; `None` for a `while` loop.
    pub fn iterable(&self, repeated: Id) -> Option<&'a Expr> {
        match self[repeated] {
            AnyNodeRef::StmtFor(statement) => Some(&statement.iter),
            AnyNodeRef::Comprehension(clause) => Some(&clause.iter),
            _ => None,
        }
    }

    /// What a `for` statement or clause binds on each turn; `None` for a `while` loop.
    pub fn loop_target(&self, repeated: Id) -> Option<&'a Expr> {
        match self[repeated] {
            AnyNodeRef::StmtFor(statement) => Some(&statement.target),
            AnyNodeRef::Comprehension(clause) => Some(&clause.target),
            _ => None,
        }
    }

    /// Where CPython says that a `for` statement or clause takes its next item: at the iterable, and
    /// before 3.13 at the whole statement or comprehension. For a clause that is not the only one
    /// the latter is not given, since it may be another's.
    pub fn next_places(&self, repeated: Id) -> Vec<TextRange> {
        match self[repeated] {
            AnyNodeRef::StmtFor(statement) => vec![statement.iter.range(), statement.range()],
            AnyNodeRef::Comprehension(clause) => {
                let whole = self.loop_extent(repeated);
                let only = generators(self[whole]).is_some_and(|clauses| clauses.len() == 1);
                let whole = only.then(|| self.range(whole));
                std::iter::once(clause.iter.range()).chain(whole).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a loop goes over elements that are written out, or a few numbers.
    pub fn takes_few_turns(&self, repeated: Id) -> bool {
        match self.iterable(repeated) {
            Some(Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_)) => true,
            Some(over @ Expr::Call(_)) => {
                self.written_length(over).is_some_and(|turns| turns <= FEW_TURNS)
            }
            _ => false,
        }
    }

    /// Whether a loop comes to a node many times: it takes many turns, and goes on after it.
    pub fn comes_again(&self, id: Id, repeated: Id) -> bool {
        !self.takes_few_turns(repeated) && !self.is_left_after(id, repeated)
    }

    /// Whether a loop ends right after a node, by `break`, `return` or `raise` further down in one of the
    /// blocks that it stands in.
    fn is_left_after(&self, id: Id, repeated: Id) -> bool {
        let extent = self.loop_extent(repeated);
        let around = self.ancestors(id).take_while(|&around| around != extent);
        let own = std::iter::once(id).chain(around);
        let mut statements = own.filter(|&around| self[around].is_statement());
        statements.any(|statement| self.is_followed_by_end(statement, repeated))
    }

    fn is_followed_by_end(&self, statement: Id, repeated: Id) -> bool {
        let Some(parent) = self.parent(statement) else { return false };
        let is_loop =
            |id: &Id| matches!(self[*id], AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_));
        let block = self.subtree(parent).filter(|&id| self.parent(id) == Some(parent));
        block.filter(|&id| id >= statement).any(|id| match self[id] {
            AnyNodeRef::StmtReturn(_) | AnyNodeRef::StmtRaise(_) => true,
            AnyNodeRef::StmtBreak(_) => self.ancestors(id).find(is_loop) == Some(repeated),
            _ => false,
        })
    }

    /// The node that holds all of a loop: the loop itself, or a clause's comprehension.
    pub fn loop_extent(&self, repeated: Id) -> Id {
        match self[repeated] {
            AnyNodeRef::Comprehension(_) => self.parent(repeated).unwrap_or(repeated),
            _ => repeated,
        }
    }

    /// The function, lambda or class definition, or the module, whose body a node stands in.
    pub fn function(&self, id: Id) -> Id {
        self.scope_node(self.frame(self.scope(id)))
    }
}
