//! An array of numbers that Python goes through one element at a time.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Tree, Use, Variable, is_builtin_call};
use crate::words::{code, sighting, thousands};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Operand, Safety, Worth};

/// Elements below which making a list, or calling NumPy, may take as long as it saves.
const MIN_LENGTH: u64 = 100;

/// What the pair calls a loop and a builtin.
const LOOP: u64 = 1;
const BUILTIN: u64 = 2;

/// Builtins that arrays have as methods.
const BUILTINS: &[&str] = &["max", "min", "sum"];

/// Types of elements that Python has a number for.
const NUMBERS: &[&str] = &[
    "float32", "float64", "int16", "int32", "int64", "int8", "uint16", "uint32", "uint64", "uint8",
];

pub(crate) struct NdarrayPythonLoop;

impl Advisor for NdarrayPythonLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let loops = tree.ids().filter(|&id| tree[id].is_stmt_for() || tree[id].is_comprehension());
        let loops = loops.filter_map(|id| of_loop(case, id));
        loops.chain(tree.all_calls().filter_map(|(_, call)| of_builtin(case, call))).collect()
    }
}

/// `sum(array)`: an object is made of every number, and added by Python.
fn of_builtin(case: &Case<'_>, call: &ExprCall) -> Option<Finding> {
    let builtin = BUILTINS.iter().find(|it| is_builtin_call(case.tree, call, it))?;
    let ([over], []) = (&*call.arguments.args, &*call.arguments.keywords) else { return None };
    let heat = case.built_in(case.heat_on(&[call.range()])?)?;
    let (array, length) = numbers(case, call.range(), over)?;
    let name = code(case.source, over.range());
    Some(Finding {
        range: call.range(),
        title: format!(
            "`{}` makes an object of each of {} numbers",
            code(case.source, call.range()),
            thousands(length)
        ),
        because: vec![
            sighting(&array),
            format!(
                "`{builtin}` asks the array for one element after the other, and it makes a NumPy scalar \
                 of each. `{name}.{builtin}()` works on the numbers as they lie there."
            ),
            match *builtin {
                "sum" => {
                    "NumPy adds floats in pairs, which is more exact: the last digits may differ."
                }
                _ => "Where an element is NaN, so is what NumPy gives.",
            }
            .to_owned(),
        ],
        heat,
        evidence: vec![Evidence::Operand(array)],
        worth: Worth::Time(case.gain(&heat, Some(BUILTIN), BUILTIN)?),
        fix: None,
    })
}

/// `for value in array`: an object is made of every number, and each step with it makes another.
fn of_loop(case: &Case<'_>, repeated: Id) -> Option<Finding> {
    let tree = case.tree;
    let (over, target) = (tree.iterable(repeated)?, tree.loop_target(repeated)?);
    if !is_plain(tree, target) {
        return None;
    }
    let mut places = tree.next_places(repeated);
    places.extend(steps(tree, target, tree.loop_extent(repeated)));
    let heat = case.built_in(case.heat_on(&places)?)?;
    let (array, length) = numbers(case, tree.range(tree.loop_extent(repeated)), over)?;
    let name = code(case.source, over.range());
    Some(Finding {
        range: over.range(),
        title: format!("Python goes through the {} numbers of the array `{name}`", thousands(length)),
        because: vec![
            sighting(&array),
            "For every element the array makes a NumPy scalar, and to compute with one takes many times as \
             long as with a `float` or an `int` of Python."
                .to_owned(),
            format!(
                "Go through `{name}.tolist()`, which makes Python's numbers of all in one go. What \
                 can be said of the whole array (`{name} * 2`, `.sum()`, `numpy.where`) is faster by \
                 another order of magnitude."
            ),
        ],
        heat,
        evidence: vec![Evidence::Operand(array)],
        worth: Worth::Time(case.gain(&heat, Some(LOOP), LOOP)?),
        fix: Some(fix(over.range(), &name)),
    })
}

/// The array, when it was seen to be one of numbers, in one dimension, and how long it was.
fn numbers(case: &Case<'_>, range: TextRange, over: &Expr) -> Option<(Operand, u64)> {
    let name = case.source.slice(over.range());
    let array = case.operand(range, name).filter(|seen| seen.type_name == "ndarray")?;
    let is_number = |element: &String| NUMBERS.contains(&element.as_str());
    let length = array.lengths?.median;
    let speaks = !array.elements.is_empty() && array.elements.iter().all(is_number);
    (speaks && length >= MIN_LENGTH).then_some((array, length))
}

/// Whether nothing asks the target for what only NumPy's scalars have.
fn is_plain(tree: &Tree<'_>, target: &Expr) -> bool {
    let Some(variable) = target.is_name_expr().then(|| tree.variable(tree.id_of(target))).flatten()
    else {
        return false;
    };
    let of_scalars = |done: Use<'_>| {
        matches!(done, Use::Method(..) | Use::Attribute(_) | Use::Indexed(_) | Use::Sliced(_))
    };
    tree.bindings(variable).len() == 1
        && !tree.uses(variable).into_iter().any(|(_, done)| of_scalars(done))
}

/// The operations within a loop that compute with its target.
fn steps(tree: &Tree<'_>, target: &Expr, extent: Id) -> Vec<TextRange> {
    let variable = tree.variable(tree.id_of(target));
    let computes = |id: Id| match tree[id] {
        AnyNodeRef::ExprBinOp(it) => {
            mentions(tree, &it.left, variable) || mentions(tree, &it.right, variable)
        }
        AnyNodeRef::ExprCompare(it) => {
            mentions(tree, &it.left, variable)
                || it.comparators.iter().any(|it| mentions(tree, it, variable))
        }
        AnyNodeRef::StmtAugAssign(it) => mentions(tree, &it.value, variable),
        _ => false,
    };
    tree.subtree(extent).filter(|&id| computes(id)).map(|id| tree.range(id)).collect()
}

/// Whether an operand is the variable, or computed with it.
fn mentions(tree: &Tree<'_>, operand: &Expr, variable: Option<Variable<'_>>) -> bool {
    match operand {
        Expr::Name(name) => variable.is_some() && tree.variable(tree.id_of(name)) == variable,
        Expr::BinOp(it) => {
            mentions(tree, &it.left, variable) || mentions(tree, &it.right, variable)
        }
        Expr::UnaryOp(it) => mentions(tree, &it.operand, variable),
        _ => false,
    }
}

fn fix(over: TextRange, name: &str) -> Fix {
    let note = format!(
        "Python's numbers must do for what the loop does: integers of them grow instead of wrapping around, \
         and a division of them by zero is an error; `{name}` must not change during the loop"
    );
    Fix {
        safety: Safety::Unsafe,
        note: Some(note),
        edits: vec![Edit { range: TextRange::empty(over.end()), text: ".tolist()".to_owned() }],
    }
}
