//! Bytes of a source file to a parsed [`Source`]. The only module that knows ruff's parser.

mod depth;
mod encoding;

pub use encoding::Encoding;

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Parsed, parse_module};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::Place;

/// Bytes of the largest file that is parsed. Generated modules of a few MB exist; beyond this the
/// tree would take more memory than advice is worth.
pub const MAX_BYTES: usize = 8 << 20;

/// A parsed Python source file.
#[derive(Debug)]
pub struct Source {
    text: String,
    /// Offset of the first byte of every line.
    line_starts: Vec<TextSize>,
    parsed: Parsed<ModModule>,
}

/// Why a file cannot be advised on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes are not what the declared (or default) encoding allows.
    #[error(
        "the file is not {0} text, which Python refuses too; save it as that and run the program again"
    )]
    Encoding(&'static str),
    /// A PEP 263 cookie names an encoding that is not understood. The name is ASCII letters,
    /// digits, `-`, `_` and `.` only.
    #[error(
        "the file declares the encoding {0}, and only utf-8, ascii and latin-1 are understood; save it as \
         utf-8, without the declaration, and run the program again"
    )]
    UnknownEncoding(String),
    /// The file is larger than [`MAX_BYTES`].
    #[error("the file is larger than {} MiB; move what is hot to one of its own", MAX_BYTES >> 20)]
    TooLong,
    /// Expressions or blocks are nested so deeply that walking them might exhaust the stack.
    #[error("the code is nested too deeply; move what is so nested to a file of its own")]
    TooDeep,
    /// The file is not Python 3 that can be parsed: where and why, in printable ASCII.
    #[error("not parsable as Python 3: {0}; advice is for Python 3 alone")]
    Syntax(String),
}

/// The text of a source file, without a byte order mark: UTF-8, or what its PEP 263 cookie says.
///
/// # Errors
/// When the encoding is not understood, or the bytes are not of it.
pub fn decode(bytes: &[u8]) -> Result<String, SourceError> {
    encoding::decode(bytes)
}

impl Source {
    /// Parses a source file: UTF-8 with or without a byte order mark, or what its PEP 263 cookie
    /// says.
    ///
    /// # Errors
    /// When the encoding is not understood, the file is too large or too deeply nested, or it is
    /// not Python 3.
    pub fn parse(bytes: &[u8]) -> Result<Self, SourceError> {
        if bytes.len() > MAX_BYTES {
            return Err(SourceError::TooLong);
        }
        let text = encoding::decode(bytes)?;
        depth::check(&text)?;
        let line_starts = line_starts(&text);
        let parsed = parse_module(&text).map_err(|error| {
            let line = line_of(&line_starts, error.location.start());
            SourceError::Syntax(format!("line {line}: {}", printable(&error.error.to_string())))
        })?;
        Ok(Self { text, line_starts, parsed })
    }

    /// The file's text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a range; empty when the range is not of this file.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }

    /// The file's syntax tree.
    pub fn module(&self) -> &ModModule {
        self.parsed.syntax()
    }

    /// The file's comments in their order, each from its `#` to the end of its line.
    pub fn comments(&self) -> impl Iterator<Item = TextRange> {
        let tokens = self.parsed.tokens().iter();
        tokens.filter(|token| token.kind() == TokenKind::Comment).map(Ranged::range)
    }

    /// The range of a place with columns; for one without, its lines from their first character
    /// to before the last one's line break. `None` when the file has no such place (it changed
    /// since it was compiled).
    pub fn range(&self, place: Place) -> Option<TextRange> {
        let first = self.line_range(place.line)?;
        let last = self.line_range(place.end_line)?;
        let (start, end) = match place.columns {
            Some((start, end)) => (
                first.start().checked_add(TextSize::new(start))?,
                last.start().checked_add(TextSize::new(end))?,
            ),
            None => (first.start(), last.end()),
        };
        let fits = start <= end
            && start <= first.end()
            && end <= last.end()
            && self.text.is_char_boundary(start.to_usize())
            && self.text.is_char_boundary(end.to_usize());
        fits.then(|| TextRange::new(start, end))
    }

    /// The place of a range, with columns.
    pub fn place(&self, range: TextRange) -> Place {
        let (line, column) = self.line_and_column(range.start());
        let (end_line, end_column) = self.line_and_column(range.end());
        Place { line, end_line, columns: Some((column, end_column)) }
    }

    /// The line of an offset, from 1, and the offset's distance from that line's first byte.
    pub fn line_and_column(&self, offset: TextSize) -> (u32, u32) {
        let line = line_of(&self.line_starts, offset);
        (line, (offset - self.line_starts[line as usize - 1]).to_u32())
    }

    /// A line (from 1) without its line break. `None` when there is none of that number.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.line_starts.get(index)?;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |next| next.to_usize());
        let content = self.text[start.to_usize()..end].trim_end_matches(['\r', '\n']);
        Some(TextRange::at(start, TextSize::new(content.len() as u32)))
    }
}

/// The line of an offset, from 1.
fn line_of(line_starts: &[TextSize], offset: TextSize) -> u32 {
    line_starts.partition_point(|start| *start <= offset) as u32
}

/// The parser's messages may quote a character of the file.
fn printable(message: &str) -> String {
    let shown = |c: char| match c {
        ' '..='~' => c.to_string(),
        _ => c.escape_unicode().to_string(),
    };
    message.chars().map(shown).collect()
}

/// CPython's tokenizer ends a line at `\n`, `\r\n` and a lone `\r`; a form feed ends none.
fn line_starts(text: &str) -> Vec<TextSize> {
    let bytes = text.as_bytes();
    let ends = (0..bytes.len()).filter(|&at| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    std::iter::once(0).chain(ends.map(|at| at + 1)).map(|at| TextSize::new(at as u32)).collect()
}

#[cfg(test)]
mod tests;
