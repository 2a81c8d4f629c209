//! Which threads a process's memory grows for, by the pages that they were given.

use rustc_hash::FxHashMap;

use crate::limits;

/// What the threads are given without that the process grows: those who let go of much and take as
/// much again are given pages all the time.
#[derive(Debug, Default)]
pub(super) struct Threads {
    churn: FxHashMap<u32, f64>,
}

impl Threads {
    /// Parts of a growth by thread, as far as that is known.
    pub(super) fn split(&mut self, bytes: u64, faults: &[(u32, u64)]) -> Vec<(Option<u32>, u64)> {
        if bytes == 0 {
            self.learn(faults);
            return Vec::new();
        }
        let churn = |thread| self.churn.get(&thread).copied().unwrap_or(0.0);
        let excess = |&(thread, pages): &(u32, u64)| (pages as f64 - churn(thread)).max(0.0);
        let beyond: Vec<f64> = faults.iter().map(excess).collect();
        let given: Vec<f64> = faults.iter().map(|&(_, pages)| pages as f64).collect();
        let weights = if beyond.iter().any(|it| *it > 0.0) { beyond } else { given };
        let all: f64 = weights.iter().sum();
        if all == 0.0 {
            return vec![(None, bytes)];
        }
        let mut left = bytes;
        let mut parts = Vec::new();
        for (&(thread, _), weight) in faults.iter().zip(weights) {
            let part = ((bytes as f64 * weight / all).round() as u64).min(left);
            left -= part;
            parts.push((Some(thread), part));
        }
        parts.push((None, left));
        parts.retain(|(_, part)| *part > 0);
        parts
    }

    fn learn(&mut self, faults: &[(u32, u64)]) {
        const FRESH: f64 = 0.1;
        if self.churn.len() > 4 * limits::COUNTED_THREADS {
            self.churn.clear();
        }
        for &(thread, pages) in faults {
            let churn = self.churn.entry(thread).or_insert(pages as f64);
            *churn += FRESH * (pages as f64 - *churn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_split_by_the_pages_that_threads_were_given() {
        let mut threads = Threads::default();
        assert_eq!(threads.split(100, &[(1, 30), (2, 10)]), [(Some(1), 75), (Some(2), 25)]);
        assert_eq!(threads.split(100, &[(1, 0), (2, 10)]), [(Some(2), 100)]);
        for unknown in [&[][..], &[(1, 0)][..]] {
            assert_eq!(threads.split(100, unknown), [(None, 100)]);
        }
        assert_eq!(threads.split(0, &[(1, 5)]), []);
    }

    #[test]
    fn pages_that_a_thread_is_given_all_the_time_are_no_growth() {
        let mut threads = Threads::default();
        for _ in 0..50 {
            threads.split(0, &[(1, 1_000), (2, 0)]);
        }
        assert_eq!(threads.split(100, &[(1, 1_000), (2, 10)]), [(Some(2), 100)]);
        assert_eq!(threads.split(100, &[(1, 900), (2, 0)]), [(Some(1), 100)], "there is no other");
    }

    #[test]
    fn threads_that_come_and_go_are_forgotten() {
        let mut threads = Threads::default();
        for thread in 0..20 * limits::COUNTED_THREADS as u32 {
            threads.split(0, &[(thread, 1)]);
            assert!(threads.churn.len() <= 4 * limits::COUNTED_THREADS + 1);
        }
    }
}
