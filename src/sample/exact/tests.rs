//! Holding programs that are no Python.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::super::attach::AttachError;
use super::super::tasks::Tasks;
use super::hold::Hold;
use super::sleepers::Sleepers;
use super::{await_freedom, check};

/// A shell that runs `script`, killed when dropped.
struct Program(Child);

impl Program {
    fn start(script: &str) -> Self {
        Self(Command::new("sh").args(["-c", script]).spawn().expect("a shell"))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn hold(&self) -> Hold {
        let mut tasks = Tasks::new(self.pid());
        Hold::on(&mut Sleepers::default(), &mut tasks).expect("it can be held")
    }

    /// Waits until the program is in one of these states; it may have to wait for a processor.
    fn becomes(&self, letters: &[u8]) -> bool {
        let start = Instant::now();
        let is_so = || {
            let letter = Tasks::new(self.pid()).letter(self.pid());
            letter.is_some_and(|letter| letters.contains(&letter))
        };
        while !is_so() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(1));
        }
        is_so()
    }

    /// Processor time so far, in clock ticks.
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("stat");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
        fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime")
    }

    fn uses_a_processor(&self) -> bool {
        let (before, start) = (self.ticks(), Instant::now());
        while self.ticks() == before && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.ticks() > before
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it is ours to wait for");
    }
}

const BUSY: &str = "while :; do :; done";

#[test]
fn what_is_held_does_not_run_and_goes_on_when_it_is_released() {
    let program = Program::start(BUSY);
    assert!(program.uses_a_processor());
    let hold = program.hold();
    assert_eq!(hold.letters().collect::<Vec<_>>(), [(program.pid(), b'R')], "as it was before");
    assert!(program.becomes(b"t"));
    let ticks = program.ticks();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(program.ticks(), ticks);
    let released = hold.release();
    assert!(released.after >= Duration::from_millis(50), "{released:?}");
    await_freedom(&Tasks::new(program.pid()), &[program.pid()]);
    assert!(program.uses_a_processor());
}

#[test]
fn the_end_of_the_thread_that_holds_frees() {
    let program = Program::start(BUSY);
    assert!(program.uses_a_processor());
    for _ in 0..20 {
        std::thread::scope(|scope| {
            scope.spawn(|| std::mem::forget(program.hold()));
        });
        await_freedom(&Tasks::new(program.pid()), &[program.pid()]);
        assert!(program.becomes(b"R"));
    }
    assert!(program.uses_a_processor());
}

#[test]
fn a_program_that_sleeps_is_not_touched() {
    let program = Program::start("exec sleep 100");
    assert!(program.becomes(b"S"));
    std::thread::sleep(Duration::from_millis(100));
    let hold = program.hold();
    assert_eq!(hold.letters().count(), 0);
    assert_eq!(hold.release().after, Duration::ZERO);
}

#[test]
fn an_end_while_it_is_held_is_left_for_the_parent() {
    let mut program = Program::start(BUSY);
    assert!(program.uses_a_processor());
    let hold = program.hold();
    program.0.kill().expect("it can be killed");
    assert!(program.becomes(b"Z"));
    drop(hold);
    let status = program.0.wait().expect("it is still there to be waited for");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGKILL));
}

#[test]
fn what_cannot_be_held_is_told_beforehand() {
    let program = Program::start(BUSY);
    assert!(check(program.pid()).is_ok());
    assert!(program.uses_a_processor(), "the trial does not stop it");
    let own = std::process::id();
    assert!(matches!(check(own), Err(AttachError::CannotStop { pid }) if pid == own));
    let program = Program::start("exit");
    assert!(program.becomes(b"Z"));
    assert!(matches!(check(program.pid()), Err(AttachError::Gone { .. })));
}
