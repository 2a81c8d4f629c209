//! What the code alone proves of a value, with nothing seen in the process.

use std::cell::Cell;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Operator, StmtFunctionDef, UnaryOp};

use super::proof_iter::{elements, elements_of_variable, unpacked_elements};
use super::{Binding, BindingKind, Id, ScopeKind, Tree, Variable, is_builtin_call};

/// Steps from a value to those that it is made of that are followed.
const MAX_DEPTH: u32 = 12;

/// Expressions that are looked at for one proof. What needs more is no simple case.
const MAX_VISITS: u32 = 300;

/// How much further a proof may look.
#[derive(Clone, Copy)]
pub(super) struct Reach<'v> {
    depth: u32,
    visits: &'v Cell<u32>,
}

impl Reach<'_> {
    pub(super) fn deeper(self) -> Option<Self> {
        self.visits.set(self.visits.get().checked_sub(1)?);
        Some(Self { depth: self.depth.checked_sub(1)?, ..self })
    }
}

/// The type of a value, as far as the code proves it. None of these is a subclass, so all hash by
/// value and compare as the builtin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A `str`.
    Text,
    /// `bytes`.
    Bytes,
    /// An `int`, `bool`, `float` or `complex`.
    Number,
    /// One of these, `None`, `...`, or a tuple of such.
    Plain,
    /// Anything.
    Nothing,
}

impl Proof {
    /// What is proved of a value that is one or the other.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            _ => Self::Plain,
        }
    }

    pub(super) fn of_all(proofs: impl Iterator<Item = Self>) -> Option<Self> {
        proofs.reduce(Self::or)
    }
}

/// Methods of strings that give a string.
const TEXT_METHODS: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "expandtabs",
    "format",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "removeprefix",
    "removesuffix",
    "replace",
    "rjust",
    "rstrip",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

/// Methods of strings and bytes that give an integer.
const COUNTING_METHODS: &[&str] =
    &["count", "endswith", "find", "index", "isdigit", "rfind", "rindex", "startswith"];

const TEXT_BUILTINS: &[&str] =
    &["ascii", "bin", "chr", "format", "hex", "input", "oct", "repr", "str"];
const NUMBER_BUILTINS: &[&str] = &["bool", "complex", "float", "hash", "id", "int", "len", "ord"];

/// Methods that builtin types have too, so that a definition in the file may not be what is called.
const COMMON_METHODS: &[&str] = &[
    "copy",
    "count",
    "decode",
    "encode",
    "format",
    "get",
    "group",
    "index",
    "items",
    "join",
    "keys",
    "next",
    "pop",
    "popleft",
    "read",
    "readline",
    "replace",
    "send",
    "setdefault",
    "split",
    "strip",
    "values",
    "write",
];

impl<'a> Tree<'a> {
    /// What the code proves of an expression's value.
    pub fn proof(&self, expr: &'a Expr) -> Proof {
        self.proof_within(expr, Reach { depth: MAX_DEPTH, visits: &Cell::new(MAX_VISITS) })
    }

    /// What the code proves of every element of a variable; `None` where it has none.
    pub fn proof_of_elements_of(&self, variable: Variable<'a>) -> Option<Proof> {
        elements_of_variable(
            self,
            variable,
            Reach { depth: MAX_DEPTH, visits: &Cell::new(MAX_VISITS) },
        )
    }

    pub(super) fn proof_within(&self, expr: &'a Expr, reach: Reach<'_>) -> Proof {
        let Some(reach) = reach.deeper() else { return Proof::Nothing };
        let of = |expr: &'a Expr| self.proof_within(expr, reach);
        match expr {
            Expr::StringLiteral(_) | Expr::FString(_) => Proof::Text,
            Expr::BytesLiteral(_) => Proof::Bytes,
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) => Proof::Number,
            Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => Proof::Plain,
            Expr::Tuple(tuple) => match Proof::of_all(tuple.elts.iter().map(of)) {
                Some(Proof::Nothing) => Proof::Nothing,
                _ => Proof::Plain,
            },
            Expr::BinOp(operation) => {
                combined(operation.op, of(&operation.left), of(&operation.right))
            }
            Expr::UnaryOp(operation) => match (operation.op, of(&operation.operand)) {
                (UnaryOp::Not, _) | (_, Proof::Number) => Proof::Number,
                _ => Proof::Nothing,
            },
            Expr::If(choice) => of(&choice.body).or(of(&choice.orelse)),
            Expr::BoolOp(choice) => {
                Proof::of_all(choice.values.iter().map(of)).unwrap_or(Proof::Nothing)
            }
            Expr::Named(named) => of(&named.value),
            Expr::Subscript(item) => match of(&item.value) {
                Proof::Text => Proof::Text,
                Proof::Bytes if item.slice.is_slice_expr() => Proof::Bytes,
                Proof::Bytes => Proof::Number,
                _ => elements(self, &item.value, reach)
                    .filter(|_| !item.slice.is_slice_expr())
                    .unwrap_or(Proof::Nothing),
            },
            Expr::Name(name) => self
                .variable(self.id_of(name))
                .map_or(Proof::Nothing, |variable| self.proof_of_variable(variable, reach)),
            Expr::Call(call) => self.proof_of_call(call, reach),
            _ => Proof::Nothing,
        }
    }

    /// What holds of a variable whatever its bindings gave it.
    fn proof_of_variable(&self, variable: Variable<'a>, reach: Reach<'_>) -> Proof {
        if self.scope_kind(variable.scope) == ScopeKind::Class {
            return Proof::Nothing;
        }
        let (augments, plain): (Vec<&Binding>, Vec<&Binding>) = self
            .bindings(variable)
            .iter()
            .partition(|binding| binding.kind == BindingKind::Augment);
        let bound = plain.into_iter().map(|binding| match binding.kind {
            BindingKind::Assign => {
                self.assigned(binding.node).map(|value| self.proof_within(value, reach))
            }
            BindingKind::Walrus => {
                self.walrus(binding.node).map(|value| self.proof_within(value, reach))
            }
            BindingKind::Target => unpacked_elements(self, binding.node, reach),
            _ => None,
        });
        let bound = Proof::of_all(bound.map(|proof| proof.unwrap_or(Proof::Nothing)));
        augments.into_iter().fold(bound.unwrap_or(Proof::Nothing), |proof, binding| {
            match self.parent(binding.node).map(|parent| self[parent]) {
                Some(AnyNodeRef::StmtAugAssign(augment)) => {
                    combined(augment.op, proof, self.proof_within(&augment.value, reach)).or(proof)
                }
                _ => Proof::Nothing,
            }
        })
    }

    fn walrus(&self, target: Id) -> Option<&'a Expr> {
        match self[self.parent(target)?] {
            AnyNodeRef::ExprNamed(named) => Some(&named.value),
            _ => None,
        }
    }

    fn proof_of_call(&self, call: &'a ExprCall, reach: Reach<'_>) -> Proof {
        match &*call.func {
            Expr::Name(name) => {
                let is_one_of = |names: &[&str]| {
                    names.iter().any(|builtin| is_builtin_call(self, call, builtin))
                };
                if is_one_of(TEXT_BUILTINS) {
                    return Proof::Text;
                }
                if is_one_of(NUMBER_BUILTINS) {
                    return Proof::Number;
                }
                let Some(variable) = self.variable(self.id_of(name)) else { return Proof::Nothing };
                match self.bindings(variable) {
                    [binding] if binding.kind == BindingKind::Definition => {
                        self.proof_of_returns(binding.node, reach)
                    }
                    _ => Proof::Nothing,
                }
            }
            Expr::Attribute(method) => {
                let name = method.attr.as_str();
                match (self.proof_within(&method.value, reach), name) {
                    (Proof::Text, name) if TEXT_METHODS.contains(&name) => Proof::Text,
                    (Proof::Text, "encode") => Proof::Bytes,
                    (Proof::Bytes, "decode") => Proof::Text,
                    (Proof::Text | Proof::Bytes, name) if COUNTING_METHODS.contains(&name) => {
                        Proof::Number
                    }
                    (Proof::Nothing, "read" | "readline")
                        if super::proof_iter::is_text_file(self, &method.value) =>
                    {
                        Proof::Text
                    }
                    (Proof::Nothing, name) => self
                        .only_method(name)
                        .map_or(Proof::Nothing, |method| self.proof_of_returns(method, reach)),
                    _ => Proof::Nothing,
                }
            }
            _ => Proof::Nothing,
        }
    }

    /// The one function that the file defines by that name, in a class, when nothing else of the
    /// file makes an attribute of it.
    fn only_method(&self, name: &str) -> Option<Id> {
        if COMMON_METHODS.contains(&name) {
            return None;
        }
        let mut methods = self.ids().filter(
            |&id| matches!(self[id], AnyNodeRef::StmtFunctionDef(def) if def.name.as_str() == name),
        );
        let only = methods.next().filter(|_| methods.next().is_none())?;
        let in_class = self.scope_kind(self.scope(only)) == ScopeKind::Class;
        let stored = self.ids().any(|id| {
            matches!(self[id], AnyNodeRef::ExprAttribute(attribute)
                if attribute.attr.as_str() == name && !attribute.ctx.is_load())
        });
        (in_class && !stored).then_some(only)
    }

    /// What every `return` of a plain function gives, when it cannot end without one.
    fn proof_of_returns(&self, function: Id, reach: Reach<'_>) -> Proof {
        let AnyNodeRef::StmtFunctionDef(def) = self[function] else { return Proof::Nothing };
        if !self.ends_by_return(def) {
            return Proof::Nothing;
        }
        let own = self.subtree(function).filter(|&id| self.function(id) == function);
        let mut returned = Vec::new();
        for id in own {
            match self[id] {
                AnyNodeRef::StmtReturn(statement) => returned.push(
                    statement
                        .value
                        .as_deref()
                        .map_or(Proof::Plain, |value| self.proof_within(value, reach)),
                ),
                AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => return Proof::Nothing,
                _ => {}
            }
        }
        Proof::of_all(returned.into_iter()).unwrap_or(Proof::Nothing)
    }

    fn ends_by_return(&self, def: &StmtFunctionDef) -> bool {
        let ends =
            def.body.last().is_some_and(|last| last.is_return_stmt() || last.is_raise_stmt());
        ends && !def.is_async && def.decorator_list.is_empty()
    }

    /// What to check where code may find the variable by its name.
    pub fn lookup_by_name(&self, variable: Variable<'a>) -> Option<String> {
        self.may_be_looked_up_by_name(variable.scope).then(|| {
            format!(
                "what looks names up (`eval`, `locals()` or the like) must not find `{}`",
                variable.name
            )
        })
    }

    /// Whether code looks names up that are not written there (`eval`, `locals()` and the like),
    /// where it may find the variable.
    pub fn may_be_looked_up_by_name(&self, scope: super::ScopeId) -> bool {
        let of_module = scope == super::ScopeId::MODULE;
        self.subtree(self.scope_node(scope)).any(|id| match self[id] {
            AnyNodeRef::ExprName(name) => {
                LOOKERS.contains(&name.id.as_str()) && self.variable(id).is_none()
            }
            AnyNodeRef::ExprAttribute(attribute) => {
                FRAME_ATTRIBUTES.contains(&attribute.attr.as_str())
                    || (of_module && attribute.attr.as_str() == "__dict__")
            }
            AnyNodeRef::ExprCall(call) => {
                let by_name = ["getattr", "setattr", "delattr"];
                let computed =
                    call.arguments.args.get(1).is_some_and(|name| !name.is_string_literal_expr());
                of_module
                    && computed
                    && by_name.iter().any(|name| is_builtin_call(self, call, name))
            }
            _ => false,
        })
    }
}

/// Builtins through which a program sees its own variables.
const LOOKERS: &[&str] = &["dir", "eval", "exec", "globals", "locals", "vars"];

/// Attributes that lead to a frame's variables.
const FRAME_ATTRIBUTES: &[&str] =
    &["_getframe", "currentframe", "f_globals", "f_locals", "getmembers"];

fn combined(operator: Operator, left: Proof, right: Proof) -> Proof {
    match (operator, left, right) {
        (Operator::MatMult, ..) => Proof::Nothing,
        (Operator::Mod, Proof::Text, _) => Proof::Text,
        (_, Proof::Number, Proof::Number) => Proof::Number,
        (Operator::Add, Proof::Text, Proof::Text) => Proof::Text,
        (Operator::Add, Proof::Bytes, Proof::Bytes) => Proof::Bytes,
        (Operator::Mult, Proof::Text, Proof::Number)
        | (Operator::Mult, Proof::Number, Proof::Text) => Proof::Text,
        (Operator::Mult, Proof::Bytes, Proof::Number)
        | (Operator::Mult, Proof::Number, Proof::Bytes) => Proof::Bytes,
        _ => Proof::Nothing,
    }
}
