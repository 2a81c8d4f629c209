//! When a sample is also looked at for its operands, and whether the look counts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use advisors::Python;

use super::calls::Calls;
use super::layout::Layout;
use super::memory::Memory;
use super::operands::{Arguments, OperandReader, Standing};
use super::own::is_own;
use super::schedule::{Rank, Schedule};
use super::{Code, Frame, Operand};
use crate::limits;

/// Frames from the leaf outwards that are looked at: between a line of one's own and where its time
/// goes lie some ten calls of a large library.
const DEPTHS: usize = 16;

/// Frames among which so many functions are sought: what walks a tree is on the stack many times.
const REACH: usize = 128;

/// Looks at operands as the schedule of one recording has it.
#[derive(Debug)]
pub(super) struct Evidence {
    reader: OperandReader,
    schedule: Schedule,
    calls: Calls,
    start: Instant,
    pace: Pace,
    /// Whether this sweep is gone through for what is due.
    is_due: bool,
}

/// Which sweeps are gone through: more tell no more of what is hot.
#[derive(Debug, Default)]
struct Pace {
    /// Those that were.
    sweeps: u64,
}

impl Pace {
    /// So many of a second.
    const SWEEPS: f64 = 250.0;
    /// And so many that may be ahead of that: a short recording at a high rate needs them.
    const AHEAD: f64 = 1000.0;

    /// Whether a sweep is gone through that begins so long after the first.
    fn takes(&mut self, now: Duration) -> bool {
        let is_taken = (self.sweeps as f64) < Self::AHEAD + Self::SWEEPS * now.as_secs_f64();
        self.sweeps += u64::from(is_taken);
        is_taken
    }
}

impl Evidence {
    /// `None` when the objects of that build cannot be read.
    pub(super) fn new(python: Python, layout: &Layout) -> Option<Self> {
        let reader = OperandReader::of(python, layout)?;
        Some(Self {
            reader,
            schedule: Schedule::new(),
            calls: Calls::default(),
            start: Instant::now(),
            pace: Pace::default(),
            is_due: false,
        })
    }

    /// A sweep begins.
    pub(super) fn begin_sweep(&mut self) {
        let now = self.start.elapsed();
        self.is_due = self.pace.takes(now);
        if self.is_due {
            self.schedule.now(now);
            self.calls.now(now);
        }
    }

    /// What the names on the lines of the innermost frames of `stack` are bound to, where a look is
    /// due, that of the program's own code first; further out, those on the lines of functions that
    /// are not among these. Each frame is looked at while the thread may run on: what was read counts
    /// if the frame is still the same call afterwards. That it still stands at the same instruction is
    /// not asked for: a look takes longer than most instructions, and fast expressions would never be
    /// seen.
    pub(super) fn look<M: Memory>(
        &mut self,
        memory: &M,
        stack: Standing<'_>,
        frames: &[Frame],
    ) -> Vec<Operand> {
        if !self.is_due {
            return Vec::new();
        }
        let mut operands = self.arguments(memory, stack, frames);
        let seen = (0..).zip(stack.frames.iter().zip(frames)).filter(|(_, (raw, _))| !raw.is_gap());
        let mut functions: Vec<*const Code> = Vec::with_capacity(DEPTHS);
        let mut due: Vec<(u32, &Frame, Rank)> = Vec::with_capacity(DEPTHS);
        for (nth, (depth, (_, frame))) in seen.take(REACH).enumerate() {
            let function = Arc::as_ptr(&frame.code);
            let is_known = functions.contains(&function);
            if functions.len() == DEPTHS || (nth >= DEPTHS && is_known) {
                continue;
            }
            if !is_known {
                functions.push(function);
            }
            let rank = if nth == 0 { Rank::Innermost } else { Rank::Caller };
            due.push((depth, frame, rank));
        }
        // What a library does below could use up the budget before its caller's turn comes.
        let own = due.iter().position(|(_, frame, _)| is_own(frame.code.file.data()));
        if let Some(own) = own.filter(|&own| own > 0) {
            due[own].2 = Rank::Own;
            due[..=own].rotate_right(1);
        }
        let mut is_fresh = true;
        for (depth, frame, rank) in due {
            let stack = stack.down_to(depth as usize);
            let Some(weight) = self.schedule.due(&frame.code, frame.place, rank) else { continue };
            // What is innermost is often over by the time that the others were looked at.
            if is_fresh || stack.still_holds(memory) {
                operands.extend(self.look_at(memory, stack, depth, frame, weight));
                is_fresh = false;
            } else {
                self.schedule.missed(&frame.code, frame.place, weight);
            }
        }
        operands
    }

    /// What the names on the line of the frame in question are bound to, in a look that stands for so
    /// many samples.
    fn look_at<M: Memory>(
        &mut self,
        memory: &M,
        stack: Standing<'_>,
        depth: u32,
        frame: &Frame,
        weight: u32,
    ) -> Vec<Operand> {
        let Some(raw) = stack.frame() else { return Vec::new() };
        let before = thread_cpu();
        let (address, code) = (raw.address, raw.header.code);
        let found = self.reader.look_at(memory, address, code, &frame.code, frame.place);
        let mut operands = Vec::new();
        if stack.still_holds(memory) {
            if found.outran {
                self.schedule.again(&frame.code, frame.place);
            }
            let found = found.operands.into_iter();
            operands.extend(found.map(|it| Operand { depth, weight, ..it }));
        } else {
            self.schedule.missed(&frame.code, frame.place, weight);
        }
        self.schedule.spent(thread_cpu().saturating_sub(before));
        operands
    }

    /// The arguments of the calls on the stack, where a look at them is due. This comes first: short
    /// calls are soon over.
    fn arguments<M: Memory>(
        &mut self,
        memory: &M,
        stack: Standing<'_>,
        frames: &[Frame],
    ) -> Vec<Operand> {
        let mut operands = Vec::new();
        let Some(root) = stack.frames.last().map(|frame| frame.address) else { return operands };
        self.calls.begin(root);
        let calls = stack.frames.iter().zip(frames).take(limits::CALL_DEPTH);
        for (depth, (raw, frame)) in (0..).zip(calls) {
            if raw.is_gap() || !self.calls.due(root, raw.address, &frame.code) {
                continue;
            }
            let before = thread_cpu();
            match self.reader.arguments(memory, stack.down_to(depth as usize), &frame.code) {
                Arguments::None => self.calls.without(&frame.code),
                Arguments::Gone => self.calls.missed(&frame.code),
                Arguments::Seen { all, each, objects } => {
                    if self.calls.seen(root, &frame.code, objects) {
                        let seen = [all].into_iter().chain(each);
                        operands.extend(seen.map(|it| Operand { depth, ..it }));
                    }
                }
            }
            self.calls.spent(thread_cpu().saturating_sub(before));
        }
        operands
    }
}

/// Processor time that this thread has used.
fn thread_cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_any_rate_some_sweeps_of_a_second_are_gone_through() {
        let taken = |rate: u32, seconds: u32| {
            let mut pace = Pace::default();
            let times = (0..rate * seconds).map(|sweep| Duration::from_secs(1) * sweep / rate);
            times.filter(|&now| pace.takes(now)).count()
        };
        assert_eq!(taken(100, 20), 2000, "all of them");
        assert_eq!(taken(1_000, 1), 1_000, "a short one");
        assert!((3_500..=3_502).contains(&taken(10_000, 10)), "{}", taken(10_000, 10));
    }
}
