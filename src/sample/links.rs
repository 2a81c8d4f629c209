//! Whether the frames that a look found are one stack, as it stood at one instant.
//!
//! A look copies a stack once, from its outer end to its inner, while the thread runs on. Nothing
//! tells that it stood still meanwhile; but a frame says by itself what it was at when it was
//! copied. One that has called a Python function keeps where its value stack ends, and behind that
//! end its slots keep what it called: the function, or the receiver of a property, of a subscript
//! or of a new object's `__init__`, or right before the end the generator that it drives
//! (`_PUSH_FRAME`, `CALL_*`, `FOR_ITER_GEN`, `SEND_GEN` of bytecodes.c). One that runs says so
//! (`stacktop` is -1, up to 3.13), and one that has been left has no function any more (3.14).
//!
//! So the frames are gone through from the outer to the inner, and each is asked for the next:
//!
//! * It waits for just that function: the call was under way when it was copied. The callee was
//!   there in full before the caller said so, and is copied after it. It may only have returned
//!   since, in the time that lies between two neighbours in one copy, some ten nanoseconds.
//! * It runs: the call began after it was copied, or is over. It was the innermost frame then, and
//!   what was copied behind it is left out.
//! * It waits for another: what was called when it was copied is looked for behind it, and so on
//!   inwards from there, up to a frame that runs.
//! * It stands where nothing is called: its header was copied before the call, and the slots after.
//!   It was the innermost.
//! * It waits for just that function, which stands where it returns: it is being taken apart, and the
//!   caller is the innermost frame again.
//! * A callee at the same address that runs another function, or one of another caller, is thereby
//!   found out. What is not: the same frame that in those nanoseconds called the same function
//!   anew. Its caller and its function are right then; its instruction is that of the later call.
//! * A generator's frame is elsewhere and copied after the chunks. One that has yielded has no
//!   previous frame, which ends the walk; one that is driven by another frame than that which was
//!   copied is not in that one's slots. It is in the slots of the frame that goes through it during
//!   the whole loop, so that the instruction counts too: only at some is a generator run. Whether it
//!   ran is the pointer's to say that was read before the copy ([`super::pursuit`]).
//! * Between a class that is called and its `__init__` stands a frame that is no function's: it is
//!   passed over, and the class or the `__init__` is in the caller's slots.
//! * Calls through C (`map`, `sorted`, `next`, a slot function) leave the function or the generator
//!   among the caller's values, as a rule. Where they once did, they must. Where they never do, two
//!   looks in a row have to find the same caller at the same instruction with the same callee, or
//!   the last stack that was accepted.
//! * One copy may have the instruction of a call and the values of the one before, and the pointers
//!   may be of the same call before and after. So where a call through C is given a local, that has
//!   to be among the values; and if it is a generator, no other is run.
//! * Chunks that come and go: the frames of a chunk that is gone cannot be read, or are not those
//!   that their callers wait for.

mod callees;
mod doubts;
mod waiting;

use super::chain::{Look, RawFrame, Views};
use super::code::CodeCache;
use super::past::{Doubt, Mark, Past};
use super::sites::Call;
use crate::limits;

/// What a caller says of a callee.
enum Link {
    /// It had called it. Whether its slots tell so, or nothing does.
    Call { told: bool },
    /// It had called nothing when it was copied.
    Ended,
    /// It had called this, which is over by now.
    Over,
    /// It had called something else.
    Changed,
}

/// Judges the frames of one look.
pub(super) struct Links<'a> {
    views: &'a Views<'a>,
    codes: &'a mut CodeCache,
    past: &'a mut Past,
    /// The innermost frame before and after the copy.
    leaves: [u64; 2],
    /// Which of them decides whether a generator runs: the first, if there is one. A copy takes its
    /// cache lines from the thread, which waits for them where it is about to write, so that it is too
    /// often found there afterwards.
    pointed: u64,
    /// How far from the outer end the first caller is that did not tell what it had called.
    untold_at: Option<usize>,
    /// Whether a caller stands where it calls something else by its name.
    misplaced: bool,
    /// The frame that the certain part of the stack ends with, as far as is known.
    uncertain: Option<Mark>,
    /// The frame that did not tell of its call, as long as nothing further in tells that it was made.
    silent: Option<Mark>,
}

impl<'a> Links<'a> {
    /// Of a look at which the innermost frame was `leaves`, before and after the copy.
    pub(super) fn new(
        views: &'a Views<'a>,
        codes: &'a mut CodeCache,
        past: &'a mut Past,
        leaves: [u64; 2],
    ) -> Self {
        let pointed = first_pointed(leaves);
        Self {
            views,
            codes,
            past,
            leaves,
            pointed,
            untold_at: None,
            misplaced: false,
            uncertain: None,
            silent: None,
        }
    }

    /// Makes of `found` (leaf first), to which the pointers to the innermost frame led, the stack
    /// that stood when it was copied. So many as `steady` of its outermost frames are as they were when
    /// they were last accepted, and `untold_at` is where one of them did not tell of its call.
    ///
    /// # Errors
    /// With the look's outcome when it cannot be told. Of a torn stack, `found` is then what each
    /// caller was found to wait for.
    pub(super) fn settle(
        &mut self,
        found: &mut Vec<RawFrame>,
        (steady, untold_at): (usize, Option<usize>),
    ) -> Result<(), Look> {
        let mut doubts = Vec::new();
        (self.untold_at, self.misplaced) = (untold_at, false);
        (self.uncertain, self.silent) = (None, None);
        let settled = self.settle_from_outer_end(found, steady, &mut doubts);
        doubts.extend(found.first().and_then(|leaf| self.doubt_of_leaf(leaf)));
        let holds = self.past.bear_out(doubts) && !self.misplaced;
        if holds { settled } else { settled.and(Err(Look::Torn)) }
    }

    fn settle_from_outer_end(
        &mut self,
        found: &mut Vec<RawFrame>,
        steady: usize,
        doubts: &mut Vec<Doubt>,
    ) -> Result<(), Look> {
        let mut caller = (found.len() - steady..found.len()).find(|&at| self.may_wait(&found[at]));
        let mut through_c = false;
        for index in (0..caller.unwrap_or(found.len())).rev() {
            let callee = found[index];
            if callee.is_gap() {
                (caller, through_c) = (None, false);
                continue;
            }
            if callee.header.is_shim() {
                through_c = true;
                continue;
            }
            match self.is_trampoline(&callee) {
                Some(true) => continue,
                Some(false) => {}
                None => return Err(Look::Misplaced),
            }
            if let Some(at) = caller {
                if !self.is_read(&found[at]) {
                    return Err(Look::Misplaced);
                }
                let through_c = through_c || callee.header.is_entry;
                match self.link(&found[at..], &callee, through_c) {
                    Link::Call { told } => {
                        let depths = [found.len() - index, found.len() - at];
                        self.note_telling(told, depths[1]);
                        let call = Call { through_c, told, ..Call::default() };
                        let doubt = self.doubt(&found[at], &callee, depths, call);
                        let is_reliable = told || doubt.is_none();
                        self.trust(&found[at], told, doubt);
                        doubts.extend(doubt);
                        if callee.is_late
                            && index == 0
                            && is_reliable
                            && callee.header.is_in_generator()
                        {
                            return self.end_at_late_generator(&callee);
                        }
                    }
                    Link::Ended => {
                        found.drain(..at);
                        return match self.may_be_innermost(&found[0], found.iter()) {
                            true => Ok(()),
                            false => Err(Look::Torn),
                        };
                    }
                    Link::Over => {
                        found.drain(..at);
                        return Ok(());
                    }
                    Link::Changed => {
                        return self.follow_calls(found, at, doubts, callee.is_late);
                    }
                }
            }
            if callee.is_late {
                return Err(Look::Misplaced);
            }
            (caller, through_c) = (Some(index), false);
        }
        match found.first() {
            Some(leaf) if !leaf.header.is_shim() => self.follow_calls(found, 0, doubts, false),
            _ => Ok(()),
        }
    }

    /// Whether a frame is a function's, which may wait for another.
    fn may_wait(&self, frame: &RawFrame) -> bool {
        !frame.is_gap() && !frame.header.is_shim() && self.is_trampoline(frame) == Some(false)
    }

    /// What the innermost frame of `stack` says of a callee.
    fn link(&self, stack: &[RawFrame], callee: &RawFrame, through_c: bool) -> Link {
        let caller = &stack[0];
        let waits = self.waits(caller);
        let tells_that_it_runs = self.tells_that_it_runs();
        if callee.header.is_in_generator() && !self.may_run_generator(caller, through_c) {
            return Link::Ended;
        }
        match through_c {
            false if tells_that_it_runs && !waits => Link::Ended,
            false if !callee.header.is_in_generator() && !self.may_call(caller) => Link::Ended,
            false if self.waits_for(caller, callee) => match self.is_over(callee) {
                true => Link::Over,
                false => Link::Call { told: true },
            },
            false if !tells_that_it_runs && callee.header.function == 0 => Link::Ended,
            false => Link::Changed,
            true if tells_that_it_runs && waits && !self.takes_apart(stack) => Link::Changed,
            true if self.has_among_its_values(caller, callee) => {
                match self.is_given_another(caller, callee) {
                    true => Link::Changed,
                    false => Link::Call { told: true },
                }
            }
            true if self.is_given_a_generator(caller) => Link::Changed,
            true => {
                let Mark { code, instruction, .. } = Mark::of(caller);
                let has_moved = self.leaves[0] != self.leaves[1];
                match has_moved && self.codes.sites.is_telling(code, instruction) {
                    true => Link::Changed,
                    false => Link::Call { told: false },
                }
            }
        }
    }

    /// Whether a frame tells that it runs `callee`, at a place where that is nothing new.
    pub(super) fn drives(&mut self, caller: &RawFrame, callee: &RawFrame, through_c: bool) -> bool {
        let Mark { code, instruction, .. } = Mark::of(caller);
        let told = match through_c {
            false => self.waits_for(caller, callee),
            true => {
                !(self.tells_that_it_runs() && self.waits(caller))
                    && self.has_among_its_values(caller, callee)
                    && !self.is_given_another(caller, callee)
            }
        };
        let may_run = !callee.header.is_in_generator() || self.may_run_generator(caller, through_c);
        let call = Call { through_c, told, ..Call::default() };
        may_run && self.codes.sites.is_known_call(code, instruction, callee.header.code, call)
    }

    /// Goes on inwards from the frame at index `at` as long as each waits for a function that is
    /// found; what is further in is left out.
    fn follow_calls(
        &mut self,
        found: &mut Vec<RawFrame>,
        at: usize,
        doubts: &mut Vec<Doubt>,
        is_late: bool,
    ) -> Result<(), Look> {
        let mut inner = Vec::new();
        let mut leaf = found[at];
        let depth = found.len() - at;
        let mut is_over = false;
        while let Some((callee, told)) = self.callee(&leaf, inner.iter().rev().chain(&found[at..]))
        {
            if inner.len() >= limits::FRAMES {
                return Err(Look::Torn);
            }
            if told && self.is_over(&callee) {
                is_over = true;
                break;
            }
            inner.push(callee);
            let depths = [depth + inner.len(), depth + inner.len() - 1];
            self.note_telling(told, depths[1]);
            let call = Call { told, through_c: !told && !self.waits(&leaf), ..Call::default() };
            let doubt = self.doubt(&leaf, &callee, depths, call);
            self.trust(&leaf, told, doubt);
            doubts.extend(doubt);
            leaf = callee;
        }
        let is_innermost =
            is_over || self.may_be_innermost(&leaf, inner.iter().rev().chain(&found[at..]));
        if !is_innermost && is_late {
            return Err(Look::Misplaced);
        }
        inner.reverse();
        found.splice(..at, inner);
        if is_innermost { Ok(()) } else { Err(Look::Torn) }
    }

    /// A generator's frame that was read by itself, after the rest, still has the previous frame that
    /// waited for it, which therefore still waits. If it runs, it is the innermost.
    fn end_at_late_generator(&self, leaf: &RawFrame) -> Result<(), Look> {
        let is_innermost = match self.tells_that_it_runs() {
            true => !self.waits(leaf),
            false => self.leaves[1] == leaf.address,
        };
        if is_innermost { Ok(()) } else { Err(Look::Misplaced) }
    }

    /// Whether a frame that waits for nothing that could be found was the innermost: it runs, is
    /// only about to, or was pointed to.
    fn may_be_innermost<'b>(
        &self,
        leaf: &RawFrame,
        stack: impl Iterator<Item = &'b RawFrame>,
    ) -> bool {
        let header = &leaf.header;
        // What it may have called is not copied at the same time. Either pointer's word would be too
        // often that it called nothing.
        if self.codes.sites.leads_elsewhere(header.code, header.instruction) {
            return self.pointed == leaf.address;
        }
        let is_pointed_to = self.leaves.contains(&leaf.address);
        match self.tells_that_it_runs() {
            true => !self.waits(leaf) || self.leaves == [leaf.address; 2],
            // What it had called would be behind it, and not have been left.
            false => {
                is_pointed_to
                    || self.behind(&[leaf.address], stack).iter().all(|it| it.header.function == 0)
            }
        }
    }
}

/// The innermost frame before the copy, or after it where that is all that is known.
pub(super) fn first_pointed(leaves: [u64; 2]) -> u64 {
    leaves.into_iter().find(|&leaf| leaf != 0).unwrap_or(0)
}

/// A generator that is driven lies so many slots before the end of the value stack at most: from
/// 3.15 on there is an index above it.
const GENERATOR_SLOTS: u64 = 2;
