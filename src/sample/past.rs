//! What is kept of a thread's stacks to judge the next one by.

use rustc_hash::FxHashSet;

use super::chain::RawFrame;

#[derive(Debug, Default)]
pub(super) struct Past {
    /// The last stack that was accepted, leaf first.
    accepted: Vec<Mark>,
    /// Links that could not be relied on, in the last look and in this one.
    doubts: FxHashSet<Doubt>,
    fresh_doubts: FxHashSet<Doubt>,
    /// Where stacks began in the last look and in this one, if not where the thread's frames do.
    beginnings: [Option<Beginning>; 2],
}

/// A stack's outermost frame: its address, and its code's.
type Beginning = (u64, u64);

/// What tells one frame from another at another place or of another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Mark {
    pub(super) address: u64,
    pub(super) code: u64,
    pub(super) instruction: u64,
    is_shim: bool,
}

/// A caller and its callee's address, 0 for any generator's, and code.
pub(super) type Doubt = (Mark, (u64, u64));

impl Mark {
    pub(super) fn of(frame: &RawFrame) -> Self {
        let header = &frame.header;
        Self {
            address: frame.address,
            code: header.code,
            instruction: header.instruction,
            is_shim: header.is_shim(),
        }
    }
}

impl Past {
    pub(super) fn begin_look(&mut self) {
        self.doubts.clear();
        std::mem::swap(&mut self.doubts, &mut self.fresh_doubts);
        self.beginnings = [self.beginnings[1], None];
    }

    /// Takes note of where a stack begins; whether one began there before, in the last look or in the
    /// last stack that was accepted.
    pub(super) fn has_begun_with(&mut self, outermost: &RawFrame) -> bool {
        let beginning = Some((outermost.address, outermost.header.code));
        self.beginnings[1] = beginning;
        let accepted = self.accepted.iter().rfind(|mark| !mark.is_shim);
        let accepted = accepted.map(|mark| (mark.address, mark.code));
        [self.beginnings[0], accepted].contains(&beginning)
    }

    pub(super) fn accept(&mut self, found: &[RawFrame]) {
        self.accepted.clear();
        self.accepted.extend(found.iter().map(Mark::of));
    }

    /// Whether any stack was accepted yet.
    pub(super) fn has_accepted(&self) -> bool {
        !self.accepted.is_empty()
    }

    /// Addresses of some of the frames that were accepted last, from the innermost on ever further
    /// apart, shims left out.
    pub(super) fn ways_in(&self) -> impl Iterator<Item = u64> {
        let nth = |step: u32| self.accepted.get((1 << step) - 1);
        (0..u16::BITS).map_while(nth).filter(|mark| !mark.is_shim).map(|mark| mark.address)
    }

    /// Whether the last accepted stack had this innermost frame.
    pub(super) fn has_leaf(&self, leaf: Mark) -> bool {
        self.accepted.first() == Some(&leaf)
    }

    /// Whether the last accepted stack had this link, so far from its outer end.
    pub(super) fn has(
        &self,
        (caller, callee): Doubt,
        callee_depth: usize,
        caller_depth: usize,
    ) -> bool {
        let at = |depth: usize| self.accepted.get(self.accepted.len().checked_sub(depth)?);
        at(caller_depth) == Some(&caller)
            && at(callee_depth).is_some_and(|mark| {
                mark.code == callee.1 && (callee.0 == 0 || mark.address == callee.0)
            })
    }

    /// Whether a link was already met in this look, and could not be relied on.
    pub(super) fn is_doubted(&self, link: &Doubt) -> bool {
        self.fresh_doubts.contains(link)
    }

    /// Whether the last look met it too, and could not rely on it.
    pub(super) fn was_doubted(&self, link: &Doubt) -> bool {
        self.doubts.contains(link)
    }

    /// Takes note of links that could not be relied on in this look; whether the last one had them
    /// all.
    pub(super) fn bear_out(&mut self, doubts: Vec<Doubt>) -> bool {
        let are_known = doubts.iter().all(|doubt| self.doubts.contains(doubt));
        self.fresh_doubts.extend(doubts);
        are_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::snapshot::Header;

    #[test]
    fn where_a_stack_begins_is_believed_when_another_look_finds_it_too() {
        let frame = |address| RawFrame { address, header: Header::NONE, is_late: false };
        let mut past = Past::default();
        let mut begins = |addresses: &[u64]| {
            past.begin_look();
            addresses.iter().map(|&it| past.has_begun_with(&frame(it))).collect::<Vec<_>>()
        };
        assert_eq!(begins(&[8, 8]), [false, false], "one look is no two");
        assert_eq!(begins(&[8]), [true]);
        assert_eq!(begins(&[16]), [false]);
        begins(&[]);
        assert_eq!(begins(&[16]), [false], "the last look did not find it");
        past.accept(&[frame(24), frame(32)]);
        past.begin_look();
        assert_eq!([24, 32].map(|it| past.has_begun_with(&frame(it))), [false, true]);
    }
}
