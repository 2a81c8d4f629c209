//! JUnit's XML: a test for each finding, which fails unless a check lets it pass.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{details, path};
use crate::advise::{Finding, Ignored, Unlooked};
use crate::report::{Input, ReportError, names, quality, sentences};
use crate::text::Untrusted;

/// What the report and its tests are called, with the version of the schema that they hold to.
const NAME: &str = "unslow";

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let advice = input.advice;
    let mut suite = TestSuite::new(names::recorded(input.profile).terminal());
    suite.add_test_cases(advice.findings.iter().map(|finding| found(finding, input)));
    suite.add_test_cases(advice.ignored.iter().map(|ignored| ignored_case(ignored, input)));
    suite.add_test_cases(advice.unlooked.iter().map(unlooked));
    if suite.test_cases.is_empty() {
        suite.add_test_case(TestCase::new(
            quality::nothing_to_advise(input.profile, advice),
            TestCaseStatus::success(),
        ));
    }
    let seconds = input.profile.timing.seconds;
    if let Some(time) = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero()) {
        suite.set_time(time);
    }
    let mut report = Report::new(NAME);
    report.add_test_suite(suite);
    let mut xml = Vec::new();
    report.serialize(&mut xml)?;
    Ok(xml)
}

fn found(finding: &Finding, input: &Input<'_>) -> TestCase {
    if finding.is_known {
        let mut status = TestCaseStatus::skipped();
        status.set_message(sentences::KNOWN);
        return case(finding, input, status);
    }
    if finding.fails == Some(false) {
        let mut case = case(finding, input, TestCaseStatus::success());
        let told = std::iter::once(finding.title.terminal()).chain(details(finding, input));
        case.set_system_out(told.collect::<Vec<_>>().join("\n"));
        return case;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(finding.advisor).set_message(finding.title.terminal());
    status.set_description(details(finding, input).join("\n"));
    case(finding, input, status)
}

fn ignored_case(ignored: &Ignored, input: &Input<'_>) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(format!("ignored in the source: {}", ignored.reason.terminal()));
    case(&ignored.finding, input, status)
}

fn case(finding: &Finding, input: &Input<'_>, status: TestCaseStatus) -> TestCase {
    let file = Untrusted::new(path(&input.profile.target, &finding.file)).terminal();
    let name = format!("{} in {}", finding.advisor, names::function(&finding.function).terminal());
    let mut case = TestCase::new(name, status);
    case.set_classname(&file);
    case.add_property(("file", file.as_str()));
    case.add_property(("line", finding.place.line.to_string().as_str()));
    case
}

fn unlooked(unlooked: &Unlooked) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(&unlooked.why);
    TestCase::new(unlooked.what.terminal(), status)
}
