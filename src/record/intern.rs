//! Small ids for values that come again and again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use advisors::Place;
use rustc_hash::FxHashMap;

use crate::limits;
use crate::profile::{Location, Stack};
use crate::sample::Code;

/// Gives equal values the same id, counting from 0 in order of first appearance.
#[derive(Debug)]
pub(super) struct Interner<T> {
    ids: HashMap<T, u32>,
    items: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { ids: HashMap::new(), items: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    pub(super) fn id(&mut self, item: T) -> u32 {
        if let Some(&id) = self.ids.get(&item) {
            return id;
        }
        let id = u32::try_from(self.items.len()).expect("memory ends before ids do");
        self.items.push(item.clone());
        self.ids.insert(item, id);
        id
    }

    pub(super) fn known(&self, item: &T) -> Option<u32> {
        self.ids.get(item).copied()
    }

    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    pub(super) fn into_items(self) -> Vec<T> {
        self.items
    }
}

/// Locations by content, with a short cut for a code object that is the very one seen before:
/// nearly every frame takes it, and it does not hash the names.
#[derive(Debug, Default)]
pub(super) struct Locations {
    /// By the address of a code object, which is held so that no other can be taken for it.
    seen: FxHashMap<(usize, Place), (Arc<Code>, u32)>,
    locations: Interner<Location>,
}

impl Locations {
    pub(super) fn id(&mut self, code: &Arc<Code>, place: Place) -> u32 {
        let Self { seen, locations } = self;
        // Code that is read again, as after a cache began afresh, is another object.
        if seen.len() >= 2 * limits::RECORDED_LOCATIONS {
            seen.clear();
        }
        let fresh = || (code.clone(), locations.id(Location { code: code.clone(), place }));
        seen.entry((Arc::as_ptr(code) as usize, place)).or_insert_with(fresh).1
    }

    pub(super) fn get(&self, id: u32) -> &Location {
        &self.locations.items()[id as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.locations.items().len()
    }

    /// Those that are wanted, and their new ids by old.
    pub(super) fn keep(&self, is_wanted: impl Fn(u32) -> bool) -> (Self, Vec<Option<u32>>) {
        let mut kept = Self::default();
        let moved = (0..)
            .zip(self.locations.items())
            .map(|(id, location)| is_wanted(id).then(|| kept.locations.id(location.clone())));
        let moved = moved.collect();
        (kept, moved)
    }

    pub(super) fn into_items(self) -> Vec<Location> {
        self.locations.into_items()
    }
}

/// Stacks by content, each held once.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    ids: FxHashMap<Arc<[u32]>, u32>,
    items: Vec<Arc<[u32]>>,
    frames: usize,
}

impl Stacks {
    pub(super) fn id(&mut self, locations: &[u32]) -> u32 {
        if let Some(&id) = self.ids.get(locations) {
            return id;
        }
        let id = u32::try_from(self.items.len()).expect("memory ends before ids do");
        let stack: Arc<[u32]> = locations.into();
        self.frames += stack.len();
        self.items.push(Arc::clone(&stack));
        self.ids.insert(stack, id);
        id
    }

    pub(super) fn get(&self, id: u32) -> &[u32] {
        &self.items[id as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Of all of them together.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    pub(super) fn into_items(self) -> Vec<Stack> {
        drop(self.ids);
        self.items.into_iter().map(|stack| Stack { locations: stack.to_vec() }).collect()
    }
}
