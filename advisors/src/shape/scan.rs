//! Loops that look through a container for the elements whose key equals a value.

use ruff_python_ast::{AnyNodeRef, BoolOp, CmpOp, Comprehension, Expr, ExprCompare, Stmt, StmtFor};
use ruff_text_size::{Ranged, TextRange};

use super::scope::generators;
use super::{BindingKind, Id, ScopeId, Tree, Variable, is_builtin_call};

/// Builtins that a condition may ask of an element beforehand.
const ASKED: &[&str] = &["callable", "hasattr", "isinstance", "issubclass", "len"];

/// `for x in over: if x.key == wanted: ...`, or a comprehension or generator of that form.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    /// The `for` statement, or the comprehension.
    pub whole: Id,
    /// The loop over the container: the statement, or the `for` clause.
    pub repeated: Id,
    /// What is looked through: of `x.values()` and `x.items()` the mapping.
    pub over: &'a Expr,
    /// Which of these it is, if any.
    pub view: Option<View>,
    /// What is asked of an element before its key is, and of nothing else.
    pub guards: Vec<&'a Expr>,
    /// The comparison.
    pub test: &'a ExprCompare,
    /// The side that is of the element: `x.key`.
    pub key: &'a Expr,
    /// The other side.
    pub wanted: &'a Expr,
    /// Whether the value is looked for among those of the key: `wanted in x.keys`.
    pub among: bool,
    /// What is done with an element that was found.
    pub found: Vec<TextRange>,
    /// Whether no more than the first one is looked for.
    pub first: bool,
    /// Whether more is asked of an element than the equal key and the guards.
    pub narrowed: bool,
}

/// A view of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Its values.
    Values,
    /// Its keys with their values.
    Items,
}

/// The part of a condition that compares a key.
struct Test<'a> {
    guards: Vec<&'a Expr>,
    compare: &'a ExprCompare,
    key: &'a Expr,
    wanted: &'a Expr,
    narrowed: bool,
}

impl<'a> Test<'a> {
    /// The loop over `iter` that makes the test: the whole of it, and what is repeated.
    fn scan(
        self,
        [whole, repeated]: [Id; 2],
        iter: &'a Expr,
        found: &[TextRange],
        first: bool,
    ) -> Scan<'a> {
        let (over, view) = viewed(iter);
        Scan {
            whole,
            repeated,
            over,
            view,
            among: matches!(*self.compare.ops, [CmpOp::In | CmpOp::NotIn]),
            guards: self.guards,
            test: self.compare,
            key: self.key,
            wanted: self.wanted,
            found: found.to_vec(),
            first,
            narrowed: self.narrowed,
        }
    }
}

impl<'a> Tree<'a> {
    /// Every such loop of the file; one for each comparison that may be the one that matters.
    pub fn scans(&self) -> Vec<Scan<'a>> {
        self.ids().flat_map(|id| self.scans_at(id)).collect()
    }

    fn scans_at(&self, id: Id) -> Vec<Scan<'a>> {
        let scans = match self[id] {
            AnyNodeRef::StmtFor(statement) if !statement.is_async => self.scans_of(id, statement),
            AnyNodeRef::Comprehension(clause) if !clause.is_async => self.scans_by(id, clause),
            _ => None,
        };
        scans.unwrap_or_default()
    }

    fn scans_of(&self, id: Id, statement: &'a StmtFor) -> Option<Vec<Scan<'a>>> {
        let (Stmt::If(tested), rest) = statement.body.split_first()? else { return None };
        if !tested.elif_else_clauses.is_empty() {
            return None;
        }
        // `if x.key != wanted: continue` leaves the matches to what follows.
        let skips = matches!(&*tested.body, [Stmt::Continue(_)]);
        let (condition, ops, matched) = match (skips, rest) {
            (true, rest) => (vec![&*tested.test], &[CmpOp::NotEq, CmpOp::NotIn], rest),
            (false, []) => (conjuncts(&tested.test), &[CmpOp::Eq, CmpOp::In], &*tested.body),
            (false, _) => return None,
        };
        let first = matches!(matched.last(), Some(Stmt::Break(_) | Stmt::Return(_)));
        let found: Vec<TextRange> = matched.iter().map(Ranged::range).collect();
        let tests = self.tests(&condition, ops, self.id_of(&*statement.target));
        let scan = |test: Test<'a>| test.scan([id, id], &statement.iter, &found, first);
        Some(tests.into_iter().map(scan).collect())
    }

    fn scans_by(&self, id: Id, clause: &'a Comprehension) -> Option<Vec<Scan<'a>>> {
        let whole = self.loop_extent(id);
        let last = generators(self[whole])?.last()?;
        if !std::ptr::eq(last, clause) {
            return None;
        }
        let consumer = self.consumer(whole);
        let (element, is_any) = match self[whole] {
            AnyNodeRef::ExprListComp(it) => (&*it.elt, false),
            AnyNodeRef::ExprSetComp(it) => (&*it.elt, false),
            AnyNodeRef::ExprGenerator(it) => (&*it.elt, consumer == Some("any")),
            _ => return None,
        };
        let (condition, found) = match &*clause.ifs {
            [] if is_any => (conjuncts(element), Vec::new()),
            ifs => (ifs.iter().flat_map(conjuncts).collect(), vec![element.range()]),
        };
        let first = matches!(consumer, Some("next" | "any" | "[0]"));
        let tests = self.tests(&condition, &[CmpOp::Eq, CmpOp::In], self.id_of(&clause.target));
        let scan = |test: Test<'a>| test.scan([whole, id], &clause.iter, &found, first);
        Some(tests.into_iter().map(scan).collect())
    }

    /// The comparisons of a condition that may find elements by a key: before each stands nothing but
    /// what can be asked of all elements beforehand.
    fn tests(&self, condition: &[&'a Expr], ops: &[CmpOp], target: Id) -> Vec<Test<'a>> {
        let targets: Vec<_> = self.subtree(target).filter_map(|id| self.variable(id)).collect();
        let guards = condition.iter().take_while(|part| self.is_guard(part, &targets)).count();
        let candidates = condition.iter().enumerate().take(guards + 1);
        let tests = candidates.filter_map(|(index, part)| {
            let Expr::Compare(compare) = part else { return None };
            let (key, wanted) = match *compare.ops {
                [op] if ops.contains(&op) => self.sides(compare, target, &targets)?,
                _ => return None,
            };
            let narrowed = index + 1 < condition.len();
            Some(Test { guards: condition[..index].to_vec(), compare, key, wanted, narrowed })
        });
        tests.collect()
    }

    /// Whether a condition asks something of an element that no turn of a loop around it changes, and
    /// does nothing else.
    fn is_guard(&self, condition: &Expr, targets: &[Variable<'a>]) -> bool {
        self.subtree(self.id_of(condition)).all(|id| match self[id] {
            AnyNodeRef::ExprName(_) => {
                self.variable(id).is_none_or(|it| targets.contains(&it) || self.is_settled(it))
            }
            AnyNodeRef::ExprCall(call) => {
                ASKED.iter().any(|name| is_builtin_call(self, call, name))
            }
            node => {
                matches!(
                    node,
                    AnyNodeRef::Arguments(_)
                        | AnyNodeRef::ExprAttribute(_)
                        | AnyNodeRef::ExprCompare(_)
                        | AnyNodeRef::ExprTuple(_)
                        | AnyNodeRef::ExprUnaryOp(_)
                        | AnyNodeRef::ExprBoolOp(_)
                        | AnyNodeRef::Identifier(_)
                ) || is_literal(node)
            }
        })
    }

    /// Whether the module gives a name its value once, outside of loops.
    fn is_settled(&self, variable: Variable<'a>) -> bool {
        use BindingKind::{Assign, Definition, Import};
        let [binding] = self.bindings(variable) else { return false };
        variable.scope == ScopeId::MODULE
            && matches!(binding.kind, Assign | Definition | Import)
            && self.loops(binding.node).is_empty()
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
    /// and constant items, and the other has nothing of it. Of `in` it is the right one.
    fn sides(
        &self,
        test: &'a ExprCompare,
        target: Id,
        targets: &[Variable<'a>],
    ) -> Option<(&'a Expr, &'a Expr)> {
        let [right] = &*test.comparators else { return None };
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
        let contained = matches!(*test.ops, [CmpOp::In | CmpOp::NotIn]);
        let (key, wanted) = match (of_target(&test.left), of_target(right)) {
            (true, false) if !contained => (&*test.left, right),
            (false, true) => (right, &*test.left),
            _ => return None,
        };
        is_path(key).then_some((key, wanted))
    }
}

/// The conditions that all must hold: of `x.key == k and x.open` two.
fn conjuncts(test: &Expr) -> Vec<&Expr> {
    match test {
        Expr::BoolOp(all) if all.op == BoolOp::And => all.values.iter().collect(),
        test => vec![test],
    }
}

/// What an iterable is a view of, and which.
fn viewed(iterable: &Expr) -> (&Expr, Option<View>) {
    if let Expr::Call(call) = iterable
        && let Expr::Attribute(method) = &*call.func
        && call.arguments.is_empty()
    {
        match method.attr.as_str() {
            "values" => return (&method.value, Some(View::Values)),
            "items" => return (&method.value, Some(View::Items)),
            _ => {}
        }
    }
    (iterable, None)
}

fn is_literal(node: AnyNodeRef<'_>) -> bool {
    matches!(
        node,
        AnyNodeRef::ExprStringLiteral(_)
            | AnyNodeRef::StringLiteral(_)
            | AnyNodeRef::ExprNumberLiteral(_)
            | AnyNodeRef::ExprBooleanLiteral(_)
            | AnyNodeRef::ExprNoneLiteral(_)
    )
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
            let among = if scan.among { " in" } else { "" };
            let view = scan.view.map_or(String::new(), |view| format!(" {view:?}"));
            let guards: Vec<&str> = scan.guards.iter().map(|guard| text(guard)).collect();
            let guards = guards.iter().map(|it| format!(", if {it}")).collect::<String>();
            let first = if scan.first { ", first" } else { "" };
            let narrowed = if scan.narrowed { ", narrowed" } else { "" };
            format!(
                "{}{view}, {}, {}{among}{guards}{first}{narrowed}",
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
            ("[x for x in b.values() if x.k == k]", "b Values, x.k, k"),
            ("[x for _, x in a.b.items() if k in x.ks]", "a.b Items, x.ks, k in"),
            (
                "for x in b:\n    if isinstance(x, A) and x.n is not None and x.k == k and x.j:\n        f(x)\n",
                "b, x.k, k, if isinstance(x, A), if x.n is not None, narrowed",
            ),
            ("[x for x in b if x.j if x.k == k]", "b, x.k, k, if x.j"),
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
            "[x for x in b if f(x) and x.k == k]",
            "def f(n, k):\n    return [x for x in b if x.n > n and x.k == k]",
            "[x for x in b if x.k in ks]",
            "[x for x in b if k in x]",
            "[x for x in b if k not in x.ks]",
        ] {
            assert_eq!(scans(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn each_comparison_that_others_may_stand_before_is_one() {
        let text = "[x for x in b if x.t == T and x.k == k]";
        assert_eq!(scans(text), ["b, x.t, T, narrowed", "b, x.k, k, if x.t == T"]);
    }
}
