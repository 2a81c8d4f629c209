//! Code objects: read once, kept by address, and recognised again each time they are met.

mod read;

use std::sync::Arc;

use advisors::Place;
use read::{Fingerprint, NAME_MARK, fixed_part};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Code;
use super::batch::{Batch, Slot};
use super::called::{Called, Naming};
use super::instructions::Landmarks;
use super::layout::Layout;
use super::location_table::LocationTable;
use super::memory::Memory;
use super::sites::Sites;
use crate::limits;

/// A code object as it was when it was read.
#[derive(Debug)]
pub(super) struct CachedCode {
    pub(super) code: Arc<Code>,
    locations: LocationTable,
    /// Where the instructions begin; in free-threaded builds those of every thread's copy.
    copies: Vec<u64>,
    units: u64,
    first_traceable: u64,
    landmarks: Landmarks,
    /// Where `co_name` is, and the names of what it calls.
    name: u64,
    called: Called,
    /// Slots of a frame before its value stack, and with it.
    slots: (u32, u32),
    fingerprint: Fingerprint,
    /// The look in which the object was last seen to be the one that was read.
    confirmed: u64,
}

/// Reads of a [`Fingerprint`] in a batch.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) address: u64,
    fixed: Slot,
    name: Option<Slot>,
}

/// Where an instruction pointer stands in a code object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// At the instruction of this place.
    At(Place),
    /// Before the first instruction that counts: the frame is still being made.
    Unstarted,
    /// Not in this code object at all.
    Outside,
}

impl CachedCode {
    /// Where `instruction` stands in the `copy`th copy of the instructions.
    pub(super) fn position(&self, instruction: u64, copy: u32) -> Position {
        let Some(&start) = self.copies.get(copy as usize) else { return Position::Outside };
        // A frame that has not begun points one unit before its first instruction (3.11, 3.12).
        let Some(offset) = instruction.checked_sub(start) else {
            return match start - instruction {
                2 => Position::Unstarted,
                _ => Position::Outside,
            };
        };
        let unit = offset / 2;
        if offset % 2 != 0 || unit >= self.units {
            Position::Outside
        } else if unit < self.first_traceable {
            Position::Unstarted
        } else {
            Position::At(self.locations.place(u32::try_from(unit).unwrap_or(u32::MAX)))
        }
    }

    /// Whether nothing can have been called directly from `instruction`: it is not beyond the
    /// `RESUME` that every function begins with.
    fn is_entry(&self, instruction: u64, copy: u32) -> bool {
        let Some(&start) = self.copies.get(copy as usize) else { return false };
        instruction.checked_sub(start).is_none_or(|offset| offset / 2 <= self.first_traceable)
    }

    /// Whether none of its instructions counts: it is the interpreter's own.
    fn is_trampoline(&self) -> bool {
        self.first_traceable >= self.units
    }

    fn unit(&self, instruction: u64, copy: u32) -> Option<u32> {
        let offset = instruction.checked_sub(*self.copies.get(copy as usize)?)?;
        u32::try_from(offset / 2).ok()
    }

    /// The place, for the frame of a generator, which may stand before the first instruction that
    /// counts and yet run.
    pub(super) fn place(&self, instruction: u64, copy: u32) -> Place {
        let start = self.copies.get(copy as usize).copied().unwrap_or(instruction);
        let unit = instruction.saturating_sub(start) / 2;
        self.locations.place(u32::try_from(unit).unwrap_or(u32::MAX))
    }
}

/// The code objects of one process.
#[derive(Debug)]
pub(super) struct CodeCache {
    by_address: FxHashMap<u64, CachedCode>,
    known: FxHashSet<Arc<Code>>,
    look: u64,
    location_runs: usize,
    /// What they were seen to call.
    pub(super) sites: Sites,
}

impl CodeCache {
    pub(super) fn new() -> Self {
        Self {
            by_address: FxHashMap::default(),
            known: FxHashSet::default(),
            look: 0,
            location_runs: 0,
            sites: Sites::default(),
        }
    }

    /// Whether the object at `address` is kept, confirmed or not.
    pub(super) fn holds(&self, address: u64) -> bool {
        self.by_address.contains_key(&address)
    }

    /// Begins a look: no code object counts as confirmed.
    pub(super) fn begin_look(&mut self) {
        self.look += 1;
    }

    /// The number of the look.
    pub(super) fn look(&self) -> u64 {
        self.look
    }

    /// The code object at `address`, if it was confirmed in this look.
    pub(super) fn confirmed(&self, address: u64) -> Option<&CachedCode> {
        self.by_address.get(&address).filter(|cached| cached.confirmed == self.look)
    }

    /// Slots of a frame of the code at `address` before its value stack, and with it, as far as the
    /// code is kept.
    pub(super) fn slots(&self, address: u64) -> Option<(u32, u32)> {
        self.by_address.get(&address).map(|cached| cached.slots)
    }

    /// Whether the code at `address` is only there to clean up after a call; `None` if it is not kept.
    pub(super) fn is_trampoline(&self, address: u64) -> Option<bool> {
        self.by_address.get(&address).map(CachedCode::is_trampoline)
    }

    /// Whether a frame that stands at `instruction` has yet to call its first function.
    pub(super) fn is_at_entry(&self, address: u64, instruction: u64, copy: u32) -> bool {
        self.by_address.get(&address).is_some_and(|cached| cached.is_entry(instruction, copy))
    }

    /// Whether a frame that stands at `instruction` returns there.
    pub(super) fn returns_at(&self, address: u64, instruction: u64, copy: u32) -> bool {
        self.by_address.get(&address).is_some_and(|cached| {
            let unit = cached.unit(instruction, copy);
            unit.is_some_and(|unit| cached.landmarks.returns_at(unit))
        })
    }

    /// Whether a frame that stands at `instruction` may be one that waits for what it called, unless
    /// through C.
    pub(super) fn may_call_at(&self, address: u64, instruction: u64, copy: u32) -> bool {
        self.by_address.get(&address).is_none_or(|cached| {
            let unit = cached.unit(instruction, copy);
            unit.is_none_or(|unit| cached.landmarks.may_call_at(unit))
        })
    }

    /// Whether a frame that stands at `instruction` may be one that runs a generator, directly or
    /// through C.
    pub(super) fn may_run_generator_at(
        &self,
        address: u64,
        (instruction, copy): (u64, u32),
        through_c: bool,
    ) -> bool {
        self.by_address.get(&address).is_none_or(|cached| {
            let unit = cached.unit(instruction, copy);
            unit.is_none_or(|unit| cached.landmarks.may_run_generator_at(unit, through_c))
        })
    }

    /// How the name of `callee` is related to that of what the code at `address` calls where a frame
    /// stands at `instruction`.
    pub(super) fn naming(
        &self,
        (address, instruction, copy): (u64, u64, u32),
        callee: u64,
    ) -> Naming {
        let place = self.call_at(address, instruction, copy);
        let callee = self.by_address.get(&callee);
        let naming = |((called, unit), callee): ((&Called, u32), &CachedCode)| {
            called.naming(unit, callee.name)
        };
        place.zip(callee).map_or(Naming::Unknown, naming)
    }

    /// Which local is the last argument of what the code at `address` calls where a frame stands at
    /// `instruction`.
    pub(super) fn given(&self, address: u64, instruction: u64, copy: u32) -> Option<usize> {
        let (called, unit) = self.call_at(address, instruction, copy)?;
        called.given(unit)
    }

    /// The calls of the code at `address`, and where the place in the source begins to which
    /// `instruction` belongs.
    fn call_at(&self, address: u64, instruction: u64, copy: u32) -> Option<(&Called, u32)> {
        let caller = self.by_address.get(&address)?;
        let unit = caller.unit(instruction, copy)?;
        Some((&caller.called, caller.locations.run_start(unit)?))
    }

    /// Asks in `batch` for what tells whether the objects at `addresses` are still the ones that
    /// are kept; those that are not kept are passed over.
    pub(super) fn probe(
        &self,
        layout: &Layout,
        batch: &mut Batch,
        addresses: &[u64],
        probes: &mut Vec<Probe>,
    ) {
        batch.fence();
        let (start, length) = fixed_part(layout);
        let kept = addresses.iter().filter(|&&address| self.holds(address));
        probes.extend(kept.map(|&address| {
            let fixed = batch.add_near(address + start, length);
            Probe { address, fixed, name: None }
        }));
        for probe in probes {
            let name = &self.by_address[&probe.address].fingerprint.name;
            probe.name =
                name.as_ref().map(|(name, _)| batch.add_near(name + NAME_MARK.0, NAME_MARK.1));
        }
    }

    /// Takes a probe's outcome: confirms the object, or lets go of what is not the same any more.
    pub(super) fn judge(&mut self, batch: &Batch, probe: &Probe) {
        let Some(kept) = self.by_address.get_mut(&probe.address) else { return };
        let name = probe.name.map(|slot| batch.bytes(slot));
        let same = batch.bytes(probe.fixed) == Some(&kept.fingerprint.fixed[..])
            && name == kept.fingerprint.name.as_ref().map(|(_, mark)| Some(&mark[..]));
        if same {
            kept.confirmed = self.look;
        } else {
            self.forget(probe.address);
        }
    }

    fn forget(&mut self, address: u64) {
        if let Some(cached) = self.by_address.remove(&address) {
            self.location_runs -= cached.locations.len();
            self.sites.forget(address);
        }
    }

    /// Reads the code object at `address` and keeps it, unconfirmed. Says whether it could be.
    pub(super) fn load<M: Memory>(&mut self, memory: &M, layout: &Layout, address: u64) -> bool {
        let Some(mut cached) = read::read(memory, layout, address) else { return false };
        self.forget(address);
        self.location_runs += cached.locations.len();
        if self.by_address.len() >= limits::CACHED_CODES
            || self.location_runs > limits::LOCATION_RUNS
        {
            self.by_address.clear();
            self.known.clear();
            self.location_runs = cached.locations.len();
        }
        match self.known.get(&cached.code) {
            Some(known) => cached.code = Arc::clone(known),
            None => {
                self.known.insert(Arc::clone(&cached.code));
            }
        }
        self.by_address.insert(address, cached);
        true
    }
}
