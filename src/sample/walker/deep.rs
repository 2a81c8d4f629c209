//! Stacks of more frames than are kept.

use crate::limits;
use crate::sample::{Frame, Sample};

/// Frames at the inner end of a stack that are kept.
const INNER: usize = limits::FRAMES - limits::FRAMES / 4 - 1;

/// Leaves out the middle of a sample's stack, with `gap` in its place, if it is deeper than
/// [`limits::FRAMES`]: with what stands for other frames, or joined from several interpreters, a stack is
/// more than what the walk may find.
pub(super) fn bound(sample: &mut Sample, gap: &Frame) {
    let beyond = sample.frames.len().saturating_sub(limits::FRAMES);
    if beyond > 0 {
        sample.frames.splice(INNER..=INNER + beyond, [gap.clone()]);
        sample.truncated = true;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::sample::walker::stack::frames_left_out;
    use crate::sample::{Code, FRAMES_LEFT_OUT, State};
    use crate::text::Untrusted;

    #[test]
    fn both_ends_of_a_deep_stack_are_kept() {
        let code =
            Code { name: Untrusted::new("f"), file: Untrusted::new("app.py"), first_line: 1 };
        let code = Arc::new(code);
        let frame = |line| Frame { code: code.clone(), place: Place::line(line) };
        for depth in [1, 100, limits::FRAMES, limits::FRAMES + 1, 3 * limits::FRAMES] {
            let frames: Vec<Frame> = (0..depth as u32).map(frame).collect();
            let mut sample = Sample::new(1, State::IDLE, frames);
            bound(&mut sample, &frames_left_out());
            let kept = depth.min(limits::FRAMES);
            assert_eq!((sample.frames.len(), sample.truncated), (kept, depth > kept));
            let line = |at: usize| sample.frames[at].place.line as usize;
            assert_eq!((line(0), line(kept - 1)), (0, depth - 1));
            let is_gap = |frame: &&Frame| frame.code.name.data() == FRAMES_LEFT_OUT;
            assert_eq!(sample.frames.iter().filter(is_gap).count(), usize::from(depth > kept));
        }
    }
}
