//! What stays as it is in a loop, and what does not.

use ruff_python_ast::Expr;

use super::{Stays, Tree};
use crate::Source;

/// What becomes of the `x` that the last `len(x)` measures, in the loop around it.
fn stays(text: &str) -> &'static str {
    let source = Source::parse(text.as_bytes()).unwrap();
    let tree = Tree::of(&source);
    let measured = tree
        .all_calls()
        .filter(|(_, call)| matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "len"));
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

#[test]
fn of_too_much_nothing_is_claimed() {
    let names = |count: usize| {
        let others = (0..count).map(|n| format!("y{n} = x; ")).collect::<String>();
        stays(&with(&format!("x = [1]; {others}"), "print(i)"))
    };
    assert_eq!([names(300), names(500)], ["stays", "perhaps"]);
    let functions = |count: usize| {
        let calls = (0..count).map(|n| format!("g{n}(i); ")).collect::<String>();
        let made = (0..count).map(|n| format!("def g{n}(i):\n    return i\n"));
        made.collect::<String>() + &with("x = [1]", &calls)
    };
    assert_eq!([100, 300].map(|count| stays(&functions(count))), ["stays", "perhaps"]);
}
