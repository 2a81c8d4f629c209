//! One expression that two Pythons ran, told once: before CPython 3.9 the file of a script has the name
//! that it was given, from then on its whole path.

use std::collections::HashSet;

use super::Finding;
use crate::profile::Profile;
use crate::text::Untrusted;

/// Leaves out findings that are another, better one by another name of the file; that one tells how
/// much of the run they are.
pub(super) fn join(profile: &Profile, findings: &mut Vec<Finding>) {
    let mut told: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let twin = told.iter_mut().find(|other| are_twins(profile, other, &finding));
        match twin {
            Some(twin) => twin.because.push(also(profile, &finding)),
            None => told.push(finding),
        }
    }
    *findings = told;
}

fn are_twins(profile: &Profile, one: &Finding, other: &Finding) -> bool {
    let name = |finding: &Finding| {
        let file = finding.file.data();
        profile.target.below_base(file).unwrap_or(file).to_owned()
    };
    one.file != other.file
        && (one.advisor, one.place) == (other.advisor, other.place)
        && name(one) == name(other)
}

/// How much another Python spent in it.
fn also(profile: &Profile, twin: &Finding) -> Untrusted {
    let ran = |stack| profile.frames(stack).any(|location| location.code.file == twin.file);
    let counts = profile.counts.iter().filter(|count| ran(count.stack));
    let pids: HashSet<u32> =
        counts.map(|count| profile.threads[count.thread as usize].pid).collect();
    let mut processes = profile.processes.iter().filter(|process| pids.contains(&process.pid));
    let python = processes.find_map(|process| process.python);
    let python = python.map_or_else(|| "another Python".to_owned(), |it| it.described());
    let share = (twin.heat.share * 100.0).round();
    Untrusted::new(format!("{python} ran it too, for {share} % more of the run."))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::{Heat, Place, Python, Worth};

    use super::*;
    use crate::profile::{Count, Location, Process, Stack, Target, Thread};
    use crate::sample::{Code, State};

    fn finding(file: &str, line: u32, share: f64) -> Finding {
        Finding {
            advisor: "list-membership",
            title: Untrusted::default(),
            because: Vec::new(),
            file: Untrusted::new(file),
            function: Untrusted::new("f"),
            place: Place { line, end_line: line, columns: Some((7, 16)) },
            definition: None,
            source: Untrusted::default(),
            heat: Heat { share, ..Heat::default() },
            evidence: Vec::new(),
            worth: Worth::Correctness,
            same_time_as: None,
            is_known: false,
            fails: None,
            fix: None,
        }
    }

    /// One process whose script is `/srv/etl.py`, and an older Python's, whose is `etl.py`.
    fn profile() -> Profile {
        let location = |file: &str| {
            let (name, file) = (Untrusted::new("f"), Untrusted::new(file));
            let code = Arc::new(Code { name, file, first_line: 1 });
            Location { code, place: Place::line(5) }
        };
        let count = |which| {
            let (task, state) = (None, State::IDLE);
            Count { stack: which, thread: which, task, state, samples: 9 }
        };
        let process =
            |pid, minor| Process { pid, python: Some(Python::new(3, minor)), ..Process::default() };
        Profile {
            target: Target {
                directory: Some(Untrusted::new("/srv")),
                python: Some(Python::new(3, 12)),
                ..Target::default()
            },
            processes: vec![process(7, 12), process(8, 8), process(9, 10)],
            threads: [7, 8].map(|pid| Thread { pid, tid: pid, name: None }).to_vec(),
            locations: ["/srv/etl.py", "etl.py"].map(location).to_vec(),
            stacks: [0, 1].map(|id| Stack { locations: vec![id] }).to_vec(),
            counts: [0, 1].map(count).to_vec(),
            ..Profile::default()
        }
    }

    #[test]
    fn one_expression_by_two_names_of_its_file_is_one_finding() {
        let mut findings = vec![
            finding("/srv/etl.py", 5, 0.4),
            finding("etl.py", 5, 0.292),
            finding("etl.py", 6, 0.1),
            finding("/other/etl.py", 5, 0.1),
        ];
        join(&profile(), &mut findings);
        let told: Vec<(&str, u32)> =
            findings.iter().map(|it| (it.file.data(), it.place.line)).collect();
        assert_eq!(told, [("/srv/etl.py", 5), ("etl.py", 6), ("/other/etl.py", 5)]);
        let because: Vec<&str> = findings[0].because.iter().map(Untrusted::data).collect();
        assert_eq!(because, ["CPython 3.8.0 ran it too, for 29 % more of the run."]);
    }

    #[test]
    fn other_pythons_are_those_that_were_sampled() {
        assert_eq!(profile().other_pythons(), [Python::new(3, 8)]);
    }
}
