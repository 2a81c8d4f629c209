//! Every format over profiles built in code. `UPDATE_EXPECT=1 cargo test --test formats` rewrites
//! the expected files after a change that is meant.

#[path = "formats/calls.rs"]
mod calls;
#[path = "formats/ci.rs"]
mod ci;
#[path = "formats/dump.rs"]
mod dump;
#[path = "formats/few.rs"]
mod few;
#[path = "formats/fixture.rs"]
mod fixture;
#[path = "formats/next.rs"]
mod next;
#[path = "formats/page.rs"]
mod page;
#[path = "formats/patch.rs"]
mod patch;
#[path = "formats/published.rs"]
mod published;
#[path = "formats/readers.rs"]
mod readers;
#[path = "formats/schema.rs"]
mod schema;
#[path = "formats/timeline.rs"]
mod timeline;
#[path = "formats/untimed.rs"]
mod untimed;

use std::fs;
use std::path::PathBuf;

use fixture::{deep, hostile, orders};
use unslow::advise::Advice;
use unslow::profile::{Count, Profile, Timing, file};
use unslow::report::{self, FORMATS, Format, Input, ReportError, View};

fn render(format: &Format, (profile, advice): &(Profile, Advice), view: &View) -> Vec<u8> {
    (format.render)(&Input { profile, advice, view })
        .unwrap_or_else(|error| panic!("{}: {error}", format.name))
}

fn named(name: &str) -> &'static Format {
    report::by_name(name).expect("in the table")
}

fn as_text(name: &str, of: &(Profile, Advice), view: &View) -> String {
    String::from_utf8(render(named(name), of, view)).expect("UTF-8")
}

fn expected(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/formats/expected").join(name)
}

fn check(name: &str, actual: &[u8]) {
    let path = expected(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let wanted = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if wanted != actual {
        let (wanted, actual) = (String::from_utf8_lossy(&wanted), String::from_utf8_lossy(actual));
        snapbox::assert_data_eq!(
            actual.into_owned(),
            snapbox::Data::text(wanted.into_owned()).raw()
        );
        panic!("{name} differs in bytes that are not text");
    }
}

#[test]
fn every_format_is_as_expected() {
    for (fixture, of) in [("orders", orders()), ("hostile", hostile())] {
        // SARIF quotes the advisors' pages, which are theirs to change, and a page is mostly its own
        // script; both have tests of their own.
        let is_elsewhere = |name| ["pprof", "sarif", "html"].contains(&name);
        for format in FORMATS.iter().filter(|format| !is_elsewhere(format.name)) {
            let bytes = render(format, &of, &View::default());
            check(&format!("{fixture}{}", format.extensions[0]), &bytes);
        }
    }
}

#[test]
fn every_view_is_as_expected() {
    let views = [
        ("idle", View { idle: true, ..View::default() }),
        ("gil", View { gil: true, ..View::default() }),
        ("threads", View { by_thread: true, idle: true, ..View::default() }),
        ("functions", View { functions: true, ..View::default() }),
    ];
    for (name, view) in views {
        check(&format!("orders-{name}.folded"), &render(named("folded"), &orders(), &view));
    }
    let threads = View { by_thread: true, ..View::default() };
    check("hostile-threads.folded", &render(named("folded"), &hostile(), &threads));
    let tasks = View { tasks: true, ..View::default() };
    for name in ["folded", "flamegraph", "speedscope"] {
        let format = named(name);
        let file = format!("hostile-async{}", format.extensions[0]);
        check(&file, &render(format, &hostile(), &tasks));
    }
    let none = named("folded").render;
    let (profile, advice) = orders();
    let nothing = none(&Input { profile: &profile, advice: &advice, view: &tasks });
    let hint = nothing.expect_err("no task").to_string();
    assert!(hint.contains("leave out --async"), "{hint}");
    let without_findings = (orders().0, Advice::default());
    check("nothing.txt", &render(named("text"), &without_findings, &threads));
    let color = View { color: true, width: 80, ..View::default() };
    check("orders-color.txt", &render(named("text"), &orders(), &color));
}

/// Recordings that leave little to say, say it badly, or were taken in another manner.
#[test]
fn poor_recordings_are_called_so() {
    let only = |state: fn(&Count) -> bool| {
        let (mut profile, _) = orders();
        profile.counts.retain(state);
        profile
    };
    let few = Profile { counts: vec![Count { samples: 12, ..orders().0.counts[0] }], ..orders().0 };
    let mut overloaded = orders().0;
    overloaded.timing = Timing { missed: 2000, torn: 900, unreadable: 41, ..overloaded.timing };
    let mut held = orders().0;
    held.timing =
        Timing { exact: true, stopped_seconds: 0.0712, longest_stop: 0.00044, ..held.timing };
    held.timing.own_seconds = 0.151;
    let cases = [
        ("exact", held),
        ("none", Profile::default()),
        ("idle", only(|count| !count.state.is_busy())),
        ("few", few),
        ("overloaded", overloaded),
    ];
    let text: String = cases
        .into_iter()
        .map(|(name, profile)| {
            let text = as_text("text", &(profile, Advice::default()), &View::default());
            format!("==== {name}\n{text}\n")
        })
        .collect();
    check("poor.txt", text.as_bytes());
}

/// An expression has two shares where the program also waited: one of the run and one of the samples.
#[test]
fn shares_say_what_they_are_of() {
    let (mut profile, advice) = orders();
    let (of_run, why) = (", 50 % of the run)", "those of the findings are of the run");
    let told = |profile: &Profile, advice: &Advice, view: &View| {
        let bytes = (named("text").render)(&Input { profile, advice, view }).expect("text");
        String::from_utf8(bytes).expect("UTF-8")
    };
    let (busy, none) = (View::default(), Advice::default());
    let text = told(&profile, &advice, &busy);
    assert!(!text.contains(of_run) && !text.contains(why), "{text}");
    profile.timing.sweeps = 2 * profile.busy_samples();
    let text = told(&profile, &advice, &busy);
    assert!(text.contains("(2,980 busy samples, 50 % of the run)") && text.contains(why), "{text}");
    let text = told(&profile, &none, &busy);
    assert!(text.contains(of_run) && !text.contains(why), "no finding, no two shares: {text}");
    assert!(!told(&profile, &none, &View { idle: true, ..busy }).contains(of_run));
}

#[test]
fn the_same_profile_gives_the_same_bytes() {
    let views = [
        View::default(),
        View { by_thread: true, idle: true, ..View::default() },
        View { functions: true, ..View::default() },
    ];
    for view in &views {
        for format in FORMATS {
            let first = render(format, &hostile(), view);
            assert!(first == render(format, &hostile(), view), "{} {view:?}", format.name);
        }
    }
}

#[test]
fn a_profile_file_written_before_can_still_be_read() {
    for (fixture, of) in [("orders", orders()), ("hostile", hostile())] {
        let path = expected(&format!("{fixture}.pb.gz"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, render(named("pprof"), &of, &View::default())).unwrap();
        }
        assert_eq!(file::read(&fs::read(path).unwrap()).unwrap(), of.0);
        assert_eq!(file::read(&render(named("pprof"), &of, &View::default())).unwrap(), of.0);
    }
}

/// What a terminal or a browser must never get from a program's names. A diff has the source's tabs.
fn is_dangerous(c: char) -> bool {
    (c.is_control() && !['\n', '\t'].contains(&c))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[test]
fn hostile_names_reach_no_reader_raw() {
    let view = View { by_thread: true, ..View::default() };
    // Binary ones are read in tests of their own.
    for format in FORMATS.iter().filter(|format| !["pprof", "pstats"].contains(&format.name)) {
        let text = as_text(format.name, &hostile(), &view);
        let dangerous = text.chars().find(|&c| is_dangerous(c));
        assert_eq!(dangerous, None, "{}", format.name);
    }
    assert!(!as_text("flamegraph", &hostile(), &view).contains("<script>alert"));
}

#[test]
fn colours_are_the_only_escapes_in_a_terminal() {
    let view = View { color: true, ..View::default() };
    let mut text = as_text("text", &hostile(), &view);
    for code in ["0", "1", "2", "31", "32", "36", "1;31"] {
        text = text.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(text.chars().find(|&c| is_dangerous(c)), None);
    assert_eq!(text, as_text("text", &hostile(), &View::default()));
}

/// Frames drawn in an SVG, parsed as XML: the titles and the fill of each.
fn drawn(svg: &str) -> Vec<(String, String)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(svg);
    let (mut in_title, mut title, mut drawn) = (false, String::new(), Vec::new());
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) if tag.name().as_ref() == b"title" => {
                in_title = true;
                title.clear();
            }
            Event::End(tag) if tag.name().as_ref() == b"title" => in_title = false,
            Event::Text(text) if in_title => title += &text.decode().unwrap(),
            Event::GeneralRef(entity) if in_title => {
                title += &format!("&{};", entity.decode().unwrap());
            }
            Event::Empty(tag) if tag.name().as_ref() == b"rect" => {
                let attribute = |name: &str| tag.try_get_attribute(name).unwrap();
                if attribute("fg:x").is_some() {
                    let fill = attribute("fill").unwrap().value.into_owned();
                    drawn.push((title.clone(), String::from_utf8(fill).unwrap()));
                }
            }
            Event::Eof => return drawn,
            _ => {}
        }
    }
}

#[test]
fn the_flamegraph_is_xml_and_tells_origins_apart() {
    let svg = as_text("flamegraph", &orders(), &View::default());
    let frames = drawn(&svg);
    let fill = |name: &str| {
        let found = frames.iter().find(|(title, _)| title.starts_with(name));
        let (_, fill) = found.unwrap_or_else(|| panic!("{name} in {frames:#?}"));
        let rgb: Vec<i32> = fill
            .trim_matches(|c: char| !c.is_ascii_digit())
            .split(',')
            .map(|channel| channel.parse().unwrap())
            .collect();
        rgb
    };
    let advised = fill("dedupe (orders.py:10:12-27) (2,313 samples");
    let own = fill("dedupe (orders.py:9:20-30)");
    let library = fill("DictReader.__next__ (csv.py:120)");
    let package = fill("Codec.decode (fast/codec.py:44:9-20)");
    let native = fill("_find_and_load (&lt;frozen importlib._bootstrap&gt;:1360:5-40)");
    assert!(advised[0] > 2 * advised[1].max(advised[2]), "what is advised is red: {advised:?}");
    assert!(own[0] > own[1] && own[1] > own[2], "own code is orange: {own:?}");
    assert!(library[2] > library[1] && library[1] > library[0], "the library is blue: {library:?}");
    assert!(package[1] > package[0] && package[0] > package[2], "packages are green: {package:?}");
    assert!((native[0] - native[1]).abs() < 30, "the interpreter is grey: {native:?}");
    let unadvised = as_text("flamegraph", &(orders().0, Advice::default()), &View::default());
    assert!(svg.contains(">advised<") && !unadvised.contains(">advised<"));
    for part in ["orders.py, CPython 3.13.0, pid 4242", "2,981 sweeps", "3 missed", "1 torn"] {
        assert!(svg.contains(part), "{part}");
    }
    drawn(&as_text("flamegraph", &hostile(), &View { by_thread: true, ..View::default() }));
}

#[test]
fn a_deep_recursion_makes_a_small_picture() {
    let svg = as_text("flamegraph", &deep(3000), &View::default());
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    let frames = drawn(&svg);
    assert!(frames.len() < 250, "{} frames", frames.len());
    let elided = frames.iter().filter(|(title, _)| title.starts_with("(frames in between")).count();
    assert_eq!(elided, 1, "both depths lose the same middle");
    let folded = as_text("folded", &deep(3000), &View::default());
    assert_eq!(folded.lines().map(|line| line.split(';').count()).max(), Some(3000));
}

#[test]
fn folded_lines_are_frames_and_a_count() {
    let of = hostile();
    let text = as_text("folded", &of, &View::default());
    let mut samples = 0;
    for line in text.lines() {
        let (stack, count) = line.rsplit_once(' ').unwrap();
        samples += count.parse::<u64>().unwrap();
        assert_eq!(stack.split(';').count(), 3, "{line}");
        assert!(stack.ends_with(')'), "a frame never ends like a count: {line}");
        assert!(!line.starts_with(['#', ' ']), "{line}");
    }
    assert_eq!(samples, of.0.busy_samples());
}

#[test]
fn speedscope_holds_to_its_schema() {
    for of in [orders(), hostile(), deep(3000)] {
        let view = View { idle: true, ..View::default() };
        let json = serde_json::from_str(&as_text("speedscope", &of, &view)).unwrap();
        schema::check(include_str!("formats/speedscope.schema.json"), &json);
        let frames = json["shared"]["frames"].as_array().unwrap().len() as u64;
        let mut seconds = 0.0;
        for profile in json["profiles"].as_array().unwrap() {
            let samples = profile["samples"].as_array().unwrap();
            let weights = profile["weights"].as_array().unwrap();
            assert_eq!(samples.len(), weights.len());
            let indices = samples.iter().flat_map(|stack| stack.as_array().unwrap());
            assert!(indices.into_iter().all(|index| index.as_u64().unwrap() < frames));
            seconds += weights.iter().map(|weight| weight.as_f64().unwrap()).sum::<f64>();
        }
        let wanted = of.0.samples() as f64 * of.0.timing.sample_seconds();
        assert!((seconds - wanted).abs() < 1e-6, "{seconds} {wanted}");
    }
}

#[test]
fn findings_hold_to_their_schema() {
    for of in [orders(), hostile(), (Profile::default(), Advice::default())] {
        let json = serde_json::from_str(&as_text("json", &of, &View::default())).unwrap();
        schema::check(include_str!("../schemas/findings.json"), &json);
    }
    let json: serde_json::Value =
        serde_json::from_str(&as_text("json", &orders(), &View::default())).unwrap();
    assert_eq!(json["findings"][0]["snippet"], "order_id in seen");
    assert_eq!(json["findings"][0]["fix"]["edits"][0]["start"], serde_json::json!([6, 11]));
}

#[test]
fn text_keeps_to_its_width() {
    use unicode_width::UnicodeWidthStr;
    for width in [60, 80, 100, 160] {
        let text = as_text("text", &orders(), &View { width, ..View::default() });
        let widest = text.lines().max_by_key(|line| line.width()).unwrap();
        assert!(widest.width() <= width, "{width}: {widest}");
    }
}

#[test]
fn a_view_without_samples_says_what_would_show_some() {
    let (mut profile, advice) = orders();
    profile.counts.retain(|count| !count.state.is_busy());
    for name in ["flamegraph", "folded", "speedscope"] {
        let say = |profile: &Profile, view: &View| {
            let input = Input { profile, advice: &advice, view };
            match (named(name).render)(&input) {
                Err(error @ ReportError::Empty(_)) => error.to_string(),
                other => panic!("{name}: {other:?}"),
            }
        };
        assert!(say(&profile, &View::default()).contains("--idle"));
        assert!(say(&profile, &View { gil: true, ..View::default() }).contains("--gil"));
        assert!(say(&Profile::default(), &View::default()).contains("no sample was taken"));
    }
    for format in ["text", "json", "pprof", "html"] {
        let empty = (Profile::default(), Advice::default());
        assert!(!render(named(format), &empty, &View::default()).is_empty());
    }
}
