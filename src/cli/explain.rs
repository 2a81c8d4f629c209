//! `unslow explain`: the catalogue, or one advisor's page.

use advisors::{CATALOGUE, Entry};
use clap::Args;

use super::failure::{Failure, Outcome};
use super::markdown;
use super::terminal::{Manner, Stream};
use crate::report::View;
use crate::report::catalogue::{self, Row};
use crate::rules;

/// List the advisors, or explain what one finds and when its fix does not pay
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:\n  unslow explain\n  unslow explain list-membership"
)]
pub(super) struct Explain {
    /// The advisor, as a finding names it
    advisor: Option<String>,
}

impl Explain {
    pub(super) fn execute(self, manner: Manner) -> Outcome<u8> {
        let color = manner.colors(Stream::Stdout);
        let text = match &self.advisor {
            None => list(color),
            Some(id) if color => markdown::styled(find(id)?.explain),
            Some(id) => find(id)?.explain.to_owned(),
        };
        Stream::Stdout.print(text.as_bytes())?;
        Ok(0)
    }
}

fn list(color: bool) -> String {
    let rows = CATALOGUE.iter().map(|entry| Row { id: entry.id, title: entry.title });
    catalogue::advisors(rows, &View { color, width: Stream::Stdout.width(), ..View::default() })
}

fn find(id: &str) -> Outcome<&'static Entry> {
    advisors::find(id).ok_or_else(|| {
        let failure = Failure::new(format!("there is no advisor {id:?}"));
        match rules::nearest(id, CATALOGUE.iter().map(|entry| entry.id)) {
            Some(meant) => failure.help(format!("did you mean: unslow explain {meant}")),
            None => failure.help("list them all with: unslow explain"),
        }
    })
}
