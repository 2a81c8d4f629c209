//! Stacks of more frames than are kept.

use std::ops::Range;
use std::sync::Arc;

use crate::limits;
use crate::sample::{Frame, Sample};

/// Frames at the inner end of a stack that are kept.
const INNER: usize = limits::FRAMES - limits::FRAMES / 4 - 1;

/// Which frames of a stack are left out, counted from its inner end, so that with one in their place it
/// is as deep as a stack may be; an empty range at its outer end when none are.
pub(crate) fn left_out(depth: usize) -> Range<usize> {
    match depth.saturating_sub(limits::FRAMES) {
        0 => depth..depth,
        beyond => INNER..INNER + beyond + 1,
    }
}

/// Leaves out the middle of a sample's stack, with `gap` in its place, if it is deeper than
/// [`limits::FRAMES`]: with what stands for other frames, or joined from several interpreters, a stack is
/// more than what the walk may find.
pub(super) fn bound(sample: &mut Sample, gap: &Frame) {
    let frames = &mut sample.frames;
    let beyond = frames.len().saturating_sub(limits::FRAMES);
    if beyond == 0 {
        return;
    }
    // What the walk has left out becomes more.
    let known = frames.iter().position(|frame| Arc::ptr_eq(&frame.code, &gap.code));
    match known.filter(|&at| at >= beyond) {
        Some(at) => drop(frames.drain(at - beyond..at)),
        None => drop(frames.splice(left_out(frames.len()), [gap.clone()])),
    }
    sample.truncated = true;
}

#[cfg(test)]
mod tests {
    use advisors::Place;

    use super::*;
    use crate::sample::walker::stack::frames_left_out;
    use crate::sample::{Code, FRAMES_LEFT_OUT, State};
    use crate::text::Untrusted;

    /// A stack of so many frames, each on a line of its own.
    fn stack(depth: usize) -> Vec<Frame> {
        let (name, file) = (Untrusted::new("f"), Untrusted::new("app.py"));
        let code = Arc::new(Code { name, file, first_line: 1 });
        let frame = |line| Frame { code: code.clone(), place: Place::line(line) };
        (1..=depth as u32).map(frame).collect()
    }

    /// How many frames are kept of a stack, whether some were left out, and how often it says so.
    fn bounded(frames: Vec<Frame>, gap: &Frame) -> (usize, bool, usize) {
        let ends = |frames: &[Frame]| {
            [frames.first(), frames.last()].map(|frame| frame.map(|it| it.place.line))
        };
        let expected = ends(&frames);
        let mut sample = Sample::new(1, State::IDLE, frames);
        bound(&mut sample, gap);
        assert_eq!(ends(&sample.frames), expected);
        let is_gap = |frame: &&Frame| frame.code.name.data() == FRAMES_LEFT_OUT;
        let gaps = sample.frames.iter().filter(is_gap).count();
        (sample.frames.len(), sample.truncated, gaps)
    }

    #[test]
    fn both_ends_of_a_deep_stack_are_kept() {
        let gap = frames_left_out();
        for depth in [1, 100, limits::FRAMES] {
            assert_eq!(bounded(stack(depth), &gap), (depth, false, 0));
        }
        for depth in [limits::FRAMES + 1, 3 * limits::FRAMES] {
            assert_eq!(bounded(stack(depth), &gap), (limits::FRAMES, true, 1));
        }
    }

    #[test]
    fn what_the_walk_has_left_out_is_said_once() {
        let gap = frames_left_out();
        for at in [INNER - 5, INNER, INNER + 1, INNER + 9] {
            for beyond in [1, 2, 4] {
                let mut frames = stack(limits::FRAMES + beyond);
                frames[at] = gap.clone();
                assert_eq!(bounded(frames, &gap), (limits::FRAMES, true, 1), "{at}, {beyond}");
            }
        }
    }
}
