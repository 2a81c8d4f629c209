//! Profiles whose pages are opened.

use std::sync::Arc;

use advisors::Place;
use unslow::advise::{Advice, SourceText};
use unslow::profile::{Count, Location, Profile, Stack, Thread};
use unslow::sample::{Code, State, Task};

use crate::fixture::{self, BUSY, text};

const COLLECTS: State = State { collects: true, ..BUSY };

/// The orders with their source, and with a task, garbage and a second process.
pub(crate) fn orders() -> (Profile, Advice) {
    let (mut profile, mut advice) = fixture::orders();
    profile.threads.push(Thread { pid: 4300, tid: 4300, name: Some(text("worker")) });
    profile.tasks.push(Task { name: Some(text("loader")), coroutine: text("load") });
    let like = profile.counts[0];
    profile.counts.push(Count { thread: 2, samples: 100, ..like });
    profile.counts.push(Count { stack: 1, state: COLLECTS, samples: 40, ..like });
    profile.counts.push(Count { stack: 1, task: Some(0), samples: 20, ..like });
    let source = advice.findings[0].source.clone();
    advice.texts = vec![SourceText { file: text("/srv/shop/orders.py"), text: source }];
    (profile, advice)
}

/// The orders below more calls than are in sight at once, the outermost of them in another file.
pub(crate) fn deep() -> (Profile, Advice) {
    let (mut profile, mut advice) = orders();
    let first = profile.locations.len() as u32;
    let outer = first..first + 40;
    profile.locations.extend(outer.clone().map(location));
    for stack in &mut profile.stacks {
        stack.locations.extend(outer.clone());
    }
    let file = profile.locations[first as usize].code.file.clone();
    advice.texts.insert(0, SourceText { file, text: text(&"call()\n".repeat(60)) });
    (profile, advice)
}

/// Fifty functions that call ten each, none of which takes much.
pub(crate) fn wide() -> (Profile, Advice) {
    let (mut profile, advice) = many(1);
    profile.locations = (0..551).map(location).collect();
    profile.stacks =
        (0..500).map(|job| Stack { locations: vec![51 + job, 1 + job % 50, 0] }).collect();
    let like = profile.counts[0];
    profile.counts = (0..500).map(|stack| Count { stack, samples: 2, ..like }).collect();
    (profile, advice)
}

/// The same, with what ran when, garbage in the middle and some rare stacks.
pub(crate) fn in_order() -> (Profile, Advice) {
    let (mut profile, advice) = fixture::in_order(orders());
    let parts = &mut profile.timeline.as_mut().expect("an order").slices[45].parts;
    for part in parts.iter_mut().filter(|part| part.thread == 0) {
        part.stack = None;
    }
    (profile, advice)
}

/// Every text is hostile, those of the sources too.
pub(crate) fn hostile() -> (Profile, Advice) {
    let (profile, mut advice) = fixture::in_order(fixture::hostile());
    let source = advice.findings[0].source.clone();
    let files = profile.locations.iter().map(|location| location.code.file.clone());
    advice.texts = files.map(|file| SourceText { file, text: source.clone() }).collect();
    (profile, advice)
}

/// The orders before and after: the search is gone through quickly, `render` takes longer, and what
/// the package's codec did is gone.
pub(crate) fn before_and_after() -> [Profile; 2] {
    let (before, _) = fixture::orders();
    let mut after = before.clone();
    let busy = |profile: &Profile| {
        profile.counts.iter().filter(|it| it.thread == 0).map(|it| it.samples).sum::<u64>()
    };
    after.counts[0].samples = 20;
    after.counts[1].samples = 0;
    after.counts[3].samples = 900;
    after.counts[5].samples = 0;
    after.timing.sweeps = before.timing.sweeps + busy(&after) - busy(&before);
    after.timing.seconds = before.timing.sample_seconds() * after.timing.sweeps as f64;
    [before, after]
}

/// Every text is hostile, some are gone and some new.
pub(crate) fn hostile_before_and_after() -> [Profile; 2] {
    let (before, _) = fixture::hostile();
    let mut after = before.clone();
    for (count, part) in after.counts.iter_mut().zip((0..4).cycle()) {
        count.samples *= part * 40;
    }
    [before, after]
}

/// So many stacks that have nothing in common, 30 to 74 frames deep, of 20,000 functions; every tenth
/// was seen more often.
pub(crate) fn unrelated(stacks: u32) -> (Profile, Advice) {
    let (mut profile, advice) = many(1);
    let like = profile.counts[0];
    profile.locations = (0..20_000).map(location).collect();
    let mut random = random();
    let mut stack = || (0..30 + random(45)).map(|_| random(20_000)).collect();
    profile.stacks = (0..stacks).map(|_| Stack { locations: stack() }).collect();
    let samples = |stack| if stack % 10 == 0 { 11 } else { 1 };
    let count = |stack| Count { stack, samples: samples(stack), ..like };
    profile.counts = (0..stacks).map(count).collect();
    (profile, advice)
}

fn location(number: u32) -> Location {
    let code = Code {
        name: text(&format!("function_{number}")),
        file: text(&format!("/srv/shop/m{}.py", number % 97)),
        first_line: 1,
    };
    let place = Place { line: number + 1, end_line: number + 1, columns: Some((4, 20)) };
    Location { code: Arc::new(code), place }
}

/// Numbers below another that look random and are the same every time.
fn random() -> impl FnMut(u32) -> u32 {
    let mut seed = 1_u32;
    move |below| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    }
}

/// So many distinct stacks, 12 to 40 frames deep, of 5,000 functions.
pub(crate) fn many(stacks: u32) -> (Profile, Advice) {
    let (mut profile, advice) = fixture::orders();
    profile.locations = (0..5_000).map(location).collect();
    let mut random = random();
    let mut stack = |number: u32| {
        // Neighbours share their outer frames, as real stacks do; the number makes each another.
        let outer = (0..6).map(|depth| (number / 7_u32.pow(6 - depth)) % 4_000 + depth);
        let inner: Vec<u32> = (0..4 + random(30)).map(|_| random(5_000)).collect();
        let own = [number % 5_000, number / 5_000];
        outer.chain(own).chain(inner).collect::<Vec<_>>().into_iter().rev().collect()
    };
    profile.stacks = (0..stacks).map(|number| Stack { locations: stack(number) }).collect();
    let like = profile.counts[0];
    profile.counts = (0..stacks).map(|stack| Count { stack, samples: 1, ..like }).collect();
    profile.operands.clear();
    profile.memory.clear();
    (profile, Advice { findings: Vec::new(), ..advice })
}
