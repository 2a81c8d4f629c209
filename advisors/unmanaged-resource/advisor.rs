//! Files that are opened and left for the garbage collector to close.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{BindingKind, Id, ScopeKind, Tree, Use, is_builtin_call};
use crate::words::code;
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Functions that read a file that they are given, and do not close it.
const READERS: &[&str] = &["csv.DictReader", "csv.reader", "json.load", "pickle.load"];

/// Methods that use a file and give nothing that needs it later.
const METHODS: &[&str] = &["flush", "read", "readline", "readlines", "seek", "write", "writelines"];

pub(crate) struct UnmanagedResource;

impl Advisor for UnmanagedResource {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let opened = tree.all_calls().filter(|(_, call)| {
            is_builtin_call(tree, call, "open")
                || tree.calls_one_of(call, &["io.open", "gzip.open"])
        });
        opened.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let mut used = used_on_the_spot(tree, id).or_else(|| never_closed(tree, id))?;
    used.push(call.range());
    let heat = case.heat_on(&used)?;
    let text = code(case.source, call.range());
    let share = (heat.share * 100.0).round();
    Some(Finding {
        range: call.range(),
        title: format!("Nobody closes the file that `{text}` opens"),
        because: vec![
            "It stays open until the object is freed: at once where nothing else holds it, later \
             where an exception or a generator does, and what was written may be missing until then."
                .to_owned(),
            format!("Write `with {text} as file:` around what uses it."),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run where it is used"))],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// What uses up a file which no name is given to.
fn used_on_the_spot(tree: &Tree<'_>, opened: Id) -> Option<Vec<TextRange>> {
    operation(tree, opened, tree.use_of(opened)).or_else(|| {
        let around = tree.parent(opened).and_then(|it| tree.parent(it))?;
        let reads = matches!(tree[around], AnyNodeRef::ExprCall(call)
            if tree.calls_one_of(call, READERS)
                && call.arguments.args.iter().any(|arg| tree.id_of(arg) == opened));
        reads.then(|| vec![tree.range(around)])
    })
}

/// The uses of a file that a function's own variable holds, when all that it does with it is to read
/// and write.
fn never_closed(tree: &Tree<'_>, opened: Id) -> Option<Vec<TextRange>> {
    let AnyNodeRef::StmtAssign(assign) = tree[tree.parent(opened)?] else { return None };
    let [Expr::Name(name)] = &*assign.targets else { return None };
    let variable = tree.variable(tree.id_of(name))?;
    let function = tree.scope_node(variable.scope);
    let own = tree.scope_kind(variable.scope) == ScopeKind::Function;
    let once = matches!(tree.bindings(variable), [it] if it.kind == BindingKind::Assign);
    let uses = tree.uses(variable);
    let used = uses.iter().map(|&(id, done)| {
        let here = tree.function(id) == function;
        match done {
            Use::Bound(_) => Some(Vec::new()),
            done => operation(tree, id, done),
        }
        .filter(|_| here)
    });
    let used = used.collect::<Option<Vec<_>>>()?.concat();
    (own && once && uses.len() > 1).then_some(used)
}

/// Where a use reads or writes: the call of a method, or the taking of the next line.
fn operation(tree: &Tree<'_>, file: Id, done: Use<'_>) -> Option<Vec<TextRange>> {
    match done {
        Use::Iterated => Some(tree.next_places(tree.parent(file)?)),
        Use::Method(method, call) if METHODS.contains(&method) => Some(vec![tree.range(call)]),
        _ => None,
    }
}
