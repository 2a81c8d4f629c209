//! What all the threads of a start write to.

use ruff_python_ast::{AnyNodeRef, Expr};

use crate::shape::{BindingKind, Id, Means, ScopeId, ThreadStart, Tree, Variable, is_builtin_call};

/// Methods of pools that have several threads at the same thing by themselves.
const FOR_EACH: &[&str] =
    &["imap", "imap_unordered", "map", "map_async", "starmap", "starmap_async"];

/// Whether `target`, written in the function that `start` has threads run, is surely one and the same
/// for all of these: a variable of the module or of the function that starts them, an attribute of one
/// object, an item by a constant key of one dict.
pub(super) fn is_shared(tree: &Tree<'_>, start: &ThreadStart<'_>, target: &Expr) -> bool {
    match target {
        Expr::Name(_) => tree.root(target).is_some_and(|it| is_common(tree, start, it)),
        Expr::Attribute(attribute) => is_one_object(tree, start, &attribute.value),
        Expr::Subscript(item) => {
            item.slice.is_literal_expr() && is_one_dict(tree, start, &item.value)
        }
        _ => false,
    }
}

/// Whether a variable is the module's, or that of the very call that starts the threads.
fn is_common(tree: &Tree<'_>, start: &ThreadStart<'_>, variable: Variable<'_>) -> bool {
    let starter = tree.function(tree.id_of(start.callee));
    variable.scope == ScopeId::MODULE
        || (tree.scope_node(variable.scope) == starter
            && starter != start.worker
            && has_several(tree, start, None))
}

/// Whether a start has several threads, with the same `receiver`.
fn has_several(tree: &Tree<'_>, start: &ThreadStart<'_>, receiver: Option<&Expr>) -> bool {
    let call = tree.id_of(start.callee);
    let stays = |&repeated: &Id| {
        receiver.is_none_or(|it| !tree.is_rebound(it, tree.loop_extent(repeated)))
    };
    let by_itself = matches!(start.means, Means::Pool(_))
        && matches!(start.callee, Expr::Attribute(it) if FOR_EACH.contains(&it.attr.as_str()));
    by_itself || tree.loops(call).first().is_some_and(stays)
}

/// Whether an expression is the object whose method the threads run, or one that the module makes once:
/// an ordinary one, since `threading.local` and its kind give each thread its own.
fn is_one_object(tree: &Tree<'_>, start: &ThreadStart<'_>, object: &Expr) -> bool {
    let Expr::Name(name) = object else { return false };
    let Some(variable) = tree.variable(tree.id_of(name)) else { return false };
    if let Some(class) = tree.class_of(start.worker)
        && is_receiver(tree, start.worker, variable)
    {
        let Some(Expr::Attribute(method)) = start.function else { return false };
        return is_ordinary(tree, class)
            && method.value.is_name_expr()
            && has_several(tree, start, Some(&method.value));
    }
    let [binding] = tree.bindings(variable) else { return false };
    variable.scope == ScopeId::MODULE
        && match binding.kind {
            BindingKind::Definition => is_ordinary(tree, binding.node),
            BindingKind::Assign => tree.assigned(binding.node).is_some_and(|it| makes(tree, it)),
            _ => false,
        }
}

/// Whether a value is a new object of an ordinary class of the file.
fn makes(tree: &Tree<'_>, value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    let Some(variable) = tree.root(&call.func).filter(|_| call.func.is_name_expr()) else {
        return false;
    };
    matches!(tree.bindings(variable), [class] if is_ordinary(tree, class.node))
}

/// Whether a node is the definition of a class that inherits nothing.
fn is_ordinary(tree: &Tree<'_>, class: Id) -> bool {
    matches!(tree[class], AnyNodeRef::StmtClassDef(def)
        if def.arguments.as_ref().is_none_or(|it| it.is_empty()) && def.decorator_list.is_empty())
}

/// Whether a variable is the first parameter of a method, and nothing else.
fn is_receiver(tree: &Tree<'_>, method: Id, variable: Variable<'_>) -> bool {
    let AnyNodeRef::StmtFunctionDef(def) = tree[method] else { return false };
    let first = def.parameters.iter_non_variadic_params().next();
    tree.scope_node(variable.scope) == method
        && first.is_some_and(|it| it.name().as_str() == variable.name)
        && tree.bindings(variable).len() == 1
}

/// Whether an expression is a dict that is made once, of a variable or an attribute that all share.
fn is_one_dict(tree: &Tree<'_>, start: &ThreadStart<'_>, dict: &Expr) -> bool {
    let made = match dict {
        Expr::Name(_) => tree.assigned_once(dict),
        Expr::Attribute(attribute) => only_value(tree, attribute.attr.as_str()),
        _ => None,
    };
    made.is_some_and(|made| {
        made.is_dict_expr()
            || matches!(made, Expr::Call(call) if is_builtin_call(tree, call, "dict"))
    }) && is_shared(tree, start, dict)
}

/// What attributes of that name are given, when the file does so in one place only.
fn only_value<'a>(tree: &Tree<'a>, name: &str) -> Option<&'a Expr> {
    let mut values = tree.ids().filter_map(|id| match tree[id] {
        AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
            [Expr::Attribute(it)] if it.attr.as_str() == name => Some(&*assign.value),
            _ => None,
        },
        _ => None,
    });
    values.next().filter(|_| values.next().is_none())
}
