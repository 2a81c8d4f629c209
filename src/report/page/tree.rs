//! Stacks as one tree, every path once.

use serde::Serialize;

use crate::report::flamegraph::{INNER_FRAMES, OUTER_FRAMES};

/// The tree in preorder: of each node how deep it is, from 0, and the place that it stands for.
#[derive(Serialize, Default)]
pub(in crate::report) struct Tree {
    depth: Vec<u32>,
    place: Vec<u32>,
    /// The path that was added last.
    #[serde(skip)]
    last: Vec<u32>,
}

/// Places from the outermost to the leaf; ordered so that paths which begin alike are neighbours, the
/// shortest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) struct Path(Vec<u32>);

impl Path {
    /// Of places that begin with the leaf. The middle of a very deep stack becomes `elided`.
    pub(in crate::report) fn of(places: &[u32], elided: u32) -> Self {
        let outermost_first = places.iter().rev().copied();
        if places.len() <= OUTER_FRAMES + INNER_FRAMES {
            return Self(outermost_first.collect());
        }
        let outer = outermost_first.clone().take(OUTER_FRAMES);
        let inner = outermost_first.skip(places.len() - INNER_FRAMES);
        Self(outer.chain([elided]).chain(inner).collect())
    }
}

impl Tree {
    /// Adds what a path has beyond the one before it, in their order; its leaf's node.
    pub(in crate::report) fn add(&mut self, path: Path) -> u32 {
        let shared = self.last.iter().zip(&path.0).take_while(|(a, b)| a == b).count();
        for (depth, &place) in path.0.iter().enumerate().skip(shared) {
            self.depth.push(depth as u32);
            self.place.push(place);
        }
        self.last = path.0;
        (self.depth.len() as u32).saturating_sub(1)
    }
}
