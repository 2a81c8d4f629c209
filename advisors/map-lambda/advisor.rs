//! `list(map(lambda x: ..., xs))`, which a comprehension does without the calls.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprLambda};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Tree, call_of, is_builtin_call};
use crate::words::{code, sighting};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Heat, Safety, Worth};

/// Share of the run that must be spent in the lambda.
const MIN_SHARE: f64 = 0.03;

/// Elements that are expected where they were not seen.
const TYPICAL: u64 = 1_000;

pub(crate) struct MapLambda;

impl Advisor for MapLambda {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls().map(|(_, call)| call);
        calls.filter_map(|call| Mapped::of(case.tree, call)?.finding(case)).collect()
    }
}

/// A call that goes through all of a `map` or `filter` with a lambda at once.
struct Mapped<'a> {
    /// `list(...)`, `set(...)` or `','.join(...)`.
    whole: &'a ExprCall,
    lambda: &'a ExprLambda,
    /// The lambda's parameter.
    name: &'a str,
    iterable: &'a Expr,
    filters: bool,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Set,
    /// A string is joined from a list.
    Join,
}

impl<'a> Mapped<'a> {
    fn of(tree: &Tree<'a>, whole: &'a ExprCall) -> Option<Self> {
        let kind = match &*whole.func {
            Expr::Name(_) if is_builtin_call(tree, whole, "list") => Kind::List,
            Expr::Name(_) if is_builtin_call(tree, whole, "set") => Kind::Set,
            Expr::Attribute(method)
                if method.attr.as_str() == "join" && method.value.is_string_literal_expr() =>
            {
                Kind::Join
            }
            _ => return None,
        };
        let ([inner], []) = (&*whole.arguments.args, &*whole.arguments.keywords) else {
            return None;
        };
        let inner = inner.as_call_expr()?;
        let filters = is_builtin_call(tree, inner, "filter");
        if !filters && !is_builtin_call(tree, inner, "map") {
            return None;
        }
        let ([Expr::Lambda(lambda), iterable], []) =
            (&*inner.arguments.args, &*inner.arguments.keywords)
        else {
            return None;
        };
        let name = only_parameter(lambda)?;
        let fits = !iterable.is_starred_expr() && is_plain(tree, lambda);
        fits.then_some(Self { whole, lambda, name, iterable, filters, kind })
    }

    fn finding(&self, case: &Case<'_>) -> Option<Finding> {
        let (inside, callee) = case
            .below_lambda(self.whole, self.lambda)
            .filter(|(inside, _)| inside.share >= MIN_SHARE)?;
        let heat = self.heat(case, inside)?;
        let items = code(case.source, self.iterable.range());
        let operand = case.operand(self.whole.range(), &items);
        let lengths = operand.as_ref().and_then(|operand| operand.lengths);
        let called = code(case.source, self.whole.range());
        let mut because: Vec<String> = operand.iter().map(sighting).collect();
        let binds = binds_in_iterable(case.tree, self.iterable);
        because.push(if binds {
            format!(
                "The lambda is called for every element. A comprehension computes the same in the \
                 loop itself; what it goes over (`{items}`) must get its name in a statement before."
            )
        } else {
            format!(
                "The lambda is called for every element. `{}` computes the same in the loop itself.",
                self.comprehension(case)
            )
        });
        Some(Finding {
            range: self.whole.range(),
            title: format!("`{called}` calls a lambda for every element"),
            because,
            heat,
            evidence: std::iter::once(callee.evidence(&inside))
                .chain(operand.map(Evidence::Operand))
                .collect(),
            worth: Worth::Time(case.gain(&heat, lengths.map(|it| it.median), TYPICAL)?),
            fix: (!binds).then(|| self.fix(case)),
        })
    }

    /// The time of the whole, without what the lambda's own calls take: that stays.
    fn heat(&self, case: &Case<'_>, inside: Heat) -> Option<Heat> {
        let calls = calls(case.tree, self.lambda);
        let whole = case.heat_on(&[self.whole.range()]).filter(|heat| heat.columns);
        match whole {
            Some(whole) => {
                let inner = case.heat_within(&calls).map_or(0, |heat| heat.samples);
                case.gated(whole.samples.saturating_sub(inner), 0)
            }
            // Without columns the calls cannot be told from the rest of the line.
            None => calls.is_empty().then_some(inside),
        }
    }

    fn comprehension(&self, case: &Case<'_>) -> String {
        let text = |expr: &Expr| case.source.slice(expr.range()).to_owned();
        let in_parentheses = |expr: &Expr| format!("({})", text(expr));
        let body = &*self.lambda.body;
        let condition = if body.is_if_expr() { in_parentheses(body) } else { text(body) };
        let over = match self.iterable {
            Expr::If(_) | Expr::Lambda(_) => in_parentheses(self.iterable),
            plain => text(plain),
        };
        let name = self.name;
        let inside = if self.filters {
            format!("{name} for {name} in {over} if {condition}")
        } else {
            format!("{} for {name} in {over}", text(body))
        };
        if self.kind == Kind::Set { format!("{{{inside}}}") } else { format!("[{inside}]") }
    }

    fn fix(&self, case: &Case<'_>) -> Fix {
        let range = match (self.kind, &*self.whole.arguments.args) {
            (Kind::Join, [inner]) => inner.range(),
            _ => self.whole.range(),
        };
        // A StopIteration out of the lambda ends `map` and `filter` without a word.
        let stops = !calls(case.tree, self.lambda).is_empty();
        Fix {
            safety: if stops { Safety::Unsafe } else { Safety::Safe },
            note: stops.then(|| "what the lambda calls must not raise StopIteration".to_owned()),
            edits: vec![Edit { range, text: self.comprehension(case) }],
        }
    }
}

/// The name of a lambda's only parameter.
fn only_parameter(lambda: &ExprLambda) -> Option<&str> {
    let parameters = lambda.parameters.as_deref()?;
    let [parameter] = &*parameters.args else { return None };
    let plain = parameters.len() == 1 && parameter.default.is_none();
    plain.then(|| parameter.parameter.name.as_str())
}

/// Whether a lambda's body means the same within a comprehension: it keeps no variable for later
/// and binds none.
fn is_plain(tree: &Tree<'_>, lambda: &ExprLambda) -> bool {
    let body = tree.id_of(&*lambda.body);
    tree.subtree(body).all(|id| {
        !matches!(
            tree[id],
            AnyNodeRef::ExprLambda(_)
                | AnyNodeRef::ExprGenerator(_)
                | AnyNodeRef::ExprNamed(_)
                | AnyNodeRef::ExprYield(_)
                | AnyNodeRef::ExprYieldFrom(_)
                | AnyNodeRef::ExprAwait(_)
        )
    })
}

/// Whether `:=` stands in what is gone over, where a comprehension must not have it.
fn binds_in_iterable(tree: &Tree<'_>, iterable: &Expr) -> bool {
    tree.subtree(tree.id_of(iterable)).any(|id| tree[id].is_expr_named())
}

/// The calls in a lambda's body.
fn calls(tree: &Tree<'_>, lambda: &ExprLambda) -> Vec<TextRange> {
    let body = tree.id_of(&*lambda.body);
    tree.subtree(body).filter_map(|id| Some(call_of(tree, id)?.range())).collect()
}
