//! Who keeps a list as it was before more is added to it.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};

use crate::shape::{Append, Growing, Id, Target, Tree, Use, call_of};

/// Methods that put their argument into what they are called on.
const KEEPING: &[&str] = &["add", "append", "appendleft", "insert", "put", "put_nowait"];

/// Builtins that give an iterator over their argument.
const LAZY: &[&str] = &["enumerate", "filter", "iter", "map", "reversed", "zip"];

/// The mentions that keep the list, of which the loop makes a longer one later on.
pub(super) fn keepers<'a>(tree: &Tree<'a>, growing: &Growing<'a>) -> Vec<Id> {
    let Target::Variable(variable) = growing.target else { return Vec::new() };
    let loops = growing.appends.iter().flat_map(|append| tree.loops(append.statement));
    let end = loops.map(|repeated| tree.range(tree.loop_extent(repeated)).end()).max();
    let home = tree.scope_node(variable.scope);
    let in_time = |&id: &Id| tree.function(id) != home || Some(tree.range(id).end()) <= end;
    let mentions = tree.mentions(variable).into_iter().filter(in_time);
    mentions.filter(|&id| keeps(tree, id, home)).collect()
}

/// Whether every turn that adds to the list keeps what it was: then each has to be a list of its own.
pub(super) fn keeps_every_state<'a>(
    tree: &Tree<'a>,
    growing: &Growing<'a>,
    append: &Append<'a>,
) -> bool {
    let block = tree.parent(append.statement);
    keepers(tree, growing).into_iter().any(|id| {
        let beside = tree.statement(id).is_some_and(|statement| tree.parent(statement) == block);
        beside && !is_conditional(tree, id)
    })
}

fn is_conditional(tree: &Tree<'_>, id: Id) -> bool {
    let mut within = tree.ancestors(id).take_while(|&around| !tree[around].is_statement());
    within.any(|around| matches!(tree[around], AnyNodeRef::ExprIf(_) | AnyNodeRef::ExprBoolOp(_)))
}

/// Whether something holds the value of an expression once the statement is over.
fn keeps(tree: &Tree<'_>, id: Id, home: Id) -> bool {
    let is_load = match tree[id] {
        AnyNodeRef::ExprName(name) => name.ctx == ExprContext::Load,
        _ => true,
    };
    let Some(parent) = tree.parent(id).filter(|_| is_load) else { return false };
    let is = |expr: &Expr| tree[id].ptr_eq(AnyNodeRef::from(expr));
    match tree[parent] {
        AnyNodeRef::ExprTuple(_)
        | AnyNodeRef::ExprList(_)
        | AnyNodeRef::ExprSet(_)
        | AnyNodeRef::ExprDict(_) => is_joined(tree, parent) || keeps(tree, parent, home),
        AnyNodeRef::ExprIf(choice) => !is(&choice.test) && keeps(tree, parent, home),
        AnyNodeRef::ExprBoolOp(_) => keeps(tree, parent, home),
        AnyNodeRef::Comprehension(_) => tree
            .parent(parent)
            .is_some_and(|owner| tree[owner].is_expr_generator() && keeps(tree, owner, home)),
        AnyNodeRef::StmtAssign(_)
        | AnyNodeRef::StmtAnnAssign(_)
        | AnyNodeRef::ExprNamed(_)
        | AnyNodeRef::ExprYield(_)
        | AnyNodeRef::ParameterWithDefault(_) => true,
        AnyNodeRef::StmtReturn(_) => tree.function(parent) != home,
        AnyNodeRef::Arguments(_) => {
            tree.parent(parent).is_some_and(|call| is_kept_by(tree, id, call, home))
        }
        _ => false,
    }
}

/// Whether what a display makes is an operand of `+`, which keeps what is in it.
fn is_joined(tree: &Tree<'_>, display: Id) -> bool {
    tree.parent(display).is_some_and(|parent| tree[parent].is_expr_bin_op())
}

/// Whether a call keeps its argument, or gives an iterator over it that is kept.
fn is_kept_by(tree: &Tree<'_>, argument: Id, call: Id, home: Id) -> bool {
    let puts = call_of(tree, call).is_some_and(|call| {
        matches!(&*call.func, Expr::Attribute(method) if KEEPING.contains(&method.attr.as_str()))
    });
    let goes_over = matches!(tree.use_of(argument), Use::Read(name) if LAZY.contains(&name));
    puts || (goes_over && keeps(tree, call, home))
}

/// Whether what a mention stands in is a generator, which holds it until it is through, and which no
/// builtin goes through where it stands.
pub(super) fn is_lazy(tree: &Tree<'_>, mention: Id) -> bool {
    let owner = tree.parent(mention).and_then(|clause| tree.parent(clause));
    owner.is_some_and(|owner| {
        tree[owner].is_expr_generator() && !super::is_gone_through_at_once(tree.use_of(owner))
    })
}
