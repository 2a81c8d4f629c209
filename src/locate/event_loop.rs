//! Time that was spent inside the callbacks of an asyncio event loop.

use advisors::{Awaited, Hotspot};
use rustc_hash::FxHashSet;

use super::hotspots::code_ids;
use crate::profile::{Await, Profile};

/// Gives each place the samples in which it ran as part of a callback: while it was on the stack, no
/// other task of the loop could go on.
pub(super) fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    time(profile, hotspots);
    for seen in &profile.awaits {
        let Await { tasks, looks, .. } = *seen;
        hotspots[seen.location as usize].awaited = Awaited { tasks, looks };
    }
    let runs_callbacks: Vec<bool> =
        profile.locations.iter().map(|it| it.code.runs_callbacks()).collect();
    if !runs_callbacks.contains(&true) {
        return;
    }
    let codes = code_ids(profile);
    let mut known: FxHashSet<usize> = FxHashSet::default();
    for count in &profile.counts {
        let locations = &profile.stacks[count.stack as usize].locations;
        let Some(depth) = locations.iter().position(|&id| runs_callbacks[id as usize]) else {
            continue;
        };
        known.clear();
        for &id in &locations[..depth] {
            if known.insert(codes[id as usize]) {
                let time = &mut hotspots[id as usize].in_event_loop;
                *if count.state.is_busy() { &mut time.busy } else { &mut time.idle } +=
                    count.samples;
            }
        }
    }
}

/// Gives each place how long callbacks stood there.
fn time(profile: &Profile, hotspots: &mut [Hotspot]) {
    for stall in &profile.stalls {
        let kept = &mut hotspots[stall.location as usize].in_event_loop;
        (kept.stalls, kept.longest) = (stall.count, stall.longest);
        kept.computed = stall.computed.unwrap_or(stall.longest);
        let task = stall.task.map(|task| &profile.tasks[task as usize]);
        kept.coroutine = task.map_or(String::new(), |task| task.coroutine.data().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::{InEventLoop, Place};

    use super::*;
    use crate::profile::{Count, Location, Stack, Stall};
    use crate::sample::{Code, State, Task};
    use crate::text::Untrusted;

    fn location(name: &str, file: &str) -> Location {
        let code = Code { name: Untrusted::new(name), file: Untrusted::new(file), first_line: 1 };
        Location { code: Arc::new(code), place: Place::line(2) }
    }

    #[test]
    fn only_what_a_callback_runs_holds_the_loop_up() {
        let locations = vec![
            location("fetch", "app.py"),
            location("Handle._run", "/usr/lib/python3.13/asyncio/events.py"),
            location("main", "app.py"),
            location("Handle._run", "app.py"),
        ];
        let stacks: [&[u32]; 3] = [&[0, 0, 1, 2], &[2], &[0, 3, 2]];
        let busy = State { on_cpu: true, ..State::IDLE };
        let count = |stack, state, samples| Count { stack, thread: 0, task: None, state, samples };
        let (total, longest, task) = (0.3, 0.2, Some(0));
        let stall = Stall { location: 0, count: 2, total, longest, task, computed: None };
        let profile = Profile {
            locations,
            stacks: stacks.iter().map(|ids| Stack { locations: ids.to_vec() }).collect(),
            counts: vec![
                count(0, busy, 3),
                count(0, State::IDLE, 40),
                count(1, busy, 5),
                count(2, busy, 7),
            ],
            tasks: vec![Task { name: None, coroutine: Untrusted::new("poll") }],
            awaits: vec![Await { location: 2, tasks: 3, looks: 9 }],
            stalls: vec![
                Stall { location: 0, computed: Some(0.1), ..stall },
                Stall { location: 2, computed: None, ..stall },
            ],
            ..Profile::default()
        };
        let mut hotspots = vec![Hotspot::default(); 4];
        super::count(&profile, &mut hotspots);
        let (stalls, computed, coroutine) = (2, 0.1, "poll".to_owned());
        let kept = InEventLoop { busy: 3, idle: 40, stalls, longest, computed, coroutine };
        assert_eq!(hotspots[0].in_event_loop, kept);
        let untold = hotspots[2].in_event_loop.computed;
        assert_eq!(untold, longest, "it may all have been computed");
        assert_eq!(hotspots[2].awaited, Awaited { tasks: 3, looks: 9 });
        for other in [&hotspots[1], &hotspots[3]] {
            assert_eq!(other.in_event_loop, InEventLoop::default());
        }
    }
}
