//! `list-membership`, `any`, `saving>10%`: what fails a check.

use std::fmt;
use std::str::FromStr;

use advisors::CATALOGUE;

use crate::advise::Finding;
use crate::rules::{UnknownName, advisor, nearest};

/// Something that a finding may meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// Any finding.
    Any,
    /// A finding of this advisor.
    Advisor(&'static str),
    /// A finding whose fix is expected to save more than this share of the run, 0 to 1. One that may
    /// save nothing has no saving to expect.
    Saving(f64),
    /// A finding whose place takes more than this share of the run, 0 to 1.
    Share(f64),
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// It names what there is none of.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// It compares with something else than a percentage.
    #[error("{0:?} compares with no percentage; write for example saving>10%")]
    NoPercentage(String),
    /// It compares by something else than `>`.
    #[error("{0:?} compares by `{1}`, and only > is known; write for example saving>10%")]
    NoSign(String, &'static str),
    /// There are several in one.
    #[error("{0:?} is more than one condition; give each of them by itself")]
    Several(String),
}

const ANY: &str = "any";
const SAVING: &str = "saving";
const SHARE: &str = "share";

/// What people compare by that is not known here, the longer ones first.
const OTHER_SIGNS: [&str; 5] = [">=", "=>", "<=", "<", "="];

impl Condition {
    /// Whether a finding meets it.
    pub fn is_met(&self, finding: &Finding) -> bool {
        match *self {
            Self::Any => true,
            Self::Advisor(advisor) => finding.advisor == advisor,
            Self::Saving(least) => finding.sure_saving().is_some_and(|saved| saved > least),
            Self::Share(least) => finding.heat.share > least,
        }
    }

    /// Whether a finding may meet it in a source through which no more than this share of the run
    /// passes, 0 to 1.
    pub fn may_be_met_within(&self, share: f64) -> bool {
        match *self {
            Self::Any | Self::Advisor(_) => true,
            Self::Saving(least) | Self::Share(least) => share > least,
        }
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        if text.contains(',') {
            return Err(ConditionError::Several(text.to_owned()));
        }
        if let Some(sign) = OTHER_SIGNS.iter().find(|sign| text.contains(**sign)) {
            return Err(ConditionError::NoSign(text.to_owned(), sign));
        }
        let Some((measure, bound)) = text.split_once('>') else { return named(text.trim()) };
        let measure = measure.trim();
        let condition = match measure {
            SAVING => Self::Saving,
            SHARE => Self::Share,
            _ => {
                let meant = measure_meant(&measure.to_lowercase());
                let name = measure.to_owned();
                return Err(UnknownName { kind: "measure", name, meant }.into());
            }
        };
        let number = bound.trim().strip_suffix('%').and_then(|it| it.trim().parse::<f64>().ok());
        let number = number.filter(|it| (0.0..=100.0).contains(it));
        let number = number.ok_or_else(|| ConditionError::NoPercentage(text.to_owned()))?;
        Ok(condition(number / 100.0))
    }
}

/// What people may call a measure, and what it is called.
const CALLED: [(&str, &str); 6] = [
    ("time", SAVING),
    ("gain", SAVING),
    ("speedup", SAVING),
    ("heat", SHARE),
    ("self", SHARE),
    ("total", SHARE),
];

fn measure_meant(measure: &str) -> Option<&'static str> {
    let called = CALLED.iter().find(|(called, _)| *called == measure).map(|(_, name)| *name);
    called.or_else(|| nearest(measure, [SAVING, SHARE].into_iter()))
}

fn named(name: &str) -> Result<Condition, ConditionError> {
    match name {
        ANY => Ok(Condition::Any),
        SAVING | SHARE => Err(ConditionError::NoPercentage(name.to_owned())),
        _ => Ok(Condition::Advisor(advisor(name).map_err(|unknown| {
            let others = [ANY, "saving>10%", "share>10%"].into_iter();
            let known = CATALOGUE.iter().map(|entry| entry.id).chain(others);
            let meant = nearest(&name.to_lowercase(), known);
            UnknownName { kind: "advisor or condition", meant, ..unknown }
        })?)),
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // To a ten thousandth of a percent: 0.07 * 100 is not 7.
        let percent = |share: f64| (share * 1e6).round() / 1e4;
        match *self {
            Self::Any => f.write_str(ANY),
            Self::Advisor(advisor) => f.write_str(advisor),
            Self::Saving(least) => write!(f, "{SAVING}>{}%", percent(least)),
            Self::Share(least) => write!(f, "{SHARE}>{}%", percent(least)),
        }
    }
}
