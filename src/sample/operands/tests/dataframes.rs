//! Frames and series of pandas 2 and 3, in frames that stand still, and what only looks like them.

use super::fake::{Fake, THING_TYPE, look};
use super::live::every_look_is_as_expected;
use super::packages::packages;
use super::process::pythons;

const EXPECTED: &str = include_str!("dataframes.txt");

#[test]
fn frames_have_their_rows_columns_and_dtypes() {
    for (python, executable) in pythons() {
        let version = (python.major, python.minor);
        let Some(packages) = packages(version) else { continue };
        every_look_is_as_expected(python, &executable, "dataframes.py", Some(&packages), EXPECTED);
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
