//! Work on many things by as many threads as there are processors.

use std::num::NonZero;
use std::thread;

/// What visits syntax trees goes as deep as these do, for which a thread's own default is too little.
const STACK_BYTES: usize = 16 << 20;

/// What `work` makes of each item, in their order.
///
/// # Panics
/// When `work` does.
pub(super) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = items.len().div_ceil(threads).max(1);
    let (first, others) = items.split_at(part.min(items.len()));
    let on = &|items: &[T]| items.iter().map(&work).collect::<Vec<R>>();
    thread::scope(|scope| {
        let start = |items| {
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, move || on(items))
        };
        let others: Vec<_> = others.chunks(part).map(|items| (items, start(items))).collect();
        let mut results = on(first);
        for (items, thread) in others {
            results.extend(match thread {
                Ok(thread) => thread.join().expect("the work does not panic"),
                Err(_) => on(items),
            });
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_worked_on_once_and_in_order() {
        for length in [0, 1, 2, 3, 7, 100] {
            let items: Vec<u32> = (0..length).collect();
            let doubled: Vec<u32> = items.iter().map(|it| it * 2).collect();
            assert_eq!(each(&items, |it| it * 2), doubled);
        }
    }
}
