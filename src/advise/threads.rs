//! Work on many things by as many threads as there are processors.

use std::iter;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

/// What visits syntax trees goes as deep as these do, for which a thread's own default is too little.
const STACK_BYTES: usize = 16 << 20;

/// What `work` makes of each item, in their order.
///
/// # Panics
/// When `work` does.
pub(super) fn each<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().expect("who holds it does nothing that panics").next();
    let share = || iter::from_fn(next).map(|(at, item)| (at, work(item))).collect::<Vec<_>>();
    let mut results = thread::scope(|scope| {
        let start = |_| thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, share);
        // What no thread can be had for is left to this one.
        let others: Vec<_> = (1..threads).map_while(|it| start(it).ok()).collect();
        let mut results = share();
        for thread in others {
            results.extend(thread.join().expect("the work does not panic"));
        }
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_worked_on_once_and_in_order() {
        for length in [0, 1, 2, 3, 7, 100] {
            let doubled: Vec<u32> = (0..length).map(|it| it * 2).collect();
            assert_eq!(each((0..length).collect(), |it| it * 2), doubled);
        }
    }
}
