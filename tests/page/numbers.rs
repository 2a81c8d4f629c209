//! One thing has one number on the page, or a word why there are two; and what is narrow, empty or
//! endless is said to be so.

use serde_json::json;
use unslow::advise::Advice;
use unslow::profile::{Profile, Timing};
use unslow::report::{self, Input, View};

use crate::fixture;
use crate::opened::Page;
use crate::profiles;

#[test]
fn threads_have_their_shares_of_what_is_shown() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    let share = |page: &mut Page, name: &str| {
        page.eval(&format!(
            "[...document.querySelectorAll('#threads label')]
               .find((it) => it.textContent.includes({name:?})).querySelector('b').textContent"
        ))
    };
    assert_eq!(share(&mut page, "MainThread"), "97 %");
    assert_eq!(share(&mut page, "thread 4243"), "0 %", "it only waited");
    assert_eq!(share(&mut page, "process 4242"), "97 %");
    page.choose("waiting too");
    assert_eq!(share(&mut page, "thread 4243"), "49 %");
    page.eval("byId('threads').open = true");
    page.choose("thread 4243");
    assert_eq!(share(&mut page, "thread 4243"), "49 %", "of what it would be part of");
    page.is_content();
}

#[test]
fn a_program_that_waits_is_told_in_parts_of_the_run_and_of_its_busy_samples() {
    let (profile, advice) = profiles::orders();
    let timing = Timing { sweeps: 6280, ..profile.timing };
    let Some(mut page) = Page::open(&(Profile { timing, ..profile }, advice), "") else { return };
    assert!(page.text("#findings li").contains("78 % (76-79 %) of the run"));
    let status = page.text("#status");
    assert!(status.ends_with("77 % of the busy samples, 78 % of the run"), "{status}");
    for place in ["#basis", "#places .basis"] {
        assert_eq!(page.text(place), "shares of 3,140 busy samples, 50 % of the run", "{place}");
    }
    assert!(page.text("#chosen").starts_with("busy · 50 % of the run · "));
    page.choose("waiting too");
    assert_eq!(page.text("#basis"), "shares of 6,120 samples");
    page.is_content();
}

#[test]
fn the_status_is_that_of_the_view() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    let whole = page.text("#status");
    assert!(whole.starts_with("all · 3,140 samples · lit: finding 1"), "{whole}");
    let zoom = "zoomTo(tree().childrenOf(tree().childrenOf(0)[0])[0])";
    page.eval(zoom);
    assert!(page.text("#status").starts_with("main: "));
    page.eval("history.back()");
    page.browser.until("byId('unzoom').hidden");
    assert_eq!(page.text("#status"), whole, "after the way back");
    page.eval(zoom);
    page.click("#findings li:nth-child(2) button");
    let status = page.text("#status");
    assert!(status.starts_with("all · 3,140 samples · lit: finding 2"), "{status}");
    page.eval(zoom);
    page.click("#unzoom");
    assert_eq!(page.eval("document.activeElement.id"), "canvas", "the button is gone");
    page.is_content();
}

#[test]
fn a_filter_that_leaves_nothing_can_be_taken_back() {
    let (profile, advice) = fixture::orders();
    let view = View { gc: true, tasks: true, ..View::default() };
    let render = report::by_name("html").expect("in the table").render;
    let html = render(&Input { profile: &profile, advice: &advice, view: &view }).expect("a page");
    let Some(mut page) = Page::of(&html, "") else { return };
    assert_eq!(page.shown(), "0 samples");
    assert!(page.text("#status").contains("another choice of the view shows some"));
    assert!(page.text("#chosen").starts_with("busy · collects garbage · in asyncio tasks"));
    assert!(!page.text("#legend").contains("0 of 0"));
    page.choose("collects garbage 0");
    page.choose("in asyncio tasks 0");
    assert_eq!(page.shown(), "2,980 samples");
    page.is_content();
}

/// Each of so many frames is narrower than what can be drawn.
#[test]
fn what_is_narrow_is_drawn_together() {
    let Some(mut page) = Page::open(&profiles::many(20_000), "#inverted=true") else { return };
    let below = "(() => { const copy = new OffscreenCanvas(canvas.width, canvas.height);
        const context = copy.getContext('2d', { willReadFrequently: true });
        context.drawImage(canvas, 0, 0);
        const [r, g, b] = context.getImageData(canvas.width * 0.9, ROW * 1.5, 1, 1).data;
        return `rgb(${r}, ${g}, ${b})`; })()";
    let (neutral, found) = (page.eval("palette.neutral"), page.eval("palette.found"));
    assert_eq!(page.eval(below), neutral);
    page.eval("choose({ search: 'function_' })");
    assert_eq!(page.eval(below), found, "one of them is what was searched for");
    page.is_content();
}

#[test]
fn an_expression_without_end_is_stopped() {
    // On a name of n characters it takes 2 to the power of n steps; a link can carry it.
    let hash = "#regex=true&search=%5E(.%2B)%2B%25%24";
    let Some(mut page) = Page::open(&profiles::orders(), hash) else { return };
    assert_eq!(page.text("#matched"), "searching…", "the page is there all the same");
    page.click("#findings li:nth-child(2) button");
    page.browser.until("byId('matched').textContent === ''");
    page.eval("choose({ search: '^(.+)+%$' })");
    page.browser.until("byId('matched').textContent === 'stopped: takes longer than 2 s'");
    page.eval("choose({ search: '^(dedupe|render)\\\\b' })");
    page.browser.until("byId('matched').textContent === '93 % matched'");
    page.is_content();
}

#[test]
fn figures_and_lines_stand_where_they_can_be_read() {
    let Some(mut page) = Page::open(&profiles::orders(), "") else { return };
    let first_line = "[...document.querySelectorAll('#places tbody tr')].every((row) => {
        const top = (it) => { const range = document.createRange();
            range.selectNodeContents(it); return range.getClientRects()[0].top; };
        return Math.abs(top(row.querySelector('.figure')) - top(row.querySelector('.what'))) < 8; })";
    let whole_lines =
        "(() => { const head = document.querySelector('#code thead th').getBoundingClientRect();
        return [...document.querySelectorAll('#code tbody tr')].some((row) =>
            Math.abs(row.getBoundingClientRect().top - head.bottom) < 1); })()";
    page.eval("choose({ line: 20, whole: true }); byId('threads').open = true");
    assert_eq!(page.eval(whole_lines), true, "no line is cut by the head");
    let height = page.eval("byId('code').clientHeight").as_u64().expect("pixels");
    assert!(height >= 200, "{height}: the threads leave the source its room");
    page.browser.resize(390, 844);
    assert_eq!(page.eval(first_line), true, "figures stand on the first line of what they are of");
    page.is_content();
}

/// Of a recording without findings the page shows where the time went beside the flame graph.
#[test]
fn short_answers_leave_no_hole() {
    let (profile, _) = profiles::orders();
    let Some(mut page) = Page::open(&(profile, Advice::default()), "") else { return };
    let edges = page.eval(
        "['answers', 'where', 'flame'].map((id) => byId(id).getBoundingClientRect())
            .map(({ top, bottom, left }) => [top, bottom, left])",
    );
    let at = |which: usize, edge: usize| edges[which][edge].as_f64().expect("pixels");
    assert_eq!(at(0, 2), at(1, 2), "one beneath the other: {edges}");
    assert!(at(1, 0) - at(0, 1) < 30.0 && at(2, 2) > at(1, 2), "{edges}");
    assert_eq!(page.eval("data.findings.length"), json!(0));
    page.is_content();
}
