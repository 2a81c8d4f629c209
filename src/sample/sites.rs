//! What was seen to be called at each place of the code: how often, and how.
//!
//! A frame's header and its slots lie in different cache lines, which a copy reaches up to a tenth
//! of a microsecond apart. So a link can be made of an instruction and of the callee of the next
//! call. That happens in one of a thousand, on some machines in one of fifty; a call that is really made
//! at a place is a much larger part of all that were seen there, and is not made at another of the same
//! code far more often. What the caller's slots do not tell of is behind it at many a place.

use rustc_hash::FxHashMap;

use super::called::Naming;
use crate::limits;

/// Calls by the code object and the instruction that make them.
#[derive(Debug, Default)]
pub(super) struct Sites {
    by_code: FxHashMap<u64, Vec<Site>>,
}

#[derive(Debug)]
struct Site {
    instruction: u64,
    /// Calls that were seen.
    all: u32,
    /// Whether the callee of any was not right behind its caller: a generator, or called through C.
    elsewhere: bool,
    /// Of which so many were told by the caller's slots.
    told: u32,
    /// Whether the caller's slots told the callee of any that went through C.
    telling: bool,
    /// Calls since one whose callee's own name was that by which it was called, if there was any.
    since_named: Option<u32>,
    callees: Vec<Callee>,
}

#[derive(Debug)]
struct Callee {
    code: u64,
    seen: u32,
    /// Of which so many were told by the caller's slots.
    told: u32,
    /// Of which so many were as in the look before.
    steady: u32,
    naming: Naming,
}

/// How a call was seen to be made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Call {
    pub(super) through_c: bool,
    pub(super) of_generator: bool,
    /// Whether the caller's slots told what it called.
    pub(super) told: bool,
    /// Whether the look before had met it too.
    pub(super) is_steady: bool,
    /// How the callee's own name is related to that by which it was called.
    pub(super) naming: Naming,
}

/// A call is taken for real once it was seen so often...
const SEEN: u32 = 3;
/// ... and is one in so many at its place, if the caller's slots tell what it called...
const SHARE_IF_TOLD: u32 = 100;
/// ... or if they do not; it must have lasted from one look to the next, too, since all that is seen
/// to be called by what calls nothing is left from another call.
const SHARE_IF_UNTOLD: u32 = 8;
const STEADY_IF_UNTOLD: u32 = 2;
/// What lies right behind a caller that waits is more easily what it calls next: that is taken for real
/// only where the slots tell of less than one call in so many, after so many of them.
const TOLD_IF_TELLING: u32 = 8;
const SEEN_BEHIND: u32 = 8;
/// What has another name than that by which it was called is one in so many at its place.
const SHARE_IF_NAMED_OTHERWISE: u32 = 8;
/// A name may be bound anew: what was called by its own name so many calls ago says nothing any more.
const LATELY: u32 = 16;

/// What is seen so many times as often at another place of the same code is taken for that one's: if
/// the slots tell of it, and it is rarer than one in [`USUAL`] at its own; if they tell of it at any rate;
/// if they do not.
const ELSEWHERE_IF_RARE: u32 = 2;
const ELSEWHERE_IF_TOLD: u32 = 64;
const ELSEWHERE_IF_UNTOLD: u32 = 8;
const USUAL: u32 = 4;

impl Sites {
    /// Takes note of a call; whether it is real beyond doubt.
    pub(super) fn note(&mut self, code: u64, instruction: u64, callee: u64, call: Call) -> bool {
        if self.by_code.len() >= limits::CACHED_CODES {
            self.by_code.clear();
        }
        let sites = self.by_code.entry(code).or_default();
        let index = sites.iter().position(|site| site.instruction == instruction);
        let index = index.unwrap_or_else(|| {
            if sites.len() >= limits::CALL_SITES {
                sites.clear();
            }
            sites.push(Site {
                instruction,
                all: 0,
                told: 0,
                elsewhere: false,
                telling: false,
                since_named: None,
                callees: Vec::new(),
            });
            sites.len() - 1
        });
        let site = &mut sites[index];
        site.elsewhere |= call.through_c || call.of_generator;
        site.telling |= call.through_c && call.told;
        site.since_named = match call.naming {
            Naming::Same => Some(0),
            _ => site.since_named.map(|calls| calls.saturating_add(1)),
        };
        site.note(callee, call)
            && sites[index].callee(callee).is_some_and(|it| !is_rather_another_s(sites, index, it))
    }

    /// Whether any call was seen at this place that is not rather another's.
    pub(super) fn is_known(&self, code: u64, instruction: u64) -> bool {
        let Some((sites, index)) = self.find(code, instruction) else { return false };
        sites[index].callees.iter().any(|it| !is_rather_another_s(sites, index, it))
    }

    /// Whether the caller's slots tell what is called at this place, as far as is known.
    pub(super) fn tells(&self, code: u64, instruction: u64) -> bool {
        self.get(code, instruction).is_some_and(|site| {
            u64::from(site.told) * u64::from(TOLD_IF_TELLING) >= site.all.into()
        })
    }

    /// Whether calls at this place went through C, and the caller's slots told what they called.
    pub(super) fn is_telling(&self, code: u64, instruction: u64) -> bool {
        self.get(code, instruction).is_some_and(|site| site.telling)
    }

    /// Whether anything was lately seen to be called at this place by its own name.
    pub(super) fn calls_by_name(&self, code: u64, instruction: u64) -> bool {
        self.get(code, instruction).is_some_and(Site::calls_by_name)
    }

    /// Whether callees of this place were not right behind their caller.
    pub(super) fn leads_elsewhere(&self, code: u64, instruction: u64) -> bool {
        self.get(code, instruction).is_some_and(|site| site.elsewhere)
    }

    /// Whether calls of `callee` through C were seen at this place often enough to rely on.
    pub(super) fn is_known_through_c(&self, code: u64, instruction: u64, callee: u64) -> bool {
        self.get(code, instruction).is_some_and(|site| site.elsewhere)
            && self.is_known_call(code, instruction, callee, Self::THROUGH_C)
    }

    /// Whether such calls of `callee` were seen at this place often enough to rely on.
    pub(super) fn is_known_call(
        &self,
        code: u64,
        instruction: u64,
        callee: u64,
        call: Call,
    ) -> bool {
        let Some((sites, index)) = self.find(code, instruction) else { return false };
        sites[index].callee(callee).is_some_and(|it| {
            sites[index].is_real(it, call) && !is_rather_another_s(sites, index, it)
        })
    }

    const THROUGH_C: Call = Call {
        through_c: true,
        of_generator: false,
        told: false,
        is_steady: false,
        naming: Naming::Unknown,
    };

    fn get(&self, code: u64, instruction: u64) -> Option<&Site> {
        self.find(code, instruction).map(|(sites, index)| &sites[index])
    }

    /// All places of a code, and which of them is this.
    fn find(&self, code: u64, instruction: u64) -> Option<(&[Site], usize)> {
        let sites = self.by_code.get(&code)?;
        let index = sites.iter().position(|site| site.instruction == instruction)?;
        Some((sites, index))
    }

    /// Forgets a code object that is gone.
    pub(super) fn forget(&mut self, code: u64) {
        self.by_code.remove(&code);
    }
}

/// Whether a callee of the place at `index` is one of another place by far.
fn is_rather_another_s(sites: &[Site], index: usize, callee: &Callee) -> bool {
    let times = |seen: u32, factor: u32| u64::from(seen) * u64::from(factor);
    let is_rare = times(callee.seen, USUAL) < sites[index].all.into();
    let factor = match callee.told > 0 {
        true if is_rare => ELSEWHERE_IF_RARE,
        true => ELSEWHERE_IF_TOLD,
        false => ELSEWHERE_IF_UNTOLD,
    };
    let mut others = sites.iter().filter_map(|site| site.callee(callee.code));
    others.any(|other| u64::from(other.seen) > times(callee.seen, factor))
}

impl Site {
    fn callee(&self, code: u64) -> Option<&Callee> {
        self.callees.iter().find(|callee| callee.code == code)
    }

    fn note(&mut self, code: u64, call: Call) -> bool {
        self.all = self.all.saturating_add(1);
        self.told = self.told.saturating_add(call.told.into());
        let index = self.callees.iter().position(|callee| callee.code == code);
        let index = index.unwrap_or_else(|| {
            self.make_room();
            let naming = call.naming;
            self.callees.push(Callee { code, seen: 0, told: 0, steady: 0, naming });
            self.callees.len() - 1
        });
        let callee = &mut self.callees[index];
        if call.naming != Naming::Unknown {
            callee.naming = call.naming;
        }
        callee.seen = callee.seen.saturating_add(1);
        callee.told = callee.told.saturating_add(call.told.into());
        callee.steady = callee.steady.saturating_add(call.is_steady.into());
        self.is_real(&self.callees[index], call)
    }

    fn calls_by_name(&self) -> bool {
        self.since_named.is_some_and(|calls| calls < LATELY)
    }

    fn is_real(&self, callee: &Callee, call: Call) -> bool {
        let (seen, share, steady) = match (call.told, call.through_c, callee.naming) {
            (.., Naming::Foreign) if self.calls_by_name() => return false,
            (true, _, Naming::Other) if self.calls_by_name() => (SEEN, SHARE_IF_NAMED_OTHERWISE, 0),
            (true, ..) => (SEEN, SHARE_IF_TOLD, 0),
            (false, true, _) => (SEEN, SHARE_IF_UNTOLD, STEADY_IF_UNTOLD),
            (false, false, _) => (SEEN_BEHIND, SHARE_IF_UNTOLD, STEADY_IF_UNTOLD),
        };
        callee.seen >= seen
            && u64::from(callee.seen) * u64::from(share) >= self.all.into()
            && callee.steady >= steady
    }

    fn make_room(&mut self) {
        if self.callees.len() >= limits::CALLEES {
            self.callees.sort_unstable_by_key(|callee| std::cmp::Reverse(callee.seen));
            self.callees.truncate(limits::CALLEES / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call = Call { told: true, through_c: false, ..Sites::THROUGH_C };

    #[test]
    fn what_is_seen_again_and_again_is_real() {
        let mut sites = Sites::default();
        let seen: Vec<bool> = (0..4).map(|_| sites.note(1, 10, 7, CALL)).collect();
        assert_eq!(seen, [false, false, true, true]);
        assert!(!sites.note(1, 12, 7, CALL), "another place");
        sites.forget(1);
        assert!(!sites.note(1, 10, 7, CALL));
    }

    #[test]
    fn what_is_seen_once_in_a_thousand_is_not() {
        let mut sites = Sites::default();
        for number in 0..20_000 {
            let is_odd = number % 1000 == 999;
            let real = sites.note(1, 10, if is_odd { 8 } else { 7 }, CALL);
            assert!(!(is_odd && real), "{number}");
        }
    }

    #[test]
    fn what_is_usual_at_another_place_is_not_made_at_this_one() {
        let mut sites = Sites::default();
        let mut real = 0;
        for number in 0..10_000 {
            sites.note(1, 20, 8, CALL);
            let is_odd = number % 30 == 29;
            let is_real = sites.note(1, 10, if is_odd { 8 } else { 7 }, CALL);
            real += u32::from(is_odd && is_real);
        }
        assert_eq!(real, 0);
        assert!(!sites.is_known_call(1, 10, 8, CALL) && sites.is_known_call(1, 20, 8, CALL));
        assert!(sites.is_known_call(1, 10, 7, CALL));
        let both = (0..100).filter(|number| sites.note(2, 10, number % 3, CALL)).count();
        for _ in 0..1000 {
            sites.note(2, 20, 1, CALL);
        }
        assert!(both > 90 && sites.is_known_call(2, 10, 1, CALL), "one of three that are usual");
    }

    #[test]
    fn what_has_another_name_has_to_be_usual() {
        for (every, expected) in [(4, true), (16, false)] {
            let mut sites = Sites::default();
            let real = (1..=1000).filter(|number| {
                let is_other = number % every == 0;
                let (callee, naming) =
                    if is_other { (8, Naming::Other) } else { (7, Naming::Same) };
                sites.note(1, 10, callee, Call { naming, ..CALL }) && is_other
            });
            assert_eq!(real.count() > 200, expected, "one in {every}");
        }
    }

    #[test]
    fn nothing_else_is_called_by_the_name_of_a_variable() {
        let mut sites = Sites::default();
        let [own, foreign] = [Naming::Same, Naming::Foreign].map(|naming| Call { naming, ..CALL });
        assert_eq!((0..10).filter(|_| sites.note(1, 10, 8, foreign)).count(), 8);
        assert!(!sites.calls_by_name(1, 10));
        sites.note(1, 10, 7, own);
        assert!(sites.calls_by_name(1, 10));
        for _ in 0..100 {
            assert!((1..LATELY).all(|_| !sites.note(1, 10, 8, foreign)));
            assert!(!sites.is_known_call(1, 10, 8, CALL));
            sites.note(1, 10, 7, own);
        }
        let real = (0..100).position(|_| sites.note(1, 10, 8, foreign));
        assert_eq!(real, Some(LATELY as usize - 1), "the name was bound anew");
    }

    #[test]
    fn what_is_behind_a_caller_at_a_place_that_calls_nothing_is_another_s() {
        for (told, factor) in [(true, ELSEWHERE_IF_TOLD), (false, ELSEWHERE_IF_UNTOLD)] {
            let mut sites = Sites::default();
            let call = Call { told, is_steady: true, ..CALL };
            for _ in 0..10 {
                sites.note(1, 10, 7, call);
            }
            for _ in 0..10 * factor {
                sites.note(1, 20, 7, call);
            }
            assert!(sites.is_known(1, 10) && sites.is_known_call(1, 10, 7, call));
            sites.note(1, 20, 7, call);
            assert!(!sites.is_known(1, 10) && !sites.is_known_call(1, 10, 7, call));
            assert!(sites.is_known_call(1, 20, 7, call));
        }
    }

    #[test]
    fn what_nothing_tells_has_to_last() {
        let mut sites = Sites::default();
        let untold = Call { told: false, through_c: true, ..CALL };
        assert!((0..100).all(|_| !sites.note(1, 10, 7, untold)));
        let steady = Call { is_steady: true, ..untold };
        assert!(!sites.note(1, 10, 7, steady));
        assert!(sites.note(1, 10, 7, steady));
        assert!(sites.note(1, 10, 7, untold), "from then on");
    }

    #[test]
    fn what_lies_behind_a_caller_that_tells_nothing_has_to_be_usual() {
        let mut sites = Sites::default();
        assert!(!sites.is_known(1, 10) && !sites.tells(1, 10));
        let behind = Call { told: false, is_steady: true, ..CALL };
        let real = (0..20).position(|_| sites.note(1, 10, 7, behind));
        assert_eq!(real, Some(SEEN_BEHIND as usize - 1));
        assert!(sites.is_known(1, 10) && !sites.tells(1, 10));
        for _ in 0..5 {
            sites.note(1, 10, 8, CALL);
        }
        assert!(sites.tells(1, 10), "the slots tell of five in twenty");
    }

    #[test]
    fn a_place_with_many_callees_has_them_all() {
        let mut sites = Sites::default();
        let real = (0..5000).filter(|number| sites.note(1, 10, number % 50, CALL)).count();
        assert!(real >= 4900, "{real}");
    }

    #[test]
    fn no_target_makes_it_grow_without_bound() {
        let mut sites = Sites::default();
        for number in 0..200_000 {
            sites.note(number, 1, 1, CALL);
            sites.note(7, number, 1, CALL);
            sites.note(8, 8, number, CALL);
        }
        assert!(sites.by_code.len() <= limits::CACHED_CODES);
        assert!(sites.by_code.values().all(|sites| sites.len() <= limits::CALL_SITES));
        let callees = |site: &Site| site.callees.len() <= limits::CALLEES;
        assert!(sites.by_code.values().flatten().all(callees));
    }
}
