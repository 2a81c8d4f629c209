//! The picture as a terminal shows it. Pure: it fills a buffer.

use std::time::Duration;

use advisors::Place;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::header;
use super::help;
use super::model::Picture;
use super::screen::{Rows, Screen, Sort};
use super::table::{self, PlaceRow};
use super::tally::{Span, WINDOW_SECONDS};
use super::threads::ThreadSeen;
use crate::profile::Target;
use crate::report::{names, numbers};
use crate::sample::{Code, State};
use crate::text::Untrusted;

/// Lines above the rows: what is sampled, what it does, how well it is seen, the columns' heads.
const HEAD: u16 = 4;

/// Columns of a share with the blank beside it.
const SHARE: usize = 8;

/// Share from which a row is painted.
const HOT: f64 = 0.2;

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody is sampled yet.
    Waiting,
    /// It goes on.
    Live,
    /// The target has ended.
    Ended,
}

/// Everything that is shown.
pub(super) struct Scene<'a> {
    /// What was sampled.
    pub(super) picture: &'a Picture,
    /// How it is looked at.
    pub(super) screen: &'a Screen,
    /// How far the session is.
    pub(super) phase: Phase,
    /// Whether colours are wanted.
    pub(super) color: bool,
}

/// What came of drawing: how many of how many rows are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extent {
    /// Rows that there is room for.
    pub(super) shown: usize,
    /// Rows that there are.
    pub(super) all: usize,
}

/// The source text of a place, when it can be had.
pub(super) type Snippet<'a> = dyn FnMut(&Code, Place) -> Option<Untrusted> + 'a;

/// Draws it all, whatever the size.
pub(super) fn draw(buffer: &mut Buffer, scene: &Scene<'_>, snippet: &mut Snippet<'_>) -> Extent {
    let area = *buffer.area();
    buffer.reset();
    let mut canvas = Canvas { buffer, area, color: scene.color };
    canvas.line(0, &header::title(scene, canvas.width()), Modifier::BOLD);
    canvas.line(1, &header::doings(scene, canvas.width()), Modifier::empty());
    canvas.line(2, &header::quality(scene, canvas.width()), Modifier::DIM);
    canvas.bar(3, &heads(scene));
    let room = usize::from(area.height.saturating_sub(HEAD + 1));
    let extent = match scene.screen.shows_help {
        true => {
            for (line, y) in help::LINES.iter().zip(HEAD..HEAD + room as u16) {
                canvas.line(y, line, Modifier::empty());
            }
            Extent { shown: room, all: 0 }
        }
        false => rows(&mut canvas, scene, room, snippet),
    };
    if area.height > HEAD {
        canvas.line(area.height - 1, &footer(scene, canvas.width()), Modifier::DIM);
    }
    extent
}

/// A buffer and how it is drawn on.
struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    color: bool,
}

impl Canvas<'_> {
    fn width(&self) -> usize {
        self.area.width.into()
    }

    /// Text on a line of its own; what does not fit is cut, and the cut marked.
    fn line(&mut self, y: u16, text: &str, modifier: Modifier) {
        self.styled(y, text, Style::new().add_modifier(modifier));
    }

    fn styled(&mut self, y: u16, text: &str, style: Style) {
        if y < self.area.height {
            let text = clipped(text, self.width());
            self.buffer.set_stringn(0, y, text, self.width(), style);
        }
    }

    /// A line that is set apart over its whole width.
    fn bar(&mut self, y: u16, text: &str) {
        let padded = format!("{text:width$}", width = self.width());
        self.styled(y, &padded, Style::new().add_modifier(Modifier::REVERSED));
    }

    fn row(&mut self, y: u16, text: &str, share: f64) {
        let style = match (share >= HOT, self.color) {
            (true, true) => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            (true, false) => Style::new().add_modifier(Modifier::BOLD),
            (false, _) => Style::new(),
        };
        self.styled(y, text, style);
    }
}

/// The beginning of a text that is wider than `columns`, its cut marked `…`.
pub(super) fn clipped(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    for c in text.chars() {
        if shown.width() + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) >= columns {
            break;
        }
        shown.push(c);
    }
    if columns > 0 {
        shown.push('…');
    }
    shown
}

/// What the columns are; the one that is sorted by is marked.
fn heads(scene: &Scene<'_>) -> String {
    let Screen { rows, sort, span, .. } = *scene.screen;
    let mark = |head: &str, of: Sort| format!("{head}{}", if sort == of { "▾" } else { " " });
    let span = match span {
        Span::Window => format!("last {WINDOW_SECONDS} s"),
        Span::Ever => "since the start".to_owned(),
    };
    let (own, total, name) = match rows {
        Rows::Functions => ("self", "total", "function"),
        Rows::Lines => ("self", "total", "line"),
        Rows::Expressions => ("self", "total", "expression"),
        Rows::Threads => ("busy", "GIL", "thread"),
    };
    let name = mark(name, Sort::Name);
    format!("{:>SHARE$}{:>SHARE$} {name} {span}", mark(own, Sort::Own), mark(total, Sort::Total))
}

fn rows(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    room: usize,
    snippet: &mut Snippet<'_>,
) -> Extent {
    let (picture, screen) = (scene.picture, scene.screen);
    let run = picture.whole(screen.span).run_samples();
    let share = |part: u64| part as f64 / run.max(1) as f64;
    let mut lines: Vec<(String, f64)> = Vec::new();
    let first = |all: usize| screen.first.min(all.saturating_sub(room.min(all)));
    let all = match screen.rows {
        Rows::Threads => {
            let sweeps = picture.whole(screen.span).sweeps;
            let threads = table::threads(picture, screen);
            for thread in threads.iter().skip(first(threads.len())).take(room) {
                lines.push(thread_row(thread, scene, sweeps));
            }
            threads.len()
        }
        _ => {
            let places = table::places(picture, screen);
            for row in places.iter().skip(first(places.len())).take(room) {
                let (own, total) = (share(row.heat.own), share(row.heat.total));
                let name = place_name(row, &picture.standing.target, snippet);
                lines.push((columns(own, total, &name), own));
            }
            places.len()
        }
    };
    for ((text, share), y) in lines.iter().zip(HEAD..) {
        canvas.row(y, text, *share);
    }
    if all == 0 {
        canvas.line(HEAD, &nothing(scene), Modifier::DIM);
    }
    Extent { shown: room, all }
}

fn columns(first: f64, second: f64, name: &str) -> String {
    // One column less than the heads, which end in a mark.
    let width = SHARE - 1;
    format!("{:>width$} {:>width$}  {name}", numbers::percent(first), numbers::percent(second))
}

/// `read_orders (etl.py:94)  order_id in seen`, or with columns where there is no text.
fn place_name(row: &PlaceRow, target: &Target, snippet: &mut Snippet<'_>) -> String {
    let Some(place) = row.place else {
        return names::function_frame(target, &row.code).terminal();
    };
    // Instructions that stand for no expression (RESUME) are of their line.
    let is_empty = |(start, end)| place.line == place.end_line && start >= end;
    let place = if place.columns.is_some_and(is_empty) { Place::line(place.line) } else { place };
    match snippet(&row.code, place) {
        Some(text) => {
            let frame = names::line_frame(target, &row.code, place, false);
            format!("{}  {}", frame.terminal(), text.terminal())
        }
        None => names::line_frame(target, &row.code, place, true).terminal(),
    }
}

fn thread_row(thread: &ThreadSeen, scene: &Scene<'_>, sweeps: u64) -> (String, f64) {
    let doings = thread.doings(scene.screen.span);
    let share = |part: u64| part as f64 / sweeps.max(1) as f64;
    let (busy, gil) = (share(doings.busy), share(doings.holds_gil));
    let state = match scene.phase {
        Phase::Ended => "ended",
        _ if thread.has_ended => "ended",
        _ if scene.picture.standing.halted.contains(&thread.pid) => "stopped",
        _ => describe(thread.state),
    };
    let name = header::thread_name(scene.picture, thread);
    let target = &scene.picture.standing.target;
    let leaf = thread.leaf.as_ref().map(|leaf| {
        format!("  {}", names::line_frame(target, &leaf.code, leaf.place, false).terminal())
    });
    let waited = match doings.waits_for_gil {
        0 => String::new(),
        samples => format!("  waited {}", numbers::percent(share(samples))),
    };
    let text = format!("{name}  {state}{waited}{}", leaf.unwrap_or_default());
    (columns(busy, gil, &text), busy)
}

fn describe(state: State) -> &'static str {
    match (state.on_cpu, state.holds_gil) {
        _ if state.collects => "collects garbage",
        _ if state.waits_for_gil => "waits for the GIL",
        (true, true) => "running, holds the GIL",
        (true, false) => "running",
        (false, true) => "holds the GIL",
        (false, false) => "idle",
    }
}

/// Why there are no rows.
fn nothing(scene: &Scene<'_>) -> String {
    let pid = scene.picture.standing.target.pid;
    match scene.phase {
        Phase::Waiting => format!("waiting for Python in process {pid}"),
        _ if !scene.screen.filter.is_empty() => "nothing has that in its name; Esc clears".into(),
        Phase::Ended => "nothing ran".into(),
        Phase::Live if scene.picture.is_halted() => "nothing can run: it was stopped".into(),
        Phase::Live => "nothing runs".into(),
    }
}

fn footer(scene: &Scene<'_>, width: usize) -> String {
    let screen = scene.screen;
    let filter = Untrusted::new(screen.filter.as_str()).terminal();
    if screen.is_typing {
        return format!("/{filter}_  Enter keeps, Esc clears");
    }
    let mut parts = Vec::new();
    if !filter.is_empty() {
        parts.push(format!("only \"{filter}\" (Esc: all)"));
    }
    let keys =
        ["q quit", "? help", "s t n sort", "f l e h rows", "w span", "/ filter", "space pause"];
    parts.extend(keys.map(str::to_owned));
    header::joined(&parts, width)
}

/// `1:23`, `1:02:03`
pub(super) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
