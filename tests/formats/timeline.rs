//! Formats with a lane for each thread.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use unslow::profile::Profile;
use unslow::report::View;

use crate::as_text;
use crate::fixture::{deep, hostile, orders};

/// Every thread, idle or not.
fn view() -> View {
    View { idle: true, ..View::default() }
}

fn json(format: &str, of: &(Profile, unslow::advise::Advice)) -> Value {
    serde_json::from_str(&as_text(format, of, &view())).expect("JSON")
}

/// Seconds of each thread by its id.
fn seconds(profile: &Profile) -> BTreeMap<u64, f64> {
    let mut threads = BTreeMap::new();
    for count in &profile.counts {
        let tid = profile.threads[count.thread as usize].tid.into();
        *threads.entry(tid).or_default() += count.samples as f64 * profile.timing.sample_seconds();
    }
    threads
}

fn assert_close(found: &BTreeMap<u64, f64>, wanted: &BTreeMap<u64, f64>) {
    assert!(found.keys().eq(wanted.keys()), "{found:?} {wanted:?}");
    for (tid, seconds) in wanted {
        assert!((found[tid] - seconds).abs() < 1e-6, "{tid}: {found:?} {wanted:?}");
    }
}

#[test]
fn chrome_spans_lie_within_each_other_and_add_up() {
    for of in [orders(), hostile(), deep(3000)] {
        let trace = json("chrome", &of);
        let mut outermost: BTreeMap<u64, f64> = BTreeMap::new();
        let mut spans: HashMap<u64, Vec<(f64, f64)>> = HashMap::new();
        let (mut named, mut processes) = (0, BTreeSet::new());
        for event in trace["traceEvents"].as_array().expect("events") {
            let tid = event["tid"].as_u64().expect("a thread");
            processes.insert(event["pid"].as_u64().expect("a process"));
            if event["ph"] == "M" {
                named += 1;
                assert!(!event["args"]["name"].as_str().expect("a name").is_empty());
                continue;
            }
            assert_eq!(event["ph"], "X");
            let (start, length) = (event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap());
            spans.entry(tid).or_default().push((start, start + length));
        }
        assert_eq!(named, spans.len() + processes.len());
        for (tid, spans) in spans {
            // Longest first: each lies in those that are open, or behind them.
            let mut sorted = spans;
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
            let mut open: Vec<f64> = Vec::new();
            for (start, end) in sorted {
                while open.last().is_some_and(|&last| last <= start + 1e-3) {
                    open.pop();
                }
                assert!(
                    open.last().is_none_or(|&last| end <= last + 1e-3),
                    "{start} {end} {open:?}"
                );
                if open.is_empty() {
                    *outermost.entry(tid).or_default() += (end - start) / 1e6;
                }
                open.push(end);
            }
        }
        assert_close(&outermost, &seconds(&of.0));
    }
}

#[test]
fn firefox_samples_weigh_what_was_counted() {
    for of in [orders(), hostile(), deep(900)] {
        let profile = json("firefox", &of);
        let interval = profile["meta"]["interval"].as_f64().expect("milliseconds") / 1e3;
        let mut found: BTreeMap<u64, f64> = BTreeMap::new();
        for thread in profile["threads"].as_array().expect("threads") {
            let tid = thread["tid"].as_str().expect("a thread").parse().expect("a number");
            let weights = thread["samples"]["weight"].as_array().expect("weights");
            let samples: u64 = weights.iter().map(|weight| weight.as_u64().unwrap()).sum();
            *found.entry(tid).or_default() += samples as f64 * of.0.timing.sample_seconds();
            let stacks = thread["stackTable"]["length"].as_u64().expect("stacks");
            let used = thread["samples"]["stack"].as_array().expect("stacks of samples");
            assert!(used.iter().all(|stack| stack.as_u64().is_some_and(|index| index < stacks)));
        }
        assert!((interval - of.0.timing.sample_seconds()).abs() < 1e-6);
        assert_close(&found, &seconds(&of.0));
    }
    let text = as_text("firefox", &orders(), &view());
    assert!(text.contains("dedupe (orders.py:10:12-27)") && text.contains("own code"));
}
