//! What a suspended coroutine waits for, from one to the next.

use super::layout::{AsyncioLayout, DRIVEN, StackTop};
use crate::limits;
use crate::sample::layout::Layout;
use crate::sample::memory::Memory;
use crate::sample::operands::{Objects, Reached};

/// What a coroutine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Created,
    Suspended,
    Executing,
    Over,
}

/// The coroutines that wait for each other, by their frames, the outermost first; and what the
/// outermost does.
pub(in crate::sample) struct Chain {
    pub(in crate::sample) frames: Vec<u64>,
    pub(super) progress: Progress,
}

impl Chain {
    /// Whether the outermost is suspended.
    pub(in crate::sample) fn waits(&self) -> bool {
        self.progress == Progress::Suspended
    }
}

/// Types whose objects have a frame in them.
const WITH_FRAME: [&str; 3] = ["coroutine", "generator", "async_generator"];
/// Types whose objects drive another.
const DRIVERS: [&str; 4] =
    ["coroutine_wrapper", "async_generator_asend", "async_generator_athrow", "anext_awaitable"];

/// Follows `coroutine` to what it awaits, for so many steps at the most.
pub(super) fn follow<M: Memory>(
    memory: &M,
    layout: &Layout,
    asyncio: &AsyncioLayout,
    objects: &mut Objects<'_, M>,
    coroutine: Reached,
    steps: usize,
) -> Chain {
    let mut chain = Chain { frames: Vec::new(), progress: Progress::Over };
    let mut next = Some(coroutine);
    for _ in 0..steps {
        let Some(at) = next.take() else { break };
        if DRIVERS.iter().any(|name| at.is_native(name)) {
            next = at.pointer(DRIVEN).and_then(|edge| objects.reach(edge));
            continue;
        }
        if !WITH_FRAME.iter().any(|name| at.is_native(name)) {
            break;
        }
        let Some(progress) = progress(memory, asyncio, at.address()) else { break };
        let frame = at.address() + asyncio.coroutine_frame;
        if chain.frames.is_empty() {
            chain.progress = progress;
        }
        if progress == Progress::Over || chain.frames.contains(&frame) {
            break;
        }
        chain.frames.push(frame);
        if progress == Progress::Suspended {
            next = delegate(memory, layout, asyncio, frame).and_then(|slot| objects.at(slot));
        }
    }
    chain
}

fn progress<M: Memory>(memory: &M, asyncio: &AsyncioLayout, at: u64) -> Option<Progress> {
    let mut state = [0];
    memory.read(at.checked_add(asyncio.frame_state)?, &mut state).ok()?;
    let (state, known) = (state[0].cast_signed(), asyncio.states);
    Some(match state {
        state if state == known.created => Progress::Created,
        state if state == known.executing => Progress::Executing,
        state if state >= known.over => Progress::Over,
        _ => Progress::Suspended,
    })
}

/// The slot of a suspended frame in which lies what it delegates to (`_PyGen_yf`,
/// Objects/genobject.c).
fn delegate<M: Memory>(
    memory: &M,
    layout: &Layout,
    asyncio: &AsyncioLayout,
    frame: u64,
) -> Option<u64> {
    let slots = frame.checked_add(layout.frame.header as u64)?;
    let end = match asyncio.top {
        StackTop::Count(offset) => {
            let mut count = [0; 4];
            memory.read(frame.checked_add(offset)?, &mut count).ok()?;
            slots.checked_add(8 * u64::from(u32::from_le_bytes(count)))?
        }
        StackTop::Pointer(offset) => {
            let mut pointer = [0; 8];
            memory.read(frame.checked_add(offset)?, &mut pointer).ok()?;
            u64::from_le_bytes(pointer)
        }
    };
    let slot = end.checked_sub(8 * asyncio.delegate)?;
    (slots..slots + limits::STACK_CHUNK_BYTES as u64).contains(&slot).then_some(slot)
}
