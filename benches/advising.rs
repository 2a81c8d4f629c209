//! What advising costs: a profile of 100,000 samples over 200 source files of 2,000 lines.
//! `cargo bench --bench advising`.
//!
//! The files are made of the catalogue's own pairs, one after the other and each with names of its
//! own, and are hot where those are marked, so that advisors find what they look for; what else is
//! called is hot too. Few places are very hot and most hardly so, as in real programs. A process of
//! its own then does what `unslow report` does, and tells how long that took and the most memory
//! that it ever had.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use advisors::shape::Tree;
use advisors::{CATALOGUE, Hotspot, Lengths, Operand, Python, Source, marks};
use unslow::advise::{Advice, advise};
use unslow::locate::{Sources, locate};
use unslow::profile::{
    self, Count, Location, OperandSeen, Profile, Stack, Target, Thread, Timing, file,
};
use unslow::report::{self, Input, View};
use unslow::rules::Rules;
use unslow::sample::{Code, State};
use unslow::text::Untrusted;

const FILES: usize = 200;
const LINES: usize = 2_000;
const SAMPLES: u64 = 100_000;
/// Stacks, their depth, the places of each file that may be on them, and the places that one calls.
const STACKS: u32 = 20_000;
const DEPTH: usize = 30;
const PLACES: usize = 120;
const CALLEES: usize = 3;
const PYTHON: Python = Python::new(3, 13);

/// What the project promises: seconds, and bytes of resident memory.
const PROMISED: (f64, u64) = (2.0, 300 << 20);

/// The word by which the process that advises is told from the one that makes the profile.
const ADVISE: &str = "--advise";

fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.iter().position(|word| word == ADVISE) {
        Some(at) => advised(Path::new(&words[at + 1])),
        None => measure(),
    }
}

/// Makes the program and its profile, and has another process advise on it.
fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let profile = Program::write(folder.path()).profile(folder.path());
    assert_eq!(profile.samples(), SAMPLES);
    let path = folder.path().join("profile.pb.gz");
    let bytes = file::write(&profile).expect("it fits its own bounds");
    std::fs::write(&path, bytes).expect("the folder is writable");
    println!(
        "{SAMPLES} samples of {} stacks over {} places in {FILES} files of {LINES} lines",
        profile.stacks.len(),
        profile.locations.len(),
    );
    let this = std::env::current_exe().expect("a program knows where it is");
    let status = Command::new(this).arg(ADVISE).arg(path).status().expect("it starts again");
    assert!(status.success(), "more than was promised");
}

/// Advises on a profile, and tells what that took.
fn advised(path: &Path) {
    let began = Instant::now();
    let mut last = 0.0;
    let mut tell = |what: &str| {
        let now = began.elapsed().as_secs_f64();
        println!("{what:<24}{:>6.2} s  {:>4} MiB at most so far", now - last, peak() >> 20);
        last = now;
    };
    let profile = file::load(path).expect("the profile can be read");
    tell("profile read");
    let (sources, rules) = (Sources::default(), Rules::default());
    let advice = advise(&profile, locate(&profile, &sources, &rules), &rules);
    assert_eq!(advice.sources.len(), FILES, "every file is looked at: {:?}", advice.unlooked);
    tell("catalogue asked");
    let text = told(&profile, &advice);
    tell("findings told");
    let (seconds, bytes) = (began.elapsed().as_secs_f64(), peak());
    println!("{} findings, {} KiB of text", advice.findings.len(), text.len() >> 10);
    println!("{seconds:.2} s and {} MiB at most", bytes >> 20);
    println!("promised: {:.2} s and {} MiB", PROMISED.0, PROMISED.1 >> 20);
    assert!(!advice.findings.is_empty(), "the advisors had something to look at");
    assert!(seconds <= PROMISED.0 && bytes <= PROMISED.1, "more than was promised");
}

fn told(profile: &Profile, advice: &Advice) -> Vec<u8> {
    let format = report::by_name("text").expect("there is a text format");
    let input = Input { profile, advice, view: &View::default() };
    (format.render)(&input).expect("there are samples")
}

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the field");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

/// A program of many files with the places that are hot in it, hottest first in each file.
struct Program {
    locations: Vec<Location>,
    operands: Vec<OperandSeen>,
    /// The locations of each file.
    files: Vec<Vec<u32>>,
    /// By location, the locations that it calls.
    calls: Vec<[u32; CALLEES]>,
    random: u64,
}

impl Program {
    /// Writes the files.
    fn write(folder: &Path) -> Self {
        let mut program = Self {
            locations: Vec::new(),
            operands: Vec::new(),
            files: Vec::new(),
            calls: Vec::new(),
            random: 0x9e37_79b9_7f4a_7c15,
        };
        for number in 0..FILES {
            let path = folder.join(format!("m{number}.py"));
            let text = text(number);
            program.add(&path, &text);
            std::fs::write(path, text).expect("the folder is writable");
        }
        let calls = (0..program.locations.len()).map(|_| [(); CALLEES].map(|()| program.place()));
        program.calls = calls.collect();
        program
    }

    /// Takes a file's marked places, and as many of its calls as there is room for.
    fn add(&mut self, path: &Path, text: &str) {
        let name = Untrusted::new(path.to_str().expect("UTF-8"));
        let source = Source::parse(text.as_bytes()).expect("the pairs are Python");
        let mut spots = marks::read(&source, PYTHON).expect("the pairs are well marked").hotspots;
        let tree = Tree::of(&source);
        let calls: Vec<_> = tree.all_calls().map(|(id, _)| id).collect();
        let apart = (calls.len() / PLACES.saturating_sub(spots.len()).max(1)).max(1);
        for &call in calls.iter().step_by(apart) {
            let code = tree.code(call, PYTHON);
            spots.push(Hotspot {
                place: source.place(tree.range(call)),
                function: code.name,
                function_line: code.first_line,
                ..Hotspot::default()
            });
        }
        let mut codes = HashMap::new();
        let first = self.locations.len() as u32;
        for (id, spot) in (first..).zip(spots) {
            self.operands.extend(spot.operands.iter().map(|operand| seen(id, operand)));
            let key = (spot.function, spot.function_line);
            let code = codes.entry(key).or_insert_with_key(|(function, first_line)| {
                let function = Untrusted::new(function.as_str());
                Arc::new(Code { name: function, file: name.clone(), first_line: *first_line })
            });
            self.locations.push(Location { code: Arc::clone(code), place: spot.place });
        }
        self.files.push((first..self.locations.len() as u32).collect());
    }

    /// What a recording of it is like.
    fn profile(mut self, folder: &Path) -> Profile {
        let stacks: Vec<Stack> = (0..STACKS).map(|_| self.stack()).collect();
        let count = |stack| Count {
            stack,
            thread: stack % 4,
            task: None,
            // One in eight waits for something.
            state: State { on_cpu: !stack.is_multiple_of(8), ..State::IDLE },
            samples: SAMPLES / u64::from(STACKS),
        };
        Profile {
            target: Target {
                pid: 4242,
                directory: folder.to_str().map(Untrusted::new),
                python: Some(PYTHON),
                ..Target::default()
            },
            timing: Timing { sweeps: SAMPLES, seconds: 1_000.0, ..Timing::default() },
            threads: (0..4).map(|tid| Thread { pid: 4242, tid, name: None }).collect(),
            counts: (0..STACKS).map(count).collect(),
            locations: self.locations,
            operands: self.operands,
            stacks,
            ..Profile::default()
        }
    }

    /// A way from a place where the program may begin, by what each place calls, to a leaf.
    fn stack(&mut self) -> Stack {
        let mut locations = vec![self.place()];
        while locations.len() < DEPTH {
            let caller = locations[locations.len() - 1];
            let callee = self.rather_first(CALLEES);
            locations.push(self.calls[caller as usize][callee]);
        }
        locations.reverse();
        Stack { locations }
    }

    /// A place of any file, those of the first files and the first of each rather than others.
    fn place(&mut self) -> u32 {
        let file = self.rather_first(FILES);
        let place = self.rather_first(self.files[file].len());
        self.files[file][place]
    }

    /// A number below `end`, by the cube of an even chance.
    fn rather_first(&mut self, end: usize) -> usize {
        // Marsaglia's xorshift.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let even = (self.random >> 11) as f64 / (1_u64 << 53) as f64;
        (even.powi(3) * end as f64) as usize
    }
}

/// A file of pairs, beginning with another one in each.
fn text(number: usize) -> String {
    let pairs = CATALOGUE.iter().cycle().skip(number);
    let programs = pairs.flat_map(|entry| [entry.slow, entry.fast]);
    let mut text = String::new();
    let mut lines = 0;
    for (which, program) in programs.enumerate() {
        lines += program.lines().count();
        if lines > LINES {
            lines -= program.lines().count();
            break;
        }
        let own = program.replace("work(", &format!("work_{which}("));
        text.push_str(&own.replace("prepare(", &format!("prepare_{which}(")));
    }
    for line in lines..LINES {
        text.push_str(&format!("LINE_{line} = {line}\n"));
    }
    text
}

fn seen(location: u32, operand: &Operand) -> OperandSeen {
    OperandSeen {
        location,
        expression: Untrusted::new(operand.expression.as_str()),
        type_name: Untrusted::new(operand.type_name.as_str()),
        observations: operand.observations,
        lengths: operand.lengths.map(|Lengths { min, median, max, first, last }| {
            profile::Lengths { min, median, max, first, last }
        }),
        elements: operand.elements.iter().map(|name| Untrusted::new(name.as_str())).collect(),
        distinct: operand
            .distinct
            .map(|it| profile::Distinct { calls: it.calls, values: it.values }),
        footprint: None,
    }
}
