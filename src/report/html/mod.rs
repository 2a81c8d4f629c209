//! One self-contained page for a browser: findings, flame graph and hot source, each lit up by the
//! other. It loads nothing; its policy allows its own script and style alone, by their digests.

mod digest;
mod findings;
mod model;
mod sources;
mod stacks;

use super::{Input, ReportError, names};
use crate::text;

/// The page's frame, with a place for each part.
const PAGE: &str = include_str!("page/page.html");

const STYLE: &str = include_str!("page/style.css");

/// The script's parts, in the order in which they need each other.
const SCRIPT: &[&str] = &[
    include_str!("page/dom.js"),
    include_str!("page/state.js"),
    include_str!("page/profile.js"),
    include_str!("page/tree.js"),
    include_str!("page/theme.js"),
    include_str!("page/canvas.js"),
    include_str!("page/flame.js"),
    include_str!("page/filters.js"),
    include_str!("page/findings.js"),
    include_str!("page/source.js"),
    include_str!("page/tables.js"),
    include_str!("page/chart.js"),
    include_str!("page/main.js"),
];

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let script = format!("\"use strict\";\n{}", SCRIPT.concat());
    let data = text::in_script(&serde_json::to_string(&model::page(input))?);
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        digest::source(&script),
        digest::source(STYLE)
    );
    let title = names::headline(&input.profile.target).xml();
    let parts = [
        ("{{policy}}", policy.as_str()),
        ("{{title}}", &title),
        ("{{style}}", STYLE),
        ("{{data}}", &data),
        ("{{script}}", &script),
    ];
    Ok(filled(parts).into_bytes())
}

/// The page with its parts. Each place is looked for behind the one before, never within a part.
fn filled(parts: [(&str, &str); 5]) -> String {
    let size: usize = parts.iter().map(|(_, part)| part.len()).sum();
    let mut page = String::with_capacity(PAGE.len() + size);
    let mut rest = PAGE;
    for (place, part) in parts {
        let (before, after) = rest.split_once(place).expect("the page has a place for it");
        page += before;
        page += part;
        rest = after;
    }
    page + rest
}
