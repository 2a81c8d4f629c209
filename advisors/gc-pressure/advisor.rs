//! Garbage collections while many objects are built that stay.

use std::collections::BTreeMap;

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::shape::{Id, Tree};
use crate::words::{code, line, thousands};
use crate::{Advisor, Case, Evidence, Finding, Gain, Heat, Hotspot, Worth};

/// Share of the run that must be spent collecting. Where it was 9 and 12 %, in well-kept programs, higher
/// thresholds made them 3 and 6 % slower: what lies longer is further away from the processor.
const MIN_SHARE: f64 = 0.15;

/// The lower end of its interval, at the least: a few samples tell such a share by chance.
const SURE_SHARE: f64 = 0.10;

/// First thresholds from here on are large already; 0 is off.
const LARGE: u32 = 10_000;

/// Of the time at a place, what may be in other functions of the program: those are the ones to look
/// at.
const HANDED_ON: f64 = 0.2;

/// Objects of the pair.
const OBJECTS: u64 = 300_000;

pub(crate) struct GcPressure;

impl Advisor for GcPressure {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        finding(case).into_iter().collect()
    }
}

/// One for a file: what helps at one place helps at all.
fn is_much(heat: &Heat) -> bool {
    heat.share >= MIN_SHARE && heat.share_low >= SURE_SHARE
}

fn finding(case: &Case<'_>) -> Option<Finding> {
    let thresholds = case.activity?.thresholds?;
    let [first, second, third] = thresholds;
    if first == 0 || first >= LARGE || steers_collector(case) {
        return None;
    }
    let places: Vec<(&Hotspot, TextRange)> = case
        .hotspots
        .iter()
        .filter(|hotspot| hotspot.collecting_samples > 0)
        .filter_map(|hotspot| Some((hotspot, case.source.range(hotspot.place)?)))
        .filter(|(_, range)| !imports(case.tree, *range))
        .filter(|(hotspot, range)| {
            let handed_on = case.handed_on(*range).0;
            handed_on as f64 <= HANDED_ON * hotspot.total_samples as f64
        })
        .collect();
    let (range, place) = builder(case, &places)?;
    let collecting = places.iter().map(|(hotspot, _)| hotspot.collecting_samples).sum();
    let building = places.iter().map(|(hotspot, _)| hotspot.total_samples).sum();
    let heat = case.gated(collecting, 0).filter(is_much)?;
    let whole = case.gain(&case.gated(building, 0)?, Some(OBJECTS), OBJECTS)?;
    let share = (heat.share * 100.0).round();
    Some(Finding {
        range,
        title: format!("{share:.0} % of the run collects garbage while objects are built"),
        because: vec![
            format!(
                "A collection begins whenever {} more lists, dicts, tuples and instances were made \
                 than freed, and looks at all young ones for cycles; now and then it looks at all. \
                 Most often it begins {place}.",
                thousands(u64::from(first)),
            ),
            "Call `gc.set_threshold(50_000, 20, 100)` when the program starts, or `gc.disable()` \
             before what builds them and `gc.enable()` in a `finally` after it. Call `gc.freeze()` \
             once they are built and stay: then no collection looks at them again."
                .to_owned(),
            "Meanwhile garbage in cycles takes memory for longer: watch how much the program has. \
             What no cycle holds is freed at once, as before."
                .to_owned(),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!(
            "collecting in {share:.0} % of the run, with the thresholds ({}, {second}, {third})",
            thousands(u64::from(first)),
        ))],
        worth: Worth::Time(no_more_than(whole, &heat)),
        fix: None,
    })
}

/// The loop with the most collections, by its head, or the place where none is around it; and its
/// name for a sentence. From 3.12 on a collection does not begin where an object is made, but at the
/// next call's end or turn of a loop (`_Py_HandlePending`, Python/ceval_gil.c).
fn builder(case: &Case<'_>, places: &[(&Hotspot, TextRange)]) -> Option<(TextRange, String)> {
    let mut heads = BTreeMap::<(TextSize, TextSize), (u64, &str)>::new();
    for (hotspot, range) in places {
        let (at, is) = match head_of_loop(case.tree, *range) {
            _ if range.is_empty() => match entered(case.tree, hotspot.place.line) {
                Some(name) => (name, "when it enters"),
                None => continue,
            },
            Some(head) => (head, "in the loop on"),
            None => (*range, "at"),
        };
        heads.entry((at.start(), at.end())).or_insert((0, is)).0 += hotspot.collecting_samples;
    }
    let ((start, end), (_, is)) = heads.into_iter().max_by_key(|(_, sum)| sum.0)?;
    let range = TextRange::new(start, end);
    let named = match is {
        "in the loop on" => line(case.source, range),
        _ => format!("`{}`", code(case.source, range)),
    };
    Some((range, format!("{is} {named}")))
}

/// What the innermost loop around a place goes over, or asks on every turn.
fn head_of_loop(tree: &Tree<'_>, place: TextRange) -> Option<TextRange> {
    let is_head = |id: &Id| tree.next_places(*id).contains(&place);
    let around = || tree.ids().filter(|&id| tree.range(id).contains_range(place)).last();
    let repeated = tree.ids().find(is_head).or_else(|| tree.loops(around()?).first().copied())?;
    match tree[repeated] {
        AnyNodeRef::StmtWhile(statement) => Some(statement.test.range()),
        _ => tree.iterable(repeated).map(Ranged::range),
    }
}

/// The name of the function that begins on a line. The instruction that enters it (`RESUME`) stands at
/// the line's start and covers nothing (CPython 3.11 to 3.15, Python/compile.c and codegen.c).
fn entered(tree: &Tree<'_>, line: u32) -> Option<TextRange> {
    tree.ids().find_map(|id| match tree[id] {
        AnyNodeRef::StmtFunctionDef(def) => {
            let begins = tree.source().line_and_column(def.start()).0 == line;
            begins.then(|| def.name.range())
        }
        _ => None,
    })
}

/// Whether a place is an import, which happens once, however much it builds.
fn imports(tree: &Tree<'_>, place: TextRange) -> bool {
    tree.ids().any(|id| {
        matches!(tree[id], AnyNodeRef::StmtImport(_) | AnyNodeRef::StmtImportFrom(_))
            && tree.range(id).contains_range(place)
    })
}

/// Whether the file steers the collector itself.
fn steers_collector(case: &Case<'_>) -> bool {
    let names = ["gc.collect", "gc.disable", "gc.freeze", "gc.set_threshold"];
    case.tree.all_calls().any(|(_, call)| case.tree.calls_one_of(call, &names))
}

/// What collections take is all that fewer of them can save. The pair does without any; with larger
/// thresholds alone every object is still looked at once, and that may be most of it.
fn no_more_than(gain: Gain, collecting: &Heat) -> Gain {
    Gain {
        saved: gain.saved.min(collecting.share),
        saved_low: 0.0,
        saved_high: gain.saved_high.min(collecting.share_high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GainTable, Place, Python, Source};

    #[test]
    fn a_collection_on_entering_a_function_is_told_by_its_name() {
        let source = Source::parse(b"class A:\n    @cached\n    def made(self):\n        pass\n");
        let source = source.unwrap();
        let hotspot = |line| Hotspot {
            place: Place { line, end_line: line, columns: Some((0, 0)) },
            collecting_samples: 100,
            ..Hotspot::default()
        };
        let case = Case {
            python: Python::new(3, 13),
            source: &source,
            tree: &Tree::of(&source),
            hotspots: &[],
            busy_samples: 1_000,
            computing_samples: 1_000,
            pool: None,
            activity: None,
            gains: &GainTable { rows: &[] },
        };
        let told = |line| {
            let hotspot = hotspot(line);
            let range = source.range(hotspot.place).unwrap();
            builder(&case, &[(&hotspot, range)]).map(|(_, named)| named)
        };
        assert_eq!(told(2).as_deref(), Some("when it enters `made`"));
        assert_eq!(told(4), None);
        // A script has no name to be entered by; what it does else still counts.
        let (module, other) = (hotspot(1), hotspot(4));
        let pass = TextRange::new(TextSize::new(49), TextSize::new(53));
        assert_eq!(source.slice(pass), "pass");
        let start = TextRange::empty(TextSize::new(0));
        let both = builder(&case, &[(&module, start), (&other, pass)]);
        assert_eq!(both.map(|(_, named)| named).as_deref(), Some("at `pass`"));
    }
}

#[test]
fn a_share_that_a_few_samples_tell_is_not_much() {
    assert!(is_much(&Heat::of(400, 0, 2_000)));
    assert!(!is_much(&Heat::of(12, 0, 76)), "16 %, or 10");
    assert!(!is_much(&Heat::of(240, 0, 2_000)));
}
