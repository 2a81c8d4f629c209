//! The arguments of a call, told from those of other calls by what they are worth.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::OperandReader;
use super::batch::{Batch, Ticket};
use super::frame::Frame;
use super::layout::{self, Layout, OBJECT_TYPE, class, code};
use super::names::Names;
use super::object::{self, Edge, Object, untagged};
use super::standing::Standing;
use super::types::{Kind, Type};
use crate::limits;
use crate::sample::chain::RawFrame;
use crate::sample::memory::{Memory, ReadError};
use crate::sample::{Code, Operand, Value, strings};
use crate::text::Untrusted;

/// What came of a look at a call's arguments.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sample) enum Arguments {
    /// The function takes none, or is one whose frame outlives the call.
    None,
    /// The frame runs other code by now.
    Gone,
    Seen {
        /// Named after the parameters.
        all: Operand,
        /// Each argument by itself, `(a, b)[0]`; none of a call that was over too soon.
        each: Vec<Operand>,
        /// What tells whether they are the same objects of the same value again.
        objects: u64,
    },
}

impl Arguments {
    /// Whether the call went on, or was over, before its arguments were read.
    fn is_outrun(&self) -> bool {
        match self {
            Self::None => false,
            Self::Gone => true,
            Self::Seen { all, .. } => all.value == Some(Value::Outrun),
        }
    }
}

/// An object and its type.
type Typed = (Object, Arc<Type>);

/// An argument or an element of one that is a tuple, with what says where its value is.
struct Part {
    object: Object,
    class: Arc<Type>,
    /// Where its type is by now.
    type_address: Ticket,
    content: Content,
}

/// What an object is told apart by.
enum Content {
    /// Its type alone.
    Nothing,
    /// These bytes of it.
    Bytes(Ticket),
    /// As many elements, which follow.
    Elements(usize),
    /// Where it is.
    Address,
}

impl OperandReader {
    /// Reads the arguments of a call whose code object `code` was made from, if it stands. They are
    /// what the parameters are bound to, which is not the same where the function assigns to one.
    pub(in crate::sample) fn arguments<M: Memory>(
        &mut self,
        memory: &M,
        call: Standing<'_>,
        code: &Arc<Code>,
    ) -> Arguments {
        /// A call that is over before it was read is followed by another: what is short would else
        /// be told less often than what is long.
        const ATTEMPTS: usize = 3;
        let mut found = Arguments::Gone;
        for _ in 0..ATTEMPTS {
            found = self.try_arguments(memory, call, code).unwrap_or(Arguments::Gone);
            if !found.is_outrun() {
                break;
            }
        }
        found
    }

    fn try_arguments<M: Memory>(
        &mut self,
        memory: &M,
        call: Standing<'_>,
        code: &Arc<Code>,
    ) -> Result<Arguments, ReadError> {
        let (layout, names) = (self.layout, &mut self.names);
        let Some(RawFrame { address, header, .. }) = call.frame() else {
            return Ok(Arguments::Gone);
        };
        let named = Frame::with_names(memory, &layout, names, *address, header.code, code)?;
        let Some((frame, names)) = named else { return Ok(Arguments::Gone) };
        let Some(expression) = parameters(&names) else { return Ok(Arguments::None) };
        let edges = frame.arguments(&layout, names.fingerprint.parameters);
        let objects = object::follow(memory, &edges)?;
        let addresses = edges.iter().map(|edge| edge.object).collect::<Vec<_>>();
        let seen = |value, elements, each| Arguments::Seen {
            all: Operand {
                type_name: Untrusted::new("tuple"),
                length: Some(edges.len() as u64),
                elements,
                ..argument(expression.clone(), value)
            },
            each,
            objects: hashed(value, &addresses),
        };
        let parts = match objects.into_iter().collect::<Option<Vec<Object>>>() {
            Some(objects) => self.parts(memory, objects)?,
            None => None,
        };
        let mut batch = Batch::default();
        let parts = parts.map(|parts| contents(&mut batch, &layout, parts));
        let slots: Vec<Ticket> = edges.iter().map(|edge| batch.want(edge.slot, 8)).collect();
        let wanted = call.want(&mut batch);
        batch.read(memory)?;
        if !call.holds(memory, &batch, &wanted) {
            return Ok(Arguments::Gone);
        }
        let stayed = slots.iter().map(|&slot| batch.word(slot).map(untagged));
        let stayed = stayed.eq(addresses.iter().map(|&address| Some(address)));
        Ok(match parts.filter(|_| stayed) {
            Some(parts) => {
                let each = arguments(&batch, &expression, &parts);
                seen(digest(&batch, &parts), type_names(&parts), each)
            }
            None => seen(Value::Outrun, Vec::new(), Vec::new()),
        })
    }

    /// The objects, each followed by its elements if it is a short tuple; `None` when something was
    /// no object any more.
    fn parts<M: Memory>(
        &mut self,
        memory: &M,
        objects: Vec<Object>,
    ) -> Result<Option<Vec<Typed>>, ReadError> {
        let Some(objects) = self.typed(memory, objects)? else { return Ok(None) };
        let Some(objects) = self.out_of_cells(memory, objects)? else { return Ok(None) };
        let items: Vec<Vec<Edge>> =
            objects.iter().map(|(object, class)| self.items(object, class)).collect();
        let edges: Vec<Edge> = items.iter().flatten().copied().collect();
        let elements = object::follow(memory, &edges)?.into_iter().collect::<Option<Vec<_>>>();
        let Some(elements) = elements else { return Ok(None) };
        let Some(elements) = self.typed(memory, elements)? else { return Ok(None) };
        let mut elements = elements.into_iter();
        let mut parts = Vec::new();
        for (object, items) in objects.into_iter().zip(items) {
            parts.push(object);
            parts.extend(elements.by_ref().take(items.len()));
        }
        Ok(Some(parts))
    }

    /// The same with what cells hold in their place: a parameter that a closure uses is in one.
    fn out_of_cells<M: Memory>(
        &mut self,
        memory: &M,
        objects: Vec<Typed>,
    ) -> Result<Option<Vec<Typed>>, ReadError> {
        let is_cell = |class: &Type| class.kind == Kind::Cell;
        let cells = objects.iter().filter(|(_, class)| is_cell(class));
        let edges = cells.map(|(cell, _)| cell.cell_content()).collect::<Option<Vec<_>>>();
        let Some(edges) = edges else { return Ok(None) };
        if edges.is_empty() {
            return Ok(Some(objects));
        }
        let held = object::follow(memory, &edges)?.into_iter().collect::<Option<Vec<_>>>();
        let Some(held) = held else { return Ok(None) };
        let Some(held) = self.typed(memory, held)? else { return Ok(None) };
        let mut held = held.into_iter();
        let out = |typed: Typed| if is_cell(&typed.1) { held.next() } else { Some(typed) };
        Ok(objects.into_iter().map(out).collect())
    }

    fn typed<M: Memory>(
        &mut self,
        memory: &M,
        objects: Vec<Object>,
    ) -> Result<Option<Vec<Typed>>, ReadError> {
        let addresses = objects.iter().filter_map(Object::type_address);
        self.types.learn(memory, &self.layout, addresses)?;
        let typed = objects.into_iter().map(|object| {
            let class = self.types.get(object.type_address()?)?.clone();
            Some((object, class))
        });
        Ok(typed.collect())
    }

    fn items(&self, object: &Object, class: &Type) -> Vec<Edge> {
        let Some(count) = short_tuple(object, class) else { return Vec::new() };
        let edge = |index: usize| {
            let offset = self.layout.tuple_items + 8 * index as i64;
            let slot = object.address.checked_add_signed(offset)?;
            Some(Edge { slot, object: object.word(offset)? })
        };
        (0..count).map(edge).collect::<Option<_>>().unwrap_or_default()
    }
}

/// The parameters as a tuple is written, the stars of the last included; `None` where there are none.
fn parameters(names: &Names) -> Option<String> {
    let count = names.fingerprint.parameters;
    let stars: &[&str] = match names.fingerprint.rest {
        0 => &[],
        code::KEYWORD_REST => &["**"],
        code::POSITIONAL_REST => &["*"],
        _ => &["*", "**"],
    };
    let star = |index: usize| {
        let rest = (index + stars.len()).checked_sub(count);
        rest.and_then(|it| stars.get(it)).copied().unwrap_or_default()
    };
    let slots = names.slots.get(..count)?.iter().enumerate();
    let listed = slots.map(|(at, slot)| Some(format!("{}{}", star(at), slot.name.as_deref()?)));
    let listed: Vec<String> = listed.collect::<Option<_>>()?;
    (!listed.is_empty()).then(|| format!("({})", listed.join(", ")))
}

/// Each argument by itself; elements of a tuple follow it among the parts.
fn arguments(batch: &Batch, expression: &str, parts: &[Part]) -> Vec<Operand> {
    let mut found = Vec::new();
    let mut rest = parts;
    while let [part, ..] = rest {
        let elements = if let Content::Elements(count) = part.content { count } else { 0 };
        let (own, after) = rest.split_at(rest.len().min(1 + elements));
        let name = format!("{expression}[{}]", found.len());
        let type_name = part.class.name.clone();
        found.push(Operand { type_name, ..argument(name, digest(batch, own)) });
        rest = after;
    }
    found
}

/// An operand that belongs to a call, not to a line.
fn argument(expression: String, value: Value) -> Operand {
    Operand {
        expression: Untrusted::new(expression),
        value: Some(value),
        weight: 1,
        ..Operand::default()
    }
}

/// How many elements a tuple has whose elements are looked at: all of them are in what was read.
fn short_tuple(object: &Object, class: &Type) -> Option<usize> {
    let plain = class.kind == Kind::Tuple && is_fixed(class);
    let count = object.word(layout::OBJECT_SIZE).filter(|_| plain)?;
    (count <= limits::ELEMENTS as u64).then_some(count as usize)
}

fn is_fixed(class: &Type) -> bool {
    class.flags & class::HEAP == 0
}

/// Finds out where the parts' values are, and asks for them: what was read before may be of a frame
/// that was left.
fn contents(batch: &mut Batch, layout: &Layout, parts: Vec<Typed>) -> Vec<Part> {
    let mut wanted = |(object, class): Typed| {
        let content = content(batch, layout, &object, &class).unwrap_or(Content::Address);
        let type_address = batch.want(object.address.saturating_add_signed(OBJECT_TYPE), 8);
        Part { object, class, type_address, content }
    };
    parts.into_iter().map(&mut wanted).collect()
}

/// `None` for what is not told apart by value: objects of other types, and long ones.
fn content(batch: &mut Batch, layout: &Layout, object: &Object, class: &Type) -> Option<Content> {
    let size = object.word(layout::OBJECT_SIZE);
    let (offset, length) = match class.name.data() {
        _ if !is_fixed(class) => return None,
        "NoneType" => return Some(Content::Nothing),
        "tuple" => return short_tuple(object, class).map(Content::Elements),
        "float" => (layout::FLOAT_VALUE.cast_unsigned(), 8),
        "int" | "bool" => {
            let digits = layout.int.digits(size?);
            (layout::OBJECT_SIZE.cast_unsigned(), 8 + digits.checked_mul(4)?)
        }
        "bytes" => (layout::BYTES_DATA, size?),
        "str" => {
            let state = object.word(layout.text.state as i64)? as u32;
            let (width, data) = strings::storage(state, &layout.text)?;
            (data as u64, size?.checked_mul(width as u64)?)
        }
        _ => return None,
    };
    let length = usize::try_from(length).ok().filter(|&it| it <= limits::COMPARED_BYTES)?;
    Some(Content::Bytes(batch.want(object.address.checked_add(offset)?, length)))
}

fn digest(batch: &Batch, parts: &[Part]) -> Value {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        if batch.word(part.type_address) != part.object.type_address() {
            return Value::Outrun;
        }
        part.class.name.data().hash(&mut hasher);
        match &part.content {
            Content::Nothing => {}
            Content::Bytes(ticket) => match batch.bytes(*ticket) {
                Some(bytes) => bytes.hash(&mut hasher),
                None => return Value::Outrun,
            },
            Content::Elements(count) => count.hash(&mut hasher),
            Content::Address => part.object.address.hash(&mut hasher),
        }
    }
    Value::Digest(hasher.finish())
}

/// The types of the parts, each once; of a tuple that is told apart by its elements, theirs.
fn type_names(parts: &[Part]) -> Vec<Untrusted> {
    let mut names = Vec::new();
    for part in parts.iter().filter(|part| !matches!(part.content, Content::Elements(_))) {
        if !names.contains(&part.class.name) {
            names.push(part.class.name.clone());
        }
    }
    names
}

fn hashed(value: Value, addresses: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (value, addresses).hash(&mut hasher);
    hasher.finish()
}
