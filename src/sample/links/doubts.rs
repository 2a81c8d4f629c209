//! What of a stack cannot yet be relied on, and what is certain of it nevertheless.

use super::Links;
use crate::sample::called::Naming;
use crate::sample::chain::RawFrame;
use crate::sample::past::{Doubt, Mark};
use crate::sample::sites::Call;

impl Links<'_> {
    pub(super) fn note_telling(&mut self, told: bool, depth: usize) {
        self.untold_at = self.untold_at.or((!told).then_some(depth));
    }

    /// How many frames from the outer end the first caller is that did not tell what it had called.
    pub(in crate::sample) fn untold_at(&self) -> Option<usize> {
        self.untold_at
    }

    /// Takes note of a link; gives it back if it cannot yet be relied on.
    pub(super) fn doubt(
        &mut self,
        caller: &RawFrame,
        callee: &RawFrame,
        [callee_depth, caller_depth]: [usize; 2],
        call: Call,
    ) -> Option<Doubt> {
        // Coroutines take turns at the same place.
        let address = if callee.header.is_in_generator() { 0 } else { callee.address };
        let doubt = (Mark::of(caller), (address, callee.header.code));
        if self.past.has(doubt, callee_depth, caller_depth) {
            return None;
        }
        let Mark { code, instruction, .. } = doubt.0;
        let naming = match call.told && !call.through_c {
            true => self.naming(caller, callee),
            false => Naming::Unknown,
        };
        let is_foreign = naming == Naming::Foreign;
        self.misplaced |= is_foreign && self.codes.sites.calls_by_name(code, instruction);
        if self.past.is_doubted(&doubt) {
            return Some(doubt);
        }
        let call = Call {
            naming,
            of_generator: callee.header.is_in_generator(),
            is_steady: self.past.was_doubted(&doubt),
            ..call
        };
        let is_real = self.codes.sites.note(code, instruction, doubt.1.1, call);
        (!is_real).then_some(doubt)
    }

    /// Takes note of a link's worth for [`Links::certain_part`]. What a caller does not tell of may have
    /// been left, unless it waits for what it called in turn.
    pub(super) fn trust(&mut self, caller: &RawFrame, told: bool, doubt: Option<Doubt>) {
        if self.uncertain.is_some() {
            return;
        }
        let mark = Mark::of(caller);
        if doubt.is_some_and(|doubt| self.misplaced || !self.past.was_doubted(&doubt)) {
            self.uncertain = Some(mark);
        } else if told {
            self.silent = None;
        } else {
            self.silent.get_or_insert(mark);
        }
    }

    /// Whether a stack may begin elsewhere than where the thread's frames do: it did before.
    pub(in crate::sample) fn may_begin_with(&mut self, outermost: Option<&RawFrame>) -> bool {
        self.leaves[0] == self.leaves[1]
            && outermost.is_none_or(|outermost| self.past.has_begun_with(outermost))
    }

    /// The part of a stack that did not settle of which it is certain that it stood, given what
    /// [`Links::settle`] left of it.
    pub(in crate::sample) fn certain_part<'f>(&self, found: &'f [RawFrame]) -> &'f [RawFrame] {
        let start = match self.silent.or(self.uncertain) {
            Some(last) => found.iter().position(|frame| Mark::of(frame) == last),
            None => Some(0),
        };
        &found[start.unwrap_or(found.len())..]
    }

    /// One that was left looks as if it waited. Behind a call that nothing tells of it may be such a
    /// one, unless it stays.
    pub(super) fn doubt_of_leaf(&self, leaf: &RawFrame) -> Option<Doubt> {
        let mark = Mark::of(leaf);
        let may_be_left = self.untold_at.is_some() && self.tells_that_it_runs() && self.waits(leaf);
        (may_be_left && !self.past.has_leaf(mark)).then_some((mark, (0, 0)))
    }
}
