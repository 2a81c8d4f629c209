//! Whether an object stays as it is while a loop runs, whatever it is called and whoever changes it.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};
use rustc_hash::FxHashSet;

use super::flow::{CHANGING_DUNDERS, Flow, Holder, Place};
use super::purity_names::CHANGING_METHODS;
use super::{BindingKind, Id, ScopeId, Tree, Use, Variable, call_of};

/// Functions of the file that are looked into.
const MAX_LOOKED_INTO: usize = 200;

/// Functions of these that change what they are given.
const CHANGERS: &[&str] = &[
    "heapify",
    "heappop",
    "heappush",
    "heappushpop",
    "heapreplace",
    "insort",
    "insort_left",
    "insort_right",
    "shuffle",
];

/// Whether an object stays what it is in a part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// Nothing there can change it behind the name's back.
    Surely,
    /// It is changed there, by another name or by something that is called.
    Not(Id),
    /// Something is called there, or gets it, that the file does not show.
    Perhaps(Id),
}

impl<'a> Tree<'a> {
    /// Whether the object of a name, attribute or item stays as it is while `part` runs, as far as
    /// anything but that very name in `part` is concerned: another name for it, or code that is called.
    pub fn stays(&self, own: Id, part: Id) -> Stays {
        let flow = Flow::of(self);
        Look::of(flow, own).map_or(Stays::Perhaps(own), |mut look| look.at(part))
    }

    /// Whether anything but the very name may read or change the object while `part` runs.
    pub fn is_met_elsewhere(&self, own: Id, part: Id) -> bool {
        let flow = Flow::of(self);
        Look::of(flow, own)
            .is_none_or(|mut look| look.at(part) != Stays::Surely || look.is_mentioned(part))
    }

    /// Whether another name may stand for the object.
    pub fn has_other_names(&self, own: Id) -> bool {
        let flow = Flow::of(self);
        let place = flow.names.place(own);
        let same = place.and_then(|place| flow.same(&[place]));
        same.is_none_or(|same| same.len() > 1)
    }

    /// Where in `part` the object is mentioned by another name.
    pub fn other_mention(&self, own: Id, part: Id) -> Option<Id> {
        let flow = Flow::of(self);
        let place = flow.names.place(own)?;
        let same = flow.same(&[place])?;
        let other =
            |id: &Id| flow.names.place(*id).is_some_and(|it| it != place && same.contains(&it));
        self.subtree(part).find(other)
    }

    /// Whether what an expression gives is an object that something else holds as well.
    pub fn is_held_elsewhere(&self, value: &'a Expr) -> bool {
        let flow = Flow::of(self);
        let sources = flow.names.sources(value, 2);
        if sources.is_empty() || !matches!(value, Expr::Call(_)) {
            return !sources.is_empty();
        }
        // What a function of the file returns may be its own.
        let outside = |place: Place<'a>| match place.of {
            Holder::Attribute(_) => true,
            Holder::Variable(variable) => {
                place.depth > 0 || variable.scope == ScopeId::MODULE || self.is_given(variable)
            }
        };
        flow.same(&sources).is_none_or(|same| same.into_iter().any(outside))
    }

    fn is_given(&self, variable: Variable<'a>) -> bool {
        self.bindings(variable).iter().any(|binding| binding.kind == BindingKind::Parameter)
    }
}

struct Look<'t, 'a> {
    tree: &'t Tree<'a>,
    flow: Flow<'t, 'a>,
    /// The expression that is asked about.
    own: Id,
    place: Place<'a>,
    /// All that the object may be called.
    same: FxHashSet<Place<'a>>,
    /// The functions that run, as far as the file shows.
    into: FxHashSet<Id>,
    /// The first call of which nothing is known.
    perhaps: Option<Id>,
}

impl<'t, 'a> Look<'t, 'a> {
    fn of(flow: Flow<'t, 'a>, own: Id) -> Option<Self> {
        let place = flow.names.place(own)?;
        let same = flow.same(&[place])?;
        Some(Self {
            tree: flow.names.tree,
            flow,
            own,
            place,
            same,
            into: FxHashSet::default(),
            perhaps: None,
        })
    }

    /// Whether the part mentions the object by another name, or what it runs by any.
    fn is_mentioned(&self, part: Id) -> bool {
        let by_another = |id: Id| {
            self.flow.names.place(id).is_some_and(|it| it != self.place && self.same.contains(&it))
        };
        self.tree.subtree(part).any(by_another)
            || self.into.iter().flat_map(|&it| self.tree.subtree(it)).any(|id| self.is_same(id))
    }

    fn at(&mut self, part: Id) -> Stays {
        let mut open = vec![part];
        while let Some(at) = open.pop() {
            for id in self.tree.subtree(at) {
                if self.is_changed(id, at == part) {
                    return Stays::Not(id);
                }
                for function in self.run_by(id) {
                    if !self.is_its_own_in(function) && self.into.insert(function) {
                        open.push(function);
                    }
                }
            }
            if self.into.len() > MAX_LOOKED_INTO {
                return Stays::Perhaps(part);
            }
        }
        match self.perhaps {
            Some(id) if self.is_in_reach() => Stays::Perhaps(id),
            _ => match self.handed_on_within(part) {
                Some(id) => Stays::Perhaps(id),
                None => Stays::Surely,
            },
        }
    }

    fn is_same(&self, id: Id) -> bool {
        self.flow.names.place(id).is_some_and(|place| self.same.contains(&place))
    }

    /// Whether a node changes the object, or makes the expression mean another one.
    fn is_changed(&self, id: Id, in_part: bool) -> bool {
        let tree = self.tree;
        let Some(place) = self.flow.names.place(id).filter(|place| self.same.contains(place))
        else {
            return false;
        };
        // What is done by the very name is asked elsewhere.
        if in_part && tree.text(id) == tree.text(self.own) && place == self.place {
            return false;
        }
        let Some(parent) = tree.parent(id) else { return false };
        let is = |expr: &Expr| tree[id].ptr_eq(AnyNodeRef::from(expr));
        match tree[parent] {
            AnyNodeRef::StmtAugAssign(it) if is(&it.target) => return true,
            AnyNodeRef::ExprCall(call) if is(&call.func) => {
                // A method of it that was given a name.
                return !tree[id].is_expr_attribute() && self.is_list_method(id);
            }
            _ => {}
        }
        let is_stored = match tree[id] {
            AnyNodeRef::ExprName(it) => it.ctx != ExprContext::Load,
            AnyNodeRef::ExprAttribute(it) => it.ctx != ExprContext::Load,
            AnyNodeRef::ExprSubscript(it) => it.ctx != ExprContext::Load,
            _ => false,
        };
        if is_stored {
            let made = matches!(tree[tree.function(id)], AnyNodeRef::StmtFunctionDef(def)
                if def.name.as_str() == "__init__");
            return place == self.place && !in_part && !made;
        }
        match tree.use_of(id) {
            Use::Method(name, _) => {
                CHANGING_METHODS.contains(&name) || CHANGING_DUNDERS.contains(&name)
            }
            Use::Changed(target) => !tree[target].is_expr_attribute(),
            Use::Other => self.is_given_to_changer(id, parent),
            _ => false,
        }
    }

    /// Whether every call of a function has an object of its own by that name.
    fn is_its_own_in(&self, function: Id) -> bool {
        let Holder::Variable(variable) = self.place.of else { return false };
        self.tree.scope_node(variable.scope) == function && !self.tree.is_given(variable)
    }

    /// Whether a name is given a method that changes what it is of.
    fn is_list_method(&self, name: Id) -> bool {
        let Some(variable) = self.tree.variable(name) else { return false };
        self.tree.bindings(variable).iter().any(|binding| {
            let value = self.tree.assigned(binding.node);
            matches!(value, Some(Expr::Attribute(method))
                if CHANGING_METHODS.contains(&method.attr.as_str())
                    || CHANGING_DUNDERS.contains(&method.attr.as_str()))
        }) || self
            .tree
            .bindings(variable)
            .iter()
            .any(|it| it.kind == BindingKind::Parameter || it.kind == BindingKind::Unpack)
    }

    fn is_given_to_changer(&self, id: Id, arguments: Id) -> bool {
        let tree = self.tree;
        let call = tree.parent(arguments).and_then(|call| call_of(tree, call));
        let Some(call) = call.filter(|_| matches!(tree[arguments], AnyNodeRef::Arguments(_)))
        else {
            return false;
        };
        let first =
            call.arguments.args.first().is_some_and(|it| tree[id].ptr_eq(AnyNodeRef::from(it)));
        first && super::called_name(call).is_some_and(|name| CHANGERS.contains(&name))
    }

    /// The functions of the file that a node may run: those of a name that is called or mentioned.
    fn run_by(&mut self, id: Id) -> Vec<Id> {
        let tree = self.tree;
        let definitions = self.flow.names.definitions;
        let all = |names: &[&str]| -> Vec<Id> {
            names.iter().flat_map(|name| definitions.functions(name)).copied().collect()
        };
        match tree[id] {
            AnyNodeRef::ExprName(name) => {
                let is_class = definitions.is_class(name.id.as_str());
                match tree.variable(id) {
                    Some(variable) => {
                        let bindings = tree.bindings(variable);
                        let defined =
                            bindings.iter().filter(|it| it.kind == BindingKind::Definition);
                        let mut run: Vec<Id> = defined
                            .map(|it| it.node)
                            .filter(|&it| matches!(tree[it], AnyNodeRef::StmtFunctionDef(_)))
                            .collect();
                        // A generator that was made before goes on.
                        let made = bindings.iter().filter_map(|it| tree.assigned(it.node));
                        let made: Vec<&Expr> = made.collect();
                        for value in made {
                            match value {
                                Expr::Call(call) => {
                                    let name = super::called_name(call).unwrap_or_default();
                                    run.extend(
                                        all(&[name])
                                            .into_iter()
                                            .filter(|&it| self.gives_in_turns(it)),
                                    );
                                }
                                Expr::Attribute(method) => run.extend(all(&[method.attr.as_str()])),
                                Expr::Lambda(_) => run.push(tree.id_of(value)),
                                Expr::Name(other) => run.extend(all(&[other.id.as_str()])),
                                _ => {}
                            }
                        }
                        if is_class {
                            run.extend(definitions.makers(tree, name.id.as_str()));
                        }
                        run
                    }
                    None => Vec::new(),
                }
            }
            AnyNodeRef::ExprAttribute(it) => {
                let mut run = all(&[it.attr.as_str()]);
                run.extend(definitions.makers(tree, it.attr.as_str()));
                run
            }
            AnyNodeRef::StmtWith(_) => all(&["__enter__", "__exit__", "__aenter__", "__aexit__"]),
            AnyNodeRef::StmtFor(_) | AnyNodeRef::Comprehension(_) => all(&["__iter__", "__next__"]),
            AnyNodeRef::ExprCall(call) if !self.flow.names.is_known(call) => {
                self.perhaps = self.perhaps.or(Some(id));
                all(&["__call__"])
            }
            _ => Vec::new(),
        }
    }

    fn gives_in_turns(&self, function: Id) -> bool {
        self.tree.subtree(function).any(|id| {
            matches!(self.tree[id], AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_))
        })
    }

    /// Whether code that the file does not show may have the object.
    fn is_in_reach(&self) -> bool {
        let tree = self.tree;
        let outside = |place: &Place<'a>| match place.of {
            Holder::Attribute(_) => true,
            Holder::Variable(variable) => {
                variable.scope == ScopeId::MODULE
                    || tree
                        .bindings(variable)
                        .iter()
                        .any(|it| it.kind == BindingKind::Parameter && variable.name != "self")
            }
        };
        self.same.iter().any(outside) || tree.ids().any(|id| self.is_handed_on(id))
    }

    /// Whether a mention gives the object to code that is not known.
    fn is_handed_on(&self, id: Id) -> bool {
        let tree = self.tree;
        if !self.is_same(id) {
            return false;
        }
        let Some(parent) = tree.parent(id) else { return false };
        match tree[parent] {
            AnyNodeRef::Arguments(_) => {
                tree.use_of(id) == Use::Other
                    && tree
                        .parent(parent)
                        .and_then(|call| call_of(tree, call))
                        .is_some_and(|call| !self.flow.names.is_known(call))
            }
            AnyNodeRef::Keyword(_) => {
                let call = tree.parent(parent).and_then(|it| tree.parent(it));
                call.and_then(|call| call_of(tree, call))
                    .is_some_and(|call| !self.flow.names.is_known(call))
            }
            AnyNodeRef::ExprYield(_) => true,
            _ => false,
        }
    }

    /// Where a part, or what it runs, gives the object to code that is not known.
    fn handed_on_within(&self, part: Id) -> Option<Id> {
        let within = std::iter::once(part).chain(self.into.iter().copied());
        within.flat_map(|it| self.tree.subtree(it)).find(|&id| self.is_handed_on(id))
    }
}
