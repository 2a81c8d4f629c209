//! A pseudo-terminal with somebody before it: what is on its screen, and how it was left.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::OpenptFlags;
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

use crate::running::LIMIT;

/// A terminal of a given size. What is written to it is read all the time.
pub(crate) struct PseudoTerminal {
    /// The end that is the keyboard and the screen.
    master: OwnedFd,
    /// The end that programs are on.
    slave: OwnedFd,
    shown: Arc<Mutex<Shown>>,
}

impl PseudoTerminal {
    pub(crate) fn new(columns: u16, rows: u16) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = rustix::pty::openpt(flags).expect("a pseudo-terminal");
        rustix::pty::grantpt(&master).expect("it is ours");
        rustix::pty::unlockpt(&master).expect("it is ours");
        let name = rustix::pty::ptsname(&master, Vec::new()).expect("its name");
        let slave = std::fs::File::options()
            .read(true)
            .write(true)
            .open(Path::new(name.to_str().expect("text")))
            .expect("its other end")
            .into();
        let shown = Arc::new(Mutex::new(Shown::default()));
        let (mut output, screen) =
            (std::fs::File::from(master.try_clone().expect("a copy")), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                screen.lock().expect("whole").take(&bytes[..length]);
            }
        });
        let terminal = Self { master, slave, shown };
        terminal.resize(columns, rows);
        terminal
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.master, size).expect("a size");
    }

    /// Makes it the terminal of a command, which leads a session on it. Signals are as in a terminal:
    /// tests that run in the background ignore some, and so would the command.
    pub(crate) fn hold(&self, program: &str, command: impl Fn(&str) -> Command) -> Command {
        let end = || std::fs::File::from(self.slave.try_clone().expect("a copy"));
        let mut command = command("env");
        command
            .args(["--default-signal", "setsid", "--ctty", "--wait", program])
            .stdin(end())
            .stdout(end())
            .stderr(end());
        command.env("TERM", "xterm");
        command
    }

    pub(crate) fn press(&self, keys: &str) {
        rustix::io::write(&self.master, keys.as_bytes()).expect("somebody reads");
    }

    /// How lines are edited and signals made, in words.
    pub(crate) fn modes(&self) -> String {
        format!("{:?}", tcgetattr(&self.slave).expect("a terminal"))
    }

    /// What is on the screen, as lines.
    pub(crate) fn text(&self) -> String {
        self.shown.lock().expect("whole").text()
    }

    /// Whether what is seen is the other screen, the cursor hidden.
    pub(crate) fn is_taken(&self) -> (bool, bool) {
        let shown = self.shown.lock().expect("whole");
        (shown.is_other, shown.is_cursor_hidden)
    }

    /// Waits until what is on the screen is as wanted.
    #[track_caller]
    pub(crate) fn await_text(&self, wanted: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !wanted(&self.text()) {
            assert!(start.elapsed() < LIMIT, "it is never shown:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A screen, as far as it takes to see what `top` draws.
#[derive(Default)]
struct Shown {
    cells: std::collections::BTreeMap<(u16, u16), char>,
    cursor: (u16, u16),
    is_other: bool,
    is_cursor_hidden: bool,
    pending: Vec<u8>,
}

impl Shown {
    fn take(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut rest = &pending[..];
        while let Some(&first) = rest.first() {
            let taken = match first {
                0x1b => self.sequence(rest),
                _ => self.character(rest),
            };
            let Some(length) = taken else { break };
            rest = &rest[length..];
        }
        self.pending = rest.to_vec();
    }

    fn sequence(&mut self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.iter().skip(2).position(|byte| (0x40..=0x7e).contains(byte))? + 2;
        let body = std::str::from_utf8(&bytes[2..=end]).expect("ASCII");
        match body {
            "?1049h" | "?1049l" => {
                self.is_other = body.ends_with('h');
                self.cells.clear();
            }
            "?25l" | "?25h" => self.is_cursor_hidden = body.ends_with('l'),
            "2J" => self.cells.clear(),
            _ if body.ends_with('H') => {
                let (row, column) = body.trim_end_matches('H').split_once(';').expect("a place");
                self.cursor = (row.parse().expect("a row"), column.parse().expect("a column"));
            }
            _ => assert!(body.ends_with('m'), "unknown: {body:?}"),
        }
        Some(end + 1)
    }

    fn character(&mut self, bytes: &[u8]) -> Option<usize> {
        let length = match bytes[0] {
            0..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        let text = std::str::from_utf8(bytes.get(..length)?).expect("UTF-8");
        match text {
            "\r" => self.cursor.1 = 1,
            "\n" => self.cursor.0 += 1,
            _ => {
                self.cells.insert(self.cursor, text.chars().next().expect("one"));
                self.cursor.1 += 1;
            }
        }
        Some(length)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let (mut row, mut column) = (1, 1);
        for (&(y, x), &c) in &self.cells {
            while row < y {
                text.push('\n');
                (row, column) = (row + 1, 1);
            }
            text.extend(std::iter::repeat_n(' ', x.saturating_sub(column).into()));
            text.push(c);
            column = x + 1;
        }
        text
    }
}
