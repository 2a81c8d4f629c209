//! What unslow says that the advisors' fixes save, against what they save.
//!
//! `cargo bench --bench estimates [-- ID ... VERSION] [--shares]`. Every pair's `slow.py` is sampled while it works
//! over and over, at the smallest, middle and largest size that its `gain.toml` has, and what the finding
//! says is compared with the time that `fast.py` takes for the same, preparation included. Pairs whose
//! advice is about memory or right results promise no time, and say so. CPython 3.13 unless a version is
//! given.
//!
//! With `--shares`, what part of `slow.py`'s time its findings tell of is written into `gain.toml`, at
//! every size: the ratios there are of all that the pair does.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use advisors::{CATALOGUE, Entry, Gain, Worth};
use unslow::advise::{Finding, advise};
use unslow::locate::{Sources, locate};
use unslow::profile::file;
use unslow::rules::Rules;

#[path = "../tests/support/mod.rs"]
mod support;

use support::packages::{needs, packages};
use support::pairs::{EXACT, RUN_ONCE};
use support::{Interpreter, interpreters, repository, unslow};

/// How long each is sampled, and how often a second.
const SECONDS: &str = "3";
const RATE: &str = "200";

/// Seconds that those work at the least that are run once.
const ONCE: &str = "1";

/// What the project wants: the median distance, as a power of two, and the part of the intervals that
/// hold what was measured.
const WANTED: (f64, f64) = (0.6, 0.7);

/// What stands before the shares in a `gain.toml`; the bench that writes the rows looks for its beginning.
const SHARES: &str = "
# What part of slow.py's time the findings tell of: `cargo bench --bench estimates -- --shares`.
";

fn main() {
    let writes = std::env::args().any(|word| word == "--shares");
    // Cargo passes `--bench` along.
    let words: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let version = words.iter().find_map(|word| version(word)).unwrap_or((3, 13));
    let Some(python) = interpreters().iter().find(|python| python.version == version) else {
        println!("skipped: no CPython {}.{}", version.0, version.1);
        return;
    };
    let asked = |entry: &&Entry| {
        let all = words.iter().all(|word| self::version(word).is_some());
        all || words.iter().any(|word| word == entry.id)
    };
    println!("saved of the run                       size   estimated      measured   2^x  held");
    let (mut all, mut silent) = (Vec::new(), 0);
    for entry in CATALOGUE.iter().filter(asked) {
        let (cases, silences): (Vec<_>, Vec<_>) =
            pair(python, entry, writes).into_iter().partition(Option::is_some);
        let cases: Vec<Case> = cases.into_iter().flatten().collect();
        if writes {
            write_shares(entry, &cases);
        }
        all.extend(cases);
        silent += silences.len();
    }
    sum_up(&all, silent);
}

fn version(word: &str) -> Option<(u8, u8)> {
    let (major, minor) = word.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// One size of a pair of which something was said.
struct Case {
    size: u64,
    estimated: Gain,
    /// Share of the run that `fast.py` saves, under 1.
    measured: f64,
    /// What part of the time of `slow.py`'s `work` the findings tell of.
    part: f64,
}

/// Samples one pair at three of its sizes, or all, and tells each; nothing for one of which nothing was
/// said.
fn pair(python: &Interpreter, entry: &Entry, all: bool) -> Vec<Option<Case>> {
    let packages = match needs(entry.slow).map(|_| packages(python.version)) {
        Some(None) => return Vec::new(),
        folder => folder.flatten(),
    };
    let rows = entry.gains.rows.iter().filter(|row| row.python == python.version);
    let sizes: Vec<u64> = rows.map(|row| row.size).collect();
    if sizes.is_empty() {
        println!("{:<28} {:>14}   no time is promised", entry.id, "-");
    }
    let three = BTreeSet::from([0, sizes.len() / 2, sizes.len().saturating_sub(1)]);
    let sizes = sizes.into_iter().enumerate().filter(|(index, _)| all || three.contains(index));
    sizes
        .map(|(_, size)| {
            let estimated = estimated(python, entry, size, packages.as_deref());
            let (measured, worked) = measured(python, entry, size, packages.as_deref());
            let Some((estimated, share)) = estimated else {
                let percent = measured * 100.0;
                println!("{:<28} {size:>14}   silent        {percent:>5.1} %", entry.id);
                return None;
            };
            let case = Case { size, estimated, measured, part: (share / worked).min(1.0) };
            case.tell(entry.id);
            Some(case)
        })
        .collect()
}

/// Writes what part of `work` the findings told of, behind the rows of `gain.toml`.
fn write_shares(entry: &Entry, cases: &[Case]) {
    let path = part(entry, "gain.toml");
    let old = fs::read_to_string(&path).expect("the pair has one");
    let rows = &old[..old.find(SHARES).unwrap_or(old.len())];
    let share =
        |case: &Case| format!("\n[[share]]\nsize = {}\npart = {:.2}\n", case.size, case.part);
    let shares: String = cases.iter().map(share).collect();
    let head = if cases.is_empty() { "" } else { SHARES };
    fs::write(&path, [rows, head, &shares].concat()).expect("it is writable");
}

impl Case {
    fn tell(&self, id: &str) {
        let (size, gain) = (self.size, self.estimated);
        println!(
            "{id:<28} {size:>14}   {:>3.0} % ({:.0}-{:.0})   {:>5.1} %  {:>5.2}  {:<3}  of {:.2}",
            gain.saved * 100.0,
            gain.saved_low * 100.0,
            gain.saved_high * 100.0,
            self.measured * 100.0,
            self.distance(),
            if self.holds() { "yes" } else { "no" },
            self.part,
        );
    }

    /// How many times the one is the other, as a power of two.
    fn distance(&self) -> f64 {
        (self.estimated.saved / self.measured.max(0.001)).log2()
    }

    fn width(&self) -> f64 {
        self.estimated.saved_high - self.estimated.saved_low
    }

    /// The same of how many times faster the run becomes.
    fn speedup_distance(&self) -> f64 {
        ((1.0 - self.measured) / (1.0 - self.estimated.saved).max(0.001)).log2()
    }

    /// Whether the interval, as it is told in whole percents, holds what was measured.
    fn holds(&self) -> bool {
        let percent = |share: f64| (share * 100.0).round();
        let told = percent(self.estimated.saved_low)..=percent(self.estimated.saved_high);
        told.contains(&percent(self.measured))
    }
}

fn sum_up(cases: &[Case], silent: usize) {
    let median =
        |distance: fn(&Case) -> f64| median(cases.iter().map(|it| distance(it).abs()).collect());
    let held = cases.iter().filter(|case| case.holds()).count();
    println!(
        "\n{} cases, and {silent} in which nothing is said: median |log2(estimated / measured)| {:.2} of what is saved (wanted: at most {}), \
         {:.2} of how many times faster; the interval holds what was measured in {held}, {:.0} % \
         (wanted: {:.0} %), and is {:.0} points wide (median)",
        cases.len(),
        median(Case::distance),
        WANTED.0,
        median(Case::speedup_distance),
        held as f64 * 100.0 / cases.len().max(1) as f64,
        WANTED.1 * 100.0,
        self::median(cases.iter().map(Case::width).collect()) * 100.0,
    );
}

/// What unslow says of `slow.py` at that size, and of what share of the run; nothing when it says
/// nothing.
fn estimated(
    python: &Interpreter,
    entry: &Entry,
    size: u64,
    packages: Option<&Path>,
) -> Option<(Gain, f64)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("p.pb.gz");
    record(python, entry, size, packages, &path);
    let (sources, rules) = (Sources::default(), Rules::default());
    let profile = file::load(&path).expect("the profile can be read");
    let advice = advise(&profile, locate(&profile, &sources, &rules), &rules);
    let time = |finding: &Finding| match finding.worth {
        Worth::Time(gain) => Some((gain, finding.heat.share)),
        Worth::Memory(_) | Worth::Correctness => None,
    };
    // `fast.py` follows all of what the advisor says.
    let own =
        advice.findings.iter().filter(|it| it.advisor == entry.id && it.same_time_as.is_none());
    own.filter_map(time).reduce(|(a, share), (b, other)| {
        let sum = |a: f64, b: f64| (a + b).min(1.0);
        let gain = Gain {
            saved: sum(a.saved, b.saved),
            saved_low: sum(a.saved_low, b.saved_low),
            saved_high: sum(a.saved_high, b.saved_high),
        };
        (gain, sum(share, other))
    })
}

/// Records the pair's work to a file.
fn record(python: &Interpreter, entry: &Entry, size: u64, packages: Option<&Path>, path: &Path) {
    let mut unslow = unslow();
    let mut program = None;
    if entry.slow.contains(RUN_ONCE) {
        unslow.args(["run", "-r", RATE, "-o"]).arg(path).arg("--").arg(&python.path);
        unslow.args(Program::arguments(entry, size)).arg(ONCE);
        unslow.envs(environment(packages));
    } else {
        let program = program.insert(Program::start(python, entry, size, packages));
        unslow.args(["record", "-d", SECONDS, "-r", RATE, "-p", &program.0.id().to_string()]);
        unslow.args(EXACT.contains(&entry.id).then_some("--exact")).arg("-o").arg(path);
    }
    let output = unslow.output().expect("unslow starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A program that works until it is dropped.
struct Program(Child);

impl Program {
    fn start(python: &Interpreter, entry: &Entry, size: u64, packages: Option<&Path>) -> Self {
        let mut child = command(python, packages)
            .args(Self::arguments(entry, size))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says that it is ready");
        assert_eq!(line.trim(), "ready", "{} at {size}", entry.id);
        Self(child)
    }

    fn arguments(entry: &Entry, size: u64) -> [PathBuf; 3] {
        [repository("benches/estimates.py"), part(entry, "slow.py"), size.to_string().into()]
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Share of `slow.py`'s time that `fast.py` does not take, and the share of `work` in it: the medians
/// over the turns.
fn measured(python: &Interpreter, entry: &Entry, size: u64, packages: Option<&Path>) -> (f64, f64) {
    let run = command(python, packages)
        .arg(repository("advisors/benches/gain.py"))
        .arg("--whole")
        .args([part(entry, "slow.py"), part(entry, "fast.py")])
        .arg(size.to_string())
        .output()
        .expect("the interpreter starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8_lossy(&run.stdout);
    let times = text.lines().filter_map(|line| {
        let numbers: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [_, slow, fast, preparing] = numbers[..] else { return None };
        Some((1.0 - fast / slow, (1.0 - preparing / slow).max(0.01)))
    });
    let (saved, worked): (Vec<f64>, Vec<f64>) = times.unzip();
    (median(saved), median(worked))
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn command(python: &Interpreter, packages: Option<&Path>) -> Command {
    let mut command = python.command();
    command.envs(environment(packages));
    command
}

fn environment(packages: Option<&Path>) -> impl Iterator<Item = (&'static str, &OsStr)> {
    let path = packages.map(|folder| ("PYTHONPATH", folder.as_os_str()));
    path.into_iter().chain([("PYTHONDONTWRITEBYTECODE", OsStr::new("1"))])
}

fn part(entry: &Entry, file: &str) -> PathBuf {
    repository("advisors").join(entry.id).join(file)
}
