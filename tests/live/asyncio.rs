//! Which asyncio task a thread is in.

use std::collections::HashMap;
use std::time::Duration;

use unslow::sample::Sample;

use crate::support::{Target, interpreters, names, sweeps};

const READY: &str = "import asyncio, sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

fn task(sample: &Sample) -> Option<(Option<&str>, &str)> {
    let task = sample.task.as_deref()?;
    Some((task.name.as_ref().map(|name| name.data()), task.coroutine.data()))
}

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
        while True: await inner(20000)
async def nameless():
    while True: await inner(20000)
async def main():
    def call():
        spin(20000)
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
                // A task's first step, and its last.
                () if runs("main") && !runs("main.<locals>.call") => Some((None, "main")),
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
            assert!(count > 100, "{python:?}: {wanted:?}: {seen:?}");
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
