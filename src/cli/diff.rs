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
use crate::report::{self, ReportError, View};

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
    /// Draw both too: FILE.svg is a flamegraph, red where it takes longer, blue where less; FILE.html
    /// a page with what changed, the flamegraph to search and zoom, and what is gone; `-` is the table
    /// on standard output; repeatable
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  unslow run -o before.pb.gz etl.py; edit etl.py; unslow run -o after.pb.gz etl.py
  unslow diff before.pb.gz after.pb.gz -o diff.html
  unslow diff monday.pb.gz tuesday.pb.gz --shares     a service, 30 s of each day";

impl Diff {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        // The table is what goes to standard output.
        let is_stdout = |path: &&PathBuf| path.as_os_str() == "-";
        let is_table_asked = self.output.iter().any(|path| is_stdout(&path));
        let pictures = self.output.iter().filter(|path| !is_stdout(path));
        let pictures = pictures.map(|path| Ok((path, plan(path)?)));
        let pictures = pictures.collect::<Outcome<Vec<_>>>()?;
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
        for (path, draw) in &pictures {
            write_atomic(path, &draw(&comparison)?)?;
            manner.note(&format!("wrote {}", path.display()));
        }
        if !manner.quiet || is_table_asked || pictures.is_empty() {
            Stream::Stdout.print(&diff::table(&comparison)?)?;
        }
        Ok(0)
    }
}

/// What draws both recordings.
type Draw = fn(&Comparison<'_>) -> Result<Vec<u8>, ReportError>;

/// What is drawn into a file, which can be written later.
fn plan(path: &Path) -> Outcome<Draw> {
    let draw: Draw = match report::by_extension(path).map(|format| format.name) {
        Some("flamegraph") => diff::flamegraph,
        Some("html") => diff::html,
        _ => {
            return Err(Failure::new(format!("{} is no picture that diff draws", path.display()))
                .help("name a file that ends in .svg or .html"));
        }
    };
    check_writable(path)?;
    Ok(draw)
}

/// Reads a profile.
///
/// # Errors
/// When it cannot be read; the file is named.
pub(super) fn load(path: &Path) -> Outcome<Profile> {
    file::load(path).map_err(|error| {
        let help = match &error {
            ProfileError::Io(error) if error.kind() == ErrorKind::NotFound => {
                Some("record one with: unslow run -o profile.pb.gz etl.py")
            }
            ProfileError::Io(error) if error.kind() == ErrorKind::IsADirectory => {
                Some("name the profile in it, as -o profile.pb.gz wrote it")
            }
            ProfileError::Io(error) if error.kind() == ErrorKind::PermissionDenied => {
                Some("what was recorded with sudo is root's: sudo chown \"$USER\" FILE")
            }
            ProfileError::Empty | ProfileError::Corrupt(_) | ProfileError::Io(_) => {
                Some("copy it again, or record it again")
            }
            ProfileError::Line(_) => Some("take that line out, or write the stacks again"),
            ProfileError::Foreign(_) => {
                Some("record the time that the program takes: unslow run -o profile.pb.gz etl.py")
            }
            ProfileError::NotAProfile => Some(
                "what can be looked at again, in every format, is written with -o profile.pb.gz; \
                 findings, pages and pictures cannot",
            ),
            _ => None,
        };
        let name = match path.to_str() {
            Some("-") => "standard input".to_owned(),
            _ => path.display().to_string(),
        };
        let failure = Failure::from(error).context(format!("cannot read {name}"));
        help.into_iter().fold(failure, Failure::help)
    })
}
