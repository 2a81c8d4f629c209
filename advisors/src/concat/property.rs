//! The fix for an attribute: the object collects parts, and a property joins them when asked.

use ruff_python_ast::{AnyNodeRef, Expr, ExprAttribute, ExprContext, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};

use super::Proposal;
use super::whole::Whole;
use crate::rewrite::{after_statement, newline};
use crate::shape::{Append, Id, Tree};
use crate::{Edit, Fix, Safety, words};

pub(super) fn propose<'a>(
    tree: &Tree<'a>,
    class: Id,
    expression: &str,
    appends: &[Append<'a>],
) -> Proposal {
    match Rewrite::plan(tree, class, appends) {
        Ok(rewrite) => {
            let mut note = format!(
                "`{0}` becomes a property that joins its parts at every read: nothing outside \
                 the class may assign to it, and no loop should read it",
                rewrite.name
            );
            let all: Vec<&Append<'a>> = appends.iter().collect();
            if let Some(doubt) = rewrite.whole.doubtful_part(tree, &all) {
                note.push_str("; ");
                note.push_str(&doubt);
            }
            let (safety, note) = (Safety::Unsafe, Some(note));
            let fix = Fix { safety, note, edits: rewrite.edits(appends) };
            Proposal { fix: Some(fix), remark: None }
        }
        Err(obstacle) => Proposal::words(format!(
            "Append to a list of parts in place of `{expression}`, and join it where the whole \
             is read. {obstacle}"
        )),
    }
}

struct Rewrite<'t, 'a> {
    tree: &'t Tree<'a>,
    /// The attribute.
    name: &'a str,
    /// `self`, as `__init__` calls it.
    this: &'a str,
    /// `self.text = ""` in `__init__`.
    start: Id,
    whole: Whole<'a>,
    /// `__init__`.
    init: Id,
    body_indent: String,
}

impl<'t, 'a> Rewrite<'t, 'a> {
    fn plan(tree: &'t Tree<'a>, class: Id, appends: &[Append<'a>]) -> Result<Self, String> {
        let AnyNodeRef::StmtClassDef(def) = tree[class] else {
            return Err("It is an attribute of another object, so no edit is offered.".to_owned());
        };
        let name = attribute_of_self(appends)
            .ok_or("It is an attribute of another object, so no edit is offered.")?;
        is_plain(def, name)?;
        let no_start = || format!("`{name}` does not start as a literal in `__init__`.");
        let mut start = None;
        let own = attributes(tree, name).filter(|(id, _)| !is_of_other_class(tree, class, *id));
        for (id, attribute) in own {
            let statement = tree.statement(id).ok_or_else(no_start)?;
            let line = words::line(tree.source(), attribute.range());
            let builds = appends.iter().any(|append| append.statement == statement);
            match attribute.ctx {
                _ if builds => {}
                ExprContext::Load => {
                    let builder =
                        |append: &Append<'_>| tree.function(append.statement) == tree.function(id);
                    if appends.iter().any(builder) {
                        return Err(format!("It is also read on {line}, while it grows."));
                    }
                }
                _ if start.is_none() && in_init(tree, class, id) => start = Some(id),
                _ => return Err(format!("It is bound anew on {line}, so no edit is offered.")),
            }
        }
        let start = start.ok_or_else(no_start)?;
        let whole = tree.assigned(start).and_then(Whole::of).ok_or_else(no_start)?;
        if appends.iter().any(|append| append.added.as_ref().is_none_or(|added| added.at_front)) {
            return Err("It does not only grow at its end.".to_owned());
        }
        let init = tree.function(start);
        let body_indent = body_indent(tree, init).ok_or_else(no_start)?;
        let AnyNodeRef::ExprAttribute(target) = tree[start] else { return Err(no_start()) };
        let this = tree.source().slice(target.value.range());
        let start = tree.statement(start).ok_or_else(no_start)?;
        Ok(Self { tree, name, this, start, whole, init, body_indent })
    }

    fn edits(&self, appends: &[Append<'a>]) -> Vec<Edit> {
        let (tree, source) = (self.tree, self.tree.source());
        let parts = self.parts();
        let text = format!("{}.{parts} = {}", self.this, self.whole.list(source));
        let mut edits = vec![Edit { range: tree.range(self.start), text }];
        for append in appends {
            let Expr::Attribute(target) = append.target else { continue };
            let this = source.slice(target.value.range());
            let Some(collected) = self.whole.collected(source, append) else { continue };
            let text = format!("{this}.{parts}{collected}");
            edits.push(Edit { range: tree.range(append.statement), text });
        }
        edits.push(self.property(&parts));
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        edits
    }

    fn property(&self, parts: &str) -> Edit {
        let (source, name) = (self.tree.source(), self.name);
        let (line, inner) = (newline(source), &self.body_indent);
        let outer = indent(source.text(), self.tree.range(self.init));
        let whole = self.whole.of_parts(&format!("self.{parts}"));
        let property =
            format!("@property{line}{outer}def {name}(self):{line}{inner}return {whole}");
        let mut edit = after_statement(source, self.tree.range(self.init), &property);
        edit.text.insert_str(0, line);
        edit
    }

    /// A name for the list that no attribute in the file has.
    fn parts(&self) -> String {
        let plain = format!("_{}_parts", self.name.trim_start_matches('_'));
        let numbered = (2..).map(|number| format!("{plain}{number}"));
        let is_free = |name: &String| attributes(self.tree, name).next().is_none();
        std::iter::once(plain.clone()).chain(numbered).find(is_free).unwrap_or(plain)
    }
}

/// The attribute's name, when all appends are to that attribute of their method's `self`.
fn attribute_of_self<'a>(appends: &[Append<'a>]) -> Option<&'a str> {
    let Expr::Attribute(target) = appends.first()?.target else { return None };
    let is_self = target.value.as_name_expr().is_some_and(|name| name.id.as_str() == "self");
    is_self.then(|| target.attr.as_str())
}

/// Whether a property can take the attribute's place.
fn is_plain(def: &StmtClassDef, name: &str) -> Result<(), String> {
    let arguments = def.arguments.as_deref();
    let derived = arguments.is_some_and(|arguments| !arguments.is_empty());
    if derived || !def.decorator_list.is_empty() {
        return Err("Its class is not a plain one, so no edit is offered.".to_owned());
    }
    let taken = def.body.iter().any(|stmt| {
        let named = |expr: &Expr| {
            expr.as_name_expr()
                .is_some_and(|n| matches!(n.id.as_str(), "__slots__") || n.id == name)
        };
        match stmt {
            ruff_python_ast::Stmt::FunctionDef(method) => method.name.as_str() == name,
            ruff_python_ast::Stmt::Assign(assign) => assign.targets.iter().any(named),
            ruff_python_ast::Stmt::AnnAssign(assign) => named(&assign.target),
            _ => false,
        }
    });
    if taken {
        return Err("Its class declares the attribute, so no edit is offered.".to_owned());
    }
    Ok(())
}

/// Every attribute of that name in the file.
fn attributes<'t, 'a>(
    tree: &'t Tree<'a>,
    name: &'t str,
) -> impl Iterator<Item = (Id, &'a ExprAttribute)> + use<'t, 'a> {
    tree.ids().filter_map(move |id| match tree[id] {
        AnyNodeRef::ExprAttribute(attribute) if attribute.attr.as_str() == name => {
            Some((id, attribute))
        }
        _ => None,
    })
}

/// Whether an attribute is one of `self` in a method of a class that has no base, and so of another
/// object.
fn is_of_other_class(tree: &Tree<'_>, class: Id, attribute: Id) -> bool {
    let AnyNodeRef::ExprAttribute(expr) = tree[attribute] else { return false };
    let of_self = expr.value.as_name_expr().is_some_and(|name| name.id.as_str() == "self");
    let other = tree.class_of(tree.function(attribute)).filter(|&other| other != class);
    let baseless = other.is_some_and(|other| match tree[other] {
        AnyNodeRef::StmtClassDef(def) => def.arguments.is_none(),
        _ => false,
    });
    of_self && baseless
}

/// Whether a node stands in the body of the class's `__init__`, in no loop.
fn in_init(tree: &Tree<'_>, class: Id, id: Id) -> bool {
    let function = tree.function(id);
    let is_init = matches!(tree[function], AnyNodeRef::StmtFunctionDef(def)
        if def.name.as_str() == "__init__");
    let directly =
        tree.statement(id).and_then(|statement| tree.parent(statement)) == Some(function);
    is_init && directly && tree.class_of(function) == Some(class)
}

/// What stands before the first statement of a function's body, which has a line of its own.
fn body_indent(tree: &Tree<'_>, function: Id) -> Option<String> {
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return None };
    let indent = indent(tree.source().text(), def.body.first()?.range());
    indent.chars().all(char::is_whitespace).then_some(indent)
}

fn indent(text: &str, range: TextRange) -> String {
    let before = &text[..range.start().to_usize()];
    let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    before[line..].to_owned()
}
