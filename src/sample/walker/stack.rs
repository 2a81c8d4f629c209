//! The stack of one thread, out of the sweep's one read where that will do.

use std::sync::Arc;

use advisors::Place;

use super::{Loss, Walker, gil_holders, take_note_of_new_code};
use crate::sample::batch::Batch;
use crate::sample::chain::{Look, RawFrame};
use crate::sample::code::Position;
use crate::sample::interpreter::{Interpreter, Parts};
use crate::sample::layout::OWNED_BY_GENERATOR;
use crate::sample::memory::{Memory, ReadError};
use crate::sample::pursuit::Pursuit;
use crate::sample::snapshot::Header;
use crate::sample::{Code, FRAMES_LEFT_OUT, Frame, TOO_FAST};
use crate::text::Untrusted;

/// Looks at one thread in a sweep at which something was not where it was expected: new threads and
/// code objects take three or four until all parts are found.
const SEARCHING_LOOKS: usize = 6;

impl<M: Memory> Walker<M> {
    /// The stack of a thread: from the sweep's one read, or from looks of its own when that one
    /// did not do.
    pub(super) fn stack(
        &mut self,
        index: usize,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<(Vec<Frame>, bool), Loss>, ReadError> {
        let mut pursuit = Pursuit::default();
        let mut searching = 0;
        let mut is_first = true;
        while searching < SEARCHING_LOOKS && !pursuit.is_given_up() {
            if is_first {
                self.holders = gil_holders(&self.interpreters, &self.parts, &self.batch);
            } else {
                self.look_again(index)?;
            }
            match self.judge(index, is_first, &mut pursuit, raw)? {
                Ok((frames, _)) if frames.is_empty() => return Ok(Err(Loss::Nothing)),
                Ok(stack) => return Ok(Ok(stack)),
                Err(Look::Empty) => return Ok(Err(Loss::Nothing)),
                Err(Look::Senseless) if !is_first => return Ok(Err(Loss::Unreadable)),
                Err(Look::Torn) => {
                    let part = self.threads[index].take_outer_part();
                    pursuit.tear(&part, self.calls_something(&part));
                    if let Some((leaf, base)) = pursuit.generator()
                        && let Some(stack) = self.compose(index, leaf, base, raw)?
                    {
                        return Ok(Ok(stack));
                    }
                }
                Err(look) => {
                    searching += 1;
                    // How long a generator's frame is, its code says.
                    if look == Look::Misplaced {
                        let _ = self.confirm_codes(raw)?;
                    }
                }
            }
            is_first = false;
        }
        self.outer_part(index, pursuit, raw)
    }

    /// What the last look at a thread came to: its frames, and whether some are left out.
    fn judge(
        &mut self,
        index: usize,
        is_first: bool,
        pursuit: &mut Pursuit,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<(Vec<Frame>, bool), Look>, ReadError> {
        let thread = &mut self.threads[index];
        let batch = if is_first { &self.batch } else { &self.again };
        let target = (&self.memory, &self.layout);
        let look = thread.judge(target, &mut self.codes, batch, self.stands_still, raw);
        if matches!(look, Look::Whole { .. } | Look::Torn) {
            pursuit.begin(thread.generator());
        }
        match look {
            Look::Whole { .. } if !pursuit.accepts(raw) => {
                thread.keep_outer_part(raw);
                Ok(Err(Look::Torn))
            }
            Look::Whole { truncated } => {
                Ok(self.frames(index, raw)?.map(|frames| (frames, truncated)))
            }
            look => Ok(Err(look)),
        }
    }

    /// The stack of a thread whose generator, at `leaf`, runs too fast for looks at all of it.
    fn compose(
        &mut self,
        index: usize,
        leaf: u64,
        base: &[RawFrame],
        raw: &mut Vec<RawFrame>,
    ) -> Result<Option<(Vec<Frame>, bool)>, ReadError> {
        let thread = &mut self.threads[index];
        self.again.clear();
        thread.ask_for_copies(&self.layout, &self.codes, base, &mut self.again);
        self.again.run(&self.memory)?;
        if !thread.compose(&self.layout, &mut self.codes, &self.again, (leaf, base), raw) {
            return Ok(None);
        }
        let truncated = raw.iter().any(RawFrame::is_gap);
        Ok(self.frames(index, raw)?.ok().map(|frames| (frames, truncated)))
    }

    /// What is certain of a stack whose inner end always changed while it was read. If its innermost
    /// frame is where nothing was ever seen to be called, it was the leaf; of a thread that was never
    /// seen whole, where nothing can be.
    fn outer_part(
        &mut self,
        index: usize,
        pursuit: Pursuit,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<(Vec<Frame>, bool), Loss>, ReadError> {
        let (mut part, has_run) = pursuit.give_up();
        let is_new = !self.threads[index].was_seen_whole();
        let mut calls_something =
            self.calls_something(&part) || is_new && self.may_call_something(&part);
        // It ran its generator from elsewhere than where it was seen.
        if has_run && !calls_something && !part.is_empty() {
            part.remove(0);
            calls_something = true;
        }
        if part.is_empty() {
            return Ok(Err(Loss::Torn));
        }
        *raw = part;
        let truncated = raw.iter().any(RawFrame::is_gap);
        if calls_something {
            raw.insert(0, RawFrame::UNSEEN);
        }
        let frames = self.frames(index, raw)?;
        Ok(frames.map(|frames| (frames, truncated)).map_err(|_| Loss::Torn))
    }

    /// Whether something was ever seen to be called where the innermost frame of `part` stands.
    fn calls_something(&self, part: &[RawFrame]) -> bool {
        part.first().is_some_and(|innermost| {
            let Header { code, instruction, .. } = innermost.header;
            self.codes.sites.is_known(code, instruction)
        })
    }

    /// Whether something can be called where the innermost frame of `part` stands.
    fn may_call_something(&self, part: &[RawFrame]) -> bool {
        part.first().is_some_and(|innermost| {
            let Header { code, instruction, copy, .. } = innermost.header;
            self.codes.may_call_at(code, instruction, copy)
                || self.codes.may_run_generator_at(code, (instruction, copy), true)
        })
    }

    /// Reads one thread by itself.
    fn look_again(&mut self, index: usize) -> Result<(), ReadError> {
        self.again.clear();
        let confirm = self.layout.interpreter.generation.is_none();
        self.threads[index].ask(&self.layout, &self.codes, confirm, &mut self.again);
        let ask = |interpreter: &Interpreter| interpreter.ask(&self.layout, &mut self.again);
        let parts: Vec<Parts> = self.interpreters.iter().map(ask).collect();
        self.again.run(&self.memory)?;
        self.holders = gil_holders(&self.interpreters, &parts, &self.again);
        take_note_of_new_code(&mut self.interpreters, &mut self.codes, |interpreter, index| {
            interpreter.has_moved_on(&self.layout, &self.again, &parts[index])
        });
        Ok(())
    }

    /// The frames as they are handed out, those in `raw` that have a place; `Err` when there is
    /// something to find out first.
    fn frames(
        &mut self,
        index: usize,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<Vec<Frame>, Look>, ReadError> {
        let fresh = self.threads[index].resolved().keep(raw, self.codes.look());
        if let Err(look) = self.confirm_codes(&raw[..fresh])? {
            return Ok(Err(look));
        }
        // From the outer end, as they are kept.
        for depth in (0..fresh).rev() {
            match self.frame(&raw[depth]) {
                Ok(Some(frame)) => self.threads[index].resolved().push(&raw[depth], frame),
                Ok(None) => drop(raw.remove(depth)),
                Err(_) => return Ok(Err(Look::Torn)),
            }
        }
        Ok(Ok(self.threads[index].frames()))
    }

    /// A frame's code and place; `None` for one that is still being made.
    pub(super) fn frame(&self, raw: &RawFrame) -> Result<Option<Frame>, Loss> {
        if raw.is_gap() {
            let stands_in = if raw.is_unseen() { &self.unseen } else { &self.gap };
            return Ok(Some(stands_in.clone()));
        }
        let header = &raw.header;
        let cached = self.codes.confirmed(header.code).ok_or(Loss::Torn)?;
        let place = match cached.position(header.instruction, header.copy) {
            Position::At(place) => place,
            Position::Unstarted if header.owner == OWNED_BY_GENERATOR => {
                cached.place(header.instruction, header.copy)
            }
            Position::Unstarted => return Ok(None),
            Position::Outside => return Err(Loss::Torn),
        };
        Ok(Some(Frame { code: cached.code.clone(), place }))
    }

    /// Makes sure that every code object of the stack is the one that is kept. One that is read
    /// only now may have come after the frame that points to it: then the stack is looked at anew.
    pub(super) fn confirm_codes(
        &mut self,
        raw: &[RawFrame],
    ) -> Result<Result<(), Look>, ReadError> {
        let is_unconfirmed = |&code: &u64| self.codes.confirmed(code).is_none();
        let codes = raw.iter().filter(|frame| !frame.is_gap()).map(|frame| frame.header.code);
        let mut unconfirmed: Vec<u64> = codes.filter(is_unconfirmed).collect();
        if unconfirmed.is_empty() {
            return Ok(Ok(()));
        }
        unconfirmed.sort_unstable();
        unconfirmed.dedup();
        let mut batch = Batch::default();
        let mut probes = Vec::new();
        self.codes.probe(&self.layout, &mut batch, &unconfirmed, &mut probes);
        if !probes.is_empty() {
            batch.run(&self.memory)?;
        }
        for probe in &probes {
            self.codes.judge(&batch, probe);
        }
        let mut look = Ok(());
        for code in unconfirmed {
            if self.codes.holds(code) {
                continue;
            }
            look = Err(Look::Misplaced);
            if !self.codes.load(&self.memory, &self.layout, code) {
                return Ok(Err(Look::Torn));
            }
        }
        Ok(look)
    }
}

/// What stands in a very deep stack for its middle.
pub(super) fn frames_left_out() -> Frame {
    stand_in(FRAMES_LEFT_OUT)
}

/// What stands for the inner end of a stack that changed faster than it could be read.
pub(super) fn too_fast() -> Frame {
    stand_in(TOO_FAST)
}

fn stand_in(name: &str) -> Frame {
    let name = Untrusted::new(name);
    let code = Arc::new(Code { name, file: Untrusted::default(), first_line: 0 });
    Frame { code, place: Place::default() }
}
