//! Operands that come with samples.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use unslow::sample::{Operand, Sweep, Value};

use crate::packages::packages;
use crate::support::{Target, sweeps, with_columns};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

#[test]
fn what_a_slow_expression_works_on_is_seen() {
    for python in with_columns() {
        let source = format!(
            "{READY}
class Store:
    def __init__(self):
        self.seen = list(range(5000))
    def has(self, key):
        return key in self.seen
def count(store, table):
    found = 0
    while True:
        for i in range(5000):
            found += store.has(-i)
            found += table[i] + i
count(Store(), {{i: i for i in range(6000)}})
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let wanted = [
            (0, "self.seen: list of 5000"),
            (0, "self: Store"),
            (0, "key: int"),
            (1, "store: Store"),
        ];
        let mut seen: HashMap<(u32, String), (u32, u32)> = HashMap::new();
        let mut samples = 0;
        // How many looks there are in a time depends on the machine: they have a budget.
        let start = Instant::now();
        let looks = |seen: &HashMap<_, (u32, u32)>, (depth, what): (u32, &str)| {
            seen.get(&(depth, what.to_owned())).copied().unwrap_or((0, 0))
        };
        while wanted.iter().any(|&wanted| looks(&seen, wanted).0 < 5) {
            assert!(start.elapsed() < Duration::from_secs(60), "{python:?}: {seen:?}");
            for sweep in sweeps(&mut sampler, 50, Duration::from_millis(2)) {
                samples += 1;
                count(&mut seen, &sweep);
            }
        }
        println!("{python:?}: in {samples} samples: {seen:?}");
        for wanted in wanted {
            let (looks, weight) = looks(&seen, wanted);
            assert!(looks <= 60, "{python:?}: a few dozen looks are enough, not {looks}");
            assert!((looks..=samples).contains(&weight), "{python:?}: {weight}");
        }
    }
}

/// Counts looks and their weights by depth, name, type and length.
fn count(seen: &mut HashMap<(u32, String), (u32, u32)>, sweep: &Sweep) {
    for operand in sweep.samples.iter().flat_map(|sample| &sample.operands) {
        let length = operand.length.map_or(String::new(), |n| format!(" of {n}"));
        let what = format!("{}: {}{length}", operand.expression.data(), operand.type_name.data());
        let entry = seen.entry((operand.depth, what)).or_default();
        entry.0 += 1;
        entry.1 += operand.weight;
    }
}

#[test]
fn what_a_fast_expression_works_on_is_seen_too() {
    for python in with_columns() {
        let source = format!(
            "{READY}
def add(table):
    total = 0
    while True:
        for i in range(5000):
            total += table[i] + 1
add({{i: i for i in range(6000)}})
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 1000, Duration::from_millis(2));
        let samples = || sweeps.iter().flat_map(|sweep| &sweep.samples);
        let looks = samples().filter(|sample| !sample.operands.is_empty()).count();
        let of_table = samples()
            .flat_map(|sample| &sample.operands)
            .filter(|o| o.expression.data() == "table")
            .inspect(|o| assert_eq!((o.type_name.data(), o.length), ("dict", Some(6000))))
            .count();
        println!("{python:?}: {looks} looks gave something, {of_table} gave the table");
        assert!(of_table >= 5, "{python:?}: {of_table}");
    }
}

/// What calls itself fills a stack; the line that began it is beyond.
#[test]
fn what_a_caller_of_recursion_works_on_is_seen() {
    for python in with_columns() {
        let source = format!(
            "{READY}
def nested(left, sizes):
    return sum(sizes) if left == 0 else nested(left - 1, sizes)
def count(table):
    while True:
        nested(80, table)
count(list(range(3000)))
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let start = Instant::now();
        let mut looks = 0;
        while looks < 3 {
            assert!(start.elapsed() < Duration::from_secs(60), "{python:?}");
            let sweeps = sweeps(&mut sampler, 50, Duration::from_millis(2));
            let operands = sweeps.iter().flat_map(|it| &it.samples).flat_map(|it| &it.operands);
            looks += operands.filter(|it| in_words(it) == "table: list of 3000, int").count();
        }
    }
}

#[test]
fn what_data_frames_hold_is_seen() {
    for python in with_columns() {
        let Some(packages) = packages(python.version) else { continue };
        let source = format!(
            "import sys; sys.path.insert(0, {packages:?})
import pandas as pd
{READY}
def total(table, column):
    while True:
        cents = 0
        for row in range(len(table)):
            cents += table.iat[row, 0] + column.iat[row]
table = pd.DataFrame({{'cents': range(3000), 'rate': [0.5] * 3000}})
total(table, table['rate'])
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let wanted = [
            "table: DataFrame of 3000, float64 int64",
            "table.columns: Index of 2",
            "column: Series of 3000, float64",
        ];
        let mut seen: HashMap<String, u32> = HashMap::new();
        let start = Instant::now();
        while wanted.iter().any(|&wanted| !seen.contains_key(wanted)) {
            assert!(start.elapsed() < Duration::from_secs(60), "{python:?}: {seen:?}");
            let sweeps = sweeps(&mut sampler, 50, Duration::from_millis(2));
            for operand in sweeps.iter().flat_map(|it| &it.samples).flat_map(|it| &it.operands) {
                *seen.entry(in_words(operand)).or_default() += 1;
            }
        }
        println!("{python:?}: {seen:?}");
    }
}

/// Name, type, length and dtypes.
fn in_words(operand: &Operand) -> String {
    let mut dtypes: Vec<&str> = operand.elements.iter().map(|name| name.data()).collect();
    dtypes.sort_unstable();
    let mut words = format!("{}: {}", operand.expression.data(), operand.type_name.data());
    words += &operand.length.map_or(String::new(), |length| format!(" of {length}"));
    if !dtypes.is_empty() {
        words += &format!(", {}", dtypes.join(" "));
    }
    words
}

/// The right side of a test and an operand of a sum that are what a call gives.
#[test]
fn what_has_no_name_is_seen_while_it_is_worked_on() {
    for python in with_columns() {
        let source = format!(
            "{READY}
KEPT = list(range(40_000))
LONG = list(range(300_000))
def kept():
    return KEPT
def longer():
    return LONG
def made():
    return [*KEPT, -2]
def count():
    found = 0
    while True:
        found += -1 in kept()
        found += -1 in made()
        found += len(longer() + longer())
count()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let wanted = [
            "<15:17-15:29>[1]: list of 40000, int, kept",
            "<16:17-16:29>[1]: list of 40001, int, new",
            "<17:21-17:40>[0]: list of 300000, int, kept",
            "<17:21-17:40>[1]: list of 300000, int, kept",
        ];
        let mut seen: HashMap<String, u32> = HashMap::new();
        let start = Instant::now();
        while wanted.iter().any(|&wanted| seen.get(wanted).is_none_or(|&looks| looks < 2)) {
            assert!(start.elapsed() < Duration::from_secs(60), "{python:?}: {seen:?}");
            let sweeps = sweeps(&mut sampler, 50, Duration::from_millis(2));
            let operands = sweeps.iter().flat_map(|it| &it.samples).flat_map(|it| &it.operands);
            for operand in operands.filter(|it| it.expression.data().starts_with('<')) {
                let kept = match operand.value {
                    Some(Value::Digest(_)) => "kept",
                    _ => "new",
                };
                *seen.entry(format!("{}, {kept}", in_words(operand))).or_default() += 1;
            }
        }
        println!("{python:?}: {seen:?}");
        let lists = seen.keys().filter(|it| it.contains("[1]: list") || it.contains("[0]: list"));
        let others: Vec<&String> = lists.filter(|it| !wanted.contains(&it.as_str())).collect();
        assert!(others.is_empty(), "{python:?}: {others:?}");
    }
}

/// What pandas does below the user's own line is spread over many hot lines of its own.
#[test]
fn what_own_code_hands_to_a_library_is_seen_often() {
    /// At two lines, which have as many samples; as any caller's they would have 4,000 by then each.
    const LOOKS: u32 = 24;
    const MOST_SAMPLES: u32 = 2_000;
    for python in with_columns() {
        let Some(packages) = packages(python.version) else { continue };
        let source = format!(
            "import sys; sys.path.insert(0, {packages:?})
import pandas as pd
{READY}
def total(table):
    while True:
        table['cents'].sum()
        table['cents'] * 2
table = pd.DataFrame({{'cents': pd.Series(range(20_000), dtype=object)}})
total(table)
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let (mut looks, mut samples) = (0, 0);
        let start = Instant::now();
        while looks < LOOKS {
            assert!(start.elapsed() < Duration::from_secs(60), "{python:?}: {looks} looks");
            let sweeps = sweeps(&mut sampler, 50, Duration::from_millis(5));
            for sample in sweeps.iter().flat_map(|sweep| &sweep.samples) {
                samples += 1;
                looks +=
                    u32::from(sample.operands.iter().any(|it| it.expression.data() == "table"));
            }
        }
        println!("{python:?}: {looks} looks in {samples} samples");
        assert!(samples < MOST_SAMPLES, "{python:?}: {samples}");
    }
}
