//! The flamegraph that is a picture, in a browser.

use serde_json::json;
use unslow::report::{self, Input, View};

use crate::opened::Page;
use crate::profiles;

fn open() -> Option<Page> {
    let (profile, advice) = profiles::orders();
    let input = Input { profile: &profile, advice: &advice, view: &View::default() };
    let render = report::by_name("flamegraph").expect("in the table").render;
    Page::named("flame.svg", &render(&input).expect("a picture"), "")
}

/// Red, green and blue together, of what is drawn in both themes.
const COLORS: &str =
    "[['#background stop', 'stopColor'], ['#title', 'fill'], ['#frames text', 'fill'],
    ['#frames rect[fill=\"rgb(226,88,78)\"]', 'fill'], ['#subtitle tspan', 'fill']]
    .map(([which, what]) => getComputedStyle(document.querySelector(which))[what]
        .match(/\\d+/g).reduce((sum, channel) => sum + Number(channel), 0))";

#[test]
fn it_is_dark_where_the_reader_wants_it_dark() {
    let Some(mut page) = open() else { return };
    let theme = |page: &mut Page, name: &str| -> [u32; 5] {
        let features = json!([{"name": "prefers-color-scheme", "value": name}]);
        page.browser.ask("Emulation.setEmulatedMedia", json!({"features": features}));
        page.browser.until(&format!("matchMedia('(prefers-color-scheme: {name})').matches"));
        serde_json::from_value(page.eval(COLORS)).expect("five colours")
    };
    let (light, dark) = (theme(&mut page, "light"), theme(&mut page, "dark"));
    assert!(light[0] > 700 && dark[0] < 100, "the ground: {light:?} {dark:?}");
    assert!(light[1] < 200 && dark[1] > 650, "the title: {light:?} {dark:?}");
    assert!(light[2] < 200 && dark[2] > 650, "the names: {light:?} {dark:?}");
    assert!(dark[3] < light[3] && dark[4] == dark[3], "a frame, its legend: {light:?} {dark:?}");
    page.eval("search('dedupe')");
    let found = "[...document.querySelectorAll('#frames rect')]
        .filter((it) => getComputedStyle(it).fill === 'rgb(230, 0, 230)').length";
    assert!(page.eval(found).as_u64() > Some(0), "what was searched for stands out");
    page.is_content();
}

#[test]
fn it_fits_a_phone() {
    let Some(mut page) = open() else { return };
    let shown = "[...document.querySelectorAll('#title, #subtitle, #narrow text, #search')]
        .filter((it) => it.getClientRects().length).map((it) => {
            const { left, right, top, bottom } = it.getBoundingClientRect();
            return [left, right, top, bottom]; })";
    for (width, lines) in [(1280, 3), (900, 5), (390, 5)] {
        // A phone shows a picture in a window of 980, made smaller; a narrow window, as it is.
        let window =
            json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false});
        page.browser.ask("Emulation.setDeviceMetricsOverride", window);
        page.browser.until(&format!("innerWidth === {width}"));
        page.browser.until("Math.abs(searchbtn.getBoundingClientRect().right - innerWidth) < 30");
        let boxes: Vec<[f64; 4]> = serde_json::from_value(page.eval(shown)).expect("boxes");
        assert_eq!(boxes.len(), lines, "{width}: {boxes:?}");
        for (index, one) in boxes.iter().enumerate() {
            assert!(one[0] >= 0.0 && one[1] <= f64::from(width), "{width}: cut: {boxes:?}");
            assert!(one[3] <= 76.0, "{width}: over the frames: {boxes:?}");
            for other in &boxes[index + 1..] {
                let apart = one[1] <= other[0] || other[1] <= one[0];
                let beneath = one[3] <= other[2] + 3.0 || other[3] <= one[2] + 3.0;
                assert!(apart || beneath, "{width}: one over the other: {boxes:?}");
            }
        }
    }
    page.is_content();
}
