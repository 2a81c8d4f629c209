//! Which names may stand for one and the same object: what each of them is given, in the whole file.

use ruff_python_ast::AnyNodeRef;
use rustc_hash::{FxHashMap, FxHashSet};

use super::flow_reading::Reading;
use super::flow_sources::Names;
use super::{Id, Tree, Variable};

/// How deep an object may be within what a name holds; what is deeper counts as that deep.
const DEEPEST: u8 = 3;

/// Names that are followed from one object.
const MAX_NAMES: usize = 400;

/// Calls that are followed for what a function gives.
pub(super) const MAX_STEPS: u32 = 2;

/// Methods that put their argument into what they are called on.
pub(super) const KEEPING: &[&str] =
    &["add", "append", "appendleft", "insert", "put", "put_nowait", "setdefault"];

/// Methods behind the statements that change a container.
pub(super) const CHANGING_DUNDERS: &[&str] = &["__delitem__", "__iadd__", "__setitem__"];

/// What holds an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder<'a> {
    Variable(Variable<'a>),
    /// The attribute of that name, of whatever object.
    Attribute(&'a str),
}

/// An object that a holder is, or that is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    pub(super) of: Holder<'a>,
    /// How deep it is in what the holder is: an item of an item is 2 deep.
    pub(super) depth: u8,
}

impl Place<'_> {
    pub(super) fn deeper(self, by: u8) -> Self {
        Self { depth: (self.depth + by).min(DEEPEST), ..self }
    }
}

pub(super) type Edges<'a> = FxHashMap<Place<'a>, Vec<Place<'a>>>;

/// Functions and classes of the file, by their bare names.
#[derive(Default)]
pub(super) struct Definitions<'a> {
    functions: FxHashMap<&'a str, Vec<Id>>,
    classes: FxHashMap<&'a str, Vec<Id>>,
}

impl<'a> Definitions<'a> {
    pub(super) fn of(tree: &Tree<'a>) -> Self {
        let mut all = Self { functions: FxHashMap::default(), classes: FxHashMap::default() };
        for id in tree.ids() {
            match tree[id] {
                AnyNodeRef::StmtFunctionDef(def) => {
                    all.functions.entry(def.name.as_str()).or_default().push(id);
                }
                AnyNodeRef::StmtClassDef(def) => {
                    all.classes.entry(def.name.as_str()).or_default().push(id);
                }
                _ => {}
            }
        }
        all
    }

    pub(super) fn functions(&self, name: &str) -> &[Id] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_class(&self, name: &str) -> bool {
        self.classes.contains_key(name)
    }

    /// What makes an object of a class of the file.
    pub(super) fn makers(&self, tree: &Tree<'a>, class: &str) -> Vec<Id> {
        let classes = self.classes.get(class).map_or(&[][..], Vec::as_slice);
        let named = ["__init__", "__new__", "__post_init__"];
        let makers = named.iter().flat_map(|name| self.functions(name));
        makers
            .copied()
            .filter(|&id| tree.class_of(id).is_some_and(|it| classes.contains(&it)))
            .collect()
    }
}

/// What the file gives its names.
#[derive(Default)]
pub(super) struct Given<'a> {
    definitions: Definitions<'a>,
    /// What a place is given.
    from: Edges<'a>,
    /// What is given a place's object.
    to: Edges<'a>,
}

impl<'a> Given<'a> {
    pub(super) fn of(tree: &Tree<'a>) -> Self {
        let definitions = Definitions::of(tree);
        let (from, to) = Reading::of(Names { tree, definitions: &definitions });
        Self { definitions, from, to }
    }
}

/// The file's names, and what they are given.
#[derive(Clone, Copy)]
pub(super) struct Flow<'t, 'a> {
    pub(super) names: Names<'t, 'a>,
    given: &'t Given<'a>,
}

impl<'t, 'a> Flow<'t, 'a> {
    pub(super) fn of(tree: &'t Tree<'a>) -> Self {
        let given = &tree.given;
        Self { names: Names { tree, definitions: &given.definitions }, given }
    }

    /// The names of the objects that a place may be; `None` where they are too many.
    pub(super) fn same(&self, places: &[Place<'a>]) -> Option<FxHashSet<Place<'a>>> {
        let given = Self::reach(&self.given.from, places)?;
        let given: Vec<_> = given.into_iter().collect();
        Self::reach(&self.given.to, &given)
    }

    fn reach(edges: &Edges<'a>, places: &[Place<'a>]) -> Option<FxHashSet<Place<'a>>> {
        let mut found: FxHashSet<Place<'a>> = places.iter().copied().collect();
        let mut open = places.to_vec();
        while let Some(place) = open.pop() {
            for around in 0..=place.depth {
                let within = place.depth - around;
                let next = edges.get(&Place { depth: around, ..place }).into_iter().flatten();
                let next = next.map(|next| next.deeper(within));
                open.extend(next.filter(|&next| found.insert(next)));
            }
            if found.len() > MAX_NAMES {
                return None;
            }
        }
        Some(found)
    }
}
