//! Which findings are about the same time, so that nobody adds up what they save.

use advisors::Worth;

use super::Finding;
use crate::profile::{Location, Profile};

/// Findings that are compared: the bits of a mask.
const COMPARED: usize = u64::BITS as usize;

/// Part of a finding's samples that must be another's too.
const MOSTLY: f64 = 0.5;

/// Tells each finding about time the best one before it that most of its own samples belong to as
/// well. `findings` are sorted, best first.
pub(super) fn mark(profile: &Profile, findings: &mut [Finding]) {
    let shared = Shared::count(profile, findings);
    for later in 1..findings.len().min(COMPARED) {
        let own = shared.samples[later][later] as f64;
        let same = |&earlier: &usize| shared.samples[earlier][later] as f64 >= MOSTLY * own;
        findings[later].same_time_as = (0..later).filter(|_| own > 0.0).find(same);
    }
}

/// Samples that two findings have in common, and on the diagonal those of each.
struct Shared {
    samples: Vec<[u64; COMPARED]>,
}

impl Shared {
    fn count(profile: &Profile, findings: &[Finding]) -> Self {
        let masks: Vec<u64> =
            profile.locations.iter().map(|location| mask(location, findings)).collect();
        let mut samples = vec![[0; COMPARED]; findings.len().min(COMPARED)];
        for count in &profile.counts {
            let stack = &profile.stacks[count.stack as usize].locations;
            let all = stack.iter().fold(0, |all, &id| all | masks[id as usize]);
            for one in bits(all) {
                for other in bits(all) {
                    samples[one][other] += count.samples;
                }
            }
        }
        Self { samples }
    }
}

/// A bit for each finding that a location is part of.
fn mask(location: &Location, findings: &[Finding]) -> u64 {
    let within =
        |finding: &Finding| matches!(finding.worth, Worth::Time(_)) && finding.covers(location);
    let first = findings.iter().take(COMPARED).enumerate();
    first.filter(|(_, finding)| within(finding)).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

fn bits(mask: u64) -> impl Iterator<Item = usize> {
    (0..COMPARED).filter(move |bit| mask >> bit & 1 == 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::{Gain, Heat, Place};

    use super::*;
    use crate::profile::{Count, Stack};
    use crate::sample::{Code, State};
    use crate::text::Untrusted;

    fn finding(line: u32, columns: (u32, u32), worth: Worth) -> Finding {
        Finding {
            advisor: "list-membership",
            title: Untrusted::new(""),
            because: Vec::new(),
            file: Untrusted::new("etl.py"),
            function: Untrusted::new("f"),
            place: Place { line, end_line: line, columns: Some(columns) },
            definition: None,
            source: Untrusted::new(""),
            heat: Heat::default(),
            evidence: Vec::new(),
            worth,
            same_time_as: None,
            is_known: false,
            fails: None,
            fix: None,
        }
    }

    fn profile(stacks: &[(&[u32], u64)]) -> Profile {
        let code =
            Code { name: Untrusted::new("f"), file: Untrusted::new("etl.py"), first_line: 1 };
        let code = Arc::new(code);
        let location = |line, columns| Location {
            code: Arc::clone(&code),
            place: Place { line, end_line: line, columns: Some(columns) },
        };
        let count = |(stack, &(_, samples)): (u32, &(&[u32], u64))| Count {
            stack,
            thread: 0,
            task: None,
            state: State::IDLE,
            samples,
        };
        Profile {
            locations: vec![location(2, (4, 8)), location(9, (4, 20)), location(9, (8, 12))],
            stacks: stacks.iter().map(|(ids, _)| Stack { locations: ids.to_vec() }).collect(),
            counts: (0..).zip(stacks).map(count).collect(),
            ..Profile::default()
        }
    }

    #[test]
    fn a_call_and_what_it_calls_are_the_same_time() {
        let time = Worth::Time(Gain { saved: 0.5, saved_low: 0.4, saved_high: 0.6 });
        let marked = |stacks: &[(&[u32], u64)], worth| {
            let mut findings = vec![
                finding(9, (4, 20), time),
                finding(2, (4, 8), time),
                finding(9, (8, 12), worth),
            ];
            mark(&profile(stacks), &mut findings);
            findings.iter().map(|finding| finding.same_time_as).collect::<Vec<_>>()
        };
        assert_eq!(marked(&[(&[0, 1], 80), (&[0], 20)], time), [None, Some(0), None]);
        assert_eq!(marked(&[(&[0, 1], 20), (&[0], 80)], time), [None, None, None]);
        assert_eq!(marked(&[(&[2], 10)], time), [None, None, Some(0)]);
        assert_eq!(marked(&[(&[2], 10)], Worth::Correctness), [None, None, None]);
    }

    #[test]
    fn the_time_of_a_function_is_that_of_its_body() {
        let time = Worth::Time(Gain { saved: 0.5, saved_low: 0.4, saved_high: 0.6 });
        let definition = Some(Place { line: 1, end_line: 3, columns: Some((0, 12)) });
        let function = Finding { definition, ..finding(1, (4, 5), time) };
        let in_body = |id: usize| function.covers(&profile(&[]).locations[id]);
        assert_eq!([0, 1].map(in_body), [true, false]);
        let mut findings = vec![finding(9, (4, 20), time), function];
        mark(&profile(&[(&[0, 1], 80)]), &mut findings);
        assert_eq!(findings[1].same_time_as, Some(0));
    }

    #[test]
    fn more_findings_than_are_compared_are_left_unmarked() {
        let time = Worth::Time(Gain { saved: 0.5, saved_low: 0.4, saved_high: 0.6 });
        let mut findings = vec![finding(2, (4, 8), time); COMPARED + 1];
        mark(&profile(&[(&[0], 10)]), &mut findings);
        let marked: Vec<_> = findings.iter().map(|finding| finding.same_time_as).collect();
        assert_eq!((marked[COMPARED - 1], marked[COMPARED]), (Some(0), None));
    }
}
