//! What of one recording is found again in the other.

use std::sync::Arc;

use advisors::{Place, Python};

use super::tests::{Expression, HOT, compared, profile};
use crate::profile::Profile;
use crate::sample::Code;
use crate::text::Untrusted;

const NOTHING: &str = "Nothing changed beyond noise.";

/// As another tool, or an older Python, tells it.
fn retold(profile: &Profile, change: impl Fn(&mut Code, &mut Place)) -> Profile {
    let mut profile = Profile { sources: Vec::new(), ..profile.clone() };
    for location in &mut profile.locations {
        let Code { name, file, first_line } = &*location.code;
        let mut code = Code { name: name.clone(), file: file.clone(), first_line: *first_line };
        change(&mut code, &mut location.place);
        location.code = Arc::new(code);
    }
    profile
}

#[test]
fn what_only_one_of_them_tells_makes_nothing_new_or_gone() {
    let hot: &[Expression] = &[("Shop.dedupe", 3, "x in seen", 800), ("parse", 2, "int(x)", 200)];
    let one = profile("/srv", 10, 100.0, hot);
    let lines = retold(&one, |_, place| place.columns = None);
    let text = compared(&one, &lines, false);
    assert!(text.contains(NOTHING) && text.contains("One of them has no columns"), "{text}");
    let bare = retold(&one, |code, _| {
        code.name = Untrusted::new(code.name.data().trim_start_matches("Shop."));
    });
    let text = compared(&bare, &one, false);
    assert!(text.contains(NOTHING) && text.contains("no qualified names"), "{text}");
    let mut other = retold(&lines, |code, _| {
        (code.file, code.first_line) = (Untrusted::new("srv/etl.py"), 0);
        code.name = Untrusted::new(code.name.data().trim_start_matches("Shop."));
    });
    other.target.directory = None;
    let text = compared(&one, &other, false);
    assert!(text.contains(NOTHING), "{text}");
    let strange = retold(&one, |code, _| code.name = Untrusted::new("elsewhere"));
    let text = compared(&one, &strange, false);
    assert!(text.contains("They have no function in common: they cannot be compared."), "{text}");
}

#[test]
fn a_program_that_is_called_otherwise_is_said_to_be_where_its_files_are_not_found() {
    let called = |name: Option<&str>, file: &str| {
        let mut profile = retold(&profile("/srv", 10, 100.0, HOT), |code, _| {
            code.file = Untrusted::new(file);
        });
        let command = name.map(|name| ["python", name].map(Untrusted::new).to_vec());
        profile.target.command = command.unwrap_or_default();
        profile
    };
    let old = called(Some("etl.py"), "/srv/etl.py");
    let other = called(Some("jobs/load.py"), "/srv/jobs/load.py");
    let told = "Before it was etl.py, after jobs/load.py: ";
    assert!(compared(&old, &other, false).contains(told), "{}", compared(&old, &other, false));
    let module = called(Some("etl"), "/srv/etl.py");
    let unknown = called(None, "/srv/jobs/load.py");
    for (before, after) in [(&old, &old), (&old, &unknown), (&unknown, &other), (&old, &module)] {
        assert!(!compared(before, after, false).contains("Before it was"));
    }
}

/// Of a program that was recorded in either of two checkouts, by another folder.
#[test]
fn one_file_in_two_folders_is_one() {
    let at = |file: &str| {
        let mut profile = retold(&profile("/srv", 10, 100.0, HOT), |code, _| {
            code.file = Untrusted::new(file);
        });
        profile.target.directory = Some(Untrusted::new("/"));
        profile
    };
    let text = compared(&at("/v1/etl.py"), &at("/v2/etl.py"), false);
    assert!(text.contains(NOTHING) && !text.contains("other folders"), "{text}");
    let text = compared(&at("/v1/etl.py"), &at("/v2/load.py"), false);
    assert!(text.contains("gone") && text.contains("new"), "{text}");
}

#[test]
fn the_library_of_another_python_is_compared_by_its_functions() {
    let on = |minor, line| {
        let mut profile = retold(&profile("/srv", 10, 100.0, HOT), |code, place| {
            if code.name.data() != "main" {
                code.file = Untrusted::new(format!("/usr/lib/python3.{minor}/json/decoder.py"));
                place.line += line;
                place.end_line += line;
            }
        });
        profile.target.python = Some(Python::new(3, minor));
        profile
    };
    let text = compared(&on(12, 0), &on(13, 2), false);
    assert!(text.contains(NOTHING), "{text}");
    assert!(text.contains("functions of its library are compared as wholes"), "{text}");
    let text = compared(&on(12, 0), &on(12, 2), false);
    assert!(!text.contains(NOTHING) && !text.contains("as wholes"), "one library: {text}");
}

#[test]
fn recordings_that_somebody_ended_are_to_be_compared_by_parts() {
    let long: Vec<Expression> =
        HOT.iter().map(|&(f, line, text, n)| (f, line, text, 3 * n)).collect();
    let of = |hot: &[Expression], cut_off| {
        let mut profile = profile("/srv", 10, 100.0, hot);
        profile.timing.cut_off = cut_off;
        profile
    };
    let told = |before: &Profile, after: &Profile, shares| {
        compared(before, after, shares).contains("Neither recording went on")
    };
    let [short, long, whole] = [of(HOT, true), of(&long, true), of(&long, false)];
    assert!(told(&short, &long, false));
    assert!(!told(&short, &long, true), "they are");
    assert!(!told(&short, &short, false), "they are as long");
    assert!(!told(&short, &whole, false), "one went on to the end");
}
