//! What all the threads of a start write to.

use ruff_python_ast::{AnyNodeRef, Expr, Stmt};

use crate::shape::{BindingKind, Id, ScopeId, ThreadStart, Tree, Variable, is_constant};

/// Methods by which a class has a say in what its attributes are.
const ATTRIBUTE_METHODS: &[&str] = &["__getattr__", "__getattribute__", "__setattr__"];

/// Whether `target`, written in the function that `start` has threads run, is surely one and the same
/// for all of these: a variable of the module or of a function that runs once, an attribute of one
/// object, an item by a constant key of one dict. And whether what it holds is at first a number, text
/// or the like, which `+=` cannot change in place. `by_get` says that a missing item is one as well.
pub(super) fn is_shared(
    tree: &Tree<'_>,
    start: &ThreadStart<'_>,
    target: &Expr,
    by_get: bool,
) -> bool {
    match target {
        Expr::Name(_) => tree
            .root(target)
            .is_some_and(|it| is_common(tree, start, it) && first_values(tree, start.worker, it)),
        Expr::Attribute(attribute) => {
            let class = class_of_one(tree, start, &attribute.value);
            class.is_some_and(|it| {
                is_plain(tree, it, &attribute.attr)
                    && values_of(tree, start.worker, it, &attribute.attr).is_some_and(all_constant)
            })
        }
        Expr::Subscript(item) => {
            item.slice.is_literal_expr()
                && one_dict(tree, start, &item.value)
                    .is_some_and(|dict| is_item(tree, dict, &item.slice, by_get))
        }
        _ => false,
    }
}

/// Whether a variable is the module's, or that of a function that starts the threads and runs once.
fn is_common(tree: &Tree<'_>, start: &ThreadStart<'_>, variable: Variable<'_>) -> bool {
    let starter = tree.function(tree.id_of(start.callee));
    variable.scope == ScopeId::MODULE
        || (tree.scope_node(variable.scope) == starter
            && starter != start.worker
            && tree.runs_once(starter))
}

/// Whether all that a variable is assigned outside of the threads is written out.
fn first_values(tree: &Tree<'_>, worker: Id, variable: Variable<'_>) -> bool {
    let outside = || {
        let bindings = tree.bindings(variable).iter();
        bindings.filter(|binding| !tree.contains(worker, binding.node))
    };
    let is_first = |binding: &crate::shape::Binding| {
        binding.kind == BindingKind::Assign && tree.assigned(binding.node).is_some_and(is_constant)
    };
    outside().count() > 0 && outside().all(is_first)
}

fn all_constant(values: Vec<&Expr>) -> bool {
    !values.is_empty() && values.into_iter().all(is_constant)
}

/// What an attribute is assigned outside of the threads: in the class's body, or on any object. `None`
/// where it is given in another way as well.
fn values_of<'a>(tree: &Tree<'a>, worker: Id, class: Id, name: &str) -> Option<Vec<&'a Expr>> {
    let AnyNodeRef::StmtClassDef(def) = tree[class] else { return None };
    let mut values: Vec<&Expr> = Vec::new();
    for statement in &def.body {
        match statement {
            Stmt::Assign(it) if is_named(&it.targets, name) => values.push(&it.value),
            Stmt::AnnAssign(it) if is_named(std::slice::from_ref(&*it.target), name) => {
                values.extend(it.value.as_deref());
            }
            _ => {}
        }
    }
    for id in tree.ids().filter(|&id| !tree.contains(worker, id)) {
        let AnyNodeRef::ExprAttribute(it) = tree[id] else { continue };
        if it.attr.as_str() == name && it.ctx.is_store() {
            match tree[tree.parent(id)?] {
                AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => {
                    values.push(&assign.value);
                }
                AnyNodeRef::StmtAugAssign(_) => {}
                AnyNodeRef::StmtAnnAssign(assign) => values.extend(assign.value.as_deref()),
                _ => return None,
            }
        }
    }
    Some(values)
}

fn is_named(targets: &[Expr], name: &str) -> bool {
    matches!(targets, [Expr::Name(target)] if target.id.as_str() == name)
}

/// The class of which an expression is the one object: the receiver of the method that the threads run,
/// of a class that is made once, or a variable of the module that holds one or is the class itself.
fn class_of_one(tree: &Tree<'_>, start: &ThreadStart<'_>, object: &Expr) -> Option<Id> {
    let Expr::Name(name) = object else { return None };
    let variable = tree.variable(tree.id_of(name))?;
    if let Some(class) = tree.class_of(start.worker)
        && is_receiver(tree, start.worker, variable)
    {
        return Some(class).filter(|&it| is_made_once(tree, it));
    }
    let [binding] = tree.bindings(variable) else { return None };
    match (variable.scope, binding.kind) {
        (ScopeId::MODULE, BindingKind::Definition) => Some(binding.node),
        (ScopeId::MODULE, BindingKind::Assign) => {
            let call = tree.assigned(binding.node)?.as_call_expr()?;
            let class = tree.root(&call.func).filter(|_| call.func.is_name_expr())?;
            match tree.bindings(class) {
                [class] => Some(class.node),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a class of the module is called in one place, which runs once, and not mentioned otherwise.
fn is_made_once(tree: &Tree<'_>, class: Id) -> bool {
    let AnyNodeRef::StmtClassDef(def) = tree[class] else { return false };
    let variable = Variable { scope: tree.scope(class), name: def.name.as_str() };
    let mentions = tree.mentions(variable);
    let [mention] = mentions[..] else { return false };
    let is_called = |it: Id| matches!(tree[it], AnyNodeRef::ExprCall(call) if tree.id_of(&*call.func) == mention);
    let around = tree.function(mention);
    variable.scope == ScopeId::MODULE
        && tree.parent(mention).is_some_and(is_called)
        && tree.loops(mention).is_empty()
        && (matches!(tree[around], AnyNodeRef::ModModule(_)) || tree.runs_once(around))
}

/// Whether an attribute is the object's own: of a class that inherits nothing, as `threading.local` would
/// give each thread its own, and that computes no attribute of that name.
fn is_plain(tree: &Tree<'_>, class: Id, name: &str) -> bool {
    let AnyNodeRef::StmtClassDef(def) = tree[class] else { return false };
    let computes = |statement: &Stmt| {
        statement.as_function_def_stmt().is_some_and(|def| {
            def.name.as_str() == name || ATTRIBUTE_METHODS.contains(&def.name.as_str())
        })
    };
    def.arguments.as_ref().is_none_or(|it| it.is_empty())
        && def.decorator_list.is_empty()
        && !def.body.iter().any(computes)
}

/// Whether a variable is the first parameter of a method, and nothing else.
fn is_receiver(tree: &Tree<'_>, method: Id, variable: Variable<'_>) -> bool {
    let AnyNodeRef::StmtFunctionDef(def) = tree[method] else { return false };
    let first = def.parameters.iter_non_variadic_params().next();
    tree.scope_node(variable.scope) == method
        && first.is_some_and(|it| it.name().as_str() == variable.name)
        && tree.bindings(variable).len() == 1
}

/// What is written out of a dict that is made once, of a variable or attribute that all share.
fn one_dict<'a>(tree: &Tree<'a>, start: &ThreadStart<'a>, dict: &Expr) -> Option<&'a Expr> {
    match dict {
        Expr::Name(_) => {
            let is_common = is_common(tree, start, tree.root(dict)?);
            tree.assigned_once(dict).filter(|_| is_common)
        }
        Expr::Attribute(attribute) => {
            let class = class_of_one(tree, start, &attribute.value)?;
            let values = values_of(tree, start.worker, class, &attribute.attr)?;
            match values[..] {
                [value] if is_plain(tree, class, &attribute.attr) => Some(value),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a dict as it is written out has a constant for a key, or with `by_get` has none yet.
fn is_item(tree: &Tree<'_>, dict: &Expr, key: &Expr, by_get: bool) -> bool {
    let Expr::Dict(dict) = dict else { return false };
    let text = |expr: &Expr| tree.text(tree.id_of(expr));
    let mut items = dict.items.iter();
    let value = items.find(|it| it.key.as_ref().is_some_and(|it| text(it) == text(key)));
    value.map_or(by_get && dict.items.is_empty(), |item| is_constant(&item.value))
}
