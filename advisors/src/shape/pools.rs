//! Pools of threads and of processes, and what they are given to do.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprList, ExprTuple, Number, Operator};

use super::{BindingKind, Id, Tree, is_builtin_call};

/// A kind of pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolKind {
    /// `concurrent.futures.ThreadPoolExecutor`.
    ThreadExecutor,
    /// `concurrent.futures.ProcessPoolExecutor`.
    ProcessExecutor,
    /// `multiprocessing.pool.ThreadPool`, `multiprocessing.dummy.Pool`.
    Threads,
    /// `multiprocessing.Pool`.
    Processes,
}

impl PoolKind {
    /// Whether its workers are processes.
    pub fn has_processes(self) -> bool {
        matches!(self, Self::ProcessExecutor | Self::Processes)
    }

    /// The keyword for the number of its workers.
    pub fn size_keyword(self) -> &'static str {
        match self {
            Self::ThreadExecutor | Self::ProcessExecutor => "max_workers",
            Self::Threads | Self::Processes => "processes",
        }
    }
}

/// Work that is handed to a pool: `pool.map(f, rows)`.
#[derive(Debug, Clone, Copy)]
pub struct Handed<'a> {
    /// The call that hands it over.
    pub call: &'a ExprCall,
    /// Its method's name.
    pub method: &'a str,
    /// What is to be called for each task.
    pub function: &'a Expr,
    /// The call that makes the pool.
    pub pool: &'a ExprCall,
    /// What pool it is.
    pub kind: PoolKind,
}

impl Handed<'_> {
    /// Whether it hands over all items at once, as its second argument.
    pub fn takes_all(&self) -> bool {
        !matches!(self.method, "apply" | "apply_async" | "submit")
    }
}

/// What multiprocessing sends messages by that are no pool's tasks.
const CHANNELS: &[&str] = &[
    "BaseManager",
    "Client",
    "JoinableQueue",
    "Listener",
    "Manager",
    "Pipe",
    "Process",
    "Queue",
    "SimpleQueue",
    "SyncManager",
];

/// Methods that hand work to a pool; the first argument is what is called.
const METHODS: &[&str] = &[
    "apply",
    "apply_async",
    "imap",
    "imap_unordered",
    "map",
    "map_async",
    "starmap",
    "starmap_async",
    "submit",
];

impl<'a> Tree<'a> {
    /// The kind of pool that a call makes.
    pub fn pool_kind(&self, call: &ExprCall) -> Option<PoolKind> {
        if let Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "Pool"
            && self.is_context(&method.value)
        {
            return Some(PoolKind::Processes);
        }
        let path = self.dotted(&call.func)?;
        let parts: Vec<&str> = path.split('.').collect();
        let is_dummy = parts.contains(&"dummy");
        match (*parts.first()?, *parts.last()?) {
            ("concurrent", "ThreadPoolExecutor") => Some(PoolKind::ThreadExecutor),
            (_, "ProcessPoolExecutor") => Some(PoolKind::ProcessExecutor),
            ("multiprocessing", "Pool") if is_dummy => Some(PoolKind::Threads),
            ("multiprocessing", "ThreadPool") => Some(PoolKind::Threads),
            (_, "Pool") if parts.contains(&"multiprocessing") && !is_dummy => {
                Some(PoolKind::Processes)
            }
            _ => None,
        }
    }

    /// Whether a call may send messages to other processes: it hands work to a pool, which may be one of
    /// processes, or makes something that messages are sent by.
    pub fn may_send(&self, call: &'a ExprCall) -> bool {
        if self.handed(call).is_some() {
            return self.handed(call).is_some_and(|handed| handed.kind.has_processes());
        }
        let path = self.dotted(&call.func);
        let parts: Vec<&str> = path.iter().flat_map(|path| path.split('.')).collect();
        let is_channel = |name: &str| CHANNELS.contains(&name);
        match &*call.func {
            Expr::Attribute(method)
                if is_channel(&method.attr) && self.is_context(&method.value) =>
            {
                true
            }
            Expr::Attribute(method) if METHODS.contains(&method.attr.as_str()) => path.is_none(),
            Expr::Attribute(method) if method.attr.as_str() == "run_in_executor" => true,
            _ => {
                parts.first() == Some(&"multiprocessing")
                    && parts.last().copied().is_some_and(is_channel)
            }
        }
    }

    /// The length of what is written out: a display, one repeated so many times, a range from 0.
    pub fn written_length(&self, items: &Expr) -> Option<u64> {
        let whole = |expr: &Expr| match &expr.as_number_literal_expr()?.value {
            Number::Int(number) => number.as_u64(),
            _ => None,
        };
        match items {
            Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) => {
                (!elts.iter().any(Expr::is_starred_expr)).then_some(elts.len() as u64)
            }
            Expr::BinOp(repeated) if repeated.op == Operator::Mult => {
                self.written_length(&repeated.left)?.checked_mul(whole(&repeated.right)?)
            }
            Expr::Call(call) if is_builtin_call(self, call, "range") => {
                let [end] = &*call.arguments.args else { return None };
                whole(end)
            }
            _ => None,
        }
    }

    /// The work that a call hands to a pool which the file makes.
    pub fn handed(&self, call: &'a ExprCall) -> Option<Handed<'a>> {
        let Expr::Attribute(method) = &*call.func else { return None };
        if !METHODS.contains(&method.attr.as_str()) {
            return None;
        }
        let pool = match &*method.value {
            Expr::Call(pool) => pool,
            held => self.maker(held)?,
        };
        let kind = self.pool_kind(pool)?;
        let function = call.arguments.args.first().filter(|first| !first.is_starred_expr())?;
        Some(Handed { call, method: method.attr.as_str(), function, pool, kind })
    }

    /// The function of the file that an expression names: by a name that is only its own, or by an
    /// attribute that no other function or method has.
    pub fn function_named(&self, expr: &Expr) -> Option<Id> {
        match expr {
            Expr::Name(name) => match self.bindings(self.variable(self.id_of(name))?) {
                [binding] if binding.kind == BindingKind::Definition => Some(binding.node),
                _ => None,
            },
            Expr::Attribute(method) => {
                let mut named = self.ids().filter(|&id| {
                    matches!(self[id], AnyNodeRef::StmtFunctionDef(def)
                        if def.name.as_str() == method.attr.as_str())
                });
                named.next().filter(|_| named.next().is_none())
            }
            _ => None,
        }
        .filter(|&id| matches!(self[id], AnyNodeRef::StmtFunctionDef(_)))
    }

    /// The call whose value a variable or attribute holds: that of the `with` statement around it, or
    /// of its only assignment.
    fn maker(&self, held: &Expr) -> Option<&'a ExprCall> {
        let value = match held {
            Expr::Name(name) => {
                let variable = self.variable(self.id_of(name))?;
                let around = self.ancestors(self.id_of(name));
                let opened = around.filter_map(|id| match self[id] {
                    AnyNodeRef::StmtWith(with) => Some(&with.items),
                    _ => None,
                });
                let is_it = |target: &Expr| self.variable(self.id_of(target)) == Some(variable);
                let opened = opened.flatten().find(|item| {
                    let target = item.optional_vars.as_deref();
                    target.is_some_and(|target| target.is_name_expr() && is_it(target))
                });
                opened.map(|item| &item.context_expr).or_else(|| self.assigned_once(held))?
            }
            Expr::Attribute(attribute) => {
                let mut values = self.ids().filter_map(|id| match self[id] {
                    AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                        [Expr::Attribute(it)] if it.attr.as_str() == attribute.attr.as_str() => {
                            Some(&*assign.value)
                        }
                        _ => None,
                    },
                    _ => None,
                });
                values.next().filter(|_| values.next().is_none())?
            }
            _ => return None,
        };
        value.as_call_expr()
    }

    /// Whether it is `multiprocessing.get_context(...)`, or a variable that is only that.
    fn is_context(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Call(call) => self
                .dotted(&call.func)
                .is_some_and(|path| path.ends_with("multiprocessing.get_context")),
            Expr::Name(_) => self
                .assigned_once(expr)
                .is_some_and(|value| value.is_call_expr() && self.is_context(value)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// Method, kind, and whether the function is known, of all work that is handed over.
    fn handed(text: &str) -> Vec<(String, PoolKind, bool)> {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let calls: Vec<_> = tree.all_calls().filter_map(|(_, call)| tree.handed(call)).collect();
        calls
            .iter()
            .map(|it| {
                let known = tree.function_named(it.function).is_some();
                (it.method.to_owned(), it.kind, known)
            })
            .collect()
    }

    #[test]
    fn work_is_followed_to_the_pool_that_it_is_handed_to() {
        let head = "import multiprocessing as mp\nfrom concurrent.futures import *\n\
                    from concurrent.futures import ThreadPoolExecutor as T\ndef f(x): pass\n";
        let one = |rest: &str| handed(&format!("{head}{rest}")).pop();
        let threads = ("map".to_owned(), PoolKind::ThreadExecutor, true);
        assert_eq!(one("with T() as pool:\n    pool.map(f, x)\n"), Some(threads.clone()));
        assert_eq!(
            one("with T() as p:\n    pass\nwith T() as p:\n    p.map(f, x)\n"),
            Some(threads.clone())
        );
        assert_eq!(one("pool = T(3)\npool.map(f, x)\n"), Some(threads));
        let processes = ("imap".to_owned(), PoolKind::Processes, false);
        assert_eq!(one("mp.Pool().imap(g, x)\n"), Some(processes.clone()));
        let method = "class A:\n    def __init__(self):\n        self.p = mp.Pool()\n    \
                      def run(self):\n        return self.p.imap(g, x)\n";
        assert_eq!(one(method), Some(processes));
        assert_eq!(one("c = mp.get_context('spawn')\nc.Pool().imap(g, x)\n").unwrap().0, "imap");
    }

    #[test]
    fn what_may_be_something_else_is_no_pool() {
        for text in [
            "from connections import Pool\nPool().map(f, x)\n",
            "pool = given\npool.map(f, x)\n",
            "from multiprocessing import Pool\npool = Pool()\npool = g()\npool.map(f, x)\n",
            "from multiprocessing import Pool\nPool().close()\n",
        ] {
            assert_eq!(handed(text), [], "{text}");
        }
    }

    #[test]
    fn what_may_send_is_work_for_processes_and_what_carries_messages() {
        let head = "import multiprocessing as mp, series\nfrom concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n\
                    p = ProcessPoolExecutor()\nt = ThreadPoolExecutor()\nc = mp.get_context()\n";
        let may_send = |rest: &str| {
            let source = Source::parse(format!("{head}{rest}\n").as_bytes()).unwrap();
            let tree = Tree::of(&source);
            tree.all_calls().filter(|(_, call)| tree.may_send(call)).count() == 1
        };
        for text in
            ["p.map(f, x)", "given.submit(f)", "mp.Pipe()", "c.Queue()", "c.Pool()\np.map(f, x)"]
        {
            assert!(may_send(text), "{text}");
        }
        for text in
            ["t.map(f, x)", "series.map(f, x)", "mp.cpu_count()", "given.Pipe()", "c.Lock()"]
        {
            assert!(!may_send(text), "{text}");
        }
    }

    #[test]
    fn lengths_that_are_written_out() {
        for (text, length) in [
            ("[1, 2, 3]", Some(3)),
            ("[0] * 20", Some(20)),
            ("range(2_000)", Some(2_000)),
            ("[1, *rest]", None),
            ("range(1, 9)", None),
            ("rows * 3", None),
        ] {
            let source = Source::parse(text.as_bytes()).unwrap();
            let tree = Tree::of(&source);
            let written = tree.ids().find_map(|id| match tree[id] {
                AnyNodeRef::StmtExpr(statement) => tree.written_length(&statement.value),
                _ => None,
            });
            assert_eq!(written, length, "{text}");
        }
    }
}
