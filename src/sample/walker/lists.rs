//! The lists of interpreters and threads, and whether they are still as they were.

use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Walker;
use crate::limits;
use crate::sample::bytes::word;
use crate::sample::interpreter::Interpreter;
use crate::sample::memory::Memory;
use crate::sample::thread::Thread;

/// How often new interpreters are looked for.
const INTERPRETERS_CHECKED: Duration = Duration::from_millis(50);

impl<M: Memory> Walker<M> {
    /// Follows the lists of interpreters and threads anew; what is known of threads that are still
    /// there is kept.
    pub(super) fn find_threads(&mut self) {
        self.interpreters = self.find_interpreters();
        let mut listed = self.list_threads();
        self.left_out = leave_out_middle(&mut listed, limits::THREADS);
        self.links = listed.iter().map(|thread| thread.next).collect();
        let known = std::mem::take(&mut self.threads).into_iter();
        let mut known: FxHashMap<u64, Thread> = known.map(|it| (it.address, it)).collect();
        self.threads.extend(listed.into_iter().map(|listed| {
            let Listed { address, native_id, interpreter, .. } = listed;
            let is_same = |thread: &Thread| thread.is(address, native_id);
            let same = known.remove(&address).filter(is_same);
            same.unwrap_or_else(|| Thread::new(address, native_id, interpreter))
        }));
    }

    fn find_interpreters(&self) -> Vec<Interpreter> {
        let head = self.runtime.wrapping_add(self.layout.runtime.interpreters_head);
        let mut found: Vec<Interpreter> = Vec::new();
        let mut address = self.read_word(head).unwrap_or(0);
        while address != 0
            && found.len() < limits::INTERPRETERS
            && found.iter().all(|known| known.address != address)
        {
            found.push(Interpreter::find(&self.memory, &self.layout, self.runtime, address));
            let next = address.wrapping_add(self.layout.interpreter.next);
            address = self.read_word(next).unwrap_or(0);
        }
        found
    }

    /// The threads of each interpreter, the newest first.
    fn list_threads(&self) -> Vec<Listed> {
        let (mut listed, mut met) = (Vec::new(), FxHashSet::default());
        let mut state = vec![0; self.layout.thread.read];
        for interpreter in self.interpreters.iter().map(|interpreter| interpreter.address) {
            let head = interpreter.wrapping_add(self.layout.interpreter.threads_head);
            let mut address = self.read_word(head).unwrap_or(0);
            while address != 0 && listed.len() < limits::LISTED_THREADS && met.insert(address) {
                if self.memory.read(address, &mut state).is_err()
                    || word(&state, self.layout.thread.interpreter) != Some(interpreter)
                {
                    break;
                }
                let native_id = word(&state, self.layout.thread.native_id).unwrap_or(0);
                let next = word(&state, self.layout.thread.next).unwrap_or(0);
                listed.push(Listed { address, native_id, interpreter, next });
                address = next;
            }
        }
        listed
    }

    /// Whether the lists of threads are linked as they were, as far as they were read.
    pub(super) fn threads_are_as_expected(&self) -> bool {
        let mut threads = self.threads.iter().zip(&self.links).peekable();
        !self.interpreters.is_empty()
            && self.interpreters.iter().zip(&self.parts).all(|(interpreter, parts)| {
                let is_own = |it: &(&Thread, &u64)| it.0.interpreter() == interpreter.address;
                let first = threads.peek().filter(|it| is_own(it)).map_or(0, |it| it.0.address);
                let mut is_as_expected = parts.first_thread(&self.batch) == Some(first);
                while let Some((thread, link)) = threads.next_if(is_own) {
                    is_as_expected &= thread.rest.known().is_some()
                        || thread
                            .state(&self.batch)
                            .and_then(|state| word(state, self.layout.thread.next))
                            == Some(*link);
                }
                is_as_expected
            })
    }

    /// Asks for the newest interpreter now and then.
    pub(super) fn ask_for_interpreters(&mut self) {
        let is_due = self.now.duration_since(self.interpreters_checked) >= INTERPRETERS_CHECKED;
        let head = self.runtime.wrapping_add(self.layout.runtime.interpreters_head);
        self.newest = is_due.then(|| self.batch.add(head, 8));
        if is_due {
            self.interpreters_checked = self.now;
        }
    }

    /// Whether there are interpreters that were not there before, or had no lock yet, as far as that
    /// was asked.
    pub(super) fn has_new_interpreters(&self) -> bool {
        let known = self.interpreters.first().map(|newest| newest.address);
        let is_another = |slot| self.batch.bytes(slot).and_then(|it| word(it, 0)) != known;
        let has_no_lock = || self.interpreters.iter().any(|it| !it.gil.is_known());
        self.newest.is_some_and(|slot| is_another(slot) || has_no_lock())
    }
}

/// A thread state as it is linked to others.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Listed {
    address: u64,
    native_id: u64,
    interpreter: u64,
    /// The next older one; 0 for none.
    next: u64,
}

/// Keeps so many: the newest, and the oldest of the main interpreter, which is the main thread and
/// the last of all. Gives how many are left out.
fn leave_out_middle(listed: &mut Vec<Listed>, most: usize) -> u32 {
    let left_out = listed.len().saturating_sub(most);
    if left_out > 0 {
        let last = listed.len() - 1;
        listed.drain(last - left_out..last);
    }
    u32::try_from(left_out).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_threads_the_newest_and_the_main_one_are_kept() {
        let thread = |address| Listed { address, native_id: address, interpreter: 1, next: 0 };
        let kept = |count: u64, most| {
            let mut listed: Vec<Listed> = (0..count).map(thread).collect();
            let left_out = leave_out_middle(&mut listed, most);
            (listed.iter().map(|it| it.address).collect::<Vec<_>>(), left_out)
        };
        assert_eq!(kept(3, 4), (vec![0, 1, 2], 0));
        assert_eq!(kept(4, 4), (vec![0, 1, 2, 3], 0));
        assert_eq!(kept(9, 4), (vec![0, 1, 2, 8], 5));
        assert_eq!(kept(9, 1), (vec![8], 8));
        assert_eq!(kept(0, 4), (vec![], 0));
    }
}
