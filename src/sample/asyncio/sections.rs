//! `Py_AsyncioModuleDebugOffsets` (Modules/_asynciomodule.c, 3.14): where a CPython itself says that
//! it keeps its tasks.

use super::layout::AsyncioLayout;
use super::listing::Linked;
use crate::sample::binary;
use crate::sample::bytes::word;
use crate::sample::memory::Memory;

/// The structure as 3.14 and 3.15 have it: of a task its size and the offsets of its name, of what
/// awaits it (three words), of its coroutine and of its node in a list; of an interpreter its size
/// and the offset of a list; of a thread its size and the offsets of its loop, of its task and of
/// its list.
const SIZE: usize = 13 * 8;
const TASK_SIZE: usize = 0;
const TASK_NAME: usize = 8;
const TASK_COROUTINE: usize = 5 * 8;
const TASK_NODE: usize = 6 * 8;
const THREAD_SIZE: usize = 9 * 8;
const THREAD_HEAD: usize = 12 * 8;

/// No thread state and no task is larger; an offset beyond is not believed.
const LARGEST: u64 = 64 << 10;

/// Reads where tasks are linked; `None` when the process has no such section, or it says what
/// cannot be.
pub(super) fn find<M: Memory>(pid: u32, memory: &M, layout: &AsyncioLayout) -> Option<Linked> {
    let address = binary::find_section(pid, memory, ".AsyncioDebug", "_asyncio.")?;
    let mut words = [0; SIZE];
    memory.read(address, &mut words).ok()?;
    parse(&words, layout)
}

fn parse(words: &[u8; SIZE], layout: &AsyncioLayout) -> Option<Linked> {
    let field = |at, size_at| {
        let (offset, size) = (word(words, at)?, word(words, size_at)?);
        (size <= LARGEST && offset < size).then_some(offset)
    };
    // Where one field has moved, others may have.
    let told = (field(TASK_NAME, TASK_SIZE)?, field(TASK_COROUTINE, TASK_SIZE)?);
    (told == (layout.task.name, layout.task.coroutine)).then_some(Linked {
        head: field(THREAD_HEAD, THREAD_SIZE)?,
        node: field(TASK_NODE, TASK_SIZE)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use advisors::Python;

    /// What CPython 3.14.10 has there, as read from its x86-64 release build.
    const LIVE: [u64; 13] = [168, 136, 96, 108, 109, 128, 152, 225_864, 10_880, 936, 864, 872, 880];

    fn parsed(words: [u64; 13]) -> Option<(u64, u64)> {
        let mut bytes = [0; SIZE];
        for (at, word) in bytes.chunks_exact_mut(8).zip(words) {
            at.copy_from_slice(&word.to_le_bytes());
        }
        let layout = AsyncioLayout::of(Python::new(3, 14)).expect("a known version");
        parse(&bytes, &layout).map(|linked| (linked.head, linked.node))
    }

    #[test]
    fn the_offsets_of_a_live_interpreter_are_understood() {
        assert_eq!(parsed(LIVE), Some((880, 152)));
    }

    #[test]
    fn offsets_that_cannot_be_are_not_believed() {
        let with = |index: usize, word| {
            let mut words = LIVE;
            words[index] = word;
            parsed(words)
        };
        for (index, word) in
            [(0, u64::MAX), (1, 144), (5, 136), (6, 168), (9, 1 << 40), (12, 936), (12, u64::MAX)]
        {
            assert_eq!(with(index, word), None, "word {index}");
        }
    }
}
