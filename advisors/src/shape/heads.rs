//! Statements that go over several lines.

use rustc_hash::FxHashMap;

use super::Tree;

impl Tree<'_> {
    /// The last line of each statement by its first; of one that others are in, that of its head.
    pub fn heads(&self) -> FxHashMap<u32, u32> {
        let line = |offset| self.source.line_and_column(offset).0;
        let mut heads = FxHashMap::default();
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, it)| it.node.is_statement()) {
            let within = &self.nodes[at + 1..node.end as usize];
            let inner = within.iter().find(|inner| inner.node.is_statement());
            let first = line(node.range.start());
            let last = match inner {
                // What is in it may begin on the line that its head ends on.
                Some(inner) => (line(inner.range.start()) - 1).max(first),
                None => line(node.range.end()),
            };
            let known = heads.entry(first).or_insert(last);
            *known = last.max(*known);
        }
        heads
    }
}

#[cfg(test)]
mod tests {
    use crate::Source;
    use crate::shape::Tree;

    #[test]
    fn the_head_of_a_statement_ends_where_others_begin() {
        let text =
            b"x = f(\n    1,\n)\nif (\n    x\n):\n    y = 1; z = [\n        2]\nfor a in b: c\n";
        let source = Source::parse(text).expect("parses");
        let heads = Tree::of(&source).heads();
        let mut heads: Vec<(u32, u32)> = heads.into_iter().collect();
        heads.sort_unstable();
        assert_eq!(heads, [(1, 3), (4, 6), (7, 8), (9, 9)]);
    }
}
