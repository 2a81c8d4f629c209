//! Recursion up to far beyond the frames that are kept.

use std::time::Duration;

use unslow::limits::FRAMES;
use unslow::sample::{FRAMES_LEFT_OUT, Sample, TOO_FAST};

use crate::support::{Interpreter, Target, names, sample_where};
use crate::tally::walked;

/// Functions that the recursion goes through in turn.
const FUNCTIONS: usize = 97;
const SWEEPS: usize = 60;

#[test]
fn recursion_within_the_bound_is_whole() {
    for python in walked() {
        for depth in [100, 4_000] {
            assert_seen_truly(python, depth);
        }
    }
}

#[test]
fn recursion_beyond_the_bound_has_both_its_ends() {
    for python in walked() {
        for depth in [5_000, 100_000] {
            assert_seen_truly(python, depth);
        }
    }
}

#[test]
fn recursion_that_is_a_mistake_holds_up_nobody() {
    if let Some(python) = walked().last() {
        assert_seen_truly(python, 300_000);
    }
}

fn assert_seen_truly(python: &Interpreter, depth: usize) {
    let source = include_str!("programs/deep.py").replace("DEPTH", &depth.to_string());
    let target = Target::start(python, &source);
    let mut sampler = target.attach();
    sample_where(&mut sampler, |sample| names(sample).contains(&"bottom"));
    let (mut deep, mut others, mut torn) = (0, 0, 0);
    for _ in 0..SWEEPS {
        std::thread::sleep(Duration::from_micros(200));
        let sweep = sampler.sweep().expect("the target is alive");
        assert_eq!(sweep.samples.len() + (sweep.torn + sweep.unreadable) as usize, 2);
        torn += sweep.torn;
        for sample in &sweep.samples {
            if names(sample).contains(&"spin") {
                assert!(!sample.truncated, "{python:?}");
                others += 1;
            } else {
                assert_true(python, depth, sample);
                deep += 1;
            }
        }
    }
    let (major, minor) = python.version;
    println!(
        "{major}.{minor} depth {depth:>6}: {SWEEPS} sweeps: {deep} samples, {others} of the other thread, {torn} torn"
    );
    assert_eq!(others, SWEEPS, "{python:?}: the other thread is never lost");
    assert!(deep * 2 > SWEEPS, "{python:?}: {torn} torn");
}

fn assert_true(python: &Interpreter, depth: usize, sample: &Sample) {
    let mut names = names(sample);
    let shown = |names: &[&str]| {
        format!(
            "{python:?}, {depth} deep, {} frames: {:?} ... {:?}",
            names.len(),
            &names[..3],
            &names[names.len() - 3..]
        )
    };
    // What `bottom` calls is over as soon as it began.
    for short in [&[TOO_FAST][..], &["leaf_a", "leaf_b"]] {
        names.pop_if(|name| short.contains(name));
    }
    assert_eq!(names.pop(), Some("bottom"), "{}", shown(&names));
    let step = |number: usize| format!("step_{}", number % FUNCTIONS);
    let gap = names.iter().position(|&name| name == FRAMES_LEFT_OUT);
    let (outer, inner) = names.split_at(gap.unwrap_or(names.len()));
    let inner = inner.get(1..).unwrap_or(&[]);
    assert_eq!(outer[0], "<module>", "{}", shown(&names));
    let outer_is_right = outer[1..].iter().enumerate().all(|(at, name)| *name == step(at));
    assert!(outer_is_right, "{}", shown(&names));
    let inner_is_right =
        inner.iter().rev().enumerate().all(|(at, name)| *name == step(depth - 1 - at));
    assert!(inner_is_right, "{}", shown(&names));
    assert_eq!(sample.truncated, gap.is_some(), "{}", shown(&names));
    if depth + 3 < FRAMES {
        assert_eq!((gap, outer.len()), (None, depth + 1), "{}", shown(&names));
    } else {
        // One may be not Python's own, or called while the others were read.
        assert!((FRAMES - 2..=FRAMES).contains(&sample.frames.len()), "{}", shown(&names));
        assert!(outer.len() > FRAMES / 8 && inner.len() > FRAMES / 8, "{}", shown(&names));
    }
}
