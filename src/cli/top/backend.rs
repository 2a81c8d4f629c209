//! Ratatui's cells as bytes for a terminal (ECMA-48): moves, styles and characters, kept until they
//! are flushed, so that a picture goes out in one write.

use std::fmt::Write as _;
use std::io;

use ratatui_core::backend::{Backend, ClearType, WindowSize};
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Size};
use ratatui_core::style::{Color, Modifier};

use super::terminal;

/// What is assumed of a terminal that does not tell its size.
const SIZE: Size = Size { width: 80, height: 24 };

/// The terminal that this process is on.
#[derive(Debug, Default)]
pub(super) struct Ansi {
    pending: String,
    cursor: Position,
    style: (Color, Modifier),
}

impl Ansi {
    fn style(&mut self, cell: &Cell) {
        let style = (cell.fg, cell.modifier);
        if style == self.style {
            return;
        }
        self.style = style;
        self.pending.push_str("\x1b[0");
        let codes = [
            (Modifier::BOLD, ";1"),
            (Modifier::DIM, ";2"),
            (Modifier::UNDERLINED, ";4"),
            (Modifier::REVERSED, ";7"),
        ];
        let set = codes.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier));
        set.for_each(|(_, code)| self.pending.push_str(code));
        if cell.fg == Color::Red {
            self.pending.push_str(";31");
        }
        self.pending.push('m');
    }

    fn push(&mut self, text: &str) {
        self.pending.push_str(text);
    }
}

impl Backend for Ansi {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut next = None;
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                self.set_cursor_position((x, y))?;
            }
            self.style(cell);
            self.push(cell.symbol());
            // Of a wide character no more is known than that the next cell is not beside it.
            next = Some((x + 1, y)).filter(|_| cell.symbol().is_ascii());
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.push("\x1b[?25l");
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.push("\x1b[?25h");
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let (row, column) = (u32::from(self.cursor.y) + 1, u32::from(self.cursor.x) + 1);
        write!(self.pending, "\x1b[{row};{column}H").map_err(io::Error::other)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, kind: ClearType) -> io::Result<()> {
        self.style = Default::default();
        self.push("\x1b[0m");
        self.push(match kind {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[0J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[0K",
        });
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let size = rustix::termios::tcgetwinsize(io::stdout())?;
        let size = Size { width: size.ws_col, height: size.ws_row };
        Ok(if size.width == 0 || size.height == 0 { SIZE } else { size })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        terminal::print(pending.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use ratatui_core::buffer::Buffer;
    use ratatui_core::style::Style;

    use super::*;

    #[test]
    fn neighbours_are_written_in_one_run_and_styles_change_when_they_do() {
        let mut buffer = Buffer::with_lines(["ab日c", "d"]);
        buffer.set_string(0, 1, "d", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        let blank = Buffer::empty(*buffer.area());
        let mut ansi = Ansi::default();
        ansi.draw(blank.diff(&buffer).into_iter()).expect("a string takes it");
        assert_eq!(ansi.pending, "\x1b[1;1Hab日\x1b[1;5Hc\x1b[2;1H\x1b[0;1;31md");
    }
}
