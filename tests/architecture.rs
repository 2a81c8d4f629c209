//! The borders between the rooms, kept by reading the source: who may know whom, and who may
//! touch the world. The table is the design; a line that crosses a border fails here.

use std::fs;
use std::path::{Path, PathBuf};

/// A room of the package, the rooms it may use, and the effects it may have.
struct Room {
    name: &'static str,
    uses: &'static [&'static str],
    effects: &'static [Effect],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Files,
    Clock,
    Processes,
    Print,
    Signals,
    Unsafe,
    PySpy,
}

use Effect::{Clock, Files, Print, Processes, PySpy, Signals, Unsafe};

const ROOMS: &[Room] = &[
    Room { name: "text", uses: &[], effects: &[] },
    Room { name: "limits", uses: &[], effects: &[] },
    Room {
        name: "sample",
        uses: &["text", "limits"],
        effects: &[Files, Clock, Processes, Unsafe, PySpy],
    },
    Room { name: "record", uses: &["profile", "sample", "text", "limits"], effects: &[] },
    Room { name: "profile", uses: &["sample", "text", "limits"], effects: &[Files] },
    Room { name: "rules", uses: &[], effects: &[] },
    Room {
        name: "locate",
        uses: &["profile", "rules", "sample", "text", "limits"],
        effects: &[Files],
    },
    Room { name: "advise", uses: &["locate", "profile", "rules", "text", "limits"], effects: &[] },
    Room { name: "gate", uses: &["advise", "profile", "rules"], effects: &[] },
    Room { name: "report", uses: &["advise", "profile", "sample", "text", "limits"], effects: &[] },
    Room {
        name: "target",
        uses: &["profile", "sample", "text", "limits"],
        effects: &[Files, Clock, Processes],
    },
    Room {
        name: "cli",
        uses: &[
            "target", "sample", "record", "profile", "rules", "locate", "advise", "gate", "report",
            "text", "limits",
        ],
        effects: &[Files, Clock, Processes, Print, Signals],
    },
];

/// The words by which an effect is known.
fn words(effect: Effect) -> &'static [&'static str] {
    match effect {
        Files => &["std::fs", "File::open", "File::create", "File::options", "rustix::fs"],
        Clock => &["Instant::now", "SystemTime::now", "clock_gettime"],
        Processes => &["std::process::Command", "Command::new", "rustix::process", "/proc/{"],
        Print => &["println!", "print!(", "stdout()", "stderr()", "process::exit"],
        Signals => &["signal_hook"],
        Unsafe => &["unsafe_code", "unsafe {", "unsafe fn", "unsafe impl", "(unsafe)"],
        PySpy => &["py_spy", "remoteprocess"],
    }
}

const EFFECTS: &[Effect] = &[Files, Clock, Processes, Print, Signals, Unsafe, PySpy];

#[test]
fn every_room_is_in_the_table() {
    let mut found: Vec<String> = fs::read_dir(root().join("src"))
        .expect("src is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|e| e == "rs"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| name != "lib" && name != "main")
        .collect();
    found.sort();
    found.dedup();
    let mut known: Vec<_> = ROOMS.iter().map(|room| room.name.to_owned()).collect();
    known.sort();
    assert_eq!(found, known);
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    let mut crossings = Vec::new();
    for room in ROOMS {
        for (path, line) in code_of(room.name) {
            for (at, _) in line.match_indices("crate::") {
                let other: String = line[at + 7..]
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                if other != room.name && is_room(&other) && !room.uses.contains(&other.as_str()) {
                    crossings.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(crossings.is_empty(), "{}", crossings.join("\n"));
}

/// What looks at standard output before the standard library opens it.
const BEFORE_MAIN: &str = "#[ctor::ctor(unsafe)]";

#[test]
fn rooms_have_only_the_effects_the_table_allows() {
    let mut crossings = Vec::new();
    for room in ROOMS {
        let forbidden = EFFECTS.iter().filter(|effect| !room.effects.contains(effect));
        for word in forbidden.flat_map(|&effect| words(effect)) {
            for (path, line) in code_of(room.name) {
                let is_excepted = room.name == "cli" && line.trim() == BEFORE_MAIN;
                if line.contains(word) && !is_excepted {
                    crossings.push(format!("{} [{word}]: {line}", path.display()));
                }
            }
        }
    }
    assert!(crossings.is_empty(), "{}", crossings.join("\n"));
}

#[test]
fn advisors_know_nothing_of_the_world() {
    let mut crossings = Vec::new();
    let folder = root().join("advisors");
    for path in rust_files(&folder) {
        if path.ends_with("build.rs") || path.components().any(|c| c.as_os_str() == "tests") {
            continue;
        }
        for line in production_lines(&path) {
            let touches = EFFECTS.iter().flat_map(|&effect| words(effect));
            let foreign = ["std::env", "std::net", "std::process", "unslow::"];
            for word in touches.chain(&foreign) {
                if line.contains(word) {
                    crossings.push(format!("{} [{word}]: {line}", path.display()));
                }
            }
        }
    }
    assert!(crossings.is_empty(), "{}", crossings.join("\n"));
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    assert!(!manifest.contains("unslow"), "the leaf has no edge to the root crate");
}

#[test]
fn ruffs_crates_are_known_to_the_advisors_alone_and_pinned() {
    for room in ROOMS {
        for (path, line) in code_of(room.name) {
            assert!(!line.contains("ruff_"), "{}: {line}", path.display());
        }
    }
    let manifest = fs::read_to_string(root().join("advisors/Cargo.toml")).expect("a manifest");
    for line in manifest.lines().filter(|line| line.starts_with("ruff_")) {
        assert!(line.contains("\"=0.0.10\""), "{line}");
    }
}

fn is_room(name: &str) -> bool {
    ROOMS.iter().any(|room| room.name == name)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every line of a room that is neither a comment nor test code, with its file.
fn code_of(room: &str) -> Vec<(PathBuf, String)> {
    let mut files = rust_files(&root().join("src").join(room));
    files.extend(Some(root().join(format!("src/{room}.rs"))).filter(|path| path.exists()));
    assert!(!files.is_empty(), "room {room} has no code");
    let lines = files
        .into_iter()
        .flat_map(|path| production_lines(&path).into_iter().map(move |line| (path.clone(), line)));
    lines.collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test_file(&path) {
            files.push(path);
        }
    }
    files
}

/// Lies in a folder or file called `tests` or `benches`, or in the advisors' test kit.
fn is_test_file(path: &Path) -> bool {
    let inside = path.strip_prefix(root()).expect("a file of the repository").with_extension("");
    let rooms_of_tests = ["tests", "benches", "kit"];
    inside.components().any(|part| rooms_of_tests.iter().any(|name| part.as_os_str() == *name))
}

/// The file's lines up to its test module, comments and blank lines left out.
fn production_lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("source is UTF-8");
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(str::trim)
        .filter(|line| !line.starts_with("//") && !line.is_empty())
        .map(str::to_owned)
        .collect()
}
