//! How many threads were at the same place, and how many processes ran the same code.

use advisors::Hotspot;
use rustc_hash::{FxHashMap, FxHashSet};

use super::hotspots::code_ids;
use crate::profile::{Profile, Slice};

/// A place, by its location id, in a thread.
type Stood = (u32, u32);

/// Gives each place how many threads and processes were there.
pub(super) fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    count_processes(profile, hotspots);
    count_threads(profile, hotspots);
}

/// The processes of one run: those of others share as little, and are looked at by themselves.
fn count_processes(profile: &Profile, hotspots: &mut [Hotspot]) {
    let codes = code_ids(profile);
    let parents: FxHashMap<u32, u32> =
        profile.processes.iter().map(|process| (process.pid, process.parent)).collect();
    let root = |pid: u32| {
        let parent = |pid: &u32| parents.get(pid).copied().filter(|it| parents.contains_key(it));
        // A file may tell of parents that go round in a circle.
        std::iter::successors(Some(pid), parent).take(parents.len()).last().unwrap_or(pid)
    };
    let ran: FxHashSet<(u32, u32)> = profile
        .counts
        .iter()
        .map(|count| (profile.threads[count.thread as usize].pid, count.stack))
        .collect();
    let mut pids: FxHashMap<(usize, u32), FxHashSet<u32>> = FxHashMap::default();
    for (pid, stack) in ran {
        let root = root(pid);
        for &id in &profile.stacks[stack as usize].locations {
            pids.entry((codes[id as usize], root)).or_default().insert(pid);
        }
    }
    let mut most: FxHashMap<usize, u32> = FxHashMap::default();
    for ((code, _), pids) in pids {
        let most = most.entry(code).or_default();
        *most = (pids.len() as u32).max(*most);
    }
    for (hotspot, code) in hotspots.iter_mut().zip(codes) {
        hotspot.processes = most.get(&code).copied().unwrap_or_default();
    }
}

/// The threads of one process at the same time. A slice of time in which several were at a place does not
/// tell that: one may have come after the other. Each must have been there before and after it too.
fn count_threads(profile: &Profile, hotspots: &mut [Hotspot]) {
    let Some(timeline) = profile.timeline.as_ref().filter(|_| profile.threads.len() > 1) else {
        return;
    };
    let slices: Vec<FxHashSet<Stood>> =
        timeline.slices.iter().map(|slice| standing(profile, slice)).collect();
    let mut spans: FxHashMap<Stood, (usize, usize)> = FxHashMap::default();
    for (at, slice) in slices.iter().enumerate() {
        for &stood in slice {
            spans.entry(stood).or_insert((at, at)).1 = at;
        }
    }
    for (at, slice) in slices.iter().enumerate() {
        let mut threads: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        for stood in slice {
            let (first, last) = spans[stood];
            if first < at && at < last {
                let (place, thread) = *stood;
                *threads.entry((place, profile.threads[thread as usize].pid)).or_default() += 1;
            }
        }
        for ((place, _), number) in threads {
            let most = &mut hotspots[place as usize].threads;
            *most = number.max(*most);
        }
    }
}

/// The places of all threads in a slice.
fn standing(profile: &Profile, slice: &Slice) -> FxHashSet<Stood> {
    let stacks: FxHashSet<(u32, u32)> =
        slice.parts.iter().filter_map(|part| Some((part.thread, part.stack?))).collect();
    let places = |(thread, stack): (u32, u32)| {
        profile.stacks[stack as usize].locations.iter().map(move |&place| (place, thread))
    };
    stacks.into_iter().flat_map(places).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::{Count, Location, Part, Process, Stack, Thread, Timeline};
    use crate::sample::{Code, State};
    use crate::text::Untrusted;

    fn location(name: &str) -> Location {
        let (name, file) = (Untrusted::new(name), Untrusted::new("etl.py"));
        let code = Arc::new(Code { name, file, first_line: 1 });
        Location { code, place: advisors::Place::line(1) }
    }

    /// What two places are given, one of them in a function that threads run: by slice, the threads that
    /// are in it.
    fn threads(pids: &[u32], slices: &[&[u32]]) -> Vec<u32> {
        let part = |&thread: &u32| Part { thread, stack: Some(0), state: State::IDLE, samples: 1 };
        let slice = |(index, threads): (u32, &&[u32])| Slice {
            index,
            parts: threads.iter().map(part).collect(),
        };
        let profile = Profile {
            locations: vec![location("work"), location("main")],
            stacks: vec![Stack { locations: vec![0] }],
            threads: pids
                .iter()
                .zip(1..)
                .map(|(&pid, tid)| Thread { pid, tid, name: None })
                .collect(),
            timeline: Some(Timeline {
                slice_seconds: 0.02,
                slices: (0..).zip(slices).map(slice).collect(),
            }),
            ..Profile::default()
        };
        let mut hotspots = vec![Hotspot::default(); 2];
        count(&profile, &mut hotspots);
        hotspots.iter().map(|hotspot| hotspot.threads).collect()
    }

    #[test]
    fn threads_that_are_there_before_and_after_are_there_at_the_same_time() {
        assert_eq!(threads(&[7, 7], &[&[0, 1], &[0, 1], &[1, 0]]), [2, 0]);
        assert_eq!(threads(&[7, 7, 7], &[&[0, 1], &[0, 1, 2], &[1, 0]]), [2, 0]);
    }

    #[test]
    fn one_after_the_other_is_not_at_the_same_time() {
        assert_eq!(threads(&[7, 7], &[&[0], &[0], &[0, 1], &[1], &[1]]), [1, 0]);
        assert_eq!(threads(&[7, 7], &[&[0], &[0], &[1], &[1], &[1]]), [1, 0]);
    }

    /// How many processes ran what the children of two roots, 7 and 9, ran: process, parent, code.
    fn processes(ran: &[(u32, u32, u32)]) -> Vec<u32> {
        let count = |(thread, &(_, _, stack)): (u32, &(u32, u32, u32))| Count {
            stack,
            thread,
            task: None,
            state: State::IDLE,
            samples: 1,
        };
        let profile = Profile {
            locations: ["work", "main"].map(location).to_vec(),
            stacks: [0, 1].map(|id| Stack { locations: vec![id] }).to_vec(),
            threads: ran.iter().map(|&(pid, ..)| Thread { pid, tid: pid, name: None }).collect(),
            processes: ran
                .iter()
                .map(|&(pid, parent, _)| Process { pid, parent, ..Process::default() })
                .collect(),
            counts: (0..).zip(ran).map(count).collect(),
            ..Profile::default()
        };
        let mut hotspots = vec![Hotspot::default(); 2];
        count_processes(&profile, &mut hotspots);
        hotspots.iter().map(|hotspot| hotspot.processes).collect()
    }

    #[test]
    fn processes_are_counted_for_each_run_by_itself() {
        assert_eq!(processes(&[(7, 1, 0), (8, 7, 1), (9, 1, 0)]), [1, 1], "two runs");
        assert_eq!(processes(&[(7, 1, 0), (8, 7, 1), (9, 7, 1), (10, 9, 1)]), [1, 3]);
        let circle = processes(&[(7, 8, 0), (8, 7, 0)]);
        assert_eq!(circle[1], 0, "it is no endless way up");
    }

    #[test]
    fn threads_of_different_processes_share_nothing() {
        assert_eq!(threads(&[7, 8], &[&[0, 1], &[0, 1], &[1, 0]]), [1, 0]);
    }
}
