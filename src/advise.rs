//! Hotspots and the catalogue to ranked findings.

mod activity;
mod blind;
mod exchange;
mod finding;
mod ignored;
mod overlap;
mod pool;
mod sift;
mod snippet;
mod threads;
mod twins;

use std::collections::BTreeMap;

use advisors::shape::Tree;
use advisors::{Activity, CATALOGUE, Case, Entry, Heat, Place, Pool, Python, Safety, Worth};

use crate::limits;
pub use crate::locate::Unlooked;
use crate::locate::{File, HotFile, left_out};
use crate::profile::{Profile, SourceSeen, Target};
use crate::rules::Rules;
use crate::text::Untrusted;
use ignored::Comments;
pub use ignored::Ignored;
use sift::sift;

/// What unslow has to say about a profile.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// Best first: by expected saving, those seen in the process before those that were not.
    pub findings: Vec<Finding>,
    /// Why some part of the catalogue or of the program could not be looked at.
    pub unlooked: Vec<Unlooked>,
    /// Findings that the sources ask not to be told.
    pub ignored: Vec<Ignored>,
    /// How many findings the rules keep back, by the setting.
    pub kept_back: BTreeMap<&'static str, u64>,
    /// Whether the rules leave out hot files that would be the user's own without them.
    pub leaves_out_files: bool,
    /// What is wrong with comments of the sources that were meant for us, each with its place.
    pub mistakes: Vec<Untrusted>,
    /// Comments of the sources that ask to ignore what was not found, each by its place.
    pub idle_comments: Vec<Untrusted>,
    /// What the sources that were looked at are told by later.
    pub sources: Vec<SourceSeen>,
    /// What stands in them, hottest first; no more than [`limits::SHOWN_SOURCES_BYTES`] together.
    pub texts: Vec<SourceText>,
}

/// The text of a source as it ran.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The file, as the target names it.
    pub file: Untrusted,
    /// All of it.
    pub text: Untrusted,
}

/// One advisor's word on one hotspot, ready to be reported.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The advisor's id.
    pub advisor: &'static str,
    /// What is wrong, in one line.
    pub title: Untrusted,
    /// Why, one sentence each.
    pub because: Vec<Untrusted>,
    /// The file, as the target names it.
    pub file: Untrusted,
    /// Qualified name of the code object.
    pub function: Untrusted,
    /// The slow expression.
    pub place: Place,
    /// The whole function, where the place is its name: nothing runs there, its time is that of its body.
    pub definition: Option<Place>,
    /// The file's text.
    pub source: Untrusted,
    /// Share of the run.
    pub heat: Heat,
    /// What was seen in the process; nothing when the finding is a question.
    pub evidence: Vec<Evidence>,
    /// What following the advice is worth.
    pub worth: Worth,
    /// The best finding before this one, by its index, that most of its samples belong to as well:
    /// what the two save does not add up.
    pub same_time_as: Option<usize>,
    /// Whether it is in the baseline that was given: known, and accepted.
    pub is_known: bool,
    /// Whether it fails the check that was asked for, where one could judge it.
    pub fails: Option<bool>,
    /// The refactor.
    pub fix: Option<Fix>,
}

/// Something seen in the process.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// What a name or expression was bound to.
    Operand(Operand),
    /// A function that the time is spent in, and its share of the run.
    Callee(Untrusted, f64),
    /// Anything else, in few words.
    Fact(Untrusted),
}

/// What a name in the expression was bound to.
#[derive(Debug, Clone)]
pub struct Operand {
    /// How the code names it.
    pub expression: Untrusted,
    /// Its type's name.
    pub type_name: Untrusted,
    /// How many looks found this type.
    pub observations: u32,
    /// Its lengths.
    pub lengths: Option<advisors::Lengths>,
}

/// A refactor.
#[derive(Debug, Clone)]
pub struct Fix {
    /// Whether it may be applied unseen.
    pub safety: Safety,
    /// What to check before applying it.
    pub note: Option<Untrusted>,
    /// The text edits, in order.
    pub edits: Vec<Edit>,
    /// The whole file after the edits; it parses.
    pub after: Untrusted,
}

/// Replacement of a stretch of text; lines from 1, columns from 0 in UTF-8 bytes.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Line and column of the first character that goes.
    pub start: (u32, u32),
    /// Line and column after the last character that goes.
    pub end: (u32, u32),
    /// What comes.
    pub text: Untrusted,
}

/// So many files are looked at before what was found in them is sifted: their texts are held meanwhile.
const TOGETHER: usize = 32;

/// Asks the advisors about the located files, as the rules have it.
pub fn advise<'a>(
    profile: &Profile,
    mut located: impl Iterator<Item = HotFile<'a>>,
    rules: &Rules,
) -> Advice {
    let whole = Whole::of(profile);
    let left_out = left_out(profile, rules);
    let mut advice = Advice { leaves_out_files: !left_out.is_empty(), ..Advice::default() };
    let directory = profile.target.base().map(Untrusted::data);
    loop {
        let files: Vec<HotFile> = located.by_ref().take(TOGETHER).collect();
        if files.is_empty() {
            break;
        }
        for examined in threads::each(files, |file| Ok(examine(&whole, file.open()?))) {
            match examined {
                Ok(mut examined) => {
                    let (told, kept_back) = sift(examined.findings, rules, directory);
                    for setting in kept_back {
                        *advice.kept_back.entry(setting).or_default() += 1;
                    }
                    examined.findings = told;
                    advice.add(examined);
                }
                Err(unlooked) => advice.unlooked.push(unlooked),
            }
        }
    }
    let findings = &mut advice.findings;
    findings.sort_by(|a, b| a.rank().total_cmp(&b.rank()).then(a.place.cmp(&b.place)));
    twins::join(profile, findings);
    overlap::mark(profile, findings);
    advice.unlooked.extend(left_out.into_iter().map(|file| not_named(&profile.target, file)));
    advice.unlooked.extend(blind::spots(profile));
    advice
}

/// A hot file that `paths` leaves out.
fn not_named(target: &Target, file: &Untrusted) -> Unlooked {
    Unlooked {
        what: Untrusted::new(target.below_base(file.data()).unwrap_or(file.data())),
        why: "`paths` in [tool.unslow] does not name it".to_owned(),
        share: None,
    }
}

impl Advice {
    /// Sources that were hot and could not be looked at: what is in them is not known.
    pub fn missing_sources(&self) -> impl Iterator<Item = &Unlooked> {
        self.unlooked.iter().filter(|unlooked| unlooked.share.is_some())
    }

    /// Takes what was found in a file.
    fn add(&mut self, examined: Examined) {
        let Examined { findings, comments, idle_comments, text, seen } = examined;
        for finding in findings {
            let lines = finding.place.line..=finding.place.end_line;
            match comments.reason(finding.advisor, lines) {
                Some(reason) => self.ignored.push(Ignored { finding, reason }),
                None => self.findings.push(finding),
            }
        }
        self.mistakes.extend(comments.mistakes);
        self.idle_comments.extend(idle_comments);
        let kept: usize = self.texts.iter().map(|kept| kept.text.data().len()).sum();
        if kept + text.text.data().len() <= limits::SHOWN_SOURCES_BYTES {
            self.texts.push(text);
        }
        self.sources.push(seen);
    }
}

/// What is left of a file once it was looked at.
struct Examined {
    findings: Vec<Finding>,
    comments: Comments,
    idle_comments: Vec<Untrusted>,
    text: SourceText,
    seen: SourceSeen,
}

/// Of all files.
struct Whole {
    python: Python,
    busy_samples: u64,
    computing_samples: u64,
    pool: Option<Pool>,
    activity: Option<Activity>,
}

impl Whole {
    fn of(profile: &Profile) -> Self {
        Self {
            python: profile.target.python.unwrap_or(ASSUMED),
            busy_samples: profile.run_samples(),
            computing_samples: profile.busy_samples(),
            pool: pool::seen(profile),
            activity: activity::seen(profile),
        }
    }
}

/// What is taken for the CPython of a recording that does not tell it, as those of other tools seldom
/// do: a new one, on which least of what was ever advised still pays.
const ASSUMED: Python = Python::new(3, 14);

/// Asks the advisors about one file.
fn examine(whole: &Whole, file: File) -> Examined {
    let text = Untrusted::new(file.source.text());
    let tree = Tree::of(&file.source);
    let hotspots = advisors::named(&tree, &file.hotspots);
    let ask = |entry: &'static Entry| {
        let findings = entry.advisor.examine(&Case {
            python: whole.python,
            source: &file.source,
            tree: &tree,
            hotspots: &hotspots,
            busy_samples: whole.busy_samples,
            computing_samples: whole.computing_samples,
            pool: whole.pool.as_ref(),
            activity: whole.activity.as_ref(),
            gains: &entry.gains,
        });
        findings.into_iter().map(|finding| dress(entry.id, &file, &text, &tree, finding))
    };
    let findings: Vec<Finding> = CATALOGUE.iter().flat_map(ask).collect();
    let comments = Comments::of(&file, &tree);
    let idle = comments.idle(findings.iter());
    let idle = idle.map(|line| Untrusted::new(format!("{}:{line}", file.name.data())));
    Examined {
        idle_comments: idle.collect(),
        findings,
        comments,
        text: SourceText { file: file.name, text },
        seen: file.seen,
    }
}

/// An advisor's finding with its place resolved and all its text made untrusted again.
fn dress(
    advisor: &'static str,
    file: &File,
    text: &Untrusted,
    tree: &Tree<'_>,
    finding: advisors::Finding,
) -> Finding {
    let place = file.source.place(finding.range);
    let definition = finding.definition(tree).map(|range| file.source.place(range));
    Finding {
        advisor,
        title: Untrusted::new(finding.title),
        because: finding.because.into_iter().map(Untrusted::new).collect(),
        file: file.name.clone(),
        function: Untrusted::new(function_at(file, place)),
        place,
        definition,
        source: text.clone(),
        heat: finding.heat,
        evidence: finding.evidence.into_iter().map(Evidence::from).collect(),
        worth: finding.worth,
        same_time_as: None,
        is_known: false,
        fails: None,
        fix: finding.fix.and_then(|fix| resolve(file, fix)),
    }
}

/// The name of the code object that was hottest on the lines of `place` or, where none was hot there (the
/// head of a loop whose body is), of the innermost that begins above them and was hot below.
fn function_at(file: &File, place: Place) -> &str {
    let lines = place.line..=place.end_line;
    let spots = &file.hotspots;
    let around = || {
        let below = spots.iter().filter(|it| it.place.end_line >= place.line);
        below.filter(|it| it.function_line <= place.line).max_by_key(|it| it.function_line)
    };
    let hottest = spots.iter().find(|hotspot| lines.contains(&hotspot.place.line)).or_else(around);
    hottest.map_or("<module>", |hotspot| &hotspot.function)
}

/// A fix whose edits do not make a parsable file is no fix.
fn resolve(file: &File, fix: advisors::Fix) -> Option<Fix> {
    let fix = fix.joined();
    let after = fix.apply(&file.source).ok()?;
    let edits = fix.edits.into_iter().map(|edit| {
        let place = file.source.place(edit.range);
        let (start, end) = place.columns.unwrap_or_default();
        let (start, end) = ((place.line, start), (place.end_line, end));
        Edit { start, end, text: Untrusted::new(edit.text) }
    });
    Some(Fix {
        safety: fix.safety,
        note: fix.note.map(Untrusted::new),
        edits: edits.collect(),
        after: Untrusted::new(after),
    })
}

impl From<advisors::Evidence> for Evidence {
    fn from(seen: advisors::Evidence) -> Self {
        match seen {
            advisors::Evidence::Operand(operand) => Self::Operand(operand.into()),
            advisors::Evidence::Callee { function, share } => {
                Self::Callee(Untrusted::new(function), share)
            }
            advisors::Evidence::Fact(fact) => Self::Fact(Untrusted::new(fact)),
        }
    }
}

impl From<advisors::Operand> for Operand {
    fn from(seen: advisors::Operand) -> Self {
        Self {
            expression: Untrusted::new(seen.expression),
            type_name: Untrusted::new(seen.type_name),
            observations: seen.observations,
            lengths: seen.lengths,
        }
    }
}
