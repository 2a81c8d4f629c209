//! By which names a code object calls what it calls.
//!
//! A call's expression begins where that of what is called begins, and ends further on; so the longest
//! of the shorter ones tells by which name it was loaded. A function that is called by its own name at
//! one place of the code is hardly what another place calls by another name. Names are told apart by
//! where they are: identifiers are interned, so that one interpreter has each of them once.

use advisors::Place;

use super::instructions::Landmarks;
use super::location_table::LocationTable;
use super::operands::opcodes::{Effect, Opcodes};

/// The calls of one code object whose names are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Called {
    /// First code unit of the call's place in the source, and the name; in rising order.
    names: Vec<(u32, u64)>,
}

/// Where an expression begins and where it ends: line and column.
type Spot = (u32, u32);

impl Called {
    /// Of a code object with these instructions (code units of two bytes), whose `co_names` are at
    /// `names`.
    pub(super) fn of(
        instructions: &[u8],
        locations: &LocationTable,
        landmarks: &Landmarks,
        opcodes: Opcodes,
        names: &[u64],
    ) -> Self {
        let (mut loads, mut calls) = (Vec::new(), Vec::new());
        for (units, place) in locations.runs() {
            let Some((start, end)) = spots(place) else { continue };
            let bytes = 2 * units.start as usize..instructions.len().min(2 * units.end as usize);
            let Some(bytes) = instructions.get(bytes) else { break };
            loads.push((start, end, name(opcodes, bytes).and_then(|it| names.get(it).copied())));
            if landmarks.may_call_within(units.clone()) {
                calls.push((units.start, start, end));
            }
        }
        loads.sort_unstable();
        let loaded_for = |(unit, start, end)| {
            let before = loads.partition_point(|&(first, last, _)| (first, last) < (start, end));
            let (first, _, name) = loads[before.checked_sub(1)?];
            Some((unit, name.filter(|_| first == start)?))
        };
        Self { names: calls.into_iter().filter_map(loaded_for).collect() }
    }

    /// Whether what is called at the place that begins with `unit` has another name there, and what is
    /// called at another place has `name`.
    pub(super) fn is_elsewhere(&self, unit: u32, name: u64) -> bool {
        let here = self.names.binary_search_by_key(&unit, |&(unit, _)| unit);
        let is_another = here.is_ok_and(|index| self.names[index].1 != name);
        is_another && self.names.iter().any(|&(_, it)| it == name)
    }
}

fn spots(place: Place) -> Option<(Spot, Spot)> {
    let (start, end) = place.columns?;
    Some(((place.line, start), (place.end_line, end)))
}

/// Index into `co_names` of what the first of `instructions` loads.
fn name(opcodes: Opcodes, instructions: &[u8]) -> Option<usize> {
    match opcodes.first_effect(instructions) {
        (Effect::Name { flags } | Effect::Attribute { flags }, argument) => Some(argument >> flags),
        (Effect::Method, argument) => Some(argument),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::instructions::Instructions;

    /// Code of CPython 3.13, one instruction a place: `(opcode, argument, line, start, end)`.
    fn called(code: &[(u8, u8, u32, u32, u32)], names: &[u64]) -> Called {
        let instructions: Vec<u8> =
            code.iter().flat_map(|&(opcode, argument, ..)| [opcode, argument]).collect();
        let places = code.iter().map(|&(.., line, start, end)| Place {
            line,
            end_line: line,
            columns: Some((start, end)),
        });
        let locations = LocationTable::from_places(places);
        let known = Instructions::PYTHON_3_13;
        let landmarks = known.among(&instructions);
        Called::of(&instructions, &locations, &landmarks, Opcodes::PYTHON_3_13, names)
    }

    const GLOBAL: u8 = 91;
    const ATTRIBUTE: u8 = 82;
    const LOCAL: u8 = 85;
    const CALL: u8 = 53;
    const A: u64 = 1000;
    const B: u64 = 2000;
    const C: u64 = 3000;

    #[test]
    fn a_call_has_the_name_of_what_is_called() {
        // a(b(x)); x.c(x)
        let called = called(
            &[
                (GLOBAL, 1, 1, 0, 1),
                (GLOBAL, 3, 1, 2, 3),
                (LOCAL, 0, 1, 4, 5),
                (CALL, 1, 1, 2, 6),
                (CALL, 1, 1, 0, 7),
                (LOCAL, 0, 2, 0, 1),
                (ATTRIBUTE, 5, 2, 0, 3),
                (LOCAL, 0, 2, 4, 5),
                (CALL, 1, 2, 0, 6),
            ],
            &[A, B, C],
        );
        assert_eq!(called.names, [(3, B), (4, A), (8, C)]);
        assert!(called.is_elsewhere(3, A) && called.is_elsewhere(8, B));
        assert!(!called.is_elsewhere(3, B), "its own");
        assert!(!called.is_elsewhere(3, 4000), "nobody's");
        assert!(!called.is_elsewhere(2, A), "no call");
    }

    #[test]
    fn a_call_of_what_has_no_name_has_none() {
        // a(x)(x); x(x)
        let called = called(
            &[
                (GLOBAL, 1, 1, 0, 1),
                (LOCAL, 0, 1, 2, 3),
                (CALL, 1, 1, 0, 4),
                (LOCAL, 0, 1, 5, 6),
                (CALL, 1, 1, 0, 7),
                (LOCAL, 0, 2, 0, 1),
                (CALL, 1, 2, 0, 4),
            ],
            &[A],
        );
        assert_eq!(called.names, [(2, A)]);
        assert!(!called.is_elsewhere(4, A));
    }
}
