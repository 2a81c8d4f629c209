//! Whether findings fail the check that was asked for: conditions, and a baseline of what is known.

mod baseline;
mod condition;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, BaselineError};
pub use condition::{Condition, ConditionError};

use crate::advise::{Advice, Finding, Unlooked};
use crate::profile::Profile;

/// What findings have to pass.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// A finding that meets one of these fails the check; with a baseline alone, any new one does.
    pub conditions: Vec<Condition>,
    /// Whether they are the project's, not the command line's.
    pub of_project: bool,
    /// Findings that are known, and fail nothing.
    pub baseline: Option<Baseline>,
    /// What can be told without values is enough to pass.
    pub without_values: bool,
}

/// A finding that fails the check.
#[derive(Debug)]
pub struct Breach<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// The first condition that it meets; `None` when it only is not in the baseline.
    pub condition: Option<&'a Condition>,
}

/// Why the check may not have seen what would fail it.
#[derive(Debug)]
pub enum Blind<'a> {
    /// A hot source could not be looked at.
    Source(&'a Unlooked),
    /// The run has so few samples that nothing stands out from chance.
    FewSamples(u64),
    /// Hot sources were judged without what names were bound to, on which much of the advice stands.
    Values,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Verdict<'a> {
    /// What fails the check, best finding first.
    pub breaches: Vec<Breach<'a>>,
    /// How many would, were they not in the baseline.
    pub known: usize,
    /// Without this nothing can be said to pass.
    pub blind: Vec<Blind<'a>>,
}

impl Gate {
    /// Whether there is anything to pass.
    pub fn is_asked(&self) -> bool {
        !self.conditions.is_empty() || self.baseline.is_some()
    }

    /// Judges the findings of a profile. Of too few samples nothing stands out from chance: neither do
    /// findings then fail the check, nor does it pass.
    pub fn judge<'a>(&'a self, profile: &Profile, advice: &'a Advice) -> Verdict<'a> {
        let mut verdict = Verdict { blind: self.blind(profile, advice), ..Verdict::default() };
        if profile.has_few_samples() {
            return verdict;
        }
        for (finding, is_known) in advice.findings.iter().zip(self.known(profile, advice)) {
            let condition = self.conditions.iter().find(|condition| condition.is_met(finding));
            let fails = condition.is_some() || self.conditions.is_empty() && self.is_asked();
            match (fails, is_known) {
                (true, true) => verdict.known += 1,
                (true, false) => verdict.breaches.push(Breach { finding, condition }),
                (false, _) => {}
            }
        }
        verdict
    }

    /// Of each finding whether it fails the check; `None` where there is none, or too few samples for one.
    pub fn failing(&self, profile: &Profile, advice: &Advice) -> Vec<Option<bool>> {
        let is_judged = self.is_asked() && !profile.has_few_samples();
        let fails = |finding: &Finding| {
            self.conditions.is_empty() || self.conditions.iter().any(|it| it.is_met(finding))
        };
        let findings = advice.findings.iter().zip(self.known(profile, advice));
        findings.map(|(it, is_known)| is_judged.then(|| !is_known && fails(it))).collect()
    }

    /// Which findings are in the baseline. What meets no condition takes its own place there too.
    pub fn known(&self, profile: &Profile, advice: &Advice) -> Vec<bool> {
        match &self.baseline {
            Some(baseline) => baseline.known(&profile.target, &advice.findings),
            None => vec![false; advice.findings.len()],
        }
    }

    fn blind<'a>(&self, profile: &Profile, advice: &'a Advice) -> Vec<Blind<'a>> {
        if !self.is_asked() {
            return Vec::new();
        }
        let few = profile.has_few_samples().then(|| Blind::FewSamples(profile.run_samples()));
        let matters = |unlooked: &&Unlooked| {
            let share = unlooked.share.unwrap_or(0.0);
            let mut conditions = self.conditions.iter();
            self.conditions.is_empty() || conditions.any(|it| it.may_be_met_within(share))
        };
        let unseen = !self.without_values && judged_without_values(profile, advice);
        let unseen = unseen.then_some(Blind::Values);
        few.into_iter()
            .chain(unseen)
            .chain(advice.missing_sources().filter(matters).map(Blind::Source))
            .collect()
    }
}

/// Whether anything hot was looked at without what names were bound to.
pub fn judged_without_values(profile: &Profile, advice: &Advice) -> bool {
    profile.lacks_operands() && !advice.sources.is_empty()
}
