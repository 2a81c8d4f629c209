//! What a frame says of itself: whether it waits, and for what, runs, has yet to begin or is over.

use super::{GENERATOR_SLOTS, Links};
use crate::sample::bytes::word;
use crate::sample::called::Naming;
use crate::sample::chain::RawFrame;
use crate::sample::layout::{OWNED_BY_THREAD, StackTop};
use crate::sample::snapshot::{Header, untagged};

/// From the first of the two instructions that clean up after `__init__` to the second.
const CLEANUP_BYTES: u64 = 2;

impl Links<'_> {
    /// Whether what a frame's value stack ends with was read along.
    pub(super) fn is_read(&self, frame: &RawFrame) -> bool {
        let end = self.stack_end(frame);
        end.is_none_or(|end| self.object(end).is_some())
    }

    /// Whether frames of this version tell that they run.
    pub(super) fn tells_that_it_runs(&self) -> bool {
        matches!(self.views.layout.frame.stack_top, StackTop::Count(_))
    }

    /// Whether a frame waits for what it called, as far as it tells.
    pub(super) fn waits(&self, frame: &RawFrame) -> bool {
        self.stack_end(frame).is_some()
    }

    /// Where the value stack of a frame that has called something ends. One that has only been
    /// entered has a stack's end too, and behind it what another call at its address left.
    pub(super) fn stack_end(&self, frame: &RawFrame) -> Option<u64> {
        let Header { code, instruction, copy, .. } = frame.header;
        let end = frame.stack_end(&self.views.layout.frame);
        end.filter(|_| !self.codes.is_at_entry(code, instruction, copy))
    }

    /// Whether a frame that its caller waits for has returned. It is taken apart then, and the thread
    /// is in the caller again.
    pub(super) fn is_over(&self, callee: &RawFrame) -> bool {
        let Header { code, instruction, copy, .. } = callee.header;
        self.codes.returns_at(code, instruction, copy)
            && !self.leaves.contains(&callee.address)
            && (self.waits(callee) || !self.tells_that_it_runs())
    }

    /// Whether what the innermost frame of `stack` waits for has returned: what its objects do when
    /// they go is called from C.
    pub(super) fn takes_apart(&self, stack: &[RawFrame]) -> bool {
        self.callee_waited_for(&stack[0], stack.iter()).is_some_and(|callee| self.is_over(&callee))
    }

    /// Whether a frame only stands between who calls a class and its `__init__`, to clean up after
    /// it; `None` if it may be and its code has to be read first (`_Py_InitCleanup` in specialize.c,
    /// 3.12 and later).
    pub(super) fn is_trampoline(&self, frame: &RawFrame) -> Option<bool> {
        let Header { code, instruction, owner, .. } = frame.header;
        let start = code.wrapping_add(self.views.layout.code.instructions as u64);
        let may_be = owner == OWNED_BY_THREAD && instruction.wrapping_sub(start) <= CLEANUP_BYTES;
        if may_be { self.codes.is_trampoline(code) } else { Some(false) }
    }

    /// Whether `callee` is the `__init__` of a class that `caller` called.
    fn is_init_of(&self, caller: &RawFrame, callee: &RawFrame) -> bool {
        let address = callee.header.previous;
        self.views.header(address).is_some_and(|header| {
            header.previous == caller.address
                && self.is_trampoline(&RawFrame { address, header, is_late: false }) == Some(true)
        })
    }

    /// Whether a frame stands where it may have called something, unless through C.
    pub(super) fn may_call(&self, frame: &RawFrame) -> bool {
        let Header { code, instruction, copy, .. } = frame.header;
        self.codes.may_call_at(code, instruction, copy)
    }

    /// How the name of `callee` is related to that of what is called where a frame stands.
    pub(super) fn naming(&self, frame: &RawFrame, callee: &RawFrame) -> Naming {
        let Header { code, instruction, copy, .. } = frame.header;
        match callee.header.is_in_generator() {
            true => Naming::Unknown,
            false => self.codes.naming((code, instruction, copy), callee.header.code),
        }
    }

    /// Whether a frame stands where it may run a generator, and is not the innermost.
    pub(super) fn may_run_generator(&self, frame: &RawFrame, through_c: bool) -> bool {
        let Header { code, instruction, copy, .. } = frame.header;
        self.pointed != frame.address
            && self.codes.may_run_generator_at(code, (instruction, copy), through_c)
    }

    /// Whether the slots around the end of a caller's value stack tell that it called just this.
    pub(super) fn waits_for(&self, caller: &RawFrame, callee: &RawFrame) -> bool {
        let frames = &self.views.layout.frame;
        let Some(end) = self.stack_end(caller) else { return false };
        let slot = |index: i64| self.object(end.wrapping_add_signed(8 * index));
        if callee.header.is_in_generator() {
            let generator = callee.address.wrapping_sub(frames.in_generator);
            return (1..=GENERATOR_SLOTS.cast_signed())
                .any(|index| slot(-index) == Some(generator));
        }
        let function = callee.header.function;
        if function == 0 {
            return false;
        }
        // The slots have the class only (3.12, 3.13).
        if self.tells_that_it_runs() && self.is_init_of(caller, callee) {
            return true;
        }
        let called = match slot(0) {
            Some(0) if frames.null_below_function => slot(1),
            called => called,
        };
        let receiver = self.object(callee.address.wrapping_add(frames.header as u64));
        called == Some(function)
            || receiver.is_some_and(|receiver| {
                receiver != 0 && [-1, 0, 1].map(slot).contains(&Some(receiver))
            })
    }

    /// Whether a caller's values have the function or the generator that runs.
    pub(super) fn has_among_its_values(&self, caller: &RawFrame, callee: &RawFrame) -> bool {
        let Some((locals, slots)) = self.slots(caller) else { return false };
        let sought = self.held_by_caller(callee);
        sought != 0 && slots.skip(locals).any(|value| value == sought)
    }

    /// Whether a caller's values are not those of the call where it stands: they do not have the local
    /// that it is given, and what runs is another's.
    pub(super) fn is_given_another(&self, caller: &RawFrame, callee: &RawFrame) -> bool {
        let Some(given) = self.given(caller) else { return false };
        let Some((locals, slots)) = self.slots(caller) else { return false };
        let slots: Vec<u64> = slots.collect();
        let Some((locals, values)) = slots.split_at_checked(locals) else { return false };
        !values.contains(&given) && locals.contains(&self.held_by_caller(callee))
    }

    /// Whether the call where a frame stands is given a generator: it runs that one, if any.
    pub(super) fn is_given_a_generator(&self, caller: &RawFrame) -> bool {
        let in_generator = self.views.layout.frame.in_generator;
        let frame = self.given(caller).map(|given| given.wrapping_add(in_generator));
        let header = frame.and_then(|frame| self.views.header(frame));
        header.is_some_and(|header| header.is_in_generator())
    }

    /// The local that the call where a frame stands has as its last argument.
    fn given(&self, caller: &RawFrame) -> Option<u64> {
        let Header { code, instruction, copy, .. } = caller.header;
        let local = self.codes.given(code, instruction, copy)?;
        let (locals, mut slots) = self.slots(caller)?;
        if local < locals { slots.nth(local) } else { None }
    }

    /// What its caller has among its values while a frame runs that was called through C.
    fn held_by_caller(&self, callee: &RawFrame) -> u64 {
        match callee.header.is_in_generator() {
            true => callee.address.wrapping_sub(self.views.layout.frame.in_generator),
            false => callee.header.function,
        }
    }

    /// How many locals a frame has, and what its slots hold: those, and its values.
    fn slots(&self, frame: &RawFrame) -> Option<(usize, impl Iterator<Item = u64> + '_)> {
        let (locals, all) = self.codes.slots(frame.header.code)?;
        let start = frame.address.wrapping_add(self.views.layout.frame.header as u64);
        let bytes = self.views.whole.from(self.views.batch, start, 8)?;
        let slots = bytes.chunks_exact(8).take(all as usize);
        Some((locals as usize, slots.filter_map(|slot| word(slot, 0)).map(untagged)))
    }

    pub(super) fn object(&self, address: u64) -> Option<u64> {
        self.views.whole.object(self.views.batch, address)
    }
}
