//! How long an event loop is kept.

use super::support::recording::{record, record_with};
use super::support::{interpreters, newest_with_columns};

#[test]
fn steps_that_keep_the_loop_are_timed_and_those_that_give_it_back_are_not() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let program = |step: &str| {
            format!(
                "import asyncio, time
END = time.monotonic() + 1.5
def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end: pass
async def polite():
    while time.monotonic() < END:
        spin(0.003)
        await asyncio.sleep(0)
async def rude():
    while time.monotonic() < END:
        {step}
        await asyncio.sleep(0.02)
async def main():
    await asyncio.gather(polite(), polite(), rude())
asyncio.run(main())
"
            )
        };
        let stalls = |step: &str| {
            let recording = record(python, 500, &["-c", &program(step)]);
            recording.findings["event_loop"].clone()
        };
        let kept = stalls("time.sleep(0.1)");
        println!("{python:?}: {kept}");
        assert_eq!(kept["coroutine"], "rude", "{python:?}: {kept}");
        let longest = kept["longest"].as_f64().expect("a number");
        assert!((0.07..0.4).contains(&longest), "{python:?}: {kept}");
        assert!(kept["stalls"].as_u64().is_some_and(|it| it >= 4), "{python:?}: {kept}");
        // A busy machine may hold up a polite step, but not most of a hundred.
        let given_back = stalls("pass");
        let few = given_back["stalls"].as_u64().is_none_or(|stalls| stalls < 40);
        assert!(few, "{python:?}: {given_back}");
    }
}

#[test]
fn tasks_that_are_not_done_are_counted() {
    let program = "import asyncio
async def wait(): await asyncio.sleep(2.5)
async def done(): pass
async def main():
    held = [asyncio.create_task(done()) for _ in range(40)]
    await asyncio.gather(*(wait() for _ in range(1000)))
asyncio.run(main())
";
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let recording = record(python, 100, &["-c", program]);
        let [runtime] = recording.profile.runtimes[..] else { panic!("{python:?}") };
        println!("{python:?}: {runtime:?}");
        let tasks = runtime.tasks.expect("they were counted");
        assert!((950..1_050).contains(&tasks), "{python:?}: {tasks}");
    }
}

#[test]
fn the_garbage_collector_is_asked_for_its_thresholds() {
    let program = "import gc, time
gc.set_threshold(1234, 17, 9)
time.sleep(1.5)
";
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let recording = record(python, 100, &["-c", program]);
        let [runtime] = recording.profile.runtimes[..] else { panic!("{python:?}") };
        println!("{python:?}: {runtime:?}");
        let collector = runtime.collector.expect("it was asked");
        assert_eq!(collector.thresholds, [1234, 17, 9], "{python:?}");
        assert!(collector.counts[0] < 10_000, "{python:?}");
    }
}

#[test]
fn time_in_tasks_is_told_by_task() {
    let program = "import asyncio, time
END = time.monotonic() + 2
async def shared(n):
    while time.monotonic() < END:
        sum(i * i for i in range(n))
        await asyncio.sleep(0)
async def main():
    hog = asyncio.create_task(shared(20000), name='hog')
    light = asyncio.create_task(shared(4000), name='light')
    await asyncio.gather(hog, light)
asyncio.run(main())
";
    let Some(python) = newest_with_columns() else { return };
    let report = record_with(&["--async"], &python, 200, &["-c", program]).report();
    let (_, tasks) = report.split_once("asyncio tasks (share of these samples)").expect(&report);
    let place = |name| tasks.find(name).unwrap_or_else(|| panic!("no {name}: {report}"));
    assert!(place("hog") < place("light"), "{report}");
}
