//! From a profile to what the user gets: advice, the outputs, and the findings in words.

use super::FAILED;
use super::failure::{Failure, Outcome};
use super::gating;
use super::outputs::{self, Outputs};
use super::settings::Wanted;
use super::terminal::{Manner, Stream};
use crate::advise::{Advice, advise};
use crate::locate::{Nameless, Sources, locate, nameless_exception};
use crate::profile::Profile;
use crate::report::{self, Input, View, names, numbers};

/// A profile with what there is to say about it.
#[derive(Debug)]
pub(super) struct Told {
    profile: Profile,
    advice: Advice,
}

impl Told {
    /// Looks at the sources and asks the catalogue. A fresh recording keeps what its sources were.
    pub(super) fn of(mut profile: Profile, sources: &Sources, wanted: &Wanted) -> Self {
        let rules = &wanted.rules;
        let mut advice = advise(&profile, locate(&profile, sources, rules), rules);
        let known = wanted.gate.known(&profile, &advice);
        for (finding, is_known) in advice.findings.iter_mut().zip(known) {
            finding.is_known = is_known;
        }
        let failing = wanted.gate.failing(&profile, &advice);
        for (finding, fails) in advice.findings.iter_mut().zip(failing) {
            finding.fails = fails;
        }
        if sources.began.is_some() {
            profile.sources.clone_from(&advice.sources);
        }
        Self { profile, advice }
    }

    /// Writes all outputs of a fresh recording. When one cannot be written, the profile is kept
    /// elsewhere.
    ///
    /// # Errors
    /// The first that could not be written; the others are told of.
    pub(super) fn write(&self, outputs: &Outputs, view: &View, manner: Manner) -> Outcome<()> {
        self.write_again(outputs, view, manner).map_err(|first| self.rescued(first, manner))
    }

    /// The failure, with where the profile of a fresh recording is kept.
    pub(super) fn rescued(&self, failure: Failure, manner: Manner) -> Failure {
        match outputs::rescue(&self.profile) {
            Ok(path) => failure.help(format!(
                "the profile is kept; write it again with: unslow report {} -o FILE",
                path.display()
            )),
            Err(lost) => {
                lost.context("cannot keep the profile in the temporary directory")
                    .help("name another one: TMPDIR=/var/tmp")
                    .print(manner.colors(Stream::Stderr));
                failure.help("record it again, with outputs that can be written")
            }
        }
    }

    /// Writes all outputs of a profile that is in a file already.
    ///
    /// # Errors
    /// The first that could not be written; the others are told of.
    pub(super) fn write_again(
        &self,
        outputs: &Outputs,
        view: &View,
        manner: Manner,
    ) -> Outcome<()> {
        let mut failures = outputs.write(&self.profile, &self.advice, view, manner).into_iter();
        let first = failures.next();
        failures.for_each(|failure| failure.print(manner.colors(Stream::Stderr)));
        first.map_or(Ok(()), Err)
    }

    /// Judges the findings, says what fails the check, and gives the exit code.
    pub(super) fn judge(&self, wanted: &Wanted, manner: Manner) -> u8 {
        if let Some(Nameless { pattern, meant }) = nameless_exception(&self.profile, &wanted.rules)
        {
            let meant = meant.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
            manner.note(&format!(
                "per-file-ignores: {pattern:?} names no file of the project, nor of the run{meant}"
            ));
        }
        self.tell_idle_comments(manner);
        let judged = gating::judge(&wanted.gate, &self.profile, &self.advice, manner);
        judged.max(self.complain(manner))
    }

    /// Says which comments of the sources had nothing to silence: what is mended needs none.
    fn tell_idle_comments(&self, manner: Manner) {
        /// Places that are named.
        const TOLD: usize = 3;
        let idle = &self.advice.idle_comments;
        let target = &self.profile.target;
        let named = idle.iter().take(TOLD).map(|it| names::file(target, it).terminal());
        let named: Vec<String> = named.collect();
        let more = match idle.len().saturating_sub(TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        if !idle.is_empty() {
            manner.note(&format!(
                "ignored in the source, and not found in this run: {}{more}",
                named.join(", ")
            ));
        }
    }

    /// Says which comments of the sources cannot be followed, and gives the exit code.
    pub(super) fn complain(&self, manner: Manner) -> u8 {
        let mistakes = &self.advice.mistakes;
        if mistakes.is_empty() {
            return 0;
        }
        let comments = numbers::count(mistakes.len() as u64, "comment");
        let failure = Failure::new(format!("{comments} for unslow cannot be followed"));
        let causes = mistakes.iter().map(|mistake| mistake.data().to_owned());
        causes
            .fold(failure, Failure::because)
            .help("list the advisors with: unslow explain")
            .print(manner.colors(Stream::Stderr));
        FAILED
    }

    /// Prints the findings in words.
    ///
    /// # Errors
    /// When the stream takes no more.
    pub(super) fn print(
        &self,
        stream: Stream,
        outputs: &Outputs,
        view: &View,
        manner: Manner,
    ) -> Outcome<()> {
        let view = View {
            color: manner.colors(stream),
            width: stream.width(),
            written: outputs.formats(),
            ..view.clone()
        };
        let input = Input { profile: &self.profile, advice: &self.advice, view: &view };
        Ok(stream.print(&report::text(&input)?)?)
    }
}
