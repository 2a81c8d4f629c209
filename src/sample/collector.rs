//! The garbage collector's thresholds and counts: `_gc_runtime_state.generations` (pycore_gc.h in
//! 3.11, pycore_interp.h and pycore_interp_structs.h after).

use advisors::Python;

use super::Collector;
use super::bytes::{half_word, word};
use super::memory::Memory;

/// `struct gc_generation`: `PyGC_Head head; int threshold; int count;`.
const GENERATION: u64 = 24;
const THRESHOLD: usize = 16;
const COUNT: usize = 20;

/// `PyGC_Head._gc_prev`, which has flags in its two lowest bits.
const PREVIOUS: u64 = 8;
const FLAGS: u64 = 3;

/// How far before `collecting` the generations lie, in bytes. Measured on 3.11.7, 3.12.1, 3.13.0,
/// 3.14.10 and 3.15.2, x86-64 release builds; what is found there has to prove itself.
fn distance(python: Python) -> Option<u64> {
    match (python.major, python.minor) {
        (3, 11..=13) => Some(176),
        (3, 14) => Some(168),
        (3, 15) => Some(104),
        _ => None,
    }
}

/// What the collector of an interpreter says whose `collecting` is at that address; `None` when that
/// cannot be what was read.
pub(super) fn read<M: Memory>(memory: &M, python: Python, collecting: u64) -> Option<Collector> {
    let address = collecting.checked_sub(distance(python)?)?;
    let mut bytes = [0; 3 * GENERATION as usize];
    memory.read(address, &mut bytes).ok()?;
    let generations: Vec<&[u8]> = bytes.chunks_exact(GENERATION as usize).collect();
    let numbers = |at| -> Option<[u32; 3]> {
        let all = generations.iter().map(|it| half_word(it, at).map(u32::cast_signed));
        let all: Option<Vec<i32>> = all.collect();
        let all: Vec<u32> = all?.into_iter().map(u32::try_from).collect::<Result<_, _>>().ok()?;
        all.try_into().ok()
    };
    // The list of the oldest generation, which seldom changes, leads back to its head.
    let oldest = address + 2 * GENERATION;
    let first = word(generations[2], 0)?;
    let mut previous = [0; 8];
    memory.read(first.checked_add(PREVIOUS)?, &mut previous).ok()?;
    let leads_back = u64::from_le_bytes(previous) & !FLAGS == oldest;
    leads_back.then_some(Collector { thresholds: numbers(THRESHOLD)?, counts: numbers(COUNT)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::fake::FakeMemory;

    const PAGE: u64 = 4096;
    const COLLECTING: u64 = PAGE + 1000;

    /// A collector as 3.12 has it, with the oldest generation's first object leading back to `head`.
    fn seen(thresholds: [i32; 3], head: u64) -> Option<Collector> {
        let mut page = vec![0; 4096];
        let mut put = |at: u64, bytes: &[u8]| {
            let at = (at - PAGE) as usize;
            page[at..at + bytes.len()].copy_from_slice(bytes);
        };
        let generations = COLLECTING - 176;
        for (index, threshold) in (0..).zip(thresholds) {
            let at = generations + index * GENERATION;
            put(at, &(PAGE + 2048).to_le_bytes());
            put(at + THRESHOLD as u64, &threshold.to_le_bytes());
            put(at + COUNT as u64, &(index as i32 + 5).to_le_bytes());
        }
        put(PAGE + 2048 + PREVIOUS, &(head | 1).to_le_bytes());
        read(&FakeMemory::new([(PAGE, page)]), Python::new(3, 12), COLLECTING)
    }

    #[test]
    fn thresholds_and_counts_are_read() {
        let head = COLLECTING - 176 + 2 * GENERATION;
        let expected = Collector { thresholds: [700, 10, 10], counts: [5, 6, 7] };
        assert_eq!(seen([700, 10, 10], head), Some(expected));
    }

    #[test]
    fn what_is_no_collector_is_not_believed() {
        let head = COLLECTING - 176 + 2 * GENERATION;
        assert_eq!(seen([700, 10, 10], head + 24), None, "another list");
        assert_eq!(seen([-700, 10, 10], head), None, "a negative threshold");
        let empty = FakeMemory::new([(PAGE, vec![0; 4096])]);
        assert_eq!(read(&empty, Python::new(3, 12), COLLECTING), None);
        assert_eq!(read(&empty, Python::new(3, 12), 8), None);
        assert_eq!(read(&empty, Python::new(3, 10), COLLECTING), None);
    }
}
