//! What the pages for a browser have in common: their frame, style and flame graph. A page is one
//! file that loads nothing; its policy allows its own script and style alone, by their digests, and
//! workers of what its script holds.

mod digest;
mod tree;

use serde::Serialize;

use super::ReportError;
use crate::text::{self, Untrusted};

pub(super) use tree::{Planted, Tree, plant};

/// The frame, with a place for each part.
const FRAME: &str = include_str!("page.html");

/// The flame graph's part of a page.
const FLAME: &str = include_str!("flame.html");

const STYLE: &str = include_str!("base.css");

/// The script's common parts; a page's own come behind them. What a page has to bring is said where
/// it is called.
const SCRIPT: &[&str] = &[
    include_str!("dom.js"),
    include_str!("state.js"),
    include_str!("tree.js"),
    include_str!("theme.js"),
    include_str!("canvas.js"),
    include_str!("search.js"),
    include_str!("flame.js"),
    include_str!("start.js"),
];

/// What a page has of its own.
pub(super) struct Page<'a> {
    pub(super) title: &'a Untrusted,
    /// What stands in `<main>`, with a place for the flame graph.
    pub(super) main: &'a str,
    pub(super) style: &'a str,
    /// In the order in which they need each other.
    pub(super) script: &'a [&'a str],
    /// What says the same to who has switched scripts off.
    pub(super) instead: &'a str,
}

impl Page<'_> {
    /// The page that shows `data`. Texts in it are safe for one line of a terminal: nothing in them
    /// hides or reorders anything, and the script puts them in place as text alone.
    ///
    /// # Errors
    /// When a number of the data has no place in JSON.
    pub(super) fn render(&self, data: &impl Serialize) -> Result<Vec<u8>, ReportError> {
        let style = format!("{STYLE}{}", self.style);
        let script = format!("\"use strict\";\n{}{}", SCRIPT.concat(), self.script.concat());
        let data = text::in_script(&serde_json::to_string(data)?);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; worker-src blob:; base-uri 'none'; form-action 'none'",
            digest::source(&script),
            digest::source(&style)
        );
        let parts = [
            ("{{policy}}", policy.as_str()),
            ("{{title}}", &self.title.xml()),
            ("{{style}}", &style),
            ("{{main}}", &filled(self.main, &[("{{flame}}", FLAME)])),
            ("{{instead}}", self.instead),
            ("{{data}}", &data),
            ("{{script}}", &script),
        ];
        Ok(filled(FRAME, &parts).into_bytes())
    }
}

/// A frame with its parts. Each place is looked for behind the one before, never within a part.
fn filled(frame: &str, parts: &[(&str, &str)]) -> String {
    let size: usize = parts.iter().map(|(_, part)| part.len()).sum();
    let mut page = String::with_capacity(frame.len() + size);
    let mut rest = frame;
    for (place, part) in parts {
        let (before, after) = rest.split_once(place).expect("the frame has a place for it");
        page += before;
        page += part;
        rest = after;
    }
    page + rest
}
