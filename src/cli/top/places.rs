//! Heat by place in code, bounded however long it goes on and however much code comes and goes.

use std::collections::HashMap;
use std::ops::AddAssign;
use std::sync::Arc;

use advisors::Place;
use rustc_hash::{FxHashMap, FxHashSet};

use super::tally::{Slot, Span, Tally};
use crate::limits;
use crate::sample::{Code, Frame, SameCode};

/// Busy samples of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heat {
    /// With the place at the top of the stack.
    pub(super) own: u64,
    /// With the place anywhere on it.
    pub(super) total: u64,
}

impl AddAssign for Heat {
    fn add_assign(&mut self, other: Self) {
        self.own += other.own;
        self.total += other.total;
    }
}

/// Every place that was met, but for the coldest of very many.
#[derive(Debug, Default)]
pub(super) struct Places {
    heats: FxHashMap<(CodeId, Place), Tally<Heat>>,
    codes: Codes,
    /// The code objects of one stack.
    on_stack: FxHashSet<CodeId>,
    forgotten: u64,
}

/// A code object by what it is, however often it is made anew.
type CodeId = u64;

/// The code objects of the places.
#[derive(Debug, Default)]
struct Codes {
    ids: HashMap<Arc<Code>, CodeId>,
    by_id: FxHashMap<CodeId, Arc<Code>>,
    /// A short cut for the very one that was met before, which saves hashing its names.
    by_identity: FxHashMap<SameCode, CodeId>,
    next: CodeId,
}

/// A place as it stands.
#[derive(Debug, Clone)]
pub(super) struct PlaceSeen {
    /// Its code object; places of one have the same.
    pub(super) code: Arc<Code>,
    /// Where in it.
    pub(super) place: Place,
    /// In the window.
    pub(super) recent: Heat,
    /// Since the start.
    pub(super) ever: Heat,
}

impl Places {
    /// Counts a busy sample. As everywhere in unslow, a recursive function counts it once, where
    /// it stands innermost.
    pub(super) fn add(&mut self, now: Slot, frames: &[Frame]) {
        self.on_stack.clear();
        for (depth, frame) in frames.iter().enumerate() {
            let code = self.codes.id(&frame.code);
            if !self.on_stack.insert(code) {
                continue;
            }
            let heat = Heat { own: u64::from(depth == 0), total: 1 };
            self.heats.entry((code, frame.place)).or_default().add(now, heat);
        }
        if self.heats.len() > limits::LIVE_PLACES {
            self.forget_the_coldest(now);
        }
    }

    /// Makes room: first among the places that are not in the window, then among all.
    fn forget_the_coldest(&mut self, now: Slot) {
        let room = limits::LIVE_PLACES / 2;
        let mut order: Vec<_> = (self.heats.iter())
            .map(|(&key, tally)| {
                let ever = tally.over(Span::Ever, now);
                ((tally.is_recent(now), ever.total, ever.own), key)
            })
            .collect();
        order.sort_unstable_by_key(|&(heat, (code, place))| (heat, code, place));
        let excess = order.len().saturating_sub(room);
        for (_, key) in &order[..excess] {
            self.heats.remove(key);
        }
        self.forgotten += excess as u64;
        self.codes.keep_only(&order[excess..].iter().map(|&(_, (code, _))| code).collect());
    }

    /// Places that were forgotten, and with them their part of what was counted since the start.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// All that is known, in no order.
    pub(super) fn seen(&self, now: Slot) -> Vec<PlaceSeen> {
        let seen = self.heats.iter().filter_map(|(&(code, place), tally)| {
            let code = Arc::clone(self.codes.by_id.get(&code)?);
            let (recent, ever) = (tally.over(Span::Window, now), tally.over(Span::Ever, now));
            Some(PlaceSeen { code, place, recent, ever })
        });
        seen.collect()
    }
}

impl Codes {
    fn id(&mut self, code: &Arc<Code>) -> CodeId {
        let known = SameCode(Arc::clone(code));
        if let Some(&id) = self.by_identity.get(&known) {
            return id;
        }
        let Self { ids, by_id, next, .. } = self;
        let id = *ids.entry(Arc::clone(code)).or_insert_with(|| {
            by_id.insert(*next, Arc::clone(code));
            *next += 1;
            *next - 1
        });
        if self.by_identity.len() >= 2 * limits::LIVE_PLACES {
            self.by_identity.clear();
        }
        self.by_identity.insert(known, id);
        id
    }

    fn keep_only(&mut self, kept: &FxHashSet<CodeId>) {
        self.ids.retain(|_, id| kept.contains(id));
        self.by_id.retain(|id, _| kept.contains(id));
        self.by_identity.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::text::Untrusted;

    fn code(name: &str) -> Arc<Code> {
        Arc::new(Code { name: Untrusted::new(name), file: Untrusted::new("etl.py"), first_line: 1 })
    }

    fn frame(code: &Arc<Code>, line: u32) -> Frame {
        Frame { code: Arc::clone(code), place: Place::line(line) }
    }

    fn at(seconds: u64) -> Slot {
        Slot::of(Duration::from_secs(seconds))
    }

    fn heats(places: &Places, now: Slot) -> Vec<(String, u32, Heat, Heat)> {
        let mut seen: Vec<_> = (places.seen(now).into_iter())
            .map(|seen| (seen.code.name.terminal(), seen.place.line, seen.recent, seen.ever))
            .collect();
        seen.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        seen
    }

    #[test]
    fn recursion_counts_once_and_equal_code_is_the_same_code() {
        let mut places = Places::default();
        let (main, fib) = (code("main"), code("fib"));
        places.add(at(0), &[frame(&fib, 3), frame(&fib, 2), frame(&main, 9)]);
        places.add(at(0), &[frame(&code("fib"), 3), frame(&main, 9)]);
        let two = |own| Heat { own, total: 2 };
        let expected =
            [("fib".to_owned(), 3, two(2), two(2)), ("main".to_owned(), 9, two(0), two(0))];
        assert_eq!(heats(&places, at(0)), expected);
    }

    #[test]
    fn code_that_comes_and_goes_takes_no_more_room_and_what_is_hot_is_kept() {
        let mut places = Places::default();
        let main = code("main");
        let rounds = 3 * limits::LIVE_PLACES as u64;
        for round in 0..rounds {
            let made = code(&format!("lambda{round}"));
            places.add(at(round / 1_000), &[frame(&made, 1), frame(&main, 9)]);
            assert!(places.heats.len() <= limits::LIVE_PLACES + 2);
            assert!(places.codes.by_identity.len() <= 2 * limits::LIVE_PLACES);
            assert!(places.codes.ids.len() <= limits::LIVE_PLACES + 2);
        }
        let last = at((rounds - 1) / 1_000);
        let main = heats(&places, last).into_iter().find(|(name, ..)| name == "main");
        assert_eq!(main.expect("the hottest").3, Heat { own: 0, total: rounds });
        let kept = places.heats.len() as u64;
        assert_eq!(kept + places.forgotten(), rounds + 1, "what is gone is counted");
    }
}
