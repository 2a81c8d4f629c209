//! Whether the lists of interpreters and threads are still as they were.

use std::time::Duration;

use super::Walker;
use crate::sample::bytes::word;
use crate::sample::memory::Memory;

/// How often new interpreters are looked for.
const INTERPRETERS_CHECKED: Duration = Duration::from_millis(50);

impl<M: Memory> Walker<M> {
    /// Whether the lists of threads are linked as they were, as far as they were read.
    pub(super) fn threads_are_as_expected(&self) -> bool {
        let mut threads = self.threads.iter().peekable();
        !self.interpreters.is_empty()
            && self.interpreters.iter().zip(&self.parts).all(|(interpreter, parts)| {
                let mut link = parts.first_thread(&self.batch);
                while let Some(thread) =
                    threads.next_if(|thread| thread.interpreter() == interpreter.address)
                {
                    if link != Some(thread.address) {
                        return false;
                    }
                    if thread.rest.known().is_some() {
                        let next = threads.peek();
                        let next = next.filter(|it| it.interpreter() == interpreter.address);
                        link = Some(next.map_or(0, |next| next.address));
                        continue;
                    }
                    let state = thread.state(&self.batch);
                    link = state.and_then(|state| word(state, self.layout.thread.next));
                }
                link == Some(0)
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
