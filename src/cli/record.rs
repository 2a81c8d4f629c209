//! `unslow record`: only writes, with the options that users of py-spy have in their fingers.

use std::ffi::OsString;

use clap::Args;

use super::args::{Checks, Destinations, Sampling, Selection, pid};
use super::failure::{Failure, Outcome};
use super::job::Job;
use super::outputs::Outputs;
use super::settings::Wanted;
use super::terminal::Manner;
use crate::report::View;
use crate::target::spawn::{Program, Surroundings};

/// Record to files, without findings (py-spy's options work)
///
/// Records a running process, or a program that it starts.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Record {
    /// The process to record
    #[arg(short, long, value_name = "PID", value_parser = pid, required_unless_present = "program")]
    pid: Option<u32>,
    #[command(flatten)]
    sampling: Sampling,
    #[command(flatten)]
    destinations: Destinations,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    checks: Checks,
    /// Sample the Python processes that it started too
    #[arg(short, long)]
    subprocesses: bool,
    /// Accepted for py-spy's sake: a process is not paused unless that is asked for
    #[arg(long, hide = true, conflicts_with = "exact")]
    nonblocking: bool,
    /// Accepted for py-spy's sake: frames of native code are not recorded
    #[arg(short, long, hide = true)]
    native: bool,
    /// Accepted for py-spy's sake: functions instead of lines
    #[arg(long, hide = true)]
    nolineno: bool,
    /// Accepted for py-spy's sake: files are named as the program names them
    #[arg(long, hide = true)]
    full_filenames: bool,
    /// Accepted for py-spy's sake: `--quiet`
    #[arg(long, hide = true)]
    hideprogress: bool,
    /// The program to start and record
    #[arg(trailing_var_arg = true, value_name = "PROGRAM", conflicts_with = "pid")]
    program: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  unslow record -p 4242 -o flame.svg -d 10 -r 200 -s -t
  unslow record -p 4242 -o profile.pb.gz -d 1m      then: unslow report profile.pb.gz
  unslow record -o flame.svg -- python etl.py";

impl Record {
    /// A number where the program belongs: what `attach` takes, and other profilers after `-p`.
    fn pid_without_option(&self) -> Option<u32> {
        self.program.first()?.to_str()?.parse().ok()
    }

    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        if let Some(pid) = self.pid_without_option() {
            return Err(Failure::new(format!("{pid} is no program"))
                .help(format!("for the process of that id, use -p {pid}")));
        }
        let outputs = Outputs::plan(&self.destinations)?;
        if outputs.is_empty() {
            return Err(Failure::new("there is no output to record to")
                .help("name a file: -o flame.svg, or -o profile.pb.gz for every view of it"));
        }
        if self.nonblocking {
            manner.note("--nonblocking is how unslow samples without --exact");
        }
        if self.native {
            manner.note("--native has no effect: frames of native code are not recorded");
        }
        if self.full_filenames {
            manner.note("--full-filenames has no effect on how files are named");
        }
        let view = self.selection.view();
        let job = Job {
            rate_hz: self.sampling.rate,
            duration: self.sampling.duration(),
            exact: self.sampling.exact,
            follow: self.subprocesses,
            outputs,
            view: View { functions: view.functions || self.nolineno, ..view },
            wanted: Wanted::plan(&self.checks)?,
            tell: None,
            manner: Manner { quiet: manner.quiet || self.hideprogress, ..manner },
        };
        match self.pid {
            Some(pid) => job.attach(pid),
            None => job.run(&Program::parse(&self.program, &Surroundings::of_this_process())?),
        }
    }
}
