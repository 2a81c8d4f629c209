use super::{Proof, Tree, Use};
use crate::Source;

/// What is proved of the argument of the one call of `probe` in a file.
fn proof(code: &str) -> Proof {
    let source = Source::parse(code.as_bytes()).unwrap();
    let tree = Tree::of(&source);
    let call = tree
        .ids()
        .filter_map(|id| super::call_of(&tree, id))
        .find(|call| call.func.as_name_expr().is_some_and(|name| name.id.as_str() == "probe"));
    tree.proof(&call.unwrap().arguments.args[0])
}

/// What is proved of the elements of `xs`.
fn elements(code: &str) -> Option<Proof> {
    let source = Source::parse(code.as_bytes()).unwrap();
    let tree = Tree::of(&source);
    let named = tree.names().find(|(_, name)| name.id.as_str() == "xs").unwrap().0;
    assert!(matches!(tree.use_of(named), Use::Bound(_)), "{code}");
    tree.proof_of_elements_of(tree.variable(named).unwrap())
}

#[test]
fn expressions_are_proved_by_what_they_are_made_of() {
    for (code, wanted) in [
        ("'a'", Proof::Text),
        ("f'{x}'", Proof::Text),
        ("'k%d' % x", Proof::Text),
        ("str(x).strip().lower()", Proof::Text),
        ("'a' + str(x) * 3", Proof::Text),
        ("'a b'.split()[0]", Proof::Text),
        ("len(x) + 1.5", Proof::Number),
        ("(1, 'a', (2, None))", Proof::Plain),
        ("'a' if x else 1", Proof::Plain),
        ("b'a'.decode()", Proof::Text),
        ("'a'.encode()", Proof::Bytes),
    ] {
        assert_eq!(proof(&format!("probe({code})")), wanted, "{code}");
    }
    for code in [
        "x",
        "x.strip()",
        "x + 'a'",
        "'a' + x",
        "x % 'a'",
        "(1, x)",
        "'a' if x else x",
        "[1]",
        "x['id']",
        "x or 'a'",
        "-x",
        "'a b'.split()",
        "x.split()[0]",
        "open(x, 'rb').read()",
    ] {
        assert_eq!(proof(&format!("probe({code})")), Proof::Nothing, "{code}");
    }
}

#[test]
fn names_are_proved_by_all_of_their_bindings() {
    let within = |body: &str| proof(&format!("def f(p, S):\n    {}", body.replace('\n', "\n    ")));
    for (code, wanted) in [
        ("for i in range(9):\n  k = 'k%d' % i\n  probe(k)", Proof::Text),
        ("for i, k in enumerate('abc'):\n  probe(k)", Proof::Text),
        ("with open(p) as lines:\n  for line in lines:\n    probe(line.strip())", Proof::Text),
        ("n = 0\nn += 1\nprobe(n)", Proof::Number),
        ("ks = []\nks.append('a')\nfor k in sorted(ks):\n  probe(k)", Proof::Text),
    ] {
        assert_eq!(within(code), wanted, "{code}");
    }
    for code in [
        "probe(p)",
        "k = 'a'\nif p:\n  k = ['late']\nprobe(k)",
        "k = 'a'\nk += p\nprobe(k)",
        "for k in p:\n  probe(k)",
        "for k in ('a', S('b')):\n  probe(k)",
        "k = k\nprobe(k)",
        "k, j = 'a', p\nprobe(k)",
        "str = p\nprobe(str(1))",
        "with open(p, 'rb') as lines:\n  for line in lines:\n    probe(line)",
    ] {
        assert_eq!(within(code), Proof::Nothing, "{code}");
    }
}

#[test]
fn lists_are_proved_by_all_that_is_put_into_them() {
    for (code, wanted) in [
        ("xs = []", None),
        ("xs = ['a']\nxs.append(str(y))\nxs.extend('b c'.split())", Some(Proof::Text)),
        ("xs = [1]\nxs.append('a')\nprint(xs, len(xs), 3 in xs)", Some(Proof::Plain)),
        ("xs = list(y)", Some(Proof::Nothing)),
        ("xs = []\nxs.append(y)", Some(Proof::Nothing)),
        ("xs = ['a']\nxs[0] = y", Some(Proof::Nothing)),
        ("xs = ['a']\nfill(xs)", Some(Proof::Nothing)),
        ("xs = ['a']\nadd = xs.append", Some(Proof::Nothing)),
        ("xs = ['a']\nys = xs", Some(Proof::Nothing)),
        ("xs = ['a']\nxs += y", Some(Proof::Nothing)),
    ] {
        assert_eq!(elements(code), wanted, "{code}");
    }
}

#[test]
fn calls_are_proved_by_every_return() {
    for (code, wanted) in [
        ("def f():\n  return 'a'\nprobe(f())", Proof::Text),
        ("class C:\n  def line(s):\n    return '{}'.format(s)\nprobe(y.line())", Proof::Text),
        ("def f():\n  if y:\n    return 'a'\nprobe(f())", Proof::Nothing),
        ("def f():\n  if y:\n    return y\n  return 'a'\nprobe(f())", Proof::Nothing),
        ("def f():\n  yield 1\n  return 'a'\nprobe(f())", Proof::Nothing),
        ("@y\ndef f():\n  return 'a'\nprobe(f())", Proof::Nothing),
        ("class C:\n  def get(s):\n    return 'a'\nprobe(y.get())", Proof::Nothing),
        ("class C:\n  def line(s):\n    return 'a'\ny.line = y\nprobe(y.line())", Proof::Nothing),
        ("def f():\n  return f()\nprobe(f())", Proof::Nothing),
    ] {
        assert_eq!(proof(code), wanted, "{code}");
    }
}

#[test]
fn a_proof_ends_where_names_lead_to_one_another() {
    let mut code = String::new();
    for name in 0..30 {
        for other in 0..30 {
            code.push_str(&format!("v{name} = v{other} + v{}\n", (other + 1) % 30));
        }
    }
    code.push_str("probe(v0)\n");
    assert_eq!(proof(&code), Proof::Nothing);
}
