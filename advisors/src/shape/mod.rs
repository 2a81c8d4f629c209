//! The questions every advisor asks of the syntax tree.

mod append;
mod callers;
mod decorators;
mod dedupe;
mod expr;
mod flow;
mod flow_reading;
mod flow_sources;
mod growing;
mod heads;
mod imports;
mod known_calls;
mod loops;
mod names;
mod onward;
mod pools;
mod proof;
mod proof_iter;
mod purity;
mod purity_names;
mod scan;
mod scope;
mod signature;
mod stays;
mod threads;
mod usage;

use std::ops::Index;

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal};
use ruff_python_ast::{AnyNodeRef, ExprCall, ExprCompare, ExprName};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use crate::Source;

pub use append::{Added, Append, Form};
pub use decorators::Decorator;
pub use dedupe::Dedupe;
pub use expr::{call_of, called_name, fresh_list, is_builtin_call, is_constant, is_simple};
pub use growing::{Growing, Target};
pub use names::{Code, Storage};
pub use pools::{Handed, PoolKind};
pub use proof::Proof;
pub use scan::{Scan, View};
pub use scope::{Binding, BindingKind, ScopeId, ScopeKind, Variable};
pub use signature::Parameters;
pub use stays::Stays;
pub use threads::{Means, ThreadStart};
pub use usage::Use;

/// A syntax tree laid out flat, in source order, so that parents, ancestors and subtrees are
/// cheap to ask for.
pub struct Tree<'a> {
    source: &'a Source,
    nodes: Vec<Node<'a>>,
    scopes: scope::Scopes<'a>,
    /// The names that mean each variable, in source order.
    mentions: FxHashMap<Variable<'a>, Vec<Id>>,
    /// What each name is given.
    given: flow::Given<'a>,
    /// The calls and comparisons, which most advisors begin with, in source order.
    calls: Vec<Id>,
    compares: Vec<Id>,
}

/// Index of a node in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u32);

struct Node<'a> {
    node: AnyNodeRef<'a>,
    /// Where it stands: to ask the node itself takes a look at its kind and then at its memory.
    range: TextRange,
    parent: Option<Id>,
    /// One past the last node below this one.
    end: u32,
}

impl<'a> Tree<'a> {
    /// Lays out a file's tree and resolves its names.
    pub fn of(source: &'a Source) -> Self {
        let mut layout = Layout { nodes: Vec::new(), open: Vec::new() };
        let module = AnyNodeRef::from(source.module());
        layout.enter_node(module);
        module.visit_source_order(&mut layout);
        layout.leave_node(module);
        let mut tree = Self {
            source,
            nodes: layout.nodes,
            scopes: scope::Scopes::default(),
            mentions: FxHashMap::default(),
            given: flow::Given::default(),
            calls: Vec::new(),
            compares: Vec::new(),
        };
        tree.calls = tree.ids().filter(|&id| tree[id].is_expr_call()).collect();
        tree.compares = tree.ids().filter(|&id| tree[id].is_expr_compare()).collect();
        tree.scopes = scope::Scopes::of(&tree);
        tree.mentions = tree.all_mentions();
        tree.given = flow::Given::of(&tree);
        tree
    }

    /// The file.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node, parents before their children, in source order.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<'a> {
        (0..self.nodes.len() as u32).map(Id)
    }

    /// The node that this one stands in.
    pub fn parent(&self, id: Id) -> Option<Id> {
        self.nodes[id.0 as usize].parent
    }

    /// The nodes that this one stands in, innermost first.
    pub fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// The node and all below it.
    pub fn subtree(&self, id: Id) -> impl Iterator<Item = Id> + use<'a> {
        (id.0..self.nodes[id.0 as usize].end).map(Id)
    }

    /// Whether `inner` is `outer` or stands below it.
    pub fn contains(&self, outer: Id, inner: Id) -> bool {
        outer <= inner && inner.0 < self.nodes[outer.0 as usize].end
    }

    /// The text range of a node.
    pub fn range(&self, id: Id) -> TextRange {
        self.nodes[id.0 as usize].range
    }

    /// The text of a node.
    pub fn text(&self, id: Id) -> &'a str {
        self.source.slice(self.range(id))
    }

    /// The node of an expression, statement or other part of this tree.
    ///
    /// # Panics
    /// When the part is of another tree.
    pub fn id_of<'b>(&self, part: impl Into<AnyNodeRef<'b>>) -> Id {
        let part = part.into();
        // Nodes stand in the order of their starts.
        let start = part.range().start();
        let first = self.nodes.partition_point(|node| node.range.start() < start) as u32;
        let mut nodes = (first..self.nodes.len() as u32).map(Id).chain((0..first).map(Id));
        nodes.find(|&id| self[id].ptr_eq(part)).expect("the part is of this tree")
    }

    /// The innermost statement that a node is or stands in.
    pub fn statement(&self, id: Id) -> Option<Id> {
        std::iter::once(id).chain(self.ancestors(id)).find(|&id| self[id].is_statement())
    }

    /// Every comparison, with its id.
    pub fn compares(&self) -> impl Iterator<Item = (Id, &'a ExprCompare)> + '_ {
        self.compares.iter().filter_map(|&id| match self[id] {
            AnyNodeRef::ExprCompare(compare) => Some((id, compare)),
            _ => None,
        })
    }

    /// Every call, with its id.
    pub fn all_calls(&self) -> impl Iterator<Item = (Id, &'a ExprCall)> + '_ {
        self.calls.iter().filter_map(|&id| Some((id, call_of(self, id)?)))
    }

    /// Every name in an expression, with its id.
    pub fn names(&self) -> impl Iterator<Item = (Id, &'a ExprName)> + '_ {
        self.ids().filter_map(|id| match self[id] {
            AnyNodeRef::ExprName(name) => Some((id, name)),
            _ => None,
        })
    }
}

impl<'a> Index<Id> for Tree<'a> {
    type Output = AnyNodeRef<'a>;

    fn index(&self, id: Id) -> &AnyNodeRef<'a> {
        &self.nodes[id.0 as usize].node
    }
}

struct Layout<'a> {
    nodes: Vec<Node<'a>>,
    open: Vec<Id>,
}

impl<'a> SourceOrderVisitor<'a> for Layout<'a> {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        let id = Id(self.nodes.len() as u32);
        let (range, parent) = (node.range(), self.open.last().copied());
        self.nodes.push(Node { node, range, parent, end: id.0 + 1 });
        self.open.push(id);
        TraversalSignal::Traverse
    }

    fn leave_node(&mut self, _node: AnyNodeRef<'a>) {
        if let Some(id) = self.open.pop() {
            self.nodes[id.0 as usize].end = self.nodes.len() as u32;
        }
    }
}

#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod stays_tests;
#[cfg(test)]
mod tests;
