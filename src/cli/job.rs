//! One recording from its start to what the user gets of it: what `run`, `attach` and `record`
//! have in common.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::diagnosis;
use super::failure::{Failure, LIST, Outcome};
use super::outputs::Outputs;
use super::progress::Progress;
use super::recording::{self, Ending, Plan, Recording};
use super::settings::Wanted;
use super::signals::Signals;
use super::stops;
use super::telling::Told;
use super::terminal::{Manner, Stream};
use crate::limits;
use crate::locate::{Sources, leave_out_detours, place_in_repository};
use crate::report::{View, numbers};
use crate::sample::AttachError;
use crate::target::Identity;
use crate::target::root::Root;
use crate::target::spawn::{Program, Running, exit_code};
use crate::text::Untrusted;

/// How often a second Ctrl-C is looked for while a program runs on unrecorded.
const NAP: Duration = Duration::from_millis(50);

/// The code of a shell for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// What to record of whom, and what to do with it.
#[derive(Debug)]
pub(super) struct Job {
    /// Sweeps a second.
    pub(super) rate_hz: f64,
    /// How long; until the process ends when there is no saying.
    pub(super) duration: Option<Duration>,
    /// Whether processes are held still for each sweep.
    pub(super) exact: bool,
    /// Whether descendants are sampled too.
    pub(super) follow: bool,
    /// Files to write.
    pub(super) outputs: Outputs,
    /// What of the profile they show.
    pub(super) view: View,
    /// Which findings are wanted, and what they have to pass.
    pub(super) wanted: Wanted,
    /// Where the findings are told.
    pub(super) tell: Option<Stream>,
    /// How the user wants to be spoken to.
    pub(super) manner: Manner,
}

impl Job {
    /// Starts a program and records it. Gives the exit code.
    pub(super) fn run(&self, program: &Program) -> Outcome<u8> {
        let signals = self.take_over_signals()?;
        signals.expect_program();
        let mut running = program.start()?;
        signals.pass_to(Arc::clone(running.identity()));

        // The terminal is the program's: no progress. The first Ctrl-C is its to act on.
        let given_up = || signals.asked() > 1;
        let plan = self.plan(Arc::clone(running.identity()), true);
        let recording = recording::record(&plan, given_up, &Progress::none());
        if recording.ending == Ending::Elapsed {
            self.manner.note("the time is over; waiting for the program to end");
        }
        let descendants = recording.descendants.clone();
        let told = match recording.profile.samples() {
            0 => self.conclude_empty(recording, true).map(|()| None),
            _ => self.conclude(recording, running.identity().began()).map(Some),
        };
        let code = wait(&mut running, given_up)?.map_or(INTERRUPTED, exit_code);
        if code == INTERRUPTED && running.identity().is_running() {
            self.manner.note(&format!("process {} runs on", running.identity().pid()));
        }
        if !running.identity().is_running() {
            self.tell_survivors(&descendants);
        }
        match told.and_then(|told| told.map_or(Ok(0), |told| self.tell(&told))) {
            Err(failure) if code != 0 => {
                failure.print(self.manner.colors(Stream::Stderr));
                Ok(code)
            }
            Ok(judged) if code == 0 => Ok(judged),
            told => told.map(|_| code),
        }
    }

    /// Records a process that runs already.
    pub(super) fn attach(&self, pid: u32) -> Outcome<u8> {
        let target = Arc::new(Identity::of(pid)?);
        let began = target.began();
        let signals = self.take_over_signals()?;
        let progress = match self.manner.quiet {
            true => Progress::none(),
            false => Progress::toward(self.duration),
        };
        let recording =
            recording::record(&self.plan(target, false), || signals.asked() > 0, &progress);
        if recording.profile.samples() == 0 {
            return self.conclude_empty(recording, false).map(|()| 0);
        }
        if recording.ending == Ending::TargetEnded && self.duration.is_some() {
            let seconds = recording.profile.timing.seconds;
            self.manner.note(&format!("process {pid} ended after {seconds:.1} s"));
        }
        self.tell(&self.conclude(recording, began)?)
    }

    fn take_over_signals(&self) -> Outcome<Signals> {
        if self.exact {
            stops::take_over()?;
        }
        Ok(Signals::take_over()?)
    }

    fn plan(&self, root: Arc<Identity>, patient: bool) -> Plan {
        let Self { rate_hz, duration, exact, follow, .. } = *self;
        Plan { root, rate_hz, duration, exact, follow, patient }
    }

    /// Writes what was asked for, and gives what there is to tell.
    fn conclude(&self, recording: Recording, began: SystemTime) -> Outcome<Told> {
        let root = recording.root_folder.as_ref().map(Root::path);
        let sources = Sources { root, began: Some(began), ..Sources::default() };
        let mut profile = recording.profile;
        profile.timing.cut_off = matches!(recording.ending, Ending::Elapsed | Ending::Stopped);
        leave_out_detours(&mut profile, &sources);
        let target = &mut profile.target;
        let folder = target.directory.as_ref().map(Untrusted::path);
        target.place_in_repository =
            folder.and_then(|it| place_in_repository(it, sources.root.as_deref()));
        let told = Told::of(profile, &sources, &self.wanted);
        told.write(&self.outputs, &self.view, self.manner)?;
        Ok(told)
    }

    /// Nobody was sampled: something stood in the way, or there was no time to. A program that was
    /// run for its own sake may do without, unless a result or a check was asked for.
    fn conclude_empty(&self, recording: Recording, is_ours: bool) -> Outcome<()> {
        let (pid, ending) = (recording.profile.target.pid, recording.ending);
        let timing = &recording.profile.timing;
        let lost = timing.torn + timing.unreadable;
        let is_fine = is_ours && self.outputs.is_empty() && !self.wanted.gate.is_asked();
        let is_in_the_way =
            |obstacle: &AttachError| ending == Ending::Nobody || is_lasting(obstacle);
        if is_fine && !recording.obstacle.as_ref().is_some_and(is_in_the_way) {
            self.manner.note(&nothing_message(ending, pid));
            return Ok(());
        }
        if timing.too_deep > 0 && recording.obstacle.is_none() {
            return Err(all_too_deep(pid, timing.too_deep));
        }
        if lost > 0 && recording.obstacle.is_none() {
            let python = recording.profile.target.python;
            let can_hold = python.is_none_or(|it| (it.major, it.minor) >= (3, 11));
            return Err(all_lost(pid, lost, self.exact || !can_hold));
        }
        Err(nothing_recorded(recording.obstacle, ending, pid))
    }

    /// Says who is left of a program that has ended: servers that go to the background do so.
    fn tell_survivors(&self, descendants: &[Arc<Identity>]) {
        let survivors = descendants.iter().filter(|process| process.is_running());
        for pid in survivors.map(|process| process.pid()) {
            self.manner.note(&format!(
                "process {pid}, which the program started, runs on; look at it with: unslow attach {pid}"
            ));
        }
    }

    /// Tells the findings, and gives the exit code that the check makes of them.
    fn tell(&self, told: &Told) -> Outcome<u8> {
        let is_taken = |stream| stream == Stream::Stdout && self.outputs.take_stdout();
        if let Some(stream) = self.tell.filter(|&it| !self.manner.quiet && !is_taken(it)) {
            let printed = told.print(stream, &self.outputs, &self.view, self.manner);
            printed.map_err(|failure| match self.outputs.is_empty() {
                true => told.rescued(failure, self.manner),
                false => failure,
            })?;
        }
        Ok(told.judge(&self.wanted, self.manner))
    }
}

/// Why process `pid` was not sampled once.
pub(super) fn nothing_recorded(obstacle: Option<AttachError>, ending: Ending, pid: u32) -> Failure {
    match obstacle {
        Some(obstacle) if ending == Ending::Nobody || is_lasting(&obstacle) => {
            diagnosis::of(obstacle)
        }
        _ => {
            let failure = Failure::new(nothing_message(ending, pid));
            match ending {
                Ending::TargetEnded => failure.help(
                    "a program needs Python for a tenth of a second at least: unslow run etl.py",
                ),
                Ending::Stopped => failure.help("give it more time to start"),
                Ending::Elapsed | Ending::Nobody => failure.help(LIST),
            }
        }
    }
}

/// Process `pid` was looked at in vain.
pub(super) fn all_lost(pid: u32, lost: u64, cannot_hold: bool) -> Failure {
    let looks = numbers::count(lost, "look");
    let failure = Failure::new(format!("nothing was recorded of process {pid}"))
        .because(format!("{looks} at its threads found stacks that changed or made no sense"));
    match cannot_hold {
        true => failure.help("look for longer: -d 30s"),
        false => failure.help("hold it for each look: --exact"),
    }
}

/// Process `pid` was looked at where nothing could be read.
pub(super) fn all_too_deep(pid: u32, looks: u64) -> Failure {
    let looks = numbers::count(looks, "look");
    let frames = numbers::thousands(limits::PYSPY_FRAMES as u64);
    Failure::new(format!("nothing was recorded of process {pid}"))
        .because(format!(
            "{looks} at its threads found stacks of more than {frames} frames, too deep to be read of \
             CPython 3.10 and earlier"
        ))
        .help("run the program on CPython 3.11 or later")
}

fn nothing_message(ending: Ending, pid: u32) -> String {
    let why = match ending {
        Ending::TargetEnded => "it ended before a Python was seen in it",
        Ending::Stopped => "no Python was up in it yet",
        Ending::Elapsed | Ending::Nobody => "no thread of it ran Python",
    };
    format!("nothing was recorded of process {pid}: {why}")
}

/// Whether the same would stand in the way of a longer run.
fn is_lasting(obstacle: &AttachError) -> bool {
    match obstacle {
        AttachError::NoPermission { .. }
        | AttachError::Traced { .. }
        | AttachError::CannotStop { .. }
        | AttachError::NoExactWalk { .. }
        | AttachError::Replaced { .. }
        | AttachError::TooDeep { .. }
        | AttachError::TooManyFiles { .. }
        | AttachError::TooManyThreads { .. }
        | AttachError::TooNew { .. }
        | AttachError::TooOld { .. } => true,
        AttachError::NoSuchProcess { .. }
        | AttachError::Gone { .. }
        | AttachError::NotPython { .. }
        | AttachError::NotYetRunning { .. } => false,
    }
}

/// Waits for the program to end, unless that is given up.
fn wait(running: &mut Running, given_up: impl Fn() -> bool) -> Outcome<Option<ExitStatus>> {
    loop {
        if running.identity().ends_within(NAP)
            && let Some(status) = running.ended()?
        {
            return Ok(Some(status));
        }
        if given_up() {
            return Ok(running.ended()?);
        }
    }
}
