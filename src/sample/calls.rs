//! Which calls are looked at for their arguments, and whether a look met another call than the last.
//!
//! A function's turn comes as a line's does in [`super::schedule`]. Two looks count as two calls only
//! if they cannot have met the same one: between them the function was not on the thread's stack, or
//! its frame was another, or its arguments were other objects.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::Code;
use super::schedule::{Budget, Turn};
use crate::limits;

/// A function is hot enough to be looked at when it is on the stack of one in so many samples.
const HEAT: u64 = 50;

/// By how much a function's samples grow from one look to the next: a factor, in hundredths. Whether
/// arguments come back takes more looks to tell than what a line works on; where looks are dear, as on
/// virtual machines with slow system calls, the budget alone says how many there are.
const GROWTH: u64 = 105;

/// The functions that were met, by the address of their code.
#[derive(Debug)]
pub(super) struct Calls {
    turns: FxHashMap<usize, Function>,
    running: FxHashMap<(u64, usize), Running>,
    /// Samples of each thread, by the address of its outermost frame.
    threads: FxHashMap<u64, u64>,
    samples: u64,
    budget: Budget,
}

#[derive(Debug)]
struct Function {
    /// Held so that no other can be taken for it.
    _code: Arc<Code>,
    turn: Turn,
    /// The sample in which it was last met.
    met: u64,
}

/// A function on one thread's stack.
#[derive(Debug, Default)]
struct Running {
    /// The thread's sample in which it was last met, and its frame then.
    sample: u64,
    frame: u64,
    /// Whether it was there in every sample since the last look, in the same frame.
    all_along: bool,
    /// What the arguments were in the last look.
    objects: Option<u64>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            turns: FxHashMap::default(),
            running: FxHashMap::default(),
            threads: FxHashMap::default(),
            samples: 0,
            budget: Budget::new(limits::CALLS_CPU),
        }
    }
}

impl Calls {
    /// The recording has gone on until `now`, counted from its start.
    pub(super) fn now(&mut self, now: Duration) {
        self.budget.refill(now);
    }

    /// Takes what a look cost from the budget.
    pub(super) fn spent(&mut self, cpu: Duration) {
        self.budget.spend(cpu);
    }

    /// A sample of the thread whose outermost frame is at `root`.
    pub(super) fn begin(&mut self, root: u64) {
        if self.turns.len() + self.running.len() + self.threads.len() > limits::SCHEDULED_PLACES {
            self.turns.clear();
            self.running.clear();
            self.threads.clear();
            self.samples = 0;
        }
        self.samples += 1;
        *self.threads.entry(root).or_default() += 1;
    }

    /// Counts a call of `code`; whether it is to be looked at. Only the innermost of a function's calls
    /// on the thread's stack counts, so that these come leaf first.
    pub(super) fn due(&mut self, root: u64, frame: u64, code: &Arc<Code>) -> bool {
        let key = Arc::as_ptr(code) as usize;
        let function = self.turns.entry(key).or_insert_with(|| Function {
            _code: code.clone(),
            turn: Turn::FIRST,
            met: 0,
        });
        if std::mem::replace(&mut function.met, self.samples) == self.samples {
            return false;
        }
        let is_due = function.turn.step();
        if !function.turn.is_hot(HEAT, self.samples) {
            return false;
        }
        let sample = self.threads.get(&root).copied().unwrap_or(0);
        let running = self.running.entry((root, key)).or_default();
        running.all_along &= running.sample + 1 == sample && running.frame == frame;
        (running.sample, running.frame) = (sample, frame);
        let looks = is_due && self.budget.has_more_than(0.0);
        if looks {
            function.turn.take(GROWTH);
        }
        looks
    }

    /// The look found these arguments: whether they are those of another call than the last look's.
    pub(super) fn seen(&mut self, root: u64, code: &Arc<Code>, objects: u64) -> bool {
        let running = self.running.entry((root, Arc::as_ptr(code) as usize)).or_default();
        let same = running.all_along && running.objects == Some(objects);
        (running.all_along, running.objects) = (true, Some(objects));
        !same
    }

    /// The look came to nothing, and another is due soon.
    pub(super) fn missed(&mut self, code: &Arc<Code>) {
        self.change(code, Turn::again);
    }

    /// The function has no arguments: it is not looked at again.
    pub(super) fn without(&mut self, code: &Arc<Code>) {
        self.change(code, Turn::end);
    }

    fn change(&mut self, code: &Arc<Code>, change: impl Fn(&mut Turn)) {
        if let Some(function) = self.turns.get_mut(&(Arc::as_ptr(code) as usize)) {
            change(&mut function.turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Untrusted;

    const THREAD: u64 = 0x1000;

    fn code() -> Arc<Code> {
        let name = Untrusted::new("f");
        Arc::new(Code { name: name.clone(), file: name, first_line: 1 })
    }

    /// What looks count as, of samples given by the frame that the function has in each and its
    /// arguments; 0 where it is not on the stack.
    fn counted(samples: &[(u64, u64)]) -> Vec<bool> {
        let (mut calls, code) = (Calls::default(), code());
        let mut counted = Vec::new();
        for &(frame, objects) in samples {
            calls.begin(THREAD);
            if frame != 0 && calls.due(THREAD, frame, &code) {
                counted.push(calls.seen(THREAD, &code, objects));
            }
        }
        counted
    }

    #[test]
    fn two_looks_at_what_may_be_one_call_are_one() {
        assert_eq!(counted(&[(8, 1); 6]), [true, false, false, false, false]);
        assert_eq!(counted(&[(8, 1), (8, 1), (8, 1), (8, 2)]), [true, false, true]);
    }

    #[test]
    fn a_call_that_was_away_or_has_another_frame_is_another() {
        assert_eq!(counted(&[(8, 1), (8, 1), (0, 0), (8, 1)]), [true, true]);
        assert_eq!(counted(&[(8, 1), (8, 1), (16, 1), (16, 1)]), [true, true, false]);
    }

    #[test]
    fn another_thread_does_not_end_a_call() {
        let (mut calls, code) = (Calls::default(), code());
        let mut look = |root: u64| {
            calls.begin(root);
            calls.due(root, root + 8, &code) && calls.seen(root, &code, 1)
        };
        assert_eq!(
            [1, 2, 1, 2, 1, 2].map(|thread| look(thread * THREAD)).map(u8::from),
            [0, 1, 1, 0, 0, 0]
        );
    }

    #[test]
    fn what_has_no_arguments_or_is_cold_is_left_alone() {
        let (mut calls, code) = (Calls::default(), code());
        let due = |calls: &mut Calls| {
            calls.begin(THREAD);
            calls.due(THREAD, 8, &code)
        };
        assert_eq!([due(&mut calls), due(&mut calls)], [false, true]);
        calls.without(&self::code());
        assert!(due(&mut calls), "that was another function");
        for _ in 0..500 {
            calls.begin(THREAD);
        }
        assert!(!due(&mut calls), "it is cold");
    }
}
