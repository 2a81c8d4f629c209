//! One file a verb; the only place that prints, exits or handles signals.

mod args;
mod attach;
mod bystander;
mod diagnosis;
mod diff;
mod doctor;
mod dump;
mod explain;
mod failure;
mod gating;
mod job;
mod markdown;
mod merge;
mod outputs;
mod progress;
mod record;
mod recording;
mod report;
mod run;
mod settings;
mod signals;
mod telling;
mod terminal;
mod top;

use std::process::ExitCode;

use clap::{ColorChoice, Parser, Subcommand};

use failure::Outcome;
use terminal::{Manner, Stream};

/// Exit code for usage and our own failures.
const FAILED: u8 = 2;

/// Finds the slow expression in a running Python program, says why it is slow, and shows the
/// refactor.
#[derive(Debug, Parser)]
#[command(name = "unslow", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 100)]
    color: ColorChoice,
    /// No progress, notes or findings: only errors and the outputs asked for
    #[arg(short, long, global = true, display_order = 100)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  unslow run etl.py orders.csv               run a script, then say what slows it down
  unslow run -m package.module --rows 5      the same for a module
  unslow attach 4242 -d 30s -o flame.svg     look at a running process for half a minute
  unslow dump 4242 -l                        what its threads do now, with their variables
  unslow top 4242                            watch it live
  unslow explain list-membership             what a finding means and when it does not pay
  unslow doctor 4242                         why a process cannot be attached to

Exit codes: 0 fine; 1 the check asked for failed; 2 wrong usage or a failure of unslow itself.
`run` passes on the program's own exit code when that is not 0.";

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Run),
    Attach(attach::Attach),
    Record(record::Record),
    Top(top::Top),
    Report(report::Report),
    Diff(diff::Diff),
    Merge(merge::Merge),
    Dump(dump::Dump),
    Explain(explain::Explain),
    Doctor(doctor::Doctor),
    #[command(hide = true, name = bystander::VERB)]
    StandBy,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let manner = Manner { color: cli.color, quiet: cli.quiet };
    match cli.verb.execute(manner) {
        Ok(code) => code.into(),
        Err(failure) => {
            failure.print(manner.colors(Stream::Stderr));
            FAILED.into()
        }
    }
}

impl Verb {
    fn execute(self, manner: Manner) -> Outcome<u8> {
        match self {
            Self::Run(verb) => verb.execute(manner),
            Self::Attach(verb) => verb.execute(manner),
            Self::Record(verb) => verb.execute(manner),
            Self::Top(verb) => verb.execute(manner),
            Self::Report(verb) => verb.execute(manner),
            Self::Diff(verb) => verb.execute(manner),
            Self::Merge(verb) => verb.execute(manner),
            Self::Dump(verb) => verb.execute(manner),
            Self::Explain(verb) => verb.execute(manner),
            Self::Doctor(verb) => verb.execute(manner),
            Self::StandBy => bystander::stand_by(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_line_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_the_program_belongs_to_the_program() {
        let words = ["unslow", "run", "-r", "1khz", "etl.py", "-q", "--rate", "5", "--", "-m"];
        let cli = Cli::try_parse_from(words).expect("a run");
        assert!(!cli.quiet);
        let Verb::Run(run) = cli.verb else { panic!("not a run") };
        assert_eq!(run.words(), ["etl.py", "-q", "--rate", "5", "--", "-m"]);
    }
}
