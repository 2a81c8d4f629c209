//! Whether the keys of elements stay as they are while a loop looks through them.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext, ExprSubscript, Number};

use crate::shape::{Id, Tree, Use, fresh_list, is_builtin_call};

/// Classes whose calls make a container of their own.
const CONTAINERS: &[&str] =
    &["collections.Counter", "collections.OrderedDict", "collections.defaultdict"];

/// Whether a store in `part` may change the key of an element: any attribute or item that the key is
/// reached by, of whatever object may be an element or a part of one.
pub(crate) fn may_change(tree: &Tree<'_>, part: Id, key: &Expr) -> bool {
    let path = path(key);
    tree.subtree(part).any(|id| match tree[id] {
        AnyNodeRef::ExprAttribute(it) if it.ctx != ExprContext::Load => path.iter().any(
            |step| matches!(step, Expr::Attribute(read) if read.attr.as_str() == it.attr.as_str()),
        ),
        AnyNodeRef::ExprSubscript(it) if it.ctx != ExprContext::Load => {
            let same = |step: &&Expr| matches!(step, Expr::Subscript(read) if !is_another(&read.slice, &it.slice));
            path.iter().any(same) && !is_apart(tree, it, part)
        }
        _ => false,
    })
}

/// The attributes and items by which a key is reached from its element.
fn path(key: &Expr) -> Vec<&Expr> {
    std::iter::successors(Some(key), |it| within(it)).filter(|it| within(it).is_some()).collect()
}

/// What an attribute or item is of.
fn within(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Attribute(it) => Some(&it.value),
        Expr::Subscript(it) => Some(&it.value),
        _ => None,
    }
}

/// Whether two constants are keys of different items. Numbers below 0 count from the end of a list.
fn is_another(read: &Expr, stored: &Expr) -> bool {
    let number = |expr: &Expr| match expr {
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(int) => int.as_u64(),
            _ => None,
        },
        _ => None,
    };
    match (read, stored) {
        (Expr::StringLiteral(read), Expr::StringLiteral(stored)) => {
            read.value.to_str() != stored.value.to_str()
        }
        (Expr::StringLiteral(_), other) | (other, Expr::StringLiteral(_)) => {
            number(other).is_some()
        }
        _ => number(read).zip(number(stored)).is_some_and(|(read, stored)| read != stored),
    }
}

/// Whether a store is into a container that was made for that name, and that nothing else can hold by
/// the end of the loops around: it is no element of what others made.
fn is_apart(tree: &Tree<'_>, store: &ExprSubscript, part: Id) -> bool {
    let name = tree.id_of(&*store.value);
    let Some(variable) = tree.variable(name).filter(|_| store.value.is_name_expr()) else {
        return false;
    };
    let is_made = |value: &Expr| match value {
        Expr::Dict(_) | Expr::DictComp(_) => true,
        Expr::Call(call) => {
            is_builtin_call(tree, call, "dict")
                || tree.calls_one_of(call, CONTAINERS)
                || (call.func.is_name_expr() && fresh_list(tree, value))
        }
        value => fresh_list(tree, value),
    };
    let bindings = tree.bindings(variable);
    let own = bindings.iter().all(|it| tree.assigned(it.node).is_some_and(is_made));
    let outermost = tree.loops(name).last().map_or(part, |&repeated| tree.loop_extent(repeated));
    let end = tree.range(outermost).end();
    let later = |id: Id| tree.function(id) == tree.function(name) && tree.range(id).start() > end;
    let handed_on = tree.uses(variable).iter().any(|&(id, done)| done == Use::Other && !later(id));
    !bindings.is_empty() && own && !handed_on
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// Whether the first loop of a program may change the key that its first comparison reads.
    fn changes(text: &str) -> bool {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let (at, compare) = tree.compares().next().unwrap();
        let outermost = *tree.loops(at).last().unwrap();
        may_change(&tree, tree.loop_extent(outermost), &compare.left)
    }

    fn joined(key: &str, before: &str, store: &str) -> String {
        format!(
            "def f(rows, asked):\n    {before}\n    for o in asked:\n        for r in rows:\n            \
             if {key} == o:\n                {store}\n    save(out)\n"
        )
    }

    #[test]
    fn another_key_is_another_item() {
        for (key, store) in [
            ("r['id']", "o['name'] = 1"),
            ("r['id']", "del o['name']"),
            ("r['id']", "o[0] = 1"),
            ("r[0]", "o[1] += 1"),
            ("r.id", "o.name = 1"),
            ("r.a['id']", "o.b['name'] = 1"),
        ] {
            assert!(!changes(&joined(key, "pass", store)), "{key} and {store}");
        }
    }

    #[test]
    fn the_same_or_an_unknown_key_of_what_may_be_an_element_is_not() {
        for (key, store) in [
            ("r['id']", "o['id'] = 1"),
            ("r['id']", "o[name] = 1"),
            ("r['id']", "o[f'{name}'] = 1"),
            ("r['a']['id']", "o['a'] = 1"),
            ("r[0]", "o[-1] = 1"),
            ("r[0]", "o[False] = 1"),
            ("r[0]", "o[:1] = 1"),
            ("r.a['id']", "o.a = 1"),
            ("r.a['id']", "out[o]['id'] = 1"),
        ] {
            assert!(changes(&joined(key, "pass", store)), "{key} and {store}");
        }
    }

    #[test]
    fn what_was_made_for_its_name_is_no_element() {
        for made in ["{}", "dict()", "[None] * 9", "list()", "{k: 0 for k in asked}"] {
            assert!(!changes(&joined("r['id']", &format!("out = {made}"), "out[o] = r")), "{made}");
        }
        let imported = "from collections import defaultdict; out = defaultdict(list)";
        assert!(!changes(&joined("r['id']", imported, "out[o] = r")));
        for before in [
            "out = rows[0]",
            "out = make()",
            "out = {}; rows.append(out)",
            "out = {}; other = out",
            "out = {}; link(out)",
            "out = {}; out = rows[0]",
            "out = other = {}",
        ] {
            assert!(changes(&joined("r['id']", before, "out[o] = r")), "{before}");
        }
        assert!(changes(&joined("r['id']", "out = {}", "out[o] = r; rows.append(out)")));
    }
}
