//! By which names a code object calls what it calls, and with which local as the last argument.
//!
//! A call's expression begins where that of what is called begins, and ends further on; so the longest
//! of the shorter ones tells by which name it was loaded. Its own name is mostly the same. Names are told
//! apart by where they are: identifiers are interned, so that one interpreter has each of them once. Of
//! code that a library has put together it may have more.

use advisors::Place;

use super::instructions::Landmarks;
use super::location_table::LocationTable;
use super::operands::opcodes::{Effect, Opcodes};

/// The calls of one code object of which that is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Called {
    /// Those whose name is known, in rising order.
    calls: Vec<Call>,
    /// Those whose last argument is a local, in rising order.
    given: Vec<Given>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Call {
    /// First code unit of its place in the source.
    unit: u32,
    name: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Given {
    /// First code unit of the call's place in the source.
    unit: u32,
    /// Index of the local that was pushed right before.
    local: usize,
}

/// By which something is called: where the name is, and whether it is an attribute's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    address: u64,
    of_attribute: bool,
}

/// How a callee's own name is related to the one by which it was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Naming {
    /// It was called by no name that is known.
    #[default]
    Unknown,
    Same,
    /// It is another: an object's method may be any function.
    Other,
    /// It is another, while the name is that of a variable, or the code calls something by its own name
    /// at another place.
    Foreign,
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
        let (mut loads, mut calls, mut given) = (Vec::new(), Vec::new(), Vec::new());
        let mut pushed = None;
        for (units, place) in locations.runs() {
            let pushed_before = pushed.take();
            let Some((start, end)) = spots(place) else { continue };
            let bytes = 2 * units.start as usize..instructions.len().min(2 * units.end as usize);
            let Some(bytes) = instructions.get(bytes) else { break };
            let effect = opcodes.first_effect(bytes);
            let own = name(effect, names);
            pushed = local(effect).filter(|_| units.len() == 1);
            loads.push((start, end, own));
            let is_subscript = matches!(effect, (Effect::Item { .. }, _));
            if !is_subscript && landmarks.may_call_within(units.clone()) {
                calls.push((units.start, (start, end), own));
                given.extend(pushed_before.map(|local| Given { unit: units.start, local }));
            }
        }
        loads.sort_unstable();
        let loaded_for = |(start, end): (Spot, Spot)| {
            let before = loads.partition_point(|&(first, last, _)| (first, last) < (start, end));
            let (first, _, name) = loads[before.checked_sub(1)?];
            name.filter(|_| first == start)
        };
        // An attribute may be a property.
        let call = |(unit, place, own): (u32, _, Option<Name>)| {
            Some(Call { unit, name: own.or_else(|| loaded_for(place))? })
        };
        Self { calls: calls.into_iter().filter_map(call).collect(), given }
    }

    /// Which local is the last argument of what is called at the place that begins with `unit`.
    pub(super) fn given(&self, unit: u32) -> Option<usize> {
        let index = self.given.binary_search_by_key(&unit, |call| call.unit).ok()?;
        Some(self.given[index].local)
    }

    /// How `name` is related to what is called at the place that begins with `unit`.
    pub(super) fn naming(&self, unit: u32, name: u64) -> Naming {
        let Ok(index) = self.calls.binary_search_by_key(&unit, |call| call.unit) else {
            return Naming::Unknown;
        };
        let here = self.calls[index].name;
        let is_elsewhere = || self.calls.iter().any(|call| call.name.address == name);
        if here.address == name {
            Naming::Same
        } else if !here.of_attribute || is_elsewhere() {
            Naming::Foreign
        } else {
            Naming::Other
        }
    }
}

fn spots(place: Place) -> Option<(Spot, Spot)> {
    let (start, end) = place.columns?;
    Some(((place.line, start), (place.end_line, end)))
}

/// Which local an instruction pushes last.
fn local((effect, argument): (Effect, usize)) -> Option<usize> {
    match effect {
        Effect::Slot => Some(argument),
        Effect::TwoSlots | Effect::LowSlot => Some(argument & 15),
        _ => None,
    }
}

/// What an instruction loads, by its effect and argument.
fn name((effect, argument): (Effect, usize), names: &[u64]) -> Option<Name> {
    let (index, of_attribute) = match effect {
        Effect::Name { flags } => (argument >> flags, false),
        Effect::Attribute { flags } => (argument >> flags, true),
        Effect::Method => (argument, true),
        _ => return None,
    };
    names.get(index).map(|&address| Name { address, of_attribute })
}

#[cfg(test)]
mod tests {
    use super::Naming::{Foreign, Other, Same, Unknown};
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
    const TWO_LOCALS: u8 = 88;
    const CONSTANT: u8 = 83;
    const CALL: u8 = 53;
    const A: u64 = 1000;
    const B: u64 = 2000;
    const C: u64 = 3000;

    fn names(called: &Called) -> Vec<(u32, u64)> {
        called.calls.iter().map(|call| (call.unit, call.name.address)).collect()
    }

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
        assert_eq!(names(&called), [(3, B), (4, A), (6, C), (8, C)]);
        let (global, method) = (|name| called.naming(3, name), |name| called.naming(8, name));
        assert_eq!([B, A, 4000].map(global), [Same, Foreign, Foreign]);
        assert_eq!([C, A, 4000].map(method), [Same, Foreign, Other]);
        assert_eq!(called.naming(2, A), Unknown, "no call");
    }

    #[test]
    fn a_call_is_given_the_local_that_was_pushed_right_before() {
        // a(x); a(a); a(x, y), of which the two locals are pushed at once; a(x, 1)
        let called = called(
            &[
                (GLOBAL, 1, 1, 0, 1),
                (LOCAL, 3, 1, 2, 3),
                (CALL, 1, 1, 0, 4),
                (GLOBAL, 1, 2, 0, 1),
                (GLOBAL, 1, 2, 2, 3),
                (CALL, 1, 2, 0, 4),
                (GLOBAL, 1, 3, 0, 1),
                (TWO_LOCALS, 0x35, 3, 2, 3),
                (CALL, 2, 3, 0, 7),
                (LOCAL, 3, 4, 2, 3),
                (CONSTANT, 0, 4, 5, 6),
                (CALL, 2, 4, 0, 7),
            ],
            &[A],
        );
        let units: Vec<_> = (0..12).filter_map(|unit| Some((unit, called.given(unit)?))).collect();
        assert_eq!(units, [(2, 3), (8, 5)]);
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
        assert_eq!(names(&called), [(2, A)]);
        assert_eq!([4, 6].map(|unit| called.naming(unit, A)), [Unknown; 2]);
    }
}
