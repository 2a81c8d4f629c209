use advisors::{Heat, Place, Worth};

use super::*;

fn finding(source: &str, place: Place) -> Finding {
    Finding {
        advisor: "list-membership",
        title: Untrusted::default(),
        because: Vec::new(),
        file: Untrusted::new("/srv/shop/etl.py"),
        function: Untrusted::new("dedupe"),
        place,
        source: Untrusted::new(source),
        heat: Heat::default(),
        evidence: Vec::new(),
        worth: Worth::Correctness,
        same_time_as: None,
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
