//! Which names, and which attributes of them, the instructions of a line load.
//!
//! Every stretch of instructions that come from one place in the source begins with an instruction
//! and not with an inline cache, and a name is a place of its own; so the first instructions of the
//! stretches tell the names, and nothing has to be known of the rest.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use advisors::Place;

use super::batch::{Batch, half_at, word_at};
use super::layout::{self, Layout, code};
use super::names::Names;
use super::opcodes::{Effect, Opcodes};
use crate::limits;
use crate::sample::location_table::LocationTable;
use crate::sample::memory::{Memory, ReadError};

/// Attributes of attributes that are followed: `self.config.rows` has two.
const DEPTH: usize = 2;

/// The names and attributes that a code object loads, and where.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// In the order of the instructions.
    uses: Vec<Use>,
    /// First and last line of the expressions that are written over several.
    spans: Vec<(u32, u32)>,
}

/// One name or attribute that is loaded.
#[derive(Debug)]
struct Use {
    lines: (u32, u32),
    part: Part,
    /// Index of the use whose attribute it is.
    owner: Option<usize>,
}

/// By index into [`Names`].
#[derive(Debug, Clone, Copy)]
enum Part {
    Slot(usize),
    Name(usize),
}

/// What a look is for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sought {
    /// Names that are not another's attributes.
    roots: HashSet<Arc<str>>,
    /// Names of attributes by the expression that they belong to.
    attributes: HashMap<String, HashSet<Arc<str>>>,
}

impl Sought {
    pub(super) fn has_root(&self, name: &str) -> bool {
        self.roots.contains(name)
    }

    /// Whether all names but these are attributes.
    pub(super) fn has_no_root_but<'a>(&self, known: impl Iterator<Item = &'a str>) -> bool {
        let known: HashSet<&str> = known.collect();
        self.roots.iter().all(|root| known.contains(&**root))
    }

    pub(super) fn has_attributes(&self, owner: &str) -> bool {
        self.attributes.contains_key(owner)
    }

    pub(super) fn has_attribute(&self, owner: &str, name: &str) -> bool {
        self.attributes.get(owner).is_some_and(|names| names.contains(name))
    }
}

impl Uses {
    /// Reads the instructions of the code object at `address`, whose names are `names`. Nothing is
    /// known of more than [`limits::LOOKED_UNITS`].
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn read<M: Memory>(
        memory: &M,
        layout: &Layout,
        address: u64,
        names: &Names,
    ) -> Result<Self, ReadError> {
        let mut batch = Batch::default();
        let head = batch.want(address, code::LINE_TABLE + 8);
        batch.read(memory)?;
        let Some(head) = batch.bytes(head) else { return Ok(Self::default()) };
        let units = word_at(head, layout::OBJECT_SIZE as usize);
        let first_line = half_at(head, layout.code_first_line as usize);
        let table = word_at(head, code::LINE_TABLE);
        if units > limits::LOOKED_UNITS {
            return Ok(Self::default());
        }
        let mut batch = Batch::default();
        let instructions =
            batch.want(address.wrapping_add(layout.code_instructions), 2 * units as usize);
        let length = batch.want(table.wrapping_add(layout::OBJECT_SIZE as u64), 8);
        batch.read(memory)?;
        let length = batch.word(length).unwrap_or(0).min(limits::LOOKED_TABLE_BYTES);
        let mut tables = Batch::default();
        let table = tables.want(table.wrapping_add(layout::BYTES_DATA), length as usize);
        tables.read(memory)?;
        let read = batch.bytes(instructions).zip(tables.bytes(table));
        Ok(read.map_or_else(Self::default, |(instructions, table)| {
            let locations = LocationTable::decode(table, first_line, units as u32);
            Self::of(instructions, &locations, layout.opcodes, names)
        }))
    }

    /// Nothing where an instruction is watched: it does not say what it is.
    fn of(instructions: &[u8], locations: &LocationTable, opcodes: Opcodes, names: &Names) -> Self {
        let mut found = Self::default();
        let mut top = None;
        for (units, place) in locations.runs() {
            let bytes = 2 * units.start as usize..instructions.len().min(2 * units.end as usize);
            let (effect, argument) = opcodes.first_effect(instructions.get(bytes).unwrap_or(&[]));
            if effect == Effect::Instrumented {
                return Self::default();
            }
            let lines = (place.line, place.end_line);
            if lines.0 < lines.1 && may_be_expression(lines) {
                found.spans.push(lines);
            }
            top = found.step(names, effect, argument, top, lines);
        }
        found
    }

    /// Takes in an instruction that finds the use of index `top` on top of the stack; gives what is
    /// there after it.
    fn step(
        &mut self,
        names: &Names,
        effect: Effect,
        argument: usize,
        top: Option<usize>,
        lines: (u32, u32),
    ) -> Option<usize> {
        let mut load = |part: Part, owner| {
            let known = part.name(names).is_some();
            known.then(|| {
                self.uses.push(Use { lines, part, owner });
                self.uses.len() - 1
            })
        };
        match effect {
            Effect::Neutral => top,
            Effect::Slot => load(Part::Slot(argument), None),
            Effect::TwoSlots => {
                load(Part::Slot(argument >> 4), None);
                load(Part::Slot(argument & 15), None)
            }
            Effect::LowSlot => load(Part::Slot(argument & 15), None),
            Effect::Name { flags } => load(Part::Name(argument >> flags), None),
            Effect::Attribute { flags: 1 } if argument & 1 == 1 => None,
            Effect::Attribute { flags } => load(Part::Name(argument >> flags), Some(top?)),
            _ => None,
        }
    }

    /// What is loaded on the lines of `place`, and on those of all expressions that go over them.
    /// `None` when nothing is known to be, or `place` is more than an expression.
    pub(super) fn sought(&self, names: &Names, place: Place) -> Option<Sought> {
        if !may_be_expression((place.line, place.end_line)) {
            return None;
        }
        let (mut first, mut last) = (place.line, place.end_line);
        let over = |&&(start, end): &&(u32, u32)| start <= place.end_line && end >= place.line;
        for &(start, end) in self.spans.iter().filter(over) {
            (first, last) = (first.min(start), last.max(end));
        }
        let mut sought = Sought::default();
        for index in 0..self.uses.len() {
            let (start, end) = self.uses[index].lines;
            if start <= last && end >= first && start > 0 {
                self.add(&mut sought, names, index);
            }
        }
        (!sought.roots.is_empty()).then_some(sought)
    }

    /// Adds a use and all that it is an attribute of.
    fn add(&self, sought: &mut Sought, names: &Names, index: usize) {
        let mut path = Vec::new();
        let mut next = Some(index);
        while let Some(use_) = next.map(|index| &self.uses[index]) {
            path.extend(use_.part.name(names));
            next = use_.owner;
        }
        path.reverse();
        let Some((root, attributes)) = path.split_first() else { return };
        sought.roots.insert((*root).clone());
        let mut owner = root.to_string();
        for attribute in attributes.iter().take(DEPTH) {
            sought.attributes.entry(owner.clone()).or_default().insert((*attribute).clone());
            owner = format!("{owner}.{attribute}");
        }
    }
}

/// Whether so many lines may be those of an expression. Up to 3.12 the instructions of a loop itself
/// have the place of the whole statement.
fn may_be_expression((first, last): (u32, u32)) -> bool {
    const LINES: u32 = 10;
    last.saturating_sub(first) < LINES
}

impl Part {
    fn name(self, names: &Names) -> Option<&Arc<str>> {
        match self {
            Self::Slot(index) => names.slots.get(index)?.name.as_ref(),
            Self::Name(index) => names.names.get(index).map(|name| &name.written),
        }
        .filter(|name| !name.is_empty())
    }
}
