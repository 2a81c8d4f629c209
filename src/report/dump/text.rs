//! A dump to be read: a thread after the other, its innermost frame first.

use advisors::Python;
use unicode_width::UnicodeWidthStr;

use super::{Input, frame_name, state_words, tasks, values};
use crate::limits;
use crate::profile::Profile;
use crate::report::text::style::{Style, source_line, window};
use crate::report::{names, numbers};
use crate::sample::dump::{Dump, Local, Locals, Thread};
use crate::sample::{FRAMES_LEFT_OUT, Frame};
use crate::text::Untrusted;

/// Blanks before a frame.
const INDENT: &str = "  ";

/// Columns that a frame's name may take before its excerpt; a longer name pushes it on.
const NAME_COLUMNS: usize = 48;

/// An excerpt that would have fewer columns is left out.
const LEAST_EXCERPT: usize = 12;

pub(super) fn render(input: &Input<'_>) -> Vec<u8> {
    let style = Style { color: input.color };
    let profile = input.profile();
    let mut sections = vec![headline(input, &profile, style)];
    let several = input.dump.threads.iter().any(|thread| thread.interpreter != 0);
    for thread in &input.dump.threads {
        let mut lines = vec![heading(thread, input.dump, several, style)];
        lines.extend(thread_stack(input, &profile, thread, style));
        sections.push(lines);
    }
    sections.extend(tasks::sections(input, &profile, style));
    sections.push(losses(input));
    sections.retain(|section| !section.is_empty());
    let text: Vec<String> = sections.iter().map(|lines| lines.join("\n")).collect();
    format!("{}\n", text.join("\n\n")).into_bytes()
}

/// `etl.py, CPython 3.13.0, pid 4242: 3 threads`
fn headline(input: &Input<'_>, profile: &Profile, style: Style) -> Vec<String> {
    let program = names::program(&profile.target).terminal();
    let threads = numbers::count(input.dump.threads.len() as u64, "thread");
    let halted = if input.dump.halted { ", stopped by a signal or a debugger" } else { "" };
    let line = format!("{}: {threads}{halted}", names::headline(&profile.target).terminal());
    vec![match line.strip_prefix(&program) {
        Some(rest) => style.strong(&program) + rest,
        None => line,
    }]
}

/// `thread 4243 (loader): waiting, holds the GIL`
fn heading(thread: &Thread, dump: &Dump, several_interpreters: bool, style: Style) -> String {
    let id = thread.sample.thread;
    let name = thread.name.as_ref().filter(|name| !name.is_empty());
    let name = name.map_or("no name".to_owned(), Untrusted::terminal);
    let interpreter = match thread.interpreter {
        _ if !several_interpreters => String::new(),
        0 => " in the main interpreter".to_owned(),
        number => format!(" in interpreter {number}"),
    };
    let mut states = state_words(thread.sample.state, dump.halted).join(", ");
    match &thread.sample.task {
        Some(task) => states += &format!(", in {}", names::task(task).terminal()),
        None if thread.event_loop && dump.tasks.is_none() => {
            states += ", runs an event loop, whose tasks are not read from this Python";
        }
        None if thread.event_loop => states += ", between asyncio tasks",
        None => {}
    }
    format!("{}{interpreter}: {states}", style.strong(&format!("thread {id} ({name})")))
}

/// The frames of a thread, its variables among them.
fn thread_stack(
    input: &Input<'_>,
    profile: &Profile,
    thread: &Thread,
    style: Style,
) -> Vec<String> {
    let mut lines = stack(input, profile, &thread.sample.frames, &thread.locals, style);
    let says_so = |frame: &Frame| frame.code.name.data() == FRAMES_LEFT_OUT;
    if thread.sample.truncated && !thread.sample.frames.iter().any(says_so) {
        lines.push(style.faint(&format!("{INDENT}… and the frames that called these")));
    }
    lines
}

/// The frames, a run of equal ones as two lines.
pub(super) fn stack(
    input: &Input<'_>,
    profile: &Profile,
    frames: &[Frame],
    locals: &[Option<Locals>],
    style: Style,
) -> Vec<String> {
    let same = |a: &Frame, b: &Frame| a.place == b.place && a.code == b.code;
    let runs: Vec<&[Frame]> = frames.chunk_by(same).collect();
    let shown: Vec<String> =
        runs.iter().map(|run| frame_name(profile, &run[0]).terminal()).collect();
    let fitting = shown.iter().map(|name| name.width()).filter(|&width| width <= NAME_COLUMNS);
    let column = fitting.max().unwrap_or(0);
    let mut lines = Vec::new();
    let mut depth = 0;
    for (run, name) in runs.iter().zip(shown) {
        let excerpt = input.excerpt(&run[0]).map(|text| source_line(text.data()));
        lines.push(frame_line(&name, excerpt.as_deref(), column, input.width, style));
        let locals = locals.get(depth).and_then(Option::as_ref);
        if let Some(Locals { shown, left_out }) = locals {
            lines.extend(shown.iter().map(|local| variable(local, input.width, style)));
            lines.extend((*left_out > 0).then(|| more_variables(*left_out as u64, style)));
        }
        depth += run.len();
        if run.len() > 1 {
            let more = numbers::thousands(run.len() as u64 - 1);
            lines.push(style.faint(&format!("{INDENT}… and {more} more of the same")));
        }
    }
    lines
}

fn frame_line(
    name: &str,
    excerpt: Option<&str>,
    column: usize,
    width: usize,
    style: Style,
) -> String {
    let start = INDENT.len() + column.max(name.width()) + 2;
    let room = width.saturating_sub(start);
    match excerpt {
        Some(excerpt) if room >= LEAST_EXCERPT => {
            let blanks = " ".repeat(column.saturating_sub(name.width()) + 2);
            format!("{INDENT}{name}{blanks}{}", style.faint(&window(excerpt, 0, room)))
        }
        _ => format!("{INDENT}{name}"),
    }
}

fn more_variables(number: u64, style: Style) -> String {
    let variables = numbers::count(number, "more variable");
    style.faint(&format!("{INDENT}{INDENT}{INDENT}… and {variables}"))
}

/// `seen: list of 48,213 = [1, 2, …]`
fn variable(local: &Local, width: usize, style: Style) -> String {
    let Local { name, value } = local;
    let kind = values::kind(value).map(|kind| format!(": {kind}"));
    let literal = values::literal(value).map(|literal| format!(" = {literal}"));
    let rest = match (kind, literal) {
        (None, None) => " = ?".to_owned(),
        (kind, literal) => kind.unwrap_or_default() + &literal.unwrap_or_default(),
    };
    let (name, rest) = (name.terminal(), Untrusted::new(rest).terminal());
    let room = width.saturating_sub(2 * INDENT.len() + INDENT.len() + name.width());
    format!(
        "{INDENT}{INDENT}{INDENT}{name}{}",
        style.faint(&window(&rest, 0, room.max(LEAST_EXCERPT)))
    )
}

/// That variables are not shown, of anything or of the outer frames.
fn lacking_variables(input: &Input<'_>) -> Option<String> {
    let dump = input.dump;
    if dump.lacks_variables {
        let python = dump.interpreter.python.described();
        return Some(format!("Variables are not shown: they are not read of {python}."));
    }
    let shown =
        |thread: &Thread| thread.locals.iter().flatten().map(|it| it.shown.len()).sum::<usize>();
    let all: usize = dump.threads.iter().map(shown).sum();
    let lacks_some = |thread: &Thread| thread.locals.len() < thread.sample.frames.len();
    (all >= limits::DUMPED_LOCALS && dump.threads.iter().any(lacks_some)).then(|| {
        let most = numbers::thousands(limits::DUMPED_LOCALS as u64);
        format!("Variables of further frames are not shown: a dump shows {most} at most.")
    })
}

fn too_deep(number: u32, python: Option<Python>) -> String {
    let threads = match number {
        1 => "1 thread is not shown: its stack has".to_owned(),
        number => format!("{number} threads are not shown: their stacks have"),
    };
    let version = python.map_or_else(String::new, |python| format!(" {python}"));
    format!(
        "{threads} more than the {} frames that can be read of CPython{version}; of 3.11 and later \
         all can.",
        numbers::thousands(limits::PYSPY_FRAMES as u64)
    )
}

fn losses(input: &Input<'_>) -> Vec<String> {
    let lost = match input.dump.lost {
        0 => None,
        1 => Some("1 thread changed too fast to be read; dump again.".to_owned()),
        lost => Some(format!("{lost} threads changed too fast to be read; dump again.")),
    };
    let left_out = match input.dump.left_out {
        0 => None,
        left_out => Some(format!("{left_out} threads more are not shown: there are too many.")),
    };
    let too_deep = match input.dump.too_deep {
        0 => None,
        number => Some(too_deep(number, input.target.python)),
    };
    let unasked = match input.dump.unasked {
        0 => None,
        1 => Some("1 thread is not shown".to_owned()),
        number => Some(format!("{number} threads are not shown")),
    };
    let unasked = unasked.map(|threads| {
        format!("{threads}: unslow may not open more files; allow it with: ulimit -n 1024.")
    });
    let lost = lost.into_iter().chain(left_out).chain(too_deep).chain(unasked);
    lost.chain(lacking_variables(input)).collect()
}
