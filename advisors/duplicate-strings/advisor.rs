//! Equal strings that a large container keeps once for each of its rows.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::heat::same_code;
use crate::shape::Id;
use crate::words::{code, sighting, thousands};
use crate::{Advisor, Bytes, Case, Distinct, Evidence, Finding, Heat, Hotspot, Operand, Worth};

/// Bytes that must go away.
const MIN_SAVED: u64 = 20_000_000;

/// Strings that must have been looked at, of those that nothing else refers to.
const MIN_STRINGS: u32 = 100;

/// Share of all strings that were looked at that nothing else refers to.
const MIN_OWN: f64 = 0.8;

/// Share of those whose text another one that was looked at had.
const MIN_REPEATED: f64 = 0.5;

/// What the name of a container's strings has after that of the container.
const ELEMENTS: &str = "[*]";

pub(crate) struct DuplicateStrings;

impl Advisor for DuplicateStrings {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let seen = case.hotspots.iter().flat_map(|hotspot| {
            hotspot.operands.iter().filter_map(move |strings| Kept::of(hotspot, strings))
        });
        let mut kept: Vec<Kept<'_>> = seen.collect();
        // A container is told once, for those of its columns that waste most.
        kept.sort_by(|a, b| b.repeated.share.total_cmp(&a.repeated.share));
        let mut findings: Vec<(&str, Finding)> = Vec::new();
        for kept in kept {
            if findings.iter().all(|(container, _)| *container != kept.container) {
                findings.extend(kept.finding(case).map(|finding| (kept.container, finding)));
            }
        }
        findings.into_iter().map(|(_, finding)| finding).collect()
    }
}

/// Strings of a container, or of one column of its rows.
struct Kept<'a> {
    /// Where they are told: the definition of the function that was looked at.
    hotspot: &'a Hotspot,
    strings: &'a Operand,
    container: &'a str,
    /// Those that nothing else refers to, among all.
    own: Heat,
    /// Of these, those whose text another had.
    repeated: Heat,
}

impl<'a> Kept<'a> {
    fn of(hotspot: &'a Hotspot, strings: &'a Operand) -> Option<Self> {
        let (container, _) = strings.expression.split_once(ELEMENTS)?;
        let Distinct { calls, values } = strings.distinct.filter(|it| it.calls >= MIN_STRINGS)?;
        let all = strings.observations.max(calls);
        let own = Heat::of(calls.into(), 0, all.into());
        let repeated = Heat::of(calls.saturating_sub(values).into(), 0, calls.into());
        let speaks = own.share >= MIN_OWN && repeated.share >= MIN_REPEATED;
        speaks.then_some(Self { hotspot, strings, container, own, repeated })
    }

    fn finding(&self, case: &Case<'_>) -> Option<Finding> {
        let range = self.place(case)?;
        let heat = case.heat(range)?;
        let container = case.operand(range, self.container)?;
        let lengths = container.lengths?;
        let each = bytes(case, self.strings.lengths?.median);
        let wasted = |count: u64, own: f64, repeated: f64| {
            (count as f64 * own * repeated * each as f64) as u64
        };
        let saved = Bytes {
            value: wasted(lengths.max, self.own.share, self.repeated.share),
            low: wasted(
                lengths.median.min(lengths.max),
                self.own.share_low,
                self.repeated.share_low,
            ),
            high: Some(wasted(lengths.max, self.own.share_high, 1.0)),
        };
        (saved.value >= MIN_SAVED).then_some(())?;
        let name = &self.strings.expression;
        let Distinct { calls, values } = self.strings.distinct?;
        Some(Finding {
            range,
            title: format!(
                "`{}` keeps equal strings again and again: {} texts in {} strings",
                self.container,
                thousands(values.into()),
                thousands(calls.into())
            ),
            because: vec![
                sighting(&container),
                format!(
                    "Of {} strings that were looked at as `{name}`, {} are referred to by nothing else, and \
                     these have {} texts: each takes some {each} bytes of its own.",
                    thousands(self.strings.observations.max(calls).into()),
                    thousands(calls.into()),
                    thousands(values.into())
                ),
                format!(
                    "Keep one string of each text: `{}` where a string is put in (or \
                     `texts.setdefault(text, text)` with a dict of your own), which leaves {} \
                     references of 8 bytes to it.",
                    self.interned(case, range),
                    thousands(lengths.max)
                ),
            ],
            heat,
            evidence: vec![
                Evidence::Operand(container),
                Evidence::Fact(format!("{values} texts in {calls} strings of their own")),
            ],
            worth: Worth::Memory(saved),
            fix: None,
        })
    }

    /// The place to speak of: where the container is filled or else where the function that was looked
    /// at is hottest with it.
    fn place(&self, case: &Case<'_>) -> Option<TextRange> {
        let puts = case.tree.ids().filter_map(|id| self.put(case, id).map(|(range, _)| range));
        let hot = |range: &TextRange| case.heat(*range).map_or(0, |heat| heat.samples);
        let filled = puts.filter(|range| self.is_here(&case.hotspots_within(*range)));
        if let Some(range) = filled.max_by_key(hot).filter(|range| hot(range) > 0) {
            return Some(range);
        }
        let has_it = |spot: &&Hotspot| {
            spot.operands.iter().any(|operand| operand.expression == self.container)
        };
        let mut spots = case.hotspots.iter().filter(|spot| self.is_here(&[spot])).filter(has_it);
        case.source.range(spots.next()?.place)
    }

    fn is_here(&self, hotspots: &[&Hotspot]) -> bool {
        hotspots.iter().any(|hotspot| same_code(hotspot, self.hotspot))
    }

    /// What puts an element into the container, `append` or an assignment to an item, and what it puts.
    fn put<'s>(&self, case: &Case<'s>, id: Id) -> Option<(TextRange, &'s Expr)> {
        let is_it = |expr: &Expr| case.source.slice(expr.range()) == self.container;
        match case.tree[id] {
            AnyNodeRef::ExprCall(call) => {
                let Expr::Attribute(method) = &*call.func else { return None };
                let [value] = &*call.arguments.args else { return None };
                let appends = method.attr.as_str() == "append" && is_it(&method.value);
                appends.then_some((call.range(), value))
            }
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [Expr::Subscript(item)] if is_it(&item.value) => {
                    Some((assign.range(), &*assign.value))
                }
                [target @ (Expr::Name(_) | Expr::Attribute(_))] if is_it(target) => {
                    let Expr::ListComp(list) = &*assign.value else { return None };
                    Some((list.range(), &*list.elt))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The call that keeps one of each, with the string that is put in where it can be named.
    fn interned(&self, case: &Case<'_>, range: TextRange) -> String {
        let is_plain = self.strings.expression.ends_with(ELEMENTS);
        let put = case.tree.ids().filter_map(|id| self.put(case, id));
        let value = put.filter(|(at, _)| *at == range && is_plain).map(|(_, value)| value).next();
        match value {
            Some(value) => format!("sys.intern({})", code(case.source, value.range())),
            None => "sys.intern(text)".to_owned(),
        }
    }
}

/// Bytes that the allocator gives for a string of so many characters, if all are ASCII: by
/// `sys.getsizeof` on CPython 3.8 to 3.15 for 64 bits, in steps of 16.
fn bytes(case: &Case<'_>, length: u64) -> u64 {
    let head = if case.python.at_least(3, 12) { 41 } else { 49 };
    (head + length).next_multiple_of(16)
}
