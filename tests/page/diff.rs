//! The page of two recordings, as its reader uses it.

use serde_json::json;
use unslow::profile::Profile;
use unslow::report::View;
use unslow::report::diff::{self, Comparison};

use crate::opened::Page;
use crate::profiles::{self, before_and_after, hostile_before_and_after};
use crate::{OPENED_WITHIN, PAINTED, STACKS, fixture};

fn open([before, after]: &[Profile; 2], hash: &str) -> Option<Page> {
    let view = View::default();
    let comparison = Comparison { before, after, view: &view, shares: false, all: false };
    Page::of(&diff::html(&comparison).expect("samples"), hash)
}

/// Pixels of the flame graph that are red, and those that are blue.
fn tinted(page: &mut Page) -> [u64; 2] {
    let counts = page.eval(
        "(() => { const copy = new OffscreenCanvas(canvas.width, canvas.height);
           const context = copy.getContext('2d', { willReadFrequently: true });
           context.drawImage(canvas, 0, 0);
           const { data } = context.getImageData(0, 0, copy.width, copy.height);
           const sums = [0, 0];
           for (let at = 0; at < data.length; at += 4) {
             sums[0] += data[at] > data[at + 2] + 40;
             sums[1] += data[at + 2] > data[at] + 40;
           }
           return sums; })()",
    );
    [0, 1].map(|at| counts[at].as_u64().expect("a number"))
}

/// Presses the card of that name among those of a kind: 1 for expressions, 2 for functions.
fn card(kind: usize, name: &str) -> String {
    format!(
        "[...document.querySelectorAll('#changes ol')][{}].querySelectorAll('.card')
           .values().find((it) => it.querySelector('.title').textContent.startsWith({name:?}))",
        kind - 1
    )
}

#[test]
fn what_changed_comes_first() {
    let Some(mut page) = open(&before_and_after(), "") else { return };
    assert_eq!(page.eval("document.title"), "orders.py, before and after · unslow");
    let sum = page.text("#sum");
    assert!(sum.contains("instead of 29.9 s: −"), "{sum}");
    assert!(sum.contains("3 expressions and 5 functions changed beyond noise."), "{sum}");
    let first = page.text("#changes li");
    for part in ["dedupe orders.py:10:12-27", "−23.0 s (−99 %)", "23.2 s before, 0.20 s after"]
    {
        assert!(first.contains(part), "{part}: {first}");
    }
    assert!(first.contains("up to ±4.2 s would be noise"), "{first}");
    let titles =
        page.eval("[...document.querySelectorAll('#changes h3')].map((it) => it.textContent)");
    assert_eq!(titles, json!(["Own time, by expression", "With what they call, by function"]));
    let length = |page: &mut Page, kind| {
        page.eval(&format!("{}.querySelector('.bars i').style.width", card(kind, "render")))
    };
    let lengths = [1, 2].map(|kind| length(&mut page, kind));
    assert_eq!(lengths[0], lengths[1], "one time is one length in every list");
    let noise = page.text("#noise");
    assert!(noise.contains("3.3 standard deviations") && noise.contains("about 5 %"), "{noise}");
    assert!(page.text("#before").contains("2,981 sweeps at 100 of 100 Hz"));
    let [red, blue] = tinted(&mut page);
    assert!(red > 2000 && blue > 2000, "render takes longer, main less: {red}, {blue}");
    page.is_content();
}

#[test]
fn a_program_against_itself_shows_nothing() {
    let [one, _] = before_and_after();
    let Some(mut page) = open(&[one.clone(), one], "") else { return };
    assert_eq!(page.text("#sum"), "Nothing changed beyond noise.");
    assert_eq!(page.eval("document.querySelectorAll('.card, #removed table').length"), 0);
    assert_eq!(page.text("#within"), "Within noise: 6 expressions and 7 functions.");
    assert_eq!(tinted(&mut page), [0, 0], "all is grey");
    page.click("#all");
    assert_eq!(page.eval("document.querySelectorAll('.card').length"), 13);
    assert!(page.text(".card").contains("within noise, up to ±"));
    assert_eq!(tinted(&mut page), [0, 0]);
    page.is_content();
}

#[test]
fn what_is_gone_is_kept() {
    let Some(mut page) = open(&before_and_after(), "") else { return };
    assert!(page.text("#removed").contains("Codec.decode"));
    assert_eq!(
        page.beneath(&["<module>", "main", "DictReader.__next__"]).as_array().map(Vec::len),
        Some(2)
    );
    let row = page.eval(
        "rows.name.findIndex((name, row) => name === 'Codec.decode' && !rows.expression[row])",
    );
    assert_eq!(page.eval(&format!("isGone({row})")), true);
    page.eval(&format!("zoomTo(Array.from(tree().frame.subarray(0, tree().size)).indexOf({row}))"));
    let status = page.text("#status");
    assert!(
        status.starts_with("Codec.decode (fast/codec.py:9) · 0.61 s before, gone · −0.61 s"),
        "{status}"
    );
    page.is_content();
}

#[test]
fn what_is_gone_within_noise_is_not_said_to_be_gone() {
    let [mut before, mut after] = before_and_after().map(|_| before_and_after()[0].clone());
    (before.counts[5].samples, after.counts[5].samples) = (1, 0);
    let Some(mut page) = open(&[before, after], "") else { return };
    assert_eq!(page.text("#removed-why"), "Nothing beyond noise.");
    assert!(page.text("#removed").starts_with("Within noise: "));
    page.is_content();
}

#[test]
fn a_row_lights_up_where_it_is_wider() {
    let Some(mut page) = open(&before_and_after(), "") else { return };
    assert_eq!(page.text("#chosen"), "as wide as after");
    let search = card(1, "dedupe");
    page.eval(&format!("{search}.firstChild.click()"));
    assert_eq!(page.text("#chosen"), "as wide as before");
    let [red, blue] = tinted(&mut page);
    assert!(red == 0 && blue > 2000, "the search alone: {red}, {blue}");
    assert_eq!(page.eval(&format!("{search}.firstChild.getAttribute('aria-pressed')")), "true");
    assert!(page.text("#status").ends_with("lit: dedupe (orders.py:10:12-27)"));
    page.eval(&format!("{search}.firstChild.click()"));
    page.eval(&format!("{}.firstChild.click()", card(2, "render")));
    assert_eq!(page.text("#chosen"), "as wide as after");
    let [red, blue] = tinted(&mut page);
    assert!(red > 2000 && blue == 0, "render alone: {red}, {blue}");
    page.eval("history.back()");
    page.browser.until("state.row === -1");
    page.is_content();
}

#[test]
fn both_are_searched_and_zoomed() {
    let Some(mut page) = open(&before_and_after(), "") else { return };
    page.eval("byId('search').focus()");
    page.browser.type_in("render");
    assert_eq!(page.text("#matched"), "4.0 s before, 9.0 s after matched");
    assert!(page.pixels("found") > 500);
    page.eval("choose({ search: '' }); canvas.focus()");
    for _ in 0..3 {
        page.browser.key("ArrowDown");
    }
    page.browser.key("Enter");
    let status = page.text("#status");
    assert!(
        status.starts_with("render (orders.py:17) · 4.0 s before, 9.0 s after · +5.0 s (+124 %)"),
        "{status}"
    );
    let (hash, file) = (page.eval("location.hash"), page.file.clone());
    page.browser.open(&file, hash.as_str().expect("an address"));
    assert_eq!(page.text("#status"), status, "the address leads there again");
    page.eval("canvas.focus()");
    page.browser.key("Escape");
    assert_eq!(page.eval("byId('unzoom').hidden"), true);
    page.choose("inverted");
    assert_eq!(page.beneath(&["render"]), json!(["render"]), "the expression's function");
    page.is_content();
}

#[test]
fn hostile_names_and_addresses_do_nothing() {
    let hash = "#zoom=-1.999999.x&row=1e9&before=maybe&search=%3Cimg%20src%20onerror%3Dalert(1)%3E";
    let Some(mut page) = open(&hostile_before_and_after(), hash) else { return };
    assert_eq!(page.eval("state.row"), -1);
    for step in [
        "choose({ all: true, more: true, search: '' })",
        "for (let row = 0; row < ROWS; row++) pick(row)",
        "redraw({ inverted: true, before: true })",
        "for (let node = 0; node < tree().size; node++) zoomTo(node)",
        "rows.name.forEach((name) => choose({ search: name }))",
    ] {
        page.eval(step);
    }
    page.is_inert();
    assert!(page.text("#changes").contains("<script>alert('x')</script>"), "shown as they are");
    page.is_content();
}

#[test]
fn deep_recursions_lose_their_middle() {
    let (deep, _) = fixture::deep(3000);
    let Some(mut page) = open(&[deep.clone(), deep], "") else { return };
    assert_eq!(page.eval("Math.max(...tree().depth.subarray(0, tree().size))"), 96 + 1 + 64);
    page.is_content();
}

#[test]
fn it_fits_a_phone_and_can_be_spoken() {
    let Some(mut page) = open(&before_and_after(), "") else { return };
    let controls = page.controls();
    assert!(controls > 12, "{controls}");
    page.browser.resize(390, 844);
    let file = page.file.clone();
    page.browser.open(&file, "");
    assert_eq!(page.eval("document.documentElement.scrollWidth"), 390);
    let ground = "getComputedStyle(document.body).backgroundColor";
    let light = page.eval(ground);
    page.click("#theme");
    page.click("#theme");
    assert_ne!(page.eval(ground), light, "dark");
    page.shows_its_end();
    page.is_content();
}

#[test]
fn a_hundred_thousand_stacks_of_both_open_quickly() {
    let (many, _) = profiles::many(STACKS);
    let mut fewer = many.clone();
    fewer.counts.truncate(STACKS as usize / 2);
    let Some(mut page) = open(&[many, fewer], "") else { return };
    let file = page.file.clone();
    page.browser.open(&file, "");
    let opened = page.eval(PAINTED).as_f64().expect("seconds");
    let megabytes = std::fs::metadata(&file).expect("the page").len() as f64 / 1e6;
    println!("{STACKS} stacks, {megabytes:.1} MB: opened in {opened:.2} s");
    // Some differ only in what is left out.
    assert!(page.eval("paths.length").as_u64() > Some(u64::from(STACKS) * 9 / 10));
    assert_eq!(page.eval("Math.round(tree().total[0] / data.sample[0])"), STACKS, "none is lost");
    assert!(opened < OPENED_WITHIN, "{opened} s");
    page.is_content();
}
