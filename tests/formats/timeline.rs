//! Formats with a lane for each thread.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use unslow::profile::{Profile, Thread};
use unslow::report::View;

use crate::as_text;
use crate::fixture::{deep, hostile, in_order, orders};

/// Every thread, idle or not.
fn view() -> View {
    View { idle: true, ..View::default() }
}

fn json(format: &str, of: &(Profile, unslow::advise::Advice)) -> Value {
    serde_json::from_str(&as_text(format, of, &view())).expect("JSON")
}

/// Seconds of each thread by its id; one that was seen in every slice lasts as long as the recording.
fn seconds(profile: &Profile) -> BTreeMap<u64, f64> {
    if profile.timeline.is_some() {
        let tid = |thread: &Thread| (u64::from(thread.tid), profile.timing.seconds);
        return profile.threads.iter().map(tid).collect();
    }
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
    for of in [orders(), hostile(), deep(3000), in_order(orders()), in_order(hostile())] {
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
            if event["ph"] == "C" {
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
    for of in [orders(), hostile(), deep(900), in_order(orders()), in_order(hostile())] {
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
        let counted = Profile { timeline: None, ..of.0.clone() };
        assert_close(&found, &seconds(&counted));
    }
    let text = as_text("firefox", &orders(), &view());
    assert!(text.contains("dedupe (orders.py:10:12-27)") && text.contains("own code"));
}

/// When the first and the last of what has a name in it began, in seconds.
fn moments(trace: &Value, name: &str) -> (f64, f64) {
    let events = trace["traceEvents"].as_array().expect("events").iter();
    let named = events.filter(|event| event["name"].as_str().expect("a name").starts_with(name));
    let spans = named.map(|event| event["ts"].as_f64().unwrap() / 1e6);
    spans.fold((f64::MAX, 0.0), |(first, last), at| (at.min(first), at.max(last)))
}

#[test]
fn what_ran_when_is_at_its_moment() {
    let of = in_order(orders());
    let trace = json("chrome", &of);
    let note = trace["otherData"]["note"].as_str().expect("a note");
    assert!(note.starts_with("Moments are true to 650 ms:"), "{note}");
    let ((searched, until), (rendered, _)) = (moments(&trace, "dedupe"), moments(&trace, "render"));
    assert_eq!(searched, 0.0);
    // Of 2,980 samples 2,350 are of the search, then come 402 of the other.
    let moved = 29.9 * 2350.0 / 2980.0;
    assert!(until < rendered && (rendered - moved).abs() < 0.7, "{until} {rendered} {moved}");
    let (read, last) = moments(&trace, "DictReader");
    assert!(rendered < read && last < 29.9, "{read} {last}");
    let events = trace["traceEvents"].as_array().expect("events").iter();
    let memory = events
        .filter(|event| event["ph"] == "C")
        .map(|event| (event["ts"].as_f64().unwrap() / 1e6, event["args"]["MiB"].as_f64().unwrap()));
    assert_eq!(
        memory.collect::<Vec<_>>(),
        [(0.0, 45.0), (0.25, 50.0), (15.0, 830.0), (29.75, 812.0)]
    );

    let profile = json("firefox", &of);
    let product = profile["meta"]["product"].as_str().expect("a name");
    assert!(product.ends_with("stacks stand in no order of time."), "{product}");
    let samples = &profile["threads"][0]["samples"];
    let times = samples["timeDeltas"].as_array().expect("times").iter().scan(0.0, |sum, delta| {
        *sum += delta.as_f64().expect("milliseconds");
        Some(*sum)
    });
    let times: Vec<f64> = times.collect();
    assert!(times.len() > 46 && times.is_sorted() && times.last().is_some_and(|&at| at < 29_900.0));
    assert_eq!(profile["counters"][0]["category"], "Memory");
}

/// What waits leaves a gap where it is not asked for, and tasks are told without their order.
#[test]
fn views_choose_what_has_a_moment() {
    let of = in_order(orders());
    let busy = |view: &View| -> Value {
        serde_json::from_str(&as_text("chrome", &of, view)).expect("JSON")
    };
    let trace = busy(&View::default());
    assert_eq!(moments(&trace, "Condition.wait"), (f64::MAX, 0.0));
    let (began, _) = moments(&json("chrome", &of), "Condition.wait");
    assert_eq!(began, 0.0);
    let note = |of: &(Profile, unslow::advise::Advice)| {
        json("chrome", of)["otherData"]["note"].as_str().expect("a note").to_owned()
    };
    assert!(note(&orders()).contains("No moment is shown."));
    let (mut profile, advice) = of.clone();
    let slices = &mut profile.timeline.as_mut().expect("an order").slices;
    slices[5].parts[0].stack = None;
    let (first, last) = moments(&json("chrome", &(profile, advice)), "(other stacks)");
    assert!(first == last && (first - 3.25).abs() < 1e-6, "{first}");
}
