//! What a look is for: names, attributes and items.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::items::Key;

/// What an item is looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    /// What is written in the code.
    Constant(Key),
    /// What that name is bound to.
    Name(Arc<str>),
}

impl By {
    /// As a source has the item.
    pub(super) fn item_of(&self, owner: &str) -> String {
        match self {
            Self::Constant(key) => format!("{owner}[{key}]"),
            Self::Name(name) => format!("{owner}[{name}]"),
        }
    }
}

/// What a look is for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sought {
    /// Names that are not another's attributes.
    pub(super) roots: HashSet<Arc<str>>,
    /// Names of attributes by the expression that they belong to.
    pub(super) attributes: HashMap<String, HashSet<Arc<str>>>,
    /// Items by the expression that they belong to.
    pub(super) items: HashMap<String, Vec<By>>,
}

impl Sought {
    pub(super) fn has_root(&self, name: &str) -> bool {
        self.roots.contains(name)
    }

    /// Whether all names but these are attributes.
    pub(super) fn has_no_root_but<'a>(&self, known: impl Iterator<Item = &'a str>) -> bool {
        let known: HashSet<&str> = known.collect();
        self.roots.iter().all(|root| known.contains(&**root))
    }

    pub(super) fn has_attributes(&self, owner: &str) -> bool {
        self.attributes.contains_key(owner)
    }

    /// Whether an item is looked up by what that name is bound to.
    pub(super) fn has_key(&self, name: &str) -> bool {
        let mut items = self.items.values().flatten();
        items.any(|by| matches!(by, By::Name(key) if **key == *name))
    }

    /// The items of a container that are sought.
    pub(super) fn items(&self, owner: &str) -> &[By] {
        self.items.get(owner).map_or(&[], |items| &items[..])
    }

    pub(super) fn has_attribute(&self, owner: &str, name: &str) -> bool {
        self.attributes.get(owner).is_some_and(|names| names.contains(name))
    }
}
