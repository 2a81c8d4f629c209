//! The schemas that are published are those of what the program really prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::schema;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository(folder)).expect("a folder");
    entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_file()).collect()
}

#[test]
fn each_is_named_as_the_outputs_name_it() {
    let schemas = files("schemas");
    assert!(schemas.len() >= 2, "{schemas:?}");
    for path in schemas {
        let text = fs::read_to_string(&path).expect("readable");
        let schema: Value = serde_json::from_str(&text).expect("JSON");
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        assert_eq!(schema["$id"], format!("unslow.{name}/1"));
        assert_eq!(schema["properties"]["schema"]["const"], schema["$id"]);
    }
}

/// Our own recordings, and those of other tools, which tell less.
#[test]
fn findings_of_every_recording_hold_to_theirs() {
    let is_recording = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "py");
    let mut recordings = files("tests/cli/programs/recordings");
    recordings.retain(is_recording);
    recordings.push(repository("samples/orders_etl/profile.pb.gz"));
    assert!(recordings.len() >= 6, "{recordings:?}");
    let root = repository("");
    for path in recordings {
        let output = Command::new(env!("CARGO_BIN_EXE_unslow"))
            .args(["report", "-f", "json", "--sources"])
            .arg(path.parent().filter(|_| path.extension() != Some("gz".as_ref())).unwrap_or(&root))
            .arg(&path)
            .output()
            .expect("unslow starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let findings: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        schema::check(include_str!("../../schemas/findings.json"), &findings);
        let found = findings["findings"].as_array().expect("a list");
        assert!(found.iter().any(|it| it["advisor"] == "list-membership"), "{}", path.display());
    }
}
