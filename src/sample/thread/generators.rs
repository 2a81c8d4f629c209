//! A thread's generators: which runs, and where it stands if it runs too fast for a look.

use super::Thread;
use crate::sample::batch::Batch;
use crate::sample::chain::{RawFrame, Views, read_header};
use crate::sample::chunks::Chunks;
use crate::sample::code::CodeCache;
use crate::sample::composed::compose;
use crate::sample::layout::Layout;
use crate::sample::links::first_pointed;
use crate::sample::memory::Memory;
use crate::sample::snapshot::{Header, Snapshot};
use crate::sample::strays::Strays;

impl Thread {
    /// Makes a stack of the copies that were asked for: the generator that ran when the first look
    /// began, from `leaf` outwards, and what of `base` it was driven by. Leaf first, in `found`.
    pub(in crate::sample) fn compose(
        &mut self,
        layout: &Layout,
        codes: &mut CodeCache,
        batch: &Batch,
        (leaf, base): (u64, &[RawFrame]),
        found: &mut Vec<RawFrame>,
    ) -> bool {
        let view = |whole| Views { layout, batch, whole, base: None, root: None, steady: &[] };
        let copies: Vec<Views<'_>> = self.plan.copies.iter().map(view).collect();
        let Some(stack) = compose(&copies, codes, &mut self.past, leaf, base) else {
            return false;
        };
        drop(copies);
        self.remember(&stack, layout);
        *found = stack;
        found.retain(|frame| !frame.header.is_shim());
        true
    }
}

/// Where the generator whose frame is at `frame` keeps the exception that it handles: a generator has
/// a state of exceptions of its own, which the thread's is linked behind while it runs
/// (`gi_exc_state`, four words before `gi_iframe` in pycore_interpframe_structs.h, 3.14 and 3.15).
pub(super) fn handled_by(frame: u64) -> u64 {
    frame.wrapping_sub(32)
}

/// Whether a generator of a stack handles an exception, as far as it was asked for.
pub(super) fn handle_exception(batch: &Batch, handled: &Snapshot, stack: &[RawFrame]) -> bool {
    let mut generators = stack.iter().filter(|frame| frame.header.is_in_generator());
    generators.any(|it| handled.object(batch, handled_by(it.address)).is_some_and(|it| it != 0))
}

/// The innermost frame before the copy, if it is a generator's or of what one called. One that was
/// not known to be the thread's is in the next look.
pub(super) fn innermost<M: Memory>(
    memory: &M,
    views: &Views<'_>,
    chunks: &Chunks,
    strays: &mut Strays,
    leaves: [u64; 2],
) -> Option<u64> {
    let leaf = first_pointed(leaves);
    if views.header(leaf).is_some() {
        return views.generator_behind(leaf);
    }
    if leaf == 0 || chunks.holding(leaf, 0).is_some() {
        return None;
    }
    let header = read_header(memory, views.layout, leaf).filter(Header::is_in_generator)?;
    strays.meet(leaf, header.code);
    Some(leaf)
}
