//! A dump for programs: schema `unslow.dump/1`, published as `schemas/dump.json`.

use serde::Serialize;

use super::{Input, values};
use crate::report::{ReportError, json};
use crate::sample::dump::{Dump, Local, Locals, Task, TaskState, Thread};
use crate::sample::{Frame, State};
use crate::text::Untrusted;

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    target: Target<'a>,
    halted: bool,
    lost: u32,
    too_deep: u32,
    unasked: u32,
    lacks_variables: bool,
    threads: Vec<OneThread<'a>>,
    tasks: Option<Vec<OneTask<'a>>>,
    more_tasks: bool,
}

#[derive(Serialize)]
struct Target<'a> {
    pid: u32,
    command: Vec<&'a str>,
    directory: Option<&'a str>,
    python: String,
    free_threaded: bool,
    support: &'static str,
    columns: bool,
}

#[derive(Serialize)]
struct OneThread<'a> {
    id: u32,
    name: Option<&'a str>,
    interpreter: u32,
    state: Doing,
    event_loop: bool,
    task: Option<InTask<'a>>,
    truncated: bool,
    frames: Vec<OneFrame<'a>>,
}

#[derive(Serialize)]
struct Doing {
    on_cpu: bool,
    holds_gil: bool,
    waits_for_gil: bool,
    collects_garbage: bool,
    handles_exception: bool,
}

#[derive(Serialize)]
struct OneTask<'a> {
    name: Option<&'a str>,
    coroutine: &'a str,
    state: &'static str,
    waits_for: Option<WaitsFor<'a>>,
    frames: Vec<OneFrame<'a>>,
}

#[derive(Serialize)]
struct WaitsFor<'a> {
    r#type: &'a str,
    task: Option<&'a str>,
}

/// As tasks are told apart in a profile: without the number of a `Task-7`.
#[derive(Serialize)]
struct InTask<'a> {
    name: Option<&'a str>,
    coroutine: &'a str,
}

#[derive(Serialize)]
struct OneFrame<'a> {
    function: &'a str,
    path: &'a str,
    first_line: Option<u32>,
    line: u32,
    column: Option<u32>,
    end_line: u32,
    end_column: Option<u32>,
    text: Option<&'a str>,
    locals: Option<Vec<Variable<'a>>>,
    more_locals: u64,
}

#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    r#type: Option<&'a str>,
    length: Option<u64>,
    bytes: Option<u64>,
    deep_bytes: Option<u64>,
    value: Option<String>,
}

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let (interpreter, tasks) = (&input.dump.interpreter, input.dump.tasks.as_ref());
    json::pretty(&Report {
        schema: "unslow.dump/1",
        target: Target {
            pid: input.target.pid,
            command: input.target.command.iter().map(Untrusted::data).collect(),
            directory: input.target.directory.as_ref().map(Untrusted::data),
            python: interpreter.python.to_string(),
            free_threaded: interpreter.python.free_threaded,
            support: interpreter.python.support(),
            columns: interpreter.columns,
        },
        halted: input.dump.halted,
        lost: lost(input.dump),
        too_deep: input.dump.too_deep,
        unasked: input.dump.unasked,
        lacks_variables: input.dump.lacks_variables,
        threads: input.dump.threads.iter().map(|thread| one_thread(input, thread)).collect(),
        tasks: tasks.map(|tasks| tasks.iter().map(|task| one_task(input, task)).collect()),
        more_tasks: input.dump.more_tasks,
    })
}

fn lost(dump: &Dump) -> u32 {
    [dump.left_out, dump.too_deep, dump.unasked].into_iter().fold(dump.lost, u32::saturating_add)
}

fn one_thread<'a>(input: &Input<'a>, thread: &'a Thread) -> OneThread<'a> {
    let State { on_cpu, holds_gil, waits_for_gil, collects, handles_exception } =
        thread.sample.state;
    OneThread {
        id: thread.sample.thread,
        name: thread.name.as_ref().map(Untrusted::data),
        interpreter: thread.interpreter,
        state: Doing {
            on_cpu,
            holds_gil,
            waits_for_gil,
            collects_garbage: collects,
            handles_exception,
        },
        event_loop: thread.event_loop,
        task: thread.sample.task.as_ref().map(|task| InTask {
            name: task.name.as_ref().map(Untrusted::data),
            coroutine: task.coroutine.data(),
        }),
        truncated: thread.sample.truncated,
        frames: frames(input, &thread.sample.frames, &thread.locals),
    }
}

fn one_task<'a>(input: &Input<'a>, task: &'a Task) -> OneTask<'a> {
    let (state, waits_for) = match &task.state {
        TaskState::Running => ("running", None),
        TaskState::Ready => ("ready", None),
        TaskState::Waiting { type_name, task } => {
            let task = task.as_ref().map(Untrusted::data);
            ("waiting", Some(WaitsFor { r#type: type_name.data(), task }))
        }
    };
    OneTask {
        name: task.name.as_ref().map(Untrusted::data),
        coroutine: task.coroutine.data(),
        state,
        waits_for,
        frames: frames(input, &task.frames, &task.locals),
    }
}

fn frames<'a>(
    input: &Input<'a>,
    frames: &'a [Frame],
    locals: &'a [Option<Locals>],
) -> Vec<OneFrame<'a>> {
    let with_locals = |(depth, frame): (usize, &'a Frame)| {
        let locals = locals.get(depth).and_then(Option::as_ref);
        OneFrame {
            locals: locals.map(|locals| variables(&locals.shown)),
            more_locals: locals.map_or(0, |locals| locals.left_out as u64),
            ..one_frame(input, frame)
        }
    };
    frames.iter().enumerate().map(with_locals).collect()
}

fn variables(locals: &[Local]) -> Vec<Variable<'_>> {
    locals.iter().map(variable).collect()
}

fn variable(Local { name, value }: &Local) -> Variable<'_> {
    Variable {
        name: name.data(),
        r#type: value.type_name.as_ref().map(Untrusted::data),
        length: value.length,
        bytes: value.footprint.map(|it| it.shallow),
        deep_bytes: value.footprint.map(|it| it.deep),
        value: values::literal(value),
    }
}

fn one_frame<'a>(input: &Input<'a>, frame: &'a Frame) -> OneFrame<'a> {
    let place = frame.place;
    OneFrame {
        function: frame.code.name.data(),
        path: frame.code.file.data(),
        first_line: Some(frame.code.first_line).filter(|&line| line > 0),
        line: place.line,
        column: place.columns.map(|(start, _)| start),
        end_line: place.end_line,
        end_column: place.columns.map(|(_, end)| end),
        text: input.excerpts.get(&(frame.code.clone(), place)).map(Untrusted::data),
        locals: None,
        more_locals: 0,
    }
}
