use std::sync::Arc;
use std::time::Duration;

use advisors::Python;
use ratatui_core::backend::TestBackend;
use ratatui_core::terminal::Terminal;
use snapbox::Data;

use super::*;
use crate::cli::recording::Unsampled;
use crate::cli::top::keys::Key;
use crate::cli::top::model::{Standing, Whole};
use crate::cli::top::places::{Heat, PlaceSeen};
use crate::cli::top::threads::Doings;
use crate::sample::Frame;
use crate::text::is_treacherous;

fn code(name: &str, file: &str, first_line: u32) -> Arc<Code> {
    Arc::new(Code { name: Untrusted::new(name), file: Untrusted::new(file), first_line })
}

fn expression(line: u32, start: u32, end: u32) -> Place {
    Place { columns: Some((start, end)), ..Place::line(line) }
}

fn seen(code: &Arc<Code>, place: Place, own: u64, total: u64) -> PlaceSeen {
    let (recent, ever) = (Heat { own, total }, Heat { own: own * 9, total: total * 10 });
    PlaceSeen { code: Arc::clone(code), place, recent, ever }
}

fn whole(sweeps: u64, busy: u64) -> Whole {
    let holds_gil = busy - busy / 50;
    let waits = Doings { waits_for_gil: sweeps / 9, collects: sweeps / 30, ..Doings::default() };
    let doings = Doings { samples: 2 * sweeps, busy, holds_gil, ..waits };
    Whole { sweeps, missed: 3, torn: 1, unreadable: 0, too_deep: 0, doings }
}

/// An ETL program as the README has it, with a thread that waits.
fn picture() -> Picture {
    let orders = code("read_orders", "/srv/app/etl.py", 88);
    let main = code("<module>", "/srv/app/etl.py", 1);
    let point = code("cheapest_point", "/srv/app/points.py", 104);
    let decode = code("JSONDecoder.decode", "/usr/lib/python3.13/json/decoder.py", 344);
    let target = Target {
        pid: 4242,
        command: ["python3", "etl.py", "orders.csv"].map(Untrusted::new).to_vec(),
        directory: Some(Untrusted::new("/srv/app")),
        assumed_directory: None,
        place_in_repository: None,
        python: Some(Python::new(3, 13)),
    };
    let thread = |tid, name: &str, busy, holds_gil| ThreadSeen {
        pid: 4242,
        tid,
        name: Some(Untrusted::new(name)),
        state: State { on_cpu: busy > 0, ..State::default() },
        leaf: Some(Frame { code: Arc::clone(&orders), place: expression(94, 11, 27) }),
        is_recent: true,
        has_ended: false,
        recent: Doings { samples: 480, busy, holds_gil, waits_for_gil: 53, collects: 0 },
        ever: Doings {
            samples: 4_800,
            busy: busy * 10,
            holds_gil: holds_gil * 10,
            ..Doings::default()
        },
    };
    Picture {
        elapsed: Duration::from_secs(83),
        window: Duration::from_millis(4_800),
        standing: Standing {
            target,
            rate_hz: 100.0,
            sampled: 1,
            processes: 2,
            ..Standing::default()
        },
        recent: whole(480, 470),
        ever: whole(8_300, 8_000),
        places: vec![
            seen(&orders, expression(94, 11, 27), 290, 290),
            seen(&orders, expression(93, 4, 60), 24, 24),
            seen(&point, expression(109, 13, 49), 121, 121),
            seen(&decode, expression(345, 19, 60), 3, 3),
            seen(&main, expression(150, 0, 31), 0, 438),
        ],
        forgotten: 0,
        threads: vec![thread(4242, "MainThread", 470, 460), thread(4250, "loader", 0, 0)],
    }
}

/// What the source has to say, as far as it can be opened.
fn source(code: &Code, place: Place) -> Option<Untrusted> {
    let text = match (code.name.data(), place.line, place.columns) {
        ("read_orders", 94, Some(_)) => "order_id in seen",
        ("read_orders", 94, None) => "if order_id in seen:",
        ("cheapest_point", ..) => "abs(x - order.x) + abs(y - order.y)",
        ("<module>", ..) => "print(*report(sys.argv[1:]))",
        _ => return None,
    };
    Some(Untrusted::new(text))
}

struct Stage {
    picture: Picture,
    screen: Screen,
    phase: Phase,
    color: bool,
}

impl Stage {
    fn new() -> Self {
        let screen = Screen::default();
        Self { picture: picture(), screen, phase: Phase::Live, color: false }
    }

    fn after(keys: &[Key]) -> Self {
        let mut stage = Self::new();
        for &key in keys {
            stage.screen.press(key, 19, 25);
        }
        stage
    }

    fn draw(&self, width: u16, height: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test screen");
        let Self { picture, screen, phase, color } = self;
        let scene = Scene { picture, screen, phase: *phase, color: *color };
        terminal
            .draw(|frame| {
                draw(frame.buffer_mut(), &scene, &mut source);
            })
            .expect("a test screen takes all");
        terminal.backend().buffer().clone()
    }

    fn text(&self, width: u16, height: u16) -> String {
        let buffer = self.draw(width, height);
        let rows = buffer.content().chunks(width.into());
        let row = |cells: &[ratatui_core::buffer::Cell]| {
            let line: String = cells.iter().map(|cell| cell.symbol()).collect();
            line.trim_end().to_owned() + "\n"
        };
        rows.map(row).collect()
    }
}

/// Compares with `src/cli/top/golden/NAME.txt`; `SNAPSHOTS=overwrite` writes it.
#[track_caller]
fn is_golden(name: &str, text: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/top/golden");
    let expected = Data::read_from(&folder.join(format!("{name}.txt")), None);
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(Data::text(text.to_owned()), expected);
}

fn typed(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}

#[test]
fn the_picture_is_as_it_was_drawn_before() {
    let screens: [(&str, Stage, (u16, u16)); 8] = [
        ("expressions", Stage::new(), (80, 24)),
        ("functions-by-name", Stage::after(&typed("fn")), (80, 24)),
        ("lines-since-start", Stage::after(&typed("lwt")), (80, 14)),
        ("threads", Stage::after(&typed("h")), (80, 12)),
        ("filter", Stage::after(&typed("/orders")), (60, 12)),
        ("help", Stage::after(&typed("?")), (80, 24)),
        ("small", Stage::new(), (40, 10)),
        ("small-help", Stage::after(&typed("?")), (40, 10)),
    ];
    for (name, stage, (width, height)) in screens {
        is_golden(name, &stage.text(width, height));
    }
}

#[test]
fn what_has_ended_or_not_begun_is_said() {
    let mut ended = Stage::new();
    ended.phase = Phase::Ended;
    assert!(ended.text(80, 24).contains("ended after 1:23, q quits"));
    ended.screen.rows = Rows::Threads;
    assert!(ended.text(80, 24).contains("MainThread 4242  ended"));
    let mut waiting = Stage::new();
    waiting.phase = Phase::Waiting;
    let target = waiting.picture.standing.target.clone();
    waiting.picture = Picture::default();
    waiting.picture.standing.target = target;
    assert!(waiting.text(80, 24).contains("waiting for Python in process 4242"));
    let paused = Stage::after(&[Key::Char(' ')]);
    assert!(paused.text(80, 24).contains("paused at 1:23"));
    let filtered = Stage::after(&typed("/zzz"));
    assert!(filtered.text(80, 24).contains("Esc clears"));
}

#[test]
fn a_program_that_is_stopped_is_not_shown_as_if_it_ran() {
    let mut stage = Stage::after(&typed("h"));
    stage.picture.standing.halted.insert(4242);
    let text = stage.text(100, 24);
    assert!(text.contains("stopped, 1:23") && text.contains("stopped by a signal"), "{text}");
    assert!(text.contains("MainThread 4242  stopped") && !text.contains("busy 9"), "{text}");
    stage.picture.standing.sampled = 2;
    let text = stage.text(100, 24);
    assert!(text.contains("  1 stopped") && text.contains("busy 98 %"), "{text}");
    stage.picture.threads[0].has_ended = true;
    let text = stage.text(100, 24);
    assert!(text.contains("most by MainThread 4242, which has ended"), "{text}");
    assert!(text.contains("MainThread 4242  ended"), "{text}");
}

#[test]
fn processes_that_were_not_sampled_are_told_of() {
    let mut stage = Stage::new();
    stage.picture.standing.unsampled =
        Unsampled { too_short: 1_200, unread: 1, ..Unsampled::default() };
    let text = stage.text(120, 24);
    assert!(text.contains("1,200 too short to sample  1 could not be read"), "{text}");
}

#[test]
fn names_cannot_reach_the_terminal_raw_whatever_they_hold() {
    let hostile = "\x1b]0;pwned\x07\r\n\u{202e}\u{9b}31m\u{200b}日本\u{7f}".repeat(3);
    let mut stage = Stage::new();
    let evil = code(&hostile, &format!("/srv/app/{hostile}"), 1);
    stage.picture.places.push(seen(&evil, expression(1, 0, 5), 300, 300));
    stage.picture.threads[0].name = Some(Untrusted::new(hostile.as_str()));
    stage.picture.threads[0].leaf = Some(Frame { code: evil, place: Place::line(1) });
    stage.picture.standing.target.command = vec![Untrusted::new(hostile.as_str())];
    for rows in [Rows::Functions, Rows::Lines, Rows::Expressions, Rows::Threads] {
        stage.screen.rows = rows;
        for (width, height) in [(300, 24), (80, 24), (40, 10)] {
            let text = stage.text(width, height);
            assert!(text.contains(r"\u{1b}]0;"), "{rows:?}: {text}");
            assert!(!text.chars().any(|c| c != '\n' && is_treacherous(c)), "{text:?}");
        }
    }
    // A filter is typed by the user, who may have pasted it.
    stage.screen.filter = hostile;
    assert!(!stage.text(300, 24).chars().any(|c| c != '\n' && is_treacherous(c)));
}

#[test]
fn no_size_is_too_small_and_no_line_is_too_long() {
    for stage in [Stage::new(), Stage::after(&typed("?")), Stage::after(&typed("h"))] {
        for width in (0..=12).chain([39, 40, 41, 79, 80, 81, 500]) {
            for height in (0..=12).chain([24, 200]) {
                let buffer = stage.draw(width, height);
                assert_eq!(buffer.area().as_size(), (width, height).into());
            }
        }
    }
}

#[test]
fn only_who_wants_colours_gets_them() {
    let colors = |color| {
        let mut stage = Stage::new();
        stage.color = color;
        stage.draw(80, 24).content().iter().filter(|cell| cell.fg != Color::Reset).count()
    };
    assert_eq!(colors(false), 0);
    assert!(colors(true) > 80);
}

#[test]
fn an_instruction_without_an_expression_is_of_its_line() {
    let mut stage = Stage::new();
    let code = code("resume", "/srv/app/etl.py", 7);
    stage.picture.places = vec![seen(&code, expression(7, 0, 0), 9, 9)];
    assert!(stage.text(80, 24).contains("resume (etl.py:7)\n"));
}

#[test]
fn scrolling_shows_later_rows() {
    let mut stage = Stage::new();
    stage.screen.first = 2;
    let text = stage.text(80, 7);
    assert!(!text.contains("order_id in seen") && text.contains("etl.py:93"), "{text}");
    stage.screen.first = 1_000;
    assert!(stage.text(80, 7).contains("JSONDecoder"), "the end is the last that is shown");
}

#[test]
fn clipped_text_fits() {
    assert_eq!(
        [clipped("abc", 3), clipped("abcd", 3), clipped("日本語", 4)],
        ["abc", "ab…", "日…"]
    );
    assert_eq!([clipped("abc", 0), clipped("abc", 1)], ["", "…"]);
    assert_eq!(clock(Duration::from_secs(3_723)), "1:02:03");
}
