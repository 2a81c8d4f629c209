//! Files that a program came to by a detour: `src/../lib/./orders.py` is `lib/orders.py`.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use super::{Sources, files};
use crate::profile::{Profile, without_detours};
use crate::sample::Code;
use crate::text::Untrusted;

/// Names such files as everybody does, where that is the same file: a link on the way may lead elsewhere.
/// Patterns of a project, its other recordings and those who apply a diff go by names.
pub fn leave_out(profile: &mut Profile, sources: &Sources) {
    let directory = profile.target.base().cloned();
    let mut known: HashMap<Untrusted, Option<Untrusted>> = HashMap::new();
    for location in &mut profile.locations {
        let file = &location.code.file;
        let short = known
            .entry(file.clone())
            .or_insert_with(|| shorter(file, directory.as_ref(), sources.root.as_deref()));
        if let Some(file) = short.clone() {
            let Code { name, first_line, .. } = &*location.code;
            location.code = Arc::new(Code { name: name.clone(), file, first_line: *first_line });
        }
    }
}

fn shorter(
    file: &Untrusted,
    directory: Option<&Untrusted>,
    root: Option<&Path>,
) -> Option<Untrusted> {
    // Not by their components, which leave out most of the dots.
    if !file.data().split('/').any(|part| part == "." || part == "..") {
        return None;
    }
    let whole = files::whole(file, directory);
    let short = without_detours(&whole);
    let identity = |path: &Path| {
        let path = root.map_or_else(|| path.to_owned(), |root| files::rebase(root, path));
        fs::metadata(path).ok().map(|it| (it.dev(), it.ino()))
    };
    let is_same = identity(&short).is_some_and(|it| identity(&whole) == Some(it));
    is_same.then(|| Untrusted::from_bytes(short.as_os_str().as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use advisors::Place;

    use super::*;
    use crate::profile::{Location, Target};

    #[test]
    fn a_file_has_one_name_unless_a_link_leads_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        for name in ["src/app", "lib", "far/away"] {
            fs::create_dir_all(root.join(name)).expect("a folder");
        }
        for name in ["lib/orders.py", "src/etl.py", "far/etl.py"] {
            fs::write(root.join(name), "x = 1\n").expect("a file");
        }
        symlink(root.join("far/away"), root.join("src/link")).expect("a link");
        let told = |file: &str| {
            let code =
                Code { name: Untrusted::new("f"), file: Untrusted::new(file), first_line: 1 };
            let directory =
                Some(Untrusted::from_bytes(root.join("src").as_os_str().as_encoded_bytes()));
            let mut profile = Profile {
                target: Target { directory, ..Target::default() },
                locations: vec![Location { code: Arc::new(code), place: Place::line(1) }],
                ..Profile::default()
            };
            leave_out(&mut profile, &Sources::default());
            profile.locations[0].code.file.data().to_owned()
        };
        let whole = |name: &str| root.join(name).to_str().expect("a name").to_owned();
        assert_eq!(told(&whole("src/app/../../lib/orders.py")), whole("lib/orders.py"));
        assert_eq!(told("../lib/orders.py"), whole("lib/orders.py"));
        assert_eq!(told("./etl.py"), whole("src/etl.py"));
        assert_eq!(told(&whole("src/./etl.py")), whole("src/etl.py"));
        for stays in ["etl.py", "link/../etl.py", "../lib/none.py", "<string>"] {
            assert_eq!(told(stays), stays);
        }
    }
}
