//! `unslow diff`: what a change made faster or slower.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, Outcome};
use super::outputs::file::{check_writable, write_atomic};
use super::terminal::{Manner, Stream};
use crate::profile::Profile;
use crate::profile::file::{self, ProfileError};
use crate::report::diff::{self, Comparison};
use crate::report::{self, View};

/// Compare two recordings of a program: what takes more or less time than before
///
/// Functions and expressions are found again by name and text, wherever their lines have moved.
/// Differences that two runs of the same program may have are not told.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Diff {
    /// The profile from before the change, as `-o profile.pb.gz` wrote it
    before: PathBuf,
    /// The profile from after it
    after: PathBuf,
    /// Compare parts of the run instead of seconds, for services: their recordings are as long as
    /// you choose
    #[arg(long)]
    shares: bool,
    /// Show what is within noise too
    #[arg(short, long)]
    all: bool,
    /// Count threads that wait or sleep too
    #[arg(short, long)]
    idle: bool,
    /// Count only threads that hold the interpreter's lock
    #[arg(short, long)]
    gil: bool,
    /// Show functions only
    #[arg(short = 'F', long)]
    function: bool,
    /// Draw FILE.svg too: a flamegraph of both, red where it takes longer, blue where less
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  unslow run -o before.pb.gz etl.py; edit etl.py; unslow run -o after.pb.gz etl.py
  unslow diff before.pb.gz after.pb.gz -o diff.svg
  unslow diff monday.pb.gz tuesday.pb.gz --shares     a service, 30 s of each day";

impl Diff {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        self.output.as_deref().map_or(Ok(()), plan)?;
        let (before, after) = (load(&self.before)?, load(&self.after)?);
        let view = View {
            idle: self.idle,
            gil: self.gil,
            functions: self.function,
            color: manner.colors(Stream::Stdout),
            width: Stream::Stdout.width(),
            ..View::default()
        };
        let (shares, all) = (self.shares, self.all);
        let comparison = Comparison { before: &before, after: &after, view: &view, shares, all };
        let table = diff::table(&comparison)?;
        if let Some(path) = &self.output {
            write_atomic(path, &diff::flamegraph(&comparison)?)?;
            manner.note(&format!("wrote {}", path.display()));
        }
        if !(manner.quiet && self.output.is_some()) {
            Stream::Stdout.print(&table)?;
        }
        Ok(0)
    }
}

/// Whether a picture can be written there later.
fn plan(path: &Path) -> Outcome<()> {
    if report::by_extension(path).is_none_or(|format| format.name != "flamegraph") {
        return Err(Failure::new(format!("{} is no picture that diff draws", path.display()))
            .help("name a file that ends in .svg"));
    }
    Ok(check_writable(path)?)
}

/// Reads a profile.
///
/// # Errors
/// When it cannot be read; the file is named.
pub(super) fn load(path: &Path) -> Outcome<Profile> {
    file::load(path).map_err(|error| {
        let is_missing =
            matches!(&error, ProfileError::Io(error) if error.kind() == ErrorKind::NotFound);
        let failure = Failure::from(error).context(format!("cannot read {}", path.display()));
        match is_missing {
            true => failure.help("record one with: unslow run -o profile.pb.gz etl.py"),
            false => failure,
        }
    })
}
