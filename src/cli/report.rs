//! `unslow report`: every view of a recording, long after it was made.

use std::path::PathBuf;

use clap::Args;

use super::args::{Checks, Destinations, Selection};
use super::failure::{Failure, Outcome};
use super::merge::sum_of;
use super::outputs::Outputs;
use super::settings::Wanted;
use super::telling::Told;
use super::terminal::{Manner, Stream};
use crate::locate::{Sources, assumed_directory, place_in_repository};
use crate::profile::Target;
use crate::target::working_directory;
use crate::text::Untrusted;

/// Say what a recorded profile shows, or turn it into other formats
///
/// Sources are read from where the program had them, or from where they are now. The findings go to
/// standard output, unless an output does.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Report {
    /// Where the files of the program's working directory are now
    #[arg(long, value_name = "DIR")]
    sources: Option<PathBuf>,
    /// The profile, as `-o profile.pb.gz` wrote it, or another tool's: pprof, folded stacks of py-spy,
    /// Austin and Tachyon, speedscope; `-` is standard input. Several of one program are taken together
    #[arg(required = true, value_name = "PROFILE")]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    destinations: Destinations,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    checks: Checks,
}

const EXAMPLES: &str = "\
Examples:
  unslow report profile.pb.gz
  unslow report profile.pb.gz -o flame.svg -o advice.json
  unslow report profile.pb.gz -i -t -o waiting.svg    waiting threads too, each for itself
  unslow report profile.pb.gz --sources .             recorded elsewhere, sources here
  unslow report profile.pb.gz --fail-on 'saving>10%' --baseline known.json
  unslow report profile.pb.gz -f folded | grep etl.py
  unslow report monday.pb.gz tuesday.pb.gz            several runs, taken together";

impl Report {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let outputs = Outputs::plan(&self.destinations)?;
        let wanted = Wanted::plan(&self.checks)?;
        let view = self.selection.view();
        let sources = Sources { directory: self.sources.clone(), ..Sources::default() };
        if let Some(folder) = self.sources.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(Failure::new(format!("there is no folder {}", folder.display()))
                .help("--sources takes the folder that holds the files of the program's working directory"));
        }
        let mut profile = sum_of(&self.profiles)?;
        if profile.target.directory.is_none() {
            // What a fix changes is named as whoever applies it sees it.
            profile.target.assumed_directory = match &self.sources {
                Some(folder) => {
                    let folder = std::fs::canonicalize(folder).ok();
                    folder.map(|folder| assumed_directory(&profile, &folder))
                }
                None => working_directory(std::process::id()),
            };
        }
        profile.target.place_in_repository = self.place_in_repository(&profile.target);
        let told = Told::of(profile, &sources, &wanted);
        told.write_again(&outputs, &view, manner)?;
        if !manner.quiet && !outputs.take_stdout() {
            told.print(Stream::Stdout, &outputs, &view, manner)?;
        }
        Ok(told.judge(&wanted, manner))
    }

    /// Where the files of the program's folder stand in their repository now.
    fn place_in_repository(&self, target: &Target) -> Option<Untrusted> {
        let folder = match &self.sources {
            Some(folder) => std::fs::canonicalize(folder).ok()?,
            None => target.base()?.path().to_owned(),
        };
        place_in_repository(&folder, None)
    }
}
