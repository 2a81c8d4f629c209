//! `unslow top`: what a process does, live in the terminal.

mod backend;
mod feed;
mod header;
mod help;
mod keys;
mod model;
mod pauses;
mod places;
mod screen;
mod table;
mod tally;
mod terminal;
mod threads;
mod view;
mod watch;

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use clap::Args;

use super::args::{pid, rate};
use super::failure::{Failure, Outcome};
use super::recording::Plan;
use super::signals::Signals;
use super::terminal::{Manner, Stream};
use crate::locate::{Excerpts, Sources};
use crate::target::root::Root;
use crate::target::{Identity, working_directory};
use feed::Feed;
#[cfg(test)]
pub(super) use feed::sampling_failed;
use watch::Watch;

/// Watch what a process does, live in the terminal
///
/// Functions, lines, expressions and threads by their share of the last seconds or since the
/// start, sorted and filtered as you like: `?` lists the keys. The process is neither paused nor
/// changed.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Top {
    /// The process id
    #[arg(required_unless_present = "pid_option", value_name = "PID", value_parser = pid)]
    pid: Option<u32>,
    /// The process id, as an option
    #[arg(short, long = "pid", id = "pid_option", value_name = "PID", conflicts_with = "pid", value_parser = pid)]
    pid_option: Option<u32>,
    /// How often to sample, a second: `100`, `1khz`
    #[arg(short, long, value_name = "HZ", value_parser = rate, default_value = "100")]
    rate: f64,
    /// Sample only this process, not those below it
    #[arg(long)]
    no_subprocesses: bool,
}

const EXAMPLES: &str = "\
Examples:
  unslow top 4242
  sudo unslow top 4242                        a process of another user

Without a terminal: unslow attach 4242 -d 5s";

impl Top {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let pid = self.pid.or(self.pid_option).unwrap_or_default();
        need_terminal(pid)?;
        let target = Arc::new(Identity::of(pid)?);
        let root = Root::of(pid);
        let sources = Sources {
            root: root.as_ref().map(Root::path),
            began: Some(target.began()),
            ..Sources::default()
        };
        let signals = Signals::take_over()?;
        let plan = Plan {
            root: Arc::clone(&target),
            rate_hz: self.rate,
            exact: false,
            duration: None,
            follow: !self.no_subprocesses,
            patient: false,
        };
        let feed = Feed::start(plan)?;
        let color = manner.colors(Stream::Stdout);
        Watch::new(feed, signals, Excerpts::new(working_directory(pid), sources), color)?.run()?;
        Ok(0)
    }
}

/// # Errors
/// When there is nothing to draw on, or nobody to press a key.
fn need_terminal(pid: u32) -> Outcome<()> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == OsStr::new("dumb"));
    let missing = match (io::stdin().is_terminal(), io::stdout().is_terminal()) {
        (_, false) => "standard output is none",
        (false, _) => "standard input is none",
        _ if is_dumb => "TERM=dumb can only print lines",
        _ => return Ok(()),
    };
    Err(Failure::new(format!("top needs a terminal, and {missing}"))
        .help(format!("for a few seconds of the process as text: unslow attach {pid} -d 5s")))
}
