//! Recordings of other tools that tell neither time nor losses: samples are told as samples, and what
//! is not known is not told as 0.

use serde_json::Value;
use unslow::advise::Advice;
use unslow::profile::{Profile, Timing};
use unslow::report::{FORMATS, View, unit_note};

use crate::as_text;
use crate::fixture::orders;

fn untimed() -> (Profile, Advice) {
    let (profile, advice) = orders();
    (Profile { timing: Timing::default(), ..profile }, advice)
}

fn json(name: &str, of: &(Profile, Advice)) -> Value {
    serde_json::from_str(&as_text(name, of, &View::default())).expect("JSON")
}

#[test]
fn speedscope_has_samples() {
    let of = untimed();
    let file = json("speedscope", &of);
    let profiles = file["profiles"].as_array().expect("a list");
    assert!(profiles.iter().all(|profile| profile["unit"] == "none"));
    let end: f64 = profiles.iter().map(|it| it["endValue"].as_f64().expect("a number")).sum();
    assert_eq!(end, of.0.busy_samples() as f64);
}

#[test]
fn formats_that_know_time_alone_are_not_empty_and_are_spoken_of() {
    let of = untimed();
    let trace = json("chrome", &of);
    let events = trace["traceEvents"].as_array().expect("a list");
    let spans = events.iter().filter(|event| event["ph"] == "X");
    assert!(spans.clone().count() > 0);
    assert!(spans.clone().all(|event| event["dur"].as_f64() >= Some(1000.0)));
    assert!(trace["otherData"]["note"].as_str().is_some_and(|it| it.contains("tells no time")));
    let callgrind = as_text("callgrind", &of, &View::default());
    assert!(callgrind.contains("\nevents: Samples\n"), "{callgrind}");
    assert!(callgrind.contains(&format!("\nsummary: {}\n", of.0.busy_samples())), "{callgrind}");
    let noted = |of: &(Profile, Advice)| -> Vec<&str> {
        let noted = FORMATS.iter().filter(|format| unit_note(format, &of.0).is_some());
        noted.map(|format| format.name).collect()
    };
    assert_eq!(noted(&of), ["chrome", "firefox", "callgrind", "pstats"]);
    assert_eq!(noted(&orders()), ["callgrind", "pstats"], "calls are never counted");
}

#[test]
fn what_is_not_known_is_not_told() {
    let of = untimed();
    let recording = &json("json", &of)["profile"];
    for key in ["seconds", "rate_hz", "missed", "torn", "unreadable", "truncated"] {
        assert_eq!(recording[key], Value::Null, "{key}");
    }
    for name in ["flamegraph", "html", "text", "markdown", "junit"] {
        let text = as_text(name, &of, &View::default());
        for zero in ["0.00 s", "0 Hz", "0 missed", "0 torn", "0 sweeps", "time=\"0.000\""] {
            assert!(!text.contains(zero), "{name}: {zero}");
        }
    }
}
