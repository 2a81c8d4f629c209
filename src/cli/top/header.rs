//! The lines above the rows: what is sampled, what it does, and how well it is seen.

use unicode_width::UnicodeWidthStr;

use super::model::{Picture, Whole};
use super::tally::Span;
use super::threads::ThreadSeen;
use super::view::{Phase, Scene, clipped, clock};
use crate::cli::recording::Unsampled;
use crate::limits;
use crate::report::{names, numbers};

/// `unslow top  etl.py, CPython 3.13.0, pid 4242`, and on the right how long it has gone on.
pub(super) fn title(scene: &Scene<'_>, width: usize) -> String {
    let picture = scene.picture;
    let right = match (scene.phase, scene.screen.is_paused) {
        (Phase::Waiting, _) => String::new(),
        (Phase::Ended, _) => format!("ended after {}, q quits", clock(picture.elapsed)),
        (Phase::Live, _) if is_halted(scene) => format!("stopped, {}", clock(picture.elapsed)),
        (Phase::Live, true) => format!("paused at {}", clock(picture.elapsed)),
        (Phase::Live, false) => clock(picture.elapsed),
    };
    let left = format!("unslow top  {}", names::headline(&picture.standing.target).terminal());
    let room = width.saturating_sub(right.width() + 1);
    let left = clipped(&left, room);
    format!("{left}{}{right}", " ".repeat(width.saturating_sub(left.width() + right.width())))
}

/// Whether the processes that are shown stand still.
fn is_halted(scene: &Scene<'_>) -> bool {
    scene.phase == Phase::Live && scene.picture.is_halted()
}

/// How busy it is, how much of that is garbage collection, and who holds the interpreter's lock.
/// Waits are summed over threads.
pub(super) fn doings(scene: &Scene<'_>, width: usize) -> String {
    let whole = scene.picture.whole(scene.screen.span);
    if whole.sweeps == 0 {
        return String::new();
    }
    if is_halted(scene) {
        return "stopped by a signal or a debugger; what follows is from before".to_owned();
    }
    let share = |part: u64| numbers::percent(part as f64 / whole.sweeps as f64);
    let doings = &whole.doings;
    let mut parts = vec![format!("busy {}", share(doings.busy))];
    parts.push(format!("GIL {} held", share(doings.holds_gil)));
    if doings.waits_for_gil > 0 {
        parts.push(format!("{} waited for", share(doings.waits_for_gil)));
    }
    if doings.collects > 0 {
        parts.push(format!("GC {}", share(doings.collects)));
    }
    if let Some(thread) = holder(scene.picture, scene.screen.span) {
        let ended = if thread.has_ended { ", which has ended" } else { "" };
        parts.push(format!("most by {}{ended}", thread_name(scene.picture, thread)));
    }
    joined(&parts, width)
}

/// The thread that held the lock most of the time.
fn holder(picture: &Picture, span: Span) -> Option<&ThreadSeen> {
    let held = |thread: &&ThreadSeen| thread.doings(span).holds_gil;
    picture.threads.iter().filter(|thread| held(thread) > 0).max_by_key(held)
}

/// What the sampler reached, and what it lost.
pub(super) fn quality(scene: &Scene<'_>, width: usize) -> String {
    let picture = scene.picture;
    let whole = picture.whole(scene.screen.span);
    if whole.sweeps == 0 {
        return String::new();
    }
    let standing = &picture.standing;
    let asked = numbers::hertz(standing.rate_hz);
    let mut parts = vec![format!("{:.0} of {asked}", rate(picture, scene.screen.span, whole))];
    let losses = [("missed", whole.missed), ("torn", whole.torn), ("unreadable", whole.unreadable)];
    parts.extend(losses.map(|(what, count)| format!("{} {what}", numbers::thousands(count))));
    if whole.too_deep > 0 {
        let frames = numbers::thousands(limits::PYSPY_FRAMES as u64);
        parts.push(format!("{} beyond {frames} frames", numbers::thousands(whole.too_deep)));
    }
    if standing.processes > 1 {
        parts.push(format!("{} of {} processes", standing.sampled, standing.processes));
    }
    if !standing.halted.is_empty() && !is_halted(scene) {
        parts.push(format!("{} stopped", standing.halted.len()));
    }
    parts.extend(not_sampled(&standing.unsampled));
    if picture.forgotten > 0 {
        let places = numbers::thousands(picture.forgotten);
        parts.push(format!("{places} cold places forgotten"));
    }
    joined(&parts, width)
}

/// The processes of which nothing is seen, by reason.
fn not_sampled(unsampled: &Unsampled) -> impl Iterator<Item = String> {
    let reasons = [
        (unsampled.too_short, "too short to sample"),
        (unsampled.left_out, "left out"),
        (unsampled.unread, "could not be read"),
        (unsampled.unopened, "for want of files not sampled"),
    ];
    let reasons = reasons.into_iter().filter(|(number, _)| *number > 0);
    reasons.map(|(number, reason)| format!("{} {reason}", numbers::thousands(number)))
}

/// Sweeps a second that came about.
fn rate(picture: &Picture, span: Span, whole: &Whole) -> f64 {
    let seconds = match span {
        Span::Window => picture.window.as_secs_f64(),
        Span::Ever => picture.elapsed.as_secs_f64(),
    };
    if seconds > 0.0 { whole.sweeps as f64 / seconds } else { 0.0 }
}

/// `MainThread 4242`, with the process where there are several.
pub(super) fn thread_name(picture: &Picture, thread: &ThreadSeen) -> String {
    let name = thread.name.as_ref().filter(|name| !name.is_empty());
    let name = name.map_or_else(|| "thread".to_owned(), |name| names::function(name).terminal());
    match picture.threads.iter().any(|other| other.pid != thread.pid) {
        true => format!("{name} {} of {}", thread.tid, thread.pid),
        false => format!("{name} {}", thread.tid),
    }
}

/// The parts that fit, in order, two blanks between them; the first in any case.
pub(super) fn joined(parts: &[String], width: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let wider = if line.is_empty() { part.clone() } else { format!("{line}  {part}") };
        if wider.width() > width && !line.is_empty() {
            break;
        }
        line = wider;
    }
    line
}
