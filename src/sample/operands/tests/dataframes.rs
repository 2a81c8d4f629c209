//! Frames and series of pandas 2 and 3, in frames that stand still, and what only looks like them.

use super::fake::{Fake, THING_TYPE, look};
use super::live::{expected, lines};
use super::packages::packages;
use super::process::{Standing, pythons};
use crate::sample::operands::OperandReader;

const EXPECTED: &str = include_str!("dataframes.txt");

#[test]
fn frames_have_their_rows_columns_and_dtypes() {
    for (python, executable) in pythons() {
        let version = (python.major, python.minor);
        let Some(packages) = packages(version) else { continue };
        let mut standing = Standing::start_with(&executable, "dataframes.py", Some(&packages));
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut met = 0;
        while let Some(at) = standing.next() {
            met += 1;
            let expected = expected(EXPECTED, &at.scenario, python);
            for look in ["first", "cached"] {
                let operands = reader.look(&memory, at.frame, at.code_address, &at.code);
                let seen = lines(&operands);
                assert_eq!(seen, expected, "{look} look at {} on {python}", at.scenario);
            }
            standing.go_on();
        }
        assert_eq!(met, 2, "on {python}");
    }
}

#[test]
fn what_has_but_the_name_is_told_by_it() {
    let fake = |python| {
        let mut fake = Fake::with(python, THING_TYPE, 7);
        fake.class(THING_TYPE, "DataFrame", crate::sample::operands::layout::class::HEAP);
        fake
    };
    assert_eq!(look(fake), ["x: DataFrame"]);
}
