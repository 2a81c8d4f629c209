//! The callgrind profile format, version 1 (valgrind.org/docs/manual/cl-format.html), for KCachegrind
//! and `callgrind_annotate`. Costs are the microseconds that the samples stand for, or samples where no time is told; how often a
//! function was called is not known to a sampler, so the samples stand in its place.

use std::fmt::Write;

use super::{Function, Graph};
use crate::profile::Profile;
use crate::report::{Input, ReportError, names};
use crate::text::Untrusted;

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let graph = Graph::of(input)?;
    let timing = &input.profile.timing;
    let unit = if timing.tells_time() { timing.sample_seconds() * 1e6 } else { 1.0 };
    let cost = |samples: u64| (samples as f64 * unit).round() as u64;
    let mut out = head(input.profile);
    let all: u64 = graph.functions.iter().map(Function::own_samples).sum();
    writeln!(out, "summary: {}", cost(all)).expect("text grows");
    // Every name is spelt out where it is used: readers differ in how they number them.
    for function in graph.functions.iter().filter(|function| function.total > 0) {
        write!(out, "\nfl={}\nfn={}\n", file(function), name(function)).expect("text grows");
        for (line, &samples) in &function.own {
            writeln!(out, "{line} {}", cost(samples)).expect("text grows");
        }
        for (&(line, callee), call) in &function.calls {
            let callee = &graph.functions[callee];
            let (file, name) = (file(callee), name(callee));
            let (first_line, samples) = (callee.code.first_line, call.total);
            write!(out, "cfi={file}\ncfn={name}\ncalls={samples} {first_line}\n")
                .expect("text grows");
            writeln!(out, "{line} {}", cost(samples)).expect("text grows");
        }
    }
    Ok(out.into_bytes())
}

fn head(profile: &Profile) -> String {
    let command: Vec<String> = profile.target.command.iter().map(Untrusted::terminal).collect();
    let (event, meaning) = match profile.timing.tells_time() {
        true => ("Time", "microseconds, from samples"),
        false => ("Samples", "samples; the recording tells no time"),
    };
    format!(
        "# callgrind format\nversion: 1\ncreator: unslow {}\npid: {}\ncmd: {}\n\
         positions: line\nevent: {event} : {meaning}\nevents: {event}\n",
        env!("CARGO_PKG_VERSION"),
        profile.target.pid,
        command.join(" "),
    )
}

/// A file by its whole name, so that a reader finds it. Names end at the line's; one that is numbered
/// begins with a bracket, which no name may then.
fn file(function: &Function<'_>) -> String {
    named(&function.code.file)
}

/// Functions of one name and file are kept apart by their line, which the format has no place for.
fn name(function: &Function<'_>) -> String {
    let name = named(&names::function(&function.code.name));
    match function.code.first_line {
        0 | 1 => name,
        line => format!("{name}:{line}"),
    }
}

fn named(name: &Untrusted) -> String {
    let name = name.terminal();
    match name.trim() {
        "" => "???".to_owned(),
        bracketed if bracketed.starts_with('(') => format!("_{bracketed}"),
        name => name.to_owned(),
    }
}
