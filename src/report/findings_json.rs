//! Findings for programs: schema `unslow.findings/1`, published as `schemas/findings.json`.

mod memory;

use advisors::{Python, Safety, Worth};
use serde::Serialize;

use memory::{MemorySeen, memory};

use super::json::rounded;
use super::{Input, ReportError, json};
use crate::advise::{Evidence, Finding, Fix, Ignored, Operand, Unlooked};
use crate::profile::Profile;
use crate::text::Untrusted;

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    target: Target<'a>,
    profile: Recording,
    memory: MemorySeen<'a>,
    event_loop: Option<EventLoop<'a>>,
    findings: Vec<Found<'a>>,
    unlooked: Vec<NotLookedAt<'a>>,
    ignored: Vec<NotTold<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    pid: u32,
    command: Vec<&'a str>,
    directory: Option<&'a str>,
    python: Option<String>,
    free_threaded: Option<bool>,
    support: Option<&'static str>,
    cpus: u32,
}

#[derive(Serialize)]
struct Recording {
    sweeps: u64,
    samples: u64,
    busy_samples: u64,
    run_samples: u64,
    at_once: u64,
    /// What is null is not told by the recording.
    seconds: Option<f64>,
    rate_hz: Option<f64>,
    missed: Option<u64>,
    torn: Option<u64>,
    unreadable: Option<u64>,
    too_deep: Option<u64>,
    truncated: Option<u64>,
    unattached: Option<u64>,
    blind: Option<u64>,
    processes: Option<Unsampled>,
}

/// Processes that were not sampled, or not all the while.
#[derive(Serialize)]
struct Unsampled {
    left_out: u64,
    kept_waiting: u64,
    waited: u64,
    waited_of: u64,
    without_python: u64,
    too_short: u64,
    unread: u64,
    unopened: u64,
}

/// Callbacks that kept an event loop for 10 ms and more.
#[derive(Serialize)]
struct EventLoop<'a> {
    stalls: u64,
    seconds: f64,
    longest: f64,
    coroutine: Option<&'a str>,
    resolution: f64,
}

#[derive(Serialize)]
struct Found<'a> {
    advisor: &'a str,
    title: &'a str,
    because: Vec<&'a str>,
    path: &'a str,
    function: &'a str,
    line: u32,
    column: Option<u32>,
    end_line: u32,
    end_column: Option<u32>,
    snippet: Option<&'a str>,
    /// What is null is not known: the run has too few samples.
    share: Option<f64>,
    share_low: Option<f64>,
    share_high: Option<f64>,
    self_share: Option<f64>,
    evidence: Vec<Seen<'a>>,
    claim: &'static str,
    gain: Gain,
    bytes: Option<Bytes>,
    same_time_as: Option<usize>,
    known: bool,
    fix: Option<Refactor<'a>>,
    explain: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Seen<'a> {
    Operand { expression: &'a str, r#type: &'a str, length: Option<u64>, observations: u32 },
    Callee { function: &'a str, share: Option<f64> },
    Fact { fact: &'a str },
}

/// Memory that the fix is expected to save.
#[derive(Serialize)]
struct Bytes {
    value: u64,
    low: u64,
    /// Nothing where only the least is known.
    high: Option<u64>,
}

/// Shares of the run's time; `basis` says what the estimate stands on.
#[derive(Serialize)]
struct Gain {
    saved: Option<f64>,
    saved_low: Option<f64>,
    saved_high: Option<f64>,
    speedup: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    basis: &'static str,
}

#[derive(Serialize)]
struct Refactor<'a> {
    safety: &'static str,
    note: Option<&'a str>,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    start: (u32, u32),
    end: (u32, u32),
    text: &'a str,
}

#[derive(Serialize)]
struct NotLookedAt<'a> {
    what: &'a str,
    why: &'a str,
}

/// A finding that the source asks not to be told.
#[derive(Serialize)]
struct NotTold<'a> {
    advisor: &'a str,
    path: &'a str,
    line: u32,
    reason: Option<&'a str>,
}

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let report = Report {
        schema: "unslow.findings/1",
        target: target(input.profile),
        profile: recording(input.profile),
        memory: memory(input.profile),
        event_loop: event_loop(input.profile),
        findings: input.advice.findings.iter().map(|it| found(it, input.profile)).collect(),
        unlooked: input.advice.unlooked.iter().map(not_looked_at).collect(),
        ignored: input.advice.ignored.iter().map(not_told).collect(),
    };
    json::pretty(&report)
}

fn target(profile: &Profile) -> Target<'_> {
    Target {
        pid: profile.target.pid,
        command: profile.target.command.iter().map(Untrusted::data).collect(),
        directory: profile.target.base().map(Untrusted::data),
        python: profile.target.python.map(|python| python.to_string()),
        free_threaded: profile.target.python.map(|python| python.free_threaded),
        support: profile.target.python.map(Python::support),
        cpus: profile.machine.cpus,
    }
}

fn recording(profile: &Profile) -> Recording {
    let timing = &profile.timing;
    let tells_losses = profile.tells_losses();
    let lost = |number: u64| (tells_losses || number > 0).then_some(number);
    let told = |number: f64| (tells_losses || number > 0.0).then_some(number);
    Recording {
        sweeps: timing.sweeps,
        samples: profile.samples(),
        busy_samples: profile.busy_samples(),
        run_samples: profile.run_samples(),
        at_once: timing.at_once,
        seconds: told(timing.seconds),
        rate_hz: told(timing.rate_hz),
        missed: lost(timing.missed),
        torn: lost(timing.torn),
        unreadable: lost(timing.unreadable),
        too_deep: lost(timing.too_deep),
        truncated: lost(timing.truncated),
        unattached: lost(timing.unattached),
        blind: lost(timing.blind),
        processes: tells_losses.then_some(Unsampled {
            left_out: timing.left_out,
            kept_waiting: timing.kept_waiting,
            waited: timing.waited,
            waited_of: timing.waited_of,
            without_python: timing.without_python,
            too_short: timing.too_short,
            unread: timing.unread,
            unopened: timing.unopened,
        }),
    }
}

fn event_loop(profile: &Profile) -> Option<EventLoop<'_>> {
    let stalls = profile.loop_stalls()?;
    Some(EventLoop {
        stalls: stalls.count,
        seconds: stalls.total,
        longest: stalls.longest,
        coroutine: stalls.task.map(|task| profile.tasks[task as usize].coroutine.data()),
        resolution: profile.timing.sample_seconds(),
    })
}

fn found<'a>(finding: &'a Finding, profile: &Profile) -> Found<'a> {
    let heat = &finding.heat;
    let is_known = !profile.has_few_samples();
    let told = |share: f64| is_known.then(|| rounded(share));
    let run = heat.samples as f64 / heat.share.max(f64::MIN_POSITIVE);
    Found {
        advisor: finding.advisor,
        title: finding.title.data(),
        because: finding.because.iter().map(Untrusted::data).collect(),
        path: finding.file.data(),
        function: finding.function.data(),
        line: finding.place.line,
        column: finding.place.columns.map(|(start, _)| start),
        end_line: finding.place.end_line,
        end_column: finding.place.columns.map(|(_, end)| end),
        snippet: finding.snippet(),
        share: told(heat.share),
        share_low: told(heat.share_low),
        share_high: told(heat.share_high),
        self_share: told(if heat.samples == 0 { 0.0 } else { heat.self_samples as f64 / run }),
        evidence: finding.evidence.iter().map(|it| seen(it, told)).collect(),
        claim: claim(finding.worth),
        gain: gain(finding.worth, is_known),
        bytes: bytes(finding.worth),
        same_time_as: finding.same_time_as.map(|index| index + 1),
        known: finding.is_known,
        fix: finding.fix.as_ref().map(|fix| refactor(finding, fix)),
        explain: finding.advisor,
    }
}

fn seen(evidence: &Evidence, told: impl Fn(f64) -> Option<f64>) -> Seen<'_> {
    match evidence {
        Evidence::Operand(Operand { expression, type_name, observations, lengths }) => {
            Seen::Operand {
                expression: expression.data(),
                r#type: type_name.data(),
                length: lengths.map(|lengths| lengths.median),
                observations: *observations,
            }
        }
        Evidence::Callee(function, share) => {
            Seen::Callee { function: function.data(), share: told(*share) }
        }
        Evidence::Fact(fact) => Seen::Fact { fact: fact.data() },
    }
}

fn claim(worth: Worth) -> &'static str {
    match worth {
        Worth::Time(_) => "time",
        Worth::Memory(_) => "memory",
        Worth::Correctness => "correctness",
    }
}

fn bytes(worth: Worth) -> Option<Bytes> {
    match worth {
        Worth::Memory(bytes) => {
            Some(Bytes { value: bytes.value, low: bytes.low, high: bytes.high })
        }
        Worth::Time(_) | Worth::Correctness => None,
    }
}

fn gain(worth: Worth, is_known: bool) -> Gain {
    let (gain, is_known) = match worth {
        Worth::Time(gain) => (gain, is_known),
        Worth::Memory(_) | Worth::Correctness => (NO_GAIN, true),
    };
    let told = |figure: fn(f64) -> f64, saved| is_known.then(|| figure(saved));
    Gain {
        saved: told(rounded, gain.saved),
        saved_low: told(rounded, gain.saved_low),
        saved_high: told(rounded, gain.saved_high),
        speedup: told(speedup, gain.saved),
        low: told(speedup, gain.saved_low),
        high: told(speedup, gain.saved_high),
        basis: if is_known && gain.saved_high > 0.0 { "priced" } else { "none" },
    }
}

/// What does not save time.
const NO_GAIN: advisors::Gain = advisors::Gain { saved: 0.0, saved_low: 0.0, saved_high: 0.0 };

/// How many times faster the whole run gets when `saved` of it goes away. Capped: a share of one
/// would be infinitely faster, which JSON cannot say.
fn speedup(saved: f64) -> f64 {
    rounded(1.0 / (1.0 - saved.clamp(0.0, 0.999)))
}

fn refactor<'a>(finding: &'a Finding, fix: &'a Fix) -> Refactor<'a> {
    let edit = |edit: &'a crate::advise::Edit| Edit {
        path: finding.file.data(),
        start: edit.start,
        end: edit.end,
        text: edit.text.data(),
    };
    Refactor {
        safety: match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
        note: fix.note.as_ref().map(Untrusted::data),
        edits: fix.edits.iter().map(edit).collect(),
    }
}

fn not_looked_at(unlooked: &Unlooked) -> NotLookedAt<'_> {
    NotLookedAt { what: unlooked.what.data(), why: &unlooked.why }
}

fn not_told(ignored: &Ignored) -> NotTold<'_> {
    NotTold {
        advisor: ignored.finding.advisor,
        path: ignored.finding.file.data(),
        line: ignored.finding.place.line,
        reason: Some(ignored.reason.data()).filter(|reason| !reason.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speedup_is_finite() {
        assert_eq!(speedup(0.5), 2.0);
        assert_eq!(speedup(1.0), 1000.0);
        assert_eq!(speedup(-0.1), 1.0);
    }
}
