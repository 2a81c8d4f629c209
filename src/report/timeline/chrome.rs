//! The Trace Event Format ("Trace Event Format", Google), for Perfetto and `chrome://tracing`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Lane, Lanes, NOTE, process_name};
use crate::profile::Origin;
use crate::report::{Input, ReportError, names};

/// An event; times are in microseconds.
#[derive(Serialize)]
struct Event {
    ph: &'static str,
    name: String,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    trace_events: Vec<Event>,
    display_time_unit: &'static str,
    other_data: Value,
}

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let lanes = Lanes::of(input)?;
    let mut events = heads(input, &lanes);
    lanes.threads.iter().for_each(|lane| spans(lane, &lanes, input, &mut events));
    let trace = Trace {
        trace_events: events,
        display_time_unit: "ms",
        other_data: json!({
            "program": names::headline(&input.profile.target).terminal(),
            "note": NOTE,
            "exporter": concat!("unslow ", env!("CARGO_PKG_VERSION")),
        }),
    };
    let mut bytes = serde_json::to_vec(&trace)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The names of processes and threads.
fn heads(input: &Input<'_>, lanes: &Lanes) -> Vec<Event> {
    let thread = |lane: &Lane| &input.profile.threads[lane.thread];
    let head = |what: &str, pid, tid, name: String| Event {
        ph: "M",
        name: what.to_owned(),
        pid,
        tid,
        cat: None,
        ts: None,
        dur: None,
        args: json!({"name": name}),
    };
    let pids: BTreeSet<u32> = lanes.threads.iter().map(|lane| thread(lane).pid).collect();
    let processes =
        pids.into_iter().map(|pid| head("process_name", pid, 0, process_name(input, pid)));
    let threads = lanes.threads.iter().map(thread).map(|thread| {
        head("thread_name", thread.pid, thread.tid, names::thread(thread).terminal())
    });
    processes.chain(threads).collect()
}

/// One event for what neighbouring stacks have in common. They come sorted, so that stacks with the
/// same outer frames are neighbours.
fn spans(lane: &Lane, lanes: &Lanes, input: &Input<'_>, events: &mut Vec<Event>) {
    let sample = input.profile.timing.sample_seconds() * 1e9;
    let nanoseconds = |samples: u64| (samples as f64 * sample).round();
    let thread = &input.profile.threads[lane.thread];
    // Open frames with the samples before them.
    let mut open: Vec<(u32, u64)> = Vec::new();
    let mut now = 0;
    let mut close = |open: &mut Vec<(u32, u64)>, depth: usize, now: u64| {
        for (id, began) in open.drain(depth..).rev() {
            let frame = &lanes.frames[id as usize];
            events.push(Event {
                ph: "X",
                name: frame.name.terminal(),
                pid: thread.pid,
                tid: thread.tid,
                cat: frame.origin.map(Origin::describe),
                ts: Some(nanoseconds(began) / 1e3),
                dur: Some((nanoseconds(now) - nanoseconds(began)) / 1e3),
                args: Value::Null,
            });
        }
    };
    for (stack, samples) in &lane.stacks {
        let common = open.iter().zip(stack).take_while(|((frame, _), other)| frame == *other);
        let common = common.count();
        close(&mut open, common, now);
        open.extend(stack[common..].iter().map(|&frame| (frame, now)));
        now += samples;
    }
    close(&mut open, 0, now);
}
