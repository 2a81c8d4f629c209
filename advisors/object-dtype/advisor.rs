//! An array or a column of Python's objects that are all numbers: each operation calls Python for
//! every one of them.

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{BindingKind, Id, Tree};
use crate::words::{code, line, sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Gain, Operand, Worth};

/// Elements below which what NumPy and pandas prepare for an operation may take longer than that.
const MIN_LENGTH: u64 = 10_000;

/// Looks that must have found one type, at some dozens of elements each.
const MIN_LOOKS: u32 = 2;

/// As many elements as an operation of pandas must have for it to pay like one of NumPy on one, which
/// the pair measures: pandas prepares each for some 20 us.
const PREPARATION: u64 = 10;

/// The dtype of objects, and what has one.
const OBJECT: &str = "object";
const ARRAYS: &[&str] = &["DataFrame", "Series", "ndarray"];

/// Types of elements that NumPy has a dtype for, which gives the same results.
const NUMBERS: &[&str] = &[
    "bool", "float", "float32", "float64", "int", "int16", "int32", "int64", "int8", "uint16",
    "uint32", "uint64", "uint8",
];

/// Methods, and functions of NumPy, that go through all elements once or twice.
const METHODS: &[&str] =
    &["cumsum", "dot", "max", "mean", "median", "min", "prod", "std", "sum", "var"];
const FUNCTIONS: &[&str] = &[
    "numpy.add",
    "numpy.dot",
    "numpy.max",
    "numpy.maximum",
    "numpy.mean",
    "numpy.min",
    "numpy.minimum",
    "numpy.multiply",
    "numpy.std",
    "numpy.subtract",
    "numpy.sum",
    "numpy.var",
];

/// What it takes to convert an array once, in operations on it: 1 to 1.6 sums.
const CONVERSION: f64 = 1.6;

/// Operations after which that has been worth it, where no loop repeats them.
const MIN_OPERATIONS: usize = 4;

pub(crate) struct ObjectDtype;

impl Advisor for ObjectDtype {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let is_boxed = |seen: &Operand| seen.elements.iter().any(|it| it == OBJECT);
        if !case.hotspots.iter().flat_map(|hotspot| &hotspot.operands).any(is_boxed) {
            return Vec::new();
        }
        let mut groups: Vec<Group<'_>> = Vec::new();
        for operation in case.tree.ids().filter_map(|id| Operation::of(case, id)) {
            let same = |group: &&mut Group<'_>| group.is_of(case, &operation);
            match groups.iter_mut().find(same) {
                Some(group) => group.operations.push(operation),
                None => groups.push(Group { operations: vec![operation] }),
            }
        }
        groups.iter().filter_map(|group| group.finding(case)).collect()
    }
}

/// A computation on an array of objects, with all that is computed for it.
struct Operation<'a> {
    id: Id,
    range: TextRange,
    /// The array as the code names it, and what was seen of it.
    array: &'a Expr,
    seen: Operand,
    /// How often the elements are gone through.
    steps: usize,
}

impl<'a> Operation<'a> {
    /// The whole computation that starts at a node, when it is one on numbers that are objects.
    fn of(case: &Case<'a>, id: Id) -> Option<Self> {
        let tree = case.tree;
        let whole = Parts::of(tree, id).filter(|parts| parts.steps > 0)?;
        let range = tree.range(id);
        let seen = whole.arrays.iter().map(|array| (*array, boxed(case, range, array)));
        let seen: Vec<_> = seen.filter_map(|(array, seen)| Some((array, seen?))).collect();
        let is_inner = || tree.parent(id).is_some_and(|it| is_part(tree, it));
        if !seen.iter().all(|(_, seen)| element(seen).is_some()) || is_inner() {
            return None;
        }
        let (array, seen) = seen.into_iter().next()?;
        Some(Self { id, range, array, seen, steps: whole.steps })
    }
}

/// What a computation is made of: arrays, constants, and steps between them.
#[derive(Default)]
struct Parts<'a> {
    arrays: Vec<&'a Expr>,
    steps: usize,
}

impl<'a> Parts<'a> {
    /// `None` when anything else is computed there.
    fn of(tree: &Tree<'a>, id: Id) -> Option<Self> {
        let mut parts = Self::default();
        let all = match tree[id] {
            AnyNodeRef::ExprBinOp(it) => parts.step(tree, [&*it.left, &*it.right]),
            AnyNodeRef::ExprCompare(it) => parts.compared(tree, &it.ops, &it.left, &it.comparators),
            AnyNodeRef::ExprCall(it) => parts.called(tree, it),
            AnyNodeRef::StmtAugAssign(it) => parts.step(tree, [&*it.target, &*it.value]),
            _ => None,
        };
        all.map(|()| parts)
    }

    fn step(&mut self, tree: &Tree<'a>, of: impl IntoIterator<Item = &'a Expr>) -> Option<()> {
        self.steps += 1;
        of.into_iter().try_for_each(|expr| self.add(tree, expr))
    }

    fn add(&mut self, tree: &Tree<'a>, expr: &'a Expr) -> Option<()> {
        match expr {
            Expr::Name(_) | Expr::Attribute(_) => {
                tree.root(expr)?;
                self.arrays.push(expr);
                Some(())
            }
            Expr::Subscript(item) => {
                item.slice.is_string_literal_expr().then_some(())?;
                self.add(tree, &item.value)
            }
            Expr::UnaryOp(it) => self.add(tree, &it.operand),
            Expr::BinOp(it) => self.step(tree, [&*it.left, &*it.right]),
            Expr::Compare(it) => self.compared(tree, &it.ops, &it.left, &it.comparators),
            Expr::Call(call) => self.called(tree, call),
            expr => expr.is_literal_expr().then_some(()),
        }
    }

    fn compared(
        &mut self,
        tree: &Tree<'a>,
        ops: &[CmpOp],
        left: &'a Expr,
        others: &'a [Expr],
    ) -> Option<()> {
        let by_element =
            |op: &CmpOp| !matches!(op, CmpOp::In | CmpOp::NotIn | CmpOp::Is | CmpOp::IsNot);
        ops.iter().all(by_element).then_some(())?;
        self.step(tree, [left].into_iter().chain(others))
    }

    /// `array.sum()` or `numpy.sum(array)`.
    fn called(&mut self, tree: &Tree<'a>, call: &'a ExprCall) -> Option<()> {
        let Expr::Attribute(method) = &*call.func else { return None };
        call.arguments.keywords.iter().all(|it| it.value.is_literal_expr()).then_some(())?;
        let receiver = match tree.dotted(&call.func) {
            Some(name) => FUNCTIONS.contains(&name.as_str()).then_some(None)?,
            None => METHODS.contains(&method.attr.as_str()).then_some(Some(&*method.value))?,
        };
        self.step(tree, receiver.into_iter().chain(&call.arguments.args))
    }
}

/// Whether a node, or the call whose arguments it is, is a computation that takes in what is below it.
fn is_part(tree: &Tree<'_>, id: Id) -> bool {
    let parent = || tree.parent(id).is_some_and(|parent| is_part(tree, parent));
    match tree[id] {
        AnyNodeRef::Arguments(_) | AnyNodeRef::ExprAttribute(_) | AnyNodeRef::ExprUnaryOp(_) => {
            parent()
        }
        _ => Parts::of(tree, id).is_some(),
    }
}

/// What was seen of an array that has objects, or of the frame that a column is of.
fn boxed(case: &Case<'_>, range: TextRange, array: &Expr) -> Option<Operand> {
    let seen = case.operand(range, &code(case.source, array.range()));
    let is_boxed = |seen: &Operand| {
        ARRAYS.contains(&seen.type_name.as_str()) && seen.elements.iter().any(|it| it == OBJECT)
    };
    match (seen, array) {
        (Some(seen), _) => Some(seen).filter(is_boxed),
        (None, Expr::Attribute(column)) => boxed(case, range, &column.value),
        (None, _) => None,
    }
}

/// The one type of number that all elements are of. The columns of a frame are not told apart, so
/// that all must be of objects; `bool` may be one's dtype as well as an object's type.
fn element(seen: &Operand) -> Option<&str> {
    let mut types = seen.elements.iter().filter(|it| *it != OBJECT).map(String::as_str);
    let (one, None) = (types.next()?, types.next()) else { return None };
    let is_frame = seen.type_name == "DataFrame";
    let known = if is_frame { &["float", "int"][..] } else { NUMBERS };
    (seen.observations >= MIN_LOOKS && known.contains(&one)).then_some(one)
}

/// All computations of a function on one array.
struct Group<'a> {
    operations: Vec<Operation<'a>>,
}

impl<'a> Group<'a> {
    fn is_of(&self, case: &Case<'_>, operation: &Operation<'_>) -> bool {
        let (first, tree) = (&self.operations[0], case.tree);
        first.seen.expression == operation.seen.expression
            && tree.function(first.id) == tree.function(operation.id)
    }

    fn finding(&self, case: &Case<'_>) -> Option<Finding> {
        let share = |it: &&Operation<'_>| case.heat(it.range).map_or(0, |heat| heat.samples);
        let hottest = self.operations.iter().max_by_key(share)?;
        let ranges: Vec<TextRange> = self.operations.iter().map(|it| it.range).collect();
        let heat = case.built_in(case.heat_within(&ranges)?)?;
        let seen = &hottest.seen;
        let length = seen.lengths?.median;
        let kind = element(seen).filter(|_| length >= MIN_LENGTH)?;
        let size = if seen.type_name == "ndarray" { length } else { length / PREPARATION };
        let gain = self.without_conversion(case, case.gain(&heat, Some(size), size)?)?;
        let name = &seen.expression;
        Some(Finding {
            range: hottest.range,
            title: format!(
                "`{}` calls Python for each of {} numbers: the dtype of `{name}` is `object`",
                code(case.source, hottest.range),
                thousands(length)
            ),
            because: vec![
                sighting(seen),
                format!(
                    "All its elements that were looked at, other ones in every look, were of type `{kind}`; \
                     as objects they lie scattered, and each step with one makes another."
                ),
                origin(case, hottest.array, seen, kind),
                difference(kind).to_owned(),
            ],
            heat,
            evidence: vec![Evidence::Operand(seen.clone())],
            worth: Worth::Time(gain),
            fix: None,
        })
    }

    /// The gain, where the array is computed with often enough to be worth its conversion.
    fn without_conversion(&self, case: &Case<'_>, gain: Gain) -> Option<Gain> {
        if self.operations.iter().any(|it| is_reused(case.tree, it.id, it.array)) {
            return Some(gain);
        }
        let steps: usize = self.operations.iter().map(|it| it.steps).sum();
        let left = 1.0 - CONVERSION / steps as f64;
        let gain = Gain { saved: gain.saved * left, saved_low: gain.saved_low * left, ..gain };
        Some(gain).filter(|gain| steps >= MIN_OPERATIONS && gain.worth_saying())
    }
}

/// Whether the same array is computed with again: in a loop that leaves it alone, here or around the
/// function that is given it.
fn is_reused(tree: &Tree<'_>, id: Id, array: &Expr) -> bool {
    let stays =
        |part: Id, array: &Expr| tree.root(array).is_some() && !tree.is_rebound(array, part);
    if tree.loops(id).first().is_some_and(|&it| stays(tree.loop_extent(it), array)) {
        return true;
    }
    let function = tree.function(id);
    let Some(index) = parameter(tree, function, array) else { return false };
    tree.callers(function).into_iter().any(|call| {
        let AnyNodeRef::ExprCall(it) = tree[call] else { return false };
        let given = it.arguments.args.get(index);
        given.is_some_and(|given| {
            tree.loops(call).first().is_some_and(|&it| stays(tree.loop_extent(it), given))
        })
    })
}

/// Which parameter of a function a name is, when it is bound to nothing else.
fn parameter(tree: &Tree<'_>, function: Id, array: &Expr) -> Option<usize> {
    let (AnyNodeRef::StmtFunctionDef(def), Expr::Name(name)) = (tree[function], array) else {
        return None;
    };
    let [only] = tree.bindings(tree.variable(tree.id_of(name))?) else { return None };
    let is_it = only.kind == BindingKind::Parameter;
    let mut names = def.parameters.iter_non_variadic_params().map(|it| it.name().as_str());
    names.position(|it| is_it && it == name.id.as_str())
}

/// Where the dtype comes from, and what to write.
fn origin(case: &Case<'_>, array: &Expr, seen: &Operand, kind: &str) -> String {
    let tree = case.tree;
    let name = &seen.expression;
    let asked = tree.root(array).and_then(|variable| {
        let values = tree.bindings(variable).iter().filter_map(|it| tree.assigned(it.node));
        values.flat_map(|value| tree.subtree(tree.id_of(value))).find_map(|id| match tree[id] {
            AnyNodeRef::ExprCall(call) => asks_for_objects(call),
            _ => None,
        })
    });
    if let Some(range) = asked {
        return format!(
            "`{}` on {} asks for it: with `{kind}` in place of `object` the numbers lie side by side.",
            code(case.source, range),
            line(case.source, range)
        );
    }
    match seen.type_name.as_str() {
        "ndarray" => format!(
            "Give it its dtype where it is made, `np.array(..., dtype={kind:?})`, or convert it once: \
             `{name} = {name}.astype({kind:?})`."
        ),
        "Series" => format!(
            "Give it its dtype where it is made (`pd.Series(..., dtype={kind:?})`, `dtype=` of \
             `pd.read_csv`), or convert it once: `{name} = pd.to_numeric({name})`."
        ),
        _ => format!(
            "Give its columns their dtype where it is made (`dtype=` of `pd.read_csv` and `pd.DataFrame`), \
             or convert it once: `{name} = {name}.astype({kind:?})`."
        ),
    }
}

/// The argument by which a call asks for objects: `dtype=object`, `.astype("O")`.
fn asks_for_objects(call: &ExprCall) -> Option<TextRange> {
    let is_object = |value: &Expr| match value {
        Expr::Name(name) => name.id.as_str() == OBJECT,
        Expr::StringLiteral(text) => [OBJECT, "O"].contains(&text.value.to_str()),
        _ => false,
    };
    let keyword = call.arguments.keywords.iter().find(|it| {
        it.arg.as_ref().is_some_and(|arg| arg.as_str() == "dtype") && is_object(&it.value)
    });
    let converts = match &*call.func {
        Expr::Attribute(method) => method.attr.as_str() == "astype",
        _ => false,
    };
    let first = call.arguments.args.first().filter(|it| converts && is_object(it));
    keyword.map(Ranged::range).or(first.map(|_| call.range()))
}

/// What is not the same with numbers of NumPy.
fn difference(kind: &str) -> &'static str {
    match kind {
        "bool" => "What is no `bool`, and was not met, becomes one.",
        kind if kind.contains("int") => {
            "An `int` of Python grows where NumPy's wraps around, beyond 64 bits; of what was not met, \
             floats are cut to integers, and None is an error."
        }
        _ => {
            "NumPy adds floats in pairs, so that the last digits of a sum may differ, and divides by \
             zero without an error; of what was not met, None becomes NaN and a text of digits its number."
        }
    }
}
