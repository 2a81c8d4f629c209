//! What the build makes of advisors' folders.

#[allow(dead_code)]
#[path = "../build.rs"]
mod build;

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of advisors that goes when the test ends.
struct Advisors(PathBuf);

impl Advisors {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join("some-advice")).unwrap();
        let advisors = Self(root);
        for part in build::PARTS {
            advisors.write(part, "");
        }
        advisors.write("explain.md", "# Some advice\n");
        advisors
    }

    fn write(&self, part: &str, text: &str) {
        fs::write(self.0.join("some-advice").join(part), text).unwrap();
    }

    fn with_gain(&self, text: &str) -> Result<String, String> {
        self.write("gain.toml", text);
        build::catalogue(&self.0)
    }
}

impl Drop for Advisors {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_whole_folder_is_an_advisor() {
    let catalogue = Advisors::new("whole").with_gain("").unwrap();
    assert!(catalogue.contains("id: \"some-advice\", title: \"Some advice\""), "{catalogue}");
    assert!(catalogue.contains("&some_advice::SomeAdvice"), "{catalogue}");
}

#[test]
fn a_folder_that_lacks_a_part_fails_the_build() {
    for part in build::PARTS {
        let advisors = Advisors::new(&format!("lacks-{part}"));
        fs::remove_file(advisors.0.join("some-advice").join(part)).unwrap();
        let error = build::catalogue(&advisors.0).unwrap_err();
        assert_eq!(error, format!("the advisor some-advice lacks {part}"));
    }
}

#[test]
fn gains_are_sorted_and_checked() {
    let advisors = Advisors::new("gains");
    let row = |python: &str, size: i64, ratio: &str| {
        format!(
            "[[row]]\npython = \"{python}\"\nsize = {size}\nratio = {ratio}\nlow = 1.0\nhigh = 9.0\n"
        )
    };
    let rows = row("3.12", 10, "2.0") + &row("3.9", 100, "3.0") + &row("3.9", 10, "4.0");
    let catalogue = advisors.with_gain(&rows).unwrap();
    let at = |what: &str| catalogue.find(what).unwrap_or_else(|| panic!("{what}: {catalogue}"));
    assert!(at("python: (3, 9), size: 10,") < at("python: (3, 9), size: 100,"));
    assert!(at("python: (3, 9), size: 100,") < at("python: (3, 12), size: 10,"));
    for wrong in [
        row("three", 10, "2.0"),
        row("3.9", 0, "2.0"),
        row("3.9", 10, "-1.0"),
        "row = 1".into(),
        "[".into(),
    ] {
        let error = advisors.with_gain(&wrong).unwrap_err();
        assert!(error.starts_with("some-advice/gain.toml: "), "{error}");
    }
}
