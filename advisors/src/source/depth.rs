//! How deeply the tree of a text can be nested, from its tokens alone.
//!
//! The parser grows its stack as it needs, but walking and dropping a tree recurse as deep as the
//! tree is, so a hostile file of a hundred thousand nested brackets is turned away before it is
//! parsed.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

use super::SourceError;

/// Levels of nesting that are walked. CPython itself gives up on a few hundred to a few thousand;
/// a walk of this depth takes under half of a 2 MB thread stack in a debug build.
const MAX_DEPTH: usize = 800;

/// An upper bound: brackets that are open, blocks that are open, and in each open bracket the
/// operators since its last comma, as each may nest its operand one level deeper.
pub(super) fn check(text: &str) -> Result<(), SourceError> {
    let mut lexer = lex(text, Mode::Module);
    let mut blocks = 0_usize;
    let mut brackets = vec![0_usize];
    let mut operators = 0_usize;
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            kind if opens(kind) => {
                deepen(&mut brackets, &mut operators);
                brackets.push(0);
            }
            kind if closes(kind) => {
                if brackets.len() > 1 {
                    operators -= brackets.pop().unwrap_or_default();
                }
            }
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                if let Some(count) = brackets.last_mut() {
                    operators -= std::mem::take(count);
                }
            }
            kind if flat(kind) => {}
            _ => deepen(&mut brackets, &mut operators),
        }
        if blocks + brackets.len() + operators > MAX_DEPTH {
            return Err(SourceError::TooDeep);
        }
    }
}

fn deepen(brackets: &mut [usize], operators: &mut usize) {
    if let Some(count) = brackets.last_mut() {
        *count += 1;
        *operators += 1;
    }
}

fn opens(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart
    )
}

fn closes(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd
    )
}

/// Tokens that make the tree wider, not deeper.
fn flat(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::True
            | TokenKind::False
            | TokenKind::None
    )
}
