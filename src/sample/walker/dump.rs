//! One look at every thread, with where its frames are, for a dump.

use super::{Loss, Walker};
use crate::sample::chain::{RawFrame, read_header};
use crate::sample::layout::Layout;
use crate::sample::memory::{Memory, ReadError};
use crate::sample::tasks::Tasks;
use crate::sample::{Frame, Sample};

/// Every thread that could be read.
#[derive(Debug, Default)]
pub(in crate::sample) struct Overview {
    pub(in crate::sample) threads: Vec<Seen>,
    pub(in crate::sample) torn: u32,
    pub(in crate::sample) unreadable: u32,
    /// Threads beyond `limits::THREADS`.
    pub(in crate::sample) left_out: u32,
    /// Threads whose state is not known since too many files are open.
    pub(in crate::sample) unasked: u32,
}

/// A thread as it was seen.
#[derive(Debug)]
pub(in crate::sample) struct Seen {
    pub(in crate::sample) sample: Sample,
    /// Where each of the sample's frames is.
    pub(in crate::sample) raw: Vec<RawFrame>,
    /// The interpreter it belongs to, counted in the order of their creation.
    pub(in crate::sample) interpreter: u32,
    /// Where its thread state is.
    pub(in crate::sample) state: u64,
}

impl<M: Memory> Walker<M> {
    /// As a sweep, but with the addresses of the frames and without looks at operands.
    ///
    /// # Errors
    /// When the process has ended or may no longer be read.
    pub(in crate::sample) fn overview(&mut self, tasks: &mut Tasks) -> Result<Overview, ReadError> {
        let evidence = self.evidence.take();
        let overview = self.look_over(tasks);
        self.evidence = evidence;
        overview
    }

    fn look_over(&mut self, tasks: &mut Tasks) -> Result<Overview, ReadError> {
        tasks.take_unasked();
        self.find_threads();
        self.read_all(None)?;
        self.note_said();
        let mut overview = Overview { left_out: self.left_out, ..Overview::default() };
        for index in 0..self.threads.len() {
            let mut raw = Vec::new();
            match self.sample(index, tasks, &mut raw)? {
                Ok(sample) => {
                    let thread = &self.threads[index];
                    let (state, interpreter) = (thread.address, thread.interpreter());
                    let interpreter = self.number(interpreter);
                    overview.threads.push(Seen { sample, raw, interpreter, state });
                }
                Err(Loss::Torn) => overview.torn += 1,
                Err(Loss::Unreadable) => overview.unreadable += 1,
                Err(Loss::Nothing) => {}
            }
        }
        overview.unasked = tasks.take_unasked();
        Ok(overview)
    }

    /// CPython puts a new interpreter before the others (`new_interpreter`, pystate.c).
    fn number(&self, interpreter: u64) -> u32 {
        let newer = self.interpreters.iter().position(|known| known.address == interpreter);
        let number = newer.map_or(0, |newer| self.interpreters.len() - 1 - newer);
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The frame at `address`, be it on a stack or not, and what it runs; `None` when it is none.
    pub(in crate::sample) fn frame_at(&mut self, address: u64) -> Option<(RawFrame, Frame)> {
        // Its code object is read first, and then the frame once more.
        for _ in 0..3 {
            self.codes.begin_look();
            let header = read_header(&self.memory, &self.layout, address)?;
            let raw = RawFrame { address, header, is_late: false };
            if self.confirm_codes(&[raw]).ok()?.is_ok() {
                return self.frame(&raw).ok()?.map(|frame| (raw, frame));
            }
        }
        None
    }

    /// What the process's memory is read with.
    pub(in crate::sample) fn target(&self) -> &M {
        &self.memory
    }

    /// Where things are in the process's interpreter.
    pub(in crate::sample) fn layout(&self) -> &Layout {
        &self.layout
    }
}
