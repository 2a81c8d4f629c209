//! What CI systems read.

use serde_json::Value;
use unslow::advise::{Advice, Ignored};
use unslow::profile::Profile;
use unslow::report::View;

use crate::fixture::{hostile, orders, text};
use crate::{as_text, schema};

/// With a finding that the source asks not to be told.
fn with_ignored() -> (Profile, Advice) {
    let (profile, mut advice) = orders();
    let finding = advice.findings.remove(2);
    advice.ignored.push(Ignored { finding, reason: text("rows are few | <b>") });
    (profile, advice)
}

fn sarif(of: &(Profile, Advice)) -> Value {
    let log = serde_json::from_str(&as_text("sarif", of, &View::default())).expect("JSON");
    schema::check(include_str!("sarif.schema.json"), &log);
    log
}

/// Byte offset of a position in a text; lines and columns from 1, columns in characters.
fn offset(text: &str, line: &Value, column: &Value) -> usize {
    let (line, column) = (line.as_u64().unwrap() as usize, column.as_u64().unwrap() as usize);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let characters = text[start..].char_indices().map(|(at, _)| start + at);
    characters.chain([text.len()]).nth(column - 1).unwrap()
}

#[test]
fn sarif_holds_to_its_schema_and_its_fix_makes_the_fixed_file() {
    for of in [hostile(), with_ignored(), (Profile::default(), Advice::default())] {
        sarif(&of);
    }
    let (profile, advice) = orders();
    let log = sarif(&(profile, advice.clone()));
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "orders.py");
    assert_eq!(
        (&place["region"]["startColumn"], &place["region"]["endColumn"]),
        (&12.into(), &28.into())
    );
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(rule["id"], "list-membership");

    let finding = &advice.findings[0];
    let mut source = finding.source.data().to_owned();
    let replacements = result["fixes"][0]["artifactChanges"][0]["replacements"].as_array().unwrap();
    assert_eq!(replacements.len(), 2);
    for replacement in replacements.iter().rev() {
        let region = &replacement["deletedRegion"];
        let start = offset(&source, &region["startLine"], &region["startColumn"]);
        let end = offset(&source, &region["endLine"], &region["endColumn"]);
        source.replace_range(start..end, replacement["insertedContent"]["text"].as_str().unwrap());
    }
    assert_eq!(source, finding.fix.as_ref().unwrap().after.data());
}

#[test]
fn files_are_named_from_the_root_of_the_repository_on() {
    let (mut profile, mut advice) = orders();
    advice.findings.truncate(1);
    let named = |profile: &Profile, advice: &Advice| {
        let of = (profile.clone(), advice.clone());
        let log = sarif(&of);
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap().to_owned();
        let annotation = as_text("github", &of, &View::default());
        assert!(annotation.contains(&format!("file={uri},")) || uri.starts_with("file:"));
        uri
    };
    let mut name = |file: &str, place: Option<&str>| {
        profile.target.place_in_repository = place.map(text);
        advice.findings[0].file = text(file);
        named(&profile, &advice)
    };
    assert_eq!(name("/srv/shop/orders.py", None), "orders.py");
    assert_eq!(name("./orders.py", None), "orders.py");
    assert_eq!(name("/srv/shop/orders.py", Some("")), "orders.py");
    assert_eq!(name("/srv/shop/jobs/orders.py", Some("shop")), "shop/jobs/orders.py");
    assert_eq!(name("orders.py", Some("shop")), "shop/orders.py");
    assert_eq!(name("/srv/lib/orders.py", Some("shop")), "lib/orders.py");
    assert_eq!(name("/lib/orders.py", Some("shop")), "file:///lib/orders.py");
    assert_eq!(
        name("/srv/lib/orders.py", Some("op")),
        "file:///srv/lib/orders.py",
        "elsewhere now"
    );
}

#[test]
fn a_finding_keeps_its_fingerprint_when_it_moves() {
    let fingerprints = |of: &(Profile, Advice)| -> Vec<Value> {
        let log = sarif(of);
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        results.map(|result| result["partialFingerprints"]["expression/v1"].clone()).collect()
    };
    let (profile, mut advice) = orders();
    let before = fingerprints(&(profile.clone(), advice.clone()));
    let finding = &mut advice.findings[0];
    finding.source = text(&format!("\n\n{}", finding.source.data()));
    finding.place.line += 2;
    finding.place.end_line += 2;
    let after = fingerprints(&(profile, advice));
    assert_eq!(before, after);
    assert_ne!(before[0], before[1]);
}

#[test]
fn two_findings_alike_have_fingerprints_of_their_own() {
    let (profile, mut advice) = orders();
    let mut twin = advice.findings[0].clone();
    let below = format!("{}{}", twin.source.data(), twin.source.data());
    let lines = twin.source.data().lines().count() as u32;
    twin.source = text(&below);
    twin.place.line += lines;
    twin.place.end_line += lines;
    advice.findings.push(twin);
    let log = sarif(&(profile, advice));
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let prints: Vec<&str> =
        results.map(|it| it["partialFingerprints"]["expression/v1"].as_str().unwrap()).collect();
    let (first, last) = (prints[0].split_once(':').unwrap(), prints[prints.len() - 1]);
    assert_eq!((first.1, last), ("1", &*format!("{}:2", first.0)));
}

#[test]
fn what_is_ignored_in_the_source_is_suppressed_and_skipped() {
    let of = with_ignored();
    let log = sarif(&of);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<&Value> =
        results.iter().filter(|result| !result["suppressions"].is_null()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "record-type");
    assert_eq!(suppressed[0]["suppressions"][0]["justification"], "rows are few | <b>");
    let (tests, failures, skipped) = junit(&as_text("junit", &of, &View::default()));
    assert_eq!((tests, failures, skipped), (5, 3, 2), "a file was not looked at, too");
}

/// The number of tests, failures and skipped tests of a well-formed report, each told once.
fn junit(xml: &str) -> (u64, usize, usize) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut tests, mut failures, mut skipped, mut cases) = (None, 0, 0, 0);
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                b"testsuite" => {
                    let told = tag.try_get_attribute("tests").unwrap().expect("a number");
                    tests = String::from_utf8(told.value.into_owned()).unwrap().parse().ok();
                }
                b"testcase" => cases += 1,
                b"failure" => failures += 1,
                b"skipped" => skipped += 1,
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(tests, Some(cases));
    (cases, failures, skipped)
}

#[test]
fn what_a_check_lets_pass_is_a_test_that_passes() {
    let (profile, mut advice) = orders();
    let fails = [Some(true), Some(false), Some(false), None];
    advice.findings.iter_mut().zip(fails).for_each(|(finding, fails)| finding.fails = fails);
    let of = (profile, advice);
    let xml = as_text("junit", &of, &View::default());
    let (tests, failures, skipped) = junit(&xml);
    assert_eq!((tests, failures, skipped), (5, 2, 1), "and a file that was not looked at");
    assert!(xml.contains("<system-out>does `report += ...` copy the text"), "{xml}");
    let annotations = as_text("github", &of, &View::default());
    let commands = annotations.lines().map(|line| line.split(' ').next().unwrap());
    assert_eq!(commands.collect::<Vec<_>>(), ["::error", "::notice", "::warning", "::warning"]);
    let log = sarif(&of);
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let levels: Vec<&str> = results.map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "note", "warning", "warning"]);
}

#[test]
fn a_run_without_findings_is_a_test_that_passes() {
    let nothing = (orders().0, Advice::default());
    assert_eq!(junit(&as_text("junit", &nothing, &View::default())), (1, 0, 0));
    assert_eq!(as_text("github", &nothing, &View::default()), "");
    assert_eq!(
        junit(&as_text("junit", &hostile(), &View::default())).1,
        hostile().1.findings.len()
    );
}

#[test]
fn every_annotation_is_one_command() {
    for of in [orders(), hostile()] {
        let annotations = as_text("github", &of, &View::default());
        assert_eq!(annotations.lines().count(), of.1.findings.len());
        for line in annotations.lines() {
            let command = line.strip_prefix("::warning ").or(line.strip_prefix("::notice "));
            let (properties, _) = command.expect("a command").split_once("::").expect("a message");
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').expect("a name and a value");
                let names = ["file", "line", "endLine", "col", "endColumn", "title"];
                assert!(names.contains(&name) && !value.contains(':'), "{line}");
            }
        }
    }
    let first = as_text("github", &orders(), &View::default());
    let wanted = "::warning file=orders.py,line=10,endLine=10,col=12,endColumn=28,\
                  title=list-membership%3A 78 %25 of the run::`order_id in seen` searches";
    assert!(first.starts_with(wanted), "{first}");
}

#[test]
fn nothing_leaves_its_cell_or_its_block_in_markdown() {
    for of in [orders(), hostile(), with_ignored()] {
        let text = as_text("markdown", &of, &View::default());
        let mut fence: Option<String> = None;
        for line in text.lines() {
            let ticks: String = line.chars().take_while(|&c| c == '`').collect();
            match &fence {
                Some(open) if line == open => fence = None,
                Some(_) => continue,
                None if ticks.len() >= 3 => fence = Some(ticks),
                None if line.starts_with('|') => {
                    let bars = line.replace(r"\|", "").matches('|').count();
                    assert_eq!(bars, 7, "{line}");
                }
                None => {
                    assert!(!line.contains('<') && !line.replace(r"\`", "").contains('`'), "{line}")
                }
            }
        }
        assert_eq!(fence, None);
    }
}
