//! What the marks of a pair's `slow.py` say that has to be found in it, and where its fixes lead.

use advisors::{Edit, Entry, Finding, Fix, Place, Python, Source, marks};
use serde_json::Value;

use crate::support::Interpreter;

/// The findings of a `slow.py` when its marks tell the truth.
pub(crate) struct Marked {
    source: Source,
    findings: Vec<Finding>,
}

impl Marked {
    pub(crate) fn of(entry: &Entry, python: &Interpreter) -> Self {
        let source = Source::parse(entry.slow.as_bytes()).expect("it is Python");
        let version = Python::new(python.version.0, python.version.1);
        let findings = marks::findings(entry, &source, version).expect("it is well marked");
        Self { source, findings }
    }

    /// The expressions that are to be found, as the program has them.
    pub(crate) fn expressions(&self) -> Vec<&str> {
        self.findings.iter().map(|finding| self.source.slice(finding.range)).collect()
    }

    /// Whether what was found is one of these expressions, to the column.
    pub(crate) fn has(&self, found: &Value) -> bool {
        self.of_place(place(found)).is_some()
    }

    /// The first of those that were found that has no fix though its expression is to get one.
    pub(crate) fn unfixed<'a>(&self, found: &[&'a Value]) -> Option<&'a Value> {
        let is_to_get_one =
            |finding: &Value| self.of_place(place(finding)).is_some_and(|it| it.fix.is_some());
        let has_none = |finding: &&&Value| is_to_get_one(finding) && finding["fix"].is_null();
        found.iter().find(has_none).copied()
    }

    /// The program with the fixes that were told of it; nothing when there is none.
    pub(crate) fn fixed(&self, told: &[&Value]) -> Option<String> {
        let fix = Fix::together(told.iter().flat_map(|finding| self.edits(finding)));
        (!fix.edits.is_empty()).then(|| fix.apply(&self.source).expect("it fits"))
    }

    fn of_place(&self, place: Place) -> Option<&Finding> {
        self.findings.iter().find(|finding| self.source.place(finding.range) == place)
    }

    fn edits(&self, told: &Value) -> Vec<Edit> {
        let edits = told["fix"]["edits"].as_array();
        edits.into_iter().flatten().map(|edit| self.edit(edit)).collect()
    }

    fn edit(&self, told: &Value) -> Edit {
        let [(line, start), (end_line, end)] = ["start", "end"].map(|key| {
            let at = |index: usize| told[key][index].as_u64().expect("a number") as u32;
            (at(0), at(1))
        });
        let place = Place { line, end_line, columns: Some((start, end)) };
        let range = self.source.range(place).expect("it is in the file");
        Edit { range, text: told["text"].as_str().expect("a text").to_owned() }
    }
}

fn place(found: &Value) -> Place {
    let number = |key: &str| found[key].as_u64().map(|number| number as u32);
    Place {
        line: number("line").expect("a line"),
        end_line: number("end_line").expect("a line"),
        columns: number("column").zip(number("end_column")),
    }
}
