//! Calls that run nothing but what the file shows, or what is Python's own.

use ruff_python_ast::{Expr, ExprCall};

use super::BindingKind;
use super::flow::{CHANGING_DUNDERS, KEEPING};
use super::flow_sources::Names;
use super::purity_names::{CHANGING_METHODS, PURE_METHODS, is_pure_import};

/// Modules that call nothing of the program's own but what they are given.
const STANDARD: &[&str] = &[
    "array",
    "bisect",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "gc",
    "glob",
    "hashlib",
    "heapq",
    "io",
    "json",
    "logging",
    "numpy",
    "operator",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "string",
    "sys",
    "tempfile",
    "time",
    "typing",
    "uuid",
    "zoneinfo",
];

/// Builtins that run code that is not seen, or change what is not named.
const UNSEEN: &[&str] = &["delattr", "eval", "exec", "globals", "locals", "setattr", "vars"];

/// Methods of files, threads, loggers, random numbers and the like.
const QUIET_METHODS: &[&str] = &[
    "acquire",
    "close",
    "critical",
    "debug",
    "error",
    "exception",
    "flush",
    "info",
    "log",
    "perf_counter",
    "randint",
    "random",
    "randrange",
    "read",
    "readline",
    "readlines",
    "release",
    "seek",
    "tell",
    "uniform",
    "warning",
    "write",
    "writelines",
];

impl Names<'_, '_> {
    /// Whether what a call runs is all in the file, or is Python's own.
    pub(super) fn is_known(&self, call: &ExprCall) -> bool {
        let tree = self.tree;
        match &*call.func {
            Expr::Name(name) => {
                let Some(variable) = tree.variable(tree.id_of(name)) else {
                    return !UNSEEN.contains(&name.id.as_str());
                };
                let bindings = tree.bindings(variable);
                let defined = bindings.iter().all(|it| it.kind == BindingKind::Definition);
                defined
                    || self.is_standard(&call.func)
                    || bindings.iter().all(|it| {
                        tree.assigned(it.node).is_some_and(|value| self.is_own_method(value))
                    })
            }
            Expr::Attribute(method) => {
                let name = method.attr.as_str();
                !self.definitions.functions(name).is_empty()
                    || PURE_METHODS.contains(&name)
                    || CHANGING_METHODS.contains(&name)
                    || KEEPING.contains(&name)
                    || QUIET_METHODS.contains(&name)
                    || CHANGING_DUNDERS.contains(&name)
                    || self.is_standard(&call.func)
                    || method.value.is_string_literal_expr()
                    || matches!(&*method.value, Expr::Call(it) if it.func.as_name_expr().is_some_and(|it| it.id.as_str() == "super"))
                    || self.is_of_standard(&method.value)
            }
            Expr::Lambda(_) => true,
            _ => false,
        }
    }

    /// A method of a container, or a function of the file, that was given a name.
    fn is_own_method(&self, value: &Expr) -> bool {
        match value {
            Expr::Attribute(method) => {
                let name = method.attr.as_str();
                CHANGING_METHODS.contains(&name)
                    || CHANGING_DUNDERS.contains(&name)
                    || PURE_METHODS.contains(&name)
                    || !self.definitions.functions(name).is_empty()
                    || self.is_standard(value)
            }
            Expr::Lambda(_) => true,
            _ => false,
        }
    }

    fn is_standard(&self, function: &Expr) -> bool {
        self.tree.dotted(function).is_some_and(|path| {
            let module = path.split('.').next().unwrap_or_default();
            STANDARD.contains(&module) || is_pure_import(&path)
        })
    }

    /// Whether an object is one that the standard library made.
    fn is_of_standard(&self, object: &Expr) -> bool {
        match self.tree.assigned_once(object) {
            Some(Expr::Call(call)) => self.is_standard(&call.func),
            _ => false,
        }
    }
}
