//! `unslow top` on a pseudo-terminal: it draws, obeys, and leaves the terminal as it was.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::running::{LIMIT, Running};
use crate::screen::PseudoTerminal;
use crate::support::newest_with_columns;
use crate::transcript::Stage;

/// A program to look at, and `top` looking at it on a terminal.
struct Scene {
    /// The folder of the program, whose source is shown.
    _stage: Stage,
    terminal: PseudoTerminal,
    modes: String,
    target: Running,
    top: Running,
}

impl Scene {
    /// `None`, which is printed, without a CPython.
    fn begin(columns: u16, rows: u16) -> Option<Self> {
        let stage = Stage::new(Some(&newest_with_columns()?));
        let mut target = stage.command("python");
        target.args(["busy.py", "600"]).stdin(Stdio::null()).stdout(Stdio::null());
        let target = Running(target.spawn().expect("a program"));
        let terminal = PseudoTerminal::new(columns, rows);
        let modes = terminal.modes();
        let mut top = terminal.hold("unslow", |program| stage.command(program));
        top.args(["top", &target.0.id().to_string()]);
        let top = Running(top.spawn().expect("setsid (util-linux) starts unslow"));
        terminal.await_text(|text| text.contains("busy.py:"));
        Some(Self { _stage: stage, terminal, modes, target, top })
    }

    /// Waits until the terminal is as it was found.
    #[track_caller]
    fn await_found(&self) {
        let start = Instant::now();
        while self.terminal.is_taken() != (false, false) || self.terminal.modes() != self.modes {
            let modes = self.terminal.modes();
            assert!(start.elapsed() < LIMIT, "found {}, left {modes}", self.modes);
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn it_draws_obeys_keys_and_leaves_the_terminal_as_it_was() {
    let Some(mut scene) = Scene::begin(80, 24) else { return };
    let terminal = &scene.terminal;
    assert_eq!(terminal.is_taken(), (true, true));
    assert_ne!(terminal.modes(), scene.modes);
    terminal.await_text(|text| text.contains("expression") && text.contains("self▾"));
    terminal.await_text(|text| text.contains("search (busy.py:13)  -1 in known"));
    terminal.press("ft");
    terminal.await_text(|text| text.contains("function  last 5 s") && text.contains("total▾"));
    terminal.press("w\x1b[C");
    terminal.await_text(|text| text.contains("function▾ since the start"));
    terminal.press("/no such name");
    terminal.await_text(|text| text.contains("nothing has that in its name"));
    terminal.press("\x1b");
    terminal.await_text(|text| text.contains("busy.py"));
    terminal.press("h");
    terminal.await_text(|text| text.contains("holds the GIL"));
    terminal.press("?");
    terminal.await_text(|text| text.contains("draw afresh"));
    terminal.press("ee ");
    terminal.await_text(|text| text.contains("paused at"));
    scene.terminal.press("q");
    assert_eq!(scene.top.code(), Some(0));
    scene.await_found();
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let Some(mut scene) = Scene::begin(80, 24) else { return };
    scene.terminal.resize(40, 10);
    let fits = |text: &str, columns: usize, rows: usize| {
        text.lines().count() == rows && text.lines().all(|line| line.chars().count() <= columns)
    };
    scene.terminal.await_text(|text| fits(text, 40, 10) && text.contains("q quit"));
    scene.terminal.resize(120, 30);
    scene.terminal.await_text(|text| fits(text, 120, 30) && text.contains("space pause"));
    scene.terminal.press("q");
    assert_eq!(scene.top.code(), Some(0));
}

#[test]
fn signals_and_ctrl_c_end_it_and_the_terminal_is_as_it_was() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let Some(mut scene) = Scene::begin(80, 24) else { return };
        scene.top.signal(signal);
        assert_eq!(scene.top.code(), Some(0), "{signal:?}");
        scene.await_found();
    }
    let Some(mut scene) = Scene::begin(80, 24) else { return };
    scene.terminal.press("\x03");
    assert_eq!(scene.top.code(), Some(0));
    scene.await_found();
}

#[test]
fn an_abort_ends_it_by_that_signal_and_the_terminal_is_as_it_was() {
    let Some(mut scene) = Scene::begin(80, 24) else { return };
    scene.top.signal(Signal::ABORT);
    assert_ne!(scene.top.code(), Some(0));
    scene.await_found();
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_it_goes_on() {
    let Some(mut scene) = Scene::begin(80, 24) else { return };
    for _ in 0..2 {
        scene.terminal.press("\x1a");
        scene.top.await_state('T');
        scene.await_found();
        scene.top.signal(Signal::CONT);
        scene.terminal.await_text(|text| text.contains("busy.py:") && text.contains("q quit"));
        assert_eq!(scene.terminal.is_taken(), (true, true));
    }
    scene.top.signal(Signal::STOP);
    scene.top.await_state('T');
    scene.top.signal(Signal::CONT);
    scene.terminal.press("q");
    assert_eq!(scene.top.code(), Some(0));
    scene.await_found();
}

#[test]
fn a_program_that_is_stopped_is_shown_as_stopped_until_it_goes_on() {
    let Some(scene) = Scene::begin(80, 24) else { return };
    scene.target.signal(Signal::STOP);
    scene.terminal.await_text(|text| text.contains("stopped by a signal or a debugger"));
    scene.target.signal(Signal::CONT);
    scene.terminal.await_text(|text| text.contains("busy ") && !text.contains("stopped"));
}

#[test]
fn the_last_picture_of_a_program_that_has_ended_stays() {
    let Some(mut scene) = Scene::begin(80, 24) else { return };
    scene.target.signal(Signal::KILL);
    scene.terminal.await_text(|text| text.contains("ended after") && text.contains("busy.py:"));
    scene.terminal.press("f");
    scene.terminal.await_text(|text| text.contains("function") && text.contains("busy.py:"));
    std::thread::sleep(Duration::from_millis(500));
    assert!(scene.top.0.try_wait().expect("a status").is_none(), "it waits for q");
    scene.terminal.press("q");
    assert_eq!(scene.top.code(), Some(0));
    scene.await_found();
}

#[test]
fn a_process_without_python_is_told_of_on_the_first_screen() {
    let sleep = Running(Command::new("sleep").arg("60").spawn().expect("sleep"));
    let terminal = PseudoTerminal::new(80, 24);
    let modes = terminal.modes();
    let stage = Stage::new(None);
    let mut top = terminal.hold("unslow", |program| stage.command(program));
    let top = top.args(["top", "-p", &sleep.0.id().to_string()]).spawn();
    let mut top = Running(top.expect("setsid (util-linux) starts unslow"));
    assert_eq!(top.code(), Some(2));
    terminal.await_text(|text| text.contains("error:"));
    assert_eq!((terminal.is_taken(), terminal.modes()), ((false, false), modes));
}

#[test]
fn what_it_cannot_do_without_is_said_on_a_terminal() {
    const INSTEAD: &str =
        "help: for a few seconds of the process as text: unslow attach 4194305 -d 5s";
    let stage = Stage::new(None);
    for (line, error, help) in [
        (
            "unslow top 4194305",
            "error: there is no process 4194305",
            "help: list Python processes with: pgrep -a python",
        ),
        (
            "unslow top 4194305 < /dev/null",
            "error: top needs a terminal, and standard input is none",
            INSTEAD,
        ),
        (
            "TERM=dumb unslow top 4194305",
            "error: top needs a terminal, and TERM=dumb can only print lines",
            INSTEAD,
        ),
    ] {
        let terminal = PseudoTerminal::new(100, 24);
        let modes = terminal.modes();
        let mut shell = terminal.hold("sh", |program| stage.command(program));
        let shell = shell.args(["-c", line]).spawn();
        let mut shell = Running(shell.expect("setsid (util-linux) starts a shell"));
        assert_eq!(shell.code(), Some(2), "{line}");
        terminal.await_text(|text| text.contains(error) && text.contains(help));
        assert_eq!((terminal.is_taken(), terminal.modes()), ((false, false), modes), "{line}");
    }
}
