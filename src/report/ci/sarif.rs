//! SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning.

mod log;

use advisors::{CATALOGUE, Entry};

use super::{Region, column, details, path};
use crate::advise::{Advice, Edit, Finding, Fix, Ignored, Unlooked};
use crate::profile::origin::is_on_drive;
use crate::profile::source::fingerprint;
use crate::report::{Input, ReportError, json, sentences};
use crate::text::Untrusted;
use log::{
    Change, FixOf, Invocation, Location, Log, Markdown, Message, Notification, Physical,
    Properties, Replacement, Rule, Run, Span, Suppression, Tool, Uri,
};

/// What relative files are relative to: the folder of the sources, which the reader knows.
const ROOT: &str = "%SRCROOT%";

/// Of a finding that is known.
const IN_BASELINE: Suppression<'_> =
    Suppression { kind: "external", justification: sentences::KNOWN };

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let advice = input.advice;
    let ignored = advice.ignored.iter().map(|ignored| &ignored.finding);
    let found: Vec<_> = advice.findings.iter().chain(ignored).map(|it| it.advisor).collect();
    let rules: Vec<_> = CATALOGUE.iter().filter(|entry| found.contains(&entry.id)).collect();
    let told = advice.findings.iter().map(|finding| result(finding, &rules, input));
    let ignored = advice.ignored.iter().map(|ignored| log::Result {
        suppressions: vec![suppression(ignored)],
        ..result(&ignored.finding, &rules, input)
    });
    json::pretty(&Log::of(Run {
        tool: Tool::of(rules.iter().map(|entry| rule(entry)).collect()),
        invocations: [invocation(advice)],
        column_kind: "unicodeCodePoints",
        results: told.chain(ignored).collect(),
    }))
}

/// What could not be looked at: no results do not mean that there is nothing.
fn invocation(advice: &Advice) -> Invocation {
    let notification = |unlooked: &Unlooked| Notification {
        level: "warning",
        message: Message {
            text: format!("Not looked at: {}: {}", unlooked.what.terminal(), unlooked.why),
        },
    };
    Invocation {
        execution_successful: true,
        tool_execution_notifications: advice.missing_sources().map(notification).collect(),
    }
}

fn rule(entry: &'static Entry) -> Rule {
    Rule {
        id: entry.id,
        short_description: Message { text: entry.title.to_owned() },
        help: Markdown { text: entry.explain, markdown: entry.explain },
    }
}

fn result<'a>(finding: &'a Finding, rules: &[&Entry], input: &Input<'_>) -> log::Result<'a> {
    let mut sentences = vec![finding.title.terminal()];
    sentences.extend(details(finding, input));
    let artifact_location = uri(&path(&input.profile.target, &finding.file));
    let Region { start, end } = Region::of(finding);
    let region = Span::new(start, end);
    let is_known = !input.profile.has_few_samples();
    let saving = finding.saving().filter(|_| is_known);
    let fix = finding.fix.as_ref().map(|fix| fix_of(finding, fix, artifact_location.clone()));
    log::Result {
        rule_id: finding.advisor,
        rule_index: rules.iter().position(|entry| entry.id == finding.advisor),
        level: match finding.fails {
            Some(true) => "error",
            _ if finding.is_seen() => "warning",
            // Shape alone is a question.
            _ => "note",
        },
        message: Message { text: sentences.join("\n") },
        locations: [Location { physical_location: Physical { artifact_location, region } }],
        partial_fingerprints: [("expression/v1", identity(finding, input))].into(),
        rank: is_known.then(|| saving.unwrap_or(0.0).clamp(0.0, 1.0) * 100.0),
        fixes: fix.into_iter().collect(),
        suppressions: finding.is_known.then_some(IN_BASELINE).into_iter().collect(),
        properties: Properties {
            share: is_known.then(|| json::rounded(finding.heat.share)),
            saved: saving.map(json::rounded),
        },
    }
}

fn fix_of<'a>(finding: &'a Finding, fix: &'a Fix, file: Uri) -> FixOf<'a> {
    let source = finding.source.data();
    let position = |(line, byte): (u32, u32)| (line, column(source, line, byte));
    let replacement = |edit: &'a Edit| Replacement {
        deleted_region: Span::new(position(edit.start), position(edit.end)),
        inserted_content: log::Text { text: edit.text.data() },
    };
    let replacements = fix.edits.iter().map(replacement).collect();
    FixOf {
        description: Message {
            text: fix
                .note
                .as_ref()
                .map_or_else(|| sentences::safety(fix).to_owned(), Untrusted::terminal),
        },
        artifact_changes: [Change { artifact_location: file, replacements }],
    }
}

fn suppression(ignored: &Ignored) -> Suppression<'_> {
    Suppression { kind: "inSource", justification: ignored.reason.data() }
}

/// A file's name as a URI reference (RFC 3986), of Windows too (RFC 8089, appendix E.2).
fn uri(path: &str) -> Uri {
    let whole = |uri| Uri { uri, uri_base_id: None };
    match path.split_at_checked(2) {
        Some((drive, rest)) if is_on_drive(path) => {
            whole(format!("file:///{drive}{}", encoded(&rest.replace('\\', "/"))))
        }
        Some(("//", share)) => whole(format!("file://{}", encoded(share))),
        _ if path.starts_with('/') => whole(format!("file://{}", encoded(path))),
        _ => Uri { uri: encoded(path), uri_base_id: Some(ROOT) },
    }
}

fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}

/// What stays the same when a finding moves within its function. Of several that are alike there, each
/// has a number by its place.
fn identity(finding: &Finding, input: &Input<'_>) -> String {
    let parts = |it: &Finding| {
        let file = path(&input.profile.target, &it.file);
        [it.advisor, &*file, it.function.data(), it.snippet().unwrap_or_default()].join("\n")
    };
    let own = parts(finding);
    let ignored = input.advice.ignored.iter().map(|ignored| &ignored.finding);
    let before = input.advice.findings.iter().chain(ignored).filter(|it| it.place < finding.place);
    let number = before.filter(|it| parts(it) == own).count() + 1;
    format!("{:016x}:{number}", fingerprint(&own))
}
