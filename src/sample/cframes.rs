//! Pointers to the innermost frame where a `_PyCFrame` on the C stack has them (3.11, 3.12).

use super::batch::{Batch, Slot};
use super::bytes::word;

/// Each C function that calls Python code makes a `_PyCFrame` of its own: programs go to and fro
/// between some few, of which it is not known in advance which one the thread state points to when
/// it is read. So all of them are read, before the stack and after it.
#[derive(Debug, Default)]
pub(super) struct Cframes {
    /// Those met last, the last one first.
    recent: Vec<u64>,
    before: Reading,
    after: Reading,
}

/// Where their pointers are in a batch.
#[derive(Debug, Default)]
struct Reading {
    leaves: Vec<(u64, Slot)>,
}

/// Each costs a read of eight bytes, twice in a look.
const RECENT: usize = 4;

impl Cframes {
    pub(super) fn ask_before(&mut self, offset: u64, batch: &mut Batch) {
        self.before.ask(&self.recent, offset, batch);
    }

    pub(super) fn ask_after(&mut self, offset: u64, batch: &mut Batch) {
        self.after.ask(&self.recent, offset, batch);
    }

    /// The innermost frame before and after the stack was read, by the `_PyCFrame` that the thread
    /// state pointed to then; `None` where that one was not read.
    pub(super) fn leaves(&self, batch: &Batch, before: u64, after: u64) -> [Option<u64>; 2] {
        [self.before.leaf(batch, before), self.after.leaf(batch, after)]
    }

    /// Takes note of one that the thread state pointed to.
    pub(super) fn met(&mut self, cframe: u64) {
        self.recent.retain(|&known| known != cframe);
        self.recent.truncate(RECENT - 1);
        self.recent.insert(0, cframe);
    }

    /// The one that was met last.
    pub(super) fn last(&self) -> Option<u64> {
        self.recent.first().copied()
    }
}

impl Reading {
    fn ask(&mut self, cframes: &[u64], offset: u64, batch: &mut Batch) {
        self.leaves.clear();
        let ask = |&cframe: &u64| (cframe, batch.add(cframe.wrapping_add(offset), 8));
        self.leaves.extend(cframes.iter().map(ask));
    }

    fn leaf(&self, batch: &Batch, cframe: u64) -> Option<u64> {
        let (_, slot) = self.leaves.iter().find(|(known, _)| *known == cframe)?;
        word(batch.bytes(*slot)?, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeMemory;
    use super::*;

    /// Where `current_frame` lies.
    const OFFSET: u64 = 8;

    #[test]
    fn each_of_the_last_few_tells_its_frame() {
        let mut memory = FakeMemory::new([(0x1000, vec![0; 64])]);
        memory.put(0x1000 + OFFSET, &7_u64.to_le_bytes());
        memory.put(0x1020 + OFFSET, &9_u64.to_le_bytes());
        let mut cframes = Cframes::default();
        cframes.met(0x1000);
        cframes.met(0x1020);
        let mut batch = Batch::default();
        cframes.ask_before(OFFSET, &mut batch);
        cframes.ask_after(OFFSET, &mut batch);
        batch.run(&memory).unwrap();
        assert_eq!(cframes.leaves(&batch, 0x1000, 0x1020), [Some(7), Some(9)]);
        assert_eq!(cframes.leaves(&batch, 0x1000, 0x3000), [Some(7), None]);
        assert_eq!(cframes.last(), Some(0x1020));
    }

    #[test]
    fn no_target_makes_it_read_more() {
        let mut cframes = Cframes::default();
        (0..1000).for_each(|number| cframes.met(number % 50));
        assert_eq!(cframes.recent.len(), RECENT);
        assert_eq!(cframes.last(), Some(49));
    }
}
