//! `unslow dump`: what every thread of a process is doing now.

use clap::{Args, ValueEnum};

use super::args::pid;
use super::diagnosis;
use super::failure::Outcome;
use super::terminal::{Manner, Stream};
use crate::locate::{Excerpts, Sources};
use crate::profile::Target;
use crate::report::dump::{self as report, Input};
use crate::sample::dump::Dump as Seen;
use crate::sample::{Options, Sampler};
use crate::target::root::Root;
use crate::target::{Identity, command_line, working_directory};

/// Show what every thread of a process is doing now
///
/// The process is neither paused nor changed. The innermost frame comes first, with the
/// expression that it is at. asyncio tasks follow with what they wait for.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Dump {
    /// The process id
    #[arg(required_unless_present = "pid_option", value_name = "PID", value_parser = pid)]
    pid: Option<u32>,
    /// The process id, as an option
    #[arg(short, long = "pid", id = "pid_option", value_name = "PID", conflicts_with = "pid", value_parser = pid)]
    pid_option: Option<u32>,
    /// Show the variables of every frame too
    #[arg(short, long)]
    locals: bool,
    /// The format
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Accepted for py-spy's sake: `-f json`
    #[arg(short, long, hide = true, conflicts_with = "format")]
    json: bool,
    /// Accepted for py-spy's sake: a process is never paused
    #[arg(long, hide = true)]
    nonblocking: bool,
}

/// How a dump is shown.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// To be read
    Text,
    /// For programs, schema unslow.dump/1
    Json,
}

const EXAMPLES: &str = "\
Examples:
  unslow dump 4242
  unslow dump 4242 -l                                   with local variables
  unslow dump 4242 -f json | jq '.threads[].frames[0]'";

impl Dump {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let pid = self.pid.or(self.pid_option).unwrap_or_default();
        let identity = Identity::of(pid)?;
        let root = Root::of(pid);
        let mut sampler = Sampler::attach(pid, Options::default()).map_err(diagnosis::of)?;
        let seen = sampler.dump(self.locals)?;
        let target = Target {
            pid,
            command: command_line(pid),
            directory: working_directory(pid),
            assumed_directory: None,
            place_in_repository: None,
            python: Some(seen.interpreter.python),
        };
        let sources = Sources {
            root: root.as_ref().map(Root::path),
            began: Some(identity.began()),
            ..Sources::default()
        };
        let excerpts = excerpts(&seen, Excerpts::new(target.directory.clone(), sources));
        let input = Input {
            dump: &seen,
            target: &target,
            excerpts: &excerpts,
            color: manner.colors(Stream::Stdout),
            width: Stream::Stdout.width(),
        };
        let format = if self.json { Format::Json } else { self.format };
        let bytes = match format {
            Format::Text => report::text(&input),
            Format::Json => report::json(&input)?,
        };
        Stream::Stdout.print(&bytes)?;
        Ok(0)
    }
}

fn excerpts(seen: &Seen, mut sources: Excerpts) -> report::Excerpts {
    let tasks = seen.tasks.iter().flatten().flat_map(|task| &task.frames);
    let frames = seen.threads.iter().flat_map(|thread| &thread.sample.frames).chain(tasks);
    let mut excerpts = report::Excerpts::new();
    for frame in frames {
        let key = (frame.code.clone(), frame.place);
        if !excerpts.contains_key(&key)
            && let Some(text) = sources.of(&frame.code, frame.place)
        {
            excerpts.insert(key, text);
        }
    }
    excerpts
}
