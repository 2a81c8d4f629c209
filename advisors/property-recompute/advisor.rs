//! A property that computes the same again on every turn of a loop.

use ruff_python_ast::{AnyNodeRef, Expr, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use crate::rewrite::import;
use crate::shape::{Id, ScopeId, Stays, Tree, Variable};
use crate::words::{code, line};
use crate::{Advisor, Case, Edit, Finding, Fix, Safety, Worth};

/// Share of the run that the property must take in loops over one and the same object.
const MIN_SHARE: f64 = 0.03;

/// The length that is expected of what the property goes over, where it was not seen.
const TYPICAL_LENGTH: u64 = 100;

pub(crate) struct PropertyRecompute;

impl Advisor for PropertyRecompute {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let properties = case.tree.ids().filter_map(|id| match case.tree[id] {
            AnyNodeRef::StmtFunctionDef(def) => Property::of(case.tree, id, def),
            _ => None,
        });
        properties.filter_map(|property| property.finding(case)).collect()
    }
}

/// A property that goes over something and depends on nothing that changes.
struct Property<'a> {
    def: &'a StmtFunctionDef,
    class: Id,
    /// The `property` above it.
    decorator: &'a Expr,
    /// The loop in it.
    loops: Id,
}

impl<'a> Property<'a> {
    fn of(tree: &Tree<'a>, id: Id, def: &'a StmtFunctionDef) -> Option<Self> {
        let class = tree.class_of(id)?;
        let [decorator] = &*def.decorator_list else {
            return None;
        };
        let is_property = matches!(&decorator.expression, Expr::Name(name)
            if name.id.as_str() == "property"
                && tree.variable(tree.id_of(&decorator.expression)).is_none());
        let loops = tree.subtree(id).find(|&id| {
            matches!(tree[id], AnyNodeRef::StmtFor(_) | AnyNodeRef::Comprehension(_))
                && !tree.takes_few_turns(id)
        })?;
        let own_name = is_property && is_only_one(tree, id, def.name.as_str());
        let steady = own_name && is_steady(tree, id) && is_left_alone(tree, id, def.name.as_str());
        steady.then_some(Self { def, class, decorator: &decorator.expression, loops })
    }

    fn finding(&self, case: &Case<'_>) -> Option<Finding> {
        let tree = case.tree;
        let name = self.def.name.as_str();
        let repeated: Vec<(Id, Id)> = tree
            .ids()
            .filter(|&id| is_read(tree, id, name))
            .filter_map(|id| Some((id, repeating(tree, id)?)))
            .filter(|&(_, around)| !self.is_changed_in(tree, around))
            .collect();
        let ranges: Vec<TextRange> = repeated.iter().map(|&(id, _)| tree.range(id)).collect();
        let heat_of = |ranges: &[TextRange]| {
            case.below_on(ranges, |it| it.module.is_empty() && it.own_name() == name)
        };
        let (heat, callee) = heat_of(&ranges).filter(|(heat, _)| heat.share >= MIN_SHARE)?;
        let &(hottest, around) = repeated.iter().max_by_key(|(id, _)| {
            heat_of(&[tree.range(*id)]).map_or(0, |(heat, _)| heat.samples)
        })?;
        let length = self.length(case).unwrap_or(TYPICAL_LENGTH);
        let gain = case.gain(&heat, Some(length), TYPICAL_LENGTH)?;
        let text = code(case.source, tree.range(hottest));
        let kept = !self.is_changed_in(tree, tree.scope_node(ScopeId::MODULE));
        let fix = self.fix(case).filter(|_| kept);
        let unchanged = "Nothing in this file changes what it depends on once the object is made.";
        let mut because = vec![format!(
            "The loop on {} asks one and the same object; the property on {} goes over `{}` each \
             time.",
            line(case.source, tree.range(around)),
            line(case.source, self.def.name.range()),
            code(case.source, tree.iterable(self.loops)?.range())
        )];
        because.extend(kept.then(|| unchanged.to_owned()));
        because.push(match fix {
            Some(_) => format!(
                "`functools.cached_property` keeps the result in the object; or give `{text}` a name \
                 before the loop."
            ),
            None => format!("Give `{text}` a name before the loop."),
        });
        Some(Finding {
            range: tree.range(hottest),
            title: format!("`{text}` is computed anew on every turn of a loop"),
            because,
            heat,
            evidence: vec![callee.evidence(&heat)],
            worth: Worth::Time(gain),
            fix,
        })
    }

    /// Whether what the property goes over is changed in a part of the file by another name.
    fn is_changed_in(&self, tree: &Tree<'a>, part: Id) -> bool {
        let over = tree.iterable(self.loops).map(|it| tree.id_of(it));
        over.is_some_and(|over| matches!(tree.stays(over, part), Stays::Not(_)))
    }

    /// How long what the property goes over was seen to be.
    fn length(&self, case: &Case<'_>) -> Option<u64> {
        let over = case.tree.iterable(self.loops)?;
        let within = case.tree.range(case.tree.loop_extent(self.loops));
        let seen = case.operand(within, case.source.slice(over.range()))?;
        seen.lengths.map(|lengths| lengths.median)
    }

    fn fix(&self, case: &Case<'_>) -> Option<Fix> {
        let tree = case.tree;
        let has_slots = tree.subtree(self.class).any(
            |id| matches!(tree[id], AnyNodeRef::ExprName(name) if name.id.as_str() == "__slots__"),
        );
        let added = import(case.source, "from functools import cached_property");
        if has_slots || (added.is_some() && tree.is_taken("cached_property")) {
            return None;
        }
        let instead = Edit { range: self.decorator.range(), text: "cached_property".to_owned() };
        Some(Fix {
            safety: Safety::Unsafe,
            note: Some(format!(
                "nothing outside of this file may change what `{}` depends on after it was asked for, \
                 and it can then be assigned to",
                self.def.name
            )),
            edits: added.into_iter().chain([instead]).collect(),
        })
    }
}

/// Whether nothing else in the file is an attribute of that name.
fn is_only_one(tree: &Tree<'_>, property: Id, name: &str) -> bool {
    tree.ids().all(|id| match tree[id] {
        AnyNodeRef::StmtFunctionDef(def) => id == property || def.name.as_str() != name,
        AnyNodeRef::ExprAttribute(it) => it.attr.as_str() != name || it.ctx.is_load(),
        AnyNodeRef::ExprName(it) => {
            let in_class = tree.scope_node(tree.scope(id));
            it.ctx.is_load() || it.id.as_str() != name || !tree[in_class].is_stmt_class_def()
        }
        _ => true,
    })
}

/// Whether a property only makes a value, of attributes that stay as they are.
fn is_steady(tree: &Tree<'_>, property: Id) -> bool {
    let Some(functions) = tree.pure_functions(property) else {
        return false;
    };
    let mut nodes = functions.iter().flat_map(|&function| tree.subtree(function));
    nodes.all(|id| match tree[id] {
        AnyNodeRef::ExprAttribute(it) => {
            let method = matches!(tree.parent(id).map(|parent| tree[parent]),
                Some(AnyNodeRef::ExprCall(call)) if call.func.range() == tree.range(id));
            method || tree.only_reads_attribute(it.attr.as_str(), &functions)
        }
        _ => true,
    })
}

/// Whether nobody changes what the property gives, which would then be what it keeps.
fn is_left_alone(tree: &Tree<'_>, property: Id, name: &str) -> bool {
    let is_it =
        |id: &Id| matches!(tree[*id], AnyNodeRef::ExprAttribute(it) if it.attr.as_str() == name);
    tree.result_of(property).is_some()
        && !tree.ids().filter(is_it).any(|id| tree.is_changed_onward(id))
}

fn is_read(tree: &Tree<'_>, id: Id, name: &str) -> bool {
    matches!(tree[id], AnyNodeRef::ExprAttribute(it)
        if it.attr.as_str() == name && it.ctx.is_load() && it.value.is_name_expr())
}

/// The loop that asks one object again and again: around the attribute, or around the call of the
/// method whose `self` is asked.
fn repeating(tree: &Tree<'_>, id: Id) -> Option<Id> {
    let AnyNodeRef::ExprAttribute(attribute) = tree[id] else {
        return None;
    };
    if let Some(around) = same_object(tree, id, &attribute.value) {
        return Some(around);
    }
    let function = tree.function(id);
    let variable = tree.root(&attribute.value)?;
    let own = Variable { scope: variable.scope, name: "self" } == variable
        && variable.scope != ScopeId::MODULE
        && tree.scope_node(variable.scope) == function;
    let mut calls = tree.callers(function).into_iter().filter(|_| own);
    calls.find_map(|call| {
        let AnyNodeRef::ExprCall(it) = tree[call] else {
            return None;
        };
        let Expr::Attribute(method) = &*it.func else {
            return None;
        };
        same_object(tree, call, &method.value)
    })
}

/// The innermost loop around a node that leaves a name alone.
fn same_object(tree: &Tree<'_>, id: Id, object: &Expr) -> Option<Id> {
    let around = tree.loops(id).into_iter().find(|&it| !tree.takes_few_turns(it))?;
    let extent = tree.loop_extent(around);
    let root = tree.root(object).filter(|_| object.is_name_expr())?;
    (!tree.bound_within(root, extent)).then_some(extent)
}
