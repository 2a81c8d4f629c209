//! What ran when, as the page's lanes show it.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::stacks::bits;
use crate::profile::Profile;
use crate::report::numbers;

/// Samples that are alike within one slice, column by column, in order of time.
#[derive(Serialize, Default)]
pub(super) struct Moments {
    /// Seconds of a slice, and in words.
    slice: f64,
    told: String,
    /// Slices since those of the column's last entry.
    after: Vec<u32>,
    thread: Vec<u32>,
    /// Of the tree; -1 for stacks that are not told apart.
    node: Vec<i64>,
    /// See [`bits`].
    state: Vec<u8>,
    count: Vec<u32>,
}

/// `None` when the recording keeps no order. `nodes` are those of stacks.
pub(super) fn moments(profile: &Profile, nodes: &FxHashMap<u32, u32>) -> Option<Moments> {
    let timeline = profile.timeline.as_ref()?;
    let mut moments = Moments {
        slice: timeline.slice_seconds,
        told: numbers::slice(timeline.slice_seconds),
        ..Moments::default()
    };
    let mut last = 0;
    for slice in &timeline.slices {
        for part in slice.parts.iter().filter(|part| part.samples > 0) {
            let node = part.stack.and_then(|stack| nodes.get(&stack));
            moments.after.push(slice.index - last);
            last = slice.index;
            moments.thread.push(part.thread);
            moments.node.push(node.map_or(-1, |&node| node.into()));
            moments.state.push(bits(part.state));
            moments.count.push(part.samples);
        }
    }
    Some(moments)
}
