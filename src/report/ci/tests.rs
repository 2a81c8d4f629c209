use advisors::{Heat, Place, Worth};

use super::*;
use crate::advise::Advice;
use crate::profile::Profile;
use crate::report::{ReportError, View};

fn finding(source: &str, place: Place) -> Finding {
    Finding {
        advisor: "list-membership",
        title: Untrusted::default(),
        because: Vec::new(),
        file: Untrusted::new("/srv/shop/etl.py"),
        function: Untrusted::new("dedupe"),
        place,
        definition: None,
        source: Untrusted::new(source),
        heat: Heat::default(),
        evidence: Vec::new(),
        worth: Worth::Correctness,
        same_time_as: None,
        is_known: false,
        fails: None,
        fix: None,
    }
}

#[test]
fn columns_are_characters_and_lines_may_be_several() {
    let source = "größe = 1\nif größe in (\n    sehen):\n";
    let region = |place| Region::of(&finding(source, place));
    let one = Place { line: 2, end_line: 2, columns: Some((3, 10)) };
    assert_eq!(region(one), Region { start: (2, Some(4)), end: (2, Some(9)) });
    let two = Place { line: 2, end_line: 3, columns: Some((3, 10)) };
    assert_eq!(region(two), Region { start: (2, Some(4)), end: (3, Some(11)) });
    assert_eq!(region(Place::line(3)), Region { start: (3, None), end: (3, None) });
    let beyond = Place { line: 9, end_line: 9, columns: Some((0, 4)) };
    assert_eq!(region(beyond), Region { start: (9, None), end: (9, None) });
}

#[test]
fn files_are_those_of_the_repository() {
    let directory = |text| Target { directory: Some(Untrusted::new(text)), ..Target::default() };
    let file = Untrusted::new("/srv/shop/jobs/etl.py");
    assert_eq!(path(&directory("/srv/shop/"), &file), "jobs/etl.py");
    assert_eq!(path(&directory("/srv/sho"), &file), "/srv/shop/jobs/etl.py");
    assert_eq!(path(&Target::default(), &Untrusted::new("etl.py")), "etl.py");
}

#[test]
fn files_are_uris_whatever_system_they_are_of() {
    let uri = |file: &str| {
        let finding = Finding { file: Untrusted::new(file), ..finding("x\n", Place::line(1)) };
        let advice = Advice { findings: vec![finding], ..Advice::default() };
        let (profile, view) = (Profile::default(), View::default());
        let sarif = sarif::render(&Input { profile: &profile, advice: &advice, view: &view });
        let log: serde_json::Value = serde_json::from_slice(&sarif.expect("a log")).expect("JSON");
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        place["artifactLocation"].clone()
    };
    for (file, expected) in [
        ("/srv/my shop/é.py", "file:///srv/my%20shop/%C3%A9.py"),
        ("C:/Users/J/my shop/etl.py", "file:///C:/Users/J/my%20shop/etl.py"),
        (r"C:\Users\J\etl.py", "file:///C:/Users/J/etl.py"),
        ("//server/shop/etl.py", "file://server/shop/etl.py"),
    ] {
        assert_eq!(uri(file), serde_json::json!({"uri": expected}), "{file}");
    }
    assert_eq!(
        uri("jobs/a:b.py"),
        serde_json::json!({"uri": "jobs/a%3Ab.py", "uriBaseId": "%SRCROOT%"})
    );
}

#[test]
fn what_is_in_the_baseline_fails_no_job() {
    let known = Finding { is_known: true, ..finding("x in seen\n", Place::line(1)) };
    let advice = Advice { findings: vec![known], ..Advice::default() };
    let (profile, view) = (Profile::default(), View::default());
    let input = Input { profile: &profile, advice: &advice, view: &view };
    let text = |bytes: Result<Vec<u8>, ReportError>| {
        String::from_utf8(bytes.expect("it is written")).expect("UTF-8")
    };
    let junit = text(junit::render(&input));
    assert!(junit.contains("failures=\"0\"") && junit.contains("it is in the baseline"), "{junit}");
    let annotations = text(annotations::render(&input));
    assert!(annotations.starts_with("::notice "), "{annotations}");
    let sarif = text(sarif::render(&input));
    assert!(sarif.contains("\"external\""), "{sarif}");
}
