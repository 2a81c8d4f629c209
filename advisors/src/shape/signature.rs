//! How the parameters of a function may be given.

use ruff_python_ast::AnyNodeRef;

use super::Tree;

/// The parameters of a function by how they may be given, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// Before `/`.
    pub positional_only: usize,
    /// By place or by name.
    pub positional: usize,
    /// After `*`.
    pub keyword_only: usize,
    /// Whether `*args` takes the rest.
    pub takes_rest: bool,
}

impl Tree<'_> {
    /// Those of the function whose code object begins on a line, from 1, with its decorators; `None` where
    /// none or several do.
    pub fn parameters_from(&self, line: u32) -> Option<Parameters> {
        let mut found = self.ids().filter_map(|id| match self[id] {
            AnyNodeRef::StmtFunctionDef(def)
                if self.source().place(self.range(id)).line == line =>
            {
                Some(&*def.parameters)
            }
            _ => None,
        });
        let parameters = found.next().filter(|_| found.next().is_none())?;
        Some(Parameters {
            positional_only: parameters.posonlyargs.len(),
            positional: parameters.args.len(),
            keyword_only: parameters.kwonlyargs.len(),
            takes_rest: parameters.vararg.is_some(),
        })
    }
}

#[test]
fn parameters_are_counted_by_how_they_may_be_given() {
    let text = "def f(a, b, /, c, *rest, d=1, **more): pass\n\n@wraps\ndef g(*, k): pass\n";
    let source = crate::Source::parse(text.as_bytes()).unwrap();
    let tree = Tree::of(&source);
    let of = |line| {
        let found: Parameters = tree.parameters_from(line)?;
        Some((found.positional_only, found.positional, found.keyword_only, found.takes_rest))
    };
    assert_eq!(of(1), Some((2, 1, 1, true)));
    assert_eq!(of(3), Some((0, 0, 1, false)));
    assert_eq!(of(4), None);
}
