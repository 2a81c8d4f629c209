//! The walker on memory that is made up: honest, broken and hostile.

mod callees;
mod replaced;

use advisors::Place;

use super::fake::FakeMemory;
use super::layout::{OWNED_BY_GENERATOR, PYTHON_3_12, SHIMS};
use super::memory::Memory;
use super::tasks::Tasks;
use super::walker::Walker;
use super::{Sample, Sweep, TOO_FAST};
use crate::limits;

const RUNTIME: u64 = 0x1000;
const INTERPRETER: u64 = 0x10_000;
const LOCK: u64 = 0x18_000;
const THREAD: u64 = 0x20_000;
const CFRAME: u64 = 0x30_000;
const CHUNK: u64 = 0x40_000;
/// Where a first chunk's frames begin.
const FIRST: u64 = CHUNK + 32;
const CHUNK_BYTES: usize = 16 << 10;
const CODE: u64 = 0x50_000;
const FUNCTION: u64 = 0x50_800;
const NAME: u64 = 0x51_000;
const TABLE: u64 = 0x52_000;
/// `CALL_FUNCTION_EX`, where a frame stands that waits for what it called.
const CALL: [u8; 2] = [142, 0];
const SHIM: u64 = 0x60_000;
const STRAY: u64 = 0x70_000;

/// One thread of a CPython 3.12: a function that was called from C.
fn honest() -> FakeMemory {
    let mut memory = FakeMemory::new([
        (RUNTIME, vec![0; 64]),
        (INTERPRETER, vec![0; 512]),
        (LOCK, vec![0; 32]),
        (THREAD, vec![0; 288]),
        (CFRAME, vec![0; 16]),
        (CHUNK, vec![0; CHUNK_BYTES]),
        (CODE, vec![0; 256]),
        (NAME, vec![0; 128]),
        (TABLE, vec![0; 64]),
        (SHIM, vec![0; 80]),
        (STRAY, vec![0; 80]),
    ]);
    put(&mut memory, RUNTIME + 40, INTERPRETER);
    put(&mut memory, INTERPRETER + 72, THREAD);
    put(&mut memory, INTERPRETER + 384, LOCK);
    put(&mut memory, LOCK + 8, THREAD);
    put(&mut memory, LOCK + 16, 1);
    put(&mut memory, THREAD + 16, INTERPRETER);
    put(&mut memory, THREAD + 56, CFRAME);
    put(&mut memory, THREAD + 144, u64::from(std::process::id()));
    put(&mut memory, THREAD + 232, CHUNK);
    put(&mut memory, CHUNK + 8, CHUNK_BYTES as u64);
    put(&mut memory, CFRAME, FIRST);
    code(&mut memory);
    frame(&mut memory, FIRST, SHIM, 0);
    frame(&mut memory, SHIM, 0, *SHIMS.start());
    memory
}

fn code(memory: &mut FakeMemory) {
    put(memory, CODE + 16, 4);
    memory.put(CODE + 68, &7_u32.to_le_bytes());
    for pointer in [112, 120, 128] {
        put(memory, CODE + pointer, NAME);
    }
    put(memory, CODE + 136, TABLE);
    memory.put(CODE + 192 + 2, &CALL);
    put(memory, NAME + 16, 4);
    memory.put(NAME + 32, &0b110_0100_u32.to_le_bytes());
    memory.put(NAME + 40, b"work");
    put(memory, TABLE + 16, 2);
    memory.put(TABLE + 32, &[0x80 | 1 << 3 | 3, 0x25]);
}

fn put(memory: &mut FakeMemory, address: u64, word: u64) {
    memory.put(address, &word.to_le_bytes());
}

fn frame(memory: &mut FakeMemory, address: u64, previous: u64, owner: u8) {
    put(memory, address, CODE);
    put(memory, address + 8, previous);
    put(memory, address + 16, FUNCTION);
    put(memory, address + 56, CODE + 192 + 2);
    memory.put(address + 64, &(-1_i32).to_le_bytes());
    memory.put(address + 70, &[owner]);
}

/// Lets the frame at `address` wait for what it called: the object that its value stack ends with,
/// or behind that end.
fn wait(memory: &mut FakeMemory, address: u64, depth: i32, object: u64) {
    memory.put(address + 64, &depth.to_le_bytes());
    put(memory, address + 72, object);
}

fn walker(memory: FakeMemory) -> Walker<FakeMemory> {
    let mut walker = Walker::new(memory, PYTHON_3_12, RUNTIME, None);
    assert!(walker.has_threads());
    walker
}

fn sweep(memory: FakeMemory) -> Sweep {
    walker(memory).sweep(&mut Tasks::new(std::process::id())).unwrap()
}

#[test]
fn an_honest_thread_is_one_sample() {
    let sweep = sweep(honest());
    assert_eq!((sweep.torn, sweep.unreadable, sweep.samples.len()), (0, 0, 1));
    let sample = &sweep.samples[0];
    assert!(sample.state.holds_gil);
    assert_eq!(sample.frames.len(), 1, "the shim is left out");
    assert_eq!(sample.frames[0].code.name.data(), "work");
    let place = Place { line: 7, end_line: 7, columns: Some((10, 15)) };
    assert_eq!(sample.frames[0].place, place);
}

#[test]
fn a_settled_walk_takes_one_call_a_sweep() {
    let mut walker = walker(honest());
    let mut tasks = Tasks::new(std::process::id());
    walker.sweep(&mut tasks).unwrap();
    let before = walker.memory().calls();
    for _ in 0..10 {
        assert_eq!(walker.sweep(&mut tasks).unwrap().samples.len(), 1);
    }
    assert_eq!(walker.memory().calls() - before, 10);
}

#[test]
fn a_chain_that_leads_back_to_itself_is_torn() {
    for next in [FIRST, CHUNK + 200, CHUNK + 400] {
        let mut memory = honest();
        frame(&mut memory, FIRST, CHUNK + 200, 0);
        frame(&mut memory, CHUNK + 200, CHUNK + 400, 0);
        frame(&mut memory, CHUNK + 400, next, 0);
        let sweep = sweep(memory);
        assert_eq!((sweep.torn, sweep.samples.len()), (1, 0), "{next:#x}");
    }
}

#[test]
fn a_stack_ends_at_a_base_or_is_torn() {
    for owner in [0, OWNED_BY_GENERATOR, 2, 200] {
        let mut memory = honest();
        frame(&mut memory, SHIM, 0, owner);
        let sweep = sweep(memory);
        assert_eq!((sweep.torn, sweep.samples.len()), (1, 0), "{owner}");
    }
    let mut memory = honest();
    frame(&mut memory, FIRST, 0xdead_0000, 0);
    assert_eq!(sweep(memory).torn, 1, "unmapped");
}

/// Right behind the thread's first frame.
const INNER: u64 = FIRST + 100;

#[test]
fn a_frame_has_called_only_what_it_waits_for() {
    let looked_at = |called: Option<u64>, previous: u64| {
        let mut memory = honest();
        frame(&mut memory, INNER, previous, 0);
        frame(&mut memory, STRAY, FIRST, *SHIMS.start());
        if let Some(called) = called {
            wait(&mut memory, FIRST, 0, called);
        }
        put(&mut memory, CFRAME, INNER);
        let sweep = sweep(memory);
        let seen = |it: &Sample| it.frames.iter().filter(|it| !it.code.stands_in()).count();
        (sweep.samples.first().map_or(0, seen), sweep.torn)
    };
    assert_eq!(looked_at(Some(FUNCTION), FIRST), (2, 0), "it called just that");
    assert_eq!(looked_at(None, FIRST), (1, 0), "left behind by an earlier call");
    assert_eq!(looked_at(Some(FUNCTION + 64), FIRST), (1, 0), "it called another, or is over");
    assert_eq!(looked_at(None, STRAY), (2, 0), "through C");
}

/// Another call at its address left behind its value stack what it had called.
#[test]
fn a_frame_that_was_only_entered_has_called_nothing() {
    let mut memory = honest();
    frame(&mut memory, INNER, FIRST, 0);
    wait(&mut memory, FIRST, 0, FUNCTION);
    put(&mut memory, FIRST + 56, CODE + 192);
    put(&mut memory, CFRAME, INNER);
    assert_eq!(names_now(&mut walker(memory)), ["work"]);
}

/// Its header was copied before the call, and the slots after.
#[test]
fn a_frame_that_stands_where_nothing_is_called_has_called_nothing() {
    let mut memory = honest();
    frame(&mut memory, INNER, FIRST, 0);
    wait(&mut memory, FIRST, 0, FUNCTION);
    put(&mut memory, FIRST + 56, CODE + 192 + 4);
    put(&mut memory, CFRAME, INNER);
    let mut walker = walker(memory);
    assert_eq!(names_now(&mut walker), ["work"]);
    put(walker.memory_mut(), FIRST + 56, CODE + 192 + 2);
    assert_eq!(names_now(&mut walker), ["work", "work"]);
}

#[test]
fn a_frame_that_has_returned_is_over_unless_it_is_pointed_to() {
    let mut memory = honest();
    memory.put(CODE + 192 + 4, &[83, 0]);
    frame(&mut memory, INNER, FIRST, 0);
    put(&mut memory, INNER + 56, CODE + 192 + 4);
    wait(&mut memory, FIRST, 0, FUNCTION);
    wait(&mut memory, INNER, 0, 0);
    let mut walker = walker(memory);
    assert_eq!(names_now(&mut walker), ["work"], "the caller is the innermost again");
    put(walker.memory_mut(), CFRAME, INNER);
    assert_eq!(names_now(&mut walker), ["work", "work"]);
}

#[test]
fn of_a_call_that_cannot_be_told_where_one_is_usual_the_caller_is_kept() {
    let mut memory = honest();
    frame(&mut memory, INNER, FIRST, 0);
    wait(&mut memory, FIRST, 0, FUNCTION);
    put(&mut memory, CFRAME, INNER);
    let mut walker = Walker::new(memory, PYTHON_3_12, RUNTIME, None);
    assert_eq!(names_now(&mut walker), ["work", "work"]);
    wait(walker.memory_mut(), FIRST, 0, FUNCTION + 64);
    assert_eq!(names_now(&mut walker), [TOO_FAST, "work"]);
}

#[test]
fn an_instruction_outside_of_its_code_is_torn() {
    for instruction in [0, CODE, CODE + 192 + 8, CODE + 192 + 3, u64::MAX] {
        let mut memory = honest();
        put(&mut memory, FIRST + 56, instruction);
        assert_eq!(sweep(memory).torn, 1, "{instruction:#x}");
    }
}

#[test]
fn a_frame_that_is_still_being_made_is_left_out() {
    let mut memory = honest();
    frame(&mut memory, FIRST, CHUNK + 200, 0);
    put(&mut memory, FIRST + 56, CODE + 192 - 2);
    frame(&mut memory, CHUNK + 200, SHIM, 0);
    wait(&mut memory, CHUNK + 200, 0, FUNCTION);
    assert_eq!(sweep(memory).samples[0].frames.len(), 1);
}

#[test]
fn a_call_from_c_that_is_still_being_made_is_torn() {
    const ROOT: u64 = THREAD + 272;
    let mut memory = honest();
    put(&mut memory, CFRAME, 0);
    assert_eq!(sweep(memory).torn, 1);

    let mut memory = honest();
    put(&mut memory, THREAD + 56, ROOT);
    let without_python = sweep(memory);
    assert_eq!((without_python.torn, without_python.samples.len()), (0, 0));
}

#[test]
fn giant_counts_are_refused() {
    for (address, what) in [
        (CODE + 16, "code units"),
        (TABLE + 16, "location table"),
        (CHUNK, "previous chunk"),
        (INTERPRETER + 72, "thread list"),
        (THREAD + 8, "next thread"),
        (THREAD + 232, "chunk"),
        (THREAD + 56, "cframe"),
        (CFRAME, "frame"),
        (FIRST, "code"),
        (CODE + 112, "file"),
        (CODE + 136, "location table"),
    ] {
        let mut memory = honest();
        put(&mut memory, address, u64::MAX - 7);
        let mut walker = Walker::new(memory, PYTHON_3_12, RUNTIME, None);
        let sweep = walker.sweep(&mut Tasks::new(std::process::id())).unwrap();
        assert!(walker.memory().calls() < 400, "{what}: {} calls", walker.memory().calls());
        if what != "next thread" {
            assert!(sweep.samples.is_empty(), "{what}");
        }
    }
}

/// Only so much of its instructions is mapped as is looked through.
#[test]
fn of_a_giant_code_object_the_beginning_is_looked_through() {
    const GIANT: u64 = 0x200_000;
    let mut memory = honest();
    let mut object = vec![0; 192 + 2 * limits::CODE_UNITS_READ];
    memory.read(CODE, &mut object[..192]).unwrap();
    memory.map(GIANT, object);
    put(&mut memory, GIANT + 16, limits::CODE_UNITS_READ as u64 + 1000);
    put(&mut memory, FIRST, GIANT);
    put(&mut memory, FIRST + 56, GIANT + 192 + 2);
    assert_eq!(names_now(&mut walker(memory)), ["work"]);
}

#[test]
fn endless_lists_end() {
    let mut memory = honest();
    put(&mut memory, THREAD + 8, THREAD);
    let mut walker = Walker::new(memory, PYTHON_3_12, RUNTIME, None);
    let sweep_of_ring = walker.sweep(&mut Tasks::new(std::process::id())).unwrap();
    assert_eq!(sweep_of_ring.samples.len(), 1);
    assert!(walker.memory().calls() < 100);

    let mut memory = honest();
    put(&mut memory, INTERPRETER, INTERPRETER);
    put(&mut memory, CHUNK, CHUNK);
    let sweep = sweep(memory);
    assert!(sweep.samples.len() <= 1);
}

/// A chain that was torn leads into a list that looks like frames, each of other code.
#[test]
fn a_list_of_other_things_is_not_followed_to_its_end() {
    const LIST: u64 = 0x100_000;
    const ITEM: u64 = 80;
    const ITEMS: u64 = 20_000;
    let mut memory = honest();
    memory.map(LIST, vec![0; (ITEM * ITEMS) as usize]);
    for item in (LIST..).step_by(ITEM as usize).take(ITEMS as usize - 1) {
        frame(&mut memory, item, item + ITEM, 0);
        put(&mut memory, item, item + 8);
    }
    put(&mut memory, FIRST + 8, LIST);
    let mut walker = walker(memory);
    let sweep = walker.sweep(&mut Tasks::new(std::process::id())).unwrap();
    assert_eq!((sweep.torn, sweep.samples.len()), (1, 0));
    let calls = walker.memory().calls();
    assert!(calls < 5_000, "{calls} calls");
}

/// Leaf first.
fn names_now(walker: &mut Walker<FakeMemory>) -> Vec<String> {
    let sweep = walker.sweep(&mut Tasks::new(std::process::id())).unwrap();
    let frames = sweep.samples[0].frames.iter();
    frames.map(|frame| frame.code.name.data().to_owned()).collect()
}
