//! The places of a thread's frames, kept from one sample to the next: most of a stack stays.

use super::Frame;
use super::chain::RawFrame;

/// The frames of a thread's last sample, outermost first, each with what it was made from.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    frames: Vec<(Source, Frame)>,
    /// The look in which their code objects were confirmed.
    look: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    code: u64,
    instruction: u64,
    copy: u32,
}

impl Source {
    fn of(raw: &RawFrame) -> Self {
        let header = &raw.header;
        Self { code: header.code, instruction: header.instruction, copy: header.copy }
    }
}

impl Resolved {
    /// Keeps those outer frames that stand in `raw` (leaf first) as they stood; gives how many
    /// of its inner frames are to be found out. All are, in another look than the last.
    pub(super) fn keep(&mut self, raw: &[RawFrame], look: u64) -> usize {
        if self.look != look {
            self.frames.clear();
            self.look = look;
        }
        let pairs = self.frames.iter().zip(raw.iter().rev());
        let kept = pairs.take_while(|((source, _), raw)| *source == Source::of(raw)).count();
        self.frames.truncate(kept);
        raw.len() - kept
    }

    /// Adds the next inner frame.
    pub(super) fn push(&mut self, raw: &RawFrame, frame: Frame) {
        self.frames.push((Source::of(raw), frame));
    }

    /// All frames, leaf first.
    pub(super) fn frames(&self) -> Vec<Frame> {
        self.frames.iter().rev().map(|(_, frame)| frame.clone()).collect()
    }

    /// Where the innermost frame stood.
    pub(super) fn leaf(&self) -> Option<u64> {
        self.frames.last().map(|(source, _)| source.instruction)
    }
}
