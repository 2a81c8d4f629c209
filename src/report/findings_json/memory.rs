//! What the findings' JSON says of memory.

use serde::Serialize;

use crate::profile::{Location, Profile};
use crate::report::containers::{Container, containers};
use crate::report::memory::{self, Grown, grown};

#[derive(Serialize)]
pub(super) struct MemorySeen<'a> {
    grown: Vec<GrownProcess<'a>>,
    containers: Vec<Large<'a>>,
}

/// A container at a hotspot, in bytes.
#[derive(Serialize)]
struct Large<'a> {
    expression: &'a str,
    r#type: &'a str,
    length: Option<u64>,
    path: &'a str,
    function: &'a str,
    line: u32,
    itself: u64,
    with_contents: u64,
}

#[derive(Serialize)]
struct GrownProcess<'a> {
    pid: u32,
    first: u64,
    last: u64,
    peak: u64,
    estimates: Vec<Estimate<'a>>,
}

/// A part of the growth; where what ran could not be seen, all but the bytes are null.
#[derive(Serialize)]
struct Estimate<'a> {
    bytes: u64,
    left: Option<u64>,
    path: Option<&'a str>,
    function: Option<&'a str>,
    line: Option<u32>,
    inside: Vec<Line<'a>>,
    called_from: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    function: &'a str,
    line: u32,
}

pub(super) fn memory(profile: &Profile) -> MemorySeen<'_> {
    let process = |grown: Grown<'_>| GrownProcess {
        pid: grown.memory.pid,
        first: grown.memory.first(),
        last: grown.memory.last(),
        peak: grown.memory.peak,
        estimates: grown.lines.iter().map(|line| estimate(profile, line)).collect(),
    };
    MemorySeen {
        grown: grown(profile).into_iter().map(process).collect(),
        containers: containers(profile).iter().map(large).collect(),
    }
}

fn large<'a>(container: &Container<'a>) -> Large<'a> {
    Large {
        expression: container.seen.expression.data(),
        r#type: container.seen.type_name.data(),
        length: container.length(),
        path: container.location.code.file.data(),
        function: container.location.code.name.data(),
        line: container.location.place.line,
        itself: container.footprint.shallow,
        with_contents: container.footprint.deep,
    }
}

fn estimate<'a>(profile: &'a Profile, line: &memory::Line) -> Estimate<'a> {
    let place = |id: u32| {
        let Location { code, place } = &profile.locations[id as usize];
        Line { path: code.file.data(), function: code.name.data(), line: place.line }
    };
    let places = |ids: &[u32]| ids.iter().map(|&id| place(id)).collect();
    let own = line.location.map(place);
    Estimate {
        bytes: line.bytes,
        left: line.left,
        path: own.as_ref().map(|own| own.path),
        function: own.as_ref().map(|own| own.function),
        line: own.as_ref().map(|own| own.line),
        inside: places(&line.inside),
        called_from: places(&line.callers),
    }
}
