//! `groupby` on what is not sorted by the key, where only the last group of each key is kept.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, Use, is_builtin_call};
use crate::words::code;
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// What gives names in an order that the system has them in.
const LISTINGS: &[&str] = &["glob.glob", "glob.iglob", "os.listdir", "os.scandir", "os.walk"];

pub(crate) struct GroupbyUnsorted;

impl Advisor for GroupbyUnsorted {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls();
        let groupings =
            calls.filter(|(_, call)| case.tree.calls_one_of(call, &["itertools.groupby"]));
        groupings.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let over = call.arguments.find_argument_value("iterable", 0)?;
    let key = call.arguments.find_argument_value("key", 1)?;
    let kept = keeps_by_key(tree, id)?;
    let order = order(case, call, over)?;
    let key = field(tree, key)?;
    let why = order.is_not_by(&key)?;
    let heat = case.heat(tree.range(kept))?;
    let (over, share) = (code(case.source, over.range()), (heat.share * 100.0).round());
    let text = code(case.source, call.range());
    Some(Finding {
        range: call.range(),
        title: format!("`{text}` may give a key more than once, and the dict keeps its last group"),
        because: vec![
            format!(
                "`groupby` begins a new group whenever the key changes, so that it takes what is \
                 sorted by that key. `{over}` {why}."
            ),
            "Sort by the same key first, or append to the lists of a `defaultdict(list)`, which needs no \
             order."
                .to_owned(),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run in it"))],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// The loop over a `groupby` in which each group goes into a dict under its key, in place of an
/// earlier one.
fn keeps_by_key(tree: &Tree<'_>, call: Id) -> Option<Id> {
    let around = tree.parent(call)?;
    let key = |target: &Expr| match target {
        Expr::Tuple(pair) => pair.elts.first().and_then(Expr::as_name_expr).map(|it| it.id.clone()),
        _ => None,
    };
    let is_key = |expr: &Expr, key: &str| expr.as_name_expr().is_some_and(|it| it.id == key);
    match tree[around] {
        AnyNodeRef::StmtFor(statement) => {
            let key = key(&statement.target)?;
            let mut body = statement.body.iter().filter_map(|it| it.as_assign_stmt());
            let kept = body.any(|assign| {
                matches!(&*assign.targets, [Expr::Subscript(item)] if is_key(&item.slice, &key))
                    && !mentions(tree, &assign.value, &assign.targets[0])
            });
            kept.then_some(around)
        }
        AnyNodeRef::Comprehension(clause) => {
            let key = key(&clause.target)?;
            let whole = tree.loop_extent(around);
            let kept = match tree[whole] {
                AnyNodeRef::ExprDictComp(made) => is_key(made.key.as_ref()?, &key),
                AnyNodeRef::ExprGenerator(made) => {
                    let pair = made.elt.as_tuple_expr()?;
                    let arguments = tree.parent(whole).and_then(|it| tree.parent(it))?;
                    let AnyNodeRef::ExprCall(outer) = tree[arguments] else {
                        return None;
                    };
                    is_key(pair.elts.first()?, &key) && is_builtin_call(tree, outer, "dict")
                }
                _ => false,
            };
            kept.then_some(whole)
        }
        _ => None,
    }
}

/// Whether a value is made of what the dict holds already: `out[k] = out.get(k, 0) + 1`.
fn mentions(tree: &Tree<'_>, value: &Expr, target: &Expr) -> bool {
    let Expr::Subscript(item) = target else {
        return false;
    };
    let root = tree.root(&item.value);
    tree.subtree(tree.id_of(value)).any(|id| root.is_some() && tree.variable(id) == root)
}

/// What is known of the order of something.
enum Order {
    /// By a part of the elements.
    By(String),
    /// By the elements as a whole.
    Whole,
    /// None that the program has made.
    Any(&'static str),
}

impl Order {
    /// Why what is ordered so is not sorted by `key`, where that is sure.
    fn is_not_by(&self, key: &str) -> Option<String> {
        match self {
            Order::By(other) if other == key => None,
            Order::By(other) => Some(format!("is sorted by `{other}`, not by `{key}`")),
            // Tuples and lists are sorted by their first elements.
            Order::Whole if key.starts_with('[') && key != "[0]" && !key.contains(['"', '\'']) => {
                Some(format!("is sorted by whole elements, not by `{key}`"))
            }
            Order::Whole => None,
            Order::Any(what) => Some(format!("is {what}, in no order")),
        }
    }
}

fn order(case: &Case<'_>, call: &ExprCall, over: &Expr) -> Option<Order> {
    let tree = case.tree;
    let value = match over {
        Expr::Name(_) => {
            let root = tree.root(over)?;
            let sorts: Vec<&ExprCall> = tree
                .uses(root)
                .into_iter()
                .filter_map(|(_, done)| match done {
                    Use::Method("sort", call) => crate::shape::call_of(tree, call),
                    _ => None,
                })
                .collect();
            let value = tree.assigned_once(over)?;
            match sorts[..] {
                [] => value,
                [sort] if sort.range().end() < call.range().start() => {
                    return by_key(tree, sort);
                }
                _ => return None,
            }
        }
        value => value,
    };
    match value {
        Expr::Set(_) | Expr::SetComp(_) => Some(Order::Any("a set")),
        Expr::Call(made) if is_builtin_call(tree, made, "sorted") => by_key(tree, made),
        Expr::Call(made) if is_builtin_call(tree, made, "set") => Some(Order::Any("a set")),
        Expr::Call(made) if tree.calls_one_of(made, LISTINGS) => {
            Some(Order::Any("what the file system lists"))
        }
        _ => None,
    }
}

/// What `sorted` or `sort` sorts by.
fn by_key(tree: &Tree<'_>, sort: &ExprCall) -> Option<Order> {
    match sort.arguments.find_keyword("key") {
        None => Some(Order::Whole),
        Some(keyword) => field(tree, &keyword.value).map(Order::By),
    }
}

/// The one part of an element that a key is: `.city` or `["city"]`, of a lambda or of `operator`'s.
fn field(tree: &Tree<'_>, key: &Expr) -> Option<String> {
    match key {
        Expr::Lambda(lambda) => {
            let [parameter] = &*lambda.parameters.as_ref()?.args else {
                return None;
            };
            let name = parameter.parameter.name.as_str();
            match &*lambda.body {
                Expr::Attribute(it) if is_name(&it.value, name) => Some(format!(".{}", it.attr)),
                Expr::Subscript(it) if is_name(&it.value, name) => item(tree, &it.slice),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let [argument] = &*call.arguments.args else {
                return None;
            };
            match tree.dotted(&call.func)?.as_str() {
                "operator.itemgetter" => item(tree, argument),
                "operator.attrgetter" => {
                    argument.as_string_literal_expr().map(|it| format!(".{}", it.value.to_str()))
                }
                _ => None,
            }
        }
        Expr::Name(_) => field(tree, tree.assigned_once(key).filter(|it| !it.is_name_expr())?),
        _ => None,
    }
}

fn is_name(expr: &Expr, name: &str) -> bool {
    expr.as_name_expr().is_some_and(|it| it.id == name)
}

fn item(tree: &Tree<'_>, key: &Expr) -> Option<String> {
    match key {
        Expr::StringLiteral(text) => Some(format!("[{:?}]", text.value.to_str())),
        Expr::NumberLiteral(_) => Some(format!("[{}]", tree.source().slice(key.range()))),
        _ => None,
    }
}
