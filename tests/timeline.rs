//! What ran when, live: what a program did first comes first, in the recording and in what is made of it.

mod support;

use support::newest_with_columns;
use support::recording::record_with;
use unslow::profile::{Profile, Slice};

/// One thing after the other, while a thread waits.
const PROGRAM: &str = "\
import threading
import time


def compute(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def first():
    compute(0.8)


def second():
    compute(0.8)


def wait(done):
    done.wait()


done = threading.Event()
waiter = threading.Thread(target=wait, args=(done,), name='waiter')
waiter.start()
first()
time.sleep(0.4)
second()
done.set()
waiter.join()
";

/// Samples of a slice, busy or not, on whose stack a function is.
fn samples(profile: &Profile, slice: &Slice, function: &str, is_busy: bool) -> u32 {
    let has =
        |stack: u32| profile.frames(stack).any(|location| location.code.name.data() == function);
    let parts = slice.parts.iter().filter(|part| part.state.is_busy() == is_busy);
    parts.filter(|part| part.stack.is_some_and(has)).map(|part| part.samples).sum()
}

/// The moments between which a function was seen, without the tenth of its samples at either end: a
/// machine that is busy with other tests may stop anything anywhere.
fn span(profile: &Profile, function: &str, is_busy: bool) -> (f64, f64) {
    let timeline = profile.timeline.as_ref().expect("an order");
    let moments = timeline.slices.iter().flat_map(|slice| {
        let (begin, end) = timeline.span(slice, profile.timing.seconds);
        let samples = samples(profile, slice, function, is_busy) as usize;
        std::iter::repeat_n(f64::midpoint(begin, end), samples)
    });
    let moments: Vec<f64> = moments.collect();
    assert!(moments.len() > 20, "{function}: {moments:?}");
    let tenth = moments.len() / 10;
    (moments[tenth], moments[moments.len() - 1 - tenth])
}

#[test]
fn what_a_program_did_first_comes_first() {
    let Some(python) = newest_with_columns() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("phases.py");
    std::fs::write(&script, PROGRAM).expect("a script");
    let (trace, page) = (folder.path().join("p.trace.json"), folder.path().join("p.html"));
    let outputs = ["-o", trace.to_str().expect("UTF-8"), "-o", page.to_str().expect("UTF-8")];
    let recording = record_with(&outputs, &python, 200, &[script.to_str().expect("UTF-8")]);
    let profile = &recording.profile;

    let (first, second) = (span(profile, "first", true), span(profile, "second", true));
    assert!(first.1 + 0.2 < second.0, "{first:?} {second:?}");
    let waited = span(profile, "wait", false);
    assert!(waited.0 < first.1 && waited.1 > second.0, "{waited:?} {first:?} {second:?}");

    let timeline = profile.timeline.as_ref().expect("an order");
    let slices = &timeline.slices;
    assert!((0.01..0.1).contains(&timeline.slice_seconds), "{}", timeline.slice_seconds);
    assert!(slices.is_sorted_by(|a, b| a.index < b.index));
    let last = slices.last().expect("slices");
    assert!(timeline.span(last, profile.timing.seconds).1 <= profile.timing.seconds + 0.1);
    let parts = slices.iter().flat_map(|slice| &slice.parts);
    let counted: u64 = parts.map(|part| u64::from(part.samples)).sum();
    assert_eq!(counted, profile.samples(), "every sample has its moment");

    let trace = std::fs::read_to_string(&trace).expect("a trace");
    let trace: serde_json::Value = serde_json::from_str(&trace).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    // Where most of what has a name begins, in seconds.
    let middle = |name: &str| {
        let named = events.iter().filter(|event| {
            event["name"].as_str().is_some_and(|it| it.starts_with(&format!("{name} (")))
        });
        let mut moments: Vec<f64> =
            named.map(|event| event["ts"].as_f64().expect("a moment") / 1e6).collect();
        moments.sort_by(f64::total_cmp);
        moments[moments.len() / 2]
    };
    let is_within =
        |(begin, end): (f64, f64), moment: f64| begin - 0.2 < moment && moment < end + 0.2;
    assert!(is_within(first, middle("first")) && is_within(second, middle("second")));
    let page = std::fs::read_to_string(&page).expect("a page");
    assert!(page.contains("\"moments\":{\"slice\":"));
}
