//! How many threads ran the same code at the same time.

use advisors::Hotspot;
use rustc_hash::{FxHashMap, FxHashSet};

use super::hotspots::code_ids;
use crate::profile::{Profile, Timeline};

/// A code object in a thread.
type Ran = (usize, u32);

/// Gives each place how many threads of one process were in its code object at the same time. A slice of
/// time in which several were does not tell that: one may have come after the other. Each must have been
/// there before and after it too.
pub(super) fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    let Some(timeline) = profile.timeline.as_ref().filter(|_| profile.threads.len() > 1) else {
        return;
    };
    let codes = code_ids(profile);
    let slices = seen(profile, timeline, &codes);
    let mut spans: FxHashMap<Ran, (usize, usize)> = FxHashMap::default();
    for (at, slice) in slices.iter().enumerate() {
        for &ran in slice {
            spans.entry(ran).or_insert((at, at)).1 = at;
        }
    }
    let mut most: FxHashMap<usize, u32> = FxHashMap::default();
    for (at, slice) in slices.iter().enumerate() {
        let mut threads: FxHashMap<(usize, u32), u32> = FxHashMap::default();
        for ran in slice {
            let (first, last) = spans[ran];
            if first < at && at < last {
                let (code, thread) = *ran;
                *threads.entry((code, profile.threads[thread as usize].pid)).or_default() += 1;
            }
        }
        for ((code, _), number) in threads {
            let most = most.entry(code).or_default();
            *most = number.max(*most);
        }
    }
    for (hotspot, code) in hotspots.iter_mut().zip(codes) {
        hotspot.threads = most.get(&code).copied().unwrap_or_default();
    }
}

/// What ran in each slice.
fn seen(profile: &Profile, timeline: &Timeline, codes: &[usize]) -> Vec<FxHashSet<Ran>> {
    let ran = |(thread, stack): (u32, u32)| {
        let locations = profile.stacks[stack as usize].locations.iter();
        locations.map(move |&id| (codes[id as usize], thread))
    };
    let slices = timeline.slices.iter();
    slices
        .map(|slice| {
            let parts: FxHashSet<(u32, u32)> =
                slice.parts.iter().filter_map(|part| Some((part.thread, part.stack?))).collect();
            parts.into_iter().flat_map(ran).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::{Location, Part, Slice, Stack, Thread};
    use crate::sample::{Code, State};
    use crate::text::Untrusted;

    /// What two places are given, one of them in a function that threads run: by slice, the threads that
    /// are in it.
    fn threads(pids: &[u32], slices: &[&[u32]]) -> Vec<u32> {
        let location = |name: &str| {
            let (name, file) = (Untrusted::new(name), Untrusted::new("etl.py"));
            let code = Arc::new(Code { name, file, first_line: 1 });
            Location { code, place: advisors::Place::line(1) }
        };
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
        assert_eq!(threads(&[7, 7], &[&[0], &[0], &[0, 1], &[1], &[1]]), [0, 0]);
        assert_eq!(threads(&[7, 7], &[&[0], &[0], &[1], &[1], &[1]]), [1, 0]);
    }

    #[test]
    fn threads_of_different_processes_share_nothing() {
        assert_eq!(threads(&[7, 8], &[&[0, 1], &[0, 1], &[1, 0]]), [1, 0]);
    }
}
