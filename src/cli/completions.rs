//! `unslow completions`: what a shell offers when Tab is pressed.

use advisors::CATALOGUE;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Args, Command};
use clap_complete::{Shell, generate};

use super::failure::Outcome;
use super::terminal::Stream;
use crate::report::FORMATS;

/// Print what completes command lines of unslow, for a shell
///
/// Verbs, options, files, the advisors of `explain` and `--fail-on`, and the formats of `-f`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  unslow completions bash > ~/.local/share/bash-completion/completions/unslow
  unslow completions zsh > ~/.zfunc/_unslow          with ~/.zfunc in fpath, before compinit
  unslow completions fish > ~/.config/fish/completions/unslow.fish";

impl Completions {
    pub(super) fn execute(&self, line: &Command) -> Outcome<u8> {
        let mut line = offered(line);
        let mut script = Vec::new();
        generate(self.shell, &mut line, "unslow", &mut script);
        if self.shell == Shell::Fish {
            script.extend(fish_positionals(&line).into_bytes());
        }
        Stream::Stdout.print(&script)?;
        Ok(0)
    }
}

/// The command line without what is hidden, which clap_complete would offer, and with the words that
/// we know for its values. It is parsed without them: what is misspelt gets an answer of its own, and
/// endings are formats too.
fn offered(line: &Command) -> Command {
    let verbs = line.get_subcommands().filter(|verb| !verb.is_hide_set());
    Command::new("unslow")
        .version(env!("CARGO_PKG_VERSION"))
        .args(line.get_arguments())
        .subcommands(verbs.cloned().map(completed))
}

/// clap_complete leaves these out for fish (4.6, `aot/shells/fish.rs`).
fn fish_positionals(line: &Command) -> String {
    let mut script = String::new();
    for verb in line.get_subcommands() {
        for value in verb.get_positionals().flat_map(Arg::get_possible_values) {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            script += &format!(
                "complete -c unslow -n \"__fish_unslow_using_subcommand {}\" -f -a {} -d '{}'\n",
                verb.get_name(),
                value.get_name(),
                help.replace('\\', "\\\\").replace('\'', "\\'"),
            );
        }
    }
    script
}

fn completed(verb: Command) -> Command {
    verb.mut_args(|argument| match argument.get_id().as_str() {
        "format" if argument.get_possible_values().is_empty() => {
            argument.value_parser(PossibleValuesParser::new(formats()))
        }
        "advisor" => argument.value_parser(PossibleValuesParser::new(advisors())),
        "fail_on" => {
            let any = PossibleValue::new("any").help("Any finding");
            argument.value_parser(PossibleValuesParser::new(advisors().chain([any])))
        }
        _ => argument,
    })
}

fn formats() -> impl Iterator<Item = PossibleValue> {
    FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.describe))
}

fn advisors() -> impl Iterator<Item = PossibleValue> {
    CATALOGUE.iter().map(|entry| PossibleValue::new(entry.id).help(entry.title))
}
