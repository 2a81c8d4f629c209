//! Time that was spent inside the callbacks of an asyncio event loop.

use advisors::Hotspot;
use rustc_hash::FxHashSet;

use super::hotspots::code_ids;
use crate::profile::{Location, Profile};

/// Gives each place the samples in which it ran as part of a callback: while it was on the stack, no
/// other task of the loop could go on.
pub(super) fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    let runs_callbacks: Vec<bool> = profile.locations.iter().map(runs_callbacks).collect();
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

/// `asyncio.events.Handle._run`, which calls whatever the loop has found ready (CPython 3.4 to 3.15,
/// Lib/asyncio/events.py).
fn runs_callbacks(location: &Location) -> bool {
    let code = &location.code;
    matches!(code.name.data(), "Handle._run" | "_run")
        && code.file.data().ends_with("asyncio/events.py")
}
