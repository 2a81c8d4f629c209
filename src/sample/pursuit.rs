//! What the first look at a moving stack saw for certain, by which the later ones are chosen.
//!
//! A stack that was torn is looked at again, and what moves slowly is then seen more easily than what
//! moves fast: whatever is hard to see would have its time counted as its caller's. So the first look
//! decides whose time it is, and what follows only tells the rest: further looks, and of a generator
//! that is driven too fast for them, copies of its own ([`super::composed`]).

use super::chain::RawFrame;
use super::past::Mark;

/// Looks that may be torn: a stack that moves faster than it can be read is given up.
const TORN_LOOKS: usize = 6;
/// After so many of them a stack is composed of copies.
const COMPOSED: usize = 3;

/// The looks at one stack in one sweep.
#[derive(Debug, Default)]
pub(super) struct Pursuit {
    torn: usize,
    /// The generator that ran, or whose callee did, when the first look began.
    generator: Option<u64>,
    /// What was certain of the first look, if it had called something.
    called: Vec<RawFrame>,
    /// What was certain of the last look of which something was.
    certain: Vec<RawFrame>,
}

impl Pursuit {
    /// Takes note of the first look that found its way, which began in `generator`.
    pub(super) fn begin(&mut self, generator: Option<u64>) {
        if self.torn == 0 {
            self.generator = generator;
        }
    }

    /// Takes note of a torn look, of which `part` was certain.
    pub(super) fn tear(&mut self, part: &[RawFrame], calls_something: bool) {
        if self.torn == 0 && calls_something {
            self.called.extend_from_slice(part);
        }
        self.torn += 1;
        if !part.is_empty() {
            self.certain = part.to_vec();
        }
    }

    /// Whether so many looks were torn that a further one would not tell.
    pub(super) fn is_given_up(&self) -> bool {
        self.torn >= TORN_LOOKS
    }

    /// The innermost frame of a generator that is worth another try, and the stack that it ran in.
    pub(super) fn generator(&self) -> Option<(u64, &[RawFrame])> {
        let leaf = self.generator.filter(|_| self.torn <= COMPOSED && !self.certain.is_empty())?;
        Some((leaf, &self.certain))
    }

    /// What is certain of the stack, and whether something is known to have run in its innermost frame.
    /// Of the last look, since what else is asked of the thread is of now.
    pub(super) fn give_up(self) -> (Vec<RawFrame>, bool) {
        (self.certain, self.generator.is_some())
    }

    /// Whether a stack has what the first look saw of it, and goes further in.
    pub(super) fn accepts(&self, stack: &[RawFrame]) -> bool {
        let runs_it = |generator| stack.iter().any(|frame| frame.address == generator);
        self.generator.is_none_or(runs_it) && self.goes_further_in(stack)
    }

    fn goes_further_in(&self, stack: &[RawFrame]) -> bool {
        let inner = stack.len().checked_sub(self.called.len()).filter(|&inner| inner > 0);
        let marks = |frames: &[RawFrame]| frames.iter().map(Mark::of).collect::<Vec<_>>();
        inner.is_some_and(|inner| marks(&stack[inner..]) == marks(&self.called))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::snapshot::Header;

    fn frame(address: u64, instruction: u64) -> RawFrame {
        RawFrame { address, header: Header { instruction, ..Header::NONE }, is_late: false }
    }

    #[test]
    fn another_look_counts_if_it_has_all_that_was_certain_and_more() {
        let mut pursuit = Pursuit::default();
        assert!(pursuit.accepts(&[frame(2, 20)]), "nothing was certain");
        pursuit.tear(&[frame(2, 20), frame(1, 10)], true);
        assert!(pursuit.accepts(&[frame(3, 30), frame(2, 20), frame(1, 10)]));
        assert!(!pursuit.accepts(&[frame(2, 20), frame(1, 10)]), "it has to have called something");
        assert!(!pursuit.accepts(&[frame(1, 10)]));
        let from_elsewhere = [frame(3, 30), frame(2, 22), frame(1, 10)];
        assert!(!pursuit.accepts(&from_elsewhere));
    }

    #[test]
    fn a_generator_that_ran_has_to_be_seen_to_run() {
        let mut pursuit = Pursuit::default();
        pursuit.begin(Some(3));
        assert!(!pursuit.accepts(&[frame(2, 20), frame(1, 10)]));
        assert!(pursuit.accepts(&[frame(3, 30), frame(2, 20), frame(1, 10)]));
        pursuit.tear(&[], false);
        pursuit.begin(None);
        assert!(!pursuit.accepts(&[frame(1, 10)]), "the first look decides");
    }

    #[test]
    fn looks_end_with_what_is_certain() {
        let mut pursuit = Pursuit::default();
        let torn = (1..).find(|_| {
            pursuit.tear(&[frame(1, 10)], true);
            pursuit.tear(&[], false);
            pursuit.is_given_up()
        });
        assert_eq!(torn, Some(TORN_LOOKS / 2));
        let (certain, has_run) = pursuit.give_up();
        assert_eq!((certain.len(), has_run), (1, false));
    }
}
