//! A program that has mounts of its own: its sources are those that it sees.

use std::fs;
use std::process::Command;

use super::support::{newest_with_columns, unslow};

/// A membership test that scans a list, which is something to advise on.
const INSIDE: &str = "\
import time
end = time.time() + 2
def lookup(keys, wanted):
    found = 0
    for key in wanted:
        if key in keys:
            found += 1
    return found
keys = [str(number) for number in range(3000)]
while time.time() < end:
    lookup(keys, keys[2000:])
";

#[test]
fn a_file_that_is_mounted_over_is_not_taken_for_the_source() {
    let Some(python) = newest_with_columns() else { return };
    if !Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|it| it.success()) {
        println!("skipped: this user may not make namespaces");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let [place, aside] = ["app", "aside"].map(|name| folder.path().join(name));
    for (directory, source) in [(&place, "# another\n".repeat(20)), (&aside, INSIDE.to_owned())] {
        fs::create_dir(directory).expect("a folder");
        fs::write(directory.join("app.py"), source).expect("a source");
    }
    let enter = "mount -t tmpfs inside \"$1\" && cp -p \"$2\"/app.py \"$1\" && cd \"$1\" && exec \"$0\" app.py";
    let output = unslow()
        .args(["run", "-r", "200", "--", "unshare", "--mount", "sh", "-c", enter])
        .arg(&python.path)
        .args([&place, &aside])
        .output()
        .expect("unslow starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("if key in keys:") && told.contains("list-membership"), "{told}");
}

#[test]
fn a_proc_of_another_namespace_is_said_to_be_one() {
    let Some(python) = newest_with_columns() else { return };
    let inside = ["--pid", "--fork", "--mount"];
    if !Command::new("unshare").args(inside).arg("true").status().is_ok_and(|it| it.success()) {
        println!("skipped: this user may not make namespaces");
        return;
    }
    let run = |more: &[&str]| {
        let unslow = unslow();
        let output = Command::new("unshare")
            .args(inside)
            .args(more)
            .arg(unslow.get_program())
            .args(["run", "--"])
            .arg(&python.path)
            .args(["-c", "print('it ran')"])
            .output();
        output.expect("unshare starts")
    };
    let foreign = run(&[]);
    let told = String::from_utf8_lossy(&foreign.stderr);
    assert_eq!(foreign.status.code(), Some(2), "{told}");
    assert!(told.contains("/proc tells of another PID namespace"), "{told}");
    assert!(told.contains("mount -t proc proc /proc"), "{told}");
    assert!(foreign.stdout.is_empty(), "nothing was started");
    let own = run(&["--mount-proc"]);
    assert_eq!(own.status.code(), Some(0), "{}", String::from_utf8_lossy(&own.stderr));
    assert_eq!(own.stdout, b"it ran\n");
}
