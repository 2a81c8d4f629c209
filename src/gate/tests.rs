use advisors::{Gain, Heat, Place, Worth};

use super::*;
use crate::profile::{FEW_SAMPLES, SourceSeen, Target, Timing};
use crate::text::Untrusted;

fn finding(advisor: &'static str, saved: f64, line: u32) -> Finding {
    Finding {
        advisor,
        title: Untrusted::default(),
        because: Vec::new(),
        file: Untrusted::new("/srv/shop/etl.py"),
        function: Untrusted::new("dedupe"),
        place: Place { line, end_line: line, columns: Some((3, 9)) },
        definition: None,
        source: Untrusted::new("if a in b:\n".repeat(20)),
        heat: Heat { share: 0.5, ..Heat::default() },
        evidence: Vec::new(),
        worth: Worth::Time(Gain { saved, saved_low: saved, saved_high: saved }),
        same_time_as: None,
        is_known: false,
        fails: None,
        fix: None,
    }
}

fn advice(findings: Vec<Finding>) -> Advice {
    Advice { findings, ..Advice::default() }
}

fn profile(directory: &str) -> Profile {
    let directory = Some(Untrusted::new(directory));
    let target = Target { directory, ..Target::default() };
    let timing = Timing { sweeps: FEW_SAMPLES, ..Timing::default() };
    Profile { target, timing, ..Profile::default() }
}

fn gate(conditions: &[&str], baseline: Option<Baseline>) -> Gate {
    let conditions = conditions.iter().map(|text| text.parse().expect("a condition")).collect();
    Gate { conditions, baseline, ..Gate::default() }
}

/// The first condition that each breach meets, by its text.
fn failed(gate: &Gate, advice: &Advice) -> Vec<Option<String>> {
    let verdict = gate.judge(&profile("/srv/shop"), advice);
    verdict.breaches.iter().map(|breach| breach.condition.map(ToString::to_string)).collect()
}

fn known(directory: &str, found: &[(&str, &str)]) -> Baseline {
    let found: Vec<String> = found
        .iter()
        .map(|(advisor, path)| {
            format!(
                r#"{{"advisor": "{advisor}", "path": "{path}", "function": "dedupe", "snippet": "a in b", "line": 3}}"#
            )
        })
        .collect();
    let json = format!(
        r#"{{"schema": "unslow.findings/1", "target": {{"directory": "{directory}"}}, "findings": [{}]}}"#,
        found.join(",")
    );
    Baseline::read(json.as_bytes()).expect("a baseline")
}

#[test]
fn a_check_that_nobody_asked_for_fails_on_nothing() {
    let gate = Gate::default();
    assert!(!gate.is_asked());
    assert!(failed(&gate, &advice(vec![finding("list-pop0", 0.9, 1)])).is_empty());
}

#[test]
fn a_finding_fails_on_its_name_its_saving_and_its_share() {
    let two = advice(vec![finding("list-membership", 0.4, 1), finding("list-pop0", 0.1, 2)]);
    let fails = |condition: &str| failed(&gate(&[condition], None), &two).len();
    for (condition, wanted) in [
        ("any", 2),
        ("list-pop0", 1),
        ("float-equality", 0),
        ("saving>5%", 2),
        ("saving > 10 %", 1),
        ("saving>40%", 0),
        ("share>49.9%", 2),
        ("share>50%", 0),
    ] {
        assert_eq!(fails(condition), wanted, "{condition}");
    }
    let said = failed(&gate(&["list-pop0", "saving>7%"], None), &two);
    assert_eq!(said, [Some("saving>7%".to_owned()), Some("list-pop0".to_owned())]);
}

#[test]
fn what_is_about_memory_saves_no_time() {
    let mut about_memory = finding("record-type", 0.0, 1);
    about_memory.worth = Worth::Memory(advisors::Bytes { value: 9, low: 1, high: Some(20) });
    assert!(failed(&gate(&["saving>0%"], None), &advice(vec![about_memory])).is_empty());
}

#[test]
fn what_fails_is_told_of_each_finding_where_it_can_be_judged() {
    let two = advice(vec![finding("list-membership", 0.4, 1), finding("list-pop0", 0.1, 2)]);
    let of = |gate: &Gate| gate.failing(&profile("/srv/shop"), &two);
    assert_eq!(of(&gate(&["list-pop0"], None)), [Some(false), Some(true)]);
    let known = known("/srv/shop", &[("list-membership", "etl.py")]);
    assert_eq!(of(&gate(&[], Some(known.clone()))), [Some(false), Some(true)]);
    assert_eq!(of(&gate(&["any"], Some(known))), [Some(false), Some(true)]);
    assert_eq!(of(&Gate::default()), [None, None], "nothing was asked");
    let mut short = profile("/srv/shop");
    short.timing.sweeps = FEW_SAMPLES - 1;
    assert_eq!(gate(&["any"], None).failing(&short, &two), [None, None]);
}

#[test]
fn what_may_save_nothing_has_no_saving_to_fail_on() {
    let mut question = finding("list-membership", 0.11, 1);
    question.worth = Worth::Time(Gain { saved: 0.11, saved_low: 0.0, saved_high: 0.17 });
    let asked = advice(vec![question]);
    assert!(failed(&gate(&["saving>10%"], None), &asked).is_empty());
    assert_eq!(failed(&gate(&["share>10%"], None), &asked).len(), 1);
}

#[test]
fn what_cannot_be_a_condition_is_refused_with_what_was_meant() {
    for (text, said) in [
        (
            "list-memebrship",
            "there is no advisor or condition \"list-memebrship\"; did you mean list-membership?",
        ),
        (
            "LIST-MEMBERSHIP",
            "there is no advisor or condition \"LIST-MEMBERSHIP\"; did you mean list-membership?",
        ),
        ("time>10%", "there is no measure \"time\"; did you mean saving?"),
        ("saveing>10%", "there is no measure \"saveing\"; did you mean saving?"),
        ("saving", "\"saving\" compares with no percentage; write for example saving>10%"),
        ("saving>10", "\"saving>10\" compares with no percentage; write for example saving>10%"),
        (
            "saving>=10%",
            "\"saving>=10%\" compares by `>=`, and only > is known; write for example saving>10%",
        ),
        (
            "share<5%",
            "\"share<5%\" compares by `<`, and only > is known; write for example saving>10%",
        ),
        (
            "saving>10%,list-membership",
            "\"saving>10%,list-membership\" is more than one condition; give each of them by itself",
        ),
        ("share>101%", "\"share>101%\" compares with no percentage; write for example saving>10%"),
    ] {
        assert_eq!(text.parse::<Condition>().expect_err(text).to_string(), said);
    }
}

#[test]
fn what_is_in_the_baseline_fails_nothing_wherever_it_has_moved() {
    let baseline = known("/home/ci/build-7", &[("list-membership", "/home/ci/build-7/etl.py")]);
    let moved = advice(vec![finding("list-membership", 0.4, 17)]);
    assert!(failed(&gate(&["any"], Some(baseline.clone())), &moved).is_empty());
    assert!(failed(&gate(&[], Some(baseline.clone())), &moved).is_empty());
    let gate = gate(&["any"], Some(baseline.clone()));
    let verdict = gate.judge(&profile("/elsewhere"), &moved);
    assert_eq!((verdict.breaches.len(), verdict.known), (1, 0), "another file");
    let twice =
        advice(vec![finding("list-membership", 0.4, 1), finding("list-membership", 0.2, 9)]);
    assert_eq!(failed(&gate, &twice), [Some("any".to_owned())], "the second one is new");
    let other = advice(vec![finding("list-pop0", 0.4, 1)]);
    let alone = Gate { baseline: Some(baseline), ..Gate::default() };
    assert_eq!(failed(&alone, &other), [None]);
}

#[test]
fn a_file_is_known_from_whatever_folder_its_program_is_started() {
    let baseline = known("/srv/shop", &[("list-membership", "/srv/shop/etl.py")]);
    let gate = gate(&["any"], Some(baseline));
    let found = |directory: &str, file: &str| {
        let mut found = finding("list-membership", 0.4, 3);
        found.file = Untrusted::new(file);
        gate.judge(&profile(directory), &advice(vec![found])).known
    };
    for (directory, file, known) in [
        ("/srv", "/srv/shop/etl.py", 1),
        ("/srv", "shop/etl.py", 1),
        ("/srv", "./shop/etl.py", 1),
        ("/srv/jobs", "/srv/jobs/../shop/etl.py", 1),
        ("/srv/jobs", "../shop/etl.py", 1),
        ("/", "/srv/shop/etl.py", 1),
        ("/srv/shop", "etl.py", 1),
        ("/build/7", "/build/7/etl.py", 1),
        ("/build", "/build/7/etl.py", 0),
        ("/srv", "/srv/other/etl.py", 0),
    ] {
        assert_eq!(found(directory, file), known, "{file} from {directory}");
    }
}

#[test]
fn a_file_is_known_in_another_checkout_by_whatever_name_it_was_started() {
    for name in ["etl.py", "./etl.py", "/home/ci/build/etl.py", "/home/ci/build/./etl.py"] {
        let baseline = known("/home/ci/build", &[("list-membership", name)]);
        let mut found = finding("list-membership", 0.4, 3);
        found.file = Untrusted::new("/build/7/etl.py");
        let gate = gate(&["any"], Some(baseline));
        assert_eq!(gate.judge(&profile("/build/7"), &advice(vec![found])).known, 1, "{name}");
    }
}

#[test]
fn of_two_alike_the_one_where_it_was_is_known_and_a_hotter_one_elsewhere_is_new() {
    let baseline = known("/srv/shop", &[("list-membership", "etl.py")]);
    let both =
        advice(vec![finding("list-membership", 0.4, 9), finding("list-membership", 0.05, 3)]);
    let gate = gate(&["saving>10%"], Some(baseline));
    let verdict = gate.judge(&profile("/srv/shop"), &both);
    assert_eq!((verdict.breaches.len(), verdict.known), (1, 0));
    assert_eq!(verdict.breaches[0].finding.place.line, 9);
}

#[test]
fn a_finding_that_meets_no_condition_keeps_its_place_in_the_baseline() {
    let baseline = known("/srv/shop", &[("list-membership", "etl.py")]);
    let both =
        advice(vec![finding("list-membership", 0.05, 1), finding("list-membership", 0.01, 5)]);
    let gate = gate(&["saving>3%"], Some(baseline));
    let verdict = gate.judge(&profile("/srv/shop"), &both);
    assert_eq!((verdict.breaches.len(), verdict.known), (0, 1));
}

#[test]
fn a_baseline_is_a_file_of_findings() {
    let refused = |json: &str| Baseline::read(json.as_bytes()).expect_err(json).to_string();
    assert!(refused("{}").starts_with("not a file of findings, as `-o FILE.json` writes: "));
    let other = refused(r#"{"schema": "other/1", "target": {}, "findings": []}"#);
    assert_eq!(
        other,
        r#"not a file of findings: its schema is "other/1", not "unslow.findings/1""#
    );
}

#[test]
fn what_may_hide_a_failure_is_told_and_what_cannot_is_not() {
    let unlooked = |share| Unlooked { what: Untrusted::new("etl.py"), why: String::new(), share };
    let blind = |conditions: &[&str], baseline: Option<Baseline>, share| {
        let advice = Advice { unlooked: vec![unlooked(share)], ..Advice::default() };
        gate(conditions, baseline).judge(&profile("/srv/shop"), &advice).blind.len()
    };
    for (condition, wanted) in
        [("any", 1), ("list-pop0", 1), ("saving>10%", 1), ("saving>40%", 0), ("share>39%", 1)]
    {
        assert_eq!(blind(&[condition], None, Some(0.4)), wanted, "{condition}");
    }
    assert_eq!(blind(&["saving>40%", "share>5%"], None, Some(0.4)), 1);
    assert_eq!(blind(&[], Some(known("/srv/shop", &[])), Some(0.001)), 1);
    assert_eq!(blind(&[], None, Some(0.4)), 0, "nothing was asked");
    assert_eq!(blind(&["any"], None, None), 0, "no source");
}

#[test]
fn what_was_judged_without_values_passes_only_where_that_is_enough() {
    let mut old = profile("/srv/shop");
    let python = |minor| Some(advisors::Python::new(3, minor));
    old.target.python = python(10);
    let seen = SourceSeen {
        file: Untrusted::new("etl.py"),
        bytes: 0,
        checksum: 0,
        expressions: Vec::new(),
    };
    let looked = Advice { sources: vec![seen], ..Advice::default() };
    let strict = gate(&["any"], None);
    assert!(matches!(strict.judge(&old, &looked).blind[..], [Blind::Values]));
    let idle = Advice::default();
    assert!(strict.judge(&old, &idle).blind.is_empty(), "nothing of its own was hot");
    let lenient = Gate { without_values: true, ..gate(&["any"], None) };
    assert!(lenient.judge(&old, &looked).blind.is_empty());
    old.target.python = python(11);
    assert!(strict.judge(&old, &looked).blind.is_empty());
}

#[test]
fn a_run_of_few_samples_passes_no_check() {
    let mut short = profile("/srv/shop");
    short.timing.sweeps = FEW_SAMPLES - 1;
    let (gate, nothing) = (gate(&["any"], None), Advice::default());
    assert!(matches!(gate.judge(&short, &nothing).blind[..], [Blind::FewSamples(49)]));
    assert!(gate.judge(&profile("/srv/shop"), &nothing).blind.is_empty());
    let found = advice(vec![finding("list-membership", 0.99, 1)]);
    assert!(gate.judge(&short, &found).breaches.is_empty(), "nor does it fail one");
}
