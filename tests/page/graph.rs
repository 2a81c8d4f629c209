//! What of the flame graph is in sight.

use serde_json::json;

use crate::opened::Page;
use crate::profiles;

/// Pixels from the edge that the root stands on to the part in sight.
const FROM_ROOT: &str =
    "state.flame ? scene.height - stage.clientHeight - stage.scrollTop : stage.scrollTop";

/// Whether the row of a frame is in sight.
const SHOWS: &str = "((name) => { const drawn = tree();
    for (let node = 1; node < drawn.size; node++) {
        const top = rowTop(drawn.depth[node]) - stage.scrollTop;
        if (drawn.frames.label(drawn.frame[node]).name === name) return top >= 0 && top + ROW <= stage.clientHeight;
    } })";

#[test]
fn what_stands_out_is_in_sight() {
    let Some(mut page) = Page::open(&profiles::deep(), "") else { return };
    assert!(page.pixels("advised") > 2000, "the finding, forty calls further in");
    assert_eq!(page.eval("byId('file').value"), "orders.py", "and its file, not the outermost one");
    assert_eq!(page.text("#code tr.lit th"), "10");
    page.eval("stage.scrollTop = 0");
    page.browser.until("stage.scrollTop === 0");
    page.click("#findings li:first-child button");
    assert!(page.pixels("advised") > 2000, "chosen again, it is sought again");

    page.eval("choose({ search: 'function_3' })");
    assert_eq!(page.eval(FROM_ROOT), 0, "what was searched for stands near the root");
    assert!(page.pixels("found") > 2000);
    page.eval("choose({ search: 'order_id in seen' })");
    assert!(page.pixels("found") > 2000, "and this far from it");

    page.eval("choose({ finding: -1, search: '' })");
    page.choose("flame");
    assert_eq!(page.eval(FROM_ROOT), 0, "a flame begins where it stands");
    assert_eq!(page.eval(&format!("{SHOWS}('function_39')")), true);
    page.browser.resize(1280, 700);
    page.browser.until(&format!("({FROM_ROOT}) === 0"));
    page.eval("zoomTo(tree().find(Array.from({ length: 41 }, (_, at) => tree().frame[at + 1])))");
    assert_eq!(page.eval("tree().depth[scene.root] > 30"), true);
    let zoomed = "(() => { const top = rowTop(tree().depth[scene.root]) - stage.scrollTop;
        return top >= 0 && top + ROW <= stage.clientHeight; })()";
    assert_eq!(page.eval(zoomed), true, "a zoom shows what it leads to");
    page.eval("canvas.focus()");
    page.browser.key("Escape");
    assert_eq!(page.eval(FROM_ROOT), 0, "and back");
    let file = page.file.clone();
    page.browser.open(&file, "#flame=true&finding=-1");
    assert_eq!(page.eval(FROM_ROOT), 0, "a link leads there too");
    page.browser.open(&file, "#flame=true");
    assert!(page.pixels("advised") > 2000);
    page.is_content();
}

#[test]
fn a_graph_of_narrow_frames_is_shown() {
    let Some(mut page) = Page::open(&profiles::wide(), "") else { return };
    let rows = "stage.clientHeight / ROW";
    assert_eq!(page.eval(rows), 4, "all, the outermost, and two rows of narrow ones");
    assert!(page.pixels("neutral") < 20_000);
    page.choose("inverted");
    assert_eq!(page.eval(rows), 4);
    page.choose("inverted");
    page.eval("choose({ search: 'function_77 ' })");
    assert!(page.pixels("found") >= 15, "one of five hundred");
    page.is_content();
    drop(page);
    let Some(mut page) = Page::open(&profiles::many(20_000), "#search=function_11") else { return };
    assert_ne!(page.text("#matched"), "0 % matched");
    assert!(page.pixels("found") > 500, "a part of what is too narrow to be drawn");
    page.is_content();
}

/// Where the system's colours replace a page's, pictures keep theirs and text has the system's.
#[test]
fn forced_colours_leave_what_only_colours_tell() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    let features = json!([{"name": "forced-colors", "value": "active"}]);
    page.browser.ask("Emulation.setEmulatedMedia", json!({"features": features}));
    page.browser.until("matchMedia('(forced-colors: active)').matches");
    assert!(page.pixels("advised") > 2000);
    let ground =
        "((selector) => getComputedStyle(document.querySelector(selector)).backgroundColor)";
    let of = |page: &mut Page, selector: &str| page.eval(&format!("{ground}({selector:?})"));
    let body = of(&mut page, "body");
    for selector in [".key.own", ".key.library", ".meter i", "#code .hot"] {
        assert_ne!(of(&mut page, selector), body, "{selector}");
    }
    assert_ne!(of(&mut page, ".key.own"), of(&mut page, ".key.library"));
    let bars = page.eval("getComputedStyle(document.querySelector('td.self')).backgroundImage");
    assert!(bars.as_str().unwrap().starts_with("linear-gradient"), "{bars}");
    page.choose("flame");
    let pressed = of(&mut page, "#filters [aria-pressed=true]");
    assert_ne!(pressed, of(&mut page, "#filters [aria-pressed=false]"));
    page.is_content();
}
