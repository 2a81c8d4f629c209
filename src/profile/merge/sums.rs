//! What two recordings tell of the same thing, as one.

use std::collections::HashMap;
use std::hash::Hash;

use crate::limits;
use crate::profile::{
    Distinct, Growth, Lengths, Machine, Memory, MemoryPoint, OperandSeen, Process, Runtime,
    SourceSeen, Stall, Target, Timeline, Timing, Traffic,
};

/// Adds what is not there yet, and gives the new ids by the old.
pub(super) fn intern<T: Clone + Eq + Hash>(all: &mut Vec<T>, more: Vec<T>) -> Vec<u32> {
    let mut ids: HashMap<T, u32> = (0..).zip(all.iter()).map(|(id, it)| (it.clone(), id)).collect();
    let id = |item: T| {
        *ids.entry(item).or_insert_with_key(|item| {
            all.push(item.clone());
            (all.len() - 1) as u32
        })
    };
    more.into_iter().map(id).collect()
}

/// One item for all that have the same key, in order of first appearance.
pub(super) fn summed<T, K: Eq + Hash>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
    add: impl Fn(&mut T, T),
) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    let mut index: HashMap<K, usize> = HashMap::new();
    for item in items {
        match index.get(&key(&item)) {
            Some(&known) => add(&mut all[known], item),
            None => {
                index.insert(key(&item), all.len());
                all.push(item);
            }
        }
    }
    all
}

pub(super) fn operand(sum: &mut OperandSeen, later: OperandSeen) {
    // A median of both is known only as that of the one that was looked at more often.
    let is_rarer = sum.observations < later.observations;
    sum.footprint = sum.footprint.into_iter().chain(later.footprint).max_by_key(|it| it.shallow);
    sum.lengths = match (sum.lengths, later.lengths) {
        (Some(one), Some(other)) => Some(Lengths {
            min: one.min.min(other.min),
            median: if is_rarer { other.median } else { one.median },
            max: one.max.max(other.max),
            first: one.first,
            last: other.last,
        }),
        (one, other) => one.or(other),
    };
    sum.observations += later.observations;
    for element in later.elements {
        if !sum.elements.contains(&element) {
            sum.elements.push(element);
        }
    }
    sum.distinct = match (sum.distinct, later.distinct) {
        // Whether values of the one came again in the other is not known: not, then.
        (Some(one), Some(other)) => Some(Distinct {
            calls: one.calls.saturating_add(other.calls),
            values: one.values.saturating_add(other.values),
        }),
        (one, other) => one.or(other),
    };
}

pub(super) fn stall(sum: &mut Stall, later: Stall) {
    sum.computed = match (sum.computed, later.computed) {
        (Some(one), Some(other)) => Some(match (sum.count, later.count) {
            (1, 1) => one.min(other),
            (1, _) => other,
            (_, 1) => one,
            _ => one.max(other),
        }),
        (one, other) => one.or(other),
    };
    sum.count += later.count;
    sum.total += later.total;
    if later.longest > sum.longest {
        (sum.longest, sum.task) = (later.longest, later.task);
    }
}

/// A timeline with the numbers that its threads and stacks have now.
pub(super) fn later_timeline(mut timeline: Timeline, threads: &[u32], stacks: &[u32]) -> Timeline {
    for part in timeline.slices.iter_mut().flat_map(|slice| &mut slice.parts) {
        part.thread = threads[part.thread as usize];
        part.stack = part.stack.map(|id| stacks[id as usize]);
    }
    timeline
}

/// Memory of a recording that began `offset` seconds later.
pub(super) fn later_memory(mut memory: Memory, offset: f64, locations: &[u32]) -> Memory {
    memory.points.iter_mut().for_each(|point| point.at += offset);
    for growth in &mut memory.growth {
        for id in [&mut growth.location, &mut growth.caller].into_iter().flatten() {
            *id = locations[*id as usize];
        }
    }
    memory
}

pub(super) fn memory(sum: &mut Memory, later: Memory) {
    sum.peak = sum.peak.max(later.peak);
    sum.points.extend(later.points);
    while sum.points.len() > limits::MEMORY_POINTS {
        sum.points = sum.points.chunks(2).map(highest).collect();
    }
    let growth = sum.growth.drain(..).chain(later.growth);
    let add = |sum: &mut Growth, it: Growth| {
        sum.bytes += it.bytes;
        sum.left = sum.left.zip(it.left).map(|(sum, left)| sum + left);
    };
    sum.growth = summed(growth, |it| (it.location, it.caller), add);
    sum.growth.sort_by_key(|growth| std::cmp::Reverse(growth.most()));
}

/// Of points that are near each other the one with the most.
fn highest(points: &[MemoryPoint]) -> MemoryPoint {
    points.iter().copied().max_by_key(|point| point.resident).unwrap_or_default()
}

/// A process of a recording that began `offset` seconds later.
pub(super) fn later_process(process: Process, offset: f64) -> Process {
    let (first_seen, last_seen) = (process.first_seen + offset, process.last_seen + offset);
    Process { first_seen, last_seen, ..process }
}

pub(super) fn process(sum: &mut Process, later: Process) {
    let (one, other) = (f64::from(sum.observations), f64::from(later.observations));
    let mean = |a: f64, b: f64| (a * one + b * other) / (one + other).max(1.0);
    sum.threads = mean(sum.threads.into(), later.threads.into()).round() as u32;
    sum.runnable = mean(sum.runnable, later.runnable);
    sum.observations = sum.observations.saturating_add(later.observations);
    for python in later.earlier_pythons {
        if !sum.earlier_pythons.contains(&python) {
            sum.earlier_pythons.push(python);
        }
    }
    sum.halted = sum.halted.saturating_add(later.halted);
    sum.began_ns = sum.began_ns.min(later.began_ns);
    sum.last_seen = later.last_seen;
    sum.cpu_seconds += later.cpu_seconds;
    sum.ended_seconds += later.ended_seconds;
    sum.waits = sum.waits.saturating_add(later.waits);
    sum.preemptions += later.preemptions;
    sum.traffic = match (sum.traffic, later.traffic) {
        (Some(one), Some(other)) => Some(Traffic {
            reads: one.reads + other.reads,
            writes: one.writes + other.writes,
            read_bytes: one.read_bytes + other.read_bytes,
            written_bytes: one.written_bytes + other.written_bytes,
        }),
        (one, other) => one.or(other),
    };
}

pub(super) fn runtime(sum: &mut Runtime, later: Runtime) {
    sum.tasks = sum.tasks.max(later.tasks);
    sum.looks += later.looks;
    sum.busy_looks += later.busy_looks;
    sum.crowded_looks += later.crowded_looks;
    sum.collector = later.collector.or(sum.collector);
}

/// A source file with the numbers that its places have now.
pub(super) fn renumber_source(mut source: SourceSeen, locations: &[u32]) -> SourceSeen {
    for expression in &mut source.expressions {
        expression.location = locations[expression.location as usize];
    }
    source
}

pub(super) fn source(sum: &mut SourceSeen, later: SourceSeen) {
    let all = sum.expressions.drain(..).chain(later.expressions);
    sum.expressions = summed(all, |it| it.location, |_, _| {});
}

pub(super) fn target(sum: &mut Target, later: Target) {
    if sum.pid != later.pid {
        sum.pid = 0;
    }
    sum.python = sum.python.or(later.python);
}

pub(super) fn timing(sum: &mut Timing, later: &Timing) {
    sum.recordings = sum.merged().saturating_add(later.merged());
    sum.started_ns = sum.started_ns.min(later.started_ns);
    sum.seconds += later.seconds;
    sum.sweeps += later.sweeps;
    sum.missed += later.missed;
    sum.torn += later.torn;
    sum.unreadable += later.unreadable;
    sum.too_deep += later.too_deep;
    sum.truncated += later.truncated;
    sum.shortened += later.shortened;
    sum.left_out += later.left_out;
    sum.without_python += later.without_python;
    sum.too_short += later.too_short;
    sum.unread += later.unread;
    sum.unopened += later.unopened;
    sum.unattached += later.unattached;
    sum.blind += later.blind;
    sum.at_once += later.at_once;
    sum.kept_waiting += later.kept_waiting;
    sum.waited += later.waited;
    sum.waited_of += later.waited_of;
    sum.exact &= later.exact;
    sum.cut_off |= later.cut_off;
    sum.stopped_seconds += later.stopped_seconds;
    sum.own_seconds += later.own_seconds;
    sum.longest_stop = sum.longest_stop.max(later.longest_stop);
}

/// What differs is not known.
pub(super) fn machine(sum: &mut Machine, later: &Machine) {
    if sum.cpus != later.cpus {
        sum.cpus = 0;
    }
    if sum.quota != later.quota {
        sum.quota = None;
    }
}
