//! Which findings the rules keep back.

use advisors::Worth;

use super::Finding;
use crate::rules::Rules;

/// The findings that are wanted, and for each that is kept back but would be told without the rules,
/// the setting that does so.
pub(super) fn sift(
    found: Vec<Finding>,
    rules: &Rules,
    directory: Option<&str>,
) -> (Vec<Finding>, Vec<&'static str>) {
    let (mut told, mut kept_back) = (Vec::new(), Vec::new());
    for finding in found {
        let named = rules.setting_against(finding.advisor, finding.file.data(), directory);
        match named.or_else(|| bound_against(&finding, rules)) {
            None => told.push(finding),
            Some(setting) if bound_against(&finding, &Rules::default()).is_none() => {
                kept_back.push(setting);
            }
            Some(_) => {}
        }
    }
    (told, kept_back)
}

/// The setting below whose bound a finding is.
fn bound_against(finding: &Finding, rules: &Rules) -> Option<&'static str> {
    let saves_little = match finding.worth {
        Worth::Time(gain) => gain.saved < rules.least_saving,
        Worth::Memory(_) | Worth::Correctness => false,
    };
    let takes_little = finding.heat.share < rules.least_share;
    saves_little.then_some("min-saving").or(takes_little.then_some("min-share"))
}
