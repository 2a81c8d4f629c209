//! The parts of a SARIF log that we write, named as the standard names them (section 3).

use std::collections::BTreeMap;

use serde::Serialize;

/// `sarifLog`
#[derive(Serialize)]
pub(super) struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

impl<'a> Log<'a> {
    pub(super) fn of(run: Run<'a>) -> Self {
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [run],
        }
    }
}

/// `invocation`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: bool,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

/// `notification`
#[derive(Serialize)]
pub(super) struct Notification {
    pub(super) level: &'static str,
    pub(super) message: Message,
}

/// `run`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    pub(super) tool: Tool,
    pub(super) invocations: [Invocation; 1],
    pub(super) column_kind: &'static str,
    pub(super) results: Vec<Result<'a>>,
}

/// `tool`
#[derive(Serialize)]
pub(super) struct Tool {
    driver: Driver,
}

/// `toolComponent`
#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

impl Tool {
    pub(super) fn of(rules: Vec<Rule>) -> Self {
        Self { driver: Driver { name: "unslow", version: env!("CARGO_PKG_VERSION"), rules } }
    }
}

/// `reportingDescriptor`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) short_description: Message,
    pub(super) help: Markdown,
}

/// `multiformatMessageString`
#[derive(Serialize)]
pub(super) struct Markdown {
    pub(super) text: &'static str,
    pub(super) markdown: &'static str,
}

/// `message`
#[derive(Serialize)]
pub(super) struct Message {
    pub(super) text: String,
}

/// `result`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result<'a> {
    pub(super) rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: [Location; 1],
    pub(super) partial_fingerprints: BTreeMap<&'static str, String>,
    /// How much it matters, 0 to 100, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rank: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fixes: Vec<FixOf<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suppressions: Vec<Suppression<'a>>,
    pub(super) properties: Properties,
}

/// Of our own: shares of the run, 0 to 1, where it has samples enough to tell them.
#[derive(Serialize)]
pub(super) struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saved: Option<f64>,
}

/// `location`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) physical_location: Physical,
}

/// `physicalLocation`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Physical {
    pub(super) artifact_location: Uri,
    pub(super) region: Span,
}

/// `artifactLocation`
#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct Uri {
    pub(super) uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uri_base_id: Option<&'static str>,
}

/// `region`: lines and columns from 1, the last column that of the character behind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

impl Span {
    /// Columns are of use only when both are known. What stands on no line has none that counts.
    pub(super) fn new(start: (u32, Option<u32>), end: (u32, Option<u32>)) -> Self {
        let columns = start.1.zip(end.1);
        Self {
            start_line: start.0.max(1),
            start_column: columns.map(|(start, _)| start),
            end_line: end.0.max(1),
            end_column: columns.map(|(_, end)| end),
        }
    }
}

/// `fix`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FixOf<'a> {
    pub(super) description: Message,
    pub(super) artifact_changes: [Change<'a>; 1],
}

/// `artifactChange`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change<'a> {
    pub(super) artifact_location: Uri,
    pub(super) replacements: Vec<Replacement<'a>>,
}

/// `replacement`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replacement<'a> {
    pub(super) deleted_region: Span,
    pub(super) inserted_content: Text<'a>,
}

/// `artifactContent`
#[derive(Serialize)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
}

/// `suppression`
#[derive(Serialize)]
pub(super) struct Suppression<'a> {
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) justification: &'a str,
}
