//! Lists that are made to hold each value of a loop once.

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr, ExprCall, ExprCompare, Stmt};
use ruff_text_size::Ranged;

use super::scope::generators;
use super::{BindingKind, Id, Tree, Use, Variable};

/// `out = []` and, in the same block, a loop that does nothing but
/// `if value not in out: out.append(value)`.
#[derive(Debug, Clone, Copy)]
pub struct Dedupe<'a> {
    /// The statement that is the loop: a `for`, or a comprehension that stands for itself.
    pub statement: Id,
    /// What the loop goes over.
    pub over: &'a Expr,
    /// The loop's target.
    pub target: &'a Expr,
    /// The test.
    pub test: &'a ExprCompare,
    /// What is tested and appended: the target, or a part of it.
    pub value: &'a Expr,
    /// The list.
    pub list: Variable<'a>,
    /// The empty list that it is at first.
    pub empty: &'a Expr,
}

impl<'a> Tree<'a> {
    /// What a `for` statement or a `for` clause does, if it is that.
    pub fn dedupe(&self, repeated: Id) -> Option<Dedupe<'a>> {
        let (statement, over, target, test, call) = match self[repeated] {
            AnyNodeRef::StmtFor(it) if !it.is_async && it.orelse.is_empty() => {
                let (test, call) = guarded(&it.body)?;
                (repeated, &*it.iter, &*it.target, test, call)
            }
            AnyNodeRef::Comprehension(it) if !it.is_async => {
                let whole = self.loop_extent(repeated);
                let (AnyNodeRef::ExprListComp(list), [test]) = (self[whole], &*it.ifs) else {
                    return None;
                };
                let statement = self.parent(whole)?;
                let only = generators(self[whole])?.len() == 1;
                if !only || !matches!(self[statement], AnyNodeRef::StmtExpr(_)) {
                    return None;
                }
                (statement, &it.iter, &it.target, test.as_compare_expr()?, list.elt.as_call_expr()?)
            }
            _ => return None,
        };
        let ([CmpOp::NotIn], [Expr::Name(name)]) = (&*test.ops, &*test.comparators) else {
            return None;
        };
        let value = self.appended_to(call, self.variable(self.id_of(name))?)?;
        let same = self.source.slice(value.range()) == self.source.slice(test.left.range());
        if !same || !self.is_part_of(value, target) {
            return None;
        }
        let list = self.variable(self.id_of(name))?;
        let empty = self.empty_before(list, statement)?;
        Some(Dedupe { statement, over, target, test, value, list, empty })
    }

    fn appended_to(&self, call: &'a ExprCall, list: Variable<'a>) -> Option<&'a Expr> {
        let Expr::Attribute(method) = &*call.func else { return None };
        let is_append = method.attr.as_str() == "append" && method.value.is_name_expr();
        match &*call.arguments.args {
            [value] if is_append && self.root(&method.value) == Some(list) => Some(value),
            _ => None,
        }
    }

    /// Whether a value is a loop's target, or an attribute or constant item of it.
    fn is_part_of(&self, value: &Expr, target: &Expr) -> bool {
        match value {
            Expr::Attribute(attribute) => self.is_part_of(&attribute.value, target),
            Expr::Subscript(item) => {
                item.slice.is_literal_expr() && self.is_part_of(&item.value, target)
            }
            Expr::Name(_) => {
                let variable = self.variable(self.id_of(value));
                let mut names = self.subtree(self.id_of(target));
                variable.is_some() && names.any(|name| self.variable(name) == variable)
            }
            _ => false,
        }
    }

    /// The empty list that a variable is bound to in the block of a statement, and nowhere else,
    /// when nothing happens to it in between and nothing but the statement appends to it.
    fn empty_before(&self, list: Variable<'a>, statement: Id) -> Option<&'a Expr> {
        let [binding] = self.bindings(list) else { return None };
        let value = self.assigned(binding.node)?;
        let assignment = self.statement(binding.node)?;
        let is_empty = matches!(value, Expr::List(list) if list.elts.is_empty());
        let mut uses = self.uses(list).into_iter().filter(|(id, _)| *id != binding.node);
        let alone = uses.all(|(id, done)| {
            self.contains(statement, id)
                || (id > statement && !matches!(done, Use::Method("append", _)))
        });
        (binding.kind == BindingKind::Assign
            && is_empty
            && alone
            && self.parent(assignment) == self.parent(statement)
            && self.frame(self.scope(statement)) == list.scope)
            .then_some(value)
    }
}

/// The test and the call of `if ...: call`, which is all that a body is.
fn guarded(body: &[Stmt]) -> Option<(&ExprCompare, &ExprCall)> {
    let [Stmt::If(tested)] = body else { return None };
    let [Stmt::Expr(done)] = &*tested.body else { return None };
    let plain = tested.elif_else_clauses.is_empty();
    Some((tested.test.as_compare_expr().filter(|_| plain)?, done.value.as_call_expr()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn dedupes(text: &str) -> usize {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        tree.ids().filter_map(|id| tree.dedupe(id)).count()
    }

    #[test]
    fn a_loop_that_does_nothing_else_is_found() {
        for text in [
            "out = []\nfor x in xs:\n    if x not in out:\n        out.append(x)\nf(out)\n",
            "out = []\nfor x in xs:\n    if x.id not in out: out.append(x.id)\n",
            "out: list[str] = []\nfor i, x in xs:\n    if x['k'] not in out: out.append(x['k'])\n",
            "out = []\n[out.append(x) for x in xs if x not in out]\n",
        ] {
            assert_eq!(dedupes(text), 1, "{text}");
        }
    }

    #[test]
    fn one_that_does_more_is_not() {
        for text in [
            "out = []\nfor x in xs:\n    if x not in out:\n        out.append(x)\n        n += 1\n",
            "out = []\nfor x in xs:\n    if x not in out: out.append(x)\n    else: f()\n",
            "out = [1]\nfor x in xs:\n    if x not in out: out.append(x)\n",
            "out = []\nout.append(3)\nfor x in xs:\n    if x not in out: out.append(x)\n",
            "out = []\nfor x in xs:\n    if x not in out: out.append(x)\nout.append(4)\n",
            "out = []\nfor y in ys:\n    for x in y:\n        if x not in out: out.append(x)\n",
            "out = []\nfor x in xs:\n    if f(x) not in out: out.append(f(x))\n",
            "out = []\nfor x in xs:\n    if x not in out: out.append(x.a)\n",
            "out = []\nfor x in xs:\n    if x not in old: out.append(x)\n",
            "def f(out):\n    for x in xs:\n        if x not in out: out.append(x)\n",
        ] {
            assert_eq!(dedupes(text), 0, "{text}");
        }
    }
}
