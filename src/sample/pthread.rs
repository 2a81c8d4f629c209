//! From Python's thread identifier to the kernel's thread id, without asking the target.
//!
//! Before 3.11 a thread state has only `pthread_self()`, which on Linux is the address of the C
//! library's own thread structure, and in that structure is the kernel's id. glibc has had it in
//! the same place for twenty years; with another C library the place is learnt from a process while
//! it has but one thread, when there is no doubt which id is looked for.

use super::bytes::half_word;
use super::memory::Memory;
use super::tasks::Tasks;

/// `offsetof(struct pthread, tid)` on x86-64 (glibc, nptl/descr.h).
const GLIBC: usize = 720;

/// How much of the structure is searched where the C library is not glibc.
const SEARCHED: usize = 1024;

/// Where the kernel's id is in the C library's thread structure, once it is known.
#[derive(Debug, Default)]
pub(super) struct ThreadIds {
    offset: Option<usize>,
}

impl ThreadIds {
    /// The thread, as we see it, whose `pthread_self()` is `pthread`; `None` when it has ended.
    pub(super) fn thread_of<M: Memory>(
        &mut self,
        pthread: u64,
        memory: &M,
        tasks: &Tasks,
    ) -> Option<u32> {
        let mut structure = [0; SEARCHED];
        memory.read(pthread, &mut structure).ok()?;
        let thread_at = |offset| {
            let own_id = half_word(&structure, offset).filter(|&id| id != 0)?;
            Some((offset, tasks.outer_id(own_id)?))
        };
        let found = thread_at(self.offset.unwrap_or(GLIBC)).or_else(|| {
            let only = tasks.only_id().filter(|_| self.offset.is_none())?;
            (0..SEARCHED).step_by(4).filter_map(thread_at).find(|&(_, thread)| thread == only)
        });
        let (offset, thread) = found?;
        self.offset = Some(offset);
        Some(thread)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeMemory;
    use super::*;

    #[test]
    fn an_id_is_taken_only_from_where_ids_are() {
        let own = std::process::id();
        let tasks = Tasks::new(own);
        let mut structure = vec![0; SEARCHED];
        structure[300..304].copy_from_slice(&own.to_le_bytes());
        let mut memory = FakeMemory::new([(4096, structure)]);
        // The tests run in many threads, so that a stray number that is an id proves nothing.
        assert_eq!(ThreadIds::default().thread_of(4096, &memory, &tasks), None);
        memory.put(4096 + GLIBC as u64, &own.to_le_bytes());
        let mut ids = ThreadIds::default();
        assert_eq!(ids.thread_of(4096, &memory, &tasks), Some(own));
        memory.put(4096 + GLIBC as u64, &[0; 4]);
        assert_eq!(ids.thread_of(4096, &memory, &tasks), None, "it has ended");
    }
}
