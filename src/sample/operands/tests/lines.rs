//! Looks for what one line names, in frames that stand still.

use advisors::Place;

use super::live::{expected, lines};
use super::process::{Standing, pythons};
use crate::sample::operands::OperandReader;

const EXPECTED: &str = include_str!("lines.txt");

#[test]
fn a_look_for_a_line_reads_what_is_named_there() {
    let scenarios = EXPECTED.lines().filter(|line| line.starts_with('[')).count();
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "lines.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut met = 0;
        while let Some(at) = standing.next() {
            met += 1;
            let place = Place::line(at.line.expect("a line"));
            for look in ["first", "cached"] {
                let found =
                    reader.look_at(&memory, at.frame, at.code_address, &at.code, place).operands;
                let mut found = lines(&found);
                let mut expected = expected(EXPECTED, &at.scenario, python);
                // In the order in which the code object has them, which versions differ in.
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "{look} look at {} on {python}", at.scenario);
            }
            standing.go_on();
        }
        assert_eq!(met, scenarios, "on {python}");
    }
}
