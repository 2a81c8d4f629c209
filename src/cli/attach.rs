//! `unslow attach`: samples a process that runs already, and says what slows it down.

use clap::Args;

use super::args::{Checks, Destinations, Sampling, Selection, pid};
use super::failure::Outcome;
use super::job::Job;
use super::outputs::Outputs;
use super::settings::Wanted;
use super::terminal::{Manner, Stream};

/// Look at a running process, then say what slows it down
///
/// The process is not changed, nor paused unless --exact asks for that. Recording ends after
/// --duration, with the process, or with Ctrl-C; the findings go to standard output.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Attach {
    /// The process id
    #[arg(required_unless_present = "pid_option", value_name = "PID", value_parser = pid)]
    pid: Option<u32>,
    /// The process id, as an option
    #[arg(short, long = "pid", id = "pid_option", value_name = "PID", conflicts_with = "pid", value_parser = pid)]
    pid_option: Option<u32>,
    #[command(flatten)]
    sampling: Sampling,
    #[command(flatten)]
    destinations: Destinations,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    checks: Checks,
    /// Sample only this process, not those below it
    #[arg(long)]
    no_subprocesses: bool,
}

const EXAMPLES: &str = "\
Examples:
  unslow attach 4242                          until Ctrl-C
  unslow attach 4242 -d 30s -o flame.svg
  unslow attach 4242 -d 10s -f json           findings for a program, on standard output
  sudo unslow attach 4242                     a process of another user";

impl Attach {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let pid = self.pid.or(self.pid_option).unwrap_or_default();
        let job = Job {
            rate_hz: self.sampling.rate,
            duration: self.sampling.duration(),
            exact: self.sampling.exact,
            follow: !self.no_subprocesses,
            outputs: Outputs::plan(&self.destinations)?,
            view: self.selection.view(),
            wanted: Wanted::plan(&self.checks)?,
            tell: Some(Stream::Stdout),
            manner,
        };
        job.attach(pid)
    }
}
