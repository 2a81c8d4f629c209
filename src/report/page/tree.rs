//! Stacks as one tree, every path once.

use std::cmp::Reverse;
use std::iter::zip;

use serde::Serialize;

use crate::limits;
use crate::report::flamegraph::{INNER_FRAMES, OUTER_FRAMES};
use crate::report::numbers;

/// Fewest frames that are left of a stack, the one among them that stands for the rest.
const FEWEST: usize = 8;

/// Stacks as a tree, and where each of them ends in it.
pub(in crate::report) struct Planted {
    pub(in crate::report) tree: Tree,
    /// By stack.
    pub(in crate::report) nodes: Vec<u32>,
    pub(in crate::report) shortened: Option<Shortened>,
}

/// What was left out for a tree that a browser can draw.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) struct Shortened {
    stacks: u64,
    samples: u64,
    /// Of how many samples.
    of: u64,
    /// Frames that are left of each stack.
    frames: usize,
}

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
struct Path(Vec<u32>);

/// Makes a tree of stacks, each of places that begin with the leaf, with its samples. The middle of a
/// very deep one becomes `elided`; where the tree would be too large, that of the rarest stacks too.
pub(in crate::report) fn plant(stacks: &[(&[u32], u64)], elided: u32) -> Planted {
    bounded(stacks, elided, limits::PAGE_FRAMES)
}

fn bounded(stacks: &[(&[u32], u64)], elided: u32, most: usize) -> Planted {
    let usual = vec![OUTER_FRAMES + INNER_FRAMES + 1; stacks.len()];
    let whole = planted(stacks, elided, &usual);
    if whole.tree.depth.len() <= most {
        return whole;
    }
    let (frames, lengths) = lengths(stacks, most);
    let cut = zip(stacks, &lengths)
        .filter(|((places, _), length)| **length == frames && places.len() > frames);
    let (count, samples) = cut.fold((0, 0), |(count, sum), ((_, it), _)| (count + 1, sum + it));
    let of = stacks.iter().map(|(_, samples)| samples).sum();
    let shortened = Some(Shortened { stacks: count, samples, of, frames });
    Planted { shortened, ..planted(stacks, elided, &lengths) }
}

/// Frames that are left of the rarest stacks, and of each: the others take half of all at most.
fn lengths(stacks: &[(&[u32], u64)], most: usize) -> (usize, Vec<usize>) {
    let mut lengths: Vec<usize> = stacks
        .iter()
        .map(|(places, _)| places.len().min(OUTER_FRAMES + INNER_FRAMES + 1))
        .collect();
    let mut order: Vec<usize> = (0..stacks.len()).collect();
    order.sort_by_key(|&stack| Reverse(stacks[stack].1));
    let mut sum = 0;
    let is_kept = |stack: &&usize| {
        sum += lengths[**stack];
        sum <= most / 2
    };
    let kept = order.iter().take_while(is_kept).count();
    let frames = (most / 2 / (order.len() - kept).max(1)).max(FEWEST);
    for &stack in &order[kept..] {
        lengths[stack] = lengths[stack].min(frames);
    }
    (frames, lengths)
}

/// The tree of stacks that have at most as many frames as their `lengths`.
fn planted(stacks: &[(&[u32], u64)], elided: u32, lengths: &[usize]) -> Planted {
    let paths = zip(stacks, lengths).map(|((places, _), &most)| Path::of(places, elided, most));
    let mut paths: Vec<(Path, usize)> = zip(paths, 0..).collect();
    paths.sort_unstable();
    let (mut tree, mut nodes) = (Tree::default(), vec![0; stacks.len()]);
    for (path, stack) in paths {
        nodes[stack] = tree.add(path);
    }
    Planted { tree, nodes, shortened: None }
}

impl Path {
    /// Of places that begin with the leaf. The middle of one that has more than `most` becomes
    /// `elided`.
    fn of(places: &[u32], elided: u32, most: usize) -> Self {
        let outermost_first = places.iter().rev().copied();
        if places.len() < most || places.len() <= most && most <= OUTER_FRAMES + INNER_FRAMES {
            return Self(outermost_first.collect());
        }
        let inner = (most - 1) * INNER_FRAMES / (OUTER_FRAMES + INNER_FRAMES);
        let outer = outermost_first.clone().take(most - 1 - inner);
        let inner = outermost_first.skip(places.len() - inner);
        Self(outer.chain([elided]).chain(inner).collect())
    }
}

impl Tree {
    /// Adds what a path has beyond the one before it, in their order; its leaf's node.
    fn add(&mut self, path: Path) -> u32 {
        let shared = self.last.iter().zip(&path.0).take_while(|(a, b)| a == b).count();
        for (depth, &place) in path.0.iter().enumerate().skip(shared) {
            self.depth.push(depth as u32);
            self.place.push(place);
        }
        self.last = path.0;
        (self.depth.len() as u32).saturating_sub(1)
    }
}

impl Shortened {
    /// What is left out, in a sentence that ends with where all of it is.
    pub(in crate::report) fn sentence(&self, elsewhere: &str) -> String {
        format!(
            "So that it opens quickly, this page leaves out the middle of {} that \
             were seen rarely, {} of the samples: {} of each are left. {elsewhere}",
            numbers::count(self.stacks, "stack"),
            numbers::percent(self.samples as f64 / self.of.max(1) as f64),
            numbers::count(self.frames as u64 - 1, "frame"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELIDED: u32 = 1_000_000;

    fn path(planted: &Planted, node: u32) -> Vec<u32> {
        let (mut path, tree) = (Vec::new(), &planted.tree);
        for (&depth, &place) in zip(&tree.depth, &tree.place).take(node as usize + 1) {
            path.truncate(depth as usize);
            path.push(place);
        }
        path.reverse();
        path
    }

    #[test]
    fn what_is_small_enough_is_whole() {
        let stacks: [(&[u32], u64); 4] =
            [(&[3, 2, 1], 5), (&[4, 1], 1), (&[2, 1], 1), (&[3, 2, 1], 1)];
        let planted = bounded(&stacks, ELIDED, 4);
        assert_eq!(planted.tree.place, [1, 2, 3, 4]);
        assert_eq!(planted.nodes, [2, 3, 1, 2]);
        assert_eq!(planted.shortened, None);
    }

    #[test]
    fn the_rarest_stacks_lose_their_middle() {
        let places: Vec<Vec<u32>> =
            (0..100).map(|stack| (0..50).map(|frame| stack * 50 + frame).collect()).collect();
        let samples = |stack| if stack == 7 { 1_000 } else { 1 };
        let stacks: Vec<(&[u32], u64)> =
            zip(&places, 0..).map(|(places, stack)| (&places[..], samples(stack))).collect();
        let planted = bounded(&stacks, ELIDED, 2_000);
        assert!(planted.tree.depth.len() <= 2_000, "{}", planted.tree.depth.len());
        assert_eq!(path(&planted, planted.nodes[7]), places[7], "what is hot is whole");
        let rare = path(&planted, planted.nodes[99]);
        assert_eq!((rare[0], rare.len()), (places[99][0], 12), "the leaf is its own");
        assert_eq!(rare.last(), places[99].last(), "so is the outermost");
        assert!(rare.contains(&ELIDED));
        let Some(shortened) = planted.shortened else { panic!("it is told") };
        assert_eq!((shortened.stacks, shortened.samples, shortened.of), (80, 80, 1_099));
    }

    #[test]
    fn more_stacks_than_there_is_room_for_keep_their_ends() {
        let places: Vec<Vec<u32>> =
            (0..100).map(|stack| (0..50).map(|frame| stack * 50 + frame).collect()).collect();
        let stacks: Vec<(&[u32], u64)> = places.iter().map(|places| (&places[..], 1)).collect();
        let planted = bounded(&stacks, ELIDED, 10);
        assert_eq!(planted.tree.depth.len(), 100 * FEWEST);
    }
}
