//! Where in the file a value, or what it holds, goes on to, and whether anything changes it there.

use ruff_python_ast::{AnyNodeRef, Expr};
use rustc_hash::FxHashSet;

use super::purity_names::PURE_METHODS;
use super::{BindingKind, Id, Tree, Use};

/// Mentions that are followed from one value.
const MAX_FOLLOWED: usize = 200;

/// Builtins that give one of the elements, or an iterator or container of them.
const PASSING: &[&str] = &[
    "enumerate",
    "frozenset",
    "iter",
    "list",
    "max",
    "min",
    "reversed",
    "set",
    "sorted",
    "tuple",
    "zip",
];

/// Methods that put their argument into what they are called on.
const KEEPING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "extend",
    "insert",
    "put",
    "put_nowait",
    "setdefault",
    "update",
];

/// What becomes of a value where it stands.
enum Onward {
    /// Nothing that could change it, or it leaves the file.
    Looked,
    /// It is changed.
    Changed,
    /// Something holds it from then on.
    Kept,
    /// It, or what it holds, is found there.
    To(Vec<Id>),
}

impl<'a> Tree<'a> {
    /// Whether the file changes a value, or what it holds, from where the node stands on: under the names
    /// that it gets, in the functions of the file that it is passed to, and where it is returned to.
    pub fn is_changed_onward(&self, id: Id) -> bool {
        self.meets(id, |onward| matches!(onward, Onward::Changed))
    }

    /// As [`Self::is_changed_onward`], or kept where it may be found again.
    pub fn is_changed_or_kept_onward(&self, id: Id) -> bool {
        self.meets(id, |onward| matches!(onward, Onward::Changed | Onward::Kept))
    }

    /// Whether one of the places that a value gets to is of that kind, or they are too many.
    fn meets(&self, id: Id, is_it: impl Fn(&Onward) -> bool) -> bool {
        let (mut followed, mut open) = (FxHashSet::from_iter([id]), vec![id]);
        while let Some(id) = open.pop() {
            let onward = self.onward(id);
            if is_it(&onward) || followed.len() > MAX_FOLLOWED {
                return true;
            }
            if let Onward::To(places) = onward {
                open.extend(places.into_iter().filter(|&place| followed.insert(place)));
            }
        }
        false
    }

    fn onward(&self, id: Id) -> Onward {
        let done = self.use_of(id);
        if done.changed().is_some() {
            return Onward::Changed;
        }
        match done {
            Use::Bound(BindingKind::Augment) => Onward::Changed,
            Use::Iterated => self.parent(id).map_or(Onward::Looked, |around| {
                self.loop_target(around).map_or(Onward::Looked, |target| self.named(target))
            }),
            Use::Indexed(part) | Use::Sliced(part) | Use::Attribute(part) => Onward::To(vec![part]),
            Use::Method(name, call) if PURE_METHODS.contains(&name) => Onward::To(vec![call]),
            Use::Read(name) if PASSING.contains(&name) => self.result(id),
            Use::Returned => self.returned(id),
            Use::Other => self.other(id),
            _ => Onward::Looked,
        }
    }

    /// The call that a node is an argument of.
    fn result(&self, argument: Id) -> Onward {
        let call = self.parent(argument).and_then(|arguments| self.parent(arguments));
        call.map_or(Onward::Looked, |call| Onward::To(vec![call]))
    }

    fn returned(&self, id: Id) -> Onward {
        match self.parent(id) {
            Some(tuple) if self[tuple].is_expr_tuple() => Onward::To(vec![tuple]),
            _ => Onward::To(self.callers(self.function(id))),
        }
    }

    /// The mentions of the names that a target binds.
    fn named(&self, target: &Expr) -> Onward {
        let names = self.subtree(self.id_of(target)).filter_map(|id| self.variable(id));
        Onward::To(names.flat_map(|variable| self.mentions(variable)).collect())
    }

    fn other(&self, id: Id) -> Onward {
        let Some(parent) = self.parent(id) else { return Onward::Looked };
        match self[parent] {
            AnyNodeRef::ExprIf(_)
            | AnyNodeRef::ExprBoolOp(_)
            | AnyNodeRef::ExprStarred(_)
            | AnyNodeRef::ExprTuple(_)
            | AnyNodeRef::ExprList(_)
            | AnyNodeRef::ExprDict(_)
            | AnyNodeRef::ExprListComp(_)
            | AnyNodeRef::ExprGenerator(_)
            | AnyNodeRef::ExprDictComp(_) => Onward::To(vec![parent]),
            AnyNodeRef::ExprNamed(named) => match self.named(&named.target) {
                Onward::To(mut places) => {
                    places.push(parent);
                    Onward::To(places)
                }
                onward => onward,
            },
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [target @ (Expr::Name(_) | Expr::Tuple(_))] => self.named(target),
                _ => Onward::Kept,
            },
            AnyNodeRef::StmtAnnAssign(assign) if assign.target.is_name_expr() => {
                self.named(&assign.target)
            }
            AnyNodeRef::StmtAnnAssign(_) | AnyNodeRef::ExprYield(_) => Onward::Kept,
            AnyNodeRef::Arguments(_) => self.passed(id, parent),
            _ => Onward::Looked,
        }
    }

    /// What becomes of an argument: the parameter, where the file has the function.
    fn passed(&self, argument: Id, arguments: Id) -> Onward {
        let Some(AnyNodeRef::ExprCall(call)) = self.parent(arguments).map(|call| self[call]) else {
            return Onward::Looked;
        };
        if let Expr::Attribute(method) = &*call.func
            && KEEPING.contains(&method.attr.as_str())
        {
            return Onward::Kept;
        }
        let position =
            call.arguments.args.iter().position(|arg| self[argument].ptr_eq(AnyNodeRef::from(arg)));
        let function = self.function_named(&call.func);
        let parameter = position.zip(function).and_then(|(position, function)| {
            let AnyNodeRef::StmtFunctionDef(def) = self[function] else { return None };
            let own = usize::from(self.class_of(function).is_some());
            let mut parameters = def.parameters.posonlyargs.iter().chain(&def.parameters.args);
            let name = parameters.nth(position + own)?.parameter.name.as_str();
            let body = self.id_of(def.body.first()?);
            Some(super::Variable { scope: self.scope(body), name })
        });
        parameter.map_or(Onward::Looked, |variable| Onward::To(self.mentions(variable)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// Whether what the first mention of `a.rows` holds is changed, and whether it is changed or kept.
    fn onward(text: &str) -> (bool, bool) {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let id = tree.ids().find(|&id| tree.text(id) == "a.rows").unwrap();
        (tree.is_changed_onward(id), tree.is_changed_or_kept_onward(id))
    }

    #[test]
    fn changes_are_found_under_other_names_and_in_other_functions() {
        for text in [
            "a.rows[0]['n'] -= 1\n",
            "for row in a.rows:\n    row['n'] = 1\n",
            "for i, row in enumerate(a.rows):\n    row.update(n=i)\n",
            "def f(a):\n    g(a.rows[0])\ndef g(row):\n    h(row)\ndef h(row):\n    row['n'] = 1\n",
            "def f(a):\n    return a.rows\ndef g(a):\n    rows = f(a)\n    rows[0].append(1)\n",
            "first, rest = a.rows\nrest += [1]\n",
            "class A:\n    def f(self, a):\n        self.g(1, a.rows)\n    def g(self, n, rows):\n        rows.clear()\n",
            "for key, row in a.rows.items():\n    row.sort()\n",
        ] {
            assert_eq!(onward(text), (true, true), "{text}");
        }
    }

    #[test]
    fn what_is_kept_may_be_changed_later() {
        for text in ["b.rows = a.rows[1:]\n", "for row in a.rows:\n    out.append(row)\n"] {
            assert_eq!(onward(text), (false, true), "{text}");
        }
    }

    #[test]
    fn what_is_looked_at_stays() {
        for text in [
            "total = sum(row['n'] for row in a.rows)\n",
            "for row in a.rows:\n    print(row['n'] / 2)\n",
            "def f(a):\n    return g(a.rows)\ndef g(rows):\n    return len(rows)\n",
            "rows = []\nrows.append(len(a.rows))\n",
        ] {
            assert_eq!(onward(text), (false, false), "{text}");
        }
    }
}
