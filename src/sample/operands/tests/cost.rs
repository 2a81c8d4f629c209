//! What a look costs.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::process::{Standing, pythons};
use crate::sample::operands::OperandReader;

/// System calls of a look at a frame whose code and types were met before.
const CALLS: u64 = 13;
/// System calls of the first look, at most of whose types nobody has looked before.
const FIRST_CALLS: u64 = 40;

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn a_look_takes_few_system_calls() {
    const LOOKS: u32 = 100;
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "frames.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        while let Some(at) = standing.next() {
            let mut look = || reader.look(&memory, at.frame, at.code_address, &at.code).len();
            let operands = look();
            let first = memory.calls.replace(0);
            let start = processor_time();
            for _ in 0..LOOKS {
                look();
            }
            let cpu = (processor_time() - start) / LOOKS;
            let calls = memory.calls.replace(0) / u64::from(LOOKS);
            let scenario = &at.scenario;
            println!("{python} {scenario:20} {operands:3} operands, {calls:2} calls, {cpu:?}");
            assert!(calls <= CALLS, "{calls} calls at {scenario} on {python}");
            assert!(first <= FIRST_CALLS, "{first} calls at {scenario} on {python}");
            standing.go_on();
        }
    }
}
