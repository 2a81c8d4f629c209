//! speedscope, which `scripts/get-readers` fetches, opens what is for it and what else it knows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use unslow::report::{self, Input, View};

use crate::browser::Browser;
use crate::profiles;
use crate::support::repository;

/// Formats, and names by which speedscope knows them.
const FORMATS: &[(&str, &str)] = &[
    ("speedscope", "x.speedscope.json"),
    ("folded", "x.folded"),
    ("chrome", "x.trace.json"),
    ("callgrind", "callgrind.out"),
    ("pprof", "x.pb.gz"),
];

#[test]
fn speedscope_opens_what_it_knows() {
    let page = repository("target/readers/node_modules/speedscope/dist/release/index.html");
    if !page.exists() {
        println!("skipped: speedscope is not there; scripts/get-readers fetches it");
        return;
    }
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (profile, advice) in [profiles::orders(), profiles::in_order()] {
        for &(format, name) in FORMATS {
            let input = Input { profile: &profile, advice: &advice, view: &View::default() };
            let bytes = (report::by_name(format).unwrap().render)(&input).unwrap();
            // As its own command line hands it a file.
            let given = (json!(name), json!(STANDARD.encode(bytes)));
            let script = folder.path().join(format!("{format}.js"));
            let call = format!("speedscope.loadFileFromBase64({}, {})", given.0, given.1);
            std::fs::write(&script, call).unwrap();
            browser.open(std::path::Path::new("/dev/null"), "");
            browser.open(&page, &format!("#localProfilePath={}", script.display()));
            let button = "[...document.querySelectorAll('div')].find((it) => it.textContent === '🥪Sandwich')";
            browser.until(&format!("{button} !== undefined"));
            browser.eval(&format!("{button}.click()"));
            // The table of functions.
            browser.until(
                "[...document.querySelectorAll('tr')].some((it) => /%.*dedupe/.test(it.textContent))",
            );
        }
    }
}
