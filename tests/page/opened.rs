//! A page that is open in a browser.

use std::path::PathBuf;

use serde_json::{Value, json};
use unslow::advise::Advice;
use unslow::profile::Profile;
use unslow::report::{self, Input, View};

use crate::browser::Browser;

/// A page in a browser.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    pub(crate) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Page {
    /// Opens the page of a profile; `None` when there is no browser.
    pub(crate) fn open((profile, advice): &(Profile, Advice), hash: &str) -> Option<Self> {
        let html = report::by_name("html").unwrap();
        let input = Input { profile, advice, view: &View::default() };
        Self::of(&(html.render)(&input).unwrap(), hash)
    }

    /// Opens a page; `None` when there is no browser.
    pub(crate) fn of(page: &[u8], hash: &str) -> Option<Self> {
        Self::named("report.html", page, hash)
    }

    /// Opens a file of that name; `None` when there is no browser.
    pub(crate) fn named(name: &str, page: &[u8], hash: &str) -> Option<Self> {
        let mut browser = Browser::start()?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, page).unwrap();
        browser.open(&file, hash);
        Some(Self { browser, file, _folder: folder })
    }

    /// What an expression gives.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        self.browser.eval(expression)
    }

    /// The text of an element.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        self.browser.text(selector)
    }

    /// Presses the mouse in the middle of an element.
    pub(crate) fn click(&mut self, selector: &str) {
        self.browser.click(selector);
    }

    /// Presses the button of that text among the choices of the view.
    pub(crate) fn choose(&mut self, text: &str) {
        let mark = format!(
            "[...document.querySelectorAll('#options button, #options label')]
               .find((it) => it.textContent.includes({text:?})).dataset.test = 'this'"
        );
        self.eval("document.querySelector('[data-test]')?.removeAttribute('data-test')");
        self.eval(&mark);
        self.click("[data-test] input, button[data-test]");
    }

    /// Samples that the flame graph says it shows.
    pub(crate) fn shown(&mut self) -> String {
        let label = self.eval("canvas.getAttribute('aria-label')");
        label.as_str().unwrap().trim_start_matches("Flame graph of ").to_owned()
    }

    /// Frames that are drawn beneath one of these names, from the root on.
    pub(crate) fn beneath(&mut self, path: &[&str]) -> Value {
        self.eval(&format!(
            "(() => {{ const drawn = tree(); const name = (it) => drawn.frames.label(drawn.frame[it]).name;
               let node = 0;
               for (const wanted of {path:?}) node = drawn.childrenOf(node).find((it) => name(it) === wanted);
               return [...drawn.childrenOf(node)].map(name); }})()"
        ))
    }

    /// Pixels of the flame graph that have one of the theme's colours.
    pub(crate) fn pixels(&mut self, color: &str) -> u64 {
        let count = self.eval(&format!(
            "(() => {{ const [r, g, b] = palette.{color}.match(/\\d+/g).map(Number);
               const copy = new OffscreenCanvas(canvas.width, canvas.height);
               const context = copy.getContext('2d', {{ willReadFrequently: true }});
               context.drawImage(canvas, 0, 0);
               const {{ data }} = context.getImageData(0, 0, copy.width, copy.height);
               let sum = 0;
               for (let at = 0; at < data.length; at += 4)
                 sum += data[at] === r && data[at + 1] === g && data[at + 2] === b;
               return sum; }})()"
        ));
        count.as_u64().unwrap()
    }

    /// Controls, each of which has a name.
    pub(crate) fn controls(&mut self) -> usize {
        let tree = self.browser.ask("Accessibility.getFullAXTree", json!({}));
        let controls =
            ["button", "link", "searchbox", "combobox", "checkbox", "application", "image"];
        let mut seen = 0;
        for node in tree["nodes"].as_array().unwrap() {
            let role = node["role"]["value"].as_str().unwrap_or_default();
            if controls.contains(&role) && node["ignored"] == false {
                seen += 1;
                assert_ne!(node["name"]["value"].as_str().unwrap_or_default().trim(), "", "{node}");
            }
        }
        seen
    }

    /// No text has become a part of the page, and none hides or reorders anything.
    pub(crate) fn is_inert(&mut self) {
        assert_eq!(self.eval("document.scripts.length"), 2);
        let foreign =
            "document.querySelectorAll('img, iframe, object, embed, [onerror], [onload]').length";
        assert_eq!(self.eval(foreign), 0);
        let turned =
            "/[\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.textContent)";
        assert_eq!(self.eval(turned), false);
    }

    /// Scrolled to its end, the page shows what stands there: what stays in sight does not cover it.
    pub(crate) fn shows_its_end(&mut self) {
        self.browser.resize(1280, 600);
        self.eval("scrollTo({ top: 1e6, behavior: 'instant' })");
        let end = "new Promise((done) => requestAnimationFrame(() => done(
            byId('evidence').getBoundingClientRect().bottom <= byId('details').getBoundingClientRect().top)))";
        assert_eq!(self.eval(end), true);
    }

    /// No error, warning, dialog or request.
    pub(crate) fn is_content(&mut self) {
        let complaints = self.browser.complaints();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}
