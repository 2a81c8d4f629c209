//! Processor time of a whole `unslow dump`, from its start to its end, on a process whose threads
//! are 40 calls deep.
//!
//! `cargo bench --bench dump`. The kernel accounts an ended child's time in clock ticks, so the
//! figure is that of many runs, divided.

use std::process::{Command, Stdio};

#[allow(dead_code)] // shared with the live tests, which use more of it
#[path = "../tests/live/support.rs"]
mod support;

use support::{Target, interpreters};

const RUNS: u32 = 100;

const SOURCE: &str = "
import sys, threading, time
def down(n, text='x' * 100, numbers=(1, 2, 3), table={'a': 1}):
    if n == 0: time.sleep(1000)
    down(n - 1)
for n in range(3):
    thread = threading.Thread(target=down, args=(40,))
    thread.daemon = True
    thread.start()
sys.stdout.write('ready\\n'); sys.stdout.flush()
down(40)
";

fn main() {
    println!("milliseconds of processor time for one dump of 4 threads, mean of {RUNS} runs\n");
    println!("CPython   stacks   with variables");
    for python in interpreters().iter().filter(|python| python.version.0 == 3) {
        let target = Target::start(python, SOURCE);
        let (major, minor) = python.version;
        let [stacks, variables] = [&[][..], &["-l"]].map(|options| dump(target.pid(), options));
        println!("{:>7}   {stacks:>6.1}   {variables:>14.1}", format!("{major}.{minor}"));
    }
}

fn dump(pid: u32, options: &[&str]) -> f64 {
    let before = childrens_milliseconds();
    for _ in 0..RUNS {
        let status = Command::new(env!("CARGO_BIN_EXE_unslow"))
            .args(["dump", &pid.to_string()])
            .args(options)
            .stdout(Stdio::null())
            .status()
            .expect("it runs");
        assert!(status.success());
    }
    (childrens_milliseconds() - before) / f64::from(RUNS)
}

/// `cutime` and `cstime` of proc_pid_stat(5), the fourteenth and fifteenth field after the name.
fn childrens_milliseconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("our own");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks: f64 = fields
        .split(' ')
        .skip(13)
        .take(2)
        .map(|field| field.parse::<f64>().expect("a number"))
        .sum();
    ticks * 1000.0 / rustix::param::clock_ticks_per_second() as f64
}
