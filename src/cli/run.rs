//! `unslow run`: starts a program, samples it until it ends, and says what slows it down.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

use clap::Args;

use super::args::{Checks, Destinations, Sampling, Selection};
use super::failure::{Failure, Outcome};
use super::job::Job;
use super::outputs::Outputs;
use super::settings::Wanted;
use super::terminal::{Manner, Stream};
use crate::report::by_extension;
use crate::target::spawn::{Program, Surroundings};

/// Run a program, then say what slows it down
///
/// The program keeps its own input, output and exit code; the findings go to standard error.
/// A script is run with the active virtual environment's Python or python3 (UNSLOW_PYTHON names
/// another); any other program is started as it stands, and the Python in it or below it is
/// sampled.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Run {
    #[command(flatten)]
    sampling: Sampling,
    #[command(flatten)]
    destinations: Destinations,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    checks: Checks,
    /// Run a module, as `python -m` does
    #[arg(short, long)]
    module: bool,
    /// Sample only the program itself, not the processes that it starts
    #[arg(long)]
    no_subprocesses: bool,
    /// Python's option, which is answered with how to use it here
    #[arg(short = 'c', value_name = "CODE", hide = true, value_parser = code_is_pythons)]
    code: Option<Infallible>,
    /// The script, module or program, and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  unslow run etl.py orders.csv
  unslow run -m package.module --rows 5
  unslow run -r 1khz -o flame.svg -o profile.pb.gz -- python3.12 etl.py --rows 100000
  unslow run -- ./nightly.sh";

fn code_is_pythons(_code: &str) -> Result<Infallible, &'static str> {
    Err("name the interpreter that takes it: unslow run -- python3 -c CODE")
}

/// The file of an `-o` among a program's own words, where its ending means a format of ours.
fn output_of_program(words: &[OsString]) -> Option<&str> {
    let mut pairs = words.windows(2).skip(1);
    let pair = pairs.find(|pair| pair[0] == "-o" || pair[0] == "--output")?;
    pair[1].to_str().filter(|file| by_extension(Path::new(file)).is_some())
}

impl Run {
    #[cfg(test)]
    pub(super) fn words(&self) -> &[OsString] {
        &self.program
    }

    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let outputs = Outputs::plan(&self.destinations)?;
        if self.destinations.output.is_empty() && !outputs.is_empty() {
            return Err(Failure::new("standard output belongs to the program")
                .help("name a file for the result: -o FILE"));
        }
        if let Some(file) = output_of_program(&self.program).filter(|_| outputs.is_empty()) {
            manner.note(&format!(
                "-o {file} stands behind the program and is its own; for an output of unslow: \
                 unslow run -o {file} PROGRAM"
            ));
        }
        let around = Surroundings::of_this_process();
        let program = match self.module {
            true => Program::module(&self.program, &around)?,
            false => Program::parse(&self.program, &around)?,
        };
        let job = Job {
            rate_hz: self.sampling.rate,
            duration: self.sampling.duration(),
            exact: self.sampling.exact,
            follow: !self.no_subprocesses,
            outputs,
            view: self.selection.view(),
            wanted: Wanted::plan(&self.checks)?,
            tell: Some(Stream::Stderr),
            manner,
        };
        job.run(&program)
    }
}
