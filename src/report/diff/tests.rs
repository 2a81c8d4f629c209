use std::sync::Arc;

use advisors::{Place, Python};

use super::*;
use crate::profile::source::fingerprint;
use crate::profile::{Count, ExpressionSeen, Process, SourceSeen, Stack, Target, Thread, Timing};
use crate::sample::{Code, State};
use crate::text::Untrusted;

/// An expression of a function, its line from the function's first, its text, and its samples.
pub(super) type Expression = (&'static str, u32, &'static str, u64);

/// A script of functions that `main` calls, each of which begins on its line.
pub(super) fn profile(
    directory: &str,
    first_line: u32,
    rate_hz: f64,
    hot: &[Expression],
) -> Profile {
    let file = Untrusted::new(format!("{directory}/etl.py"));
    let code = |name: &str, first_line| {
        Arc::new(Code { name: Untrusted::new(name), file: file.clone(), first_line })
    };
    let place = |line| Place { line, end_line: line, columns: Some((4, 9)) };
    let location = |code: Arc<Code>, line| crate::profile::Location { code, place: place(line) };
    let samples: u64 = hot.iter().map(|it| it.3).sum();
    let mut profile = Profile {
        target: Target { directory: Some(Untrusted::new(directory)), ..Target::default() },
        timing: Timing {
            seconds: samples as f64 / rate_hz,
            rate_hz,
            sweeps: samples,
            ..Timing::default()
        },
        threads: vec![Thread::default()],
        locations: vec![location(code("main", 1), 2)],
        ..Profile::default()
    };
    let mut expressions = Vec::new();
    for &(function, line, text, samples) in hot {
        let id = profile.locations.len() as u32;
        profile.locations.push(location(code(function, first_line), first_line + line));
        expressions.push(ExpressionSeen { location: id, fingerprint: fingerprint(text) });
        let stack = profile.stacks.len() as u32;
        profile.stacks.push(Stack { locations: vec![id, 0] });
        let state = State { on_cpu: true, ..State::default() };
        profile.counts.push(Count { stack, thread: 0, task: None, state, samples });
    }
    profile.sources = vec![SourceSeen { file, bytes: 0, checksum: 0, expressions }];
    profile
}

pub(super) fn compared(before: &Profile, after: &Profile, shares: bool) -> String {
    let view = View::default();
    let comparison = Comparison { before, after, view: &view, shares, all: false };
    String::from_utf8(table(&comparison).expect("samples")).expect("UTF-8")
}

pub(super) const HOT: &[Expression] = &[
    ("dedupe", 3, "x in seen", 800),
    ("dedupe", 4, "seen.append(x)", 100),
    ("parse", 2, "int(x)", 100),
];

#[test]
fn a_program_against_itself_shows_nothing() {
    let one = profile("/srv", 10, 100.0, HOT);
    let text = compared(&one, &one, false);
    assert!(text.contains("Nothing changed beyond noise."), "{text}");
    assert!(text.contains("Within noise: 3 expressions, 3 functions."), "{text}");
}

#[test]
fn expressions_are_found_again_by_their_text_elsewhere_and_at_another_rate() {
    let before = profile("/srv/old", 10, 100.0, HOT);
    // Ten lines further down, a line more before each, twice the rate: twice the samples.
    let moved: Vec<Expression> = HOT
        .iter()
        .map(|&(function, line, text, samples)| (function, line + 1, text, 2 * samples))
        .collect();
    let after = profile("/home/ci", 20, 200.0, &moved);
    assert!(compared(&before, &after, false).contains("Nothing changed beyond noise."));
}

#[test]
fn versions_that_may_be_the_same_are_no_change() {
    let of = |patch| {
        let mut profile = profile("/srv", 10, 100.0, HOT);
        profile.target.python = Some(Python { patch, ..Python::new(3, 13) });
        profile
    };
    assert!(!compared(&of(0), &of(Python::UNKNOWN_PATCH), false).contains("CPython"));
    assert!(compared(&of(0), &of(2), false).contains("CPython 3.13.0 before, 3.13.2 after"));
}

#[test]
fn what_changed_is_told_with_what_is_new_and_gone() {
    let before = profile("/srv", 10, 100.0, HOT);
    let after = profile(
        "/srv",
        10,
        100.0,
        &[
            ("dedupe", 3, "x in seen", 20),
            ("dedupe", 4, "seen.add(x)", 90),
            ("parse", 2, "int(x)", 104),
        ],
    );
    let text = compared(&before, &after, false);
    let expected = "\
python: 10.0 s before, 2.1 s after

Own time
before   after  change  expression
 8.0 s  0.20 s  -7.8 s  dedupe (etl.py:13:5-9)
 1.0 s       -    gone  dedupe (etl.py:14:5-9)
     -  0.90 s     new  dedupe (etl.py:14:5-9)

With what they call
before  after  change  function
 9.0 s  1.1 s  -7.9 s  dedupe (etl.py:10)
10.0 s  2.1 s  -7.9 s  main (etl.py:1)

Within noise: 1 expression, 1 function.
";
    assert_eq!(text, expected);
}

#[test]
fn seconds_that_are_of_several_at_once_are_said_to_be() {
    let both = |seconds| {
        let mut profile = profile("/srv", 10, 100.0, HOT);
        profile.timing.sweeps = 500;
        profile.timing.seconds = seconds;
        profile
    };
    let text = compared(&both(5.0), &both(5.0), false);
    let expected = "of their time together, 10.0 s\nbefore and 10.0 s after.";
    assert!(text.contains(expected), "{text}");
    assert!(!compared(&both(5.0), &both(5.0), true).contains("together"), "parts of it are");
}

#[test]
fn without_texts_expressions_are_found_by_their_place_in_the_function() {
    let without = |first_line| {
        let profile = profile("/srv", first_line, 100.0, HOT);
        Profile { sources: Vec::new(), ..profile }
    };
    assert!(compared(&without(10), &without(90), false).contains("Nothing changed beyond noise."));
    let with = profile("/srv", 10, 100.0, HOT);
    assert!(compared(&with, &without(90), false).contains("Nothing changed beyond noise."));
}

#[test]
fn shares_do_not_mind_how_long_was_recorded() {
    let short = profile("/srv", 10, 100.0, HOT);
    let long: Vec<Expression> =
        HOT.iter().map(|&(f, line, text, n)| (f, line, text, 3 * n)).collect();
    let long = profile("/srv", 10, 100.0, &long);
    assert!(!compared(&short, &long, false).contains("Nothing changed"));
    assert!(compared(&short, &long, true).contains("Nothing changed beyond noise."));
}

#[test]
fn one_recording_is_compared_with_the_mean_of_several() {
    let one = profile("/srv", 10, 100.0, HOT);
    let mut three = one.clone();
    three.append(one.clone()).expect("they go together");
    three.append(one.clone()).expect("they go together");
    for (before, after, told) in [
        (&one, &three, "Seconds are means: of 1 recording before, of 3 recordings after."),
        (&three, &one, "Seconds are means: of 3 recordings before, of 1 recording after."),
    ] {
        let text = compared(before, after, false);
        assert!(text.contains("10.0 s before, 10.0 s after") && text.contains(told), "{text}");
        assert!(text.contains("Nothing changed beyond noise."), "{text}");
    }
    let text = compared(&three, &three, false);
    assert!(text.contains("30.0 s before, 30.0 s after") && !text.contains("means"), "{text}");
}

#[test]
fn shares_are_of_the_same_on_both_sides() {
    let mostly_waiting = |at_once| {
        let mut profile = profile("/srv", 10, 100.0, HOT);
        profile.timing.sweeps *= 2;
        profile.timing.seconds *= 2.0;
        profile.timing.at_once = at_once;
        profile
    };
    let [alone, beside] = [0, 2_000].map(mostly_waiting);
    assert!(beside.is_parallel() && beside.run_samples() != alone.run_samples());
    assert!(compared(&alone, &beside, true).contains("Nothing changed beyond noise."));
    assert!(compared(&beside, &alone, true).contains("Nothing changed beyond noise."));
}

#[test]
fn what_other_tools_do_not_tell_of_waits_is_said() {
    let own = profile("/srv", 10, 100.0, HOT);
    let mut others = profile("/srv", 10, 100.0, HOT);
    others.timing.sweeps = 0;
    let says = |before, after| compared(before, after, true).contains("waited for a processor");
    assert!(says(&own, &others) && says(&others, &own) && !says(&own, &own));
}

#[test]
fn how_long_a_program_waited_is_told_where_that_is_not_compared() {
    let waiting = |seconds: f64| {
        let mut profile = profile("/srv", 10, 100.0, HOT);
        profile.timing.seconds += seconds;
        profile.timing.sweeps += (seconds * 100.0) as u64;
        profile
    };
    let text = compared(&waiting(4.0), &waiting(0.0), false);
    let told = "The program waited for 4.0 s before and for 0.00 s after, which is not compared here: -i \
                does.";
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(told), "{text}");
    assert!(!compared(&waiting(4.0), &waiting(4.2), false).contains("waited for"));
}

/// Samples as a sampler draws them: about as many as are expected, give or take their root.
fn drawn(random: &mut u64, expected: u64) -> u64 {
    let mut bits = 0;
    for _ in 0..expected * 4 {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        bits += u64::from(random.is_multiple_of(4));
    }
    bits
}

#[test]
fn chance_alone_is_hardly_ever_told() {
    let mut random = 0x9e37_79b9_7f4a_7c15;
    let texts = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut run = |slower: f64| {
        let hot: Vec<Expression> = texts
            .iter()
            .zip([400, 200, 100, 60, 30, 20, 10, 5])
            .map(|(&text, expected)| {
                (text, 1, text, drawn(&mut random, (f64::from(expected) * slower) as u64))
            })
            .collect();
        profile("/srv", 10, 100.0, &hot)
    };
    let told = (0..200)
        .filter(|_| !compared(&run(1.0), &run(1.04), false).contains("Nothing changed"))
        .count();
    assert!(told <= 6, "{told} of 200 pairs of the same program");
    let missed = (0..50)
        .filter(|_| compared(&run(1.0), &run(1.5), false).contains("Nothing changed"))
        .count();
    assert_eq!(missed, 0, "half as slow again is seen");
}

/// The same with a process that had a processor for so long.
fn working(profile: Profile, cpu_seconds: f64) -> Profile {
    let process = Process {
        observations: 1_001,
        last_seen: profile.timing.seconds,
        cpu_seconds,
        ..Process::default()
    };
    Profile { processes: vec![process], ..profile }
}

#[test]
fn time_in_which_others_had_the_processor_is_no_change() {
    let times = |factor: f64| {
        let times = |&(function, line, text, samples): &Expression| {
            (function, line, text, (samples as f64 * factor) as u64)
        };
        profile("/srv", 10, 100.0, &HOT.iter().map(times).collect::<Vec<_>>())
    };
    let alone = working(times(1.0), 10.0);
    let crowded = |factor, cpu_seconds| working(times(factor), cpu_seconds);
    // Four others on one processor: five times as long for the same work.
    let text = compared(&alone, &crowded(5.0, 10.0), false);
    assert!(text.contains("Nothing changed beyond noise."), "{text}");
    let said = "After: threads waited for a processor in 80 % of their busy time";
    assert!(text.contains(said) && !text.contains("Before: threads"), "{text}");
    let text = compared(&alone, &times(5.0), false);
    assert!(text.contains("dedupe (etl.py:13:5-9)"), "alone it is one: {text}");
    // Five times the work, and twice as long for it: more than can have been of waits at one place.
    let text = compared(&alone, &crowded(10.0, 50.0), false);
    assert!(text.contains("dedupe (etl.py:13:5-9)"), "{text}");
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("a change of up to 50.0 s at one place"), "{text}");
    assert!(!text.contains("parse"), "9 s more, of 50 s that were waited: {text}");
    // Half of the work, which took longer all the same: faster or slower, who knows.
    let text = compared(&alone, &crowded(2.5, 5.0), false);
    assert!(text.contains("Nothing changed beyond noise."), "{text}");
}

/// Others had the processor while one thing ran: the rest had it to itself.
#[test]
fn waits_may_all_be_at_one_place() {
    let with_burst = [
        ("dedupe", 3, "x in seen", 800),
        ("dedupe", 4, "seen.append(x)", 100),
        ("parse", 2, "int(x)", 700),
    ];
    for shares in [false, true] {
        let alone = working(profile("/srv", 10, 100.0, HOT), 10.0);
        let burst = working(profile("/srv", 10, 100.0, &with_burst), 10.0);
        for (before, after) in [(&alone, &burst), (&burst, &alone)] {
            let text = compared(before, after, shares);
            assert!(text.contains("Nothing changed beyond noise."), "{text}");
        }
        let worked = working(profile("/srv", 10, 100.0, &with_burst), 16.0);
        assert!(compared(&alone, &worked, shares).contains("parse"));
    }
}

fn pictured(before: &Profile, after: &Profile, shares: bool) -> String {
    let view = View::default();
    let comparison = Comparison { before, after, view: &view, shares, all: false };
    String::from_utf8(flamegraph(&comparison).expect("samples")).expect("UTF-8")
}

/// The fill of the first frame whose title starts so.
fn fill<'a>(svg: &'a str, name: &str) -> [u8; 3] {
    let title = svg.find(&format!("<title>{name}")).unwrap_or_else(|| panic!("{name}: {svg}"));
    let rest: &'a str = svg[title..].split_once("fill=\"rgb(").expect("a rectangle").1;
    let mut channels = rest.split(')').next().expect("a colour").split(',');
    [(); 3].map(|()| channels.next().and_then(|it| it.parse().ok()).expect("a channel"))
}

#[test]
fn the_picture_shows_what_takes_longer_red_what_less_blue_and_the_rest_grey() {
    let before = profile("/srv", 10, 100.0, HOT);
    let same = pictured(&before, &before, false);
    assert!(same.contains("nothing changed beyond noise"));
    let [red, green, blue] = fill(&same, "dedupe (etl.py:10)");
    assert!(red.abs_diff(green) < 8 && red.abs_diff(blue) < 8, "grey");
    let changed = [
        ("dedupe", 3, "x in seen", 100),
        ("dedupe", 4, "seen.append(x)", 100),
        ("fresh", 2, "sorted(x)", 300),
    ];
    let svg = pictured(&before, &profile("/srv", 10, 100.0, &changed), false);
    let [red, green, blue] = fill(&svg, "dedupe (etl.py:10): 9.0 s, now 2.0 s (");
    assert!(blue > red && blue > green, "less");
    let [red, green, blue] = fill(&svg, "fresh (etl.py:10): new, 3.0 s (3,000 ms at the most");
    assert!(red > green && red > blue, "more");
    let [red, _, blue] = fill(&svg, "parse (etl.py:10): gone, was 1.0 s (1,000 ms at the most");
    assert!(blue > red, "what is gone is kept");
    assert!(!svg.contains("nothing changed"));
}

#[test]
fn recordings_without_times_are_compared_by_their_parts() {
    let mut before = profile("/srv", 10, 100.0, HOT);
    before.timing = Timing::default();
    let text = compared(&before, &before, false);
    assert!(text.starts_with("python: 1,000 samples before, 1,000 samples after"), "{text}");
    assert!(pictured(&before, &before, false).contains("parts of the run"));
}
