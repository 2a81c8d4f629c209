//! Objects that are copied whole to add a little to them: what the advisors on strings, bytes,
//! tuples and lists have in common.

mod join;
mod property;
mod reads;
mod whole;

use ruff_text_size::TextRange;

use reads::Reads;

use crate::shape::{Append, Growing, Id, Target, Tree};
use crate::words::{line, listed, sighting, thousands};
use crate::{Case, Evidence, Finding, Fix, Heat, Lengths, Operand, Safety, Sight, Worth};

/// Characters of a statement that a title quotes.
const QUOTED: usize = 60;

/// A builtin type whose objects are copied when something is added to them.
pub(crate) trait Concatenated {
    /// `type(x).__name__`.
    const TYPE: &'static str;

    /// Length from which copying one costs more than collecting its parts, whatever the program
    /// does besides.
    const LONG: u64;

    /// One that doubled while it was looked at and reached this length is one that grows, and not
    /// one that is started anew on every turn.
    const GROWN: u64;

    /// Whether CPython makes a new object of all that the old one holds there.
    fn copies(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> bool;

    /// Whether the code alone makes it one of the type.
    fn is_sure(tree: &Tree<'_>, growing: &Growing<'_>) -> bool;

    /// Why CPython cannot extend it in place.
    fn why(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> String;

    /// What to write instead.
    fn propose<'a>(case: &Case<'a>, growing: &Growing<'a>) -> Proposal;
}

/// A proposal to the reader: edits, or words where there are none.
pub(crate) struct Proposal {
    pub(crate) fix: Option<Fix>,
    pub(crate) remark: Option<String>,
}

impl Proposal {
    pub(crate) fn words(remark: impl Into<String>) -> Self {
        Self { fix: None, remark: Some(remark.into()) }
    }

    /// A fix that is safe if there is nothing to note.
    pub(crate) fn fix(edits: Vec<crate::Edit>, notes: &[String]) -> Self {
        let safety = if notes.is_empty() { Safety::Safe } else { Safety::Unsafe };
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Self { fix: Some(Fix { safety, note, edits }), remark: None }
    }

    /// To collect the parts in a list and to put them together once.
    pub(crate) fn collect<'a>(case: &Case<'a>, growing: &Growing<'a>, item: &str) -> Self {
        let Growing { expression, appends, .. } = growing;
        match growing.target {
            Target::Variable(variable) => join::propose(case, variable, appends),
            Target::Attribute(class) => property::propose(case.tree, class, expression, appends),
            Target::Item(_) => Self::words(item),
        }
    }
}

/// What is to be said of the objects of type `T`, what saves most first.
pub(crate) fn findings<T: Concatenated>(case: &Case<'_>) -> Vec<Finding> {
    if case.hotspots.is_empty() {
        return Vec::new();
    }
    let all = case.tree.growing();
    let mut findings: Vec<Finding> = all.iter().filter_map(|g| finding::<T>(case, g)).collect();
    findings.sort_by(|a, b| b.worth.saved().total_cmp(&a.worth.saved()));
    findings
}

fn finding<'a, T: Concatenated>(case: &Case<'a>, growing: &Growing<'a>) -> Option<Finding> {
    let tree = case.tree;
    let (append, _) = hottest(case, growing)?;
    let range = tree.range(append.statement);
    let seen = match case.sight(range, growing.expression) {
        Sight::Mixed => return None,
        Sight::Unseen => None,
        Sight::Seen(operand) => Some(operand),
    };
    if seen.as_ref().is_some_and(|operand| operand.type_name != T::TYPE) {
        return None;
    }
    let is_copy = |append: &&Append<'_>| T::copies(case, growing, append);
    let copied: Vec<&Append<'a>> = growing.appends.iter().filter(is_copy).collect();
    let ranges: Vec<TextRange> = copied.iter().flat_map(|a| a.copies.clone()).collect();
    let (own, heat) = (case.heat_on(&append.copies)?, heat_together(case, &ranges, &copied)?);
    let reads = Reads::of(tree, growing, &copied);
    if is_joined::<T>() && reads.whole {
        return None;
    }
    let in_loop = copied.iter().any(|append| growing.grows_in_loop(tree, append));
    let grown = growth(case, growing, append);
    let length = match &seen {
        Some(operand) => Some(copied_length::<T>(operand, in_loop, grown)?),
        None if in_loop && T::is_sure(tree, growing) => None,
        None => return None,
    };
    let gain = case.gain(&heat, length, T::LONG)?;
    copied.iter().find(|other| other.statement == append.statement)?;
    let mut because = vec![match &seen {
        Some(operand) => sighting(operand),
        None => {
            format!("How long `{}` was could not be read from the process.", growing.expression)
        }
    }];
    because.extend(grown.map(Growth::sentence));
    because.push(T::why(case, growing, append));
    let others = copied.iter().filter(|other| other.statement != append.statement);
    let others: Vec<String> = others
        .map(|other| {
            let at = line(case.source, tree.range(other.statement));
            let heat = case.heat_on(&other.copies);
            heat.map_or(at.clone(), |heat| format!("{at} ({:.0} %)", heat.share * 100.0))
        })
        .collect();
    if !others.is_empty() {
        because.push(format!("It is also added to on {}.", listed(&others)));
    }
    let mut proposal = T::propose(case, growing);
    if is_joined::<T>() && !reads.is_empty() {
        if let (Some(_), Target::Attribute(_)) = (&proposal.fix, growing.target) {
            proposal = Proposal::words(format!(
                "Append to a list of parts in place of `{}`, and join it where the whole is read.",
                growing.expression
            ));
        }
        because.extend(proposal.remark.take());
        because.extend(reads.remarks(case.source));
    }
    because.extend(proposal.remark);
    Some(Finding {
        range,
        title: title(case, growing, append, seen.as_ref(), length),
        because,
        heat: Heat { share_here: own.share, ..heat },
        evidence: seen.map(Evidence::Operand).into_iter().collect(),
        worth: Worth::Time(gain),
        fix: proposal.fix,
    })
}

/// Whether the parts have to be joined wherever all of it is read; a list is read as a tuple is.
fn is_joined<T: Concatenated>() -> bool {
    matches!(T::TYPE, "str" | "bytes")
}

/// The heat of all the additions. They run no Python code of their own, so that no sample is in two of
/// them, whatever functions they are in.
fn heat_together(case: &Case<'_>, ranges: &[TextRange], appends: &[&Append<'_>]) -> Option<Heat> {
    let most = case.heat_on(ranges)?;
    let mut functions: Vec<Id> =
        appends.iter().map(|append| case.tree.function(append.statement)).collect();
    functions.sort_unstable();
    functions.dedup();
    let each = functions.iter().filter_map(|&function| {
        let own = appends.iter().filter(|it| case.tree.function(it.statement) == function);
        let own: Vec<TextRange> = own.flat_map(|append| append.copies.clone()).collect();
        case.heat_on(&own)
    });
    let each: Vec<Heat> = each.collect();
    let samples = each.iter().map(|heat| heat.self_samples).sum::<u64>().max(most.samples);
    if !most.columns || each.len() < 2 {
        return Some(most);
    }
    case.gated(samples, samples)
}

fn hottest<'g, 'a>(case: &Case<'_>, growing: &'g Growing<'a>) -> Option<(&'g Append<'a>, Heat)> {
    let heats = growing.appends.iter().filter_map(|a| Some((a, case.heat_on(&a.copies)?)));
    heats.max_by_key(|(_, heat)| heat.samples)
}

fn title(
    case: &Case<'_>,
    growing: &Growing<'_>,
    append: &Append<'_>,
    seen: Option<&Operand>,
    length: Option<u64>,
) -> String {
    let code = quoted(case.tree.text(append.statement));
    match (seen, length) {
        (Some(operand), Some(length)) => format!(
            "`{code}` copies a {} of {} (median) to add to it",
            operand.type_name,
            thousands(length)
        ),
        _ => format!("Does `{}` grow long? `{code}` copies all of it", growing.expression),
    }
}

/// Something that was longer at the last look than at the first.
#[derive(Debug, Clone, Copy)]
struct Growth {
    first: u64,
    last: u64,
    /// No look found it shorter than the first or longer than the last, and it grew by a quarter:
    /// different objects that come in any order seldom look like that.
    steady: bool,
}

impl Growth {
    fn of(operand: &Operand) -> Option<Self> {
        let Lengths { min, max, first, last, .. } = operand.lengths?;
        let ordered = operand.observations >= 3 && first == min && last == max;
        let steady = ordered && last.saturating_sub(first) >= first / 4;
        (last > first).then_some(Self { first, last, steady })
    }

    fn sentence(self) -> String {
        let (first, last) = (thousands(self.first), thousands(self.last));
        format!("It grew from {first} to {last} between the first and last look.")
    }
}

/// How it grew where most looks were taken. Looks at several places are in no order of time.
fn growth(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> Option<Growth> {
    let places = append.copies.iter().flat_map(|&range| case.hotspots_within(range));
    let looks = places.flat_map(|hotspot| &hotspot.operands);
    let most = looks
        .filter(|operand| operand.expression == growing.expression)
        .max_by_key(|operand| operand.observations)?;
    Growth::of(most)
}

/// The length that an append copies, when the object is long or grows.
fn copied_length<T: Concatenated>(
    operand: &Operand,
    in_loop: bool,
    growth: Option<Growth>,
) -> Option<u64> {
    let lengths = operand.lengths?;
    let long = lengths.median >= T::LONG;
    let doubled = lengths.max >= T::GROWN && lengths.max >= lengths.min.saturating_mul(2);
    let grows = growth.is_some_and(|growth| doubled || (growth.steady && long));
    (grows || (in_loop && long)).then_some(lengths.median)
}

/// Code on one line, and not too much of it.
fn quoted(code: &str) -> String {
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= QUOTED {
        return line;
    }
    let head: String = line.chars().take(QUOTED).collect();
    format!("{head}...")
}
