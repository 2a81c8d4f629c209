//! How long the callbacks of event loops kept them, and in which places.

use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::limits;
use crate::profile::Stall;
use crate::sample::Callback;

/// A loop that is kept this long stalls, in seconds: what other tasks feel.
const STALL: f64 = 0.01;

/// The callbacks of all threads, by place.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    /// What each thread, by process and id, was seen to run last.
    running: FxHashMap<(u32, u32), Running>,
    by_location: FxHashMap<u32, Tally>,
}

/// A callback that was seen and may still run.
#[derive(Debug)]
struct Running {
    callback: Callback,
    task: Option<u32>,
    /// Where the last look found it, in order.
    stack: Vec<u32>,
    held: FxHashMap<u32, Held>,
}

/// From one look at a place in the same callback to the next, summed.
#[derive(Debug, Default)]
struct Held {
    /// Seconds that passed.
    passed: f64,
    /// What the thread computed meanwhile, where the kernel tells.
    computed: Option<Duration>,
}

#[derive(Debug, Default)]
struct Tally {
    count: u64,
    total: f64,
    longest: f64,
    /// The task of the longest.
    task: Option<u32>,
    /// The most that one computed, and the second most.
    computed: [Option<Duration>; 2],
}

impl Stalls {
    /// A look at a thread that stood in `callback`, at `locations`, the leaf first; `None` when the
    /// thread was in none.
    pub(super) fn look(
        &mut self,
        thread: (u32, u32),
        callback: Option<Callback>,
        task: Option<u32>,
        locations: &[u32],
    ) {
        let Some(callback) = callback else {
            if !self.running.is_empty() {
                self.end(thread);
            }
            return;
        };
        let depth = (callback.depth as usize + 1).min(locations.len());
        let mut stack = locations[..depth].to_vec();
        stack.sort_unstable();
        stack.dedup();
        match self.running.get_mut(&thread) {
            Some(running) if running.callback.identity == callback.identity => {
                running.go_on(callback, stack);
                // At the first look, what was asked first may still have been of the last callback.
                running.task = task.or(running.task);
            }
            _ => {
                self.end(thread);
                self.make_room();
                let held = FxHashMap::default();
                self.running.insert(thread, Running { callback, task, stack, held });
            }
        }
    }

    /// Gives locations other ids; what was seen at those that have none any more goes with them.
    pub(super) fn renumber(&mut self, new: impl Fn(u32) -> Option<u32>) {
        let tallies = std::mem::take(&mut self.by_location).into_iter();
        self.by_location = tallies.filter_map(|(id, tally)| Some((new(id)?, tally))).collect();
        for running in self.running.values_mut() {
            let held = std::mem::take(&mut running.held).into_iter();
            running.held = held.filter_map(|(id, held)| Some((new(id)?, held))).collect();
            running.stack = running.stack.iter().filter_map(|&id| new(id)).collect();
            running.stack.sort_unstable();
        }
    }

    /// What was seen, by location.
    pub(super) fn finish(mut self) -> Vec<Stall> {
        let threads: Vec<(u32, u32)> = self.running.keys().copied().collect();
        threads.into_iter().for_each(|thread| self.end(thread));
        let stall = |(location, tally): (u32, Tally)| Stall {
            location,
            count: tally.count,
            total: tally.total,
            longest: tally.longest,
            task: tally.task,
            computed: tally.computed[1].or(tally.computed[0]).map(|it| it.as_secs_f64()),
        };
        let mut stalls: Vec<Stall> = self.by_location.into_iter().map(stall).collect();
        stalls.sort_unstable_by_key(|stall| stall.location);
        stalls
    }

    /// The thread's callback has given the loop back.
    fn end(&mut self, thread: (u32, u32)) {
        let Some(running) = self.running.remove(&thread) else { return };
        let stalls = running.held.into_iter().filter(|(_, held)| held.passed >= STALL);
        for (location, Held { passed, computed }) in stalls {
            let tally = self.by_location.entry(location).or_default();
            tally.count += 1;
            tally.total += passed;
            // The account is read after the callback: who is late sees what others computed since.
            let computed = computed.map(|it| it.min(Duration::from_secs_f64(passed)));
            let [most, second] = tally.computed;
            tally.computed = [most.max(computed), second.max(most.min(computed))];
            if passed > tally.longest {
                (tally.longest, tally.task) = (passed, running.task);
            }
        }
    }

    /// Of very many loops one is taken to have ended its callback.
    fn make_room(&mut self) {
        if self.running.len() >= limits::EVENT_LOOPS
            && let Some(&thread) = self.running.keys().next()
        {
            self.end(thread);
        }
    }
}

impl Running {
    fn go_on(&mut self, callback: Callback, stack: Vec<u32>) {
        let passed = (callback.since - self.callback.since).max(0.0);
        let before = self.callback.computed;
        let computed =
            callback.computed.zip(before).map(|(now, before)| now.saturating_sub(before));
        for &location in stack.iter().filter(|id| self.stack.binary_search(id).is_ok()) {
            if self.held.len() < limits::STALLED_PLACES || self.held.contains_key(&location) {
                let held = self.held.entry(location).or_default();
                held.passed += passed;
                if let Some(computed) = computed {
                    *held.computed.get_or_insert_default() += computed;
                }
            }
        }
        (self.callback, self.stack) = (callback, stack);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREAD: (u32, u32) = (1, 7);
    /// `Handle._run`, a coroutine, and two places that it calls.
    const RUN: u32 = 0;
    const MAIN: u32 = 1;
    const SLEEP: u32 = 2;
    const WORK: u32 = 3;

    fn callback(number: u64, since: f64) -> Option<Callback> {
        Some(Callback { identity: [number, 7], since, computed: None, depth: 2 })
    }

    fn told(stalls: Stalls) -> Vec<(u32, u64, u64, u64)> {
        let millis = |seconds: f64| (seconds * 1_000.0).round() as u64;
        let told = |it: &Stall| (it.location, it.count, millis(it.longest), millis(it.total));
        stalls.finish().iter().map(told).collect()
    }

    #[test]
    fn looks_within_one_callback_make_a_stall_and_looks_at_two_do_not() {
        let mut stalls = Stalls::default();
        for (number, since) in [(1, 0.001), (1, 0.011), (1, 0.041), (2, 0.002), (3, 0.005)] {
            stalls.look(THREAD, callback(number, since), Some(4), &[SLEEP, MAIN, RUN, 9]);
        }
        stalls.look(THREAD, None, None, &[9]);
        for since in [0.001, 0.021] {
            stalls.look(THREAD, callback(3, since), None, &[SLEEP, MAIN, RUN, 9]);
        }
        assert_eq!(told(stalls), [(RUN, 2, 40, 60), (MAIN, 2, 40, 60), (SLEEP, 2, 40, 60)]);
    }

    #[test]
    fn a_place_is_charged_with_the_time_between_looks_that_found_it() {
        let mut stalls = Stalls::default();
        let looks = [(0.0, SLEEP), (0.02, SLEEP), (0.03, WORK), (0.05, WORK), (0.08, SLEEP)];
        for (since, place) in looks {
            stalls.look(THREAD, callback(1, since), Some(4), &[place, MAIN, RUN]);
        }
        assert_eq!(
            told(stalls),
            [(RUN, 1, 80, 80), (MAIN, 1, 80, 80), (SLEEP, 1, 20, 20), (WORK, 1, 20, 20)]
        );
    }

    /// What runs is asked bit by bit: a callback can begin in between.
    #[test]
    fn whose_stall_it_was_is_told_by_the_last_look() {
        let mut stalls = Stalls::default();
        for (since, task) in [(0.0, Some(1)), (0.02, Some(2)), (0.04, None)] {
            stalls.look(THREAD, callback(1, since), task, &[WORK, MAIN, RUN]);
        }
        assert!(stalls.finish().iter().all(|stall| stall.task == Some(2)));
    }

    /// What is told of callbacks that were looked at when so many seconds had passed, and the thread
    /// had computed so many milliseconds.
    fn computed(looks: &[(u64, f64, Option<u64>, u32)]) -> Vec<(u32, Option<u64>)> {
        let mut stalls = Stalls::default();
        for &(number, since, computed, place) in looks {
            let computed = computed.map(Duration::from_millis);
            let callback = callback(number, since).map(|it| Callback { computed, ..it });
            stalls.look(THREAD, callback, None, &[place, MAIN, RUN]);
        }
        let millis = |seconds: f64| (seconds * 1_000.0).round() as u64;
        stalls.finish().iter().map(|it| (it.location, it.computed.map(millis))).collect()
    }

    #[test]
    fn a_thread_that_is_kept_from_a_processor_computes_nothing() {
        let looks = [
            (1, 0.0, Some(700), WORK),
            (1, 0.004, Some(704), WORK),
            // Others have the processor.
            (1, 0.464, Some(708), WORK),
            (1, 0.466, Some(710), SLEEP),
            (1, 0.486, Some(710), SLEEP),
            (2, 0.0, Some(711), WORK),
            (2, 0.02, Some(731), WORK),
        ];
        let told = [(RUN, Some(10)), (MAIN, Some(10)), (SLEEP, Some(0)), (WORK, Some(8))];
        assert_eq!(computed(&looks), told);
    }

    #[test]
    fn one_of_many_that_computed_for_long_is_not_believed() {
        let mut looks = Vec::new();
        for (number, computed) in [(1, 20), (2, 900), (3, 30)] {
            looks.extend([(number, 0.0, Some(0), WORK), (number, 1.0, Some(computed), WORK)]);
        }
        assert!(computed(&looks).iter().all(|&(_, computed)| computed == Some(30)));
        assert!(computed(&looks[..4]).iter().all(|&(_, computed)| computed == Some(20)));
        assert!(computed(&looks[2..4]).iter().all(|&(_, computed)| computed == Some(900)), "alone");
    }

    #[test]
    fn no_thread_computes_for_longer_than_what_passed() {
        let late = [(1, 0.0, Some(0), WORK), (1, 0.02, Some(900), WORK)];
        assert!(computed(&late).iter().all(|&(_, computed)| computed == Some(20)));
    }

    #[test]
    fn what_the_kernel_does_not_tell_is_not_known() {
        let untold = [(1, 0.0, None, WORK), (1, 0.02, None, WORK), (2, 0.0, Some(9), WORK)];
        assert!(computed(&untold).iter().all(|&(_, computed)| computed.is_none()));
        let once = [(1, 0.0, None, WORK), (1, 0.02, Some(3), WORK), (1, 0.04, Some(2), WORK)];
        assert!(computed(&once).iter().all(|&(_, computed)| computed == Some(0)), "never negative");
    }

    #[test]
    fn short_callbacks_are_no_stalls_and_the_longest_names_its_task() {
        let mut stalls = Stalls::default();
        for (number, ends) in [(1, 0.009), (2, 0.05), (3, 0.02)] {
            for since in [0.0, ends] {
                let task = Some(number as u32);
                stalls.look(THREAD, callback(number, since), task, &[SLEEP, MAIN, RUN]);
            }
        }
        let seen = stalls.finish();
        assert!(seen.iter().all(|stall| (stall.count, stall.task) == (2, Some(2))), "{seen:?}");
    }

    #[test]
    fn threads_and_places_without_end_are_cut() {
        let mut stalls = Stalls::default();
        for number in 0..3 * limits::STALLED_PLACES as u32 {
            let place = [number, MAIN, RUN];
            stalls.look(THREAD, callback(1, f64::from(2 * number)), None, &place);
            stalls.look(THREAD, callback(1, f64::from(2 * number + 1)), None, &place);
        }
        assert_eq!(stalls.finish().len(), limits::STALLED_PLACES);
        let mut stalls = Stalls::default();
        for thread in 0..3 * limits::EVENT_LOOPS as u32 {
            stalls.look((2, thread), callback(1, 0.0), None, &[SLEEP, MAIN, RUN]);
        }
        assert_eq!(stalls.running.len(), limits::EVENT_LOOPS);
    }

    #[test]
    fn stalls_follow_their_locations() {
        let mut stalls = Stalls::default();
        for since in [0.0, 0.02] {
            stalls.look(THREAD, callback(1, since), None, &[SLEEP, MAIN, RUN]);
        }
        stalls.renumber(|id| (id != SLEEP).then_some(id + 10));
        stalls.look(THREAD, callback(1, 0.05), None, &[SLEEP, MAIN + 10, RUN + 10]);
        assert_eq!(told(stalls), [(RUN + 10, 1, 50, 50), (MAIN + 10, 1, 50, 50)]);
    }
}
