//! What the code alone proves of the elements of a container, file or other iterable.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};

use super::proof::{Proof, Reach};
use super::{BindingKind, Id, Tree, Use, Variable, call_of, is_builtin_call};

/// Builtins that hand on the elements of their only argument.
const PASSING: &[&str] = &["frozenset", "iter", "list", "reversed", "set", "sorted", "tuple"];

/// Methods of strings that give a list of strings.
const SPLITTERS: &[&str] = &["partition", "rpartition", "rsplit", "split", "splitlines"];

/// What is proved of every element; `None` where there is none.
pub(super) fn elements<'a>(tree: &Tree<'a>, expr: &'a Expr, reach: Reach<'_>) -> Option<Proof> {
    let Some(reach) = reach.deeper() else { return Some(Proof::Nothing) };
    let all = |elements: &'a [Expr]| {
        Proof::of_all(elements.iter().map(|element| match element {
            Expr::Starred(starred) => elements_of_some(tree, &starred.value, reach),
            element => tree.proof_within(element, reach),
        }))
    };
    match expr {
        Expr::List(list) => all(&list.elts),
        Expr::Tuple(tuple) => all(&tuple.elts),
        Expr::Set(set) => all(&set.elts),
        Expr::ListComp(comprehension) => Some(tree.proof_within(&comprehension.elt, reach)),
        Expr::SetComp(comprehension) => Some(tree.proof_within(&comprehension.elt, reach)),
        Expr::Generator(generator) => Some(tree.proof_within(&generator.elt, reach)),
        Expr::BinOp(sum) if sum.op == ruff_python_ast::Operator::Add => {
            let (left, right) =
                (elements(tree, &sum.left, reach), elements(tree, &sum.right, reach));
            Proof::of_all(left.into_iter().chain(right))
        }
        Expr::Call(call) => of_call(tree, call, reach),
        Expr::Name(name) => Some(match tree.variable(tree.id_of(name)) {
            _ if is_text_file(tree, expr) => Proof::Text,
            Some(variable) => return elements_of_variable(tree, variable, reach),
            None => Proof::Nothing,
        }),
        expr => Some(match tree.proof_within(expr, reach) {
            Proof::Text => Proof::Text,
            Proof::Bytes => Proof::Number,
            _ => Proof::Nothing,
        }),
    }
}

fn elements_of_some<'a>(tree: &Tree<'a>, expr: &'a Expr, reach: Reach<'_>) -> Proof {
    elements(tree, expr, reach).unwrap_or(Proof::Plain)
}

fn of_call<'a>(tree: &Tree<'a>, call: &'a ExprCall, reach: Reach<'_>) -> Option<Proof> {
    if is_builtin_call(tree, call, "range") {
        return Some(Proof::Number);
    }
    if PASSING.iter().any(|name| is_builtin_call(tree, call, name)) {
        return match &*call.arguments.args {
            [] => None,
            [only] => elements(tree, only, reach),
            _ => Some(Proof::Nothing),
        };
    }
    if is_text_open(tree, call) {
        return Some(Proof::Text);
    }
    let Expr::Attribute(method) = &*call.func else { return Some(Proof::Nothing) };
    let name = method.attr.as_str();
    let splits = SPLITTERS.contains(&name);
    match name {
        "copy" if call.arguments.is_empty() => elements(tree, &method.value, reach),
        "readlines" if is_text_file(tree, &method.value) => Some(Proof::Text),
        _ if splits && tree.proof_within(&method.value, reach) == Proof::Text => Some(Proof::Text),
        _ => Some(Proof::Nothing),
    }
}

/// What holds of the elements of a list whatever the file puts into it.
pub(super) fn elements_of_variable<'a>(
    tree: &Tree<'a>,
    variable: Variable<'a>,
    reach: Reach<'_>,
) -> Option<Proof> {
    let filled = tree.uses(variable).into_iter().filter_map(|(id, done)| match done {
        Use::Bound(BindingKind::Assign) => match tree.assigned(id) {
            Some(value) => elements(tree, value, reach),
            None => Some(Proof::Nothing),
        },
        Use::Bound(BindingKind::Augment) => match tree.parent(id).map(|parent| tree[parent]) {
            Some(AnyNodeRef::StmtAugAssign(augment)) => elements(tree, &augment.value, reach),
            _ => Some(Proof::Nothing),
        },
        Use::Bound(BindingKind::Declaration | BindingKind::Delete) => None,
        Use::Method(name, call) => of_method(tree, name, call, reach),
        Use::Bound(_) | Use::Changed(_) | Use::Other | Use::Attribute(_) => Some(Proof::Nothing),
        _ => None,
    });
    // Nobody looks at what is passed in, and a name without any use of the kind proves nothing.
    let parameter = tree.bindings(variable).iter().any(|b| b.kind == BindingKind::Parameter);
    if parameter || tree.bindings(variable).is_empty() {
        return Some(Proof::Nothing);
    }
    Proof::of_all(filled)
}

fn of_method(tree: &Tree<'_>, name: &str, call: Id, reach: Reach<'_>) -> Option<Proof> {
    let arguments = call_of(tree, call).map(|call| &*call.arguments.args);
    match (name, arguments) {
        ("append", Some([value])) | ("insert", Some([_, value])) => {
            Some(tree.proof_within(value, reach))
        }
        ("extend", Some([values])) => elements(tree, values, reach),
        (
            "clear" | "copy" | "count" | "index" | "pop" | "remove" | "reverse" | "sort" | "split"
            | "join" | "strip" | "startswith" | "endswith",
            _,
        ) => None,
        _ => Some(Proof::Nothing),
    }
}

/// What is proved of a name that `for` or a comprehension binds, also `i, x` over `enumerate`.
pub(super) fn unpacked_elements<'a>(
    tree: &Tree<'a>,
    target: Id,
    reach: Reach<'_>,
) -> Option<Proof> {
    let parent = tree.parent(target)?;
    match tree[parent] {
        AnyNodeRef::ExprTuple(pair) => {
            let Expr::Call(call) = iterated(tree, tree.parent(parent)?, parent)? else {
                return None;
            };
            if !is_builtin_call(tree, call, "enumerate") {
                return None;
            }
            match (&*pair.elts, call.arguments.args.first()) {
                ([first, _], _) if tree[target].ptr_eq(first.into()) => Some(Proof::Number),
                ([_, _], Some(over)) => elements(tree, over, reach),
                _ => None,
            }
        }
        _ => elements(tree, iterated(tree, parent, target)?, reach),
    }
}

/// What a loop goes over, when `target` is what it binds.
fn iterated<'a>(tree: &Tree<'a>, repeated: Id, target: Id) -> Option<&'a Expr> {
    match tree[repeated] {
        AnyNodeRef::StmtFor(statement) if !statement.is_async => {
            tree[target].ptr_eq((&*statement.target).into()).then_some(&*statement.iter)
        }
        AnyNodeRef::Comprehension(clause) if !clause.is_async => {
            tree[target].ptr_eq((&clause.target).into()).then_some(&clause.iter)
        }
        _ => None,
    }
}

/// `open(...)` in text mode, or a variable that is only that.
pub(super) fn is_text_file(tree: &Tree<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => is_text_open(tree, call),
        Expr::Name(name) => {
            let Some(variable) = tree.variable(tree.id_of(name)) else { return false };
            let [binding] = tree.bindings(variable) else { return false };
            let opened = match tree.parent(binding.node).map(|parent| tree[parent]) {
                Some(AnyNodeRef::WithItem(item)) => Some(&item.context_expr),
                _ => tree.assigned(binding.node),
            };
            matches!(opened, Some(Expr::Call(call)) if is_text_open(tree, call))
        }
        _ => false,
    }
}

fn is_text_open(tree: &Tree<'_>, call: &ExprCall) -> bool {
    let mode = call.arguments.find_argument_value("mode", 1);
    let text = mode.is_none_or(
        |mode| matches!(mode, Expr::StringLiteral(mode) if !mode.value.to_str().contains('b')),
    );
    let unpacked = call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
    text && !unpacked && is_builtin_call(tree, call, "open")
}
