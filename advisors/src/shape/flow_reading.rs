//! Reading a file for what each of its names is given.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Parameters};
use rustc_hash::FxHashMap;

use super::flow::{Edges, Holder, KEEPING, MAX_STEPS, Place};
use super::flow_sources::{Names, elements};
use super::{Id, ScopeKind, Tree, Variable};

/// What was read so far.
pub(super) struct Reading<'t, 'a> {
    names: Names<'t, 'a>,
    from: Edges<'a>,
    to: Edges<'a>,
}

impl<'t, 'a> Reading<'t, 'a> {
    /// What each place is given, and what is given its object.
    pub(super) fn of(names: Names<'t, 'a>) -> (Edges<'a>, Edges<'a>) {
        let mut reading = Self { names, from: FxHashMap::default(), to: FxHashMap::default() };
        for id in names.tree.ids() {
            reading.read(id);
        }
        (reading.from, reading.to)
    }

    fn give(&mut self, target: Place<'a>, source: Place<'a>) {
        if target != source {
            self.from.entry(target).or_default().push(source);
            self.to.entry(source).or_default().push(target);
        }
    }

    fn read(&mut self, id: Id) {
        let tree = self.names.tree;
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
                    .zip(self.names.parameter(id, parameter.parameter.name.as_str()));
                if let Some((value, place)) = variable {
                    self.fill(place, value);
                }
            }
            AnyNodeRef::StmtFunctionDef(def) if !def.decorator_list.is_empty() => {
                // A property is an attribute.
                let place = Place { of: Holder::Attribute(def.name.as_str()), depth: 0 };
                for source in self.names.results(&[id], MAX_STEPS) {
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
            let Some(variable) = self.names.tree.root(target).filter(|_| target.is_name_expr())
            else {
                continue;
            };
            if self.names.tree.scope_kind(variable.scope) == ScopeKind::Class {
                let own = Place { of: Holder::Variable(variable), depth: 0 };
                let outside = Place { of: Holder::Attribute(variable.name), depth: 0 };
                self.give(own, outside);
                self.give(outside, own);
            }
        }
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
                if let Some(place) = self.names.stored(target) {
                    self.fill(place, value);
                }
            }
        }
    }

    fn fill(&mut self, place: Place<'a>, value: &'a Expr) {
        let sources = self.names.sources(value, MAX_STEPS);
        if sources.is_empty() {
            for source in self.names.contents(value, MAX_STEPS) {
                self.give(place.deeper(1), source);
            }
        }
        for source in sources {
            self.give(place, source);
        }
    }

    /// `for target in value`
    fn each(&mut self, target: &'a Expr, value: &'a Expr) {
        let sources = self.names.contents(value, MAX_STEPS);
        // Parts of each element may be what the parts of the target are.
        let deeper = usize::from(matches!(target, Expr::Tuple(_) | Expr::List(_)));
        let mut targets = vec![target];
        while let Some(target) = targets.pop() {
            if let Some(parts) = elements(target) {
                targets.extend(parts);
            } else if let Expr::Starred(rest) = target {
                targets.push(&rest.value);
            } else if let Some(place) = self.names.stored(target) {
                for source in &sources {
                    self.give(place, *source);
                    if deeper > 0 {
                        self.give(place, source.deeper(1));
                    }
                }
            }
        }
    }

    /// What the parameters of the file's functions are given, and what a container is.
    fn pass(&mut self, call: &'a ExprCall) {
        let tree = self.names.tree;
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(method) => {
                let kept = method.attr.as_str();
                if KEEPING.contains(&kept)
                    && let Some(place) = self.names.stored(&method.value)
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
            .names
            .definitions
            .functions(name)
            .iter()
            .map(|&id| (id, by_method && tree.class_of(id).is_some() && !is_static(tree, id)));
        let makers = self.names.definitions.makers(tree, name).into_iter().map(|id| (id, true));
        let called: Vec<(Id, bool)> = functions.chain(makers).collect();
        for (function, bound) in called {
            self.pass_to(function, usize::from(bound), call);
        }
        if self.names.definitions.is_class(name) {
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
        let AnyNodeRef::StmtFunctionDef(def) = self.names.tree[function] else { return };
        let Some(first) = def.body.first() else { return };
        let scope = self.names.tree.scope(self.names.tree.id_of(first));
        let place =
            |name: &'a str, depth| Place { of: Holder::Variable(Variable { scope, name }), depth };
        let parameters = positional(&def.parameters);
        let mut given = parameters.iter().skip(skipped);
        for value in &call.arguments.args {
            match (given.next(), &def.parameters.vararg) {
                _ if value.is_starred_expr() => break,
                (Some(name), _) => self.fill(place(name, 0), value),
                (None, Some(rest)) => {
                    for source in self.names.sources(value, MAX_STEPS) {
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
