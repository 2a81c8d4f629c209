//! Calls of list methods that take the longer, the longer the list is.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::left_alone::left_alone;
use crate::passing::{is_passed_again, lists_of_callers, seen_by_callers};
use crate::shape::{
    BindingKind, Id, ScopeId, Stays, Tree, Use, Variable, fresh_list, is_builtin_call,
};
use crate::turns::{Search, Turns, turns};
use crate::words::{code, sighting, thousands};
use crate::{Case, Evidence, Finding, Heat, Operand, Worth, is_no_key};

/// A hot call of a method of a list, or of `sorted`, where the list was seen to be long.
pub(crate) struct ListCall<'a> {
    /// The call.
    pub(crate) id: Id,
    /// The same.
    pub(crate) call: &'a ExprCall,
    /// The list: a name, or attributes of one.
    pub(crate) list: &'a Expr,
    /// The variable that the list is, or that it is an attribute of.
    root: Variable<'a>,
    /// What holds it, where the name was given it from there: `self.lists[key]`.
    pub(crate) home: Option<&'a Expr>,
    /// Of the call without its arguments.
    pub(crate) heat: Heat,
    /// What was seen of the list.
    pub(crate) seen: Operand,
    /// Its median length.
    pub(crate) length: u64,
}

/// The hot calls of a method on what was a list of at least `least` elements, in source order.
pub(crate) fn hot_calls<'a>(case: &Case<'a>, method: &str, least: u64) -> Vec<ListCall<'a>> {
    if case.hotspots.is_empty() {
        return Vec::new();
    }
    let called = |call: &'a ExprCall| match &*call.func {
        Expr::Attribute(called) if called.attr.as_str() == method => Some(&*called.value),
        _ => None,
    };
    let calls = case.tree.all_calls();
    calls.filter_map(|(id, call)| hot_call(case, id, call, called(call)?, least)).collect()
}

/// As [`hot_calls`], of `sorted(list)`.
pub(crate) fn hot_sorted<'a>(case: &Case<'a>, least: u64) -> Vec<ListCall<'a>> {
    if case.hotspots.is_empty() {
        return Vec::new();
    }
    let calls = case.tree.all_calls();
    let sorts = calls.filter(|(_, call)| is_builtin_call(case.tree, call, "sorted"));
    let list = |call: &'a ExprCall| call.arguments.args.first();
    sorts.filter_map(|(id, call)| hot_call(case, id, call, list(call)?, least)).collect()
}

fn hot_call<'a>(
    case: &Case<'a>,
    id: Id,
    call: &'a ExprCall,
    list: &'a Expr,
    least: u64,
) -> Option<ListCall<'a>> {
    let root = case.tree.root(list)?;
    let heat = case.built_in(case.heat_on(&[call.range()])?)?;
    let mut seen = case.operand(call.range(), case.source.slice(list.range()))?;
    // What sorts a list in a function of its own does little else there.
    if seen.lengths.is_none() && list.is_name_expr() {
        let other = seen_by_callers(case, case.tree.function(id), root)?;
        seen = Some(other).filter(|other| other.type_name == seen.type_name)?;
    }
    let length = seen.lengths.filter(|_| is_searched(&seen))?.median;
    let home = home(case.tree, list, root);
    (length >= least).then_some(ListCall { id, call, list, root, home, heat, seen, length })
}

/// The attribute or item that a name stands for, if it is bound to nothing else.
fn home<'a>(tree: &Tree<'a>, list: &Expr, root: Variable<'a>) -> Option<&'a Expr> {
    let [binding] = tree.bindings(root) else { return None };
    let value = tree.assigned(binding.node).filter(|_| list.is_name_expr())?;
    let held = matches!(value, Expr::Attribute(_) | Expr::Subscript(_));
    (held && base(tree, value).is_some()).then_some(value)
}

/// The variable that attributes and items are of.
fn base<'a>(tree: &Tree<'a>, expr: &Expr) -> Option<Variable<'a>> {
    match expr {
        Expr::Subscript(item) if !item.slice.is_slice_expr() => base(tree, &item.value),
        Expr::Attribute(attribute) => base(tree, &attribute.value),
        _ => tree.root(expr),
    }
}

/// The attribute that a path of attributes and items ends with, items left out.
fn last_attribute(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Subscript(item) => last_attribute(&item.value),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// Tuples are searched as lists are.
fn is_searched(seen: &Operand) -> bool {
    matches!(seen.type_name.as_str(), "list" | "tuple")
}

/// Whether a value was seen that no set and no dict takes.
fn is_unhashable(case: &Case<'_>, call: &ExprCall, wanted: &Expr) -> bool {
    let seen = case.operand(call.range(), case.source.slice(wanted.range()));
    seen.is_some_and(|operand| is_no_key(&operand.type_name))
}

impl<'a> ListCall<'a> {
    /// What the call `does` and `why` that takes long, and what to write instead; `None` where nothing
    /// would be gained.
    pub(crate) fn finding(
        self,
        case: &Case<'a>,
        does: &str,
        why: &str,
        advice: String,
    ) -> Option<Finding> {
        let range = self.call.range();
        Some(Finding {
            range,
            title: format!("`{}` {does}", code(case.source, range)),
            because: vec![sighting(&self.seen), why.to_owned(), advice],
            heat: self.heat,
            worth: Worth::Time(case.gain(&self.heat, Some(self.length), self.length)?),
            evidence: vec![Evidence::Operand(self.seen)],
            fix: None,
        })
    }

    /// Its type and its length, as part of a sentence.
    pub(crate) fn described(&self) -> String {
        format!("a {} of {} (median)", self.seen.type_name, thousands(self.length))
    }

    /// The one argument of the call, when it has no more than that.
    pub(crate) fn argument(&self) -> Option<&'a Expr> {
        match (&*self.call.arguments.args, &*self.call.arguments.keywords) {
            ([argument], []) if !argument.is_starred_expr() => Some(argument),
            _ => None,
        }
    }

    /// The list as the code names it.
    pub(crate) fn name(&self, case: &Case<'a>) -> &'a str {
        case.source.slice(self.list.range())
    }

    /// The loops that make such calls on one and the same list and go on after them, innermost
    /// first.
    pub(crate) fn repeated_by(&self, tree: &Tree<'a>) -> Vec<Id> {
        loops_of(tree, self.id, self.list)
    }

    /// As [`ListCall::repeated_by`], where a function makes the call on a list that it is passed, and
    /// does nothing else with it: the loops of its one caller, and what that calls the list.
    pub(crate) fn repeated_by_caller(&self, tree: &Tree<'a>) -> Option<(Vec<Id>, &'a Expr)> {
        let function = tree.function(self.id);
        let used = !self.list.is_name_expr() || !self.other_uses(tree).is_empty();
        let [(id, list)] = lists_of_callers(tree, function, self.root)?[..] else { return None };
        let known = is_passed_again(tree, function, self.root) == Some(true);
        (known && !used).then(|| (loops_of(tree, id, list), list))
    }

    /// Whether nothing can be in the list when a loop begins.
    pub(crate) fn is_empty_before(&self, tree: &Tree<'a>, repeated: Id) -> bool {
        let [binding] = tree.bindings(self.root) else { return false };
        let begins = tree.range(tree.loop_extent(repeated)).start();
        let value = tree.assigned(binding.node);
        let empty = matches!(value, Some(Expr::List(list)) if list.elts.is_empty());
        let early = |&id: &Id| id != binding.node && tree.range(id).start() < begins;
        self.is_own(tree) && empty && !tree.mentions(self.root).iter().any(early)
    }

    /// Whether the function of the call finds the list outside, where calls of it were seen to leave
    /// the list at different lengths.
    pub(crate) fn is_kept_outside(&self, tree: &Tree<'a>) -> bool {
        let function = tree.function(self.id);
        let own = tree.frame(tree.scope(self.id));
        let held = self.home.unwrap_or(self.list);
        let Some(root) = base(tree, held) else { return false };
        let bindings = tree.bindings(root);
        let passed = bindings.iter().any(|binding| binding.kind == BindingKind::Parameter);
        let outside = match held {
            Expr::Attribute(_) => !passed || root.name == "self",
            _ => root.scope != own || (passed && root.name == "self"),
        };
        let varies = self.seen.lengths.is_some_and(|lengths| lengths.min != lengths.max);
        let same = self.home.is_some() || !tree.is_rebound(self.list, function);
        own != ScopeId::MODULE && outside && varies && same
    }

    /// Whether the calls of the function pass one and the same list of their own again.
    pub(crate) fn is_kept_by_callers(&self, tree: &Tree<'a>) -> bool {
        let function = tree.function(self.id);
        self.list.is_name_expr()
            && is_passed_again(tree, function, self.root) == Some(true)
            && lists_of_callers(tree, function, self.root).is_some()
    }

    /// What else the file does with the list, or with all attributes of that name and their items.
    pub(crate) fn other_uses(&self, tree: &Tree<'a>) -> Vec<(Id, Use<'a>)> {
        let mut uses = match self.list {
            Expr::Attribute(attribute) => uses_of_attribute(tree, attribute.attr.as_str()),
            _ => tree.uses(self.root),
        };
        if let Some(home) = self.home
            && let Some(name) = last_attribute(home)
        {
            let items = home.is_subscript_expr();
            let kept = uses_of_attribute(tree, name).into_iter();
            uses.extend(kept.filter_map(|(id, done)| match (items, done) {
                (false, done) => Some((id, done)),
                (true, Use::Indexed(item)) => Some((item, tree.use_of(item))),
                // What is done with all of them together.
                (true, _) => None,
            }));
        }
        let own = tree.id_of(self.list);
        uses.into_iter().filter(|(id, _)| *id != own).collect()
    }

    /// How often a loop mentions the list besides.
    pub(crate) fn other_uses_within(&self, tree: &Tree<'a>, repeated: Id) -> usize {
        let extent = tree.loop_extent(repeated);
        self.other_uses(tree).into_iter().filter(|(id, _)| tree.contains(extent, *id)).count()
    }

    /// Whether some of the elements that were seen cannot be in a set.
    pub(crate) fn has_unhashable(&self) -> bool {
        self.seen.elements.iter().any(|name| is_no_key(name))
    }

    /// What asks the list for one value after the other while it stays the same, for at least some
    /// values: what a function is called with, or finds outside, may be another list every time,
    /// but one that never changes its length most likely is not.
    /// With what to make sure of before.
    pub(crate) fn looked_up(
        &self,
        case: &Case<'a>,
        wanted: &'a Expr,
    ) -> Option<(Turns, Option<String>)> {
        let search = Search { at: self.id, by: None, over: self.list, key: None, wanted };
        let again = turns(case, &search)?;
        let lengths = self.seen.lengths?;
        let steady = lengths.min == lengths.max && self.seen.observations > 1;
        let same = steady || matches!(again, Turns::Loop(_));
        let hashable = !self.has_unhashable() && !is_unhashable(case, self.call, wanted);
        if !same || !hashable || again.are_few(case) {
            return None;
        }
        let extent = case.tree.loop_extent(again.place());
        Some((again, self.left_alone(case, extent)?))
    }

    /// As [`left_alone`].
    pub(crate) fn left_alone(&self, case: &Case<'a>, part: Id) -> Option<Option<String>> {
        left_alone(case, case.tree.id_of(self.list), part, &self.seen)
    }

    /// Whether the list is one that the function of the call makes, and that nothing else holds.
    pub(crate) fn is_held_by_name_only(&self, tree: &Tree<'a>) -> bool {
        let bindings = tree.bindings(self.root);
        let made = |node| tree.assigned(node).is_some_and(|value| fresh_list(tree, value));
        self.is_own(tree)
            && bindings.iter().all(|it| it.kind == BindingKind::Assign && made(it.node))
            && !tree.has_other_names(tree.id_of(self.list))
            && tree.uses(self.root).iter().all(|(_, done)| *done != Use::Other)
    }

    /// Whether a part, or what it calls, may read or change the list but by its name there.
    pub(crate) fn is_met_elsewhere(&self, tree: &Tree<'a>, part: Id) -> bool {
        tree.is_met_elsewhere(tree.id_of(self.list), part)
    }

    /// Whether the list is changed in a part, or by what it calls, but not by its name there.
    pub(crate) fn is_changed_unseen(&self, tree: &Tree<'a>, part: Id) -> bool {
        matches!(tree.stays(tree.id_of(self.list), part), Stays::Not(_))
    }

    /// Whether a part of the file mentions the list by another name.
    pub(crate) fn has_other_name_in(&self, tree: &Tree<'a>, part: Id) -> bool {
        tree.other_mention(tree.id_of(self.list), part).is_some()
    }

    /// Whether it is a variable of the very function (or module body) that the call runs in.
    pub(crate) fn is_own(&self, tree: &Tree<'a>) -> bool {
        self.list.is_name_expr()
            && self.home.is_none()
            && self.root.scope == tree.frame(tree.scope(self.id))
    }
}

/// What the file does with all attributes of a name.
fn uses_of_attribute<'a>(tree: &Tree<'a>, name: &str) -> Vec<(Id, Use<'a>)> {
    let is_it = |id: &Id| matches!(tree[*id], AnyNodeRef::ExprAttribute(other) if other.attr.as_str() == name);
    tree.ids().filter(is_it).map(|id| (id, tree.use_of(id))).collect()
}

/// The loops that run a node on one and the same list and go on after it, innermost first.
fn loops_of(tree: &Tree<'_>, id: Id, list: &Expr) -> Vec<Id> {
    let mut loops = tree.loops(id);
    loops.retain(|&repeated| {
        !tree.is_rebound(list, tree.loop_extent(repeated)) && tree.comes_again(id, repeated)
    });
    loops
}
