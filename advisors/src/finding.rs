//! What an advisor says, and the edits that carry it out.

use ruff_text_size::{Ranged, TextRange, TextSize};

use ruff_python_ast::AnyNodeRef;

use crate::shape::Tree;
use crate::{Gain, Heat, Operand, Source};

/// One advisor's word on one hotspot.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The slow expression.
    pub range: TextRange,
    /// What is wrong, in one line that names what was seen.
    pub title: String,
    /// Why, in sentences: the evidence in words, one item each.
    pub because: Vec<String>,
    /// The heat that the finding stands on.
    pub heat: Heat,
    /// What was seen in the process that the finding stands on. A finding for which nothing could be
    /// seen is worded as a question and ranked after those for which something was.
    pub evidence: Vec<Evidence>,
    /// What following the advice is worth.
    pub worth: Worth,
    /// The refactor, where one can be written.
    pub fix: Option<Fix>,
}

/// Something seen in the process.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// What a name or expression was bound to.
    Operand(Operand),
    /// The time is spent in this function (`_strptime._strptime`), which takes `share` of the run.
    Callee {
        /// Dotted name.
        function: String,
        /// Share of the run, 0 to 1.
        share: f64,
    },
    /// Anything else, in few words: `16 workers on 2 processors`.
    Fact(String),
}

/// What following the advice is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Worth {
    /// Time.
    Time(Gain),
    /// Memory, and no claim about time.
    Memory(Bytes),
    /// Right results; no claim about time or memory.
    Correctness,
}

/// An amount of memory with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    /// As expected.
    pub value: u64,
    /// At the least.
    pub low: u64,
    /// At the most; nothing where only the least is known.
    pub high: Option<u64>,
}

impl Finding {
    /// Whether the process showed anything of it.
    pub fn is_seen(&self) -> bool {
        !self.evidence.is_empty()
    }

    /// The whole function, where the finding points at the name in its definition.
    pub fn definition(&self, tree: &Tree<'_>) -> Option<TextRange> {
        tree.ids().find_map(|id| match tree[id] {
            AnyNodeRef::StmtFunctionDef(def) if def.name.range() == self.range => Some(def.range()),
            _ => None,
        })
    }
}

impl Worth {
    /// Share of the run that is expected to go away; 0 for what does not save time.
    pub fn saved(&self) -> f64 {
        match self {
            Self::Time(gain) => gain.saved,
            Self::Memory(_) | Self::Correctness => 0.0,
        }
    }
}

/// A refactor as text edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may be applied unseen.
    pub safety: Safety,
    /// What the reader has to check before applying it, when not safe.
    pub note: Option<String>,
    /// Edits of the one file, in order, none overlapping.
    pub edits: Vec<Edit>,
}

/// How far a fix may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// The program's output is the same.
    Safe,
    /// The output is the same if what the note says holds.
    Unsafe,
}

/// Replacement of a stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty for an insertion.
    pub range: TextRange,
    /// What comes.
    pub text: String,
}

/// Why a fix cannot be applied.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FixError {
    /// Two edits overlap, or one lies outside the text or inside a character.
    #[error("the edits do not fit the text")]
    Misfit,
    /// The text no longer parses after the edits.
    #[error("the edited text does not parse: {0}")]
    Unparsable(String),
}

impl Fix {
    /// The edits of all findings of a file as one.
    pub fn of_all<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let fixes = findings.into_iter().filter_map(|finding| finding.fix.as_ref());
        Self::together(fixes.flat_map(|fix| fix.edits.iter().cloned()))
    }

    /// The edits of several of a file as one; what more than one asks for is done once.
    pub fn together(edits: impl IntoIterator<Item = Edit>) -> Self {
        let mut edits: Vec<Edit> = edits.into_iter().collect();
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        edits.dedup();
        Self { safety: Safety::Unsafe, note: None, edits }
    }

    /// The same with what begins where an insertion stands made one with it: who applies edits one by one
    /// need not know which of two at one place comes first.
    pub fn joined(self) -> Self {
        let mut edits: Vec<Edit> = Vec::with_capacity(self.edits.len());
        for edit in self.edits {
            match edits.last_mut() {
                Some(last) if last.range.is_empty() && last.range.end() == edit.range.start() => {
                    last.range = edit.range;
                    last.text.push_str(&edit.text);
                }
                _ => edits.push(edit),
            }
        }
        Self { edits, ..self }
    }

    /// The whole file after the edits, parsed again, and looked at for what only CPython's symbol
    /// table refuses (Python/symtable.c, `NAMED_EXPR_COMP_ITER_EXPR`): `:=` in what a comprehension
    /// goes over.
    ///
    /// # Errors
    /// When the edits do not fit the text, or what they make is not Python.
    pub fn apply(&self, source: &Source) -> Result<String, FixError> {
        let text = source.text();
        let mut out = String::with_capacity(text.len());
        let mut at = TextSize::new(0);
        for edit in &self.edits {
            let keep =
                text.get(at.to_usize()..edit.range.start().to_usize()).ok_or(FixError::Misfit)?;
            out.push_str(keep);
            out.push_str(&edit.text);
            at = edit.range.end();
        }
        out.push_str(text.get(at.to_usize()..).ok_or(FixError::Misfit)?);
        let unparsable = |why: &dyn std::fmt::Display| FixError::Unparsable(why.to_string());
        let after = Source::parse(out.as_bytes()).map_err(|error| unparsable(&error))?;
        if binds_in_iterable(&Tree::of(&after)) {
            return Err(unparsable(&"`:=` in what a comprehension goes over"));
        }
        Ok(out)
    }
}

fn binds_in_iterable(tree: &Tree<'_>) -> bool {
    tree.ids().any(|id| match tree[id] {
        AnyNodeRef::Comprehension(clause) => {
            tree.subtree(tree.id_of(&clause.iter)).any(|part| tree[part].is_expr_named())
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_s_name_stands_for_all_of_it_in_its_definition_alone() {
        let source = Source::parse(b"@keep\ndef f(a):\n    return a\n\nf(1)\n").unwrap();
        let tree = Tree::of(&source);
        let definition = |start: u32| {
            let range = TextRange::at(TextSize::new(start), TextSize::new(1));
            let finding = Finding {
                range,
                title: String::new(),
                because: Vec::new(),
                heat: Heat::default(),
                evidence: Vec::new(),
                worth: Worth::Correctness,
                fix: None,
            };
            finding.definition(&tree).map(|range| source.slice(range))
        };
        assert_eq!(definition(10), Some("@keep\ndef f(a):\n    return a"));
        assert_eq!(definition(32), None, "a call");
    }

    #[test]
    fn insertions_at_one_place_are_one_edit_in_order() {
        let source = Source::parse(b"def f():\n    return 1\n").unwrap();
        let edit = |start: u32, end: u32, text: &str| Edit {
            range: TextRange::new(TextSize::new(start), TextSize::new(end)),
            text: text.to_owned(),
        };
        let edits = vec![
            edit(0, 0, "import a\n\n"),
            edit(0, 0, "@a.b\n"),
            edit(20, 20, "2"),
            edit(20, 21, "3"),
        ];
        let fix = Fix { safety: Safety::Safe, note: None, edits };
        let joined = fix.clone().joined();
        assert_eq!(joined.edits, [edit(0, 0, "import a\n\n@a.b\n"), edit(20, 21, "23")]);
        assert_eq!(joined.apply(&source), fix.apply(&source));
    }

    #[test]
    fn an_edit_that_the_symbol_table_refuses_is_none() {
        let source = Source::parse(b"a = list(b)\n").unwrap();
        let edit = |text: &str| Edit {
            range: TextRange::new(TextSize::new(4), TextSize::new(11)),
            text: text.to_owned(),
        };
        let apply = |text: &str| {
            Fix { safety: Safety::Safe, note: None, edits: vec![edit(text)] }.apply(&source)
        };
        assert_eq!(
            apply("[c for c in b if (d := c)]").as_deref(),
            Ok("a = [c for c in b if (d := c)]\n")
        );
        assert!(matches!(apply("[c for c in (d := b)]"), Err(FixError::Unparsable(_))));
        assert!(matches!(apply("[c for c in f(lambda: (d := b))]"), Err(FixError::Unparsable(_))));
    }
}
