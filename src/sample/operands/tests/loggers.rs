//! Loggers of the standard library that have been asked for levels, in frames that stand still, and
//! what only looks like them.

use super::live::every_look_is_as_expected;
use super::process::pythons;

const EXPECTED: &str = include_str!("loggers.txt");

#[test]
fn loggers_tell_what_they_said_of_levels() {
    for (python, executable) in pythons() {
        every_look_is_as_expected(python, &executable, "loggers.py", None, EXPECTED);
    }
}
