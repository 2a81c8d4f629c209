//! Which stacks the programs can have.

use unslow::sample::{Frame, Sample};

use crate::flutter::{CALLS, GENERATORS};
use crate::support::{as_far_as_seen, names};

pub(super) fn calls(sample: &Sample) -> bool {
    (CALLS.is_possible)(&names(sample))
}

pub(super) fn generators(sample: &Sample) -> bool {
    (GENERATORS.is_possible)(&names(sample))
}

/// Each caller stands at the line that calls the function above it.
pub(super) fn tree(sample: &Sample) -> bool {
    let frames: Vec<&Frame> = sample.frames.iter().rev().collect();
    let is_node = |(level, frame): (usize, &&Frame)| {
        let name = frame.code.name.data();
        ["left", "right"].iter().any(|side| name == format!("{side}_{level}"))
    };
    let is_called = |pair: &[&Frame]| {
        let callee = pair[1].code.name.data();
        match pair[0].place.line.checked_sub(pair[0].code.first_line) {
            Some(1) => callee.starts_with("left"),
            Some(2) => callee.starts_with("right"),
            _ => false,
        }
    };
    frames.first().is_some_and(|frame| frame.code.name.data() == "<module>")
        && frames.get(1).is_none_or(|frame| frame.code.name.data() == "left_0")
        && frames[1..].iter().enumerate().all(is_node)
        && frames[1..].windows(2).all(is_called)
}

const LOOPS: &str = include_str!("programs/loops.py");

/// The function that a line of the program runs, by the arrow on it.
fn called_at(frame: &Frame) -> Option<&'static str> {
    // A coding line is put before every source.
    let line = LOOPS.lines().nth((frame.place.line as usize).checked_sub(2)?)?;
    Some(line.split_once("# -> ")?.1)
}

/// Each caller stands at the line that runs the function above it.
pub(super) fn loops(sample: &Sample) -> bool {
    let frames: Vec<&Frame> = sample.frames.iter().rev().collect();
    let runs = |pair: &[&Frame]| {
        let callee = pair[1].code.name.data();
        called_at(pair[0]) == callee.rsplit('.').next()
    };
    frames.first().is_some_and(|frame| frame.code.name.data() == "<module>")
        && frames.windows(2).all(runs)
}

/// Whether a stack that was not seen to its inner end is cut where something is called.
pub(super) fn is_cut_at_a_call(sample: &Sample) -> bool {
    let is_cut = as_far_as_seen(sample).frames.len() < sample.frames.len();
    !is_cut || sample.frames.get(1).is_some_and(|frame| called_at(frame).is_some())
}

/// Two functions in turn, however deep.
pub(super) fn chunks(sample: &Sample) -> bool {
    let names = names(sample);
    let in_turn = ["even", "odd"].into_iter().cycle();
    names.first() == Some(&"<module>")
        && names.len() <= 1202
        && names[1..].iter().zip(in_turn).all(|(name, expected)| *name == expected)
}

pub(super) fn threads(sample: &Sample) -> bool {
    match own(sample)[..] {
        // What `threading` does before and after.
        [] => true,
        ["<module>", ref rest @ ..] => matches!(rest, [] | ["churn"]),
        ["work_a"] | ["work_b"] | ["work_a", "leaf_a"] | ["work_b", "leaf_b"] => true,
        _ => false,
    }
}

pub(super) fn coroutines(sample: &Sample) -> bool {
    let names = own(sample);
    let Some((&"<module>", rest)) = names.split_first() else { return false };
    let chain = |side| ["task", "outer", "inner", "leaf"].map(|part| format!("{part}_{side}"));
    rest == ["main"]
        || ["a", "b"].map(chain).iter().any(|chain| {
            rest.len() <= chain.len() && rest.iter().zip(chain).all(|(name, other)| name == other)
        })
}

/// Functions of the program itself, outermost first.
fn own(sample: &Sample) -> Vec<&str> {
    let is_own = |frame: &&Frame| frame.code.file.data().ends_with("/target.py");
    sample.frames.iter().rev().filter(is_own).map(|frame| frame.code.name.data()).collect()
}

/// A function that was made is named after its first line, and has one more.
pub(super) fn made(sample: &Sample) -> bool {
    let is_true = |frame: &&Frame| {
        let number = frame.code.name.data().strip_prefix("made_");
        number.is_none_or(|number| {
            let first = frame.code.first_line;
            number.parse() == Ok(first) && (first..=first + 1).contains(&frame.place.line)
        })
    };
    let frames: Vec<&Frame> = sample.frames.iter().rev().collect();
    let names: Vec<&str> = frames.iter().map(|frame| frame.code.name.data()).collect();
    let is_known = match names[..] {
        ["<module>"] | ["<module>", "churn"] | ["<module>", "churn", "<module>"] => true,
        ["<module>", "churn", name] => name.starts_with("made_"),
        _ => false,
    };
    is_known && frames.iter().all(is_true)
}

/// Of the functions of an interpreter, those of one only, called from where the main one runs it.
pub(super) fn interpreters(sample: &Sample) -> bool {
    let names = names(sample);
    let Some(host) = names.iter().position(|name| *name == "host") else {
        return matches!(names[..], ["<module>"] | ["<module>", "wait"]);
    };
    match names[host + 1..] {
        [] | ["<module>"] => true,
        ["<module>", sub] => sub.starts_with("sub_"),
        ["<module>", sub, leaf] => {
            sub.strip_prefix("sub_").is_some_and(|it| Some(it) == leaf.strip_prefix("leaf_"))
        }
        _ => false,
    }
}
