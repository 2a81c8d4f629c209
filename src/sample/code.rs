//! Code objects: read once, kept by address, and recognised again each time they are met.

use std::sync::Arc;

use advisors::Place;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Code;
use super::batch::{Batch, Slot};
use super::bytes::{half_word, word};
use super::called::{Called, Naming};
use super::instructions::Landmarks;
use super::layout::{BytesLayout, Layout};
use super::location_table::LocationTable;
use super::memory::Memory;
use super::sites::Sites;
use super::strings;
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

/// Parts of the target's memory that tell one code object from the next at the same address.
///
/// Since 3.12 the part of a code object that never changes holds `co_version`, a running number.
/// In 3.11 all its pointers can by chance be reused, so the characters behind the qualified name
/// count too, by the length and hash in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fingerprint {
    fixed: Vec<u8>,
    name: Option<(u64, Vec<u8>)>,
}

/// Length and hash of a `str`: `PyASCIIObject.length` and `.hash` (cpython/unicodeobject.h).
const NAME_MARK: (u64, usize) = (16, 16);

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
        let caller = self.by_address.get(&address);
        let place = caller.and_then(|caller| {
            let unit = caller.unit(instruction, copy)?;
            Some((&caller.called, caller.locations.run_start(unit)?))
        });
        let callee = self.by_address.get(&callee);
        let naming = |((called, unit), callee): ((&Called, u32), &CachedCode)| {
            called.naming(unit, callee.name)
        };
        place.zip(callee).map_or(Naming::Unknown, naming)
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
        let Some(mut cached) = read(memory, layout, address) else { return false };
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

/// Start and length of the part that never changes: from the first line to the location table.
fn fixed_part(layout: &Layout) -> (u64, usize) {
    let start = layout.code.first_line;
    (start as u64, (layout.code.line_table + 8).saturating_sub(start).min(256))
}

fn read<M: Memory>(memory: &M, layout: &Layout, address: u64) -> Option<CachedCode> {
    let fields = &layout.code;
    let fingerprint = read_fingerprint(memory, layout, address)?;
    let mut object = vec![0; fields.instructions];
    memory.read(address, &mut object).ok()?;
    let units =
        word(&object, layout.bytes.size).filter(|&units| units <= limits::CODE_UNITS as u64)?;
    let first_line = half_word(&object, fields.first_line)?;
    let text = |offset| strings::read(memory, &layout.text, word(&object, offset)?);
    let code = Code {
        name: text(fields.qualified_name).or_else(|| text(fields.name))?,
        file: text(fields.file)?,
        first_line,
    };
    let locals = half_word(&object, fields.first_line + 4)?;
    let values = half_word(&object, fields.first_line.checked_sub(4)?)?;
    let length = usize::try_from(units).ok()?.min(limits::CODE_UNITS_READ) * 2;
    let mut instructions = vec![0; length];
    memory.read(address.checked_add(fields.instructions as u64)?, &mut instructions).ok()?;
    let table = read_bytes(memory, &layout.bytes, word(&object, fields.line_table)?)?;
    let names = read_names(memory, layout, &object).unwrap_or_default();
    // The parts were read one after the other; they belong together if nothing has changed since.
    if read_fingerprint(memory, layout, address)? != fingerprint {
        return None;
    }
    let locations = LocationTable::decode(&table, first_line, u32::try_from(units).ok()?);
    let landmarks = fields.known.among(&instructions);
    let called = Called::of(&instructions, &locations, &landmarks, fields.known.loads, &names);
    Some(CachedCode {
        code: Arc::new(code),
        locations,
        copies: read_copies(memory, layout, address, &object)?,
        units,
        first_traceable: u64::from(half_word(&object, fields.first_traceable)?),
        landmarks,
        name: word(&object, fields.name)?,
        called,
        slots: (locals, locals.saturating_add(values)),
        fingerprint,
        confirmed: 0,
    })
}

/// Where the instructions of every copy begin, as `_PyCodeArray` has them (cpython/code.h, 3.14):
/// their number, then the pointers.
fn read_copies<M: Memory>(
    memory: &M,
    layout: &Layout,
    address: u64,
    object: &[u8],
) -> Option<Vec<u64>> {
    let main = address.checked_add(layout.code.instructions as u64)?;
    let Some(array) = layout.code.copies.and_then(|copies| word(object, copies)) else {
        return Some(vec![main]);
    };
    let mut count = [0; 8];
    memory.read(array, &mut count).ok()?;
    let count = usize::try_from(u64::from_le_bytes(count)).ok()?.min(limits::THREADS);
    let mut pointers = vec![0; count * 8];
    memory.read(array.checked_add(8)?, &mut pointers).ok()?;
    let mut copies: Vec<u64> =
        pointers.chunks_exact(8).filter_map(|pointer| word(pointer, 0)).collect();
    match copies.first_mut() {
        Some(first) => *first = main,
        None => copies.push(main),
    }
    Some(copies)
}

fn read_fingerprint<M: Memory>(memory: &M, layout: &Layout, address: u64) -> Option<Fingerprint> {
    let (start, length) = fixed_part(layout);
    let mut fixed = vec![0; length];
    memory.read(address.checked_add(start)?, &mut fixed).ok()?;
    if layout.code.has_version {
        return Some(Fingerprint { fixed, name: None });
    }
    let name = word(&fixed, layout.code.qualified_name.checked_sub(layout.code.first_line)?)?;
    let mut mark = vec![0; NAME_MARK.1];
    memory.read(name.checked_add(NAME_MARK.0)?, &mut mark).ok()?;
    Some(Fingerprint { fixed, name: Some((name, mark)) })
}

/// The addresses of `co_names`.
fn read_names<M: Memory>(memory: &M, layout: &Layout, object: &[u8]) -> Option<Vec<u64>> {
    let tuple = word(object, layout.code.names)?;
    let mut count = [0; 8];
    memory.read(tuple.checked_add(layout.bytes.size as u64)?, &mut count).ok()?;
    let count = usize::try_from(u64::from_le_bytes(count)).ok()?.min(limits::CODE_NAMES);
    let mut items = vec![0; count * 8];
    memory.read(tuple.checked_add(layout.code.tuple_items as u64)?, &mut items).ok()?;
    Some(items.chunks_exact(8).filter_map(|item| word(item, 0)).collect())
}

fn read_bytes<M: Memory>(memory: &M, layout: &BytesLayout, address: u64) -> Option<Vec<u8>> {
    let mut size = [0; 8];
    memory.read(address.checked_add(layout.size as u64)?, &mut size).ok()?;
    let length = usize::try_from(u64::from_le_bytes(size)).ok()?;
    if length > limits::LOCATION_TABLE_BYTES {
        return None;
    }
    let mut bytes = vec![0; length];
    memory.read(address.checked_add(layout.data as u64)?, &mut bytes).ok()?;
    Some(bytes)
}
