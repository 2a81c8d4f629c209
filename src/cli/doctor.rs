//! `unslow doctor`: what is missing to attach, and the exact command that helps.

use std::time::Duration;

use clap::Args;

use super::diagnosis;
use super::failure::Outcome;
use super::terminal::{Manner, Stream};
use crate::sample::{AttachError, Options, Sampler};
use crate::target::permissions::{Check, Verdict};
use crate::target::{Identity, command_line};

/// How long a program that was only just started may take to become a Python.
const PATIENCE: Duration = Duration::from_millis(500);

/// Exit code when something stands in the way.
const UNFIT: u8 = 1;

/// Check whether processes here, or one process, can be attached to
///
/// Exit code 0 says that attaching works, 1 that something stands in the way.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = "Examples:\n  unslow doctor\n  unslow doctor 4242")]
pub(super) struct Doctor {
    /// The process to check
    pid: Option<u32>,
}

impl Doctor {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let machine = diagnosis::situation();
        let Some(pid) = self.pid else {
            return show(&machine.checks(), None, manner);
        };
        Identity::of(pid)?;
        let situation = machine.with_target(pid)?;
        let mut checks = situation.checks();
        let attached = Sampler::attach(pid, Options { patience: PATIENCE, ..Options::default() });
        let is_refused = matches!(attached, Err(AttachError::NoPermission { .. }));
        if is_refused && !checks.iter().any(|check| check.verdict == Verdict::Blocked) {
            checks.push(situation.unexplained());
        }
        show(&checks, Some((pid, attached)), manner)
    }
}

fn show(
    checks: &[Check],
    attempt: Option<(u32, Result<Sampler, AttachError>)>,
    manner: Manner,
) -> Outcome<u8> {
    let color = manner.colors(Stream::Stdout);
    let mut text: String = checks.iter().map(|check| entry(check, color)).collect();
    let is_fit = match &attempt {
        None => checks.iter().all(|check| check.verdict != Verdict::Blocked),
        Some((_, outcome)) => outcome.is_ok(),
    };
    text += &match &attempt {
        None => String::new(),
        Some((pid, Ok(sampler))) => line(Verdict::Fine, "python", &attached(*pid, sampler), color),
        Some((_, Err(error))) => line(Verdict::Blocked, "python", &error.to_string(), color),
    };
    Stream::Stdout.print(text.as_bytes())?;
    Ok(if is_fit { 0 } else { UNFIT })
}

/// What was found, and what helps where it is not fine.
fn entry(check: &Check, color: bool) -> String {
    let remedies = check.remedies.iter().filter(|_| check.verdict != Verdict::Fine);
    let remedies = remedies.map(|remedy| format!("{:22}{}\n", "", diagnosis::told(remedy)));
    std::iter::once(line(check.verdict, check.subject, &check.found, color))
        .chain(remedies)
        .collect()
}

fn attached(pid: u32, sampler: &Sampler) -> String {
    let interpreter = sampler.interpreter();
    let detail = match interpreter.columns {
        true => "lines, columns and operands",
        false => "lines only",
    };
    let command: Vec<String> = command_line(pid).iter().map(|word| word.terminal()).collect();
    let python = interpreter.python.described();
    format!("attached to {python}, {detail}: {}", command.join(" "))
}

fn line(verdict: Verdict, subject: &str, found: &str, color: bool) -> String {
    let (word, paint) = match verdict {
        Verdict::Fine => ("ok", "\u{1b}[32m"),
        Verdict::Limited => ("note", "\u{1b}[33m"),
        Verdict::Blocked => ("NO", "\u{1b}[1;31m"),
    };
    let (paint, plain) = if color { (paint, "\u{1b}[0m") } else { ("", "") };
    format!("{paint}{word:4}{plain}  {subject:14}  {found}\n")
}
