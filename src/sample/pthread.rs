//! From Python's thread identifier to the kernel's thread id, without asking the target.
//!
//! Before 3.11 a thread state has only `pthread_self()`, which on Linux is the address of the C
//! library's own thread structure, and in that structure is the kernel's id (glibc: `struct
//! pthread.tid` in nptl/descr.h; musl: `tid` in src/internal/pthread_impl.h). Where exactly differs
//! by library, so the offset is found once, with the main thread, whose id is known.

use super::memory::Memory;
use super::tasks::Tasks;

/// How much of the structure is searched; glibc has `tid` at 720 on x86-64, musl below 64.
const SEARCHED: usize = 1024;

/// Where the kernel's id is in the C library's thread structure, once it is known.
#[derive(Debug, Default)]
pub(super) struct ThreadIds {
    offset: Option<u64>,
}

impl ThreadIds {
    /// The thread, as we see it, whose `pthread_self()` is `pthread`.
    pub(super) fn thread_of<M: Memory>(
        &mut self,
        pthread: u64,
        memory: &M,
        tasks: &Tasks,
    ) -> Option<u32> {
        let offset = match self.offset {
            Some(offset) => offset,
            None => find_offset(pthread, memory, tasks)?,
        };
        let mut id = [0; 4];
        memory.read(pthread.checked_add(offset)?, &mut id).ok()?;
        let thread = tasks.outer_id(u32::from_le_bytes(id))?;
        self.offset = Some(offset);
        Some(thread)
    }
}

fn find_offset<M: Memory>(pthread: u64, memory: &M, tasks: &Tasks) -> Option<u64> {
    let mut structure = [0; SEARCHED];
    memory.read(pthread, &mut structure).ok()?;
    let words = structure.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
    let position = words.enumerate().find(|&(_, word)| word != 0 && tasks.has_own_id(word))?.0;
    Some(position as u64 * 4)
}
