//! What is asked for in one look at a thread, in which order.

use super::Thread;
use super::generators::handled_by;
use crate::limits;
use crate::sample::batch::{Batch, Slot};
use crate::sample::chain::RawFrame;
use crate::sample::code::{CodeCache, Probe};
use crate::sample::layout::{CurrentFrame, Layout};
use crate::sample::snapshot::Snapshot;
use crate::sample::strays::Strays;

/// Where the parts of the current look are in its batch.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) whole: Snapshot,
    pub(super) state: Option<Slot>,
    /// What of the thread state must not change meanwhile: before the stack where the version has a
    /// `_PyCFrame`, after it elsewhere.
    pub(super) checked: Option<Slot>,
    /// What the generators handle, where the version tells.
    pub(super) handled: Snapshot,
    pub(super) probes: Vec<Probe>,
    /// The inner end, again and again.
    pub(super) copies: Vec<Snapshot>,
}

/// Copies of a stack's inner end that are taken together: one that is there for a third of the time is
/// missed by one set in fifty.
const COPIES: usize = 10;

impl Thread {
    /// Asks for everything that a stack is made of, in this order: the thread state with the frame
    /// pointer, the whole stack from its outer to its inner end, and the frame pointer again; then,
    /// when `confirm` says so, what confirms the code objects. An object that is confirmed after the
    /// frames were read has been the same since it was last confirmed.
    pub(in crate::sample) fn ask(
        &mut self,
        layout: &Layout,
        codes: &CodeCache,
        confirm: bool,
        batch: &mut Batch,
    ) {
        batch.fence();
        self.chunks.relax();
        self.plan.whole.clear();
        self.plan.handled.clear();
        let fields = layout.thread.checked_fields();
        let checked = (self.address + fields.start as u64, fields.len());
        match layout.thread.current_frame {
            CurrentFrame::Direct(_) => {
                self.plan.state = Some(batch.add(self.address, layout.thread.read));
            }
            CurrentFrame::ThroughCframe { current_frame, .. } => {
                self.plan.checked = Some(batch.add(checked.0, checked.1));
                self.cframes.ask_before(current_frame, batch);
            }
        }
        batch.fence();
        for chunk in self.chunks.worth_reading() {
            self.plan.whole.add(batch, chunk.address, chunk.used);
        }
        batch.fence();
        let handled = layout.thread.exceptions.is_some().then_some(&mut self.plan.handled);
        ask_for_strays(&self.strays, layout, codes, batch, (&mut self.plan.whole, handled));
        batch.fence();
        match layout.thread.current_frame {
            CurrentFrame::Direct(_) => {
                self.plan.checked = Some(batch.add(checked.0, checked.1));
            }
            CurrentFrame::ThroughCframe { current_frame, .. } => {
                self.cframes.ask_after(current_frame, batch);
                self.plan.state = Some(batch.add(self.address, layout.thread.read));
            }
        }
        self.plan.probes.clear();
        if confirm {
            codes.probe(layout, batch, &self.codes, &mut self.plan.probes);
        }
    }

    /// Asks for the inner end of a stack again and again, from the innermost chunk's last frame of
    /// `base` on.
    pub(in crate::sample) fn ask_for_copies(
        &mut self,
        layout: &Layout,
        codes: &CodeCache,
        base: &[RawFrame],
        batch: &mut Batch,
    ) {
        self.plan.copies.clear();
        let is_in_chunk = |frame: &&RawFrame| self.chunks.holding(frame.address, 0) == Some(0);
        let chunk = self.chunks.worth_reading().last().copied();
        let (Some(start), Some(chunk)) = (base.iter().find(is_in_chunk), chunk) else { return };
        let end = chunk.address.saturating_add(chunk.used as u64);
        let length = end.saturating_sub(start.address) as usize;
        if !self.strays.are_few() {
            return;
        }
        for _ in 0..COPIES {
            let mut copy = Snapshot::default();
            batch.fence();
            copy.add(batch, start.address, length.max(layout.frame.header));
            batch.fence();
            ask_for_strays(&self.strays, layout, codes, batch, (&mut copy, None));
            self.plan.copies.push(copy);
        }
    }
}

fn ask_for_strays(
    strays: &Strays,
    layout: &Layout,
    codes: &CodeCache,
    batch: &mut Batch,
    (snapshot, mut handled): (&mut Snapshot, Option<&mut Snapshot>),
) {
    for stray in strays.iter() {
        if let Some(handled) = &mut handled {
            handled.add(batch, handled_by(stray.address), 8);
        }
        let slots = codes.slots(stray.code).map_or(0, |(_, all)| all as usize);
        let length = layout.frame.header + 8 * slots.min(limits::CALLEE_DISTANCE / 8);
        snapshot.add(batch, stray.address, length);
    }
}
