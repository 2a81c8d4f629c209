//! The Trace Event Format ("Trace Event Format", Google), for Perfetto and `chrome://tracing`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Lane, Lanes, memory, note, process_name};
use crate::profile::{MemoryPoint, Origin};
use crate::report::{self, Input, ReportError, names};

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
    events.extend(counters(input, &lanes));
    let trace = Trace {
        trace_events: events,
        display_time_unit: "ms",
        other_data: json!({
            "program": names::recorded(input.profile).terminal(),
            "note": note(input),
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

/// One event for what neighbouring stacks have in common. Alike ones stand side by side, so that those
/// with the same outer frames are neighbours.
fn spans(lane: &Lane, lanes: &Lanes, input: &Input<'_>, events: &mut Vec<Event>) {
    let thread = &input.profile.threads[lane.thread];
    // Open frames with the nanosecond at which they began.
    let mut open: Vec<(u32, f64)> = Vec::new();
    let mut close = |open: &mut Vec<(u32, f64)>, depth: usize, now: f64| {
        for (id, began) in open.drain(depth..).rev() {
            let frame = &lanes.frames[id as usize];
            events.push(Event {
                ph: "X",
                name: frame.name.terminal(),
                pid: thread.pid,
                tid: thread.tid,
                cat: frame.origin.map(Origin::describe),
                ts: Some(began / 1e3),
                dur: Some((now - began) / 1e3),
                args: Value::Null,
            });
        }
    };
    let mut now = 0.0;
    for span in &lane.spans {
        let begin = nanoseconds(span.begin);
        let common = open.iter().zip(&span.stack).take_while(|((frame, _), other)| frame == *other);
        let common = if begin > now { 0 } else { common.count() };
        close(&mut open, common, now);
        open.extend(span.stack[common..].iter().map(|&frame| (frame, begin)));
        now = nanoseconds(span.end);
    }
    close(&mut open, 0, now);
}

/// Whole ones, so that what adjoins has the same.
fn nanoseconds(seconds: f64) -> f64 {
    (seconds * 1e9).round()
}

/// Memory along the line of time, a counter for each process.
fn counters(input: &Input<'_>, lanes: &Lanes) -> Vec<Event> {
    let looks = memory(input, lanes)
        .flat_map(|memory| memory.points.iter().map(|point| (memory.pid, *point)));
    let counter = |(pid, point): (u32, MemoryPoint)| Event {
        ph: "C",
        name: "RSS".to_owned(),
        pid,
        tid: 0,
        cat: None,
        ts: Some(nanoseconds(point.at) / 1e3),
        dur: None,
        args: json!({"MiB": report::json::rounded(point.resident as f64 / f64::from(1 << 20))}),
    };
    looks.map(counter).collect()
}
