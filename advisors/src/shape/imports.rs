//! What imported names stand for.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};

use super::{BindingKind, Tree, Variable};

impl<'a> Tree<'a> {
    /// The full name of what an expression imports: `mp.Pool` after `import multiprocessing as mp`
    /// is `multiprocessing.Pool`. `None` for what is not imported, is imported relatively, or is
    /// bound in another way as well; the same import made twice counts as one.
    pub fn dotted(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Attribute(attribute) => {
                Some(format!("{}.{}", self.dotted(&attribute.value)?, attribute.attr))
            }
            Expr::Name(name) => self.import_of(self.variable(self.id_of(name))?),
            _ => None,
        }
    }

    /// The full name of what a variable that is only imported stands for.
    pub(super) fn import_of(&self, variable: Variable<'a>) -> Option<String> {
        let mut imports = self.bindings(variable).iter().map(|it| self.imported(it.node));
        let first = imports.next()??;
        imports.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// Whether the file imports one of these by its full name anywhere, under whatever name.
    pub fn imports_one_of(&self, names: &[&str]) -> bool {
        let imported = |id| self.imported(id).is_some_and(|name| names.contains(&name.as_str()));
        self.ids().any(imported)
    }

    /// Whether a call calls one of these by its full name, as [`Tree::dotted`] gives it.
    pub fn calls_one_of(&self, call: &ExprCall, names: &[&str]) -> bool {
        let ends_so = |name: &&str| match &*call.func {
            Expr::Attribute(it) => name.rsplit('.').next() == Some(it.attr.as_str()),
            func => func.is_name_expr(),
        };
        names.iter().any(ends_so)
            && self.dotted(&call.func).is_some_and(|name| names.contains(&name.as_str()))
    }

    /// The value of a variable that is bound once, by a plain assignment.
    pub fn assigned_once(&self, name: &Expr) -> Option<&'a Expr> {
        let Expr::Name(name) = name else { return None };
        let variable = self.variable(self.id_of(name))?;
        match self.bindings(variable) {
            [binding] if binding.kind == BindingKind::Assign => self.assigned(binding.node),
            _ => None,
        }
    }

    /// The text of a string that is written out, or that a variable is bound to and nothing else.
    pub fn constant_text(&self, expr: &'a Expr) -> Option<&'a str> {
        match expr {
            Expr::StringLiteral(literal) => Some(literal.value.to_str()),
            Expr::Name(_) => match self.assigned_once(expr)? {
                Expr::StringLiteral(literal) => Some(literal.value.to_str()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The full name of what an import binds.
    fn imported(&self, alias: super::Id) -> Option<String> {
        let AnyNodeRef::Alias(bound) = self[alias] else { return None };
        match self[self.parent(alias)?] {
            AnyNodeRef::StmtImportFrom(import) if import.level == 0 => {
                Some(format!("{}.{}", import.module.as_ref()?, bound.name))
            }
            AnyNodeRef::StmtImport(_) if bound.asname.is_some() => Some(bound.name.to_string()),
            AnyNodeRef::StmtImport(_) => bound.name.split('.').next().map(str::to_owned),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn what_a_file_imports_is_known_by_its_full_name() {
        let imports = |text: &str| {
            let source = Source::parse(text.as_bytes()).unwrap();
            Tree::of(&source).imports_one_of(&["collections", "collections.Counter"])
        };
        assert!(imports("def f():\n    from collections import Counter as C\n"));
        assert!(imports("import os, collections as c\n"));
        assert!(imports("import collections.abc\n"));
        assert!(!imports("from collections import deque\nfrom .collections import Counter\n"));
        assert!(!imports("class Counter(dict): pass\n"));
    }

    fn callees(text: &str) -> Vec<Option<String>> {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let calls = tree.ids().filter_map(|id| crate::shape::call_of(&tree, id));
        calls.map(|call| tree.dotted(&call.func)).collect()
    }

    #[test]
    fn imported_names_have_full_names() {
        let text = "import os.path, datetime as d\nfrom re import compile as c\nfrom . import x\n\
                    os.path.join()\nd.datetime.now()\nc()\nx.f()\nopen()\nos.stat().st_mode.f()\n";
        let names: Vec<_> = callees(text).into_iter().map(Option::unwrap_or_default).collect();
        let expected =
            ["os.path.join", "datetime.datetime.now", "re.compile", "", "", "", "os.stat"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_name_that_may_be_something_else_has_none() {
        assert_eq!(callees("from re import sub\nsub = f\nsub()\n"), [None]);
        let twice = "try:\n    import re\nexcept E:\n    import re\nre.sub()\n";
        assert_eq!(callees(twice), [Some("re.sub".to_owned())]);
    }
}
