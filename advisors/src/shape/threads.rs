//! Where a file starts threads, and what they run.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use super::{Id, PoolKind, Tree};

/// A call that has threads run a function of the file.
pub struct ThreadStart<'a> {
    /// The call.
    pub range: TextRange,
    /// What is called there: `pool.map`, `threading.Thread`.
    pub callee: &'a Expr,
    /// What they are given to run, as it is written there; nothing for a class of threads.
    pub function: Option<&'a Expr>,
    /// The function or lambda that this is.
    pub worker: Id,
    /// How.
    pub means: Means,
}

/// How threads come by what they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A pool of that kind is given it.
    Pool(PoolKind),
    /// `Thread(target=function)`.
    Thread,
    /// `run` of a class of threads.
    Class,
}

/// The names under which `threading.Thread` is made.
const THREAD: &[&str] = &["threading.Thread"];

impl<'a> Tree<'a> {
    /// Every start of threads in the file whose function is a function of the file.
    pub fn thread_starts(&self) -> Vec<ThreadStart<'a>> {
        let start = |(_, call)| {
            in_pool(self, call).or_else(|| in_thread(self, call)).or_else(|| of_class(self, call))
        };
        self.all_calls().filter_map(start).collect()
    }
}

fn in_pool<'a>(tree: &Tree<'a>, call: &'a ExprCall) -> Option<ThreadStart<'a>> {
    let handed = tree.handed(call).filter(|it| !it.kind.has_processes())?;
    let worker = stands_for(tree, handed.function)?;
    let means = Means::Pool(handed.kind);
    let function = Some(handed.function);
    Some(ThreadStart { range: call.range(), callee: &call.func, function, worker, means })
}

fn in_thread<'a>(tree: &Tree<'a>, call: &'a ExprCall) -> Option<ThreadStart<'a>> {
    if !tree.calls_one_of(call, THREAD) {
        return None;
    }
    let target = call.arguments.find_argument_value("target", 1)?;
    let (function, worker) = (Some(target), stands_for(tree, target)?);
    let range = started(tree, call);
    Some(ThreadStart { range, callee: &call.func, function, worker, means: Means::Thread })
}

/// The making of an object of a class of the file that is a thread with a `run` of its own.
fn of_class<'a>(tree: &Tree<'a>, call: &'a ExprCall) -> Option<ThreadStart<'a>> {
    let Expr::Name(name) = &*call.func else { return None };
    let [binding] = tree.bindings(tree.variable(tree.id_of(name))?) else { return None };
    let AnyNodeRef::StmtClassDef(class) = tree[binding.node] else { return None };
    let is_thread =
        |base: &Expr| tree.dotted(base).is_some_and(|name| THREAD.contains(&name.as_str()));
    if !class.bases().iter().any(is_thread) {
        return None;
    }
    let run = class.body.iter().filter_map(|statement| statement.as_function_def_stmt());
    let worker = tree.id_of(run.into_iter().find(|def| def.name.as_str() == "run")?);
    let range = started(tree, call);
    Some(ThreadStart { range, callee: &call.func, function: None, worker, means: Means::Class })
}

/// The whole of `Thread(...).start()`, or the making of the thread where it is started elsewhere.
fn started(tree: &Tree<'_>, made: &ExprCall) -> TextRange {
    let around: Vec<Id> = tree.ancestors(tree.id_of(made)).take(2).collect();
    match around[..] {
        [method, call]
            if matches!(tree[method], AnyNodeRef::ExprAttribute(it) if it.attr.as_str() == "start")
                && matches!(tree[call], AnyNodeRef::ExprCall(it) if it.arguments.is_empty()) =>
        {
            tree.range(call)
        }
        _ => made.range(),
    }
}

/// The function or lambda of the file that an expression stands for; of `partial(f, ...)` that is `f`.
fn stands_for(tree: &Tree<'_>, expr: &Expr) -> Option<Id> {
    match expr {
        Expr::Lambda(lambda) => Some(tree.id_of(lambda)),
        Expr::Call(call) if tree.calls_one_of(call, &["functools.partial"]) => {
            tree.function_named(call.arguments.args.first()?)
        }
        _ => tree.function_named(expr),
    }
}
