//! Which names may stand for one and the same object: what each of them is given, in the whole file.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Parameters};

use super::flow_sources::elements;
use super::{Id, ScopeKind, Tree, Variable};

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

type Edges<'a> = HashMap<Place<'a>, Vec<Place<'a>>>;

/// Functions and classes of the file, by their bare names.
pub(super) struct Definitions<'a> {
    functions: HashMap<&'a str, Vec<Id>>,
    classes: HashMap<&'a str, Vec<Id>>,
}

impl<'a> Definitions<'a> {
    pub(super) fn of(tree: &Tree<'a>) -> Self {
        let mut all = Self { functions: HashMap::new(), classes: HashMap::new() };
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
pub(super) struct Flow<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    pub(super) definitions: Definitions<'a>,
    /// What a place is given.
    from: Edges<'a>,
    /// What is given a place's object.
    to: Edges<'a>,
}

impl<'t, 'a> Flow<'t, 'a> {
    pub(super) fn of(tree: &'t Tree<'a>) -> Self {
        let definitions = Definitions::of(tree);
        let mut flow = Self { tree, definitions, from: HashMap::new(), to: HashMap::new() };
        for id in tree.ids() {
            flow.read(id);
        }
        flow
    }

    /// The names of the objects that a place may be; `None` where they are too many.
    pub(super) fn same(&self, places: &[Place<'a>]) -> Option<HashSet<Place<'a>>> {
        let given = Self::reach(&self.from, places)?;
        let given: Vec<_> = given.into_iter().collect();
        Self::reach(&self.to, &given)
    }

    fn reach(edges: &Edges<'a>, places: &[Place<'a>]) -> Option<HashSet<Place<'a>>> {
        let mut found: HashSet<Place<'a>> = places.iter().copied().collect();
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

    fn give(&mut self, target: Place<'a>, source: Place<'a>) {
        if target != source {
            self.from.entry(target).or_default().push(source);
            self.to.entry(source).or_default().push(target);
        }
    }

    fn read(&mut self, id: Id) {
        let tree = self.tree;
        match tree[id] {
            AnyNodeRef::StmtAssign(assign) => {
                for target in &assign.targets {
                    self.assign(target, &assign.value);
                }
                for pair in assign.targets.windows(2) {
                    self.assign(&pair[0], &pair[1]);
                    self.assign(&pair[1], &pair[0]);
                }
                self.read_class_body(&assign.targets);
            }
            AnyNodeRef::StmtAnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.assign(&assign.target, value);
                    self.read_class_body(std::slice::from_ref(&*assign.target));
                }
            }
            AnyNodeRef::ExprNamed(named) => self.assign(&named.target, &named.value),
            AnyNodeRef::StmtFor(statement) => self.each(&statement.target, &statement.iter),
            AnyNodeRef::Comprehension(clause) => self.each(&clause.target, &clause.iter),
            AnyNodeRef::WithItem(item) => {
                if let Some(target) = &item.optional_vars {
                    self.assign(target, &item.context_expr);
                }
            }
            AnyNodeRef::ParameterWithDefault(parameter) => {
                let variable = parameter
                    .default
                    .as_deref()
                    .zip(self.parameter(id, parameter.parameter.name.as_str()));
                if let Some((value, place)) = variable {
                    self.fill(place, value);
                }
            }
            AnyNodeRef::StmtFunctionDef(def) if !def.decorator_list.is_empty() => {
                // A property is an attribute.
                let place = Place { of: Holder::Attribute(def.name.as_str()), depth: 0 };
                for source in self.results(&[id], MAX_STEPS) {
                    self.give(place, source);
                }
            }
            AnyNodeRef::ExprCall(call) => self.pass(call),
            _ => {}
        }
    }

    /// A name of a class is an attribute of its objects.
    fn read_class_body(&mut self, targets: &'a [Expr]) {
        for target in targets {
            let Some(variable) = self.tree.root(target).filter(|_| target.is_name_expr()) else {
                continue;
            };
            if self.tree.scope_kind(variable.scope) == ScopeKind::Class {
                let own = Place { of: Holder::Variable(variable), depth: 0 };
                let outside = Place { of: Holder::Attribute(variable.name), depth: 0 };
                self.give(own, outside);
                self.give(outside, own);
            }
        }
    }

    fn parameter(&self, within: Id, name: &'a str) -> Option<Place<'a>> {
        let tree = self.tree;
        let function = tree.ancestors(within).find(|&id| {
            matches!(tree[id], AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::ExprLambda(_))
        })?;
        let scope = match tree[function] {
            AnyNodeRef::StmtFunctionDef(def) => tree.scope(tree.id_of(def.body.first()?)),
            AnyNodeRef::ExprLambda(lambda) => tree.scope(tree.id_of(&*lambda.body)),
            _ => return None,
        };
        Some(Place { of: Holder::Variable(Variable { scope, name }), depth: 0 })
    }

    fn assign(&mut self, target: &'a Expr, value: &'a Expr) {
        match (target, value) {
            (Expr::Tuple(_) | Expr::List(_), _) => {
                let targets = elements(target).unwrap_or_default();
                let starred = |parts: &[Expr]| parts.iter().any(Expr::is_starred_expr);
                match elements(value).filter(|values| {
                    values.len() == targets.len() && !starred(values) && !starred(targets)
                }) {
                    Some(values) => {
                        for (target, value) in targets.iter().zip(values) {
                            self.assign(target, value);
                        }
                    }
                    None => self.each(target, value),
                }
            }
            _ => {
                if let Some(place) = self.stored(target) {
                    self.fill(place, value);
                }
            }
        }
    }

    fn fill(&mut self, place: Place<'a>, value: &'a Expr) {
        let sources = self.sources(value, MAX_STEPS);
        if sources.is_empty() {
            for source in self.contents(value, MAX_STEPS) {
                self.give(place.deeper(1), source);
            }
        }
        for source in sources {
            self.give(place, source);
        }
    }

    /// `for target in value`
    fn each(&mut self, target: &'a Expr, value: &'a Expr) {
        let sources = self.contents(value, MAX_STEPS);
        // Parts of each element may be what the parts of the target are.
        let deeper = usize::from(matches!(target, Expr::Tuple(_) | Expr::List(_)));
        let mut targets = vec![target];
        while let Some(target) = targets.pop() {
            if let Some(parts) = elements(target) {
                targets.extend(parts);
            } else if let Expr::Starred(rest) = target {
                targets.push(&rest.value);
            } else if let Some(place) = self.stored(target) {
                for source in &sources {
                    self.give(place, *source);
                    if deeper > 0 {
                        self.give(place, source.deeper(1));
                    }
                }
            }
        }
    }

    /// The place that a target names.
    pub(super) fn stored(&self, target: &'a Expr) -> Option<Place<'a>> {
        self.place(self.tree.id_of(target))
    }

    /// The place that a name, attribute or item stands for.
    pub(super) fn place(&self, id: Id) -> Option<Place<'a>> {
        match self.tree[id] {
            AnyNodeRef::ExprName(_) => {
                let variable = self.tree.variable(id)?;
                Some(Place { of: Holder::Variable(variable), depth: 0 })
            }
            AnyNodeRef::ExprAttribute(it) => {
                Some(Place { of: Holder::Attribute(it.attr.as_str()), depth: 0 })
            }
            AnyNodeRef::ExprSubscript(item) if !item.slice.is_slice_expr() => {
                Some(self.stored(&item.value)?.deeper(1))
            }
            _ => None,
        }
    }

    /// What the parameters of the file's functions are given, and what a container is.
    fn pass(&mut self, call: &'a ExprCall) {
        let tree = self.tree;
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(method) => {
                let kept = method.attr.as_str();
                if KEEPING.contains(&kept)
                    && let Some(place) = self.stored(&method.value)
                {
                    for value in &call.arguments.args {
                        self.fill(place.deeper(1), value);
                    }
                }
                kept
            }
            _ => return,
        };
        let by_method = call.func.is_attribute_expr();
        let functions = self
            .definitions
            .functions(name)
            .iter()
            .map(|&id| (id, by_method && tree.class_of(id).is_some() && !is_static(tree, id)));
        let makers = self.definitions.makers(tree, name).into_iter().map(|id| (id, true));
        let called: Vec<(Id, bool)> = functions.chain(makers).collect();
        for (function, bound) in called {
            self.pass_to(function, usize::from(bound), call);
        }
        if self.definitions.is_class(name) {
            for keyword in &call.arguments.keywords {
                if let Some(name) = &keyword.arg {
                    self.fill(
                        Place { of: Holder::Attribute(name.as_str()), depth: 0 },
                        &keyword.value,
                    );
                }
            }
        }
    }

    fn pass_to(&mut self, function: Id, skipped: usize, call: &'a ExprCall) {
        let AnyNodeRef::StmtFunctionDef(def) = self.tree[function] else { return };
        let Some(first) = def.body.first() else { return };
        let scope = self.tree.scope(self.tree.id_of(first));
        let place =
            |name: &'a str, depth| Place { of: Holder::Variable(Variable { scope, name }), depth };
        let parameters = positional(&def.parameters);
        let mut given = parameters.iter().skip(skipped);
        for value in &call.arguments.args {
            match (given.next(), &def.parameters.vararg) {
                _ if value.is_starred_expr() => break,
                (Some(name), _) => self.fill(place(name, 0), value),
                (None, Some(rest)) => {
                    for source in self.sources(value, MAX_STEPS) {
                        self.give(place(rest.name.as_str(), 1), source);
                    }
                }
                (None, None) => break,
            }
        }
        for keyword in &call.arguments.keywords {
            if let Some(name) = &keyword.arg {
                self.fill(place(name.as_str(), 0), &keyword.value);
            }
        }
    }
}

fn positional(parameters: &Parameters) -> Vec<&str> {
    let all = parameters.posonlyargs.iter().chain(&parameters.args);
    all.map(|it| it.parameter.name.as_str()).collect()
}

fn is_static(tree: &Tree<'_>, function: Id) -> bool {
    matches!(tree[function], AnyNodeRef::StmtFunctionDef(def) if def.decorator_list.iter().any(
        |it| matches!(&it.expression, Expr::Name(name) if name.id.as_str() == "staticmethod")))
}
