//! Formats of functions and calls, read by the programs that they are for where those are there.

use std::process::{Command, Output};

use unslow::profile::Timing;
use unslow::report::View;

use crate::fixture::{deep, hostile, orders};
use crate::{is_dangerous, named, render};

/// Prints what pstats makes of a file: the seconds in all, then each function with its samples,
/// seconds and number of callers.
const READ_PSTATS: &str = "
import pstats, sys
stats = pstats.Stats(sys.argv[1])
stats.sort_stats('cumulative').print_callers()
print(f'total {stats.total_tt:.2f}')
for (file, line, name), (cc, nc, tt, ct, callers) in sorted(stats.stats.items()):
    print(ascii(f'{name} {file}:{line} {cc} {nc} {tt:.2f} {ct:.2f} {len(callers)}'))
";

fn run(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: {command:?}: {error}");
            None
        }
    }
}

/// What a command prints about a file with these bytes; nothing when there is no such command.
fn read_by(command: &mut Command, bytes: &[u8]) -> Option<String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    let output = run(command.arg(file.path()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn pythons_own_reader_takes_the_pstats() {
    let mut untimed = orders();
    untimed.0.timing = Timing::default();
    for of in [orders(), hostile(), deep(900), untimed] {
        let bytes = render(named("pstats"), &of, &View::default());
        let mut python = Command::new("python3");
        let Some(read) =
            read_by(python.env("PYTHONIOENCODING", "utf-8").args(["-c", READ_PSTATS]), &bytes)
        else {
            return;
        };
        let second = if of.0.timing.tells_time() { of.0.timing.sample_seconds() } else { 1.0 };
        let seconds = of.0.busy_samples() as f64 * second;
        assert!(read.contains(&format!("total {seconds:.2}\n")), "{read}");
        assert_eq!(read.chars().find(|&c| is_dangerous(c)), None);
        if of.0 == orders().0 {
            assert!(
                read.contains("'dedupe /srv/shop/orders.py:5 2350 2350 23.57 23.57 1'"),
                "{read}"
            );
        }
    }
}

/// Sums of a callgrind file: of own costs, and by called function of what the calls to it cost.
fn costs(text: &str) -> (u64, std::collections::BTreeMap<String, u64>) {
    let (mut own, mut called) = (0, std::collections::BTreeMap::new());
    let mut callee: Option<String> = None;
    let mut is_call = false;
    let body = text.split_once("\n\n").expect("a head").1;
    for line in body.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("cfn=") {
            callee = Some(name.to_owned());
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if !["fl=", "fn=", "cfi="].iter().any(|start| line.starts_with(start)) {
            let (_, cost) = line.split_once(' ').expect("a line and a cost");
            let cost: u64 = cost.parse().expect("a cost");
            match (is_call, &callee) {
                (true, Some(callee)) => *called.entry(callee.clone()).or_default() += cost,
                _ => own += cost,
            }
            is_call = false;
        }
    }
    (own, called)
}

#[test]
fn callgrind_costs_add_up() {
    let (profile, advice) = orders();
    let bytes = render(named("callgrind"), &(profile.clone(), advice), &View::default());
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (own, called) = costs(&text);
    let wanted = profile.busy_samples() as f64 * profile.timing.sample_seconds() * 1e6;
    assert!((own as f64 - wanted).abs() < 20.0, "{own} {wanted}");
    let summary = text.lines().find_map(|line| line.strip_prefix("summary: ")).expect("a summary");
    assert!(summary.parse::<u64>().expect("a number").abs_diff(own) < 20);
    // main is called by the module alone, and stands in all but the samples of the import.
    assert!(called["main:24"] > called["dedupe:5"] && called["main:24"] < own, "{called:?}");
}

#[test]
fn valgrinds_own_reader_takes_the_callgrind_file() {
    for of in [orders(), hostile(), deep(900)] {
        let bytes = render(named("callgrind"), &of, &View::default());
        let mut annotate = Command::new("callgrind_annotate");
        let arguments = ["--inclusive=yes", "--tree=both", "--threshold=100"];
        let Some(read) = read_by(annotate.args(arguments), &bytes) else { return };
        assert!(read.contains("PROGRAM TOTALS"), "{read}");
        if of.0 == orders().0 {
            assert!(read.contains("orders.py:dedupe:5"), "{read}");
        }
    }
}
