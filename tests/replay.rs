//! The samples' recorded profiles, replayed without Python: the report is the expected one.

mod support;

use std::fs;
use std::path::Path;

use support::{repository, unslow};

#[test]
fn recorded_profiles_give_the_expected_reports() {
    let samples = fs::read_dir(repository("samples")).expect("samples");
    let mut replayed = 0;
    for sample in samples {
        let folder = sample.expect("readable").path();
        if folder.is_dir() {
            replayed += 1;
            let report = replay(&folder);
            expect(&folder.join("report.txt"), &report);
        }
    }
    assert!(replayed >= 3, "{replayed} samples");
}

/// The report of a sample's profile, its sources being those of the repository.
fn replay(folder: &Path) -> String {
    let output = unslow()
        .arg("report")
        .arg(folder.join("profile.pb.gz"))
        .arg("--sources")
        .arg(repository("."))
        .output()
        .expect("unslow starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn expect(path: &Path, report: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, report).expect("writable");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(report, expected, "{} (UPDATE_EXPECT=1 rewrites it)", path.display());
}
