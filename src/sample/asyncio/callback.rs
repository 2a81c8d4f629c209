//! Which callback an event loop runs, and since when the loop has not looked for events.

use rustix::time::{ClockId, clock_gettime};
use std::time::Instant;

use super::layout::AsyncioLayout;
use crate::sample::batch::Batch;
use crate::sample::bytes::word;
use crate::sample::chain::RawFrame;
use crate::sample::layout::Layout;
use crate::sample::memory::Memory;
use crate::sample::{Callback, Frame};

/// Frames at the outer end of a stack among which an event loop is looked for: what starts it is a
/// program's outermost doing.
const OUTER_FRAMES: usize = 64;

/// `PyFloatObject.ob_fval` (cpython/floatobject.h).
const FLOAT_VALUE: u64 = 16;

/// A loop that has looked for events is not believed to have done so longer ago, in seconds.
const LONGEST: f64 = 7.0 * 86_400.0;

/// The callback that a stack is in, `now` being when the stack was read. Its frames are given twice,
/// where they are and what they run.
pub(super) fn find<M: Memory>(
    memory: &M,
    layout: &Layout,
    asyncio: &AsyncioLayout,
    raw: &[RawFrame],
    frames: &[Frame],
    now: Instant,
) -> Option<Callback> {
    let start = frames.len().saturating_sub(OUTER_FRAMES);
    let depth = start + frames[start..].iter().rposition(|it| it.code.runs_callbacks())?;
    if !is_run_once(frames.get(depth + 1)?) {
        return None;
    }
    let slots = layout.frame.header as u64;
    let handle = raw.get(depth)?.address.checked_add(slots)?;
    let began = raw.get(depth + 1)?.address.checked_add(slots + 8 * asyncio.end_time)?;
    let mut batch = Batch::default();
    let (handle, began) = (batch.add(handle, 8), batch.add(began, 8));
    batch.run(memory).ok()?;
    // Frames mark pointers in their low bits from 3.14 on.
    let pointer = |slot| Some(word(batch.bytes(slot)?, 0)? & !3);
    let (handle, began) = (pointer(handle)?, pointer(began)?);
    let mut value = [0; 8];
    memory.read(began.checked_add(FLOAT_VALUE)?, &mut value).ok()?;
    let since = monotonic(now) - f64::from_le_bytes(value);
    // Below 0 the loop has gone on since the stack was read, or has a clock of its own.
    let is_believed = handle != 0 && (0.0..LONGEST).contains(&since);
    is_believed.then_some(Callback {
        identity: [u64::from_le_bytes(value), handle],
        since,
        computed: None,
        depth: u32::try_from(depth).ok()?,
    })
}

/// `time.monotonic()` as it was at `then` (`CLOCK_MONOTONIC`, Python/pytime.c).
fn monotonic(then: Instant) -> f64 {
    let ago = then.elapsed().as_secs_f64();
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9 - ago
}

/// Which frame of a stack is the turn of an event loop.
pub(super) fn run_once(frames: &[Frame]) -> Option<usize> {
    let start = frames.len().saturating_sub(OUTER_FRAMES);
    Some(start + frames[start..].iter().rposition(is_run_once)?)
}

/// Whether that is one turn of an event loop (asyncio/base_events.py).
fn is_run_once(frame: &Frame) -> bool {
    frame.code.name.data() == "BaseEventLoop._run_once"
        && frame.code.file.data().ends_with("asyncio/base_events.py")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use advisors::{Place, Python};

    use super::*;
    use crate::sample::Code;
    use crate::sample::fake::FakeMemory;
    use crate::sample::layout::PYTHON_3_12;
    use crate::sample::snapshot::Header;
    use crate::text::Untrusted;

    const PAGE: u64 = 4096;
    const FLOAT: u64 = PAGE + 1024;

    fn frame(name: &str, file: &str) -> Frame {
        let code = Code { name: Untrusted::new(name), file: Untrusted::new(file), first_line: 1 };
        Frame { code: Arc::new(code), place: Place::line(1) }
    }

    fn stack() -> (Vec<RawFrame>, Vec<Frame>) {
        let frames = vec![
            frame("work", "app.py"),
            frame("Handle._run", "/lib/asyncio/events.py"),
            frame("BaseEventLoop._run_once", "/lib/asyncio/base_events.py"),
            frame("main", "app.py"),
        ];
        let raw = |address| RawFrame { address, header: Header::NONE, is_late: false };
        (vec![raw(PAGE), raw(PAGE + 200), raw(PAGE + 400), raw(PAGE + 800)], frames)
    }

    /// What is found when the loop says that it looked for events `ago` seconds before.
    fn found(ago: f64, pointer: u64) -> Option<Callback> {
        let asyncio = AsyncioLayout::of(Python::new(3, 12))?;
        let now = Instant::now();
        let header = PYTHON_3_12.frame.header;
        let mut page = vec![0; 4096];
        let mut put = |at: usize, bytes: [u8; 8]| page[at..at + 8].copy_from_slice(&bytes);
        put(200 + header, 0x7000_u64.to_le_bytes());
        put(400 + header + 8 * asyncio.end_time as usize, (pointer | 1).to_le_bytes());
        put(1024 + FLOAT_VALUE as usize, (monotonic(now) - ago).to_le_bytes());
        let memory = FakeMemory::new([(PAGE, page)]);
        let (raw, frames) = stack();
        find(&memory, &PYTHON_3_12, &asyncio, &raw, &frames, now + Duration::ZERO)
    }

    #[test]
    fn a_callback_is_told_with_the_time_since_the_loop_looked_for_events() {
        let callback = found(0.25, FLOAT).expect("a callback");
        assert!((callback.since - 0.25).abs() < 1e-3, "{callback:?}");
        assert_eq!((callback.identity[1], callback.depth), (0x7000, 1));
    }

    #[test]
    fn a_time_that_cannot_be_is_not_believed() {
        for ago in [-1.0, 1e9, f64::NAN, f64::INFINITY] {
            assert_eq!(found(ago, FLOAT), None, "{ago}");
        }
        assert_eq!(found(0.25, 16), None, "a pointer to nowhere");
    }

    #[test]
    fn a_stack_without_an_event_loop_is_in_no_callback() {
        let asyncio = AsyncioLayout::of(Python::new(3, 12)).expect("a known version");
        let memory = FakeMemory::new([(PAGE, vec![0; 4096])]);
        let (raw, mut frames) = stack();
        frames[1] = frame("Handle._run", "app.py");
        let now = Instant::now();
        assert_eq!(find(&memory, &PYTHON_3_12, &asyncio, &raw, &frames, now), None);
        assert_eq!(find(&memory, &PYTHON_3_12, &asyncio, &[], &[], now), None);
    }
}
