//! Which names, and which attributes and items of them, the instructions of a line load.
//!
//! Every stretch of instructions that come from one place in the source begins with an instruction
//! and not with an inline cache, and a name is a place of its own; so the first instructions of the
//! stretches tell the names, and nothing has to be known of the rest.

use std::cell::Cell;
use std::sync::Arc;

use advisors::Place;

use super::batch::{Batch, Ticket, half_at, word_at};
use super::depth::Taking;
use super::items::Key;
use super::layout::{self, Layout, code};
use super::names::Names;
use super::objects::Objects;
use super::opcodes::{Effect, MINUS_ONE, Opcodes};
use super::sought::{By, Sought};
use crate::limits;
use crate::sample::location_table::LocationTable;
use crate::sample::memory::{Memory, ReadError};

/// Attributes and items of these that are followed: `self.config.rows` has two. An item may be one
/// more: `self.config.rows[0]`.
const DEPTH: usize = 2;

/// The names and attributes that a code object loads, and where.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// In the order of the instructions.
    uses: Vec<Use>,
    /// First and last line of the expressions that are written over several.
    spans: Vec<(u32, u32)>,
    /// The operations that work on two values of which not both have names, in rising order.
    operations: Vec<Operation>,
}

/// An operation that works on two values.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) taking: Taking,
    pub(super) place: Place,
    /// Whether the lower one has a name or is a constant, and the upper one.
    pub(super) named: [bool; 2],
}

/// One name, attribute or item that is loaded.
#[derive(Debug)]
struct Use {
    lines: (u32, u32),
    part: Part,
    /// Index of the use whose attribute or item it is.
    owner: Option<usize>,
    /// How many uses are between it and its root, this one included: no more than are followed.
    depth: usize,
}

/// What lies on the stack, as far as it has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Loaded {
    /// A use, by its index.
    Use(usize),
    /// A constant that is a key.
    Key(Key),
    /// Another constant.
    Constant,
}

/// By index into [`Names`].
#[derive(Debug, Clone)]
enum Part {
    Slot(usize),
    Name(usize),
    Item(By),
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
        let exceptions = word_at(head, code::EXCEPTION_TABLE);
        let constants = word_at(head, code::CONSTANTS);
        if units > limits::LOOKED_UNITS {
            return Ok(Self::default());
        }
        let mut batch = Batch::default();
        let instructions =
            batch.want(address.wrapping_add(layout.code_instructions), 2 * units as usize);
        let [length, exceptions_length] = [table, exceptions]
            .map(|it| batch.want(it.wrapping_add(layout::OBJECT_SIZE as u64), 8));
        batch.read(memory)?;
        let mut tables = Batch::default();
        let mut text = |table: u64, length: Ticket| {
            let length = batch.word(length).unwrap_or(0).min(limits::LOOKED_TABLE_BYTES);
            tables.want(table.wrapping_add(layout::BYTES_DATA), length as usize)
        };
        let (table, exceptions) = (text(table, length), text(exceptions, exceptions_length));
        tables.read(memory)?;
        let exceptions = tables.bytes(exceptions).unwrap_or_default();
        let read = batch.bytes(instructions).zip(tables.bytes(table));
        Ok(read.map_or_else(Self::default, |(instructions, table)| {
            let locations = LocationTable::decode(table, first_line, units as u32);
            let items = constants.saturating_add_signed(layout.tuple_items);
            let left = Cell::new(limits::ITEMS);
            let key = |index: usize| {
                left.set(left.get().checked_sub(1)?);
                let mut objects = Objects::with(memory, *layout);
                let constant = objects.at(items.checked_add(8 * index as u64)?)?;
                objects.key(&constant)
            };
            let takings = layout.stack.takings(instructions, exceptions);
            Self::of(instructions, &locations, layout.opcodes, names, &key, &takings)
        }))
    }

    /// The operation at a code unit.
    pub(super) fn operation(&self, unit: u32) -> Option<&Operation> {
        let index = self.operations.binary_search_by_key(&unit, |it| it.taking.unit).ok()?;
        self.operations.get(index)
    }

    /// Nothing where an instruction is watched: it does not say what it is. `key` gives the constant
    /// of an index.
    fn of(
        instructions: &[u8],
        locations: &LocationTable,
        opcodes: Opcodes,
        names: &Names,
        key: &dyn Fn(usize) -> Option<Key>,
        takings: &[Taking],
    ) -> Self {
        let mut found = Self::default();
        let mut stack = Top::default();
        let mut effects = locations.runs().map(|(units, place)| {
            let bytes = 2 * units.start as usize..instructions.len().min(2 * units.end as usize);
            let first = opcodes.first_effect(instructions.get(bytes).unwrap_or(&[]));
            (place, first, units.start)
        });
        let mut next = effects.next();
        while let Some((place, (effect, argument), unit)) = next {
            next = effects.next();
            if effect == Effect::Instrumented {
                return Self::default();
            }
            let lines = (place.line, place.end_line);
            if lines.0 < lines.1 && may_be_expression(lines) {
                found.spans.push(lines);
            }
            // Few constants are keys: no other is read.
            let is_key = matches!(next, Some((_, (Effect::Item { argument }, it), _))
                if it == usize::from(argument));
            if let Ok(index) = takings.binary_search_by_key(&unit, |it| it.unit) {
                let named = [stack.second.is_some(), stack.first.is_some()];
                if named != [true; 2] {
                    found.operations.push(Operation { taking: takings[index], place, named });
                }
            }
            stack = match effect {
                Effect::Constant if is_key => stack.under(key(argument).map(Loaded::Key)),
                Effect::CommonConstant if argument == MINUS_ONE => {
                    stack.under(Some(Loaded::Key(Key::Number(-1))))
                }
                Effect::Constant | Effect::CommonConstant => stack.under(Some(Loaded::Constant)),
                Effect::SmallInt => {
                    let number = i64::try_from(argument).ok();
                    stack.under(number.map(|it| Loaded::Key(Key::Number(it))))
                }
                _ => found.step(names, effect, argument, stack, lines),
            };
        }
        found
    }

    /// Takes in an instruction that finds `stack`; gives what is there after it.
    fn step(
        &mut self,
        names: &Names,
        effect: Effect,
        argument: usize,
        stack: Top,
        lines: (u32, u32),
    ) -> Top {
        let mut load = |part, owner| self.load(names, lines, part, owner);
        match effect {
            Effect::Neutral => stack,
            Effect::Slot => stack.under(load(Part::Slot(argument), None)),
            Effect::TwoSlots => {
                let first = load(Part::Slot(argument >> 4), None);
                Top { first: load(Part::Slot(argument & 15), None), second: first }
            }
            Effect::LowSlot => stack.under(load(Part::Slot(argument & 15), None)),
            Effect::Name { flags } => stack.under(load(Part::Name(argument >> flags), None)),
            Effect::Attribute { flags: 1 } if argument & 1 == 1 => Top::default(),
            Effect::Attribute { flags } => match stack.first {
                Some(Loaded::Use(owner)) => {
                    Top { first: load(Part::Name(argument >> flags), Some(owner)), ..stack }
                }
                _ => Top::default(),
            },
            Effect::Item { argument: subscript } if argument == usize::from(subscript) => {
                let by = match stack.first {
                    Some(Loaded::Key(key)) => Some(By::Constant(key)),
                    Some(Loaded::Use(key)) => self.variable(names, key).map(By::Name),
                    Some(Loaded::Constant) | None => None,
                };
                let item = by.zip(stack.second).and_then(|(by, owner)| match owner {
                    Loaded::Use(owner) => self.load(names, lines, Part::Item(by), Some(owner)),
                    Loaded::Key(_) | Loaded::Constant => None,
                });
                Top { first: item, second: None }
            }
            _ => Top::default(),
        }
    }

    /// Takes note of a use, unless it has no name or is of more than is followed.
    fn load(
        &mut self,
        names: &Names,
        lines: (u32, u32),
        part: Part,
        owner: Option<usize>,
    ) -> Option<Loaded> {
        let known = part.name(names).is_some() || matches!(part, Part::Item(_));
        let depth = owner.map_or(0, |owner| self.uses[owner].depth + 1);
        (known && depth <= DEPTH + 1).then(|| {
            self.uses.push(Use { lines, part, owner, depth });
            Loaded::Use(self.uses.len() - 1)
        })
    }

    /// How many uses are followed at the most to a root.
    #[cfg(test)]
    pub(super) fn deepest(&self) -> usize {
        self.uses.iter().map(|it| it.depth).max().unwrap_or(0)
    }

    /// The name that a use is, unless it is an attribute or an item.
    fn variable(&self, names: &Names, index: usize) -> Option<Arc<str>> {
        let Use { part, owner: None, .. } = &self.uses[index] else { return None };
        part.name(names).cloned()
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

    /// Adds a use and all that it is an attribute or an item of.
    fn add(&self, sought: &mut Sought, names: &Names, index: usize) {
        let mut path = Vec::new();
        let mut next = Some(index);
        while let Some(use_) = next.map(|index| &self.uses[index]) {
            path.push(&use_.part);
            next = use_.owner;
        }
        path.reverse();
        let Some((root, parts)) = path.split_first() else { return };
        let Some(root) = root.name(names) else { return };
        sought.roots.insert(root.clone());
        let mut owner = root.to_string();
        for (depth, part) in parts.iter().enumerate().take(DEPTH + 1) {
            match part {
                Part::Item(by) => {
                    let expression = by.item_of(&owner);
                    if let By::Name(name) = by {
                        sought.roots.insert(name.clone());
                    }
                    let items = sought.items.entry(owner).or_default();
                    if !items.contains(by) {
                        items.push(by.clone());
                    }
                    owner = expression;
                }
                _ if depth == DEPTH => break,
                part => {
                    let Some(attribute) = part.name(names) else { return };
                    let expression = format!("{owner}.{attribute}");
                    sought.attributes.entry(owner).or_default().insert(attribute.clone());
                    owner = expression;
                }
            }
        }
    }
}

/// The two uppermost things on the stack.
#[derive(Debug, Default)]
struct Top {
    first: Option<Loaded>,
    second: Option<Loaded>,
}

impl Top {
    /// What is there when another is pushed.
    fn under(self, pushed: Option<Loaded>) -> Self {
        Self { first: pushed, second: self.first }
    }
}

/// Whether so many lines may be those of an expression. Up to 3.12 the instructions of a loop itself
/// have the place of the whole statement.
fn may_be_expression((first, last): (u32, u32)) -> bool {
    const LINES: u32 = 10;
    last.saturating_sub(first) < LINES
}

impl Part {
    fn name<'n>(&self, names: &'n Names) -> Option<&'n Arc<str>> {
        match *self {
            Self::Slot(index) => names.slots.get(index)?.name.as_ref(),
            Self::Name(index) => names.names.get(index).map(|name| &name.written),
            Self::Item(_) => None,
        }
        .filter(|name| !name.is_empty())
    }
}
