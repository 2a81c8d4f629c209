//! The page's data, without a browser; `tests/page.rs` opens it in one.

use advisors::Place;
use serde_json::Value;
use unslow::advise::{Advice, Finding, SourceText};
use unslow::profile::{Count, Profile};
use unslow::report::View;
use unslow::report::diff::{self, Comparison};

use crate::fixture::{IDLE, deep, hostile, orders, text};
use crate::{as_text, is_dangerous};

/// Most bytes of a page beside its data.
const FRONT_END_BYTES: usize = 1 << 20;

fn data_of(page: &str) -> (&str, &str) {
    let (before, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let (data, after) = rest.split_once("</script>").unwrap();
    assert!(before.len() + after.len() < FRONT_END_BYTES);
    (data, after)
}

fn data(of: &(Profile, Advice)) -> Value {
    let page = as_text("html", of, &View::default());
    serde_json::from_str(data_of(&page).0).unwrap()
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

/// The stacks of the page's tree, each as its places from the outermost, with its samples.
fn stacks(data: &Value) -> Vec<(Vec<i64>, i64)> {
    let depth = numbers(&data["tree"]["depth"]);
    let place = numbers(&data["tree"]["place"]);
    let mut paths = Vec::new();
    let mut path = Vec::new();
    for (&depth, &place) in depth.iter().zip(&place) {
        path.truncate(depth as usize);
        path.push(place);
        assert_eq!(path.len() as i64, depth + 1, "no level is left out");
        paths.push(path.clone());
    }
    let samples = &data["samples"];
    let counts = numbers(&samples["count"]);
    let nodes = numbers(&samples["node"]);
    nodes.iter().zip(counts).map(|(&node, count)| (paths[node as usize].clone(), count)).collect()
}

#[test]
fn every_sample_is_in_the_tree() {
    let of = orders();
    let data = data(&of);
    let mut found = stacks(&data);
    found.sort_unstable();
    let counts = of.0.counts.iter().map(|count| {
        let locations = &of.0.stacks[count.stack as usize].locations;
        let path: Vec<i64> = locations.iter().rev().map(|&id| i64::from(id)).collect();
        (path, count.samples as i64)
    });
    let mut wanted: Vec<_> = counts.collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let frames = &data["frames"];
    let function = frames["places"]["function"][2].as_u64().unwrap() as usize;
    assert_eq!(frames["functions"]["name"][function], "dedupe");
    assert_eq!(
        (&frames["places"]["from"][2], &frames["places"]["to"][2]),
        (&12.into(), &27.into())
    );
    assert_eq!(data["findings"][0]["places"], serde_json::json!([2]));
}

#[test]
fn states_and_threads_can_be_told_apart() {
    let data = data(&orders());
    let samples = &data["samples"];
    let states = numbers(&samples["state"]);
    // 1: on a processor; 2: holds the lock; 4: waits for it.
    assert!(states.contains(&3) && states.contains(&5) && states.contains(&0), "{states:?}");
    let idle = states.iter().position(|&state| state == 0).unwrap();
    assert_eq!(numbers(&samples["thread"])[idle], 1);
    assert_eq!(data["threads"][1]["name"], "thread 4243 (no name)");
}

#[test]
fn the_middle_of_a_deep_recursion_is_one_frame() {
    let of = deep(3000);
    let data = data(&of);
    let elided = of.0.locations.len() as i64;
    for (path, _) in stacks(&data) {
        assert_eq!(path.len(), 96 + 1 + 64);
        assert_eq!(path.iter().filter(|&&place| place == elided).count(), 1);
        assert_eq!(path[96], elided);
    }
    assert_eq!(stacks(&data).iter().map(|(_, count)| count).sum::<i64>(), 1000);
}

#[test]
fn sources_are_shown_with_what_was_hot_in_them() {
    let (profile, mut advice) = orders();
    let source = advice.findings[0].source.clone();
    advice.texts = vec![SourceText { file: text("/srv/shop/orders.py"), text: source }];
    let data = data(&(profile, advice));
    let shown = &data["sources"][0];
    assert_eq!(shown["name"], "orders.py");
    let marks = &shown["marks"];
    let at = numbers(&marks["place"]).iter().position(|&place| place == 2).unwrap();
    let line = shown["lines"][numbers(&marks["line"])[at] as usize - 1].as_str().unwrap();
    let (from, to) = (numbers(&marks["from"])[at] as usize, numbers(&marks["to"])[at] as usize);
    assert_eq!(&line[from..to], "order_id in seen");
}

#[test]
fn a_pitfall_is_not_saved() {
    let data = data(&orders());
    let findings = data["findings"].as_array().unwrap();
    let told = findings.iter().map(|finding| finding["saves"].as_str().unwrap());
    let told: Vec<&str> = told.filter(|told| !told.starts_with("saves ")).collect();
    assert_eq!(told, ["a pitfall"]);
}

#[test]
fn what_runs_in_a_function_that_is_pointed_at_is_lit() {
    let (profile, mut advice) = orders();
    let finding = &mut advice.findings[0];
    let places = |finding: &Finding| {
        let data = data(&(
            profile.clone(),
            Advice { findings: vec![finding.clone()], ..Advice::default() },
        ));
        numbers(&data["findings"][0]["places"])
    };
    let own = places(finding);
    finding.definition = Some(finding.place);
    finding.place = Place { line: 6, end_line: 6, columns: Some((4, 10)) };
    assert_eq!(places(finding), own, "those of its body");
    finding.definition = None;
    assert!(places(finding).is_empty(), "at its name nothing runs");
}

#[test]
fn hostile_texts_stay_within_the_data() {
    let (profile, mut advice) = hostile();
    let source = advice.findings[0].source.clone();
    advice.texts = vec![SourceText { file: profile.locations[0].code.file.clone(), text: source }];
    let report = as_text("html", &(profile.clone(), advice), &View::default());
    for page in [report, of_both(&profile, &profile)] {
        let (data, after) = data_of(&page);
        assert!(!data.contains(['<', '>', '&']), "nothing that ends the data");
        let value: Value = serde_json::from_str(data).unwrap();
        assert!(value.to_string().contains("<script>alert"), "the names are there");
        assert!(strings(&value).iter().all(|text| !text.contains(is_dangerous)));
        assert!(!after.contains("alert("));
        let (title, _) = page.split_once("<title>").unwrap().1.split_once("</title>").unwrap();
        assert!(!title.contains(['<', '>']), "{title}");
    }
}

/// The page of two recordings.
fn of_both(before: &Profile, after: &Profile) -> String {
    let view = View::default();
    let comparison = Comparison { before, after, view: &view, shares: false, all: false };
    String::from_utf8(diff::html(&comparison).unwrap()).unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// The policy allows the page's own script and style and nothing else; a browser refuses what the
/// digests are not of, which `tests/page.rs` shows.
#[test]
fn the_page_asks_nobody_for_anything() {
    let (profile, advice) = orders();
    let both = of_both(&profile, &profile);
    for page in [as_text("html", &(profile, advice), &View::default()), both] {
        let (_, policy) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
        let (policy, _) = policy.split_once('"').unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for loads in
            [" src=", "@import", "url(", "innerHTML", "insertAdjacentHTML", "eval(", "fetch("]
        {
            assert!(!page.contains(loads), "{loads}");
        }
        assert!(!page.contains("{{"), "every part is in its place");
        data_of(&page);
    }
}

#[test]
fn two_recordings_are_one_tree() {
    let (before, _) = orders();
    let mut after = before.clone();
    after.counts.truncate(3);
    let page = of_both(&before, &after);
    let data: Value = serde_json::from_str(data_of(&page).0).unwrap();
    let sum = |side: &str| numbers(&data["stacks"][side]).iter().sum::<i64>();
    let busy = |profile: &Profile| profile.busy_samples() as i64;
    assert_eq!([sum("before"), sum("after")], [busy(&before), busy(&after)], "none is lost");
    let rows = &data["rows"];
    let gone = numbers(&rows["after"]).into_iter().zip(numbers(&rows["before"]));
    assert_eq!(gone.filter(|&(after, before)| after == 0 && before > 0).count(), 4 + 4);
    assert_eq!(data["tree"]["depth"].as_array().unwrap().len(), 13);
    assert_eq!(of_both(&before, &after), page, "the same bytes again");
}

#[test]
fn the_command_line_chooses_what_is_seen_first() {
    let view = View { gil: true, by_thread: true, functions: true, ..View::default() };
    let page = as_text("html", &orders(), &view);
    let data: Value = serde_json::from_str(data_of(&page).0).unwrap();
    let chosen = |name: &str| data["view"][name].as_bool().unwrap();
    assert!(["gil", "by_thread", "functions"].into_iter().all(chosen));
    assert!(!["idle", "gc", "tasks"].into_iter().any(chosen));
    assert_eq!(stacks(&data).len(), orders().0.counts.len(), "all can be chosen afterwards");
}

#[test]
fn a_program_that_only_waited_is_shown_where_it_waits() {
    let (mut profile, advice) = orders();
    assert_eq!(data(&(profile.clone(), advice.clone()))["view"]["idle"], false);
    profile.counts = vec![Count { state: IDLE, ..profile.counts[0] }];
    let data = data(&(profile, Advice { findings: Vec::new(), ..advice }));
    assert_eq!(data["view"]["idle"], true);
    assert!(data["nothing"].as_str().unwrap().contains("every thread waited"));
}

/// Who goes from one landmark to the next by ear knows them by their names.
#[test]
fn no_two_landmarks_of_a_page_have_one_name() {
    let flame = include_str!("../../src/report/page/flame.html");
    for page in [
        include_str!("../../src/report/html/page/main.html"),
        include_str!("../../src/report/diff/page/main.html"),
    ] {
        let page = page.replace("{{flame}}", flame);
        let tags =
            page.split('<').filter(|tag| tag.starts_with("section") || tag.contains("region"));
        let names: Vec<&str> = tags
            .map(|tag| {
                let (_, name) = tag.split_once(" aria-label").expect("a landmark has a name");
                name.split('"').nth(1).expect("quoted")
            })
            .collect();
        let distinct: std::collections::HashSet<&&str> = names.iter().collect();
        assert!(names.len() > 3 && distinct.len() == names.len(), "{names:?}");
    }
}
