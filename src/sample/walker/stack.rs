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
use crate::sample::past::Mark;
use crate::sample::snapshot::Header;
use crate::sample::{Code, FRAMES_LEFT_OUT, Frame, TOO_FAST};
use crate::text::Untrusted;

/// Looks at one thread in a sweep, the first included. New threads and code objects take three or
/// four until all parts are found; a stack that moves faster than it can be read is given up.
const LOOKS: usize = 12;
/// Of which so many may be torn.
const TORN_LOOKS: usize = 6;

impl<M: Memory> Walker<M> {
    /// The stack of a thread: from the sweep's one read, or from looks of its own when that one
    /// did not do.
    pub(super) fn stack(
        &mut self,
        index: usize,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<(Vec<Frame>, bool), Loss>, ReadError> {
        let mut torn = 0;
        let mut outer_part: Vec<RawFrame> = Vec::new();
        let mut first_part: Vec<RawFrame> = Vec::new();
        for look in 0..LOOKS {
            if look > 0 {
                self.look_again(index)?;
            } else {
                self.holders = gil_holders(&self.interpreters, &self.parts, &self.batch);
            }
            let thread = &mut self.threads[index];
            let batch = if look == 0 { &self.batch } else { &self.again };
            let target = (&self.memory, &self.layout);
            let mut outcome = thread.judge(target, &mut self.codes, batch, self.stands_still, raw);
            if matches!(outcome, Look::Whole { .. }) && !goes_further_in(raw, &first_part) {
                outcome = Look::Torn;
            }
            if let Look::Whole { truncated } = outcome {
                match self.frames(index, raw)? {
                    Ok(frames) if frames.is_empty() => return Ok(Err(Loss::Nothing)),
                    Ok(frames) => return Ok(Ok((frames, truncated))),
                    Err(look) => outcome = look,
                }
            }
            match outcome {
                Look::Empty => return Ok(Err(Loss::Nothing)),
                Look::Senseless if look > 0 => return Ok(Err(Loss::Unreadable)),
                Look::Torn => {
                    torn += 1;
                    let part = self.threads[index].take_outer_part();
                    if torn == 1 && self.calls_something(&part) {
                        first_part.clone_from(&part);
                    }
                    // The last: what else is asked of the thread is of now.
                    if !part.is_empty() {
                        outer_part = part;
                    }
                }
                // How long a generator's frame is, its code says.
                Look::Misplaced => drop(self.confirm_codes(raw)?),
                _ => {}
            }
            if torn >= TORN_LOOKS {
                break;
            }
        }
        self.outer_part(index, outer_part, raw)
    }

    /// What is certain of a stack whose inner end always changed while it was read, as the last look
    /// had it. If its innermost frame is where nothing was ever seen to be called, it was the leaf.
    fn outer_part(
        &mut self,
        index: usize,
        part: Vec<RawFrame>,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<(Vec<Frame>, bool), Loss>, ReadError> {
        if part.is_empty() {
            return Ok(Err(Loss::Torn));
        }
        let calls_something = self.calls_something(&part);
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

/// Whether a stack has that outer part and more. One that was too fast for a look, up to there, is
/// that of something that was called there: what is seen in another look counts only if it was too, or
/// callers would have the time of whatever is hard to see.
fn goes_further_in(stack: &[RawFrame], part: &[RawFrame]) -> bool {
    let Some(inner) = stack.len().checked_sub(part.len()).filter(|&inner| inner > 0) else {
        return false;
    };
    stack[inner..].iter().map(Mark::of).eq(part.iter().map(Mark::of))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_look_counts_if_it_has_all_that_was_certain_and_more() {
        let frame = |address, instruction| RawFrame {
            address,
            header: Header { instruction, ..Header::NONE },
            is_late: false,
        };
        let part = [frame(2, 20), frame(1, 10)];
        let goes_further_in = |stack: &[RawFrame]| goes_further_in(stack, &part);
        assert!(goes_further_in(&[frame(3, 30), frame(2, 20), frame(1, 10)]));
        assert!(!goes_further_in(&part), "it has to have called something");
        assert!(!goes_further_in(&part[1..]));
        assert!(super::goes_further_in(&part, &[]), "nothing was certain");
        assert!(
            !goes_further_in(&[frame(3, 30), frame(2, 22), frame(1, 10)]),
            "from another place"
        );
    }
}
