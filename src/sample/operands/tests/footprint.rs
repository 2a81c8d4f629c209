//! Estimates of what containers take, beside what is so in frames that stand still.

use super::fake::{Fake, LIST_TYPE, VALUE, look};
use super::process::{Standing, pythons};
use crate::sample::Footprint;
use crate::sample::operands::OperandReader;

/// How many times too large or too small an estimate may be, the middle one of some.
const FACTOR: f64 = 1.5;

#[test]
fn what_containers_hold_is_estimated_as_it_is() {
    const LOOKS: usize = 45;
    let mut wrong = Vec::new();
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "footprint.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        while let Some(at) = standing.next() {
            let fields: Vec<&str> = at.scenario.split(' ').collect();
            let [name, shallow, deep] = fields[..] else { panic!("{}", at.scenario) };
            let (shallow, deep): (u64, f64) = (shallow.parse().unwrap(), deep.parse().unwrap());
            let mut found: Vec<Footprint> = (0..LOOKS)
                .flat_map(|_| reader.look(&memory, at.frame, at.code_address, &at.code))
                .filter(|operand| operand.expression.data() == "held")
                .filter_map(|operand| operand.footprint)
                .collect();
            standing.go_on();
            assert!(found.len() >= LOOKS / 3, "{name} on {python}: {found:?}");
            assert!(found.iter().all(|it| it.shallow == shallow), "{name} on {python}: {found:?}");
            found.sort_unstable_by_key(|it| it.deep);
            let (low, high) = (found[0].deep as f64, found[found.len() - 1].deep as f64);
            let ratio = found[found.len() / 2].deep as f64 / deep;
            println!(
                "{python} {name:9} {deep:>10} {ratio:.2} [{:.2} {:.2}]",
                low / deep,
                high / deep
            );
            if !(1.0 / FACTOR..=FACTOR).contains(&ratio) {
                wrong.push(format!("{name} on {python}: {ratio:.2} of {deep}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_list_whose_items_are_nowhere_is_not_followed() {
    for items in [0, 1, 7, 0xdead_beef_0000, 1 << 47, u64::MAX - 7] {
        for allocated in [0, 1_000, u64::MAX] {
            let list = |python| {
                let mut fake = Fake::with(python, LIST_TYPE, 1_000);
                fake.word(VALUE + 24, items);
                fake.word(VALUE + 32, allocated);
                fake
            };
            assert_eq!(look(list).len(), 1, "{items:x} {allocated}");
        }
    }
}
