//! Where asyncio tasks were suspended.

use advisors::Heat;
use rustc_hash::FxHashMap;

use crate::profile::Await;
use crate::sample::TaskLook;

/// What was seen of the tasks of all event loops, by place.
#[derive(Debug, Default)]
pub(super) struct Awaits {
    by_location: FxHashMap<u32, Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    tasks: u64,
    looks: u64,
}

impl Awaits {
    /// A look at a loop's tasks; `stacks` are the locations of those that `look` has.
    pub(super) fn look(&mut self, look: &TaskLook, stacks: &[Vec<u32>]) {
        let mut found = FxHashMap::<u32, (u64, bool)>::default();
        for (stack, locations) in look.stacks.iter().zip(stacks) {
            let mut places = locations.clone();
            places.sort_unstable();
            places.dedup();
            for place in places {
                let (tasks, waited) = found.entry(place).or_default();
                *tasks += 1;
                *waited |= stack.waits;
            }
        }
        for (place, (tasks, waited)) in found {
            let tally = self.by_location.entry(place).or_default();
            tally.tasks = tally.tasks.max(at_least(tasks, look));
            tally.looks += u64::from(waited && !look.busy);
        }
    }

    /// Gives locations other ids; what was seen at those that have none any more goes with them.
    pub(super) fn renumber(&mut self, new: impl Fn(u32) -> Option<u32>) {
        let tallies = std::mem::take(&mut self.by_location).into_iter();
        self.by_location = tallies.filter_map(|(id, tally)| Some((new(id)?, tally))).collect();
    }

    /// What was seen, by location.
    pub(super) fn finish(self) -> Vec<Await> {
        let tallies = self.by_location.into_iter();
        let await_of = |(location, Tally { tasks, looks })| Await { location, tasks, looks };
        let mut awaits: Vec<Await> = tallies.map(await_of).collect();
        awaits.sort_unstable_by_key(|it| it.location);
        awaits
    }
}

/// How many of all tasks there are at the least, when so many are among those that were looked at.
fn at_least(tasks: u64, look: &TaskLook) -> u64 {
    let looked = look.stacks.len() as u64;
    // One alone may be the only one of its kind.
    if look.count <= looked || tasks == 1 {
        return tasks;
    }
    let share = Heat::of(tasks, 0, looked).share_low;
    tasks.max((share * look.count as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::TaskStack;

    fn look(count: u64, busy: bool, waits: &[bool]) -> TaskLook {
        let stack = |&waits: &bool| TaskStack { frames: Vec::new(), waits };
        TaskLook { count, busy, stacks: waits.iter().map(stack).collect() }
    }

    fn told(awaits: Awaits) -> Vec<(u32, u64, u64)> {
        awaits.finish().iter().map(|it| (it.location, it.tasks, it.looks)).collect()
    }

    #[test]
    fn looks_that_found_the_loop_waiting_for_a_place_are_counted() {
        let mut awaits = Awaits::default();
        awaits.look(&look(2, false, &[true, false]), &[vec![5, 3], vec![4]]);
        awaits.look(&look(2, false, &[true, true]), &[vec![5, 5, 3], vec![5]]);
        awaits.look(&look(1, true, &[true]), &[vec![3]]);
        assert_eq!(told(awaits), [(3, 1, 2), (4, 1, 0), (5, 2, 2)]);
    }

    #[test]
    fn of_many_tasks_there_are_as_many_as_is_sure() {
        let mut awaits = Awaits::default();
        let place = |task| vec![u32::from(task >= 8) + u32::from(task == 31)];
        let stacks: Vec<Vec<u32>> = (0..32).map(place).collect();
        awaits.look(&look(10_000, false, &[true; 32]), &stacks);
        let told = told(awaits);
        let [(0, few, 1), (1, most, 1), (2, 1, 1)] = told[..] else { panic!("{told:?}") };
        assert!((1_200..2_500).contains(&few) && (5_000..7_200).contains(&most), "{told:?}");
    }

    #[test]
    fn awaits_follow_their_locations() {
        let mut awaits = Awaits::default();
        awaits.look(&look(2, false, &[true; 2]), &[vec![5], vec![3]]);
        awaits.renumber(|id| (id != 3).then_some(id + 10));
        assert_eq!(told(awaits), [(15, 1, 1)]);
    }
}
