//! Both recordings in one flamegraph: as wide as either was, red where it takes longer than before and
//! blue where it takes less.

use std::collections::{BTreeMap, HashMap};

use inferno::flamegraph::color::{Color, PaletteMap};

use super::super::flamegraph::{ELIDED, NEUTRAL, Picture, draw, elide};
use super::measure::{Key, Side};
use super::{Comparison, Row, names, numbers, rows, said, selection};
use crate::report::ReportError;

const LONGER: Color = Color { r: 226, g: 88, b: 78 };
const SHORTER: Color = Color { r: 98, g: 154, b: 222 };
/// Part of the way from white at which the least change is.
const PALEST: f64 = 0.35;

/// The differential flamegraph, as SVG. What is gone is as wide as it was.
///
/// # Errors
/// When one of the recordings has no sample that the view shows, or drawing fails.
pub fn flamegraph(comparison: &Comparison<'_>) -> Result<Vec<u8>, ReportError> {
    let comparison = &comparison.checked()?;
    let sides = Side::both(comparison);
    let mut frames = Frames::default();
    frames.name(rows(&sides, |side| &side.functions), comparison, &sides);
    if !comparison.view.functions {
        frames.name(rows(&sides, |side| &side.expressions), comparison, &sides);
    }
    draw(Picture {
        lines: &lines(comparison, &sides, &frames),
        palette: frames.palette(),
        title: names::program(&comparison.after.target).folded(),
        facts: facts(comparison, &frames),
        legend: &[(LONGER, "more time"), (SHORTER, "less time"), (NEUTRAL, "within noise")],
        unit: match comparison.shares {
            true => ("% of the run at the most", 100.0 / UNITS),
            false => ("ms at the most", 1000.0 / UNITS),
        },
    })
}

/// Whole numbers in a second, or in the whole run.
const UNITS: f64 = 1e6;

/// What frames are called and how much more or less time they take, by their key.
#[derive(Default)]
struct Frames {
    /// Names, and changes beyond noise.
    known: HashMap<Key, (String, Option<f64>)>,
}

impl Frames {
    fn name(&mut self, rows: Vec<Row>, comparison: &Comparison<'_>, sides: &[Side<'_>; 2]) {
        for row in rows {
            let Some(name) = row.name(sides) else { continue };
            let name = selection::folded_frame(&name);
            let change = Some(row.change(sides)).filter(|_| !row.is_noise);
            let name = match change {
                None => name,
                Some(_) => format!("{name}: {}", told(&row, comparison, sides)),
            };
            self.known.insert(row.key, (name, change));
        }
    }

    fn of(&self, key: &Key) -> &str {
        self.known.get(key).map_or("", |(name, _)| name)
    }

    fn palette(&self) -> PaletteMap {
        let changes = self.known.values().filter_map(|(_, change)| *change);
        let most = changes.map(f64::abs).fold(f64::MIN_POSITIVE, f64::max);
        let mut palette = PaletteMap::default();
        for (name, change) in self.known.values() {
            let color = match change {
                None => NEUTRAL,
                Some(change) if *change > 0.0 => tint(LONGER, change / most),
                Some(change) => tint(SHORTER, -change / most),
            };
            palette.insert(name.clone(), color);
        }
        for name in ["", ELIDED] {
            palette.insert(name, NEUTRAL);
        }
        palette
    }
}

/// `4.1 s, now 0.2 s`
fn told(row: &Row, comparison: &Comparison<'_>, [before, after]: &[Side<'_>; 2]) -> String {
    let old = said(before.amount(row.before.samples), comparison.shares);
    let new = said(after.amount(row.after.samples), comparison.shares);
    match (row.before.location, row.after.location) {
        (None, _) => format!("new, {new}"),
        (_, None) => format!("gone, was {old}"),
        _ => format!("{old}, now {new}"),
    }
}

/// Stacks of functions that end in an expression, each as long as it was in either recording.
fn lines(comparison: &Comparison<'_>, sides: &[Side<'_>; 2], frames: &Frames) -> Vec<String> {
    let mut stacks: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for (which, side) in sides.iter().enumerate() {
        for (mut stack, samples) in side.stacks(comparison.view, |key| frames.of(key)) {
            stack.reverse();
            elide(&mut stack);
            stacks.entry(stack.join(";")).or_default()[which] += side.amount(samples);
        }
    }
    let length = |[before, after]: [f64; 2]| (before.max(after) * UNITS).round() as u64;
    stacks.into_iter().map(|(stack, amounts)| format!("{stack} {}", length(amounts))).collect()
}

fn facts(comparison: &Comparison<'_>, frames: &Frames) -> Vec<String> {
    let [before, after] = [comparison.before, comparison.after]
        .map(|profile| numbers::seconds(comparison.seconds(profile)));
    let run = match comparison.shares {
        true => "parts of the run".to_owned(),
        false => format!("{before} before, {after} after"),
    };
    match frames.known.values().any(|(_, change)| change.is_some()) {
        true => vec![run],
        false => vec![run, "nothing changed beyond noise".to_owned()],
    }
}

/// From pale to full, as the part of the largest change grows.
fn tint(color: Color, part: f64) -> Color {
    let strength = PALEST + (1.0 - PALEST) * part.sqrt();
    let channel = |full: u8| (255.0 - (255.0 - f64::from(full)) * strength).round() as u8;
    Color { r: channel(color.r), g: channel(color.g), b: channel(color.b) }
}
