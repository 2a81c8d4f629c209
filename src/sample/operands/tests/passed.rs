//! Names that a loop binds anew faster than they can be followed.

use std::collections::BTreeMap;

use super::process::{Standing, pythons};
use super::told;
use crate::sample::operands::OperandReader;

const LOOKS: usize = 500;

/// The rows are dictionaries of two. A name that is bound to the lists that are made of them as well,
/// which are soon gone, is not told as the ones alone.
#[test]
fn what_a_loop_has_gone_past_is_told_by_what_it_goes_over() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "passing.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut met = 0;
        while let Some(at) = standing.next() {
            met += 1;
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for _ in 0..LOOKS {
                for operand in reader.look(&memory, at.frame, at.code_address, &at.code) {
                    *seen.entry(told(&operand)).or_default() += 1;
                }
            }
            standing.go_on();
            println!("{python}, {}: {seen:?}", at.scenario);
            let times = |line: &str| seen.get(line).copied().unwrap_or_default();
            if at.scenario == "rows made of rows" {
                let made: usize = seen
                    .range("made: list".to_owned().."made: m".to_owned())
                    .map(|(_, times)| times)
                    .sum();
                assert!(times("made: dict 2") < LOOKS / 4 + 2 * made, "{seen:?} on {python}");
                continue;
            }
            assert!(times("row: dict 2") > LOOKS / 2, "{}: {seen:?} on {python}", at.scenario);
            let others = seen.keys().filter(|line| line.starts_with("row:")).count() - 1;
            assert_eq!(others, 0, "{}: {seen:?} on {python}", at.scenario);
        }
        assert_eq!(met, 4, "on {python}");
    }
}
