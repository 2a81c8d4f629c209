//! What the queries of a loop have to do with one another.

mod statement;

use std::collections::HashSet;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext};
use ruff_text_size::Ranged;
use statement::Statement;

use crate::shape::{Id, Tree, Variable, call_of, is_builtin_call};
use crate::turns::{Passed, argument};

/// Functions of the file that are followed from a loop.
const MAX_FUNCTIONS: usize = 12;

/// Methods that run a statement.
const EXECUTES: &[&str] = &["execute", "executemany"];

/// Methods that run something that is not told by their first argument.
const RUNS: &[&str] = &["executescript", "callproc"];

/// Methods that give what the database answers.
const ANSWERS: &[&str] = &[
    "execute",
    "fetch",
    "fetchall",
    "fetchmany",
    "fetchone",
    "fetchrow",
    "fetchval",
    "one",
    "scalar",
    "scalars",
];

/// Attributes that tell what the last statement did.
const LEFT_BEHIND: &[&str] = &["lastrowid", "rowcount"];

/// What one turn of a loop runs: its own text and the functions of the file that it calls.
pub(crate) struct Turn<'t, 'a> {
    tree: &'t Tree<'a>,
    repeated: Id,
    nodes: Vec<Id>,
    functions: Vec<Id>,
    /// Whether there are functions that were not followed.
    is_cut: bool,
}

impl<'t, 'a> Turn<'t, 'a> {
    /// The turn of a loop that runs a query in it or in a function that it calls.
    pub(crate) fn of(tree: &'t Tree<'a>, repeated: Id, query: Id) -> Self {
        let extent = tree.loop_extent(repeated);
        let own = tree.subtree(extent).filter(|&id| tree.loops(id).contains(&repeated));
        let mut turn =
            Self { tree, repeated, nodes: own.collect(), functions: Vec::new(), is_cut: false };
        if !turn.nodes.contains(&query) {
            turn.follow(tree.function(query));
        }
        let mut next = 0;
        while let Some(&id) = turn.nodes.get(next) {
            next += 1;
            let called = call_of(tree, id).and_then(|call| tree.function_named(&call.func));
            if let Some(function) = called {
                turn.follow(function);
            }
        }
        turn
    }

    fn follow(&mut self, function: Id) {
        let tree = self.tree;
        if self.functions.contains(&function) {
            return;
        }
        self.is_cut |= self.functions.len() == MAX_FUNCTIONS;
        if !self.is_cut {
            self.functions.push(function);
            self.nodes.extend(tree.subtree(function).filter(|&id| tree.function(id) == function));
        }
    }

    /// Whether a query cannot be asked before the turn begins: what it is given comes from an answer of
    /// the loop's, or the loop writes what it reads, or reads what it writes, or that cannot be told.
    pub(crate) fn needs_the_one_before(&self, query: Id) -> bool {
        let Some(call) = call_of(self.tree, query) else { return true };
        self.is_cut || self.meets_another(query, call) || self.is_given_an_answer(call)
    }

    fn calls(&self) -> impl Iterator<Item = (Id, &'a ExprCall)> + '_ {
        self.nodes.iter().filter_map(|&id| Some((id, call_of(self.tree, id)?)))
    }

    /// Whether another statement of the turn may have to do with the same table, and one of them
    /// writes.
    fn meets_another(&self, query: Id, call: &'a ExprCall) -> bool {
        let Some(own) = Statement::of(self.tree, call) else { return true };
        let connection = receiver(self.tree, call);
        let (mut commits, mut writes) = (false, own.writes);
        for (id, other) in self.calls() {
            let Expr::Attribute(method) = &*other.func else {
                if self.is_handed_out(other, connection) {
                    return true;
                }
                continue;
            };
            match method.attr.as_str() {
                _ if id == query => {}
                "commit" => commits = true,
                name if EXECUTES.contains(&name) => match Statement::of(self.tree, other) {
                    Some(other) if !other.meets(&own) => writes |= other.writes,
                    _ => return true,
                },
                name if RUNS.contains(&name) => return true,
                _ if self.is_handed_out(other, connection) => return true,
                _ => {}
            }
        }
        // Something must have been written, out of sight.
        commits && !writes
    }

    /// Whether a function that is not of the file is given the connection, and may do what it likes.
    fn is_handed_out(&self, call: &ExprCall, connection: Option<&str>) -> bool {
        let tree = self.tree;
        let is_it = |value: &Expr| Some(tree.source().slice(value.range())) == connection;
        let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
        let given = call.arguments.args.iter().chain(keywords).any(is_it);
        let builtin = matches!(&*call.func, Expr::Name(name)
            if is_builtin_call(tree, call, name.id.as_str()));
        given && !builtin && tree.function_named(&call.func).is_none()
    }

    /// Whether what a statement is given comes from what the database answered, on this turn or on one
    /// before.
    fn is_given_an_answer(&self, call: &'a ExprCall) -> bool {
        let answers = Answers::of(self);
        let mut given = call.arguments.args.iter().skip(1);
        given.any(|value| answers.are_in(self.tree.id_of(value)))
    }
}

/// The variables that hold answers, or what was made of them.
struct Answers<'s, 't, 'a> {
    turn: &'s Turn<'t, 'a>,
    held: HashSet<Variable<'a>>,
    /// What statements are run on: a cursor gives the answers itself.
    cursors: Vec<&'a str>,
    /// The functions that ask.
    asking: Vec<Id>,
}

impl<'s, 't, 'a> Answers<'s, 't, 'a> {
    fn of(turn: &'s Turn<'t, 'a>) -> Self {
        let tree = turn.tree;
        let asks = |call: &ExprCall| {
            matches!(&*call.func, Expr::Attribute(method)
                if ANSWERS.contains(&method.attr.as_str()))
        };
        let executed = turn.calls().filter(|(_, call)| asks(call));
        let cursors = executed.filter_map(|(_, call)| receiver(tree, call)).collect();
        let mut asking: Vec<Id> = Vec::new();
        loop {
            let more = turn.functions.iter().copied().filter(|&function| {
                !asking.contains(&function)
                    && turn.calls().any(|(id, call)| {
                        let called = tree.function_named(&call.func);
                        tree.function(id) == function
                            && (asks(call) || called.is_some_and(|it| asking.contains(&it)))
                    })
            });
            let more: Vec<Id> = more.collect();
            if more.is_empty() {
                break;
            }
            asking.extend(more);
        }
        let mut answers = Self { turn, held: HashSet::new(), cursors, asking };
        loop {
            let before = answers.held.len();
            for &id in &turn.nodes {
                answers.pass(id);
            }
            answers.begin_turn();
            if answers.held.len() == before {
                return answers;
            }
        }
    }

    /// Lets an answer go on from a node.
    fn pass(&mut self, id: Id) {
        let tree = self.turn.tree;
        match tree[id] {
            AnyNodeRef::StmtAssign(it) => {
                for target in &it.targets {
                    self.bind(id, target, &it.value);
                }
            }
            AnyNodeRef::StmtAnnAssign(it) => {
                if let Some(value) = &it.value {
                    self.bind(id, &it.target, value);
                }
            }
            AnyNodeRef::StmtAugAssign(it) => self.bind(id, &it.target, &it.value),
            AnyNodeRef::ExprNamed(it) => self.bind(id, &it.target, &it.value),
            AnyNodeRef::StmtFor(it) => self.bind(id, &it.target, &it.iter),
            AnyNodeRef::Comprehension(it) => self.bind(id, &it.target, &it.iter),
            AnyNodeRef::WithItem(it) => {
                if let Some(target) = &it.optional_vars {
                    self.bind(id, target, &it.context_expr);
                }
            }
            AnyNodeRef::ExprCall(call) => self.pass_to_call(id, call),
            _ => {}
        }
    }

    /// Binds a target to a value that may be an answer, or under a test of one.
    fn bind(&mut self, id: Id, target: &Expr, value: &Expr) {
        let tree = self.turn.tree;
        if self.are_in(tree.id_of(value)) || self.decide(id) {
            self.hold(target);
        }
    }

    /// Arguments go on to the parameters of functions, and into the objects that methods are called on.
    fn pass_to_call(&mut self, id: Id, call: &'a ExprCall) {
        let tree = self.turn.tree;
        if let Some(function) = tree.function_named(&call.func)
            && let AnyNodeRef::StmtFunctionDef(def) = tree[function]
        {
            for parameter in &*def.parameters {
                let name = parameter.name().as_str();
                let given = argument(tree, function, def, call, name);
                if let Some(Passed::Value(value)) = given
                    && self.are_in(tree.id_of(value))
                {
                    let body = def.body.first().map(|first| tree.scope(tree.id_of(first)));
                    self.held.extend(body.map(|scope| Variable { scope, name }));
                }
            }
            return;
        }
        let Expr::Attribute(method) = &*call.func else { return };
        if ANSWERS.contains(&method.attr.as_str()) || EXECUTES.contains(&method.attr.as_str()) {
            return;
        }
        let arguments = tree.subtree(id).find(|&it| tree[it].is_arguments());
        if arguments.is_some_and(|it| self.are_in(it)) || self.decide(id) {
            self.hold(&method.value);
        }
    }

    /// The loop's own items are answers when what it goes over gets some.
    fn begin_turn(&mut self) {
        let (tree, repeated) = (self.turn.tree, self.turn.repeated);
        let (Some(over), Some(target)) = (tree.iterable(repeated), tree.loop_target(repeated))
        else {
            return;
        };
        let mut names = tree.subtree(tree.id_of(over)).filter_map(|id| tree.variable(id));
        if names.any(|variable| self.held.contains(&variable)) {
            self.hold(target);
        }
    }

    /// The variables of a target, or of what an attribute or item of is set.
    fn hold(&mut self, target: &Expr) {
        let tree = self.turn.tree;
        match target {
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|part| self.hold(part)),
            Expr::List(list) => list.elts.iter().for_each(|part| self.hold(part)),
            Expr::Starred(starred) => self.hold(&starred.value),
            Expr::Attribute(attribute) => self.hold(&attribute.value),
            Expr::Subscript(item) => self.hold(&item.value),
            Expr::Name(_) => self.held.extend(tree.variable(tree.id_of(target))),
            _ => {}
        }
    }

    /// Whether an answer decides if a node runs.
    fn decide(&self, id: Id) -> bool {
        let tree = self.turn.tree;
        let within = tree.ancestors(id).take_while(|it| self.turn.nodes.contains(it));
        within.into_iter().any(|around| match tree[around] {
            AnyNodeRef::StmtIf(it) => {
                let others = it.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref());
                others.chain([&*it.test]).any(|test| self.are_in(tree.id_of(test)))
            }
            AnyNodeRef::StmtWhile(it) => self.are_in(tree.id_of(&*it.test)),
            AnyNodeRef::StmtMatch(it) => self.are_in(tree.id_of(&*it.subject)),
            _ => false,
        })
    }

    /// Whether an expression has an answer in it.
    fn are_in(&self, id: Id) -> bool {
        let tree = self.turn.tree;
        tree.subtree(id).any(|it| match tree[it] {
            AnyNodeRef::ExprCall(call) => {
                let method = matches!(&*call.func, Expr::Attribute(method)
                    if ANSWERS.contains(&method.attr.as_str()));
                let called = tree.function_named(&call.func);
                method || called.is_some_and(|function| self.asking.contains(&function))
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                LEFT_BEHIND.contains(&attribute.attr.as_str()) || self.is_cursor(it)
            }
            AnyNodeRef::ExprName(name) => {
                let held = |variable| self.held.contains(&variable);
                name.ctx == ExprContext::Load
                    && (tree.variable(it).is_some_and(held) || self.is_cursor(it))
            }
            _ => false,
        })
    }

    /// Whether a cursor is itself gone over, or passed on.
    fn is_cursor(&self, id: Id) -> bool {
        let tree = self.turn.tree;
        let is_value =
            !matches!(tree.parent(id).map(|it| tree[it]), Some(AnyNodeRef::ExprAttribute(_)));
        is_value && self.cursors.contains(&tree.text(id))
    }
}

/// What a method is called on.
fn receiver<'a>(tree: &Tree<'a>, call: &ExprCall) -> Option<&'a str> {
    match &*call.func {
        Expr::Attribute(method) => Some(tree.source().slice(method.value.range())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// Whether the query of a loop that calls so many functions needs the one before.
    fn is_needed(functions: usize) -> bool {
        let calls = (0..functions).map(|n| format!("        f{n}(i)\n")).collect::<String>();
        let functions = (0..functions).map(|n| format!("def f{n}(i):\n    return i\n"));
        let text = format!(
            "{}def f(db, n):\n    for i in n:\n{calls}        db.execute('select a from b where c = ?', (i,))\n",
            functions.collect::<String>()
        );
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let (query, _) = tree.all_calls().last().unwrap();
        let repeated = *tree.loops(query).last().unwrap();
        Turn::of(&tree, repeated, query).needs_the_one_before(query)
    }

    #[test]
    fn where_too_much_is_called_nothing_is_claimed() {
        assert!(!is_needed(MAX_FUNCTIONS));
        assert!(is_needed(MAX_FUNCTIONS + 1));
    }
}
