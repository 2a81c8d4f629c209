//! Where the frame lies that another has called.

use super::{GENERATOR_SLOTS, Links};
use crate::limits;
use crate::sample::bytes::word;
use crate::sample::chain::RawFrame;
use crate::sample::chunks;
use crate::sample::past::Mark;
use crate::sample::snapshot::Header;

impl Links<'_> {
    /// What a frame has called, if it can be found, and whether it tells so.
    pub(super) fn callee<'b>(
        &self,
        caller: &RawFrame,
        stack: impl Iterator<Item = &'b RawFrame>,
    ) -> Option<(RawFrame, bool)> {
        if !self.waits(caller) {
            return self.callee_through_c(caller, stack).map(|callee| (callee, false));
        }
        let stack: Vec<&RawFrame> = stack.collect();
        let told = self.callee_waited_for(caller, stack.iter().copied());
        let untold = || self.callee_with_cell(caller, stack.iter().copied());
        told.map(|callee| (callee, true)).or_else(|| untold().map(|callee| (callee, false)))
    }

    /// The frame right behind one that waits, if it may be that of a property or of a subscript whose
    /// receiver an inner function uses too: then its slot has a cell, and its caller tells nothing of
    /// it. Such calls have to be usual at that place.
    fn callee_with_cell<'b>(
        &self,
        caller: &RawFrame,
        stack: impl Iterator<Item = &'b RawFrame>,
    ) -> Option<RawFrame> {
        let has_called_nothing = self.leaves.contains(&caller.address) || !self.may_call(caller);
        if has_called_nothing
            || self.codes.sites.tells(caller.header.code, caller.header.instruction)
        {
            return None;
        }
        let mut behind = self.behind(&[caller.address], stack).into_iter();
        behind.find(|callee| {
            let Header { code, instruction, copy, function, .. } = callee.header;
            // A function that only made a generator is left as it began.
            let is_left = function == 0 || self.codes.is_at_entry(code, instruction, copy);
            !is_left && !callee.header.is_in_generator()
        })
    }

    /// What is known to be called through C where a frame stands, if it is found to run.
    fn callee_through_c<'b>(
        &self,
        caller: &RawFrame,
        stack: impl Iterator<Item = &'b RawFrame>,
    ) -> Option<RawFrame> {
        let Mark { address, code, instruction, .. } = Mark::of(caller);
        let sites = &self.codes.sites;
        if !self.tells_that_it_runs() || !sites.leads_elsewhere(code, instruction) {
            return None;
        }
        let shims = self.views.whole.starts().filter(|&it| {
            self.views.header(it).is_some_and(|it| it.is_shim() && it.previous == address)
        });
        let callers: Vec<u64> = shims.chain([address]).collect();
        self.behind(&callers, stack).into_iter().find(|callee| {
            let is_called_from_c = callee.header.is_entry || callee.header.previous != address;
            is_called_from_c
                && !self.waits(callee)
                && sites.is_known_through_c(code, instruction, callee.header.code)
        })
    }

    /// What a frame waits for, if it can be found: the frame of a generator, or one that lies
    /// behind the chunk's innermost of `stack` (leaf first).
    pub(super) fn callee_waited_for<'b>(
        &self,
        caller: &RawFrame,
        stack: impl Iterator<Item = &'b RawFrame>,
    ) -> Option<RawFrame> {
        let frames = &self.views.layout.frame;
        let end = self.stack_end(caller)?;
        let generators = if self.may_run_generator(caller, false) { GENERATOR_SLOTS } else { 0 };
        for slot in 1..=generators {
            let generator = self.object(end.wrapping_sub(8 * slot))?;
            let address = generator.wrapping_add(frames.in_generator);
            if let Some(header) = self.views.header(address)
                && header.previous == caller.address
            {
                let callee = RawFrame { address, header, is_late: false };
                return self.waits_for(caller, &callee).then_some(callee);
            }
        }
        if !self.may_call(caller) {
            return None;
        }
        let mut behind = self.behind(&[caller.address], stack).into_iter();
        behind.find(|callee| self.waits_for(caller, callee))
    }

    /// The frames whose caller is said to be one of `callers`, perhaps by way of a trampoline, and that
    /// lie behind the chunk's innermost of `stack` (leaf first), or at the beginning of a chunk.
    pub(super) fn behind<'b>(
        &self,
        callers: &[u64],
        mut stack: impl Iterator<Item = &'b RawFrame>,
    ) -> Vec<RawFrame> {
        let is_in_chunk = |frame: &&RawFrame| {
            !frame.is_gap() && !frame.header.is_shim() && !frame.header.is_in_generator()
        };
        let last = stack.find(is_in_chunk).map_or(u64::MAX, |last| last.address);
        let start = last.saturating_add(self.views.layout.frame.header as u64);
        let (trampolines, called): (Vec<_>, Vec<_>) =
            self.called_from(start, callers).partition(|it| self.is_trampoline(it) == Some(true));
        let trampolines: Vec<u64> = trampolines.iter().map(|frame| frame.address).collect();
        let through_them = match trampolines.is_empty() {
            true => Vec::new(),
            false => self.called_from(start, &trampolines).collect(),
        };
        called.into_iter().chain(through_them).collect()
    }

    /// The frames from `start` on, or at the beginning of a chunk, whose caller is one of `callers`.
    fn called_from(&self, start: u64, callers: &[u64]) -> impl Iterator<Item = RawFrame> {
        let frames = &self.views.layout.frame;
        let bytes = self.views.whole.from(self.views.batch, start, 8).unwrap_or(&[]);
        let is_called = |previous: Option<u64>| previous.is_some_and(|it| callers.contains(&it));
        let places = (0..bytes.len().min(limits::CALLEE_DISTANCE)).step_by(8);
        let called = places.filter(move |&place| is_called(word(bytes, place + frames.previous)));
        let called = called.map(move |place| start.saturating_add(place as u64));
        let in_next_chunk = self.views.whole.starts();
        let in_next_chunk = in_next_chunk.map(|chunk| chunk.saturating_add(chunks::HEADER as u64));
        called
            .chain(in_next_chunk)
            .filter_map(|address| {
                let header = self.views.header(address)?;
                Some(RawFrame { address, header, is_late: false })
            })
            .filter(move |callee| is_called(Some(callee.header.previous)))
    }
}
