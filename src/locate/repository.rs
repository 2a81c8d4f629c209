//! Where in its repository a program worked.

use std::path::Path;

use super::files;
use crate::text::Untrusted;

/// What stands in the folder that a repository begins at: a folder, or a file in other work trees of it.
const BEGINNING: &str = ".git";

/// Where a folder stands in the repository that it is in; `root` is where the program's files are seen.
pub fn place_in_repository(folder: &Path, root: Option<&Path>) -> Option<Untrusted> {
    let is_beginning = |folder: &&Path| {
        let folder = root.map_or_else(|| folder.to_path_buf(), |root| files::rebase(root, folder));
        folder.join(BEGINNING).exists()
    };
    let beginning = folder.ancestors().find(is_beginning)?;
    let inside = folder.strip_prefix(beginning).ok()?;
    Some(Untrusted::from_bytes(inside.as_os_str().as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_begins_where_git_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("shop/jobs/nightly");
        std::fs::create_dir_all(&inner).expect("made");
        let place = |folder: &Path| place_in_repository(folder, None).map(|it| it.terminal());
        std::fs::write(folder.path().join("shop/.git"), "gitdir: elsewhere\n").expect("written");
        assert_eq!(place(&inner).as_deref(), Some("jobs/nightly"));
        assert_eq!(place(&folder.path().join("shop")).as_deref(), Some(""));
        assert_eq!(place(folder.path()), None);
        let seen = place_in_repository(Path::new("/shop/jobs"), Some(folder.path()));
        assert_eq!(seen.map(|it| it.terminal()).as_deref(), Some("jobs"));
    }
}
