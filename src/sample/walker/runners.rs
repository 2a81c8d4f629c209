//! Which thread runs the code of a sub-interpreter, up to 3.12.
//!
//! There the first thread state of an interpreter keeps the id of the thread that made it, whichever
//! runs it (`_run_script_in_interpreter`, _xxsubinterpretersmodule.c). But the `_PyCFrame` that it
//! points to lies on the C stack of the thread that runs it, further in than that of the thread state
//! which the interpreter was entered from.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::Walker;
use crate::sample::bytes::word;
use crate::sample::layout::CurrentFrame;
use crate::sample::memory::Memory;
use crate::sample::tasks::Tasks;

/// The thread that runs a thread state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    /// The one that it says.
    AsSaid,
    /// That of the thread state with this index.
    Of(usize),
    /// Another than it says.
    Unknown,
}

/// What a thread state says of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    interpreter: u64,
    native_id: u64,
    /// Its `_PyCFrame`, if that is on a C stack: it is not when no Python runs.
    cframe: Option<u64>,
}

/// How often it is asked anew what is mapped.
const ASKED: Duration = Duration::from_millis(50);

/// Where C stacks may be.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    /// What can be written to, in rising order.
    mapped: Vec<Range<u64>>,
    asked: Option<Instant>,
}

impl Stacks {
    /// The mapping around an address: a guard page lies between two stacks.
    fn around(&mut self, address: u64, now: Instant, tasks: &Tasks) -> Option<Range<u64>> {
        let known = self.known(address);
        if known.is_some() || self.asked.is_some_and(|at| now.duration_since(at) < ASKED) {
            return known;
        }
        self.asked = Some(now);
        let mapped = tasks.mappings().into_iter().flatten().filter(|it| it.is_writable);
        self.mapped = mapped.map(|it| it.start..it.end).collect();
        self.known(address)
    }

    fn known(&self, address: u64) -> Option<Range<u64>> {
        let after = self.mapped.partition_point(|it| it.start <= address);
        let mapping = self.mapped.get(after.checked_sub(1)?)?;
        mapping.contains(&address).then(|| mapping.clone())
    }
}

impl<M: Memory> Walker<M> {
    /// Takes note of what every thread state says, at about the same instant, where that is to be
    /// doubted of any.
    pub(super) fn note_said(&mut self) {
        self.said.clear();
        let CurrentFrame::ThroughCframe { pointer, root, .. } = self.layout.thread.current_frame
        else {
            return;
        };
        if self.interpreters.len() < 2 {
            return;
        }
        for index in 0..self.threads.len() {
            let thread = &self.threads[index];
            let (address, interpreter) = (thread.address, thread.interpreter());
            let now = |offset| {
                let read = thread.state(&self.batch).and_then(|state| word(state, offset));
                read.or_else(|| self.read_word(address.wrapping_add(offset as u64)))
            };
            let (native_id, cframe) = match thread.rest.known() {
                Some(_) => (None, thread.cframe()),
                None => (now(self.layout.thread.native_id), now(pointer)),
            };
            let native_id = native_id.unwrap_or(thread.native_id());
            // A thread that was listed when it was only being made had its maker's id.
            self.threads[index].says(native_id);
            let cframe = cframe.filter(|&it| it != 0 && it != address.wrapping_add(root));
            self.said.push(Said { interpreter, native_id, cframe });
        }
    }

    /// Finds the thread that runs a thread state whose stack was just read.
    pub(super) fn find_runner(&mut self, index: usize, tasks: &Tasks) -> Option<u32> {
        if self.said.is_empty() {
            return self.threads[index].resolve_tid(tasks);
        }
        let main = self.interpreters.last().map_or(0, |it| it.address);
        // It may have begun to run only after the note was taken.
        let latest = self.threads[index].cframe();
        let said = &mut self.said[index];
        said.cframe = said.cframe.or(latest);
        let stack = said.cframe.and_then(|it| self.stacks.around(it, self.now, tasks));
        let has_ended = self.threads[index].resolve_tid(tasks).is_none();
        match runner(&self.said, index, (main, has_ended), stack) {
            Runner::AsSaid => self.threads[index].run_by(None),
            Runner::Of(outer) => {
                let outer = self.threads[outer].resolve_tid(tasks)?;
                self.threads[index].run_by(Some(outer));
            }
            Runner::Unknown => return None,
        }
        self.threads[index].tid()
    }
}

/// Who runs the state with that index, which lies on `stack`. Only a state of another interpreter than
/// the `main` one is doubted, and only where another has the same id or that thread has ended.
fn runner(
    said: &[Said],
    index: usize,
    (main, has_ended): (u64, bool),
    stack: Option<Range<u64>>,
) -> Runner {
    let own = said[index];
    let is_same = |it: &&Said| it.interpreter != own.interpreter && it.native_id == own.native_id;
    if own.interpreter == main || !has_ended && !said.iter().any(|it| is_same(&it)) {
        return Runner::AsSaid;
    }
    let is_on_stack = |it: &Said| {
        it.cframe.is_some_and(|at| stack.as_ref().is_some_and(|stack| stack.contains(&at)))
    };
    // The nearest one further out, and so on up to one that is not doubted.
    let mut outermost = index;
    while said[outermost].interpreter != main {
        let inner = said[outermost];
        let outer = said.iter().enumerate().filter(|(_, it)| {
            is_on_stack(it) && it.cframe > inner.cframe && it.interpreter != inner.interpreter
        });
        let Some((outer, _)) = outer.min_by_key(|(_, it)| it.cframe) else { break };
        outermost = outer;
    }
    if said[outermost].interpreter == main {
        return Runner::Of(outermost);
    }
    let is_elsewhere = |it: &Said| it.cframe.is_some() && !is_on_stack(it);
    match said.iter().filter(is_same).any(is_elsewhere) {
        true => Runner::Unknown,
        false => Runner::AsSaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: u64 = 0x10;
    const STACK: Range<u64> = 0x1000..0x2000;

    fn said(interpreter: u64, native_id: u64, cframe: u64) -> Said {
        Said { interpreter, native_id, cframe: Some(cframe).filter(|&it| it != 0) }
    }

    /// Who runs the first.
    fn found(said: &[Said]) -> Runner {
        runner(said, 0, (MAIN, false), Some(STACK))
    }

    #[test]
    fn it_is_the_one_whose_stack_it_lies_on() {
        let maker = said(MAIN, 7, 0x9000);
        let [worker, other] = [said(MAIN, 8, 0x1800), said(MAIN, 9, 0x1900)];
        let inside = said(0x20, 7, 0x1100);
        assert_eq!(found(&[inside, maker, other, worker]), Runner::Of(3));
        let between = said(0x30, 7, 0x1200);
        assert_eq!(found(&[inside, between, maker, worker]), Runner::Of(3));
        assert_eq!(found(&[said(0x20, 7, 0x8100), maker, worker]), Runner::Unknown);
        assert_eq!(runner(&[inside, worker], 0, (MAIN, true), Some(STACK)), Runner::Of(1));
    }

    #[test]
    fn where_nothing_is_known_to_the_contrary_it_is_as_said() {
        let [inside, worker] = [said(0x20, 7, 0x1100), said(MAIN, 8, 0x1800)];
        assert_eq!(found(&[inside, worker]), Runner::AsSaid, "a thread of the interpreter's own");
        assert_eq!(found(&[inside, said(MAIN, 7, 0)]), Runner::AsSaid, "no Python calls it");
        assert_eq!(found(&[said(MAIN, 7, 0x1100), said(0x20, 7, 0x1800)]), Runner::AsSaid);
        assert_eq!(found(&[inside, said(MAIN, 7, 0x1800)]), Runner::Of(1));
    }

    #[test]
    fn a_stack_that_is_not_found_tells_nothing() {
        let both = [said(0x20, 7, 0x1100), said(MAIN, 7, 0x1800)];
        assert_eq!(runner(&both, 0, (MAIN, false), None), Runner::Unknown);
    }
}
