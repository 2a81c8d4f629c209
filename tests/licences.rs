//! Every dependency's licence is one that `deny.toml` allows, and those that ask to be named are.

use std::process::Command;

use serde_json::Value;

#[test]
fn every_dependency_may_be_shipped() {
    let allowed = allowed();
    for (name, licence) in dependencies() {
        let fine = licence.replace('/', " OR ").split(" AND ").all(|part| {
            part.trim_matches(['(', ')', ' '])
                .split(" OR ")
                .any(|term| allowed.contains(&term.trim().to_owned()))
        });
        assert!(fine || name == "inferno", "{name} is under {licence:?}");
    }
}

#[test]
fn libraries_with_terms_of_their_own_are_named() {
    let notice = read("THIRD-PARTY.md");
    for (name, licence) in dependencies() {
        if licence.contains("CDDL") || licence.contains("Unicode") {
            assert!(notice.contains(&name) && notice.contains(&licence), "{name}: {licence}");
        }
    }
}

/// Name and licence of everything that is linked on Linux, build and test tools included.
fn dependencies() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let linked: Vec<&Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| &node["id"]).collect();
    let packages = list(&metadata["packages"]).iter().filter(|p| linked.contains(&&p["id"]));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found: Vec<_> = packages.map(|p| (text(&p["name"]), text(&p["license"]))).collect();
    assert!(found.len() > 50, "the tree was read: {found:?}");
    found
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn allowed() -> Vec<String> {
    let text = read("deny.toml");
    let list = text.split("allow = [").nth(1).and_then(|rest| rest.split(']').next());
    list.expect("an allow list").split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn read(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("is there")
}
