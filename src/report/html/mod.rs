//! One self-contained page for a browser: findings, flame graph and hot source, each lit up by the
//! other.

mod findings;
mod model;
mod sources;
mod stacks;
mod timeline;

use super::page::Page;
use super::{Input, ReportError, names};

/// The script's parts, in the order in which they need each other.
const SCRIPT: &[&str] = &[
    include_str!("page/choices.js"),
    include_str!("page/profile.js"),
    include_str!("page/stacks.js"),
    include_str!("page/frames.js"),
    include_str!("page/filters.js"),
    include_str!("page/findings.js"),
    include_str!("page/source.js"),
    include_str!("page/tables.js"),
    include_str!("page/chart.js"),
    include_str!("page/moments.js"),
    include_str!("page/lanes.js"),
    include_str!("page/time.js"),
    include_str!("page/main.js"),
];

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let page = Page {
        title: &names::recorded(input.profile),
        main: include_str!("page/main.html"),
        style: include_str!("page/style.css"),
        script: SCRIPT,
        instead: "The same findings are in: unslow report PROFILE",
    };
    page.render(&model::page(input))
}
