//! An iterator that is gone through again after it has given all that it had.

use ruff_python_ast::{AnyNodeRef, Expr, StmtFor};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{BindingKind, Id, Tree, Use, Variable, is_builtin_call};
use crate::words::{code, line, sighting};
use crate::{Advisor, Case, Evidence, Finding, Heat, Worth};

/// Builtins that give an iterator which can be gone through once.
const ITERATORS: &[&str] = &["enumerate", "filter", "iter", "map", "reversed", "zip"];

/// The types of such, as the process tells them; a file could be rewound.
const TYPES: &[&str] = &[
    "chain",
    "dict_itemiterator",
    "dict_keyiterator",
    "dict_valueiterator",
    "enumerate",
    "filter",
    "generator",
    "islice",
    "list_iterator",
    "map",
    "reversed",
    "set_iterator",
    "tuple_iterator",
    "zip",
];

/// What takes all that an iterator gives before it returns.
const TAKERS: &[&str] =
    &["dict", "frozenset", "join", "list", "max", "min", "set", "sorted", "sum", "tuple"];

pub(crate) struct ExhaustedIterator;

impl Advisor for ExhaustedIterator {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.variables().into_iter().filter_map(|it| finding(case, it)).collect()
    }
}

fn finding(case: &Case<'_>, variable: Variable<'_>) -> Option<Finding> {
    let tree = case.tree;
    let [binding] = tree.bindings(variable) else { return None };
    let uses = tree.uses(variable).into_iter().filter(|(id, _)| *id != binding.node);
    let passes: Vec<Pass> = uses.map(|(id, _)| Pass::of(tree, id)).collect::<Option<_>>()?;
    if passes.iter().any(|pass| tree.scope(pass.mention) != variable.scope) {
        return None;
    }
    let (first, again) = twice(tree, binding.node, &passes)?;
    let heat = case.heat(tree.range(first.whole))?;
    let name = tree.text(first.mention);
    let evidence = match binding.kind {
        BindingKind::Assign => {
            let kind = iterator(tree, tree.assigned(binding.node)?)?;
            Origin { what: format!("`{name}` is {kind}."), evidence: within(&heat) }
        }
        BindingKind::Parameter => {
            let seen = case.operand(tree.range(tree.function(first.mention)), name)?;
            let gives_once = TYPES.contains(&seen.type_name.as_str());
            let what = gives_once.then(|| sighting(&seen))?;
            Origin { what, evidence: Evidence::Operand(seen) }
        }
        _ => return None,
    };
    Some(told(case, &first, &again, heat, evidence))
}

/// How it is known that something is an iterator.
struct Origin {
    what: String,
    evidence: Evidence,
}

fn told(case: &Case<'_>, first: &Pass, again: &Pass, heat: Heat, origin: Origin) -> Finding {
    let name = case.tree.text(first.mention);
    let at = |pass: &Pass| line(case.source, case.tree.range(pass.mention));
    let text = code(case.source, first.told(case.tree));
    let (title, then) = if first.mention == again.mention {
        (
            format!("`{text}` finds nothing more in `{name}` from the loop's second turn on"),
            "The first turn takes all that it gives, and the others get nothing".to_owned(),
        )
    } else {
        (
            format!("`{text}` leaves nothing of `{name}` for {}", at(again)),
            format!(
                "What stands on {} takes all that it gives, and {} gets nothing",
                at(first),
                at(again)
            ),
        )
    };
    Finding {
        range: first.told(case.tree),
        title,
        because: vec![
            origin.what,
            format!("It can be gone through once. {then}, without an error."),
            format!(
                "Keep what it gives, `{name} = list(...)`, where that is not too much; or make the \
                 iterator anew for each time."
            ),
        ],
        heat,
        evidence: vec![origin.evidence],
        worth: Worth::Correctness,
        fix: None,
    }
}

fn within(heat: &Heat) -> Evidence {
    Evidence::Fact(format!("{:.0} % of the run in it", (heat.share * 100.0).round()))
}

/// A place that goes through all of an iterator.
#[derive(Clone, Copy)]
struct Pass {
    /// The iterator's name there.
    mention: Id,
    /// The loop, comprehension or call that takes what it gives.
    whole: Id,
}

impl Pass {
    /// `None` when it may stop before the end, or do anything else with it.
    fn of(tree: &Tree<'_>, mention: Id) -> Option<Self> {
        let parent = tree.parent(mention)?;
        let whole = match tree.use_of(mention) {
            Use::Iterated => match tree[parent] {
                AnyNodeRef::StmtFor(statement) => to_the_end(tree, statement).then_some(parent)?,
                _ => comprehended(tree, parent)?,
            },
            Use::Read(taker) if TAKERS.contains(&taker) => tree.parent(parent)?,
            _ => return None,
        };
        Some(Self { mention, whole })
    }

    /// What is shown of it: of a statement, what it goes over.
    fn told(&self, tree: &Tree<'_>) -> TextRange {
        match tree[self.whole] {
            AnyNodeRef::StmtFor(statement) => {
                TextRange::new(statement.target.start(), statement.iter.end())
            }
            _ => tree.range(self.whole),
        }
    }
}

/// Whether only an error or the function's end can end a loop before its last turn.
fn to_the_end(tree: &Tree<'_>, statement: &StmtFor) -> bool {
    let breaks = |id: Id| {
        let own = tree
            .ancestors(id)
            .find(|&it| matches!(tree[it], AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_)));
        tree[id].is_stmt_break() && own == Some(tree.id_of(statement))
    };
    !statement.is_async && !tree.subtree(tree.id_of(statement)).any(breaks)
}

/// The comprehension whose first clause this is, if it is evaluated at once; or the call that takes all
/// of such a generator.
fn comprehended(tree: &Tree<'_>, clause: Id) -> Option<Id> {
    let whole = tree.loop_extent(clause);
    let is_first = tree.subtree(whole).find(|&id| tree[id].is_comprehension()) == Some(clause);
    match tree[whole] {
        _ if !is_first => None,
        AnyNodeRef::ExprListComp(_) | AnyNodeRef::ExprSetComp(_) | AnyNodeRef::ExprDictComp(_) => {
            Some(whole)
        }
        AnyNodeRef::ExprGenerator(_) => match tree.use_of(whole) {
            Use::Read(taker) if TAKERS.contains(&taker) => tree.parent(tree.parent(whole)?),
            _ => None,
        },
        _ => None,
    }
}

/// Two passes of which the first surely went before the second, through the same iterator.
fn twice(tree: &Tree<'_>, bound: Id, passes: &[Pass]) -> Option<(Pass, Pass)> {
    let mut pairs = passes
        .iter()
        .enumerate()
        .flat_map(|(index, first)| passes[index + 1..].iter().map(move |again| (*first, *again)));
    let later = pairs.find(|(first, again)| {
        bound < first.mention && surely_before(tree, first.whole, again.mention)
    });
    let again = |pass: &&Pass| turns_again(tree, bound, pass.whole);
    later.or_else(|| passes.iter().find(again).map(|pass| (*pass, *pass)))
}

/// Whether whoever comes to `later` has been through `whole`: a statement, or all that a statement does,
/// before it in one and the same block.
fn surely_before(tree: &Tree<'_>, whole: Id, later: Id) -> bool {
    let Some(statement) = plain_statement(tree, whole) else { return false };
    let Some(block) = tree.parent(statement) else { return false };
    let after = std::iter::once(later).chain(tree.ancestors(later));
    let beside = after.take_while(|&id| id != block).last();
    beside.is_some_and(|beside| {
        tree.parent(beside) == Some(block)
            && statement < beside
            && in_one_branch(tree, block, statement, beside)
            && !tree[block].is_stmt_try()
    })
}

/// Whether two children of a statement stand in the same of its branches.
fn in_one_branch(tree: &Tree<'_>, block: Id, first: Id, second: Id) -> bool {
    let holds = |body: &[ruff_python_ast::Stmt]| {
        [first, second].iter().all(|&id| body.iter().any(|it| tree[id].ptr_eq(it.into())))
    };
    match tree[block] {
        AnyNodeRef::ModModule(module) => holds(&module.body),
        AnyNodeRef::StmtFunctionDef(def) => holds(&def.body),
        AnyNodeRef::StmtFor(it) => holds(&it.body),
        AnyNodeRef::StmtWhile(it) => holds(&it.body),
        AnyNodeRef::StmtIf(it) => holds(&it.body),
        AnyNodeRef::ElifElseClause(it) => holds(&it.body),
        AnyNodeRef::StmtWith(it) => holds(&it.body),
        _ => false,
    }
}

/// The statement that a pass is, or of which it is evaluated once and in any case.
fn plain_statement(tree: &Tree<'_>, whole: Id) -> Option<Id> {
    if tree[whole].is_statement() {
        return Some(whole);
    }
    let statement = tree.ancestors(whole).find(|&id| {
        let node = tree[id];
        node.is_statement()
            || matches!(
                node,
                AnyNodeRef::ExprIf(_)
                    | AnyNodeRef::ExprBoolOp(_)
                    | AnyNodeRef::ExprLambda(_)
                    | AnyNodeRef::ExprCompare(_)
                    | AnyNodeRef::Comprehension(_)
                    | AnyNodeRef::ExprGenerator(_)
                    | AnyNodeRef::ExprListComp(_)
                    | AnyNodeRef::ExprSetComp(_)
                    | AnyNodeRef::ExprDictComp(_)
            )
    })?;
    let evaluates = matches!(
        tree[statement],
        AnyNodeRef::StmtAssign(_)
            | AnyNodeRef::StmtAugAssign(_)
            | AnyNodeRef::StmtExpr(_)
            | AnyNodeRef::StmtAnnAssign(_)
            | AnyNodeRef::StmtReturn(_)
    );
    evaluates.then_some(statement)
}

/// Whether a pass stands in a loop that takes more than one turn and does not make the iterator anew, and
/// that nothing leaves early.
fn turns_again(tree: &Tree<'_>, bound: Id, whole: Id) -> bool {
    let Some(statement) = plain_statement(tree, whole) else { return false };
    let Some(around) = tree.parent(statement) else { return false };
    let AnyNodeRef::StmtFor(repeated) = tree[around] else { return false };
    let leaves = |id: Id| {
        matches!(tree[id], AnyNodeRef::StmtBreak(_) | AnyNodeRef::StmtReturn(_))
            || tree[id].is_expr_yield()
    };
    !tree.contains(around, bound)
        && repeated.body.iter().any(|it| tree[statement].ptr_eq(it.into()))
        && !tree.subtree(around).any(leaves)
        && !tree.ancestors(around).any(|it| tree[it].is_stmt_try())
}

/// What an expression gives, when that is an iterator: in words.
fn iterator(tree: &Tree<'_>, value: &Expr) -> Option<String> {
    match value {
        Expr::Generator(_) => Some("a generator".to_owned()),
        Expr::Call(call) => {
            let made = ITERATORS.iter().find(|it| is_builtin_call(tree, call, it));
            // `iter(f, end)` calls `f` anew.
            let simple = made.filter(|it| **it != "iter" || call.arguments.args.len() == 1);
            simple.map(|it| format!("what `{it}` gives, an iterator"))
        }
        _ => None,
    }
}
