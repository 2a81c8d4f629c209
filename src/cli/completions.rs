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
        let mut script = quoted(self.shell, &String::from_utf8_lossy(&script));
        if self.shell == Shell::Bash {
            script = script.replacen(BASH_WORD, &format!("{BASH_WORD}{BASH_EQUALS}"), 1);
        }
        if self.shell == Shell::Zsh {
            // clap_complete has several values take all that follows, options too.
            script = script.replace("'*::profiles ", "'*:profiles ");
        }
        if self.shell == Shell::Fish {
            script += &fish_globals(&line);
            script += &fish_positionals(&line);
        }
        Stream::Stdout.print(script.as_bytes())?;
        Ok(0)
    }
}

/// Where clap_complete's script for bash has learnt which word is asked about.
const BASH_WORD: &str = "    prev=\"$3\"\n";

/// bash takes `--format=s` for three words.
const BASH_EQUALS: &str = r#"    if [[ "${COMP_WORDS[COMP_CWORD]}" == "=" ]]; then
        cur=""
        prev="${COMP_WORDS[COMP_CWORD-1]}"
    elif [[ "${COMP_WORDS[COMP_CWORD-1]}" == "=" ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    fi
"#;

/// What a check fails on beside advisors.
const CONDITIONS: &[(&str, &str)] = &[
    ("any", "Any finding"),
    ("saving>10%", "A finding whose fix saves more than that"),
    ("share>10%", "A finding that takes more than that"),
];

/// The command line without what is hidden, which clap_complete would offer, and with the words that
/// we know for its values. It is parsed without them: what is misspelt gets an answer of its own, and
/// endings are formats too.
fn offered(line: &Command) -> Command {
    let verbs: Vec<&Command> = line.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
    let names: Vec<String> = verbs.iter().map(|verb| verb.get_name().to_owned()).collect();
    Command::new("unslow")
        .version(env!("CARGO_PKG_VERSION"))
        .args(line.get_arguments())
        .subcommands(verbs.into_iter().cloned().map(|verb| completed(verb, &names)))
}

/// Where a shell reads the words that it offers as it reads a line, `>` would be a redirection.
fn quoted(shell: Shell, script: &str) -> String {
    CONDITIONS.iter().fold(script.to_owned(), |script, &(condition, _)| {
        let escaped = condition.replace('>', r"\>");
        match shell {
            // It has to survive two readings: that of the quotes and that of `compgen -W`; and bash
            // puts it into the line as it stands.
            Shell::Bash => script.replace(condition, &condition.replace('>', r"\\\\\\>")),
            Shell::Zsh => script.replace(&format!("{condition}\\:\""), &format!("{escaped}\\:\"")),
            Shell::Fish => script.replace(&format!("{condition}\\t"), &format!("{escaped}\\t")),
            _ => script,
        }
    })
}

/// clap_complete offers the values of what stands before the verb only where nothing does.
fn fish_globals(line: &Command) -> String {
    let mut script = String::new();
    for argument in line.get_arguments().filter(|it| it.is_global_set()) {
        let values = argument.get_possible_values();
        let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
        if let (Some(long), false) = (argument.get_long(), values.is_empty()) {
            script += &format!("complete -c unslow -l {long} -x -a '{}'\n", values.join(" "));
        }
    }
    script
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

fn completed(verb: Command, verbs: &[String]) -> Command {
    verb.mut_args(|argument| match argument.get_id().as_str() {
        "format" if argument.get_possible_values().is_empty() => {
            argument.value_parser(PossibleValuesParser::new(formats()))
        }
        "verb" => argument.value_parser(PossibleValuesParser::new(verbs)),
        "advisor" => argument.value_parser(PossibleValuesParser::new(advisors())),
        "fail_on" => {
            let others = CONDITIONS.iter().map(|&(it, help)| PossibleValue::new(it).help(help));
            argument.value_parser(PossibleValuesParser::new(advisors().chain(others)))
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
