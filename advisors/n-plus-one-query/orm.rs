//! Attributes behind which an ORM asks the database.

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::Ranged;

use crate::shape::Id;
use crate::words::{code, line};
use crate::{Callee, Case, Finding, Gain, Worth};

use super::{MIN_SHARE, ROWS};

/// What SQLAlchemy runs for an attribute that was not loaded.
const SQLALCHEMY: &[&str] = &["sqlalchemy.orm.strategies:LazyLoader._load_for_state"];

/// What Django runs for a related object that was not loaded.
const DJANGO: &[&str] = &[
    "django.db.models.fields.related_descriptors:ForwardManyToOneDescriptor.get_object",
    "django.db.models.fields.related_descriptors:ReverseOneToOneDescriptor.get_queryset",
];

/// `order.customer` in a loop over orders, which loads each customer by a query of its own.
pub(super) fn finding(case: &Case<'_>, id: Id) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::ExprAttribute(attribute) = tree[id] else { return None };
    let range = attribute.range();
    if case.spent_on(range)?.share < MIN_SHARE {
        return None;
    }
    let repeated = tree.loop_around(id).filter(|&it| tree.iterable(it).is_some())?;
    let (advice, loaders) = [
        (format!("`selectinload` or `joinedload` of `{}`", attribute.attr), SQLALCHEMY),
        (format!("`select_related(\"{}\")`", attribute.attr), DJANGO),
    ]
    .into_iter()
    .find(|(_, loaders)| below(case, id, loaders).is_some())?;
    let callee = below(case, id, loaders)?;
    let heat = case.spent_on(range)?;
    let at = line(case.source, tree.range(repeated));
    Some(Finding {
        range,
        title: format!(
            "`{}` is a query for every turn of the loop on {at}",
            code(case.source, range)
        ),
        because: vec![
            "It was not loaded with the object that it belongs to, so it is asked for when it is \
             read: one query for each object."
                .to_owned(),
            format!("Load it along with the objects that the loop goes over: {advice}."),
        ],
        heat,
        evidence: vec![callee.evidence(&heat)],
        worth: Worth::Time(Gain { saved_low: 0.0, ..case.gain(&heat, Some(ROWS), ROWS)? }),
        fix: None,
    })
}

fn below(case: &Case<'_>, id: Id, loaders: &[&str]) -> Option<Callee> {
    let range = case.tree.range(id);
    let is_loader = |callee: &Callee| callee.is_one_of(loaders);
    let busy = case.below_on(&[range], is_loader);
    busy.or_else(|| case.idle_below(range, is_loader)).map(|(_, callee)| callee)
}
