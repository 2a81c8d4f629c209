//! The page's lanes of time.

use unslow::profile::{Part, Slice, Thread, Timeline};
use unslow::sample::State;

use crate::fixture::{self, BUSY};
use crate::opened::Page;
use crate::profiles;

/// Pixels of the lanes that have one of the theme's colours, and where they begin and end as a part of
/// the width.
fn lit(page: &mut Page, color: &str) -> (u64, f64, f64) {
    let found = page.eval(&format!(
        "(() => {{ const [r, g, b] = palette.{color}.match(/\\d+/g).map(Number);
           const {{ width, height }} = lanesCanvas;
           const copy = new OffscreenCanvas(width, height);
           const context = copy.getContext('2d', {{ willReadFrequently: true }});
           context.drawImage(lanesCanvas, 0, 0);
           const {{ data }} = context.getImageData(0, 0, width, height);
           let sum = 0, from = width, to = 0;
           for (let at = 0; at < data.length; at += 4)
             if (data[at] === r && data[at + 1] === g && data[at + 2] === b) {{
               sum += 1;
               from = Math.min(from, (at / 4) % width);
               to = Math.max(to, (at / 4) % width + 1);
             }}
           return [sum, from / width, to / width]; }})()"
    ));
    let part = |at: usize| found[at].as_f64().unwrap();
    (found[0].as_u64().unwrap(), part(1), part(2))
}

fn captions(page: &mut Page) -> Vec<String> {
    let captions = page.eval("lanesRows().rows.map(({ caption }) => caption)");
    captions.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_thread_has_a_lane_under_its_process() {
    let Some(mut page) = Page::open(&profiles::in_order(), "") else { return };
    let captions = captions(&mut page);
    let wanted = [
        "python3.13 orders.py",
        "100 % busy · thread 4242 (MainThread)",
        "0 % busy · thread 4243 (no name)",
        "RSS, up to 830 MiB",
        "Garbage collection, 1 % of what was busy",
        "process 4300",
        "100 % busy · thread 4300 (worker)",
    ];
    assert_eq!(captions.len(), wanted.len(), "{captions:?}");
    for (caption, wanted) in captions.iter().zip(wanted) {
        assert!(caption.contains(wanted), "{caption}: {wanted}");
    }
    let name = page.eval("lanesCanvas.getAttribute('aria-label')");
    assert_eq!(name, "What ran when in 3 threads, 0 to 29.9 s");
    assert!(page.text("#time-about").contains("in slices of 650 ms"));
    page.is_content();
}

#[test]
fn a_finding_is_lit_where_it_took_its_time() {
    let Some(mut page) = Page::open(&profiles::in_order(), "") else { return };
    // 2,313 of the 3,040 samples of the thread; the worker did nothing else.
    let (pixels, from, to) = lit(&mut page, "advised");
    assert!(pixels > 5_000 && from < 0.01 && to > 0.99, "{pixels} {from} {to}");
    page.eval("pick(1)");
    let (pixels, from, to) = lit(&mut page, "advised");
    let wanted = (2350.0 / 3040.0, 2752.0 / 3040.0);
    assert!(pixels > 500, "{pixels}");
    assert!((from - wanted.0).abs() < 0.05 && (to - wanted.1).abs() < 0.05, "{from} {to}");
    page.eval("choose({ search: 'DictReader' })");
    assert_eq!(lit(&mut page, "advised").0, 0);
    let (pixels, from, _) = lit(&mut page, "found");
    assert!(pixels > 100 && from > to - 0.05, "{pixels} {from} {to}");
    page.is_content();
}

#[test]
fn the_keyboard_goes_along_the_time_and_between_lanes() {
    let Some(mut page) = Page::open(&profiles::in_order(), "") else { return };
    page.eval("lanesCanvas.focus()");
    page.browser.key("Home");
    let told = page.text("#moment");
    let wanted = "0.0-0.7 s · thread 4242 (MainThread): dedupe (orders.py:10) ";
    assert!(told.starts_with(wanted), "{told}");
    page.browser.key("ArrowRight");
    assert!(page.text("#moment").starts_with("0.7-1.3 s · thread 4242"));
    page.browser.key("ArrowDown");
    let told = page.text("#moment");
    assert!(
        told.contains("thread 4243 (no name): idle in Condition.wait (threading.py:359) "),
        "{told}"
    );
    page.browser.key("ArrowDown");
    assert_eq!(page.text("#moment"), "0.3 s · RSS 50 MiB");
    page.browser.key("ArrowDown");
    assert!(
        page.text("#moment").contains("s · garbage collection 0 %"),
        "{}",
        page.text("#moment")
    );
    page.browser.key("ArrowUp");
    page.browser.key("ArrowUp");
    page.browser.key("ArrowUp");
    page.browser.key("End");
    let told = page.text("#moment");
    assert!(
        told.starts_with("29.3-29.9 s · thread 4242") && told.contains("rare stacks"),
        "{told}"
    );
    page.eval("choose({ finding: -1, line: 0 })");
    page.browser.key("Home");
    page.browser.key("Enter");
    assert_eq!(page.text("#code tr.asked th"), "10", "its line is shown");
    page.is_content();
}

#[test]
fn the_pointer_is_told_what_it_is_at() {
    let Some(mut page) = Page::open(&profiles::in_order(), "") else { return };
    page.eval("byId('time').scrollIntoView({ behavior: 'instant', block: 'start' })");
    let at = page.eval(
        "(() => { const box = lanesCanvas.getBoundingClientRect(), row = lanesRows().rows[1];
           return [box.x + box.width * 0.85, box.y + row.top + 26]; })()",
    );
    page.browser.press(at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
    let told = page.text("#moment");
    assert!(told.contains("MainThread): render (orders.py:20) "), "{told}");
    assert_eq!(page.text("#lanes-tip"), told);
    assert_eq!(page.text("#code tr.asked th"), "20");
    let inside = page.eval("partName(columnsOf(1)[0][42].parts[0])");
    let inside = inside.as_str().unwrap();
    assert!(
        inside.starts_with("main (orders.py:25), inside DictReader.__next__ (csv.py:120)"),
        "{inside}"
    );
    page.is_content();
}

#[test]
fn the_lanes_can_be_read_as_a_table() {
    let Some(mut page) = Page::open(&profiles::in_order(), "") else { return };
    page.click("#phases summary");
    page.browser.until("document.querySelector('#phases tbody tr') !== null");
    let rows = page.eval(
        "[...document.querySelectorAll('#phases tbody tr')].map((row) =>
           [...row.cells].map((cell) => cell.textContent).join(' | '))",
    );
    let rows: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
    assert!((5..30).contains(&rows.len()), "{rows:#?}");
    assert!(rows[0].starts_with("thread 4242 (MainThread) | 0.0 s | 2"), "{}", rows[0]);
    assert!(
        rows[0].contains("| dedupe (orders.py:10) | 9") && rows[0].ends_with('%'),
        "{}",
        rows[0]
    );
    let at = |text: &str| rows.iter().position(|row| row.contains(text));
    assert!(at("| render (orders.py:20) |") > at("| dedupe (orders.py:10) |"));
    assert!(
        at("thread 4243 (no name) | 0.0 s | 29.9 s | idle in Condition.wait").is_some(),
        "{rows:#?}"
    );
    page.is_content();
}

#[test]
fn threads_that_are_not_shown_have_no_lane() {
    let Some(mut page) = Page::open(&profiles::in_order(), "#hidden=1.2") else { return };
    let captions = captions(&mut page);
    assert!(captions.iter().all(|caption| !caption.contains("430") && !caption.contains("4243")));
    assert_eq!(captions.len(), 4);
    page.eval("redraw({ hidden: '0.1.2' })");
    assert_eq!(page.eval("lanesRows().rows.length"), 0);
    page.browser.key("ArrowDown");
    page.is_content();
}

#[test]
fn of_a_recording_without_order_it_is_said() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    assert!(page.text("#time-about").starts_with("This recording does not tell what ran when"));
    assert_eq!(page.eval("byId('time-view').hidden"), true);
    page.is_content();
}

/// As much as a timeline can have: a thousand threads, each busy with several things.
#[test]
fn a_thousand_threads_are_drawn_quickly() {
    let (mut profile, advice) = fixture::orders();
    let thread = |number: u32| Thread { pid: 4242, tid: 5000 + number, name: None };
    profile.threads = (0..1_000).map(thread).collect();
    let part = |slice: u32, thread: u32, stack: u32| Part {
        thread,
        stack: Some((slice + thread + stack) % 6),
        state: if stack == 0 { State::IDLE } else { BUSY },
        samples: 1 + stack,
    };
    let parts = |slice| {
        (0..1_000).flat_map(move |thread| (0..2_u32).map(move |stack| part(slice, thread, stack)))
    };
    let slices = (0..130).map(|index| Slice { index, parts: parts(index).collect() });
    profile.timeline = Some(Timeline { slice_seconds: 0.23, slices: slices.collect() });
    let Some(mut page) = Page::open(&(profile, advice), "") else { return };
    let drawn = page.eval(
        "(() => { const start = performance.now(); drawLanes();
           const first = performance.now(); redraw({ hidden: '3' });
           return [first - start, performance.now() - first]; })()",
    );
    println!("milliseconds of a drawing, and of another choice of threads: {drawn}");
    assert!(drawn[0].as_f64().unwrap() < 500.0 && drawn[1].as_f64().unwrap() < 5_000.0, "{drawn}");
    let heights = page.eval("[lanesCanvas.clientHeight, byId('lanes-picture').clientHeight]");
    assert!(heights[0].as_f64().unwrap() < 500.0 && heights[1].as_f64().unwrap() > 40_000.0);
    page.eval("lanesCanvas.focus()");
    for _ in 0..3 {
        page.browser.key("ArrowDown");
    }
    assert!(page.text("#moment").contains("thread 500"), "{}", page.text("#moment"));
    page.is_content();
}

#[test]
fn lanes_fit_a_phone_and_have_names() {
    let Some(mut page) = Page::open(&profiles::in_order(), "") else { return };
    assert!(page.controls() > 20);
    page.shows_its_end();
    page.browser.resize(390, 844);
    let file = page.file.clone();
    page.browser.open(&file, "");
    assert_eq!(page.eval("document.documentElement.scrollWidth"), 390);
    page.eval("byId('phases').open = true");
    page.browser.until("document.querySelector('#phases tbody tr') !== null");
    assert_eq!(page.eval("document.documentElement.scrollWidth"), 390);
    let fits = "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)";
    let table = format!("{fits}(document.querySelector('#phases .scroll'))");
    assert_eq!(page.eval(&table), true, "the table itself");
    page.is_content();
}
