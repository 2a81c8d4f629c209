//! What a look costs.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use advisors::Place;

use super::process::{Process, Standing, pythons};
use crate::limits;
use crate::sample::Operand;
use crate::sample::operands::OperandReader;
use crate::sample::schedule::{Rank, Schedule};

/// System calls of a look at a frame whose code and types were met before; one of them is for arrays
/// and ranges alone.
const CALLS: u64 = 14;
/// System calls of a look for one line, with attributes of attributes.
const LINE_CALLS: u64 = 17;
/// Those for each item that is named there, be it behind others with a like hash.
const ITEM_CALLS: u64 = 8;
/// And those for the module of its container's type, where a subclass of dict may be anybody's.
const MODULE_CALLS: u64 = 6;
/// System calls of the first look, at most of whose types nobody has looked before.
const FIRST_CALLS: u64 = 48;

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// System calls and processor time of one look, over many.
fn measured(memory: &Process, mut look: impl FnMut()) -> (u64, Duration) {
    const LOOKS: u32 = 100;
    memory.calls.set(0);
    let start = processor_time();
    for _ in 0..LOOKS {
        look();
    }
    let cpu = (processor_time() - start) / LOOKS;
    (memory.calls.replace(0) / u64::from(LOOKS), cpu)
}

#[test]
fn a_look_takes_few_system_calls() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "frames.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        while let Some(at) = standing.next() {
            let mut look = || reader.look(&memory, at.frame, at.code_address, &at.code).len();
            let operands = look();
            let first = memory.calls.get();
            let (calls, cpu) = measured(&memory, || {
                look();
            });
            let scenario = &at.scenario;
            println!("{python} {scenario:20} {operands:3} operands, {calls:2} calls, {cpu:?}");
            assert!(calls <= CALLS, "{calls} calls at {scenario} on {python}");
            assert!(first <= FIRST_CALLS, "{first} calls at {scenario} on {python}");
            standing.go_on();
        }
    }
}

/// What a look for a line saves, of the whole frame; it never takes more than [`LINE_CALLS`].
#[test]
fn a_look_for_a_line_is_cheaper_than_one_for_the_frame() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "lines.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let (mut whole, mut line) = (Duration::ZERO, Duration::ZERO);
        while let Some(at) = standing.next() {
            let place = Place::line(at.line.expect("a line"));
            let frame = measured(&memory, || {
                reader.look(&memory, at.frame, at.code_address, &at.code);
            });
            let mut found = Vec::new();
            let lines = measured(&memory, || {
                let look = reader.look_at(&memory, at.frame, at.code_address, &at.code, place);
                found = look.operands;
            });
            let is_item = |it: &&Operand| it.expression.data().ends_with(']');
            let items = found.iter().filter(is_item).count() as u64;
            let scenario = &at.scenario;
            // Hashes are random: what is not there is sought behind any of what is.
            let sought = match &scenario[..] {
                "item that is not there" => limits::KEY_PROBES as u64,
                "item of a subclass" => (ITEM_CALLS + MODULE_CALLS) * items,
                _ => ITEM_CALLS * items,
            };
            println!("{python} {scenario:20} {frame:?} for the frame, {lines:?} for the line");
            assert!(lines.0 <= LINE_CALLS + sought, "{} calls at {scenario} on {python}", lines.0);
            (whole, line) = (whole + frame.1, line + lines.1);
            standing.go_on();
        }
        println!("{python}: {whole:?} for the frames, {line:?} for the lines");
        assert!(line < whole, "{line:?} of {whole:?} on {python}");
    }
}

/// Seconds of a recording at a high rate, in which far more places are met than there is time to
/// look at: the looks' own processor time stays within what is allowed, and all of it is used.
#[test]
fn looks_at_a_running_process_keep_to_their_budget() {
    const SECONDS: u32 = 2;
    const RATE: u32 = 1_000;
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "moving.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut schedule = Schedule::new();
        let at = standing.next().expect("a frame");
        let (mut spent, mut longest, mut looks) = (Duration::ZERO, Duration::ZERO, 0);
        for sweep in 0..SECONDS * RATE {
            schedule.now(Duration::from_secs(1) / RATE * sweep);
            if schedule.due(&at.code, Place::line(sweep % 100), Rank::Innermost).is_some() {
                let start = processor_time();
                reader.look(&memory, at.frame, at.code_address, &at.code);
                let cpu = processor_time() - start;
                schedule.spent(cpu);
                (spent, longest, looks) = (spent + cpu, longest.max(cpu), looks + 1);
            }
        }
        println!("{python}: {looks} looks, {spent:?} in {SECONDS} s of recording");
        // The last look may overdraw the budget.
        let allowed = limits::LOOKS_CPU * (limits::LOOKS_AHEAD + SECONDS);
        assert!(spent <= allowed + longest, "{spent:?} of {allowed:?} on {python}");
        assert!(spent >= allowed / 2, "{spent:?} of {allowed:?} on {python}");
    }
}
