//! How far a recording can be trusted, in words that are the same in every format.

use std::collections::HashSet;

use advisors::Python;

use super::numbers;
use crate::advise::Advice;
use crate::limits;
pub(super) use crate::profile::FEW_SAMPLES;
use crate::profile::{Process, Profile, Timing};

/// Share of missed ticks, or of dropped samples, that is worth a warning.
const MANY_LOST: f64 = 0.1;

/// Share of the sweeps without Python code from which they are told of.
const TOLD_WITHOUT: f64 = 0.02;

/// Share of the sweeps in which somebody was there who was not seen that is worth a warning.
const MANY_UNSEEN: f64 = 0.05;

/// Share of samples that were not seen to their inner end beyond which silence says little.
const MANY_CUT: f64 = 0.5;

/// Part of the run from which what a program did while it was busy is said to be all of it.
const NEARLY_ALL: f64 = 0.995;

/// Share of dropped samples above which those that are left are no picture of the whole.
const MOST_LOST: f64 = 0.5;

/// Part of the run from which it is told what processes computed that were over too soon to be sampled.
const SPENT_IN_ENDED: f64 = 0.1;

fn dropped(timing: &Timing) -> u64 {
    timing.torn + timing.unreadable
}

/// Whether most looks came to nothing, however many there were.
pub(super) fn is_mostly_lost(profile: &Profile) -> bool {
    let dropped = dropped(&profile.timing) as f64;
    dropped > MOST_LOST * (dropped + profile.samples() as f64)
}

fn share(part: u64, rest: u64) -> f64 {
    part as f64 / (part + rest).max(1) as f64
}

/// Whether the sampler did not keep up: a higher rate gives no more samples.
pub(super) fn misses_many(profile: &Profile) -> bool {
    share(profile.timing.missed, profile.timing.sweeps) > MANY_LOST
}

pub(super) fn too_few(profile: &Profile) -> bool {
    profile.busy_samples() < FEW_SAMPLES
}

/// Whether the run has too few samples for shares of it, and so for what a finding saves.
pub(super) fn too_few_of_run(profile: &Profile) -> bool {
    profile.has_few_samples()
}

/// A part of the samples as a share; of too few, the bare numbers: `3 of 12`.
pub(super) fn share_of(part: u64, whole: u64) -> String {
    match whole {
        0..FEW_SAMPLES => {
            format!("{} of {}", numbers::thousands(part), numbers::thousands(whole))
        }
        _ => numbers::percent(part as f64 / whole as f64),
    }
}

/// Part of the run that the busy samples are, from 0 to 1, where the program also waited and there are
/// enough samples to say so.
pub(super) fn busy_part(profile: &Profile) -> Option<f64> {
    let (busy, run) = (profile.busy_samples(), profile.run_samples());
    let part = busy as f64 / run.max(1) as f64;
    (busy > 0 && part < NEARLY_ALL && !too_few_of_run(profile)).then_some(part)
}

/// Whether the program was stopped all the while.
pub(super) fn was_halted(profile: &Profile) -> bool {
    profile.busy_samples() == 0 && halted(profile) == 1.0
}

/// In what share of the looks at it a signal or a debugger had stopped the program.
fn halted(profile: &Profile) -> f64 {
    let target = profile.processes.first();
    target.map_or(0.0, |it| f64::from(it.halted) / f64::from(it.observations.max(1)))
}

/// Why there are no findings.
pub(super) fn nothing_to_advise(profile: &Profile, advice: &Advice) -> String {
    format!("Nothing to advise: {}.", why_nothing(profile, advice))
}

fn why_nothing(profile: &Profile, advice: &Advice) -> String {
    let cut = profile.cut_samples() as f64 / profile.samples().max(1) as f64;
    let why = if profile.samples() == 0 {
        "no sample was taken"
    } else if was_halted(profile) {
        "the program was stopped, by a signal or a debugger, whenever it was looked at"
    } else if profile.busy_samples() == 0 && profile.timing.too_deep > 0 {
        "no busy thread was seen, but some have stacks that are too deep to be read"
    } else if profile.busy_samples() == 0 {
        "every thread waited whenever it was looked at"
    } else if too_few_of_run(profile) && advice.missing_sources().next().is_some() {
        "too few samples to say, and hot sources were not looked at, see \"Not looked at\""
    } else if too_few_of_run(profile) {
        "too few samples to say"
    } else if advice.missing_sources().next().is_some() {
        "sources that were hot could not be read, see \"Not looked at\""
    } else if !advice.kept_back.is_empty() {
        let settings: Vec<&str> = advice.kept_back.keys().copied().collect();
        let findings = numbers::count(advice.kept_back.values().sum(), "finding");
        return format!("[tool.unslow] keeps back {findings} ({})", settings.join(", "));
    } else if !advice.ignored.is_empty() {
        let findings = numbers::count(advice.ignored.len() as u64, "finding");
        return format!("comments in the source ask not to tell {findings}");
    } else if advice.leaves_out_files {
        "hot files were left out that `paths` in [tool.unslow] does not name"
    } else if cut > MANY_CUT {
        let cut = numbers::percent(cut);
        return format!(
            "in {cut} of the samples the innermost calls were too fast to see; --exact sees them"
        );
    } else if too_few(profile) {
        let busy = numbers::thousands(profile.busy_samples());
        let run = numbers::thousands(profile.run_samples());
        let meanwhile = match ended_seconds(profile) {
            seconds if seconds > SPENT_IN_ENDED * profile.timing.seconds => format!(
                "; processes that it started, and that were over too soon to be sampled, computed for {}",
                numbers::seconds(seconds)
            ),
            _ => String::new(),
        };
        return format!(
            "the program waited, and was busy in {busy} of {run} samples only{meanwhile}"
        );
    } else if !profile.tells_operands() {
        "no slow pattern that the source alone tells; values were not seen, see \"Not looked at\""
    } else {
        "no known slow pattern where the time goes"
    };
    why.to_owned()
}

/// Rate asked and reached, and what was lost, each as a clause.
pub(super) fn facts(profile: &Profile) -> Vec<String> {
    let (timing, samples) = (&profile.timing, profile.samples());
    if timing.sweeps == 0 && samples > 0 {
        let samples = numbers::count(samples, "sample");
        let samples = format!("{samples} of another tool, which does not tell what it lost");
        return std::iter::once(samples).chain(further(timing)).collect();
    }
    let rate = if timing.seconds > 0.0 { timing.sweeps as f64 / timing.seconds } else { 0.0 };
    let mut facts = vec![
        format!(
            "{} at {} of {}",
            numbers::count(timing.sweeps, "sweep"),
            numbers::rate(rate),
            numbers::hertz(timing.rate_hz)
        ),
        format!(
            "{}, {} of them busy",
            numbers::count(samples, "sample"),
            numbers::percent(profile.busy_samples() as f64 / samples.max(1) as f64)
        ),
        format!("{} missed", numbers::thousands(timing.missed)),
        format!("{} torn", numbers::thousands(timing.torn)),
    ];
    let cut = profile.cut_samples();
    if cut > 0 {
        facts.push(format!("{} too fast to see to the end", numbers::thousands(cut)));
    }
    let without = without_python(profile);
    if halted(profile) == 0.0 && without as f64 > TOLD_WITHOUT * timing.sweeps as f64 {
        let without = numbers::count(without, "sweep");
        facts.push(format!(
            "{without} met no Python code, as at its start or while all is freed at its end"
        ));
    }
    facts.extend(further(timing));
    facts.extend(switches(profile));
    facts
}

/// Processor time of processes that were not sampled: that of all which have ended below those that were
/// met first, but for what others are known to have used, in seconds.
fn ended_seconds(profile: &Profile) -> f64 {
    let pids: HashSet<u32> = profile.processes.iter().map(|process| process.pid).collect();
    let (met_below, met_first): (Vec<&Process>, Vec<&Process>) =
        profile.processes.iter().partition(|process| pids.contains(&process.parent));
    let ended: f64 = met_first.into_iter().map(|process| process.ended_seconds).sum();
    let known: f64 = met_below.into_iter().map(|process| process.cpu_seconds).sum();
    (ended - known).max(0.0)
}

/// How often threads of the program left their processors, waiting or not.
fn switches(profile: &Profile) -> Option<String> {
    let sum =
        |of: fn(&Process) -> u64| profile.processes.iter().map(of).fold(0, u64::saturating_add);
    let (waits, preemptions) = (sum(|it| it.waits), sum(|it| it.preemptions));
    let seconds = profile.timing.seconds;
    let a_second = |number: u64| numbers::thousands((number as f64 / seconds).round() as u64);
    // Recordings of older versions have no waits.
    (waits > 0 && seconds > 0.0).then(|| {
        format!(
            "threads waited {} times and were preempted {} times a second",
            a_second(waits),
            a_second(preemptions)
        )
    })
}

/// Sweeps that surely found no thread in Python code: each of the others has a sample, lost one, or
/// could not look.
fn without_python(profile: &Profile) -> u64 {
    let timing = &profile.timing;
    timing.telling_sweeps().saturating_sub(profile.samples() + dropped(timing))
}

/// What is told only where there is some of it.
fn further(timing: &Timing) -> Vec<String> {
    let processes = |number, rest| match number {
        1 => format!("process {rest}"),
        _ => format!("processes {rest}"),
    };
    let unattached = match timing.unattached {
        1 => "look at a process not attached to yet",
        _ => "looks at processes not attached to yet",
    };
    let kept_waiting = processes(timing.kept_waiting, "kept waiting for a place");
    let too_short = processes(timing.too_short, "too short to sample");
    let further = [
        (timing.unreadable, "unreadable".to_owned()),
        (timing.unattached, format!("{unattached}, not taken")),
        (timing.truncated, "of stacks too deep to keep whole".to_owned()),
        (timing.shortened, "of rare stacks or threads, told briefly".to_owned()),
        (timing.left_out, processes(timing.left_out, "left out")),
        (timing.kept_waiting, kept_waiting),
        (timing.without_python, processes(timing.without_python, "without Python")),
        (timing.unread, processes(timing.unread, "that could not be read")),
        (timing.unopened, processes(timing.unopened, "not sampled for want of files")),
    ];
    let further = further.iter().filter(|(number, _)| *number > 0);
    let mut facts: Vec<String> =
        further.map(|(number, word)| format!("{} {word}", numbers::thousands(*number))).collect();
    // Others may have come and gone between two looks for children.
    if timing.too_short > 0 {
        facts.push(format!("at least {} {too_short}", numbers::thousands(timing.too_short)));
    }
    if timing.own_seconds > 0.0 && timing.seconds > 0.0 {
        facts.push(format!(
            "unslow itself took {} of a processor",
            numbers::percent(timing.own_seconds / timing.seconds)
        ));
    }
    if timing.exact {
        facts.push(format!(
            "exact: stood still for {} in all, {} at most",
            numbers::pause(timing.stopped_seconds),
            numbers::pause(timing.longest_stop)
        ));
    }
    facts
}

/// That stacks were not seen which were deeper than can be read of an older Python.
fn too_deep(profile: &Profile) -> Option<String> {
    let looks = match profile.timing.too_deep {
        0 => return None,
        1 => "1 look at a thread found".to_owned(),
        looks => format!("{} looks at threads found", numbers::thousands(looks)),
    };
    Some(format!(
        "{looks} a stack of more than {} frames, of which nothing can be read of CPython 3.10 and \
         earlier: what such threads did is not in the shares. CPython 3.11 and later show it.",
        numbers::thousands(limits::PYSPY_FRAMES as u64)
    ))
}

fn unopened(number: u64) -> String {
    let processes = match number {
        1 => "1 process was".to_owned(),
        number => format!("{} processes were", numbers::thousands(number)),
    };
    format!(
        "{processes} not sampled, since unslow may not open more files; start it where it may, with: \
         ulimit -n 1024"
    )
}

/// Which part of the lives of processes was not seen for want of a place.
fn waited(timing: &Timing) -> Option<String> {
    let processes = timing.left_out + timing.kept_waiting;
    let part = timing.waited as f64 / timing.waited_of.max(1) as f64;
    (timing.waited > 0).then(|| {
        let (noun, of) = match processes {
            1 => ("process had", "its"),
            _ => ("processes had", "their"),
        };
        format!(
            "{} {noun} no place for {} of {of} time, since {} others were sampled: shares are of what \
             had one, the first above all.",
            numbers::thousands(processes),
            numbers::percent(part),
            limits::SAMPLED_PROCESSES,
        )
    })
}

/// Which other Pythons the program was, or its children were: findings go by one, its last.
fn other_pythons(profile: &Profile) -> Option<String> {
    let target = profile.processes.first()?;
    let earlier = target.earlier_pythons.iter().copied();
    let mut others: Vec<Python> = earlier.filter(|it| Some(*it) != target.python).collect();
    others.extend(profile.other_pythons());
    let advice = match profile.target.python {
        Some(python) if !profile.other_pythons().is_empty() => {
            format!(" Advice is that for CPython {python}.")
        }
        _ => String::new(),
    };
    let others: Vec<String> = others
        .iter()
        .map(|python| match (python.major, python.minor) {
            (3, 11..) => format!("CPython {python}"),
            _ => format!("CPython {python} (only its lines are known)"),
        })
        .collect();
    let others = others.join(", and on ");
    (!others.is_empty()).then(|| format!("Part of the run was on {others}.{advice}"))
}

/// What makes the shares doubtful, each as a sentence.
pub(super) fn warnings(profile: &Profile) -> Vec<String> {
    let timing = &profile.timing;
    let mut warnings = Vec::new();
    if too_few(profile) && profile.busy_samples() > 0 {
        let samples = numbers::count(profile.busy_samples(), "busy sample");
        warnings.push(format!("Only {samples}: below {FEW_SAMPLES}, shares of them say little."));
    }
    if profile.is_parallel() && timing.tells_time() && timing.seconds > 0.0 {
        warnings.push(format!(
            "Several threads or processes were busy at once, for {} together. Shares of that busy time \
             do not tell how much of the {} of the run a fix saves.",
            numbers::seconds(profile.busy_seconds()),
            numbers::seconds(timing.seconds)
        ));
    }
    warnings.extend(other_pythons(profile));
    if misses_many(profile) {
        let missed = numbers::percent(share(timing.missed, timing.sweeps));
        warnings.push(format!(
            "The sampler missed {missed} of its instants; a lower --rate gives a truer picture."
        ));
    }
    if share(timing.blind, timing.telling_sweeps()) > MANY_UNSEEN {
        let blind = numbers::percent(share(timing.blind, timing.telling_sweeps()));
        warnings.push(format!(
            "In {blind} of the sweeps nobody was seen but a process that had only just been started, \
             or had turned into another program, and was not attached to yet: shares leave them out."
        ));
    }
    warnings.extend(waited(timing));
    warnings.extend(too_deep(profile));
    warnings.extend((timing.unopened > 0).then(|| unopened(timing.unopened)));
    let halted = halted(profile);
    if halted > 0.0 && !was_halted(profile) {
        let share = numbers::percent(halted);
        warnings.push(format!(
            "The program was stopped, by a signal or a debugger, in {share} of the looks at it."
        ));
    }
    let dropped = share(dropped(timing), profile.samples());
    if dropped > MANY_LOST {
        let consequence = match dropped > MOST_LOST {
            true => "what was seen says little of the rest",
            false => "short calls may be under-represented",
        };
        let dropped = numbers::percent(dropped);
        warnings.push(format!("{dropped} of the samples were dropped; {consequence}."));
    }
    warnings
}

#[cfg(test)]
mod tests;
