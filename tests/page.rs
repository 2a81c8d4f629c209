//! The page in a browser, as its reader uses it. Without Chromium, which `scripts/get-chromium` gets,
//! these say so and are skipped.

#[path = "page/browser.rs"]
mod browser;
#[path = "page/diff.rs"]
mod diff;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "formats/fixture.rs"]
mod fixture;
#[path = "page/graph.rs"]
mod graph;
#[path = "page/numbers.rs"]
mod numbers;
#[path = "page/opened.rs"]
mod opened;
#[path = "page/picture.rs"]
mod picture;
#[path = "page/profiles.rs"]
mod profiles;
#[path = "page/speedscope.rs"]
mod speedscope;
mod support;
#[path = "page/time.rs"]
mod time;

use opened::Page;
use serde_json::{Value, json};
use unslow::profile::{Count, Profile};

/// Wanted are 2 s for a page of 100,000 stacks; a machine that runs other tests may take longer.
const STACKS: u32 = 100_000;
const OPENED_WITHIN: f64 = 10.0;

/// Seconds until the page was drawn.
const PAINTED: &str = "new Promise((done) =>
    requestAnimationFrame(() => setTimeout(() => done(performance.now() / 1000))))";

#[test]
fn the_answer_comes_first() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    assert_eq!(page.eval("document.title"), "orders.py, CPython 3.13.0, pid 4242 · unslow");
    assert_eq!(page.text("#program"), "orders.py");
    assert_eq!(page.eval("document.querySelectorAll('#findings > li').length"), 4);
    let first = page.text("#findings li");
    assert!(first.contains("order_id in seen searches a list of 48,213"), "{first}");
    assert!(first.contains("78 % (76-79 %)") && first.contains("saves 76-78 %"), "{first}");
    let answer = page.text("#answer");
    for part in ["orders.py:10", "seen: list of 48,213", "-    seen = []", "+    seen = set()"] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert!(page.text("#quality").contains("2,981 sweeps at 100 of 100 Hz"));
    let memory = page.eval("document.querySelector('#charts svg').getAttribute('aria-label')");
    assert_eq!(memory, "RSS 45 MiB at first, 812 MiB at the end, 830 MiB at most");
    page.is_content();
}

#[test]
fn a_finding_lights_up_its_frames_and_its_lines() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    assert!(page.pixels("advised") > 2000, "the first is chosen");
    assert_eq!(page.text("#code tr.lit th"), "10");
    assert!(page.text("#code tr.lit .hot").contains("order_id in seen"));
    page.click("#findings li:nth-child(2) button");
    assert_eq!(page.text("#code tr.lit th"), "20");
    let status = page.text("#status");
    assert!(status.contains("lit: finding 2, 13 %"), "{status}");
    assert!(page.text("#answer").contains("str-concat-quadratic"));
    let in_sight = "(() => { const row = document.querySelector('tr.lit').getBoundingClientRect();
        const pane = byId('code').getBoundingClientRect();
        return row.top >= pane.top && row.bottom <= pane.bottom; })()";
    assert_eq!(page.eval(in_sight), true, "its line was brought into sight");
    page.eval("choose({ finding: -1 })");
    assert_eq!(page.pixels("advised"), 0);
    page.is_content();
}

#[test]
fn a_search_tells_what_it_matches() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    page.browser.key("/");
    page.eval("byId('search').focus()");
    page.browser.type_in("CSV.py");
    assert_eq!(page.text("#matched"), "7 % matched");
    assert!(page.pixels("found") > 500);
    page.eval("byId('search').select()");
    page.browser.type_in("^(dedupe|render)\\b");
    assert_eq!(page.text("#matched"), "0 % matched", "text is searched as it stands");
    page.click("#regex");
    page.browser.until("byId('matched').textContent === '93 % matched'");
    page.eval("byId('search').select()");
    page.browser.type_in("(");
    page.browser.until("byId('matched').textContent === 'not a regular expression'");
    assert_eq!(page.eval("byId('search').getAttribute('aria-invalid')"), "true");
    page.is_content();
}

#[test]
fn a_zoom_is_in_the_address() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    page.eval("canvas.focus()");
    for _ in 0..3 {
        page.browser.key("ArrowDown");
    }
    page.browser.key("Enter");
    let status = page.text("#status");
    assert!(status.starts_with("dedupe: order_id in seen (orders.py:10:12-27)"), "{status}");
    assert_eq!(page.eval("byId('unzoom').hidden"), false);
    let hash = page.eval("location.hash").as_str().unwrap().to_owned();
    assert!(hash.contains("zoom="), "{hash}");
    let file = page.file.clone();
    page.browser.open(&file, &hash);
    assert_eq!(page.text("#status"), status, "the address leads there again");
    page.eval("canvas.focus()");
    page.browser.key("Escape");
    assert_eq!(page.eval("byId('unzoom').hidden"), true);
    let at = page.eval(
        "(() => { const box = canvas.getBoundingClientRect();
           return [box.x + box.width * 0.3, box.y + 2.5 * 20]; })()",
    );
    page.browser.press(at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
    let status = page.text("#status");
    assert!(status.starts_with("main: dedupe(orders) (orders.py:26"), "{status}");
    assert_eq!(page.text("#code tr.asked th"), "26", "and its line is shown");
    page.eval("history.back()");
    // The browser's way back leads out.
    page.browser.until("byId('unzoom').hidden");
    page.is_content();
}

#[test]
fn states_threads_and_processes_are_chosen_without_recording_again() {
    let (mut profile, advice) = profiles::orders();
    let waiting = *profile.counts.iter().find(|count| !count.state.is_busy()).unwrap();
    profile.counts.push(Count { task: Some(0), samples: 30, ..waiting });
    let Some(mut page) = Page::open(&(profile, advice), "") else { return };
    assert_eq!(page.shown(), "3,140 samples");
    page.choose("waiting too");
    assert_eq!(page.shown(), "6,150 samples");
    page.click("#threads summary");
    page.choose("worker");
    assert_eq!(page.shown(), "6,050 samples");
    page.choose("process 4300");
    assert_eq!(page.shown(), "6,150 samples", "and back");
    page.choose("waiting too");
    for (text, samples) in [
        ("holds the GIL", "3,128"),
        ("waits for the GIL", "12"),
        ("collects garbage", "40"),
        ("in asyncio tasks", "20"),
    ] {
        // The button says beforehand how many that are.
        page.choose(&format!("{text} {samples}"));
        assert_eq!(page.shown(), format!("{samples} samples"), "{text}");
        page.choose(text);
    }
    page.choose("waiting too");
    page.choose("in asyncio tasks 50");
    assert_eq!(page.shown(), "50 samples", "those that wait count where they are shown");
    page.choose("in asyncio tasks");
    page.choose("waiting too");
    assert_eq!(page.shown(), "3,140 samples");
    page.eval("redraw({ apart: 'thread' })");
    let worker = ["process 4300", "thread 4300 (worker)", "<module>", "main"];
    assert_eq!(page.beneath(&worker), json!(["dedupe"]));
    page.eval("redraw({ apart: 'task' })");
    assert_eq!(page.beneath(&["task loader (load)"]), json!(["<module>"]));
    page.is_content();
}

#[test]
fn stacks_are_turned_and_folded() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    assert_eq!(page.beneath(&["<module>"]), json!(["main", "main", "main", "_find_and_load"]));
    page.choose("inverted");
    assert_eq!(page.beneath(&["render"]), json!(["main"]), "its callers");
    page.choose("inverted");
    page.choose("my code only");
    assert_eq!(page.beneath(&["<module>"]), json!(["main", "main", "main"]));
    assert_eq!(page.eval("tree().total[0]"), 3140, "no sample is lost");
    page.choose("my code only");
    page.eval("redraw({ grain: 'function' })");
    assert_eq!(page.beneath(&["<module>"]), json!(["main", "_find_and_load"]));
    let top = page.eval("canvas.getBoundingClientRect().height");
    page.choose("flame");
    assert_eq!(page.eval("nodeAt(5, scene.height - 5)"), 0, "the root is below");
    assert_eq!(page.eval("canvas.getBoundingClientRect().height"), top);
    page.is_content();
}

#[test]
fn hostile_names_do_nothing() {
    let Some(mut page) = Page::open(&profiles::hostile(), "") else { return };
    for step in [
        "data.findings.forEach((_, at) => pick(at))",
        "data.sources.forEach(({ name }) => choose({ file: name, whole: true }))",
        "GRAINS.forEach((grain) => redraw({ grain, inverted: true }))",
        "APART.forEach((apart) => redraw({ apart }))",
        "for (let node = 0; node < tree().size; node++) zoomTo(node)",
        "data.sources.forEach(({ name }) => choose({ search: name }))",
        "lanesRows().rows.forEach((_, row) => { for (let column = 0; column < 46; column++) {
             Object.assign(lanesAt, { row, column }); tellMoment(); openMoment(); } })",
        "byId('phases').open = true",
    ] {
        page.eval(step);
    }
    page.is_inert();
    assert!(page.text("#findings").contains("<script>alert('x')</script>"), "shown as they are");
    page.is_content();
}

#[test]
fn a_hostile_address_does_nothing() {
    let hash = "#zoom=-1.999999.x&finding=1e9&grain=__proto__&apart=constructor&hidden=zz.-1\
        &search=%3Cimg%20src%20onerror%3Dalert(1)%3E&file=%00&line=-5&idle=maybe&toString=1";
    let Some(mut page) = Page::open(&profiles::orders(), hash) else { return };
    assert_eq!(page.shown(), "3,140 samples");
    assert_eq!(page.eval("document.images.length"), 0);
    page.is_content();
}

/// Told by what it was when it ran: another text would put the heat on the wrong lines.
#[test]
fn a_source_that_changed_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples/orders_etl");
    std::fs::create_dir_all(&samples).unwrap();
    let source = support::repository("samples/orders_etl/slow.py");
    let mut text = std::fs::read_to_string(source).unwrap();
    for (is_changed, shown) in [(false, 1), (true, 0)] {
        if is_changed {
            text = text.replace("repeated += 1", "repeated += 2");
        }
        std::fs::write(samples.join("slow.py"), &text).unwrap();
        let output = support::unslow()
            .args(["report", "-f", "html", "--sources"])
            .arg(folder.path())
            .arg(support::repository("samples/orders_etl/profile.pb.gz"))
            .output()
            .unwrap();
        let page = String::from_utf8(output.stdout).unwrap();
        let (_, data) = page.split_once("id=\"data\">").unwrap();
        let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
        assert_eq!(data["sources"].as_array().unwrap().len(), shown);
        let told = data["unlooked"].to_string().contains("the file was changed");
        assert_eq!(told, is_changed, "{}", data["unlooked"]);
    }
}

/// The policy holds: whatever came into the page in spite of all care would not run.
#[test]
fn a_script_that_is_not_the_pages_own_is_refused() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    page.is_content();
    let ran = page.eval(
        "(() => { const script = document.createElement('script');
           script.textContent = 'window.ran = true';
           document.body.append(script); return window.ran ?? false; })()",
    );
    assert_eq!(ran, false);
    assert!(!page.browser.complaints().is_empty(), "and the browser says so");
}

#[test]
fn a_hundred_thousand_stacks_open_quickly() {
    let Some(mut page) = Page::open(&profiles::many(STACKS), "") else { return };
    let file = page.file.clone();
    page.browser.open(&file, "");
    let opened = page.eval(PAINTED).as_f64().unwrap();
    let megabytes = std::fs::metadata(&file).unwrap().len() as f64 / 1e6;
    let nodes = page.eval("tree().size");
    assert_eq!(page.shown(), "100,000 samples");
    let turned = page.eval(
        "(() => { const start = performance.now(); redraw({ inverted: true });
           return (performance.now() - start) / 1000; })()",
    );
    println!(
        "{STACKS} stacks, {nodes} frames, {megabytes:.1} MB: opened in {opened:.2} s, inverted in {turned} s"
    );
    assert!(opened < OPENED_WITHIN, "{opened} s");
    page.is_content();
}

/// A tree of them would have five million frames.
#[test]
fn a_hundred_thousand_stacks_with_nothing_in_common_open_quickly() {
    let Some(mut page) = Page::open(&profiles::unrelated(STACKS), "") else { return };
    let file = page.file.clone();
    page.browser.open(&file, "");
    let opened = page.eval(PAINTED).as_f64().unwrap();
    let megabytes = std::fs::metadata(&file).unwrap().len() as f64 / 1e6;
    println!("{STACKS} unrelated stacks, {megabytes:.1} MB: opened in {opened:.2} s");
    assert!(opened < OPENED_WITHIN, "{opened} s");
    assert_eq!(page.shown(), "200,000 samples", "none is lost");
    let warnings = page.text("#warnings");
    assert!(warnings.contains("leaves out the middle of 8"), "{warnings}");
    let left = page.eval("tree().depth.reduce((a, b) => Math.max(a, b))").as_u64().unwrap();
    assert!(left > 60, "what was seen more often is whole: {left}");
    page.is_content();
}

#[test]
fn it_fits_a_phone_and_both_themes() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    page.browser.resize(390, 844);
    let file = page.file.clone();
    page.browser.open(&file, "");
    assert_eq!(page.eval("document.documentElement.scrollWidth"), 390);
    let ground = "getComputedStyle(document.body).backgroundColor";
    let theme = |page: &mut Page, name: &str, red: u8| {
        let features = json!([{"name": "prefers-color-scheme", "value": name}]);
        page.browser.ask("Emulation.setEmulatedMedia", json!({"features": features}));
        page.browser.until(&format!("palette.advised.startsWith('rgb({red},')"));
        page.eval(ground)
    };
    let light = theme(&mut page, "light", 238);
    let dark = theme(&mut page, "dark", 201);
    assert_ne!(light, dark);
    page.click("#theme");
    assert_eq!(page.eval(ground), light, "the button overrides the system's theme");
    page.shows_its_end();
    page.is_content();
}

/// What can be operated has a name that a screen reader can speak.
#[test]
fn every_control_has_a_name() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    let controls = page.controls();
    assert!(controls > 20, "{controls}");
}

#[test]
fn of_too_few_samples_no_shares_are_told() {
    let (profile, mut advice) = profiles::orders();
    let counts = vec![Count { samples: 12, ..profile.counts[0] }];
    let mut few = Profile { counts, ..profile };
    few.timing.sweeps = 12;
    advice.findings[0].heat.samples = 11;
    let Some(mut page) = Page::open(&(few, advice), "") else { return };
    assert!(page.text("#warnings").contains("Only 12 busy samples"));
    assert!(page.text("#status").contains("too few samples for shares"));
    let finding = page.text("#findings li");
    assert!(finding.contains("11 of 12 samples of the run") && !finding.contains('%'), "{finding}");
    assert!(page.text("#answer").contains("Too few samples to say how much it saves."));
    let places = page.text("#places tbody");
    assert!(places.contains("12 of 12") && !places.contains('%'), "{places}");
    page.is_content();
}

/// Hot files that nobody asked for are told of, and the page leads to where it says so.
#[test]
fn files_that_paths_does_not_name_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let project = "[tool.unslow]\npaths = [\"src\"]\n";
    std::fs::write(folder.path().join("pyproject.toml"), project).unwrap();
    let script = "samples/orders_etl/slow.py";
    for place in ["src", "samples/orders_etl"] {
        std::fs::create_dir_all(folder.path().join(place)).unwrap();
    }
    std::fs::copy(support::repository(script), folder.path().join(script)).unwrap();
    let report = |format: &str| {
        let output = support::unslow()
            .current_dir(folder.path())
            .args(["report", "-f", format, "--sources", "."])
            .arg(support::repository("samples/orders_etl/profile.pb.gz"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let told = "samples/orders_etl/slow.py: `paths` in [tool.unslow] does not name it";
    let text = report("text");
    assert!(text.contains(&format!("Not looked at\n  {told}\n")), "{text}");
    assert!(report("markdown").contains("### Not looked at"));
    let Some(mut page) = Page::of(report("html").as_bytes(), "") else { return };
    assert!(page.text("#unlooked").contains(told));
    page.click("#code a");
    assert_eq!(page.eval("document.activeElement.id"), "unlooked");
    page.is_content();
}
