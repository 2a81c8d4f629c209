//! Which asyncio task a thread is in.

use std::collections::HashMap;
use std::time::Duration;

use unslow::sample::dump::{Dump, TaskState};
use unslow::sample::{Frame, Sample, TaskStack};
use unslow::text::Untrusted;

use crate::dump::{dump_where, leaf, shown};
use crate::support::{Target, interpreters, names, sweeps};

const READY: &str = "import asyncio, sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

fn task(sample: &Sample) -> Option<(Option<&str>, &str)> {
    let task = sample.task.as_deref()?;
    Some((task.name.as_ref().map(|name| name.data()), task.coroutine.data()))
}

// Each turn is longer than the 5 ms after which a thread asks for the interpreter's lock: one that
// lets go of it more often, as a loop does when it looks for events, has taken it again before
// another wakes up, which may then wait for seconds.
#[test]
fn a_thread_is_told_by_the_task_that_it_is_in() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = format!(
            "{READY}
import threading
def spin(n):
    for i in range(n): pass
async def inner(n):
    spin(n)
    await asyncio.sleep(0)
class Shop:
    async def load(self):
        while True: await inner(2000000)
async def nameless():
    while True: await inner(2000000)
async def main():
    def call():
        spin(2000000)
        asyncio.get_running_loop().call_soon(call)
    call()
    asyncio.create_task(nameless())
    await asyncio.create_task(Shop().load(), name='loader')
def other():
    asyncio.run(Shop().load())
threading.Thread(target=other, daemon=True).start()
asyncio.run(main())
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 1500, Duration::from_millis(1));
        let mut seen: HashMap<(&str, Option<&str>), u32> = HashMap::new();
        for sample in sweeps.iter().flat_map(|sweep| &sweep.samples) {
            let names = names(sample);
            let runs = |name: &str| names.contains(&name);
            let expected = match () {
                () if runs("nameless") => Some((None, "nameless")),
                () if runs("Shop.load") && !runs("other") => Some((Some("loader"), "Shop.load")),
                () if runs("Shop.load") => Some((None, "Shop.load")),
                () if runs("main") => Some((None, "main")),
                () => None,
            };
            let told = task(sample);
            // A name that could not be read in time is left out, not made up.
            let is_right =
                told == expected || told == expected.map(|(_, coroutine)| (None, coroutine));
            assert!(is_right, "{python:?}: {told:?} in {names:?}");
            if let Some((name, coroutine)) = told {
                *seen.entry((coroutine, name)).or_default() += 1;
            }
        }
        println!("{python:?}: {seen:?}");
        for wanted in [("nameless", None), ("Shop.load", Some("loader")), ("Shop.load", None)] {
            let count = seen.get(&wanted).copied().unwrap_or(0);
            assert!(count > 10, "{python:?}: {wanted:?}: {seen:?}");
        }
    }
}

#[test]
fn tasks_that_follow_each_other_at_one_address_are_not_mixed_up() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = format!(
            "{READY}
def even():
    for i in range(30000): pass
def odd():
    for i in range(30000): pass
async def job(n):
    (even, odd)[n % 2]()
async def main():
    for n in range(10 ** 9):
        await asyncio.create_task(job(n), name=('job-even', 'job-odd')[n % 2] + str(n % 10 // 2))
asyncio.run(main())
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 2000, Duration::from_micros(500));
        let (mut right, mut wrong, mut nameless) = (0, 0, 0);
        for sample in sweeps.iter().flat_map(|sweep| &sweep.samples) {
            let leaf = sample.frames[0].code.name.data();
            if leaf != "even" && leaf != "odd" {
                continue;
            }
            match task(sample) {
                Some((Some(name), "job")) if name.starts_with(&format!("job-{leaf}")) => right += 1,
                Some((None, "job")) => nameless += 1,
                Some((Some(_), "job")) => wrong += 1,
                other => panic!("{python:?}: {other:?}"),
            }
        }
        println!("{python:?}: {right} right, {wrong} wrong, {nameless} without a name");
        // The stack is read before the name: now and then the next task has begun in between.
        assert!(right > 1000 && wrong * 100 <= right, "{python:?}: {right} right, {wrong} wrong");
    }
}

#[test]
fn generators_and_coroutines_outside_of_asyncio_are_in_no_task() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = format!(
            "{READY}
async def job():
    for i in range(1000): pass
def numbers():
    while True:
        try: job().send(None)
        except StopIteration: pass
        yield 1
for _ in numbers(): pass
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 200, Duration::from_millis(1));
        let mut samples = sweeps.iter().flat_map(|sweep| &sweep.samples);
        assert!(samples.clone().any(|sample| names(sample).contains(&"job")));
        assert!(samples.all(|sample| sample.task.is_none()), "{python:?}");
    }
}

const TASKS: &str = "
async def inner(n):
    await asyncio.sleep(n)
class Shop:
    async def load(self):
        await inner(1000)
async def numbers():
    while True:
        await asyncio.sleep(500)
        yield 1
async def loops():
    async for n in numbers(): pass
async def future():
    await asyncio.get_running_loop().create_future()
class Awaitable:
    def __await__(self):
        yield from asyncio.sleep(900).__await__()
async def custom():
    await Awaitable()
async def done(): pass
async def busy():
    print('ready', flush=True)
    while True: pass
async def main():
    loader = asyncio.create_task(Shop().load(), name='loader \\x1b[31m\\u202e')
    async def join(): await loader
    tasks = [asyncio.create_task(it) for it in (loops(), future(), custom(), done())]
    tasks.append(asyncio.create_task(join(), name='joiner'))
    await asyncio.sleep(0.05)
    tasks.append(asyncio.create_task(busy(), name='busy'))
    tasks.append(asyncio.create_task(done(), name='ready'))
    await asyncio.gather(*tasks)
asyncio.run(main())
";

#[test]
fn every_task_has_its_coroutines_and_what_it_waits_for() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let target = Target::start(python, &format!("import asyncio\n{TASKS}"));
        let dump = dump_where(&target, false, |dump| leaf(&dump.threads[0]) == "busy");
        let tasks = dump.tasks.as_ref().expect("a version whose tasks are known");
        let evil = "loader \x1b[31m\u{202e}";
        let waiting = |type_name: &str, task: Option<&str>| TaskState::Waiting {
            type_name: Untrusted::new(type_name),
            task: task.map(Untrusted::new),
        };
        let expected = [
            ("busy", Some("busy"), TaskState::Running, &["busy"][..]),
            ("done", Some("ready"), TaskState::Ready, &["done"]),
            ("Shop.load", Some(evil), waiting("Future", None), &["Shop.load", "inner", "sleep"]),
            ("custom", None, waiting("Future", None), &["custom", "Awaitable.__await__", "sleep"]),
            ("future", None, waiting("Future", None), &["future"]),
            ("loops", None, waiting("Future", None), &["loops", "numbers", "sleep"]),
            (
                "main.<locals>.join",
                Some("joiner"),
                waiting("Task", Some(evil)),
                &["main.<locals>.join"],
            ),
            ("main", None, waiting("_GatheringFuture", None), &["main"]),
        ];
        for (coroutine, name, state, frames) in &expected {
            let task = tasks.iter().find(|task| task.coroutine.data() == *coroutine);
            let task = task.unwrap_or_else(|| panic!("{python:?}: no {coroutine}: {tasks:?}"));
            let told = task.name.as_ref().map(|name| name.data()).expect("every task has a name");
            match name {
                Some(name) => assert_eq!(told, *name, "{python:?}"),
                None => assert!(told.starts_with("Task-"), "{python:?}: {told}"),
            }
            assert_eq!(task.state, *state, "{python:?}: {coroutine}");
            let found: Vec<&str> = task.frames.iter().rev().map(|f| f.code.name.data()).collect();
            assert_eq!(found, *frames, "{python:?}: {coroutine}");
        }
        assert_eq!(tasks.len(), expected.len(), "{python:?}: {tasks:?}");
        assert!(!dump.more_tasks && dump.threads[0].event_loop, "{python:?}");
        let load = tasks.iter().find(|task| task.coroutine.data() == "Shop.load").expect("above");
        // Counted with the lines put before the source.
        assert_eq!(load.frames[2].place.line, 8, "{python:?}");
        assert_eq!(load.frames[2].place.columns, Some((8, 25)), "{python:?}");
        let (text, json) = shown(&dump);
        assert!(text.contains(r"task loader \u{1b}[31m\u{202e} (Shop.load): waiting for a Future"));
        assert_eq!(json["tasks"][0]["state"], "running");
        assert!(tasks.iter().all(|task| task.locals.is_empty()), "not asked for");
    }
}

const FETCHES: &str = "
async def fetch(url, timeout):
    attempt = 3
    await asyncio.sleep(timeout)
async def main():
    fetches = [fetch('http://h/%d' % n, 800 + n) for n in range(2)]
    tasks = [asyncio.create_task(it) for it in fetches]
    await asyncio.sleep(0.05)
    print('ready', flush=True)
    await asyncio.gather(*tasks)
asyncio.run(main())
";

#[test]
fn a_task_that_waits_has_the_variables_of_its_coroutines() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let target = Target::start(python, &format!("import asyncio\n{FETCHES}"));
        let gathering =
            TaskState::Waiting { type_name: Untrusted::new("_GatheringFuture"), task: None };
        let is_waiting =
            |dump: &Dump| dump.tasks.iter().flatten().any(|task| task.state == gathering);
        let dump = dump_where(&target, true, is_waiting);
        let (text, json) = shown(&dump);
        for n in 0..2 {
            let url = format!("url: str of 10 = 'http://h/{n}'");
            let timeout = format!("timeout: int = {}", 800 + n);
            assert!(text.contains(&url) && text.contains(&timeout), "{python:?}: {text}");
        }
        assert!(text.contains("attempt: int = 3"), "{python:?}: {text}");
        let fetch = &json["tasks"][0];
        assert_eq!(fetch["coroutine"], "fetch", "{python:?}");
        let frames = fetch["frames"].as_array().expect("frames");
        let variables = &frames.last().expect("its coroutine")["locals"];
        assert_eq!(variables[0]["name"], "url", "{python:?}: {variables}");
    }
}

/// A loop that runs inside of a generator, and a task that another starts at once.
#[test]
fn a_task_is_told_wherever_its_loop_runs_and_however_it_began() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = format!(
            "{READY}
def spin(n):
    for i in range(n): pass
async def child():
    spin(200000)
async def parent():
    while True:
        await asyncio.create_task(child())
        spin(200000)
        await asyncio.sleep(0)
async def main():
    if sys.version_info >= (3, 12):
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    await asyncio.create_task(parent(), name='parent')
list(asyncio.run(main()) for _ in range(1))
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 1000, Duration::from_millis(1));
        let (mut right, mut wrong) = (0, 0);
        for sample in sweeps.iter().flat_map(|sweep| &sweep.samples) {
            let names = names(sample);
            let runs = |name: &str| names.contains(&name);
            if runs("spin") {
                let expected = if runs("child") { "child" } else { "parent" };
                let told = task(sample).map(|(_, coroutine)| coroutine);
                *if told == Some(expected) { &mut right } else { &mut wrong } += 1;
            }
        }
        println!("{python:?}: {right} right, {wrong} wrong");
        assert!(right > 200 && wrong * 100 <= right, "{python:?}: {right} right, {wrong} wrong");
    }
}

#[test]
fn very_many_tasks_are_cut() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = "
import asyncio
async def job(): await asyncio.sleep(1000)
async def main():
    tasks = [asyncio.create_task(job()) for _ in range(3000)]
    await asyncio.sleep(0)
    print('ready', flush=True)
    await asyncio.gather(*tasks)
asyncio.run(main())
";
        let target = Target::start(python, source);
        let dump = dump_where(&target, false, |dump| dump.more_tasks);
        let tasks = dump.tasks.as_ref().expect("a version whose tasks are known");
        assert_eq!(tasks.len(), unslow::limits::DUMPED_TASKS, "{python:?}");
        let (text, _) = shown(&dump);
        assert!(text.contains("asyncio tasks: 1,000 or more"), "{text}");
        assert!(text.lines().count() < 60, "alike tasks are told together: {text}");
    }
}

#[test]
fn a_program_without_asyncio_has_no_tasks() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source =
            "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\nwhile True: pass\n";
        let target = Target::start(python, source);
        let dump = dump_where(&target, false, |dump| dump.threads.len() == 1);
        assert!(!dump.threads[0].event_loop, "{python:?}");
        assert!(dump.tasks.unwrap_or_default().is_empty(), "{python:?}");
    }
}

#[test]
fn some_tasks_are_told_by_what_they_wait_for() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = format!(
            "{READY}
async def fetch():
    await asyncio.sleep(0.02)
async def worker():
    while True: await fetch()
async def main():
    tasks = [asyncio.create_task(worker()) for _ in range(99)]
    await asyncio.gather(*tasks)
asyncio.run(main())
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 400, Duration::from_millis(5));
        let looks: Vec<_> = sweeps.iter().filter_map(|sweep| sweep.tasks.as_ref()).collect();
        assert!(looks.len() >= 10, "{python:?}: {}", looks.len());
        assert!(looks.iter().any(|look| look.count == 100), "{python:?}: {looks:?}");
        let idle = looks.iter().filter(|look| !look.busy);
        let stacks: Vec<_> = idle.flat_map(|look| &look.stacks).filter(|it| it.waits).collect();
        let told = |stack: &TaskStack| -> Vec<(String, u32)> {
            let told = |frame: &Frame| (frame.code.name.data().to_owned(), frame.place.line);
            stack.frames.iter().map(told).collect()
        };
        let mut counts = HashMap::<Vec<(String, u32)>, usize>::new();
        for stack in &stacks {
            *counts.entry(told(stack)).or_default() += 1;
        }
        println!("{python:?}: {counts:?}");
        let waits = |(stack, _): &(&Vec<(String, u32)>, &usize)| {
            let names: Vec<&str> = stack.iter().map(|(name, _)| name.as_str()).collect();
            names == ["sleep", "fetch", "worker"] && (stack[1].1, stack[2].1) == (5, 7)
        };
        let right: usize = counts.iter().filter(waits).map(|(_, count)| count).sum();
        assert!(right > 100 && right * 10 > stacks.len() * 9, "{python:?}: {counts:?}");
    }
}
