use super::*;
use crate::Python;

fn source(text: &str) -> Source {
    Source::parse(text.as_bytes()).unwrap()
}

/// The `nth` mention (from 0) of a name, bindings counted.
fn name(tree: &Tree<'_>, name: &str, nth: usize) -> Id {
    tree.names().filter(|(_, n)| n.id.as_str() == name).nth(nth).unwrap().0
}

fn loops_of(text: &str) -> Vec<String> {
    let source = source(text);
    let tree = Tree::of(&source);
    let at = name(&tree, "here", 0);
    tree.loops(at).into_iter().map(|id| tree.text(id).lines().next().unwrap().to_owned()).collect()
}

#[test]
fn bodies_and_while_tests_are_in_their_loops() {
    assert_eq!(loops_of("for a in b:\n    here\n"), ["for a in b:"]);
    assert_eq!(loops_of("while here:\n    pass\n"), ["while here:"]);
    assert_eq!(
        loops_of("for a in b:\n    while c:\n        if d: here\n"),
        ["while c:", "for a in b:"]
    );
}

#[test]
fn iterables_else_branches_and_other_functions_are_not() {
    for text in [
        "for a in here:\n    pass\n",
        "for a in b:\n    pass\nelse:\n    here\n",
        "while a:\n    pass\nelse:\n    here\n",
        "for a in b:\n    def f():\n        here\n",
        "for a in b:\n    f = lambda: here\n",
        "[a for a in here]\n",
    ] {
        assert!(loops_of(text).is_empty(), "{text}");
    }
}

#[test]
fn comprehensions_are_loops() {
    assert_eq!(loops_of("[here for a in b]\n"), ["for a in b"]);
    assert_eq!(loops_of("{a for a in b if here}\n"), ["for a in b if here"]);
    assert_eq!(loops_of("[a for a in b for c in here]\n"), ["for a in b"]);
    assert_eq!(loops_of("{here: 1 for a in b for c in d}\n"), ["for c in d", "for a in b"]);
    assert_eq!(loops_of("for a in b:\n    any(c for c in here)\n"), ["for a in b:"],);
    assert_eq!(loops_of("[[a for a in here] for b in c]\n"), ["for b in c"]);
}

fn storage(text: &str, minor: u8) -> Option<Storage> {
    let source = source(text);
    let tree = Tree::of(&source);
    tree.storage(name(&tree, "s", 0), Python::new(3, minor))
}

#[test]
fn storage_is_decided_by_scope_and_capture() {
    assert_eq!(storage("s = 1\n", 13), Some(Storage::Module));
    assert_eq!(storage("if 1:\n    for s in x: pass\n", 13), Some(Storage::Module));
    assert_eq!(storage("def f():\n    global s\n    s = 1\n", 13), Some(Storage::Global));
    assert_eq!(storage("def f():\n    return s\ns = 1\n", 13), Some(Storage::Global));
    assert_eq!(storage("class A:\n    s = 1\n", 13), Some(Storage::Class));
    assert_eq!(storage("def f():\n    s = 1\n", 13), Some(Storage::Local));
    assert_eq!(storage("def f():\n    s = 1\n    def g(): return s\n", 13), Some(Storage::Cell));
    assert_eq!(storage("def f():\n    s = 1\n    def g(s): return s\n", 13), Some(Storage::Local));
    assert_eq!(
        storage("def f():\n    s = 1\n    return list(s for x in y)\n", 13),
        Some(Storage::Cell)
    );
    assert_eq!(
        storage("def f():\n    s = 1\n    return list(x for x in s)\n", 13),
        Some(Storage::Local)
    );
    assert_eq!(storage("print(s)\n", 13), None);
}

#[test]
fn comprehensions_share_the_functions_locals_since_3_12() {
    let text = "def f():\n    s = 1\n    return [s for x in y]\n";
    assert_eq!(storage(text, 11), Some(Storage::Cell));
    assert_eq!(storage(text, 12), Some(Storage::Local));
}

#[test]
fn names_resolve_as_python_does() {
    let text = "x = 1\nclass A:\n    x = 2\n    def f(self):\n        return x\n    y = x\n\
                def g():\n    [x := i for i in z]\n    return x\n\
                def h():\n    x = 3\n    def k():\n        nonlocal x\n        x = 4\n";
    let source = source(text);
    let tree = Tree::of(&source);
    let scope = |nth| tree.scope_node(tree.variable(name(&tree, "x", nth)).unwrap().scope);
    let line = |nth| tree.source().line_and_column(tree.range(scope(nth)).start()).0;
    assert_eq!((line(0), line(1)), (1, 2), "module and class");
    assert_eq!(line(2), 1, "a method does not see the class's names");
    assert_eq!(line(3), 2, "a class body does");
    assert_eq!((line(4), line(5)), (7, 7), "a walrus binds outside of its comprehension");
    assert_eq!((line(6), line(7)), (10, 10), "nonlocal");
}

#[test]
fn every_way_to_bind_is_known() {
    use BindingKind::*;
    let text = "import x.y\nfrom z import a as x\nx = 1\nx: int = 1\nx: int\nx, b = c\n(x, b) = c\n\
                x += 1\n(x := 1)\nfor x in c: pass\nfor (x, b) in c: pass\nwith c as x: pass\n\
                try: pass\nexcept E as x: pass\ndef x(): pass\nclass x: pass\n\
                match c:\n    case [x, *_]: pass\ndel x\n";
    let source = source(text);
    let tree = Tree::of(&source);
    let variable = Variable { scope: ScopeId::MODULE, name: "x" };
    let kinds: Vec<BindingKind> = tree.bindings(variable).iter().map(|b| b.kind).collect();
    assert_eq!(
        kinds,
        [
            Import,
            Import,
            Assign,
            Assign,
            Declaration,
            Unpack,
            Unpack,
            Augment,
            Walrus,
            Target,
            Target,
            Target,
            Target,
            Definition,
            Definition,
            Capture,
            Delete
        ]
    );
}

#[test]
fn parameters_belong_to_their_function() {
    let text = "def f(a, b=a, *c, d, **e):\n    return a\nlambda a: a\n";
    let source = source(text);
    let tree = Tree::of(&source);
    assert!(tree.variable(name(&tree, "a", 0)).is_none(), "a default is evaluated outside");
    let variable = tree.variable(name(&tree, "a", 1)).unwrap();
    assert_eq!(tree.bindings(variable)[0].kind, BindingKind::Parameter);
    let lambda = tree.variable(name(&tree, "a", 2)).unwrap();
    assert_eq!(tree.scope_kind(lambda.scope), ScopeKind::Lambda);
}

fn use_in(text: &str) -> String {
    let source = source(text);
    let tree = Tree::of(&source);
    let shown = format!("{:?}", tree.use_of(name(&tree, "x", 0)));
    shown.split('(').next().unwrap().to_owned() + if shown.contains('"') { "()" } else { "" }
}

#[test]
fn uses_are_told_apart() {
    for (text, expected) in [
        ("a in x", "Probe"),
        ("a not in x", "Probe"),
        ("a in b in x", "Other"),
        ("x in a", "Other"),
        ("x.append(1)", "Method()"),
        ("f = x.append", "Attribute"),
        ("x.a = 1", "Changed"),
        ("for a in x: pass", "Iterated"),
        ("[a for a in x]", "Iterated"),
        ("x[0]", "Indexed"),
        ("x[1:]", "Sliced"),
        ("x[0] = 1", "Changed"),
        ("x[0] += 1", "Changed"),
        ("del x[0]", "Changed"),
        ("len(x)", "Measured"),
        ("if x: pass", "Tested"),
        ("if a and not x: pass", "Tested"),
        ("a = b or x", "Other"),
        ("sorted(x)", "Read()"),
        ("map(x, a)", "Other"),
        ("map(a, x)", "Read()"),
        ("','.join(x)", "Read()"),
        ("f(x)", "Other"),
        ("a = x", "Other"),
        ("x += 1", "Bound"),
        ("def f():\n    return x", "Returned"),
        ("def f():\n    return x, 1", "Returned"),
        ("def f():\n    yield x", "Other"),
        ("def sorted(a): pass\nsorted(x)", "Other"),
    ] {
        assert_eq!(use_in(text), expected, "{text}");
    }
}

#[test]
fn invariance_is_judged_by_what_the_loop_binds_and_changes() {
    let invariant = |text: &str, expr: &str| {
        let source = source(text);
        let tree = Tree::of(&source);
        let id = tree.ids().find(|&id| tree[id].is_expression() && tree.text(id) == expr).unwrap();
        tree.is_invariant(tree.loops(id)[0], id)
    };
    assert!(invariant("for a in b:\n    print(c[d].e + 1)\n", "c[d].e + 1"));
    assert!(!invariant("for a in b:\n    print(c[a])\n", "c[a]"));
    assert!(!invariant("for a in b:\n    print(c.d)\n    c.d = 1\n", "c.d"));
    assert!(!invariant("c = []\nfor a in b:\n    print(c[0])\n    c.append(1)\n", "c[0]"));
    assert!(!invariant("for a in b:\n    print(f(1))\n", "f(1)"));
}

#[test]
fn code_objects_are_named_as_cpython_names_them() {
    let text = "class A:\n    @d\n    def f(self):\n        return [x for y in z]\n";
    let source = source(text);
    let tree = Tree::of(&source);
    let code = |minor| tree.code(name(&tree, "x", 0), Python::new(3, minor));
    let named = |name: &str, first_line| Code { name: name.to_owned(), first_line };
    assert_eq!(code(11), named("A.f.<locals>.<listcomp>", 4));
    assert_eq!(code(12), named("A.f", 2));
}
