//! `unslow merge`: several recordings of a program as one.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Checks, Destinations, Selection};
use super::diff::load;
use super::failure::{Failure, Outcome};
use super::outputs::Outputs;
use super::settings::Wanted;
use super::telling::Told;
use super::terminal::Manner;
use crate::locate::Sources;
use crate::profile::{Fingerprint, MergeError, Profile};

/// Make one profile of several recordings of a program
///
/// As if they had been taken one after the other: samples and times are added up, and processes of
/// one id are taken for the same. What ran when is told where every recording tells it. The
/// recordings must be of the same sources, CPython and rate.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Merge {
    /// The profiles, as `-o profile.pb.gz` wrote them
    #[arg(required = true, num_args = 2.., value_name = "PROFILE")]
    profiles: Vec<PathBuf>,
    #[command(flatten)]
    destinations: Destinations,
    #[command(flatten)]
    selection: Selection,
}

const EXAMPLES: &str = "\
Examples:
  unslow merge monday.pb.gz tuesday.pb.gz -o week.pb.gz
  unslow merge worker-*.pb.gz -o all.pb.gz -o flame.svg";

impl Merge {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let outputs = Outputs::plan(&self.destinations)?;
        if outputs.is_empty() {
            return Err(Failure::new("there is no output to merge to")
                .help("name a file: -o all.pb.gz for every view of it"));
        }
        let wanted = Wanted::plan(&Checks::default())?;
        if let Some(path) = self.profiles.iter().find(|path| outputs.include(path)) {
            return Err(Failure::new(format!("{} is both read and written", path.display()))
                .help("name another file for the sum: -o all.pb.gz"));
        }
        let sum = sum_of(&self.profiles)?;
        let told = Told::of(sum, &Sources::default(), &wanted);
        told.write_again(&outputs, &self.selection.view(), manner)?;
        Ok(told.complain(manner))
    }
}

/// One profile of several recordings, as if they had been taken one after the other.
pub(super) fn sum_of(profiles: &[PathBuf]) -> Outcome<Profile> {
    let (first, others) = profiles.split_first().expect("clap asks for one");
    let mut sum = load(first)?;
    let mut known = vec![(first, Fingerprint::of(&sum))];
    for path in others {
        let more = load(path)?;
        let fingerprint = Fingerprint::of(&more);
        if let Some((same, _)) = known.iter().find(|(_, it)| it.is_of_same(&fingerprint)) {
            return Err(twice(path, same));
        }
        known.push((path, fingerprint));
        sum.append(more).map_err(|error| {
            let advice = match error {
                MergeError::Python(..) | MergeError::Source(_) => {
                    "to see what differs: unslow diff BEFORE AFTER"
                }
                MergeError::Losses => "merge recordings of one tool; report tells each by itself",
                MergeError::Program => "a report for each: unslow report PROFILE",
                MergeError::Rate(..) => "record all with the same --rate",
                MergeError::NoRate => {
                    "folded stacks do not tell it, recordings of unslow and speedscope's do"
                }
            };
            Failure::new(format!("cannot add {} to what comes before it", path.display()))
                .because(error.to_string())
                .help(advice)
        })?;
    }
    Ok(sum)
}

/// Counted twice, samples would make intervals narrower that say no more than before.
fn twice(path: &Path, same: &Path) -> Failure {
    let failure = Failure::new(format!("cannot add {} to what comes before it", path.display()));
    match path == same {
        true => failure.because("it is given twice".to_owned()),
        false => failure.because(format!("it is the recording that {} is", same.display())),
    }
    .help("name each recording once; more of a program takes another recording of it")
}
