//! One file a verb; the only place that prints, exits or handles signals.

mod args;
mod attach;
mod bystander;
mod completions;
mod diagnosis;
mod diff;
mod doctor;
mod dump;
mod explain;
mod failure;
mod gating;
mod job;
mod man;
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
mod stops;
mod telling;
mod terminal;
mod top;
mod usage;

use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

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
    Completions(completions::Completions),
    Man(man::Man),
    #[command(hide = true, name = bystander::VERB)]
    StandBy,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let parsed = Cli::command().color(terminal::forced()).try_get_matches_from(&words);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            let manner = Manner { color: ColorChoice::Auto, quiet: false };
            return usage::answer(&error, &words, manner).into();
        }
    };
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
            Self::Completions(verb) => verb.execute(&Cli::command()),
            Self::Man(verb) => verb.execute(Cli::command(), manner),
            Self::StandBy => bystander::stand_by(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_shows_how_it_is_used() {
        for verb in Cli::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let own = format!("  unslow {}", verb.get_name());
            assert!(help.starts_with("Examples:\n") && help.contains(&own), "{own}: {help}");
        }
    }

    /// The commands of a page's console blocks, as a shell would split them.
    fn commands(page: &str) -> Vec<Vec<String>> {
        let lines = page.lines().filter_map(|line| line.strip_prefix("$ "));
        let lines = lines.map(|line| line.strip_prefix("sudo ").unwrap_or(line));
        lines.filter(|line| line.starts_with("unslow ")).map(words).collect()
    }

    fn words(line: &str) -> Vec<String> {
        let (mut words, mut is_quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '\'' => is_quoted = !is_quoted,
                '#' | '|' | '>' if !is_quoted => break,
                ' ' if !is_quoted => words.push(String::new()),
                c => words.last_mut().expect("there is one").push(c),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn the_commands_of_the_documentation_can_be_typed() {
        for page in [include_str!("../../README.md"), include_str!("../../docs/guide.md")] {
            let commands = commands(page);
            assert!(commands.len() >= 10, "{commands:?}");
            for words in commands {
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("{words:?}: {error}");
                }
            }
        }
        let saving = words("unslow run --fail-on 'saving>10%' etl.py  # a check");
        assert_eq!(saving, ["unslow", "run", "--fail-on", "saving>10%", "etl.py"]);
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
