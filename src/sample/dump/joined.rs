//! A thread that runs code in a sub-interpreter, as one thread of a dump.

use super::Thread;
use crate::sample::walker::joined;

/// One for each thread, of such as come in the order of their interpreters, the newest first.
pub(super) fn one_each(threads: Vec<Thread>) -> Vec<Thread> {
    let mut joined: Vec<Thread> = Vec::with_capacity(threads.len());
    for thread in threads {
        let may_be_one = |known: &&mut Thread| joined::may_be_one(&known.sample, &thread.sample);
        match joined.iter_mut().find(may_be_one) {
            Some(known) => join(known, thread),
            None => joined.push(thread),
        }
    }
    joined
}

/// The thread is called as where it began, and is in that interpreter.
fn join(known: &mut Thread, older: Thread) {
    let older_is_inner = joined::is_inner(&older.sample, &known.sample);
    let (frames, older_frames) = (known.sample.frames.len(), older.sample.frames.len());
    known.locals = match older_is_inner {
        true => one_after_the_other(older.locals, older_frames, std::mem::take(&mut known.locals)),
        false => one_after_the_other(std::mem::take(&mut known.locals), frames, older.locals),
    };
    if !older_is_inner {
        known.interpreter = older.interpreter;
        known.name = older.name.or(known.name.take());
    }
    known.event_loop |= older.event_loop;
    joined::join(&mut known.sample, older.sample);
}

/// What is told of so many inner frames, and then of the outer ones.
fn one_after_the_other<T>(
    inner: Vec<Option<T>>,
    frames: usize,
    outer: Vec<Option<T>>,
) -> Vec<Option<T>> {
    let mut all = inner;
    if !outer.is_empty() {
        all.resize_with(frames, || None);
        all.extend(outer);
    }
    all
}
