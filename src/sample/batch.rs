//! A list of reads that is carried out in one system call where that can be.

use super::memory::{Memory, ReadError, Request};

/// One read of a [`Batch`], to be asked for its bytes afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// Reads that are collected first and then carried out in order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    stretches: Vec<Stretch>,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Stretch {
    address: u64,
    start: usize,
    length: usize,
    read: bool,
}

/// Stretches that may fail before the rest is given up: each costs a further system call, and a
/// target that unmaps memory as fast as we read must not hold us.
const FAILURES: usize = 64;

impl Batch {
    pub(super) fn clear(&mut self) {
        self.stretches.clear();
        self.bytes.clear();
    }

    pub(super) fn add(&mut self, address: u64, length: usize) -> Slot {
        let start = self.bytes.len();
        self.bytes.resize(start + length, 0);
        self.stretches.push(Stretch { address, start, length, read: false });
        Slot(self.stretches.len() - 1)
    }

    /// Carries out the reads. One that fails has no bytes and does not stop the others.
    ///
    /// # Errors
    /// When the process has ended or may not be read.
    pub(super) fn run<M: Memory>(&mut self, memory: &M) -> Result<(), ReadError> {
        let mut requests = Vec::with_capacity(self.stretches.len());
        let mut rest = self.bytes.as_mut_slice();
        for stretch in &self.stretches {
            let (into, tail) = rest.split_at_mut(stretch.length);
            requests.push(Request { address: stretch.address, into });
            rest = tail;
        }
        let mut next = 0;
        for _ in 0..FAILURES {
            let whole = memory.read_many(&mut requests[next..])?;
            for stretch in &mut self.stretches[next..next + whole] {
                stretch.read = true;
            }
            next += whole + 1;
            if next >= requests.len() {
                break;
            }
        }
        Ok(())
    }

    /// What was read, if it could be.
    pub(super) fn bytes(&self, slot: Slot) -> Option<&[u8]> {
        let stretch = self.stretches.get(slot.0).filter(|stretch| stretch.read)?;
        self.bytes.get(stretch.start..stretch.start + stretch.length)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeMemory;
    use super::*;

    #[test]
    fn a_read_that_fails_does_not_take_the_others_along() {
        let memory = FakeMemory::new([(100, b"abcdef".to_vec())]);
        let mut batch = Batch::default();
        let slots = [batch.add(100, 3), batch.add(7, 4), batch.add(103, 3), batch.add(104, 9)];
        batch.run(&memory).unwrap();
        assert_eq!(
            slots.map(|slot| batch.bytes(slot)),
            [Some(&b"abc"[..]), None, Some(b"def"), None]
        );
    }

    #[test]
    fn endless_failures_end() {
        let memory = FakeMemory::new([]);
        let mut batch = Batch::default();
        for address in 0..10_000 {
            batch.add(address, 8);
        }
        batch.run(&memory).unwrap();
        assert!(memory.calls() <= FAILURES);
    }
}
