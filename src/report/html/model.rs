//! All that the page shows, as its script reads it.

use serde::Serialize;

use super::findings::{self, Found, Why};
use super::sources::{self, Source};
use super::stacks::{self, Frames, Samples};
use super::timeline::{self, Moments};
use crate::profile::{Memory, Origin, Profile};
use crate::report::memory::grown;
use crate::report::page::{Planted, Tree};
use crate::report::{Input, View, json, names, numbers, quality};

/// What is said where the page does not have every frame.
const WHOLE: &str = "Findings count them all; in the graph and the table, what stands in such a middle has too little. \
    All frames are in: unslow report PROFILE -o stacks.speedscope.json";

#[derive(Serialize)]
pub(super) struct Page {
    program: String,
    /// What else there is to say of the recording in one line.
    about: String,
    /// Why there are no findings, where there are none.
    nothing: Option<String>,
    findings: Vec<Found>,
    unlooked: Vec<Why>,
    ignored: Vec<Why>,
    origins: [&'static str; 4],
    frames: Frames,
    tree: Tree,
    samples: Samples,
    processes: Vec<Process>,
    threads: Vec<Thread>,
    tasks: Vec<String>,
    sources: Vec<Source>,
    memory: Vec<MemoryOf>,
    /// What ran when, where that is known.
    moments: Option<Moments>,
    quality: Quality,
    view: Chosen,
}

#[derive(Serialize)]
struct Process {
    pid: u32,
    name: String,
}

#[derive(Serialize)]
struct Thread {
    pid: u32,
    name: String,
}

/// The resident memory of a process.
#[derive(Serialize)]
struct MemoryOf {
    pid: u32,
    /// Bytes.
    peak: u64,
    /// Seconds and bytes.
    points: Vec<(f64, u64)>,
    /// What ran while it grew.
    growth: Vec<String>,
}

#[derive(Serialize)]
struct Quality {
    facts: Vec<String>,
    warnings: Vec<String>,
    /// Samples below which a share says little.
    few: u64,
    /// Seconds that one sample stands for.
    sample_seconds: f64,
    /// Part of the run that the busy samples are, where it is not all of it: shares of findings are of
    /// the run, those of frames of samples.
    busy_part: Option<f64>,
    /// Seconds of the whole recording.
    seconds: f64,
}

/// What the command line chose to see first.
#[derive(Serialize)]
struct Chosen {
    idle: bool,
    gil: bool,
    gc: bool,
    tasks: bool,
    by_thread: bool,
    functions: bool,
}

pub(super) fn page(input: &Input<'_>) -> Page {
    let (profile, advice) = (input.profile, input.advice);
    let (Planted { tree, shortened, .. }, nodes) = stacks::tree(profile);
    let shortened = shortened.map(|it| it.sentence(WHOLE));
    Page {
        program: names::program(&profile.target).terminal(),
        about: about(profile),
        nothing: (advice.findings.is_empty()).then(|| quality::nothing_to_advise(profile, advice)),
        findings: findings::found(input),
        unlooked: findings::unlooked(input),
        ignored: findings::ignored(input),
        origins: Origin::ALL.map(Origin::describe),
        frames: stacks::frames(profile),
        tree,
        samples: stacks::samples(profile, &nodes),
        processes: processes(profile),
        threads: threads(profile),
        tasks: profile.tasks.iter().map(|task| names::task(task).terminal()).collect(),
        sources: sources::shown(input),
        memory: memory(profile),
        moments: timeline::moments(profile, &nodes),
        quality: Quality {
            facts: quality::facts(profile),
            warnings: quality::warnings(profile).into_iter().chain(shortened).collect(),
            few: quality::FEW_SAMPLES,
            busy_part: quality::busy_part(profile).map(json::rounded),
            sample_seconds: profile.timing.sample_seconds(),
            seconds: json::rounded(profile.timing.seconds),
        },
        view: chosen(input.view, profile),
    }
}

/// `CPython 3.13.0, pid 4242, 29.9 s, 5,962 busy samples`
fn about(profile: &Profile) -> String {
    let target = &profile.target;
    let python = target.python.map(advisors::Python::described);
    let pid = (target.pid != 0).then(|| format!("pid {}", target.pid));
    let seconds = profile.timing.seconds;
    let is_told = seconds > 0.0 || profile.tells_losses();
    let seconds = is_told.then(|| numbers::seconds(seconds));
    let samples = numbers::count(profile.busy_samples(), "busy sample");
    python.into_iter().chain(pid).chain(seconds).chain([samples]).collect::<Vec<_>>().join(" · ")
}

fn processes(profile: &Profile) -> Vec<Process> {
    let name = |pid| match profile.processes.iter().find(|process| process.pid == pid) {
        Some(process) => names::process(process).terminal(),
        None => format!("process {pid}"),
    };
    let mut pids: Vec<u32> = profile.threads.iter().map(|thread| thread.pid).collect();
    pids.sort_unstable();
    pids.dedup();
    pids.into_iter().map(|pid| Process { pid, name: name(pid) }).collect()
}

fn threads(profile: &Profile) -> Vec<Thread> {
    let threads = profile.threads.iter();
    threads.map(|it| Thread { pid: it.pid, name: names::thread(it).terminal() }).collect()
}

fn memory(profile: &Profile) -> Vec<MemoryOf> {
    let grown = grown(profile);
    let of = |memory: &Memory| MemoryOf {
        pid: memory.pid,
        peak: memory.peak,
        points: memory.points.iter().map(|it| (json::rounded(it.at), it.resident)).collect(),
        growth: (grown.iter().filter(|grown| grown.memory.pid == memory.pid))
            .flat_map(|grown| grown.lines.iter().map(|line| line.sentence(profile)))
            .collect(),
    };
    profile.memory.iter().map(of).collect()
}

/// A program that only waited is looked at where it waits.
fn chosen(view: &View, profile: &Profile) -> Chosen {
    let &View { idle, gil, gc, tasks, by_thread, functions, .. } = view;
    Chosen { idle: idle || profile.busy_samples() == 0, gil, gc, tasks, by_thread, functions }
}
