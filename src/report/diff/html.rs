//! Both recordings as one page for a browser: what changed, best known first, and a flame graph of
//! both in which it is found.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::measure::{Key, Side};
use super::{Comparison, Row, lengths, noise, notes, program, pythons, rows, waiting};
use crate::report::flamegraph::ELIDED;
use crate::report::page::{Page, Planted, Tree, plant};
use crate::report::{ReportError, json, quality};
use crate::text::Untrusted;

/// The script's parts, in the order in which they need each other.
const SCRIPT: &[&str] = &[
    include_str!("page/choices.js"),
    include_str!("page/rows.js"),
    include_str!("page/frames.js"),
    include_str!("page/changes.js"),
    include_str!("page/removed.js"),
    include_str!("page/main.js"),
];

/// The page. What is gone is in its flame graph, as wide as it was.
///
/// # Errors
/// When one of the recordings has no sample that the view shows.
pub fn html(comparison: &Comparison<'_>) -> Result<Vec<u8>, ReportError> {
    let comparison = &comparison.checked()?;
    let program = program(comparison);
    let page = Page {
        title: &Untrusted::new(format!("{}, before and after", program.data())),
        main: include_str!("page/main.html"),
        style: include_str!("page/style.css"),
        script: SCRIPT,
        instead: "The same changes are in: unslow diff BEFORE AFTER",
    };
    page.render(&Data::of(comparison, program.terminal()))
}

/// All that the page shows, as its script reads it. Pairs are of before and after.
#[derive(Serialize)]
struct Data {
    program: String,
    /// What there is to say of both recordings in one line.
    about: String,
    warnings: Vec<String>,
    facts: [Vec<String>; 2],
    /// What is told and what is not, in sentences.
    noise: Vec<String>,
    /// Amounts are parts of the run instead of seconds.
    shares: bool,
    /// Length of the recordings in seconds; 0 when it is not known.
    seconds: [f64; 2],
    /// What a sample stands for.
    sample: [f64; 2],
    rows: Rows,
    /// What frames are called that are left out; their place is behind the rows.
    elided: &'static str,
    /// Its places are rows: functions, and at the end of a stack its expression.
    tree: Tree,
    stacks: Stacks,
    /// What is within noise is wanted too.
    all: bool,
}

/// What is compared, column by column, the largest change of each kind first.
#[derive(Serialize, Default)]
struct Rows {
    /// An expression by its own time; otherwise a function with what it calls.
    expression: Vec<bool>,
    name: Vec<String>,
    at: Vec<String>,
    before: Vec<u64>,
    after: Vec<u64>,
    /// Difference that may be noise.
    noise: Vec<f64>,
    /// Whether the difference is larger.
    changed: Vec<bool>,
}

/// Samples by the node of the tree that their stack ends at.
#[derive(Serialize, Default)]
struct Stacks {
    node: Vec<u32>,
    before: Vec<u64>,
    after: Vec<u64>,
}

impl Data {
    fn of(comparison: &Comparison<'_>, program: String) -> Self {
        let sides = Side::both(comparison);
        let profiles = [comparison.before, comparison.after];
        let (mut shown, mut known) = (Rows::default(), HashMap::new());
        let expressions = match comparison.view.functions {
            true => Vec::new(),
            false => rows(&sides, |side| &side.expressions),
        };
        let functions = rows(&sides, |side| &side.functions);
        for (is_expression, rows) in [(true, expressions), (false, functions)] {
            for row in rows {
                shown.add(&row, is_expression, &sides);
                known.insert(row.key, known.len() as u32);
            }
        }
        let (Planted { tree, shortened, .. }, stacks) = stacks(comparison, &sides, &known);
        let shortened = shortened.map(|it| it.sentence("The lists count them all."));
        Self {
            program,
            about: [lengths(comparison)]
                .into_iter()
                .chain(pythons(comparison))
                .collect::<Vec<_>>()
                .join(" · "),
            warnings: (warnings(comparison).into_iter())
                .chain(waiting(&sides, comparison.shares))
                .chain(notes(comparison, &sides))
                .chain(shortened)
                .collect(),
            facts: profiles.map(quality::facts),
            noise: noise::described(),
            shares: comparison.shares,
            seconds: profiles.map(|profile| json::rounded(comparison.seconds(profile))),
            sample: sides.each_ref().map(|side| side.amount(1)),
            rows: shown,
            elided: ELIDED,
            tree,
            stacks,
            all: comparison.all,
        }
    }
}

impl Rows {
    fn add(&mut self, row: &Row, is_expression: bool, sides: &[Side<'_>; 2]) {
        let (name, at) = row.parts(sides).unwrap_or_default();
        self.expression.push(is_expression);
        self.name.push(name.terminal());
        self.at.push(at.terminal());
        self.before.push(row.before.samples);
        self.after.push(row.after.samples);
        self.noise.push(json::rounded(row.noise));
        self.changed.push(!row.is_noise);
    }
}

fn warnings(comparison: &Comparison<'_>) -> Vec<String> {
    let of = |side, profile| {
        let warnings = quality::warnings(profile).into_iter();
        warnings.map(move |warning| format!("{side}: {warning}"))
    };
    of("Before", comparison.before).chain(of("After", comparison.after)).collect()
}

/// Stacks of functions that end in an expression.
fn stacks(
    comparison: &Comparison<'_>,
    sides: &[Side<'_>; 2],
    known: &HashMap<Key, u32>,
) -> (Planted, Stacks) {
    let elided = known.len() as u32;
    let row = |key: &Key| known.get(key).copied().unwrap_or(elided);
    let [before, after] = sides.each_ref().map(|side| side.stacks(comparison.view, row));
    let before = before.map(|(rows, samples)| (rows, [samples, 0]));
    let mut seen: Vec<(Vec<u32>, [u64; 2])> =
        before.chain(after.map(|(rows, samples)| (rows, [0, samples]))).collect();
    seen.sort_unstable();
    seen.dedup_by(|(rows, more), (last, sum)| {
        let is_same = rows == last;
        if is_same {
            *sum = [sum[0] + more[0], sum[1] + more[1]];
        }
        is_same
    });
    let whole: Vec<(&[u32], u64)> =
        seen.iter().map(|(rows, sides)| (&rows[..], sides.iter().sum())).collect();
    let planted = plant(&whole, elided);
    // Stacks that differ only in what is left out are one.
    let mut sums: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
    for (&node, (_, [before, after])) in planted.nodes.iter().zip(&seen) {
        let sum = sums.entry(node).or_default();
        sum[0] += before;
        sum[1] += after;
    }
    let mut stacks = Stacks::default();
    for (node, [before, after]) in sums {
        stacks.node.push(node);
        stacks.before.push(before);
        stacks.after.push(after);
    }
    (planted, stacks)
}
