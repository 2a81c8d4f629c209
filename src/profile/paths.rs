//! Names of files, as text: nothing is looked at.

use std::path::{Component, Path, PathBuf};

/// A file's name from a folder on, if it is below it.
pub fn below<'f>(folder: &str, file: &'f str) -> Option<&'f str> {
    file.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/')
}

/// Whether a name goes by a folder further out.
pub(super) fn leaves(file: &str) -> bool {
    file.split('/').any(|part| part == "..")
}

/// `/srv/shop/etl.py` of `/srv/jobs/../shop/./etl.py`.
pub fn without_detours(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut short, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir if short.file_name().is_some() => drop(short.pop()),
            _ => short.push(part),
        }
        short
    })
}
