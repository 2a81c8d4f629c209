//! A picture as sorted and filtered rows. Pure.

use std::sync::Arc;

use advisors::Place;
use rustc_hash::FxHashMap;

use super::model::Picture;
use super::places::{Heat, PlaceSeen};
use super::screen::{Rows, Screen, Sort};
use super::tally::Span;
use super::threads::{Doings, ThreadSeen};
use crate::sample::Code;

/// One row about code.
#[derive(Debug, Clone)]
pub(super) struct PlaceRow {
    /// The function.
    pub(super) code: Arc<Code>,
    /// Where in it; all of it, when there is no saying.
    pub(super) place: Option<Place>,
    /// How hot.
    pub(super) heat: Heat,
}

/// The places of a picture as the screen wants them: hottest or first by name first, those that
/// were not seen in the span left out.
pub(super) fn places(picture: &Picture, screen: &Screen) -> Vec<PlaceRow> {
    let filter = Filter::new(&screen.filter);
    let mut rows: FxHashMap<(*const Code, Option<Place>), PlaceRow> = FxHashMap::default();
    for seen in &picture.places {
        let heat = match screen.span {
            Span::Window => seen.recent,
            Span::Ever => seen.ever,
        };
        if heat == Heat::default() || !filter.passes_code(&seen.code) {
            continue;
        }
        let place = place_of_row(seen, screen.rows);
        let row = rows.entry((Arc::as_ptr(&seen.code), place)).or_insert_with(|| PlaceRow {
            code: Arc::clone(&seen.code),
            place,
            heat: Heat::default(),
        });
        row.heat += heat;
    }
    let mut rows: Vec<PlaceRow> = rows.into_values().collect();
    rows.sort_unstable_by(|a, b| {
        let heat = match screen.sort {
            Sort::Own => (b.heat.own, b.heat.total).cmp(&(a.heat.own, a.heat.total)),
            Sort::Total => (b.heat.total, b.heat.own).cmp(&(a.heat.total, a.heat.own)),
            Sort::Name => std::cmp::Ordering::Equal,
        };
        heat.then_with(|| a.name().cmp(&b.name()))
    });
    rows
}

fn place_of_row(seen: &PlaceSeen, rows: Rows) -> Option<Place> {
    match rows {
        Rows::Functions => None,
        Rows::Lines => Some(Place::line(seen.place.line)),
        Rows::Expressions | Rows::Threads => Some(seen.place),
    }
}

impl PlaceRow {
    fn name(&self) -> (&str, &str, u32, Option<Place>) {
        let Code { name, file, first_line } = &*self.code;
        (name.data(), file.data(), *first_line, self.place)
    }
}

/// The threads of a picture as the screen wants them; in the window, only those that live.
pub(super) fn threads<'a>(picture: &'a Picture, screen: &Screen) -> Vec<&'a ThreadSeen> {
    let filter = Filter::new(&screen.filter);
    let mut rows: Vec<&ThreadSeen> = (picture.threads.iter())
        .filter(|thread| thread.is_recent || screen.span == Span::Ever)
        .filter(|thread| filter.passes_thread(thread))
        .collect();
    let busy = |thread: &ThreadSeen| std::cmp::Reverse(thread.doings(screen.span).busy);
    let gil = |thread: &ThreadSeen| std::cmp::Reverse(thread.doings(screen.span).holds_gil);
    let name = |thread: &ThreadSeen| thread.name.clone();
    match screen.sort {
        Sort::Own => rows.sort_by_key(|thread| (busy(thread), gil(thread))),
        Sort::Total => rows.sort_by_key(|thread| (gil(thread), busy(thread))),
        Sort::Name => rows.sort_by_key(|thread| name(thread)),
    }
    rows
}

impl ThreadSeen {
    /// What it did in a span.
    pub(super) fn doings(&self, span: Span) -> &Doings {
        match span {
            Span::Window => &self.recent,
            Span::Ever => &self.ever,
        }
    }
}

/// What rows have in them, whatever the case.
struct Filter(String);

impl Filter {
    fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    fn passes(&self, text: &str) -> bool {
        self.0.is_empty() || text.to_lowercase().contains(&self.0)
    }

    fn passes_code(&self, code: &Code) -> bool {
        self.passes(code.name.data()) || self.passes(code.file.data())
    }

    fn passes_thread(&self, thread: &ThreadSeen) -> bool {
        self.passes(&format!("{} {}", thread.pid, thread.tid))
            || thread.name.as_ref().is_some_and(|name| self.passes(name.data()))
            || thread.leaf.as_ref().is_some_and(|leaf| self.passes_code(&leaf.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Untrusted;

    fn code(name: &str, file: &str) -> Arc<Code> {
        Arc::new(Code { name: Untrusted::new(name), file: Untrusted::new(file), first_line: 1 })
    }

    fn seen(code: &Arc<Code>, line: u32, columns: (u32, u32), heat: (u64, u64)) -> PlaceSeen {
        let place = Place { columns: Some(columns), ..Place::line(line) };
        let (recent, ever) = (Heat { own: heat.0, total: heat.1 }, Heat { own: 50, total: 50 });
        PlaceSeen { code: Arc::clone(code), place, recent, ever }
    }

    /// `load` is hot in two expressions of a line and one of another, `main` only calls.
    fn picture() -> Picture {
        let (load, main, cold) =
            (code("load", "/srv/etl.py"), code("Main", "/srv/main.py"), code("cold", "x.py"));
        Picture {
            places: vec![
                seen(&main, 9, (4, 12), (0, 60)),
                seen(&load, 3, (4, 9), (20, 20)),
                seen(&load, 3, (11, 15), (10, 10)),
                seen(&load, 4, (0, 5), (25, 30)),
                seen(&cold, 1, (0, 1), (0, 0)),
            ],
            ..Picture::default()
        }
    }

    fn shown(screen: &Screen) -> Vec<(String, Option<u32>, u64, u64)> {
        let row = |row: PlaceRow| {
            (row.code.name.terminal(), row.place.map(|p| p.line), row.heat.own, row.heat.total)
        };
        places(&picture(), screen).into_iter().map(row).collect()
    }

    fn row(name: &str, line: u32, own: u64, total: u64) -> (String, Option<u32>, u64, u64) {
        (name.to_owned(), Some(line), own, total)
    }

    #[test]
    fn expressions_add_up_to_lines_and_lines_to_functions() {
        let expressions = shown(&Screen::default());
        let expected = [
            row("load", 4, 25, 30),
            row("load", 3, 20, 20),
            row("load", 3, 10, 10),
            row("Main", 9, 0, 60),
        ];
        assert_eq!(expressions, expected);
        let lines = shown(&Screen { rows: Rows::Lines, ..Screen::default() });
        assert_eq!(lines, [row("load", 3, 30, 30), row("load", 4, 25, 30), row("Main", 9, 0, 60)]);
        let functions = shown(&Screen { rows: Rows::Functions, ..Screen::default() });
        let expected = [("load".to_owned(), None, 55, 60), ("Main".to_owned(), None, 0, 60)];
        assert_eq!(functions, expected);
    }

    #[test]
    fn rows_are_sorted_and_filtered() {
        let functions = Screen { rows: Rows::Functions, ..Screen::default() };
        let names = |screen: &Screen| -> Vec<String> {
            shown(screen).into_iter().map(|(name, ..)| name).collect()
        };
        let by_total = Screen { sort: Sort::Total, ..functions.clone() };
        assert_eq!(names(&by_total), ["load", "Main"], "of two as hot the one that works itself");
        let by_name = Screen { sort: Sort::Name, ..functions.clone() };
        assert_eq!(names(&by_name), ["Main", "load"]);
        let ever = Screen { span: Span::Ever, ..functions.clone() };
        assert_eq!(names(&ever), ["load", "Main", "cold"]);
        for (filter, expected) in [("LO", vec!["load"]), ("main.PY", vec!["Main"]), ("zzz", vec![])]
        {
            assert_eq!(names(&Screen { filter: filter.into(), ..functions.clone() }), expected);
        }
    }

    #[test]
    fn threads_that_ended_are_shown_since_the_start_alone() {
        let thread = |tid, busy, holds_gil, is_recent| ThreadSeen {
            pid: 1,
            tid,
            name: Some(Untrusted::new(format!("worker-{}", 9 - tid))),
            state: crate::sample::State::default(),
            leaf: None,
            is_recent,
            has_ended: !is_recent,
            recent: Doings { samples: 10, busy, holds_gil, ..Doings::default() },
            ever: Doings { samples: 10, busy, holds_gil, ..Doings::default() },
        };
        let threads_ = vec![thread(1, 5, 1, true), thread(2, 4, 4, true), thread(3, 9, 9, false)];
        let picture = Picture { threads: threads_, ..Picture::default() };
        let shown = |screen: &Screen| -> Vec<u32> {
            threads(&picture, screen).iter().map(|thread| thread.tid).collect()
        };
        assert_eq!(shown(&Screen::default()), [1, 2]);
        assert_eq!(shown(&Screen { sort: Sort::Total, ..Screen::default() }), [2, 1]);
        assert_eq!(shown(&Screen { sort: Sort::Name, ..Screen::default() }), [2, 1]);
        assert_eq!(shown(&Screen { span: Span::Ever, ..Screen::default() }), [3, 1, 2]);
        assert_eq!(shown(&Screen { filter: "WORKER-8".into(), ..Screen::default() }), [1]);
    }
}
