//! Where a program worked whose recording does not tell it, as those of other tools do not.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::limits;
use crate::profile::origin::is_on_drive;
use crate::profile::{Origin, Profile};
use crate::text::Untrusted;

/// Where the program worked, as far as its files tell: from there on they have the names that they
/// have in `here`, where they are now. `here` itself, where they are not told from it.
pub fn assumed_directory(profile: &Profile, here: &Path) -> Untrusted {
    let files = profile.locations.iter().map(|location| &location.code.file);
    let mut tried = HashSet::new();
    let files = files.filter(|file| tried.insert(file.data()) && Origin::of(file) == Origin::Own);
    let moved = files.take(limits::MOVED_FILES).find_map(|file| outside(file.path(), here));
    let directory = moved.unwrap_or_else(|| here.to_owned());
    Untrusted::from_bytes(directory.as_os_str().as_encoded_bytes())
}

/// What a file that is not there is in, if the rest of its name is one in `here`: the longest rest.
fn outside(file: &Path, here: &Path) -> Option<PathBuf> {
    let is_whole = file.is_absolute() || file.to_str().is_some_and(is_on_drive);
    if !is_whole || file.starts_with(here) || file.is_file() {
        return None;
    }
    let mut folders: Vec<&Path> = file.ancestors().skip(1).take(limits::MOVED_FOLDERS).collect();
    folders.reverse();
    let inside = |folder: &&Path| file.strip_prefix(folder).is_ok_and(|it| here.join(it).is_file());
    folders.into_iter().find(inside).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::Location;
    use crate::sample::Code;

    fn of_files(files: impl Iterator<Item = String>) -> Profile {
        let locations = files.map(|file| {
            let code =
                Code { name: Untrusted::new("f"), file: Untrusted::new(file), first_line: 1 };
            let place = Place { line: 1, end_line: 1, columns: None };
            Location { code: Arc::new(code), place }
        });
        Profile { locations: locations.collect(), ..Profile::default() }
    }

    #[test]
    fn files_that_moved_tell_from_where() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("jobs")).expect("a folder");
        for name in ["jobs/etl.py", "etl.py"] {
            std::fs::write(folder.path().join(name), "x = 1\n").expect("a file");
        }
        let here = folder.path().to_str().expect("a name");
        let of = |file: &str| {
            let profile = of_files(std::iter::once(file.to_owned()));
            assumed_directory(&profile, folder.path()).data().to_owned()
        };
        assert_eq!(of("/gone/app/jobs/etl.py"), "/gone/app");
        assert_eq!(of("/gone/app/other/etl.py"), "/gone/app/other");
        assert_eq!(of("C:/Users/J/app/jobs/etl.py"), "C:/Users/J/app");
        for stays in ["etl.py", "/gone/app/none.py", "/usr/lib/python3.13/jobs/etl.py"] {
            assert_eq!(of(stays), here, "{stays}");
        }
        assert_eq!(of(&format!("{here}/jobs/etl.py")), here);
        // What is further out than is looked for is taken for the program's own.
        for (depth, expected) in
            [(limits::MOVED_FOLDERS - 1, "/gone"), (limits::MOVED_FOLDERS, "/gone/a")]
        {
            let inside = "a/".repeat(depth);
            std::fs::create_dir_all(folder.path().join(&inside)).expect("folders");
            std::fs::write(folder.path().join(&inside).join("deep.py"), "").expect("a file");
            assert_eq!(of(&format!("/gone/{inside}deep.py")), expected, "{depth} folders in");
        }
    }

    #[test]
    fn only_so_many_files_are_sought() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("etl.py"), "x = 1\n").expect("a file");
        let here = folder.path().to_str().expect("a name");
        // What is met twice, or is nobody's own, is not sought.
        let others = ["/usr/lib/python3.13/json/decoder.py", "/gone/app/none0.py"];
        for (missing, expected) in
            [(limits::MOVED_FILES - 1, "/gone/app"), (limits::MOVED_FILES, here)]
        {
            let none = (0..missing).map(|number| format!("/gone/app/none{number}.py"));
            let files =
                none.chain(others.map(str::to_owned)).chain(["/gone/app/etl.py".to_owned()]);
            let told = assumed_directory(&of_files(files), folder.path());
            assert_eq!(told.data(), expected, "{missing} files before it");
        }
    }
}
