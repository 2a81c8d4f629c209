//! The fix for a variable: its parts are collected in a list and joined once.

use ruff_python_ast::{AnyNodeRef, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::Proposal;
use super::whole::Whole;
use crate::rewrite::{after_statement, free_name};
use crate::shape::{Append, BindingKind, Id, ScopeId, ScopeKind, Storage, Tree, Variable};
use crate::{Case, Edit, words};

/// Functions that are followed from one that reads the string to the loop that runs it.
const MAX_STEPS: u32 = 3;

pub(super) fn propose<'a>(
    case: &Case<'a>,
    variable: Variable<'a>,
    appends: &[Append<'a>],
) -> Proposal {
    let mut notes = Vec::new();
    let join = Join::plan(case.tree, variable, appends);
    match join.and_then(|join| join.edits(case, &mut notes)) {
        Ok(edits) => Proposal::fix(edits, &notes),
        Err(obstacle) => Proposal::words(format!(
            "Collect the parts in a list and join them once it is complete. {obstacle}"
        )),
    }
}

/// `s = ""`, a statement of the same suite that appends to it in a loop, and what follows.
struct Join<'t, 'a> {
    tree: &'t Tree<'a>,
    variable: Variable<'a>,
    start: Id,
    whole: Whole<'a>,
    /// The appends that become `parts.append`.
    appends: Vec<&'t Append<'a>>,
    suite: &'a [Stmt],
    /// The last statement of the suite that appends in a loop.
    last: &'a Stmt,
}

impl<'t, 'a> Join<'t, 'a> {
    fn plan(
        tree: &'t Tree<'a>,
        variable: Variable<'a>,
        appends: &'t [Append<'a>],
    ) -> Result<Self, String> {
        let name = variable.name;
        let frame = |id: Id| tree.frame(tree.scope(id));
        let home = appends.first().map(|append| frame(append.statement));
        let elsewhere = || format!("`{name}` starts in another place, so no edit is offered.");
        if appends.iter().any(|append| Some(frame(append.statement)) != home) {
            return Err(elsewhere());
        }
        let adds = |id: Id| appends.iter().any(|append| tree.contains(append.statement, id));
        let mut starts = tree
            .bindings(variable)
            .iter()
            .filter(|binding| !adds(binding.node) && Some(frame(binding.node)) == home);
        let start = starts.next().ok_or_else(elsewhere)?;
        if let Some(other) = starts.next() {
            let line = words::line(tree.source(), tree.range(other.node));
            return Err(format!("`{name}` is bound anew on {line}, so no edit is offered."));
        }
        let whole = (start.kind == BindingKind::Assign)
            .then(|| tree.assigned(start.node).and_then(Whole::of))
            .flatten()
            .ok_or(format!("`{name}` does not start as a literal, so no edit is offered."))?;
        let statement = tree.statement(start.node).ok_or_else(elsewhere)?;
        let suite = suite(tree, statement).ok_or_else(elsewhere)?;
        let position = |append: &Append<'_>| {
            let range = tree.range(append.statement);
            suite.iter().position(|stmt| stmt.range().contains_range(range))
        };
        let first = suite.iter().position(|stmt| stmt.range() == tree.range(statement));
        let mut last = None;
        for append in appends {
            let at = position(append).filter(|at| first < Some(*at)).ok_or_else(elsewhere)?;
            if suite[at].range() != tree.range(append.statement) {
                last = last.max(Some(at));
            }
        }
        let last = last.ok_or_else(elsewhere)?;
        let appends: Vec<_> =
            appends.iter().filter(|append| position(append) <= Some(last)).collect();
        let last = &suite[last];
        Ok(Self { tree, variable, start: statement, whole, appends, suite, last })
    }

    fn edits(&self, case: &Case<'_>, notes: &mut Vec<String>) -> Result<Vec<Edit>, String> {
        self.check_mentions(case, notes)?;
        notes.extend(self.whole.doubtful_part(self.tree, &self.appends));
        notes.extend(self.tree.lookup_by_name(self.variable));
        let (tree, name) = (self.tree, self.variable.name);
        let parts = free_name(tree, name, "_parts");
        if tree.scope_kind(self.variable.scope) == ScopeKind::Class {
            notes.push(format!("the class gets another attribute, `{parts}`"));
        }
        let mut front = None;
        let mut edits = vec![self.start_edit(&parts)];
        for append in &self.appends {
            let both = || format!("`{name}` grows at both ends, so no edit is offered.");
            let added = append.added.as_ref().ok_or_else(both)?;
            if *front.get_or_insert(added.at_front) != added.at_front {
                return Err(both());
            }
            let collected = self.whole.collected(tree.source(), append).ok_or_else(|| {
                format!("`{name}` grows at its front by several at once, so no edit is offered.")
            })?;
            let text = format!("{parts}{collected}");
            edits.push(Edit { range: tree.range(append.statement), text });
        }
        let parts = if front == Some(true) { format!("reversed({parts})") } else { parts };
        let join = format!("{name} = {}", self.whole.of_parts(&parts));
        edits.push(after_statement(tree.source(), self.last.range(), &join));
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        Ok(edits)
    }

    fn start_edit(&self, parts: &str) -> Edit {
        let list = self.whole.list(self.tree.source());
        Edit { range: self.tree.range(self.start), text: format!("{parts} = {list}") }
    }

    /// Whether the program may look at the string before it is joined.
    fn check_mentions(&self, case: &Case<'_>, notes: &mut Vec<String>) -> Result<(), String> {
        let (tree, name) = (self.tree, self.variable.name);
        let frame = |id: Id| tree.frame(tree.scope(id));
        let home = frame(self.start);
        let building = TextRange::new(tree.range(self.start).start(), self.last.end());
        let end = self.suite.last().map_or(building.end(), Ranged::end);
        let after = TextRange::new(building.end(), end);
        for mention in tree.mentions(self.variable) {
            let range = tree.range(mention);
            let line = words::line(tree.source(), range);
            if frame(mention) != home {
                let is_read = tree[mention].as_expr_name().is_some_and(|name| name.ctx.is_load());
                let runs_before = frame(mention) == ScopeId::MODULE;
                if !is_read && runs_before {
                    continue;
                }
                if !is_read {
                    return Err(format!("`{name}` is changed from elsewhere, on {line}."));
                }
                if self.runs_within(tree.function(mention), building, MAX_STEPS) {
                    return Err(format!(
                        "What reads `{name}` on {line} runs while it grows, so no edit is offered."
                    ));
                }
                notes.push(format!("what reads `{name}` on {line} must not run before the join"));
            } else if building.contains_range(range) {
                if !self.is_part_of_build(mention) {
                    return Err(format!("`{name}` is also used on {line}, while it grows."));
                }
            } else if !after.contains_range(range) {
                notes.push(format!("what uses `{name}` on {line} must not run before the join"));
            }
        }
        let appended = self.appends.first().and_then(|append| append.name(tree));
        let storage = appended.and_then(|id| tree.storage(id, case.python));
        if storage == Some(Storage::Global) {
            notes.push(format!("nothing that the loop calls may read `{name}`"));
        }
        Ok(())
    }

    /// Whether a function or lambda is named, and so most likely called, in a stretch of the code that the
    /// start runs in, or by a function that is.
    fn runs_within(&self, function: Id, building: TextRange, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        let tree = self.tree;
        let named = match tree[function] {
            AnyNodeRef::StmtFunctionDef(def) => {
                Some(Variable { scope: tree.scope(function), name: def.name.as_str() })
            }
            AnyNodeRef::ExprLambda(_) => match tree.parent(function).map(|parent| tree[parent]) {
                Some(AnyNodeRef::StmtAssign(assign)) => match &*assign.targets {
                    [target] => tree.root(target).filter(|_| target.is_name_expr()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some(variable) = named else {
            return building.contains_range(tree.range(function));
        };
        let home = tree.function(self.start);
        let is_read = |id: &Id| tree[*id].as_expr_name().is_some_and(|name| name.ctx.is_load());
        tree.mentions(variable).into_iter().filter(is_read).any(|mention| {
            match tree.function(mention) {
                here if here == home => building.contains_range(tree.range(mention)),
                elsewhere => elsewhere != function && self.runs_within(elsewhere, building, steps),
            }
        })
    }

    /// Whether a mention is the start's target, or an append's target or old value.
    fn is_part_of_build(&self, mention: Id) -> bool {
        let range = self.tree.range(mention);
        let is_start = self.tree.statement(mention) == Some(self.start);
        is_start
            || self
                .appends
                .iter()
                .any(|append| range == append.target.range() || Some(range) == append.old)
    }
}

/// The block of statements that a statement stands in.
fn suite<'a>(tree: &Tree<'a>, statement: Id) -> Option<&'a [Stmt]> {
    let suites: Vec<&'a [Stmt]> = match tree[tree.parent(statement)?] {
        AnyNodeRef::ModModule(module) => vec![&module.body],
        AnyNodeRef::StmtFunctionDef(def) => vec![&def.body],
        AnyNodeRef::StmtClassDef(def) => vec![&def.body],
        AnyNodeRef::StmtFor(block) => vec![&block.body, &block.orelse],
        AnyNodeRef::StmtWhile(block) => vec![&block.body, &block.orelse],
        AnyNodeRef::StmtIf(block) => vec![&block.body],
        AnyNodeRef::ElifElseClause(clause) => vec![&clause.body],
        AnyNodeRef::StmtWith(block) => vec![&block.body],
        AnyNodeRef::StmtTry(block) => vec![&block.body, &block.orelse, &block.finalbody],
        AnyNodeRef::ExceptHandlerExceptHandler(handler) => vec![&handler.body],
        AnyNodeRef::MatchCase(case) => vec![&case.body],
        _ => Vec::new(),
    };
    let range = tree.range(statement);
    suites.into_iter().find(|suite| suite.iter().any(|stmt| stmt.range() == range))
}
