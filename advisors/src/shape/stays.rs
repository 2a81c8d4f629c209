//! Whether an object stays as it is while a loop runs, whatever it is called and whoever changes it.

use std::collections::HashSet;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext};

use super::flow::{CHANGING_DUNDERS, Flow, Holder, KEEPING, Place};
use super::purity_names::{CHANGING_METHODS, PURE_METHODS, is_pure_import};
use super::{BindingKind, Id, ScopeId, Tree, Use, Variable, call_of};

/// Functions of the file that are looked into.
const MAX_LOOKED_INTO: usize = 200;

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

/// Functions of these that change what they are given.
const CHANGERS: &[&str] = &[
    "heapify",
    "heappop",
    "heappush",
    "heappushpop",
    "heapreplace",
    "insort",
    "insort_left",
    "insort_right",
    "shuffle",
];

/// Builtins that run code that is not seen, or change what is not named.
const UNSEEN: &[&str] = &["delattr", "eval", "exec", "setattr"];

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

/// Whether an object stays what it is in a part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// Nothing there can change it behind the name's back.
    Surely,
    /// It is changed there, by another name or by something that is called.
    Not(Id),
    /// Something is called there, or gets it, that the file does not show.
    Perhaps(Id),
}

impl<'a> Tree<'a> {
    /// Whether the object of a name, attribute or item stays as it is while `part` runs, as far as
    /// anything but that very name in `part` is concerned: another name for it, or code that is called.
    pub fn stays(&self, own: Id, part: Id) -> Stays {
        let flow = Flow::of(self);
        let Some(place) = flow.place(own) else { return Stays::Perhaps(own) };
        let Some(same) = flow.same(&[place]) else { return Stays::Perhaps(own) };
        Look { tree: self, flow: &flow, own, place, same, into: HashSet::new(), perhaps: None }
            .at(part)
    }

    /// Whether another name may stand for the object of a name, attribute or item.
    pub fn has_other_names(&self, own: Id) -> bool {
        let flow = Flow::of(self);
        let place = flow.place(own);
        let same = place.and_then(|place| flow.same(&[place]));
        same.is_none_or(|same| same.len() > 1)
    }

    /// Where in `part` the object is mentioned by another name.
    pub fn other_mention(&self, own: Id, part: Id) -> Option<Id> {
        let flow = Flow::of(self);
        let place = flow.place(own)?;
        let same = flow.same(&[place])?;
        let other = |id: &Id| flow.place(*id).is_some_and(|it| it != place && same.contains(&it));
        self.subtree(part).find(other)
    }

    /// Whether what an expression gives is an object that something else holds as well.
    pub fn is_held_elsewhere(&self, value: &'a Expr) -> bool {
        let flow = Flow::of(self);
        let sources = flow.sources(value, 2);
        if sources.is_empty() || !matches!(value, Expr::Call(_)) {
            return !sources.is_empty();
        }
        // What a function of the file returns may be its own.
        let outside = |place: Place<'a>| match place.of {
            Holder::Attribute(_) => true,
            Holder::Variable(variable) => {
                place.depth > 0 || variable.scope == ScopeId::MODULE || self.is_given(variable)
            }
        };
        flow.same(&sources).is_none_or(|same| same.into_iter().any(outside))
    }

    fn is_given(&self, variable: Variable<'a>) -> bool {
        self.bindings(variable).iter().any(|binding| binding.kind == BindingKind::Parameter)
    }
}

struct Look<'t, 'a> {
    tree: &'t Tree<'a>,
    flow: &'t Flow<'t, 'a>,
    /// The expression that is asked about.
    own: Id,
    place: Place<'a>,
    /// All that the object may be called.
    same: HashSet<Place<'a>>,
    /// The functions that run, as far as the file shows.
    into: HashSet<Id>,
    /// The first call of which nothing is known.
    perhaps: Option<Id>,
}

impl<'a> Look<'_, 'a> {
    fn at(mut self, part: Id) -> Stays {
        let mut open = vec![part];
        while let Some(at) = open.pop() {
            for id in self.tree.subtree(at) {
                if self.is_changed(id, at == part) {
                    return Stays::Not(id);
                }
                for function in self.run_by(id) {
                    if !self.is_its_own_in(function) && self.into.insert(function) {
                        open.push(function);
                    }
                }
            }
            if self.into.len() > MAX_LOOKED_INTO {
                return Stays::Perhaps(part);
            }
        }
        match self.perhaps {
            Some(id) if self.is_in_reach() => Stays::Perhaps(id),
            _ => match self.handed_on_within(part) {
                Some(id) => Stays::Perhaps(id),
                None => Stays::Surely,
            },
        }
    }

    fn is_same(&self, id: Id) -> bool {
        self.flow.place(id).is_some_and(|place| self.same.contains(&place))
    }

    /// Whether a node changes the object, or makes the expression mean another one.
    fn is_changed(&self, id: Id, in_part: bool) -> bool {
        let tree = self.tree;
        let Some(place) = self.flow.place(id).filter(|place| self.same.contains(place)) else {
            return false;
        };
        // What is done by the very name is asked elsewhere.
        if in_part && tree.text(id) == tree.text(self.own) && place == self.place {
            return false;
        }
        let Some(parent) = tree.parent(id) else { return false };
        let is = |expr: &Expr| tree[id].ptr_eq(AnyNodeRef::from(expr));
        match tree[parent] {
            AnyNodeRef::StmtAugAssign(it) if is(&it.target) => return true,
            AnyNodeRef::ExprCall(call) if is(&call.func) => {
                // A method of it that was given a name.
                return !tree[id].is_expr_attribute() && self.is_list_method(id);
            }
            _ => {}
        }
        let is_stored = match tree[id] {
            AnyNodeRef::ExprName(it) => it.ctx != ExprContext::Load,
            AnyNodeRef::ExprAttribute(it) => it.ctx != ExprContext::Load,
            AnyNodeRef::ExprSubscript(it) => it.ctx != ExprContext::Load,
            _ => false,
        };
        if is_stored {
            let made = matches!(tree[tree.function(id)], AnyNodeRef::StmtFunctionDef(def)
                if def.name.as_str() == "__init__");
            return place == self.place && !in_part && !made;
        }
        match tree.use_of(id) {
            Use::Method(name, _) => {
                CHANGING_METHODS.contains(&name) || CHANGING_DUNDERS.contains(&name)
            }
            Use::Changed(target) => !tree[target].is_expr_attribute(),
            Use::Other => self.is_given_to_changer(id, parent),
            _ => false,
        }
    }

    /// Whether every call of a function has an object of its own by that name.
    fn is_its_own_in(&self, function: Id) -> bool {
        let Holder::Variable(variable) = self.place.of else { return false };
        self.tree.scope_node(variable.scope) == function && !self.tree.is_given(variable)
    }

    /// Whether a name is given a method that changes what it is of.
    fn is_list_method(&self, name: Id) -> bool {
        let Some(variable) = self.tree.variable(name) else { return false };
        self.tree.bindings(variable).iter().any(|binding| {
            let value = self.tree.assigned(binding.node);
            matches!(value, Some(Expr::Attribute(method))
                if CHANGING_METHODS.contains(&method.attr.as_str())
                    || CHANGING_DUNDERS.contains(&method.attr.as_str()))
        }) || self
            .tree
            .bindings(variable)
            .iter()
            .any(|it| it.kind == BindingKind::Parameter || it.kind == BindingKind::Unpack)
    }

    fn is_given_to_changer(&self, id: Id, arguments: Id) -> bool {
        let tree = self.tree;
        let call = tree.parent(arguments).and_then(|call| call_of(tree, call));
        let Some(call) = call.filter(|_| matches!(tree[arguments], AnyNodeRef::Arguments(_)))
        else {
            return false;
        };
        let first =
            call.arguments.args.first().is_some_and(|it| tree[id].ptr_eq(AnyNodeRef::from(it)));
        first && super::called_name(call).is_some_and(|name| CHANGERS.contains(&name))
    }

    /// The functions of the file that a node may run: those of a name that is called or mentioned.
    fn run_by(&mut self, id: Id) -> Vec<Id> {
        let tree = self.tree;
        let definitions = &self.flow.definitions;
        let all = |names: &[&str]| -> Vec<Id> {
            names.iter().flat_map(|name| definitions.functions(name)).copied().collect()
        };
        match tree[id] {
            AnyNodeRef::ExprName(name) => {
                let is_class = definitions.is_class(name.id.as_str());
                match tree.variable(id) {
                    Some(variable) => {
                        let bindings = tree.bindings(variable);
                        let defined =
                            bindings.iter().filter(|it| it.kind == BindingKind::Definition);
                        let mut run: Vec<Id> = defined
                            .map(|it| it.node)
                            .filter(|&it| matches!(tree[it], AnyNodeRef::StmtFunctionDef(_)))
                            .collect();
                        // A generator that was made before goes on.
                        let made = bindings.iter().filter_map(|it| tree.assigned(it.node));
                        let made: Vec<&Expr> = made.collect();
                        for value in made {
                            match value {
                                Expr::Call(call) => {
                                    let name = super::called_name(call).unwrap_or_default();
                                    run.extend(
                                        all(&[name])
                                            .into_iter()
                                            .filter(|&it| self.gives_in_turns(it)),
                                    );
                                }
                                Expr::Attribute(method) => run.extend(all(&[method.attr.as_str()])),
                                Expr::Lambda(_) => run.push(tree.id_of(value)),
                                Expr::Name(other) => run.extend(all(&[other.id.as_str()])),
                                _ => {}
                            }
                        }
                        if is_class {
                            run.extend(definitions.makers(tree, name.id.as_str()));
                        }
                        run
                    }
                    None => Vec::new(),
                }
            }
            AnyNodeRef::ExprAttribute(it) => {
                let mut run = all(&[it.attr.as_str()]);
                run.extend(definitions.makers(tree, it.attr.as_str()));
                run
            }
            AnyNodeRef::StmtWith(_) => all(&["__enter__", "__exit__", "__aenter__", "__aexit__"]),
            AnyNodeRef::StmtFor(_) | AnyNodeRef::Comprehension(_) => all(&["__iter__", "__next__"]),
            AnyNodeRef::ExprCall(call) if !self.is_known(call) => {
                self.perhaps = self.perhaps.or(Some(id));
                all(&["__call__"])
            }
            _ => Vec::new(),
        }
    }

    fn gives_in_turns(&self, function: Id) -> bool {
        self.tree.subtree(function).any(|id| {
            matches!(self.tree[id], AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_))
        })
    }

    /// Whether what a call runs is all in the file, or is Python's own.
    fn is_known(&self, call: &ExprCall) -> bool {
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
                !self.flow.definitions.functions(name).is_empty()
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
                    || !self.flow.definitions.functions(name).is_empty()
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

    /// Whether code that the file does not show may have the object.
    fn is_in_reach(&self) -> bool {
        let tree = self.tree;
        let outside = |place: &Place<'a>| match place.of {
            Holder::Attribute(_) => true,
            Holder::Variable(variable) => {
                variable.scope == ScopeId::MODULE
                    || tree
                        .bindings(variable)
                        .iter()
                        .any(|it| it.kind == BindingKind::Parameter && variable.name != "self")
            }
        };
        self.same.iter().any(outside) || tree.ids().any(|id| self.is_handed_on(id))
    }

    /// Whether a mention gives the object to code that is not known.
    fn is_handed_on(&self, id: Id) -> bool {
        let tree = self.tree;
        if !self.is_same(id) {
            return false;
        }
        let Some(parent) = tree.parent(id) else { return false };
        match tree[parent] {
            AnyNodeRef::Arguments(_) => {
                tree.use_of(id) == Use::Other
                    && tree
                        .parent(parent)
                        .and_then(|call| call_of(tree, call))
                        .is_some_and(|call| !self.is_known(call))
            }
            AnyNodeRef::Keyword(_) => {
                let call = tree.parent(parent).and_then(|it| tree.parent(it));
                call.and_then(|call| call_of(tree, call)).is_some_and(|call| !self.is_known(call))
            }
            AnyNodeRef::ExprYield(_) => true,
            _ => false,
        }
    }

    /// Where a part, or what it runs, gives the object to code that is not known.
    fn handed_on_within(&self, part: Id) -> Option<Id> {
        let within = std::iter::once(part).chain(self.into.iter().copied());
        within.flat_map(|it| self.tree.subtree(it)).find(|&id| self.is_handed_on(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// What becomes of the `x` that the last `len(x)` measures, in the loop around it.
    fn stays(text: &str) -> &'static str {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let measured = tree.all_calls().filter(
            |(_, call)| matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "len"),
        );
        let (id, call) = measured.last().unwrap();
        let part = tree.loop_extent(*tree.loops(id).last().unwrap());
        match tree.stays(tree.id_of(&call.arguments.args[0]), part) {
            Stays::Surely => "stays",
            Stays::Not(_) => "changes",
            Stays::Perhaps(_) => "perhaps",
        }
    }

    /// A function whose loop runs a line.
    fn with(before: &str, line: &str) -> String {
        format!("def f(n):\n    {before}\n    for i in n:\n        {line}\n        len(x)\n")
    }

    #[test]
    fn another_name_changes_it() {
        for (before, line) in [
            ("x = [1]; y = x", "y.append(i)"),
            ("y = [1]; x = y", "y[0] = i"),
            ("x = y = [1]", "y.pop()"),
            ("x = [1]; y, z = x, n", "y.sort()"),
            ("x = [1]; a = x; b = a; c = b", "c += [i]"),
            ("x = [1]; d = {'k': x}", "d['k'].clear()"),
            ("d = {}; x = d.setdefault('k', [])", "d['k'].append(i)"),
            ("x = [1]; held = [x, []]", "for y in held: y.append(i)"),
            ("held = [[], []]; x = held[0]", "for at, y in enumerate(held): y.append(i)"),
            ("x = [1]; held = []; held.append(x)", "held[-1].append(i)"),
            ("x = [1]; put = x.append", "put(i)"),
            ("x = [1]; y = x if n else []", "y.remove(i)"),
            ("x = [1]; y = None or x", "del y[0]"),
            ("x = [1]; print(y := x)", "y.append(i)"),
            ("x = [1]; g = lambda y=x: y.append(i)", "g()"),
            ("x = [1]; d = dict(k=x)", "next(iter(d.values())); self.k = x; self.k.append(1)"),
        ] {
            assert_eq!(stays(&with(before, line)), "changes", "{before} / {line}");
        }
    }

    #[test]
    fn what_is_called_changes_it() {
        for text in [
            "class A:\n    def f(self, n):\n        x = self.x\n        for i in n:\n            self.g(i); len(x)\n    \
             def g(self, i):\n        self.h(i)\n    def h(self, i):\n        self.x.append(i)\n",
            "class A:\n    def f(self, n):\n        for i in n:\n            self.g(i); len(self.x)\n    \
             def g(self, i):\n        self.x = [i]\n",
            "class A:\n    @property\n    def y(self):\n        return self.x\n    def f(self, n):\n        \
             for i in n:\n            self.g(i); len(self.x)\n    def g(self, i):\n        self.y.append(i)\n",
            "X = []\ndef g(i):\n    X.append(i)\ndef f(n):\n    x = X\n    for i in n:\n        g(i); len(x)\n",
            "X = []\ndef g(i):\n    global X\n    X = [i]\ndef f(n):\n    for i in n:\n        g(i); len(X)\n",
            "def g(y):\n    y.append(1)\ndef f(n):\n    x = []\n    for i in n:\n        g(x); len(x)\n",
            "def f(x, y, n):\n    for i in n:\n        y.append(i); len(x)\ndef g(z):\n    f(z, z, 9)\n",
            "def f(n):\n    x = []\n    def g():\n        x.append(1)\n        yield 1\n    it = g()\n    \
             for i in it:\n        len(x)\n",
            "class A:\n    def __call__(self, i):\n        self.x.append(i)\ndef f(x, n, on):\n    \
             for i in n:\n        on(i); len(x)\ndef g(a):\n    f(a.x, 9, a)\n",
        ] {
            assert_eq!(stays(text), "changes", "{text}");
        }
    }

    #[test]
    fn what_is_not_shown_may_change_it() {
        for text in [
            "def f(x, n, on):\n    for i in n:\n        on(i); len(x)\n",
            "import lib\nclass A:\n    def f(self, n):\n        for i in n:\n            lib.go(i); len(self.x)\n",
            "import lib\ndef f(n):\n    x = []\n    lib.keep(x)\n    for i in n:\n        lib.go(i); len(x)\n",
            "class A(B):\n    def f(self, n):\n        x = self.x\n        for i in n:\n            self.go(i); len(x)\n",
        ] {
            assert_eq!(stays(text), "perhaps", "{text}");
        }
    }

    #[test]
    fn what_nothing_else_can_reach_stays() {
        for (before, line) in [
            ("x = [1]", "print(i)"),
            ("x = [1]", "unknown(i)"),
            ("x = [1]; y = [2]", "y.append(i)"),
            ("x = [1]; y = list(x)", "y.append(i)"),
            ("x = [1]; y = x[:]", "y.append(i)"),
            ("x = [1]; y = x", "y.index(i)"),
            ("row = n[0]; x = row['tags']", "row['count'] = 1"),
        ] {
            assert_eq!(stays(&with(before, line)), "stays", "{before} / {line}");
        }
        for text in [
            "import math\nclass A:\n    def f(self, n):\n        for i in n:\n            math.sqrt(i); len(self.x)\n",
            "class A:\n    def f(self, n):\n        x = self.x\n        for i in n:\n            self.g(i); len(x)\n    \
             def g(self, i):\n        self.y.append(i)\n",
            "def f(x, n):\n    for i in n:\n        i.strip().lower(); len(x)\n",
        ] {
            assert_eq!(stays(text), "stays", "{text}");
        }
    }
}
