//! `unslow man`: the manual's pages.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, Args, Command};
use clap_mangen::Man as Page;

use super::failure::{Failure, Outcome};
use super::outputs::file;
use super::terminal::{Manner, Stream};
use crate::rules;

/// Print a page of the manual, or write them all
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Man {
    /// The verb that it is about; unslow itself without one
    #[arg(conflicts_with = "out")]
    verb: Option<String>,
    /// Write all pages into DIR
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  unslow man run | man -l -
  unslow man --out ~/.local/share/man/man1     then: man unslow-run";

impl Man {
    pub(super) fn execute(&self, mut line: Command, manner: Manner) -> Outcome<u8> {
        // The names of the verbs' pages are made by this.
        line = line.disable_help_subcommand(true);
        line.build();
        match (&self.out, &self.verb) {
            (Some(folder), _) => {
                file::check_writable(&folder.join("unslow.1"))?;
                for command in pages(&line) {
                    let name = format!("{}.1", title(command));
                    file::write_atomic(&folder.join(name), &page(command)?)?;
                }
                manner.note(&format!(
                    "wrote {} pages to {}",
                    pages(&line).count(),
                    folder.display()
                ));
            }
            (None, None) => Stream::Stdout.print(&page(&line)?)?,
            (None, Some(verb)) => Stream::Stdout.print(&page(find(&line, verb)?)?)?,
        }
        Ok(0)
    }
}

/// The program and its verbs.
fn pages(line: &Command) -> impl Iterator<Item = &Command> {
    let verbs = line.get_subcommands().filter(|verb| !verb.is_hide_set());
    std::iter::once(line).chain(verbs)
}

fn find<'a>(line: &'a Command, verb: &str) -> Outcome<&'a Command> {
    pages(line).find(|page| page.get_name() == verb).ok_or_else(|| {
        let failure = Failure::new(format!("there is no verb {verb:?}"));
        match rules::nearest(verb, pages(line).map(Command::get_name)) {
            Some(meant) => failure.help(format!("did you mean: unslow man {meant}")),
            None => failure.help("list them all with: unslow --help"),
        }
    })
}

/// `unslow-run`
fn title(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let page = Page::new(command.clone().override_usage(usage(command)));
    let mut text = Vec::new();
    title_line(command, &mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    examples(command, &mut text)?;
    Ok(text)
}

/// How it is called, with the values of its options, which the library leaves out.
fn usage(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let shown = command.get_arguments().filter(|it| !it.is_hide_set());
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) = shown.partition(|it| it.is_positional());
    let verb = command.has_subcommands().then(|| "<COMMAND>".to_owned());
    let parts =
        options.into_iter().map(option).chain(positional.into_iter().map(value)).chain(verb);
    std::iter::once(name.to_owned()).chain(parts).collect::<Vec<_>>().join(" ")
}

/// `[-r|--rate <HZ>]`
fn option(option: &Arg) -> String {
    let short = option.get_short().map(|short| format!("-{short}"));
    let long = option.get_long().map(|long| format!("--{long}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join("|");
    let value = match option.get_action().takes_values() {
        true => format!(" <{}>", value_name(option)),
        false => String::new(),
    };
    match option.is_required_set() {
        true => format!("{names}{value}"),
        false => format!("[{names}{value}]"),
    }
}

/// `<PROFILE>`, `[ARGS]...`
fn value(argument: &Arg) -> String {
    let name = value_name(argument);
    let several = argument.get_num_args().is_some_and(|number| number.max_values() > 1);
    let more = if several { "..." } else { "" };
    match argument.is_required_set() {
        true => format!("<{name}>{more}"),
        false => format!("[{name}]{more}"),
    }
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    if names.is_empty() { argument.get_id().as_str().to_uppercase() } else { names.join(" ") }
}

/// The heading. The library leaves an empty date out, and what follows takes its place.
fn title_line(command: &Command, text: &mut Vec<u8>) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(text, ".TH {} 1 \"\" \"unslow {version}\"", title(command))
}

/// What stands below the help, line by line: filled as a paragraph the examples would run together.
fn examples(command: &Command, text: &mut Vec<u8>) -> io::Result<()> {
    let Some(help) = command.get_after_help().map(ToString::to_string) else { return Ok(()) };
    writeln!(text, ".SH EXAMPLES\n.nf")?;
    for line in help.lines().filter(|line| *line != "Examples:") {
        // A line that starts with a dot or a quote would be an order; no apostrophe may be bent.
        let line = line.replace('\\', "\\e").replace('\'', "\\(aq").replace('-', "\\-");
        writeln!(text, "\\&{line}")?;
    }
    writeln!(text, ".fi")
}
