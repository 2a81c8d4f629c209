//! One look at one frame, step by step.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use advisors::Place;

use super::arrays;
use super::attributes;
use super::boxed;
use super::dataframes;
use super::elements;
use super::footprint;
use super::frame::Frame;
use super::kept;
use super::layout::Layout;
use super::length::length;
use super::loggers;
use super::names::{Name, Names};
use super::namespace::{self, Dict, KeyTables};
use super::object::{self, Edge, Object};
use super::objects::{Objects, Reached};
use super::sought::Sought;
use super::temporaries::is_temporary;
use super::types::{Kind, Type, TypeCache};
use crate::limits;
use crate::sample::Operand;
use crate::sample::memory::{Memory, ReadError};
use crate::text::Untrusted;

/// A look at a frame that runs the code `names` are of. Its steps fail only when nothing of the
/// process can be read any more.
pub(super) struct Look<'a, M> {
    pub(super) memory: &'a M,
    pub(super) layout: &'a Layout,
    pub(super) types: &'a mut TypeCache,
    pub(super) tables: &'a mut KeyTables,
    pub(super) names: &'a Names,
    /// What it is for; all names, and all attributes of these, when that is not known.
    pub(super) sought: Option<&'a Sought>,
    /// Where it is for.
    pub(super) place: Option<Place>,
    /// Which look of its reader it is.
    pub(super) turn: u64,
}

/// What a look gave.
#[derive(Debug, Default)]
pub(in crate::sample) struct Outcome {
    pub(in crate::sample) operands: Vec<Operand>,
    /// Whether operands are missing because their types were not what they had been.
    pub(super) stale: bool,
    /// Whether operands are missing because a name was bound anew too often to be followed.
    pub(in crate::sample) outran: bool,
}

/// An object with its type.
pub(super) struct Typed {
    pub(super) object: Object,
    pub(super) class: Arc<Type>,
    pub(super) class_address: u64,
}

/// A name and the object it is bound to.
pub(super) type Bound = (Arc<str>, Typed);

impl Typed {
    fn kind(&self) -> Kind {
        self.class.kind
    }

    pub(super) fn reached(&self) -> Reached {
        Reached { object: self.object.clone(), class: self.class.clone() }
    }
}

impl<M: Memory> Look<'_, M> {
    /// Looks at the frame.
    pub(super) fn at(mut self, frame: &Frame) -> Result<Outcome, ReadError> {
        // They are gone the soonest.
        let unnamed = self.temporaries(frame)?;
        let pointers = frame.pointers(self.layout, self.names, self.sought, limits::OPERANDS);
        let chased = object::chase(self.memory, &pointers.edges(), pointers.code)?;
        let Some(mut chased) = chased else { return Ok(Outcome::default()) };
        let namespaces = chased.objects.split_off(pointers.slots.len());
        let passed = self.passed(frame, &chased.outran)?;
        let outran = chased.outran.len() > passed.len();
        let passed = passed.into_iter().filter_map(|(index, object)| {
            let (slot, _) = pointers.slots.get(index)?;
            Some((*slot, object))
        });
        let slots = pointers.slots.iter().zip(chased.objects);
        let slots = slots.filter_map(|((slot, _), object)| Some((*slot, object?)));
        let mut bound = self.locals(slots.chain(passed).collect())?;
        bound.extend(self.variables(&namespaces, &bound)?);
        bound.truncate(limits::OPERANDS);
        let (mut parts, mut worth): (Vec<Bound>, Vec<bool>) =
            self.attributes(&bound)?.into_iter().unzip();
        // Items, and parts of parts, only where the code is known to have them.
        if let Some(sought) = self.sought {
            let keys = self.keys(sought, &bound);
            parts.extend(self.items(sought, &keys, &bound));
            worth.resize(parts.len(), true);
            let mut deeper: Vec<Bound> = self
                .attributes(&parts)?
                .into_iter()
                .filter_map(|(it, worth)| worth.then_some(it))
                .collect();
            deeper.extend(self.items(sought, &keys, &parts));
            let deepest = self.items(sought, &keys, &deeper);
            parts.extend(deeper.into_iter().chain(deepest));
            worth.resize(parts.len(), true);
        }
        let parts = parts.into_iter().zip(worth);
        bound.extend(parts.filter_map(|(part, worth)| worth.then_some(part)));
        let mut outcome = Outcome { outran, ..self.operands(&bound)? };
        outcome.operands.extend(unnamed);
        Ok(outcome)
    }

    /// What the slots hold, or the cells in them. Until a function has made its cells, an
    /// argument that belongs into one lies in the slot itself.
    fn locals(&mut self, objects: Vec<(usize, Object)>) -> Result<Vec<Bound>, ReadError> {
        let slots = &self.names.slots;
        let mut bound = Vec::new();
        let mut contents = Vec::new();
        for (slot, object) in self.typed(objects)? {
            let Some(name) = slots[slot].name.clone() else { continue };
            if slots[slot].cell && object.kind() == Kind::Cell {
                contents.extend(object.object.cell_content().map(|edge| (name, edge)));
            } else {
                bound.push((name, object));
            }
        }
        bound.extend(self.follow(contents)?);
        Ok(bound)
    }

    /// What the code's names are bound to in the frame's namespaces, the innermost first.
    fn variables(
        &mut self,
        namespaces: &[Option<Object>],
        locals: &[Bound],
    ) -> Result<Vec<Bound>, ReadError> {
        let namespaces = namespaces.iter().flatten().map(|object| ((), object.clone()));
        let typed = self.typed(namespaces.collect())?;
        let dicts: Vec<Dict> = typed
            .iter()
            .filter(|(_, object)| object.kind() == Kind::Dict)
            .filter_map(|(_, object)| Dict::of(&object.object))
            .collect();
        let tables = self.tables.read(self.memory, dicts.iter().map(|dict| dict.keys))?;
        let shadowing: HashSet<&str> = locals.iter().map(|(name, _)| &**name).collect();
        let names = &self.names.names;
        let mut found: Vec<(usize, Edge)> = Vec::new();
        for dict in dicts {
            found.extend(tables.find(dict, self.layout, &self.names.by_address));
        }
        found.retain(|(name, _)| {
            let name = &*names[*name].written;
            !shadowing.contains(name) && self.sought.is_none_or(|sought| sought.has_root(name))
        });
        namespace::close(self.memory, &mut found)?;
        found.sort_by_key(|(name, _)| *name);
        found.dedup_by_key(|(name, _)| *name);
        found.truncate(limits::OPERANDS.saturating_sub(locals.len()));
        let edges = found.into_iter().map(|(name, edge)| (names[name].written.clone(), edge));
        self.follow(edges.collect())
    }

    /// The attributes of `bound` that the code names, each with whether it is worth telling: of the
    /// many that modules and classes have (an instance's own class, too), only data with a length.
    /// Methods are no operands.
    fn attributes(&mut self, bound: &[Bound]) -> Result<Vec<(Bound, bool)>, ReadError> {
        let owner = |index: usize| &*bound[index].0;
        let sought = self.sought;
        let owners: Vec<usize> = (0..bound.len())
            .filter(|&index| sought.is_none_or(|sought| sought.has_attributes(owner(index))))
            .collect();
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let instances: Vec<(&Object, &Type)> =
            owners.iter().map(|&index| (&bound[index].1.object, &*bound[index].1.class)).collect();
        let is_sought = |instance: usize, name: &Name| {
            sought.is_none_or(|sought| sought.has_attribute(owner(owners[instance]), &name.written))
        };
        let found = attributes::find(
            self.memory,
            self.layout,
            self.tables,
            &instances,
            self.names,
            is_sought,
        )?;
        let edges = found.into_iter().map(|found| {
            let (owner, object) = &bound[owners[found.instance]];
            let attribute = &self.names.names[found.name].written;
            let crowded = matches!(object.kind(), Kind::Module | Kind::Class);
            let sized_only = crowded || found.inherited;
            ((Arc::from(format!("{owner}.{attribute}")), sized_only), found.edge)
        });
        let attributes = self.follow(edges.collect())?.into_iter();
        Ok(attributes
            .map(|((name, sized_only), attribute)| {
                let worth = attribute.kind().is_sized() || !sized_only;
                ((name, attribute), worth)
            })
            .collect())
    }

    /// Adds lengths and element types, and leaves out what turned out to be of another type.
    pub(super) fn operands(&mut self, bound: &[Bound]) -> Result<Outcome, ReadError> {
        let containers = bound.iter().map(|(_, b)| (&b.object, b.kind()));
        let containers: Vec<_> = containers.collect();
        let element_types = elements::types(self.memory, self.layout, &containers)?;
        let beside = arrays::beside(self.memory, self.layout, &containers)?;
        self.types.learn(self.memory, self.layout, element_types.iter().flatten().copied())?;
        let used = bound.iter().map(|(_, b)| b.class_address);
        let used = used.chain(element_types.iter().flatten().copied()).collect();
        let gone = self.types.confirm(self.memory, self.layout, &used)?;
        let believed = bound.iter().zip(element_types.iter().zip(beside));
        let believed = believed.filter(|((_, b), _)| !gone.contains(&b.class_address));
        let operands = believed.filter_map(|((name, object), (elements, beside))| {
            let array = beside.elements().map(Untrusted::new);
            Some(Operand {
                expression: Untrusted::new(name.clone()),
                type_name: object.class.name.clone(),
                length: length(&object.object, object.kind())?.or(beside.length),
                elements: array.map_or_else(|| self.distinct_names(elements), |name| vec![name]),
                value: None,
                footprint: None,
                depth: 0,
                weight: 1,
            })
        });
        let mut operands: Vec<Operand> = operands.collect();
        self.boxed(bound, &mut operands);
        self.data_frames(bound, &mut operands);
        self.loggers(bound, &mut operands);
        self.kept_strings(bound, &mut operands);
        self.footprints(bound, &mut operands);
        Ok(Outcome { operands, stale: !gone.is_empty(), outran: false })
    }

    /// Adds to the frames and series of pandas among `operands` what they are made of. How many
    /// columns a frame has is told as the length of its `columns`.
    fn data_frames(&mut self, bound: &[Bound], operands: &mut Vec<Operand>) {
        let objects: Vec<_> = bound.iter().map(|(_, b)| (&b.object, &b.class)).collect();
        let turn = self.turn;
        let frames = self.reaching(|reader| dataframes::read(reader, &objects, turn));
        for ((name, _), frame) in bound.iter().zip(frames) {
            let is_it = |operand: &&mut Operand| operand.expression.data() == &**name;
            let Some((frame, operand)) = frame.zip(operands.iter_mut().find(is_it)) else {
                continue;
            };
            operand.length = frame.rows;
            operand.elements = frame.dtypes;
            let columns = frame.columns.map(|count| Operand {
                expression: Untrusted::new(format!("{name}.columns")),
                type_name: Untrusted::new("Index"),
                length: Some(count),
                elements: Vec::new(),
                ..operand.clone()
            });
            operands.extend(columns);
        }
    }

    /// Adds to the loggers among `operands` what they have said of levels.
    fn loggers(&mut self, bound: &[Bound], operands: &mut [Operand]) {
        let objects: Vec<_> = bound.iter().map(|(_, b)| (&b.object, &b.class)).collect();
        let answers = self.reaching(|reader| loggers::answers(reader, &objects));
        for ((name, _), answers) in bound.iter().zip(answers) {
            let is_it = |operand: &&mut Operand| operand.expression.data() == &**name;
            if let Some(operand) = operands.iter_mut().find(is_it) {
                operand.elements.extend(answers);
            }
        }
    }

    /// Adds to the arrays of objects among `operands` what some of these are.
    fn boxed(&mut self, bound: &[Bound], operands: &mut [Operand]) {
        let is_boxed = |operand: &&mut Operand| matches!(&operand.elements[..], [dtype] if dtype.data() == boxed::DTYPE);
        let turn = self.turn;
        for operand in operands.iter_mut().filter(is_boxed).take(limits::OBJECT_ARRAYS) {
            let name = operand.expression.data();
            let array = bound.iter().find(|(bound, _)| &**bound == name).map(|(_, array)| array);
            let Some(array) = array.filter(|array| array.kind() == Kind::Array) else { continue };
            let types = self.reaching(|reader| boxed::types(reader, &array.object, turn));
            operand.elements.extend(types);
        }
    }

    /// Adds to `operands` some of the strings that its largest containers keep.
    fn kept_strings(&mut self, bound: &[Bound], operands: &mut Vec<Operand>) {
        let length = |(_, it): &&Bound| length(&it.object, it.kind()).flatten().unwrap_or(0);
        let may_have_strings = |(name, it): &&Bound| match it.kind() {
            _ if is_temporary(name) => false,
            Kind::List | Kind::Tuple => operands.iter().any(|operand| {
                operand.expression.data() == &**name && operand.elements.iter().any(kept::is_kept)
            }),
            kind => kind == Kind::Dict,
        };
        let large = bound.iter().filter(|it| length(it) >= limits::MANY_ELEMENTS);
        let mut large: Vec<&Bound> = large.filter(may_have_strings).collect();
        large.sort_by_key(|it| Reverse(length(it)));
        large.truncate(limits::STRING_CONTAINERS);
        let turn = self.turn;
        for (name, Typed { object, class, .. }) in large {
            let container = Reached { object: object.clone(), class: class.clone() };
            operands.extend(self.reaching(|reader| kept::strings(reader, name, &container, turn)));
        }
    }

    /// Adds to the largest containers among `operands` how much memory they take, in some looks: it
    /// takes as long as the rest of a look, and changes less.
    fn footprints(&mut self, bound: &[Bound], operands: &mut [Operand]) {
        const EVERY: u64 = 3;
        if !self.turn.is_multiple_of(EVERY) {
            return;
        }
        let is_asked_for = |(name, it): &&Bound| {
            let length = length(&it.object, it.kind()).flatten();
            !is_temporary(name) && footprint::is_asked_for(it.kind(), it.class.name.data(), length)
        };
        let mut large: Vec<&Bound> = bound.iter().filter(is_asked_for).collect();
        large.sort_by_key(|(_, it)| Reverse(length(&it.object, it.kind())));
        large.truncate(limits::FOOTPRINTS);
        let turn = self.turn;
        for (name, Typed { object, class, .. }) in large {
            let container = Reached { object: object.clone(), class: class.clone() };
            let found = self.reaching(|reader| footprint::of(reader, &container, turn));
            let mut named = operands.iter_mut().filter(|it| it.expression.data() == &**name);
            if let Some(operand) = named.next() {
                operand.footprint = found;
            }
        }
    }

    /// Reads objects from one another, with what looks have learnt.
    pub(super) fn reaching<T>(&mut self, read: impl FnOnce(&mut Objects<'_, M>) -> T) -> T {
        let caches = (mem::take(self.types), mem::take(self.tables));
        let mut objects = Objects::with_caches(self.memory, *self.layout, caches);
        let found = read(&mut objects);
        (*self.types, *self.tables) = objects.into_caches();
        found
    }

    fn distinct_names(&self, types: &[u64]) -> Vec<Untrusted> {
        let mut names: Vec<Untrusted> = Vec::new();
        for class in types.iter().filter_map(|&address| self.types.get(address)) {
            if !names.contains(&class.name) {
                names.push(class.name.clone());
            }
        }
        names
    }

    /// What `edges` lead to, as far as it can be believed.
    pub(super) fn follow<N>(
        &mut self,
        edges: Vec<(N, Edge)>,
    ) -> Result<Vec<(N, Typed)>, ReadError> {
        let pointers: Vec<Edge> = edges.iter().map(|(_, edge)| *edge).collect();
        let objects = object::follow(self.memory, &pointers)?;
        let read = edges.into_iter().zip(objects).filter_map(|((name, _), o)| Some((name, o?)));
        self.typed(read.collect())
    }

    /// Gives objects their types; those of no believable type go.
    fn typed<N>(&mut self, objects: Vec<(N, Object)>) -> Result<Vec<(N, Typed)>, ReadError> {
        let addresses = objects.iter().filter_map(|(_, object)| object.type_address());
        self.types.learn(self.memory, self.layout, addresses)?;
        let typed = objects.into_iter().filter_map(|(name, object)| {
            let class_address = object.type_address()?;
            let class = self.types.get(class_address)?.clone();
            Some((name, Typed { object, class, class_address }))
        });
        Ok(typed.collect())
    }
}
