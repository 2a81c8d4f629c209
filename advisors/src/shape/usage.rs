//! What the code does with a variable each time it mentions it.

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr, ExprContext, UnaryOp};

use super::expr::is_builtin_call;
use super::purity_names::CHANGING_METHODS;
use super::{BindingKind, Id, Tree, Variable};

/// What is done with a value where a name (or an attribute such as `self.queue`) stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use<'a> {
    /// The name is bound here.
    Bound(BindingKind),
    /// `... in x` or `... not in x`: the comparison.
    Probe(Id),
    /// `x.method(...)`: the method's name and the call.
    Method(&'a str, Id),
    /// `x.attribute`, only read and not called: the attribute.
    Attribute(Id),
    /// `for ... in x`, in a statement or a comprehension.
    Iterated,
    /// `x[i]`, only read: the subscript.
    Indexed(Id),
    /// `x[i:j]`, only read: the subscript.
    Sliced(Id),
    /// `x[i] = ...`, `x[i] += ...` or `del x[i]`, or the like of an attribute: the target.
    Changed(Id),
    /// `len(x)`.
    Measured,
    /// `if x`, `while x`, `not x`.
    Tested,
    /// An argument of the builtin of that name, or of a string's `join`, which only reads it before
    /// it returns, or gives an iterator over it.
    Read(&'a str),
    /// `return x`, also within a tuple.
    Returned,
    /// Anything else: passed to a call, stored, aliased, an operand.
    Other,
}

/// Builtins that neither keep nor change a list argument. Some give an iterator over it.
const READERS: &[&str] = &[
    "all",
    "any",
    "enumerate",
    "filter",
    "frozenset",
    "iter",
    "list",
    "map",
    "max",
    "min",
    "print",
    "repr",
    "reversed",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];

/// Methods in which an object gets what it is made of.
const MAKERS: &[&str] = &["__init__", "__new__", "__post_init__"];

impl<'a> Use<'a> {
    /// Whether a list, set or dict of that use stays what it is.
    pub fn only_reads(self) -> bool {
        match self {
            Use::Probe(_)
            | Use::Iterated
            | Use::Attribute(_)
            | Use::Indexed(_)
            | Use::Sliced(_)
            | Use::Measured
            | Use::Tested
            | Use::Read(_) => true,
            Use::Method(name, _) => {
                matches!(name, "index" | "count" | "copy" | "items" | "keys" | "values" | "get")
            }
            Use::Bound(_) | Use::Changed(_) | Use::Returned | Use::Other => false,
        }
    }

    /// The call or target that changes a list, set or dict of that use.
    pub fn changed(self) -> Option<Id> {
        match self {
            Use::Method(name, call) => CHANGING_METHODS.contains(&name).then_some(call),
            Use::Changed(target) => Some(target),
            _ => None,
        }
    }
}

impl<'a> Tree<'a> {
    /// Every mention of a variable with what is done there, in source order.
    pub fn uses(&self, variable: Variable<'a>) -> Vec<(Id, Use<'a>)> {
        self.mentions(variable).into_iter().map(|id| (id, self.use_of(id))).collect()
    }

    /// What is done with the value of a name or attribute.
    pub fn use_of(&self, id: Id) -> Use<'a> {
        if let AnyNodeRef::ExprName(name) = self[id]
            && name.ctx != ExprContext::Load
        {
            let kind = self
                .variable(id)
                .and_then(|variable| self.bindings(variable).iter().find(|b| b.node == id))
                .map_or(BindingKind::Target, |binding| binding.kind);
            return Use::Bound(kind);
        }
        let Some(parent) = self.parent(id) else { return Use::Other };
        let is = |expr: &Expr| self[id].ptr_eq(AnyNodeRef::from(expr));
        match self[parent] {
            AnyNodeRef::ExprCompare(compare) => match (&*compare.ops, &*compare.comparators) {
                ([CmpOp::In | CmpOp::NotIn], [container]) if is(container) => Use::Probe(parent),
                _ => Use::Other,
            },
            AnyNodeRef::ExprAttribute(attribute) => match self.parent(parent) {
                Some(call) if self.calls(call, parent) => {
                    Use::Method(attribute.attr.as_str(), call)
                }
                _ if attribute.ctx == ExprContext::Load => Use::Attribute(parent),
                _ => Use::Changed(parent),
            },
            AnyNodeRef::StmtFor(statement) if is(&statement.iter) => Use::Iterated,
            AnyNodeRef::Comprehension(clause) if is(&clause.iter) => Use::Iterated,
            AnyNodeRef::ExprSubscript(subscript) if is(&subscript.value) => {
                match (subscript.ctx, &*subscript.slice) {
                    (ExprContext::Load, Expr::Slice(_)) => Use::Sliced(parent),
                    (ExprContext::Load, _) => Use::Indexed(parent),
                    _ => Use::Changed(parent),
                }
            }
            AnyNodeRef::StmtReturn(_) => Use::Returned,
            AnyNodeRef::ExprTuple(_) if self.is_returned(parent) => Use::Returned,
            AnyNodeRef::Arguments(_) => self.use_as_argument(id, parent),
            _ if self.is_tested(id) => Use::Tested,
            _ => Use::Other,
        }
    }

    /// Whether all that the file does with attributes of that name, but where objects are made and in
    /// functions that are known to be pure, is to read them and what they hold.
    pub fn only_reads_attribute(&self, name: &str, pure: &[Id]) -> bool {
        let impure = |id: &Id| !pure.iter().any(|&function| self.contains(function, *id));
        self.ids().filter(impure).all(|id| match self[id] {
            AnyNodeRef::ExprAttribute(attribute) if attribute.attr.as_str() == name => {
                let made = matches!(self[self.function(id)], AnyNodeRef::StmtFunctionDef(def)
                    if MAKERS.contains(&def.name.as_str()));
                made || (self.is_only_read(id) && !self.is_changed_or_kept_onward(id))
            }
            _ => true,
        })
    }

    /// Whether what an expression gives is looked at where it stands, and neither changed nor kept.
    pub fn is_only_read(&self, id: Id) -> bool {
        match self.use_of(id) {
            Use::Method(name, _) => !CHANGING_METHODS.contains(&name),
            Use::Other => self.parent(id).is_some_and(|parent| {
                matches!(
                    self[parent],
                    AnyNodeRef::ExprBinOp(_)
                        | AnyNodeRef::ExprCompare(_)
                        | AnyNodeRef::ExprUnaryOp(_)
                        | AnyNodeRef::InterpolatedElement(_)
                )
            }),
            done => done.only_reads(),
        }
    }

    fn use_as_argument(&self, id: Id, arguments: Id) -> Use<'a> {
        let Some(AnyNodeRef::ExprCall(call)) = self.parent(arguments).map(|call| self[call]) else {
            return Use::Other;
        };
        if is_builtin_call(self, call, "len") {
            return Use::Measured;
        }
        let is_first = call
            .arguments
            .args
            .first()
            .is_some_and(|first| self[id].ptr_eq(AnyNodeRef::from(first)));
        match &*call.func {
            Expr::Name(name) => match READERS.iter().find(|reader| **reader == name.id.as_str()) {
                Some(reader) if !is_builtin_call(self, call, reader) => Use::Other,
                // The first argument of these is the function that is called.
                Some(&("map" | "filter")) if is_first => Use::Other,
                Some(reader) => Use::Read(reader),
                None => Use::Other,
            },
            Expr::Attribute(method)
                if method.attr.as_str() == "join" && method.value.is_string_literal_expr() =>
            {
                Use::Read("join")
            }
            _ => Use::Other,
        }
    }

    fn is_returned(&self, tuple: Id) -> bool {
        matches!(self.parent(tuple).map(|parent| self[parent]), Some(AnyNodeRef::StmtReturn(_)))
    }

    fn calls(&self, call: Id, function: Id) -> bool {
        matches!(self[call], AnyNodeRef::ExprCall(call)
            if self[function].ptr_eq(AnyNodeRef::from(&*call.func)))
    }

    /// Whether only the truth of an expression's value is looked at.
    fn is_tested(&self, id: Id) -> bool {
        let Some(parent) = self.parent(id) else { return false };
        let is = |expr: &Expr| self[id].ptr_eq(AnyNodeRef::from(expr));
        match self[parent] {
            AnyNodeRef::StmtIf(statement) => is(&statement.test),
            AnyNodeRef::StmtWhile(statement) => is(&statement.test),
            AnyNodeRef::StmtAssert(statement) => is(&statement.test),
            AnyNodeRef::ElifElseClause(clause) => clause.test.as_ref().is_some_and(is),
            AnyNodeRef::ExprIf(expr) => is(&expr.test),
            AnyNodeRef::ExprUnaryOp(expr) => expr.op == UnaryOp::Not,
            AnyNodeRef::Comprehension(clause) => clause.ifs.iter().any(is),
            AnyNodeRef::ExprBoolOp(_) => self.is_tested(parent),
            _ => false,
        }
    }
}
