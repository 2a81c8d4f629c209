//! Dumps built in code, as text and as JSON.

use std::sync::Arc;

use advisors::{Place, Python};
use unslow::profile::Target;
use unslow::report::dump::{Excerpts, Input, json, text};
use unslow::sample::dump::{
    Content, Dump, Local, Locals, Task as Listed, TaskState, Thread, Value,
};
use unslow::sample::{Code, Frame, Interpreter, Sample, State, Task};

use crate::fixture::{BUSY, IDLE, text as untrusted};
use crate::{check, is_dangerous, schema};

fn frame(name: &str, file: &str, line: u32, columns: Option<(u32, u32)>) -> Frame {
    let code = Code { name: untrusted(name), file: untrusted(file), first_line: line };
    Frame { code: Arc::new(code), place: Place { line, end_line: line, columns } }
}

fn thread(id: u32, name: &str, state: State, frames: Vec<Frame>) -> Thread {
    let sample = Sample::new(id, state, frames);
    Thread {
        name: Some(untrusted(name)),
        interpreter: 0,
        event_loop: false,
        sample,
        locals: Vec::new(),
    }
}

fn local(name: &str, type_name: &str, length: Option<u64>, content: Content) -> Local {
    let type_name = Some(untrusted(type_name));
    Local { name: untrusted(name), value: Value { type_name, length, footprint: None, content } }
}

fn locals(shown: Vec<Local>) -> Locals {
    Locals { shown, left_out: 0 }
}

fn number(number: i128) -> Option<Value> {
    Some(local("", "int", None, Content::Int(number)).value)
}

fn target() -> Target {
    Target {
        pid: 4242,
        command: ["python", "etl.py"].map(untrusted).to_vec(),
        directory: Some(untrusted("/srv/app")),
        assumed_directory: None,
        place_in_repository: None,
        python: Some(Python::new(3, 13)),
    }
}

fn dump(threads: Vec<Thread>, lost: u32) -> Dump {
    let python = Python::new(3, 13);
    let interpreter = Interpreter { pid: 4242, python, columns: true };
    Dump {
        interpreter,
        threads,
        tasks: None,
        more_tasks: false,
        lost,
        left_out: 0,
        too_deep: 0,
        unasked: 0,
        lacks_variables: false,
        halted: false,
    }
}

fn listed(name: &str, coroutine: &Frame, state: TaskState, inner: &[&Frame]) -> Listed {
    let frames = inner.iter().copied().chain([coroutine]).cloned().collect();
    let (name, coroutine) = (Some(untrusted(name)), coroutine.code.name.clone());
    Listed { name, coroutine, state, frames, locals: Vec::new() }
}

fn waiting(type_name: &str, task: Option<&str>) -> TaskState {
    TaskState::Waiting { type_name: untrusted(type_name), task: task.map(untrusted) }
}

fn orders() -> (Dump, Excerpts) {
    let lookup = frame("dedupe", "/srv/app/etl.py", 10, Some((11, 27)));
    let call = frame("<module>", "/srv/app/etl.py", 60, Some((0, 20)));
    let excerpts = [(&lookup, "order_id in seen"), (&call, "dedupe(load(path, …))")];
    let excerpts = excerpts.map(|(f, excerpt)| ((f.code.clone(), f.place), untrusted(excerpt)));
    let mut main = thread(4242, "MainThread", BUSY, vec![lookup, call]);
    let seen = Content::Elements(vec![number(1), None, number(3)]);
    main.locals = vec![
        Some(locals(vec![
            local("seen", "list", Some(48_213), seen),
            local("order", "Order", None, Content::Unseen),
        ])),
        None,
    ];
    main.sample.task =
        Some(Arc::new(Task { name: Some(untrusted("loader")), coroutine: untrusted("load") }));
    let down = frame("down", "/srv/app/walk.py", 7, Some((4, 15)));
    let mut frames = vec![frame("wait", "/usr/lib/python3.13/threading.py", 359, None)];
    frames.extend(std::iter::repeat_n(down, 3));
    let mut walker = thread(4250, "walker-1", IDLE, frames);
    walker.sample.truncated = true;
    walker.interpreter = 1;
    walker.event_loop = true;
    main.event_loop = true;
    let load = frame("load", "/srv/app/etl.py", 31, Some((4, 30)));
    let sleep = frame("sleep", "/usr/lib/python3.13/asyncio/tasks.py", 718, Some((15, 27)));
    let join = frame("join", "/srv/app/etl.py", 44, Some((4, 15)));
    let mut tasks = vec![
        listed("loader", &load, TaskState::Running, &[]),
        listed("Task-9", &join, TaskState::Ready, &[]),
        listed("joiner", &join, waiting("Task", Some("loader")), &[]),
        listed("w-1", &load, waiting("Future", None), &[&sleep]),
        listed("w-2", &load, waiting("Future", None), &[&sleep]),
        listed("w-3", &load, waiting("Future", None), &[&sleep]),
        listed("w-4", &load, waiting("Future", None), &[&sleep]),
    ];
    // Those of the others were beyond what a dump looks at.
    tasks[3].locals = vec![None, Some(locals(vec![local("url", "str", Some(9), Content::Unseen)]))];
    let dump = Dump { tasks: Some(tasks), more_tasks: true, ..dump(vec![main, walker], 2) };
    (dump, Excerpts::from(excerpts))
}

fn hostile() -> (Dump, Excerpts) {
    let evil = "\x1b]0;x\x07\u{202e}\n\"<b>'";
    let place = frame(evil, evil, u32::MAX, Some((u32::MAX, 0)));
    let key = (place.code.clone(), place.place);
    let mut thread = thread(0, evil, IDLE, vec![place]);
    let cut = Content::Text { start: untrusted(evil), cut: true };
    let shown = Content::Shown(untrusted(evil));
    thread.locals = vec![Some(locals(vec![
        local(evil, evil, Some(u64::MAX), cut),
        local(evil, evil, None, shown),
    ]))];
    let (name, coroutine) = (Some(untrusted(evil)), untrusted(evil));
    thread.sample.task = Some(Arc::new(Task { name, coroutine }));
    let place = &thread.sample.frames[0];
    let tasks = vec![
        listed(evil, place, waiting(evil, Some(evil)), &[place]),
        listed(evil, place, waiting(evil, None), &[]),
    ];
    let dump = Dump { tasks: Some(tasks), ..dump(vec![thread], 1) };
    (dump, Excerpts::from([(key, untrusted(evil))]))
}

fn input<'a>(of: &'a (Dump, Excerpts), target: &'a Target, color: bool, width: usize) -> Input<'a> {
    Input { dump: &of.0, target, excerpts: &of.1, color, width }
}

#[test]
fn dumps_are_as_expected() {
    let target = target();
    for (name, of) in
        [("orders", orders()), ("hostile", hostile()), ("none", (dump(vec![], 0), Excerpts::new()))]
    {
        let plain = input(&of, &target, false, 100);
        check(&format!("dump-{name}.txt"), &text(&plain));
        check(&format!("dump-{name}.json"), &json(&plain).expect("JSON"));
    }
    check("dump-orders-narrow.txt", &text(&input(&orders(), &target, true, 46)));
}

#[test]
fn dumps_keep_to_their_schema_and_say_nothing_raw() {
    let target = target();
    for of in [orders(), hostile()] {
        let plain = input(&of, &target, false, 100);
        let bytes = json(&plain).expect("JSON");
        let value = serde_json::from_slice(&bytes).expect("JSON");
        schema::check(include_str!("../../schemas/dump.json"), &value);
        for shown in [bytes, text(&plain)] {
            let shown = String::from_utf8(shown).expect("UTF-8");
            assert!(!shown.chars().any(is_dangerous), "{shown:?}");
        }
    }
}

#[test]
fn threads_that_could_not_be_asked_for_want_of_files_are_told_of() {
    let of = (Dump { unasked: 3, ..dump(vec![], 0) }, Excerpts::new());
    let target = target();
    let plain = input(&of, &target, false, 100);
    let told = String::from_utf8(text(&plain)).expect("text");
    let expected =
        "3 threads are not shown: unslow may not open more files; allow it with: ulimit -n 1024.";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn a_program_is_told_which_builds_are_experimental_or_untested() {
    let target = target();
    let builds = [(13, false, "tested"), (13, true, "experimental"), (16, false, "untested")];
    for (minor, free_threaded, support) in builds {
        let mut seen = dump(vec![], 0);
        seen.interpreter.python = Python { free_threaded, ..Python::new(3, minor) };
        let of = (seen, Excerpts::new());
        let json = json(&input(&of, &target, false, 100)).expect("JSON");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        schema::check(include_str!("../../schemas/dump.json"), &json);
        assert_eq!(json["target"]["free_threaded"], free_threaded);
        assert_eq!(json["target"]["support"], support);
    }
}

#[test]
fn variables_that_are_not_shown_are_told_of() {
    let target = target();
    let mut of = orders();
    of.0.threads[0].locals[0].as_mut().expect("variables").left_out = 4_744;
    let plain = input(&of, &target, false, 100);
    let told = String::from_utf8(text(&plain)).expect("text");
    assert!(told.contains("\n      … and 4,744 more variables\n"), "{told}");
    let told: serde_json::Value =
        serde_json::from_slice(&json(&plain).expect("JSON")).expect("JSON");
    assert_eq!(told["threads"][0]["frames"][0]["more_locals"], 4_744);
    let python = Python { free_threaded: true, ..Python::new(3, 13) };
    of.0 = Dump { lacks_variables: true, ..of.0 };
    of.0.interpreter.python = python;
    let told = String::from_utf8(text(&input(&of, &target, false, 100))).expect("text");
    let expected = "Variables are not shown: they are not read of CPython 3.13.0, free-threaded";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn threads_with_stacks_that_are_too_deep_are_told_of() {
    let target = Target { python: Some(Python::new(3, 10)), ..target() };
    for (too_deep, start) in [(1, "1 thread is not shown: its stack has"), (2, "2 threads are not")]
    {
        let of = (Dump { too_deep, ..dump(vec![], 1) }, Excerpts::new());
        let plain = input(&of, &target, false, 100);
        let told = String::from_utf8(text(&plain)).expect("text");
        assert!(told.contains(start) && told.contains("read of CPython 3.10.0; of 3.11"), "{told}");
        let told = String::from_utf8(json(&plain).expect("JSON")).expect("text");
        let value: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(
            (&value["lost"], &value["too_deep"]),
            (&(too_deep + 1).into(), &too_deep.into())
        );
    }
}
