//! Loops that look through a container for the elements whose key equals a value.

use ruff_python_ast::{AnyNodeRef, CmpOp, Comprehension, Expr, ExprCompare, Stmt, StmtFor};
use ruff_text_size::{Ranged, TextRange};

use super::scope::generators;
use super::{Id, Tree, is_builtin_call};

/// `for x in over: if x.key == wanted: ...`, or a comprehension or generator of that form.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    /// The `for` statement, or the comprehension.
    pub whole: Id,
    /// The loop over the container: the statement, or the `for` clause.
    pub repeated: Id,
    /// What is looked through.
    pub over: &'a Expr,
    /// The comparison.
    pub test: &'a ExprCompare,
    /// The side that is of the element: `x.key`.
    pub key: &'a Expr,
    /// The other side.
    pub wanted: &'a Expr,
    /// What is done with an element that was found.
    pub found: Vec<TextRange>,
    /// Whether no more than the first one is looked for.
    pub first: bool,
    /// Whether more is asked of an element than the equal key.
    pub narrowed: bool,
}

impl<'a> Tree<'a> {
    /// Every such loop of the file.
    pub fn scans(&self) -> Vec<Scan<'a>> {
        self.ids().filter_map(|id| self.scan(id)).collect()
    }

    fn scan(&self, id: Id) -> Option<Scan<'a>> {
        match self[id] {
            AnyNodeRef::StmtFor(statement) if !statement.is_async => self.scan_of(id, statement),
            AnyNodeRef::Comprehension(clause) if !clause.is_async => self.scan_by(id, clause),
            _ => None,
        }
    }

    fn scan_of(&self, id: Id, statement: &'a StmtFor) -> Option<Scan<'a>> {
        let (Stmt::If(tested), rest) = statement.body.split_first()? else { return None };
        if !tested.elif_else_clauses.is_empty() {
            return None;
        }
        // `if x.key != wanted: continue` leaves the matches to what follows.
        let skips = matches!(&*tested.body, [Stmt::Continue(_)]);
        let (op, matched) = match (skips, rest) {
            (true, rest) => (CmpOp::NotEq, rest),
            (false, []) => (CmpOp::Eq, &*tested.body),
            (false, _) => return None,
        };
        let test = if skips { whole_test(&tested.test) } else { equality(&tested.test) };
        let test = test.filter(|test| *test.ops == [op])?;
        let (key, wanted) = self.sides(test, self.id_of(&*statement.target))?;
        let first = matches!(matched.last(), Some(Stmt::Break(_) | Stmt::Return(_)));
        let found = matched.iter().map(Ranged::range).collect();
        let over = &*statement.iter;
        let narrowed = tested.test.range() != test.range();
        Some(Scan { whole: id, repeated: id, over, test, key, wanted, found, first, narrowed })
    }

    fn scan_by(&self, id: Id, clause: &'a Comprehension) -> Option<Scan<'a>> {
        let whole = self.loop_extent(id);
        let last = generators(self[whole])?.last()?;
        if !std::ptr::eq(last, clause) {
            return None;
        }
        let consumer = self.consumer(whole);
        let (test, found) = match (&*clause.ifs, self[whole]) {
            ([test, ..], AnyNodeRef::ExprListComp(it)) => (equality(test)?, vec![it.elt.range()]),
            ([test, ..], AnyNodeRef::ExprSetComp(it)) => (equality(test)?, vec![it.elt.range()]),
            ([test, ..], AnyNodeRef::ExprGenerator(it)) => (equality(test)?, vec![it.elt.range()]),
            ([], AnyNodeRef::ExprGenerator(it)) if consumer == Some("any") => {
                (equality(&it.elt)?, Vec::new())
            }
            _ => return None,
        };
        if *test.ops != [CmpOp::Eq] {
            return None;
        }
        let (key, wanted) = self.sides(test, self.id_of(&clause.target))?;
        let first = matches!(consumer, Some("next" | "any" | "[0]"));
        let narrowed = match &*clause.ifs {
            [only] => only.range() != test.range(),
            ifs => !ifs.is_empty(),
        };
        let over = &clause.iter;
        Some(Scan { whole, repeated: id, over, test, key, wanted, found, first, narrowed })
    }

    /// What takes no more than the first element of a comprehension: `next`, `any` or `[0]`.
    fn consumer(&self, comprehension: Id) -> Option<&'static str> {
        let around = self.parent(comprehension)?;
        if let AnyNodeRef::ExprSubscript(item) = self[around]
            && self[comprehension].ptr_eq(AnyNodeRef::from(&*item.value))
            && self.source.slice(item.slice.range()) == "0"
        {
            return Some("[0]");
        }
        let AnyNodeRef::ExprCall(call) = self[self.parent(around)?] else { return None };
        let is_first = call.arguments.args.first()?.range() == self.range(comprehension);
        ["next", "any"].into_iter().find(|name| is_first && is_builtin_call(self, call, name))
    }

    /// The element's key and the wanted value: one side is made of the loop's target, by attributes
    /// and constant items, and the other has nothing of it.
    fn sides(&self, test: &'a ExprCompare, target: Id) -> Option<(&'a Expr, &'a Expr)> {
        let [right] = &*test.comparators else { return None };
        let targets: Vec<_> = self.subtree(target).filter_map(|id| self.variable(id)).collect();
        let of_target = |expr: &Expr| {
            self.subtree(self.id_of(expr))
                .filter_map(|id| self.variable(id))
                .any(|variable| targets.contains(&variable))
        };
        // The element itself, compared as a whole, is what `in` and `index` look for.
        let is_path = |expr: &'a Expr| match expr {
            Expr::Name(_) => !matches!(self[target], AnyNodeRef::ExprName(_)),
            expr => is_path(expr),
        };
        let (key, wanted) = match (of_target(&test.left), of_target(right)) {
            (true, false) => (&*test.left, right),
            (false, true) => (right, &*test.left),
            _ => return None,
        };
        is_path(key).then_some((key, wanted))
    }
}

/// The comparison that a test is, or that it begins with: `x.key == k and x.open`.
fn equality(test: &Expr) -> Option<&ExprCompare> {
    match test {
        Expr::BoolOp(all) if all.op == ruff_python_ast::BoolOp::And => {
            all.values.first().and_then(whole_test)
        }
        test => whole_test(test),
    }
}

fn whole_test(test: &Expr) -> Option<&ExprCompare> {
    match test {
        Expr::Compare(compare) => Some(compare),
        _ => None,
    }
}

/// `x.a["b"][0]`: attributes and constant items of a name.
fn is_path(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Attribute(attribute) => is_path(&attribute.value),
        Expr::Subscript(item) => item.slice.is_literal_expr() && is_path(&item.value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// `over, key, wanted`, and what else is known of each.
    fn scans(text: &str) -> Vec<String> {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let shown = |scan: Scan<'_>| {
            let text = |expr: &Expr| source.slice(expr.range());
            let first = if scan.first { ", first" } else { "" };
            let narrowed = if scan.narrowed { ", narrowed" } else { "" };
            format!(
                "{}, {}, {}{first}{narrowed}",
                text(scan.over),
                text(scan.key),
                text(scan.wanted)
            )
        };
        tree.scans().into_iter().map(shown).collect()
    }

    #[test]
    fn looking_for_an_equal_key_is_a_scan_however_it_is_written() {
        for (text, expected) in [
            ("for x in b:\n    if x.k == k:\n        f(x)\n", "b, x.k, k"),
            (
                "for x in b:\n    if k == x['k'] and x.open:\n        break\n",
                "b, x['k'], k, first, narrowed",
            ),
            ("for x in b:\n    if x.k != k:\n        continue\n    f(x)\n", "b, x.k, k"),
            ("for key, x in b:\n    if key == k.i:\n        f(x)\n", "b, key, k.i"),
            ("next(x for x in b if x.k == k)", "b, x.k, k, first"),
            ("next((x for x in b if x.k == k), None)", "b, x.k, k, first"),
            ("[x for x in b if x.k == k][0]", "b, x.k, k, first"),
            ("[x for x in b if x.k == k]", "b, x.k, k"),
            ("next(x for x in b if x.k == k if x.j)", "b, x.k, k, first, narrowed"),
            ("any(x.k == k for x in b)", "b, x.k, k, first"),
            ("[x for k in a for x in b if x.k == k]", "b, x.k, k"),
        ] {
            assert_eq!(scans(text), [expected], "{text}");
        }
    }

    #[test]
    fn other_loops_are_none() {
        for text in [
            "for x in b:\n    n += 1\n    if x.k == k:\n        f(x)\n",
            "for x in b:\n    if x.k == k:\n        f(x)\n    else:\n        g(x)\n",
            "for x in b:\n    if x.k != k and x.o:\n        continue\n    f(x)\n",
            "for x in b:\n    if x.k < k:\n        f(x)\n",
            "for x in b:\n    if x.k == x.j:\n        f(x)\n",
            "for x in b:\n    if f(x) == k:\n        f(x)\n",
            "[x for x in b if x == k]",
            "[x for x in b if x.k == k or x.j]",
            "all(x.k == k for x in b)",
            "[x for x in b if x.k == k for y in x]",
        ] {
            assert_eq!(scans(text), Vec::<String>::new(), "{text}");
        }
    }
}
