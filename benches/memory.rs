//! Memory of a recorder over a simulated day: 8.64 million samples of a program that never stops
//! making code. `cargo bench --bench memory`.
//!
//! No process is sampled: sweeps are made up and fed to the recorder, which is what grows. One in
//! ten samples stands in code that was never seen before (a lambda, a template, a handler that was
//! loaded anew), 23,000 file names come and go, a thread lives for a minute, and stacks are 30
//! frames deep. Memory is glanced at after every sweep, as it is of a live process; `-- --no-glances`
//! for one of which that cannot be had.

use std::sync::Arc;

use advisors::Place;
use unslow::record::{Facts, Recorder};
use unslow::sample::{Code, Frame, Sample, State, Sweep};
use unslow::text::Untrusted;

const HOURS: u64 = 24;
const SWEEPS_AN_HOUR: u64 = 360_000;
const FILES: u64 = 23_000;
const DEPTH: u64 = 30;

/// What the project promises, in bytes.
const PROMISED: u64 = 200 << 20;

fn main() {
    let mut day = Day::new();
    let mut recorder = Recorder::default();
    println!("hour  samples     RSS in MiB");
    let glances = !std::env::args().any(|word| word == "--no-glances");
    let mut most = 0;
    for hour in 1..=HOURS {
        for _ in 0..SWEEPS_AN_HOUR {
            let seconds = day.sweeps as f64 / 100.0;
            recorder.add(4242, seconds, day.sweep());
            if glances {
                recorder.glance_at_memory(4242, seconds, 100 << 20, &[]);
            }
            if day.sweeps.is_multiple_of(25) {
                recorder.look_at_memory(4242, seconds, 100 << 20, 100 << 20);
                drop(recorder.fresh_threads());
            }
        }
        let resident = resident();
        most = most.max(resident);
        println!("{hour:>4}  {:>9}  {:>8}", recorder.samples(), resident >> 20);
    }
    let samples = recorder.samples();
    let profile = recorder.finish(Facts::default());
    assert_eq!(profile.samples(), samples, "no sample is lost");
    println!(
        "{} stacks, {} places, {} threads, {} counts; {} samples told briefly",
        profile.stacks.len(),
        profile.locations.len(),
        profile.threads.len(),
        profile.counts.len(),
        profile.timing.shortened,
    );
    let is_whole = |stack: u32| profile.frames(stack).len() == DEPTH as usize;
    let whole = profile.counts.iter().filter(|count| is_whole(count.stack));
    let whole: u64 = whole.map(|count| count.samples).sum();
    println!(
        "{:.0} % of the samples with their whole stack",
        whole as f64 * 100.0 / samples as f64
    );
    let file = unslow::profile::file::write(&profile).expect("it fits its own bounds");
    println!("file {} MiB, at most {} MiB while it was written", file.len() >> 20, peak() >> 20);
    println!("at most {} MiB before; promised: {} MiB", most >> 20, PROMISED >> 20);
    assert!(most <= PROMISED, "more than was promised");
}

/// The program: steady code, and code that is made as it goes.
struct Day {
    steady: Vec<Arc<Code>>,
    sweeps: u64,
    random: u64,
}

impl Day {
    fn new() -> Self {
        let steady = (0..2_000).map(|number| code(&format!("steady_{number}"), number)).collect();
        Self { steady, sweeps: 0, random: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Marsaglia's xorshift.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % end
    }

    fn sweep(&mut self) -> Sweep {
        self.sweeps += 1;
        let route = self.below(500);
        let mut frames: Vec<Frame> =
            (1..DEPTH).map(|depth| self.steady_frame(route, depth)).collect();
        let leaf = match self.below(10) {
            0 => Frame {
                code: code(&format!("made_{}", self.sweeps), self.sweeps),
                place: Place::line(1),
            },
            _ => self.steady_frame(route, 0),
        };
        frames.insert(0, leaf);
        let state = State { holds_gil: true, ..State::default() };
        let thread = 4242 + u32::try_from(self.sweeps / 6_000).unwrap_or(0);
        let sample = Sample::new(thread, state, frames);
        Sweep { samples: vec![sample], ..Sweep::default() }
    }

    fn steady_frame(&mut self, route: u64, depth: u64) -> Frame {
        // Callers stand on few lines, the innermost on many.
        let line = if depth < 3 { self.below(6) } else { depth };
        let code = &self.steady[((route * 7 + depth * 13) % 2_000) as usize];
        let line = u32::try_from(line).unwrap_or(0) + 1;
        Frame {
            code: Arc::clone(code),
            place: Place { columns: Some((4, 20)), ..Place::line(line) },
        }
    }
}

fn code(name: &str, number: u64) -> Arc<Code> {
    let file = format!("/srv/app/lib/python3.13/site-packages/shop/views/m{}.py", number % FILES);
    Arc::new(Code { name: Untrusted::new(name), file: Untrusted::new(file), first_line: 1 })
}

/// Resident bytes of this process.
fn resident() -> u64 {
    status("VmRSS:")
}

/// The most that it ever had.
fn peak() -> u64 {
    status("VmHWM:")
}

fn status(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("the field");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}
