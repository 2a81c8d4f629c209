//! Every advisor's pair, really sampled on every CPython found: the first finding in `slow.py` is that of
//! the expression that is marked, its fix prints the same and saves half of what `fast.py` saves, and
//! `fast.py` gets none.
//!
//! `UNSLOW_ADVISORS` names the pairs to sample, separated by commas; all when it is not set.

#[path = "advisors/marked.rs"]
mod marked;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use advisors::{CATALOGUE, Entry};
use marked::Marked;
use serde_json::Value;
use support::fixed::Fixed;
use support::packages::{needs, packages};
use support::pairs::{EXACT, RUN_ONCE};
use support::pays::pays_from;
use support::recording::{Recording, record_with};
use support::{Interpreter, interpreters, repository};

/// Runs a file as a script once, so that what it imports is there, and then again and again for so
/// many seconds. Nothing is collected meanwhile: what the objects cost that a pair prepares is another
/// advisor's matter.
/// What follows are folders with packages.
const AGAIN_AND_AGAIN: &str = "
import gc, sys, time
path, seconds = sys.argv[1:3]
sys.path[1:1] = sys.argv[3:]
sys.argv[1:] = []
script = compile(open(path).read(), path, 'exec')
gc.disable()
exec(script, {'__name__': '__main__'})
end = time.time() + float(seconds)
while time.time() < end:
    exec(script, {'__name__': '__main__'})
";

/// Runs a file's `work` with what `slow.py` says under [`RUN_ONCE`]: once, unless that is over before
/// half of so many seconds: in less it might not be seen at all.
const ONE_LONG_RUN: &str = "
import os, sys, time
folder, name = os.path.split(sys.argv[1])
sys.path.insert(0, folder)
arguments = __import__('slow').RUN_ONCE
end = time.time() + float(sys.argv[2]) / 2
__import__(name[:-3]).work(*arguments)
while time.time() < end:
    __import__(name[:-3]).work(*arguments)
";

/// The pairs are written for what they are measured on.
const OLDEST: (u8, u8) = (3, 8);

/// Pairs that may go unnoticed: thousands of coroutines that run once each, for an instant, and
/// workers that end before they are met. Where they are noticed, the place has to be right.
const HIDDEN: &[&str] = &["pool-per-call", "unbounded-gather"];

/// What is true of a script that is run again and again, not of the script: all its calls come back.
const BY_RUNNING_AGAIN: &[&str] = &["memoize-pure-call"];

/// Seconds where only lines are seen, and findings are questions: nothing stands on many looks.
const LINES: &str = "1";

/// Seconds for a few hundred samples, and for some ten looks at each hot line.
const SHORT: &str = "2";

/// Seconds in which every pair has to have been seen through. Some stand on many looks, which keep
/// to a budget of processor time; on a machine with other work the target itself hardly runs.
const LONG: &str = "16";

/// Both tests sample at the same time, but for pairs that are run once: what a pool does depends on
/// who else wants the processors.
static PROCESSORS: RwLock<()> = RwLock::new(());

/// What a pair waits for before it is run.
#[expect(dead_code, reason = "what is held is let go at its end")]
enum Turn {
    Alone(RwLockWriteGuard<'static, ()>),
    Shared(RwLockReadGuard<'static, ()>),
}

impl Turn {
    fn of(entry: &Entry) -> Self {
        match entry.slow.contains(RUN_ONCE) {
            true => Self::Alone(PROCESSORS.write().unwrap_or_else(PoisonError::into_inner)),
            false => Self::shared(),
        }
    }

    fn shared() -> Self {
        Self::Shared(PROCESSORS.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a short recording has not seen enough of, a long one has: which took one is printed. Where a
/// fix does not pay, its pair is as silent as when fixed.
#[test]
fn slow_is_hot_where_it_is_marked() {
    each(|python, entry| {
        if pays_from(entry.slow).is_some_and(|from| python.version < from) {
            println!("  does not pay: must be silent");
            return is_silent(python, entry, "slow.py");
        }
        match is_hot(python, entry, SHORT) {
            Err(why) if python.has_columns() => {
                println!("  in a short recording: {}", why.lines().next().unwrap_or_default());
                is_hot(python, entry, LONG)
            }
            outcome => outcome,
        }
    });
}

fn is_hot(python: &Interpreter, entry: &Entry, seconds: &str) -> Result<(), String> {
    let recording = sample(python, entry, "slow.py", seconds);
    let findings = findings(&recording, entry);
    let found = findings.iter().find(|finding| finding["advisor"] == entry.id);
    let Some(finding) = found else {
        if HIDDEN.contains(&entry.id) {
            println!("  silent: hidden from looks that do not stop the program");
            return Ok(());
        }
        if python.has_columns() {
            return Err(format!("slow.py is silent:\n{}", recording.report()));
        }
        println!("  silent: without columns and operands there is no evidence");
        return Ok(());
    };
    println!("  {}, share {}", finding["snippet"], finding["share"]);
    let marked = Marked::of(entry, python);
    if !marked.has(finding) {
        let expected = marked.expressions();
        return Err(format!("slow.py's finding is of none of {expected:?}: {finding}"));
    }
    if findings[0] != *finding {
        return Err(format!("slow.py's top finding is another one:\n{}", recording.report()));
    }
    let own: Vec<&Value> = findings.into_iter().filter(|it| it["advisor"] == entry.id).collect();
    if !python.has_columns() {
        return Ok(());
    }
    if let Some(unfixed) = marked.unfixed(&own) {
        return Err(format!("slow.py's finding has no fix: {unfixed}"));
    }
    marked.fixed(&own).map_or(Ok(()), |fixed| is_mended(python, entry, &fixed))
}

/// Whether `slow.py` with the fixes that were told of it prints the same and saves enough; what is saved
/// is measured once of each text.
fn is_mended(python: &Interpreter, entry: &Entry, text: &str) -> Result<(), String> {
    static MEASURED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let folder = needs(entry.slow).and_then(|_| packages(python.version));
    let command = || {
        let mut command = python.command();
        command.envs(folder.iter().map(|folder| ("PYTHONPATH", folder)));
        command
    };
    let _turn = Turn::of(entry);
    let fixed = Fixed::write(&repository("advisors").join(entry.id), text);
    let outputs = ["slow.py", "fixed.py"].map(|file| fixed.output(command(), file));
    if outputs[0] != outputs[1] {
        return Err(format!("the fix does not print the same: {outputs:?}\n{text}"));
    }
    let measured = || MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    if entry.gains.rows.is_empty() || measured().contains(text) {
        return Ok(());
    }
    let seen = fixed
        .saves_enough(&command, &entry.gains.sizes())
        .map_err(|seen| format!("the fix saves too little\n{seen}{text}"))?;
    print!("{seen}");
    measured().insert(text.to_owned());
    Ok(())
}

#[test]
fn fast_is_silent() {
    each(|python, entry| is_silent(python, entry, "fast.py"));
}

fn is_silent(python: &Interpreter, entry: &Entry, file: &str) -> Result<(), String> {
    let recording = sample(python, entry, file, SHORT);
    if findings(&recording, entry).is_empty() {
        Ok(())
    } else {
        Err(format!("{file} is not silent:\n{}", recording.report()))
    }
}

/// The findings, the first first, without those that only running the script again and again makes.
fn findings<'a>(recording: &'a Recording, entry: &Entry) -> Vec<&'a Value> {
    let is_of_script = |finding: &&Value| {
        let advisor = finding["advisor"].as_str().expect("a name");
        advisor == entry.id || !BY_RUNNING_AGAIN.contains(&advisor)
    };
    recording.list().iter().filter(is_of_script).collect()
}

/// # Panics
/// At the end, with all that is wrong.
fn each(check: impl Fn(&Interpreter, &Entry) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for python in interpreters() {
        if python.version < OLDEST {
            println!("skipped: the pairs are not written for {:?}", python.version);
            continue;
        }
        for entry in wanted() {
            let pair = format!("{} on {:?}", entry.id, python.version);
            println!("{pair}");
            if needs(entry.slow).is_some() && packages(python.version).is_none() {
                continue;
            }
            wrong.extend(check(python, entry).err().map(|what| format!("{pair}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{} pairs are wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The advisors that are asked for.
///
/// # Panics
/// When one is named that is not there: a test of nothing would pass.
fn wanted() -> Vec<&'static Entry> {
    let Ok(named) = std::env::var("UNSLOW_ADVISORS") else { return CATALOGUE.iter().collect() };
    let find = |id: &str| advisors::find(id).unwrap_or_else(|| panic!("there is no advisor {id}"));
    named.split(',').map(find).collect()
}

fn sample(python: &Interpreter, entry: &Entry, file: &str, seconds: &str) -> Recording {
    let path = repository("advisors").join(entry.id).join(file);
    assert!(fs::exists(&path).expect("readable"), "{path:?}");
    let is_run_once = entry.slow.contains(RUN_ONCE);
    let driver = if is_run_once { ONE_LONG_RUN } else { AGAIN_AND_AGAIN };
    let exact = EXACT.contains(&entry.id) && python.has_columns() && cfg!(target_arch = "x86_64");
    let options: &[&str] = if exact { &["--exact"] } else { &[] };
    let folder = needs(entry.slow).and_then(|_| packages(python.version));
    let seconds = if python.has_columns() { seconds } else { LINES };
    let mut arguments = vec!["-c", driver, path.to_str().expect("a path in UTF-8"), seconds];
    arguments.extend(folder.as_ref().and_then(|folder| folder.to_str()));
    let _turn = Turn::of(entry);
    record_with(options, python, 200, &arguments)
}

/// A list that a call gives again and again, and one that it makes anew.
const GIVEN: &str = "
class Table:
    def __init__(self, n):
        self._names = [f'name-{i}' for i in range(n)]
    def names(self):
        return self._names
    def copied(self):
        return [*self._names]

def known(table, wanted):
    return [name for name in wanted if name in table.names()]

def found(table, wanted):
    return [name for name in wanted if name in table.copied()]

table = Table(40_000)
wanted = [f'name-{i * 7}' for i in range(6_000)]
known(table, wanted)
found(table, wanted[:1_500])
";

#[test]
fn a_list_is_told_that_a_call_gives_at_every_test() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("given.py");
    fs::write(&path, GIVEN.trim_start()).expect("written");
    let path = path.to_str().expect("a path in UTF-8");
    for python in interpreters().iter().filter(|python| python.has_columns()) {
        let _turn = Turn::shared();
        let recording = record_with(&[], python, 200, &[path]);
        let told = recording.list().iter().filter(|it| it["advisor"] == "list-membership");
        let lines: Vec<u64> = told.map(|it| it["line"].as_u64().expect("a line")).collect();
        assert_eq!(lines, [10], "{python:?}:\n{}", recording.report());
    }
}
