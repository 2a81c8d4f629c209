//! `unslow doctor`: what is missing to attach, and the exact command that helps.

use clap::Args;

use super::diagnosis;
use super::failure::Outcome;
use super::terminal::{Manner, Stream};
use crate::sample::{AttachError, Options, Sampler};
use crate::target::permissions::{Check, Verdict};
use crate::target::{Identity, command_line};

/// Exit code when something stands in the way.
const UNFIT: u8 = 1;

/// Check whether processes here, or one process, can be attached to
///
/// Exit code 0 says that attaching works, 1 that something stands in the way.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  unslow doctor\n  unslow doctor 4242")]
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
        let checks = machine.with_target(pid)?.checks();
        let attached = Sampler::attach(pid, Options::default());
        show(&checks, Some((pid, attached)), manner)
    }
}

fn show(
    checks: &[Check],
    attempt: Option<(u32, Result<Sampler, AttachError>)>,
    manner: Manner,
) -> Outcome<u8> {
    let color = manner.colors(Stream::Stdout);
    let mut text = String::new();
    for check in checks {
        text += &line(check.verdict, check.subject, &check.found, color);
        if check.verdict != Verdict::Fine {
            for remedy in &check.remedies {
                text += &format!("{:18}{}: {}\n", "", remedy.what, remedy.command);
            }
        }
    }
    let is_blocked = checks.iter().any(|check| check.verdict == Verdict::Blocked);
    let is_fit = match &attempt {
        None => !is_blocked,
        Some((pid, outcome)) => {
            let (verdict, found) = match outcome {
                Ok(sampler) => (Verdict::Fine, attached(*pid, sampler)),
                Err(error) => (Verdict::Blocked, error.to_string()),
            };
            text += &line(verdict, "python", &found, color);
            outcome.is_ok()
        }
    };
    Stream::Stdout.print(text.as_bytes())?;
    Ok(if is_fit { 0 } else { UNFIT })
}

fn attached(pid: u32, sampler: &Sampler) -> String {
    let interpreter = sampler.interpreter();
    let detail = match interpreter.columns {
        true => "lines, columns and operands",
        false => "lines only",
    };
    let command: Vec<String> = command_line(pid).iter().map(|word| word.terminal()).collect();
    format!("attached to CPython {}, {detail}: {}", interpreter.python, command.join(" "))
}

fn line(verdict: Verdict, subject: &str, found: &str, color: bool) -> String {
    let (word, paint) = match verdict {
        Verdict::Fine => ("ok", "\u{1b}[32m"),
        Verdict::Limited => ("note", "\u{1b}[33m"),
        Verdict::Blocked => ("NO", "\u{1b}[1;31m"),
    };
    let (paint, plain) = if color { (paint, "\u{1b}[0m") } else { ("", "") };
    format!("{paint}{word:4}{plain}{subject:14}{found}\n")
}
