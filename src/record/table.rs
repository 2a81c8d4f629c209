//! Samples that are alike, counted; bounded however long a recording goes on.
//!
//! Programs make code without end: lambdas, templates, handlers that are loaded anew. When the
//! table is full, the rarer half of what it tells apart is told more briefly, and never lost: a
//! rare stack by its leaf alone, a rare leaf by no place at all, a rare thread by its process.

use std::collections::HashMap;
use std::sync::Arc;

use advisors::Place;
use rustc_hash::{FxHashMap, FxHashSet};

use super::intern::{Interner, Locations, Stacks};
use crate::limits;
use crate::profile::{Count, Location, Stack};
use crate::sample::{Code, State};
use crate::text::Untrusted;

/// What samples are told apart by: stack, thread, task and state.
type Key = (u32, u32, Option<u32>, State);

/// How many of each are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) stacks: usize,
    /// Of all stacks together.
    pub(super) frames: usize,
    pub(super) locations: usize,
    pub(super) threads: usize,
    pub(super) counts: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            stacks: limits::RECORDED_STACKS,
            frames: limits::RECORDED_FRAMES,
            locations: limits::RECORDED_LOCATIONS,
            threads: limits::RECORDED_THREADS,
            counts: limits::RECORDED_COUNTS,
        }
    }
}

/// Counts by stack, thread, task and state.
#[derive(Debug, Default)]
pub(super) struct Table {
    bounds: Bounds,
    pub(super) locations: Locations,
    stacks: Stacks,
    threads: Interner<(u32, u32)>,
    counts: HashMap<Key, u64>,
    /// The location that stands for what is left out, once something is.
    rare: Option<u32>,
}

/// A table as a profile has it.
pub(super) struct Finished {
    pub(super) locations: Vec<Location>,
    pub(super) stacks: Vec<Stack>,
    pub(super) threads: Vec<(u32, u32)>,
    pub(super) counts: Vec<Count>,
    /// Samples of rare stacks or threads that are told more briefly than they were seen.
    pub(super) shortened: u64,
}

/// What became of locations, stacks and threads: new ids by old.
#[derive(Default)]
pub(super) struct Moved {
    locations: Vec<Option<u32>>,
    stacks: FxHashMap<u32, u32>,
    threads: Vec<u32>,
}

impl Moved {
    pub(super) fn to(&self, location: u32) -> Option<u32> {
        *self.locations.get(location as usize)?
    }

    /// Of a stack, which may be told by its leaf now.
    pub(super) fn stack(&self, stack: u32) -> Option<u32> {
        self.stacks.get(&stack).copied()
    }

    /// Of a thread, which may be told by its process now.
    pub(super) fn thread(&self, thread: u32) -> u32 {
        self.threads[thread as usize]
    }
}

impl Table {
    #[cfg(test)]
    pub(super) fn bounded(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Counts a sample, and gives the ids of its stack and thread.
    pub(super) fn add(
        &mut self,
        stack: &[u32],
        thread: (u32, u32),
        task: Option<u32>,
        state: State,
    ) -> (u32, u32) {
        let (stack, thread) = (self.stacks.id(stack), self.threads.id(thread));
        *self.counts.entry((stack, thread, task, state)).or_default() += 1;
        (stack, thread)
    }

    /// The locations of a stack, leaf first.
    pub(super) fn frames(&self, stack: u32) -> impl Iterator<Item = &Location> + Clone {
        self.stacks.get(stack).iter().map(|&id| self.locations.get(id))
    }

    /// Whether a thread is told apart.
    pub(super) fn knows(&self, thread: (u32, u32)) -> bool {
        self.threads.known(&thread).is_some()
    }

    fn shortened(&self) -> u64 {
        let is_brief = |key: &Key| {
            let is_rare = |outermost: &u32| Some(*outermost) == self.rare;
            self.stacks.get(key.0).last().is_some_and(is_rare)
                || self.threads.items()[key.1 as usize].1 == 0
        };
        self.counts.iter().filter(|(key, _)| is_brief(key)).map(|(_, samples)| samples).sum()
    }

    fn is_full(&self) -> bool {
        let Bounds { stacks, frames, locations, threads, counts } = self.bounds;
        self.stacks.len() > stacks
            || self.stacks.frames() > frames
            || self.locations.len() > locations
            || self.threads.items().len() > threads
            || self.counts.len() > counts
    }

    /// Makes room when there is none: then locations have other ids.
    pub(super) fn make_room(&mut self) -> Option<Moved> {
        self.is_full().then(|| self.thin())
    }

    fn thin(&mut self) -> Moved {
        let kept = Kept::of(self);
        let rare = self.locations.id(&Arc::new(rare_code()), Place::line(0));
        let (locations, moved) =
            self.locations.keep(|id| id == rare || kept.locations.contains(&id));
        let mut moved = Moved { locations: moved, ..Moved::default() };
        let rare = moved.to(rare).unwrap_or_default();
        let mut thin = Self { bounds: self.bounds, locations, rare: Some(rare), ..Self::default() };
        for (key, samples) in self.counts.drain() {
            let (stack, thread) = (self.stacks.get(key.0), self.threads.items()[key.1 as usize]);
            let is_whole = kept.stacks.contains(&key.0);
            let is_apart = kept.counts.contains(&key) && kept.threads.contains(&key.1);
            let briefly: Vec<u32> = match (is_whole, stack) {
                (true, stack) => stack.iter().filter_map(|&id| moved.to(id)).collect(),
                (false, []) => Vec::new(),
                // The outermost frame says why there are none in between.
                (false, [leaf, ..]) => {
                    let leaf = Some(*leaf).filter(|leaf| kept.leaves.contains(leaf));
                    let leaf = leaf.and_then(|leaf| moved.to(leaf)).filter(|&id| id != rare);
                    leaf.into_iter().chain([rare]).collect()
                }
            };
            // Where even that is too much, processes are not told apart either.
            let is_tight = thin.counts.len() >= self.bounds.counts / 2;
            let thread = match kept.processes.contains(&thread.0) && !is_tight {
                _ if is_apart => thread,
                true => (thread.0, 0),
                false => (0, 0),
            };
            let task = key.2.filter(|_| is_apart);
            let new = (thin.stacks.id(&briefly), thin.threads.id(thread), task, key.3);
            *thin.counts.entry(new).or_default() += samples;
            moved.stacks.insert(key.0, new.0);
        }
        moved.threads = self.threads.items().iter().map(|&thread| thin.nearest(thread)).collect();
        *self = thin;
        moved
    }

    /// A thread, or what it is told by.
    fn nearest(&self, (pid, tid): (u32, u32)) -> u32 {
        let told = [(pid, tid), (pid, 0), (0, 0)];
        told.iter().find_map(|thread| self.threads.known(thread)).unwrap_or_default()
    }

    pub(super) fn finish(self) -> Finished {
        let shortened = self.shortened();
        let count =
            |((stack, thread, task, state), samples)| Count { stack, thread, task, state, samples };
        let mut counts: Vec<Count> = self.counts.into_iter().map(count).collect();
        counts.sort_by_key(|count| (count.stack, count.thread, count.task, count.state));
        Finished {
            locations: self.locations.into_items(),
            stacks: self.stacks.into_items(),
            threads: self.threads.into_items(),
            counts,
            shortened,
        }
    }
}

/// Stands for the frames of rare stacks that are left out.
fn rare_code() -> Code {
    let (name, file) = (Untrusted::new("(rare stacks)"), Untrusted::new("<left out>"));
    Code { name, file, first_line: 0 }
}

/// What a table tells apart after it was thinned: the hottest, within half of its bounds, so that
/// there is room for a while.
#[derive(Default)]
struct Kept {
    /// Those that are told by thread and task.
    counts: FxHashSet<Key>,
    /// Those that are told whole.
    stacks: FxHashSet<u32>,
    /// Of the other stacks.
    leaves: FxHashSet<u32>,
    threads: FxHashSet<u32>,
    processes: FxHashSet<u32>,
    locations: FxHashSet<u32>,
}

impl Kept {
    fn of(table: &Table) -> Self {
        let mut kept = Self::default();
        let threads = hottest(table, |_| true, |key| key.1);
        kept.threads.extend(threads.into_iter().take(table.bounds.threads / 2));
        let pid = |id: &u32| table.threads.items()[*id as usize].0;
        kept.processes = kept.threads.iter().map(pid).collect();
        kept.keep_counts(table);
        kept.keep_leaves(table);
        kept
    }

    /// The hottest counts of the hottest stacks.
    fn keep_counts(&mut self, table: &Table) {
        let Bounds { stacks, frames, locations, counts, .. } = table.bounds;
        let mut left = frames / 2;
        for id in hottest(table, |_| true, |key| key.0) {
            let stack = table.stacks.get(id);
            let new = stack.iter().filter(|&id| !self.locations.contains(id)).count();
            let fits = self.stacks.len() < stacks / 4
                && stack.len() <= left
                && self.locations.len() + new <= locations / 4;
            if fits {
                left -= stack.len();
                self.stacks.insert(id);
                self.locations.extend(stack);
            }
        }
        let mut order: Vec<(Key, u64)> = (table.counts.iter())
            .filter(|(key, _)| self.stacks.contains(&key.0))
            .map(|(&key, &samples)| (key, samples))
            .collect();
        order.sort_unstable_by_key(|&(key, samples)| (std::cmp::Reverse(samples), key));
        self.counts = order.into_iter().take(counts / 4).map(|(key, _)| key).collect();
    }

    /// The hottest leaves of what is left.
    fn keep_leaves(&mut self, table: &Table) {
        let room = (table.bounds.stacks / 4).min(table.bounds.locations / 4);
        let leaf = |key: &Key| table.stacks.get(key.0).first().copied().unwrap_or_default();
        let leaves = hottest(table, |key| !self.stacks.contains(&key.0), leaf);
        self.leaves.extend(leaves.into_iter().take(room));
        self.locations.extend(&self.leaves);
    }
}

/// What a key is of, by samples, most first.
fn hottest(table: &Table, is_asked: impl Fn(&Key) -> bool, of: impl Fn(&Key) -> u32) -> Vec<u32> {
    let mut heat: FxHashMap<u32, u64> = FxHashMap::default();
    for (key, &samples) in table.counts.iter().filter(|(key, _)| is_asked(key)) {
        *heat.entry(of(key)).or_default() += samples;
    }
    let mut order: Vec<(u32, u64)> = heat.into_iter().collect();
    order.sort_unstable_by_key(|&(id, samples)| (std::cmp::Reverse(samples), id));
    order.into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Bounds =
        Bounds { stacks: 100, frames: 1_000, locations: 200, threads: 20, counts: 200 };

    fn code(name: &str) -> Arc<Code> {
        Arc::new(Code { name: Untrusted::new(name), file: Untrusted::new("a.py"), first_line: 1 })
    }

    /// A table of a program that makes code and threads without end beside its steady work.
    fn churned(rounds: u32) -> Table {
        let mut table = Table::bounded(SMALL);
        let (main, work) = (code("main"), code("work"));
        for round in 0..rounds {
            let main = table.locations.id(&main, Place::line(1));
            let steady = table.locations.id(&work, Place::line(2));
            let made = table.locations.id(&code(&format!("made-{round}")), Place::line(3));
            table.add(&[steady, main], (7, 1), None, State::default());
            table.add(&[made, steady, main], (7, 2 + round), None, State::default());
            table.make_room();
            assert!(table.locations.len() <= SMALL.locations + 3);
            assert!(table.stacks.len() <= SMALL.stacks + 2);
            assert!(table.counts.len() <= SMALL.counts + 2);
        }
        table
    }

    #[test]
    fn a_full_table_keeps_every_sample_and_what_is_hot() {
        let table = churned(5_000);
        let Finished { locations, stacks, threads, counts, shortened } = table.finish();
        let all: u64 = counts.iter().map(|count| count.samples).sum();
        assert_eq!(all, 10_000, "no sample is lost");
        let name = |id: u32| locations[id as usize].code.name.terminal();
        let hot = counts.iter().max_by_key(|count| count.samples).expect("counts");
        let hottest = counts.iter().find(|count| threads[count.thread as usize] == (7, 1));
        let hottest = hottest.expect("the steady thread is told apart");
        assert_eq!(hottest.samples, 5_000);
        let names: Vec<_> =
            stacks[hottest.stack as usize].locations.iter().map(|&i| name(i)).collect();
        assert_eq!(names, ["work", "main"]);
        let rare =
            stacks[hot.stack as usize].locations.iter().map(|&i| name(i)).collect::<Vec<_>>();
        assert!(rare == ["work", "main"] || rare == ["(rare stacks)"], "{rare:?}");
        assert!(shortened > 4_000 && shortened <= 5_000, "{shortened}");
    }

    #[test]
    fn what_is_rare_keeps_its_leaf_while_there_is_room() {
        let mut table = Table::bounded(SMALL);
        let leaf = code("leaf");
        let caller = code("caller");
        for line in 0..150 {
            let leaf = table.locations.id(&leaf, Place::line(1));
            let caller = table.locations.id(&caller, Place::line(line));
            table.add(&[leaf, caller], (7, 7), None, State::default());
            table.make_room();
        }
        let Finished { locations, stacks, counts, .. } = table.finish();
        let is_leaf = |stack: u32| {
            let first = stacks[stack as usize].locations[0];
            locations[first as usize].code.name.data() == "leaf"
        };
        assert!(counts.iter().all(|count| is_leaf(count.stack)), "self shares stay true");
        assert_eq!(counts.iter().map(|count| count.samples).sum::<u64>(), 150);
    }

    #[test]
    fn deep_stacks_are_bounded_by_their_frames() {
        let mut table = Table::bounded(SMALL);
        let deep = code("deep");
        for depth in 0..300_u32 {
            let id = table.locations.id(&deep, Place::line(1));
            table.add(&vec![id; depth as usize], (7, 7), None, State::default());
            table.make_room();
            assert!(table.stacks.frames() <= SMALL.frames + 300);
        }
        let counts = table.finish().counts;
        assert_eq!(counts.iter().map(|count| count.samples).sum::<u64>(), 300);
    }

    #[test]
    fn locations_are_told_where_they_went() {
        let mut table = churned(90);
        let work = table.locations.id(&code("work"), Place::line(2));
        let moved = table.thin();
        let now = moved.to(work).expect("it is hot");
        assert_eq!(table.locations.id(&code("work"), Place::line(2)), now);
        assert_eq!(moved.to(99_999), None);
    }
}
