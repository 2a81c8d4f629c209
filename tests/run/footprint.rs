//! How much memory the containers at hotspots take, beside what the program itself counts.

use super::support::recording::{Recording, record};
use super::support::with_columns;

/// Goes through rows for two seconds, then prints what they take: themselves and all below, each object
/// once.
const PROGRAM: &str = "
import sys, time
rows = [{'id': i + 1000, 'name': 'order %09d' % i, 'tags': ['a%d' % i, 'b%d' % i]} for i in range(30_000)]

def longest(rows):
    most = 0
    for row in rows:
        most = max(most, len(row['name']))
    return most

def counted(whole):
    met, found, size = {id(whole)}, [whole], 0
    while found:
        one = found.pop()
        size += sys.getsizeof(one)
        below = [*one, *one.values()] if isinstance(one, dict) else one if isinstance(one, list) else ()
        for other in below:
            if id(other) not in met:
                met.add(id(other))
                found.append(other)
    return size

end = time.time() + 2
while time.time() < end:
    longest(rows)
print(sys.getsizeof(rows), counted(rows))
";

/// How many times too large or too small an estimate may be.
const FACTOR: f64 = 1.5;

#[test]
fn a_report_tells_what_containers_take_with_what_they_hold() {
    for python in with_columns() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = folder.path().join("etl.py");
        std::fs::write(&script, PROGRAM).expect("a script");
        let recording = record(python, 200, &[script.to_str().expect("UTF-8")]);
        let printed = String::from_utf8_lossy(&recording.output.stdout).into_owned();
        let mut counted = printed.split_whitespace().map(|it| it.parse::<u64>().expect("bytes"));
        let (itself, deep) = (counted.next().expect("one"), counted.next().expect("another"));
        let containers = &recording.findings["memory"]["containers"];
        let rows =
            containers.as_array().expect("a list").iter().find(|it| it["function"] == "longest");
        let rows = rows.unwrap_or_else(|| panic!("{python:?}: {}", text(&recording)));
        let ratio = rows["with_contents"].as_f64().expect("a number") / deep as f64;
        println!("{python:?}: {ratio:.2} of {deep}: {rows}");
        assert_eq!(rows["expression"], "rows");
        assert_eq!((&rows["length"], &rows["itself"]), (&30_000.into(), &itself.into()));
        assert!((1.0 / FACTOR..=FACTOR).contains(&ratio), "{python:?}: {ratio:.2}: {rows}");
        let told = text(&recording);
        assert!(told.contains("Containers at hotspots") && told.contains("(estimate)"), "{told}");
    }
}

fn text(recording: &Recording) -> String {
    String::from_utf8_lossy(&recording.output.stderr).into_owned()
}
