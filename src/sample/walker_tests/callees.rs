//! What lies elsewhere than right behind its caller, or by way of something else.

use super::{
    CFRAME, CODE, FIRST, FUNCTION, INNER, NAME, STRAY, TABLE, frame, honest, names_now, put, sweep,
    wait, walker,
};
use crate::sample::batch::Batch;
use crate::sample::chain::{RawFrame, Views};
use crate::sample::code::CodeCache;
use crate::sample::composed::compose;
use crate::sample::fake::FakeMemory;
use crate::sample::layout::{OWNED_BY_GENERATOR, PYTHON_3_12, SHIMS};
use crate::sample::past::Past;
use crate::sample::sites::Call;
use crate::sample::snapshot::Snapshot;

/// `FOR_ITER` and its cache unit, where a frame stands that runs a generator.
const LOOP: [u8; 2] = [93, 0];
const GENERATOR: u64 = STRAY - 72;

/// A loop over a generator, that is at `unit` of its code.
fn driving(unit: u64) -> FakeMemory {
    let mut memory = honest();
    memory.put(CODE + 192, &LOOP);
    put(&mut memory, CFRAME, STRAY);
    frame(&mut memory, STRAY, FIRST, OWNED_BY_GENERATOR);
    wait(&mut memory, FIRST, 1, GENERATOR);
    put(&mut memory, FIRST + 56, CODE + 192 + 2 * unit);
    memory
}

#[test]
fn a_generator_may_lie_anywhere() {
    assert_eq!(sweep(driving(1)).samples[0].frames.len(), 2);
}

/// It is among its caller's values at any line of the loop.
#[test]
fn a_generator_runs_only_where_it_is_asked_for_the_next() {
    let sweep = sweep(driving(3));
    assert!(sweep.samples.iter().all(|sample| sample.frames.len() < 2), "{sweep:?}");
}

/// Of `_Py_InitCleanup`: three instructions, all of which are before the first that counts.
const CLEANUP: u64 = 0x53_000;

#[test]
fn between_a_class_and_its_init_stands_no_function() {
    const INIT: u64 = INNER + 100;
    let mut memory = honest();
    memory.map(CLEANUP, vec![0; 256]);
    put(&mut memory, CLEANUP + 16, 3);
    for pointer in [112, 120, 128] {
        put(&mut memory, CLEANUP + pointer, NAME);
    }
    put(&mut memory, CLEANUP + 136, TABLE);
    memory.put(CLEANUP + 176, &4_u32.to_le_bytes());
    frame(&mut memory, INNER, FIRST, 0);
    put(&mut memory, INNER, CLEANUP);
    put(&mut memory, INNER + 56, CLEANUP + 192);
    frame(&mut memory, INIT, INNER, 0);
    let class = FUNCTION + 64;
    wait(&mut memory, FIRST, 0, class);
    put(&mut memory, CFRAME, INIT);
    let mut walker = walker(memory);
    assert_eq!(names_now(&mut walker), ["work", "work"]);
    walker.memory_mut().put(FIRST + 64, &(-1_i32).to_le_bytes());
    assert_eq!(names_now(&mut walker), ["work"], "the caller runs: what is behind it is over");
}

/// Two moments: the loop asks, and its generator does not run yet; the generator runs, and the loop
/// is where it was copied shortly before.
#[test]
fn what_is_never_seen_together_is_composed() {
    let mut asking = driving(1);
    put(&mut asking, STRAY + 8, 0);
    let running = driving(3);
    let mut running_in_another = driving(3);
    put(&mut running_in_another, FIRST + 16, FUNCTION + 64);
    let mut codes = CodeCache::new();
    assert!(codes.load(&running, &PYTHON_3_12, CODE));
    let batches = [&running, &asking, &running_in_another].map(|memory| {
        let (mut batch, mut copy) = (Batch::default(), Snapshot::default());
        copy.add(&mut batch, FIRST, 400);
        batch.fence();
        copy.add(&mut batch, STRAY, 72);
        batch.run(memory).unwrap();
        (batch, copy)
    });
    let views: Vec<Views<'_>> = batches
        .iter()
        .map(|(batch, whole)| Views {
            layout: &PYTHON_3_12,
            batch,
            whole,
            base: None,
            root: None,
            steady: &[],
        })
        .collect();
    let frame = |address, view: usize| {
        let header = views[view].header(address).unwrap();
        RawFrame { address, header, is_late: false }
    };
    let base = [frame(FIRST, 0)];
    let composed = |views: &[Views<'_>], codes: &mut CodeCache| {
        let stack = compose(views, codes, &mut Past::default(), STRAY, &base)?;
        Some(stack.iter().map(|frame| (frame.address, frame.header)).collect::<Vec<_>>())
    };
    assert_eq!(composed(&views[..2], &mut codes), None, "it was never seen to be run from there");
    let told = Call { of_generator: true, told: true, ..Call::default() };
    for _ in 0..3 {
        codes.sites.note(CODE, CODE + 192 + 2, CODE, told);
    }
    let [generator, caller] = [frame(STRAY, 0), frame(FIRST, 1)];
    let expected = [generator, caller].map(|frame| (frame.address, frame.header)).to_vec();
    assert_eq!(composed(&views[..2], &mut codes), Some(expected));
    assert_eq!(composed(&views[..1], &mut codes), None, "the loop did not ask");
    assert_eq!(composed(&views[1..2], &mut codes), None, "the generator did not run");
    assert_eq!(composed(&views[1..], &mut codes), None, "it ran in another's place");
}

#[test]
fn a_ring_of_copies_ends() {
    let mut memory = honest();
    frame(&mut memory, STRAY, STRAY, *SHIMS.start());
    let (mut batch, mut copy) = (Batch::default(), Snapshot::default());
    copy.add(&mut batch, STRAY, 72);
    batch.run(&memory).unwrap();
    let view = Views {
        layout: &PYTHON_3_12,
        batch: &batch,
        whole: &copy,
        base: None,
        root: None,
        steady: &[],
    };
    let (mut codes, mut past) = (CodeCache::new(), Past::default());
    assert!(compose(&[view], &mut codes, &mut past, STRAY, &[]).is_none());
}
