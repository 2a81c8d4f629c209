//! Items of containers, in memory that is what its bytes say.

use advisors::Python;

use super::fake::*;
use crate::limits;
use crate::sample::operands::layout::{self, code, keys};
use crate::sample::operands::opcodes::Effect;
use crate::sample::operands::uses::Uses;

const CONSTANTS: u64 = 0x500_000;
const KEY: u64 = 0x510_000;
const ITEM: u64 = 0x520_000;
const TABLE: u64 = 0x530_000;
const LOCATIONS: u64 = 0x540_000;
const HASH: u64 = 7;
const LOG2_SIZE: u8 = 5;

/// A frame whose line 1 is `x['k']`, `x` being a dict whose table has those indices of its one entry.
fn with_item(python: Python, indices: [u8; 1 << LOG2_SIZE]) -> Fake {
    let mut fake = Fake::with(python, DICT_TYPE, 1);
    let opcodes = fake.layout.opcodes;
    let opcode = |is_it: fn(Effect) -> bool| (0..=u8::MAX).find(|&it| is_it(opcodes.effect(it)));
    let load = opcode(|it| it == Effect::Slot).expect("there is one");
    let constant = opcode(|it| it == Effect::Constant).expect("there is one");
    let subscript = opcode(|it| matches!(it, Effect::Item { .. })).expect("there is one");
    let Effect::Item { argument } = opcodes.effect(subscript) else { panic!("it was one") };
    fake.word(CODE + layout::OBJECT_SIZE as u64, 3);
    fake.half(CODE + fake.layout.code_first_line, 1);
    let instructions = [load, 0, constant, 0, subscript, argument];
    fake.bytes(CODE + fake.layout.code_instructions, &instructions);
    fake.word(CODE + code::LINE_TABLE as u64, LOCATIONS);
    fake.head(LOCATIONS, TYPE, 9);
    let on_the_line = 0x80 | 10 << 3;
    let places = [on_the_line, 0, 1, on_the_line, 2, 5, on_the_line, 0, 6];
    fake.bytes(LOCATIONS + layout::BYTES_DATA, &places);
    fake.word(CODE + code::CONSTANTS as u64, CONSTANTS);
    fake.head(CONSTANTS, TUPLE_TYPE, 1);
    fake.item(CONSTANTS, 0, KEY);
    fake.string(KEY, "k");
    fake.word(KEY + layout::TEXT_HASH as u64, HASH);
    fake.word(VALUE + 32, TABLE);
    fake.word(TABLE, 1);
    fake.bytes(TABLE + keys::LOG2_SIZE as u64, &[LOG2_SIZE, LOG2_SIZE, 1]);
    fake.word(TABLE + keys::ENTRY_COUNT as u64, 1);
    fake.bytes(TABLE + keys::INDICES, &indices);
    let entry = TABLE + keys::INDICES + indices.len() as u64;
    fake.word(entry, KEY);
    fake.word(entry + 8, ITEM);
    fake.head(ITEM, LIST_TYPE, 2);
    fake
}

const EMPTY: u8 = -1_i8 as u8;
const LEFT: u8 = -2_i8 as u8;

#[test]
fn an_item_is_found_behind_places_that_were_left() {
    let mut indices = [EMPTY; 1 << LOG2_SIZE];
    indices[HASH as usize] = LEFT;
    // The next place of the hash: 5 * 7 + 0 + 1, of 32.
    indices[4] = 0;
    for python in VERSIONS {
        let told = with_item(python, indices).line(python, 1);
        assert_eq!(told, ["x: dict 1", "x['k']: list 2"], "{python}");
    }
    indices[HASH as usize] = EMPTY;
    for python in VERSIONS {
        assert_eq!(with_item(python, indices).line(python, 1), ["x: dict 1"], "{python}");
    }
}

#[test]
fn a_table_without_an_empty_place_is_not_searched_for_ever() {
    for python in VERSIONS {
        let fake = with_item(python, [LEFT; 1 << LOG2_SIZE]);
        assert_eq!(fake.line(python, 1), ["x: dict 1"], "{python}");
        assert!(fake.calls() <= limits::KEY_PROBES + 40, "{python}: {} calls", fake.calls());
    }
}

#[test]
fn no_more_constants_are_read_than_items_are_followed() {
    const SUBSCRIPTS: u64 = 4 * limits::ITEMS as u64;
    for python in VERSIONS {
        let mut fake = with_item(python, [EMPTY; 1 << LOG2_SIZE]);
        let instructions = CODE + fake.layout.code_instructions;
        let one = fake.written(instructions, 6);
        fake.word(CODE + layout::OBJECT_SIZE as u64, 3 * SUBSCRIPTS);
        fake.bytes(instructions, &one.repeat(SUBSCRIPTS as usize));
        fake.head(LOCATIONS, TYPE, 9 * SUBSCRIPTS);
        let places = fake.written(LOCATIONS + layout::BYTES_DATA, 9);
        fake.bytes(LOCATIONS + layout::BYTES_DATA, &places.repeat(SUBSCRIPTS as usize));
        assert_eq!(fake.line(python, 1), ["x: dict 1"], "{python}");
        let most = 10 * limits::ITEMS;
        assert!(fake.calls() <= most, "{python}: {} calls", fake.calls());
    }
}

/// Code of nothing but one attribute of the other, as long as is looked at.
#[test]
fn a_chain_of_attributes_without_end_is_followed_for_a_few() {
    for python in VERSIONS {
        let mut fake = Fake::with(python, THING_TYPE, 1);
        let opcodes = fake.layout.opcodes;
        let number =
            |is_it: fn(Effect) -> bool| (0..=u8::MAX).find(|&it| is_it(opcodes.effect(it)));
        let load = number(|it| it == Effect::Slot).expect("there is one");
        let attribute = number(|it| matches!(it, Effect::Attribute { .. })).expect("there is one");
        let units = limits::LOOKED_UNITS as usize;
        fake.head(GLOBAL_NAMES, TUPLE_TYPE, 1);
        fake.item(GLOBAL_NAMES, 0, SLOT_NAMES);
        fake.word(CODE + layout::OBJECT_SIZE as u64, units as u64);
        fake.half(CODE + fake.layout.code_first_line, 1);
        let mut instructions = [attribute, 0].repeat(units);
        instructions[0] = load;
        fake.bytes(CODE + fake.layout.code_instructions, &instructions);
        fake.word(CODE + code::LINE_TABLE as u64, LOCATIONS);
        fake.head(LOCATIONS, TYPE, 3 * units as u64);
        let places: Vec<u8> =
            (0..units).flat_map(|unit| [0x80 | 10 << 3, 0, (unit % 100) as u8]).collect();
        fake.bytes(LOCATIONS + layout::BYTES_DATA, &places);
        let names = fake.names();
        let uses = Uses::read(&fake, &fake.layout, CODE, &names).expect("readable");
        assert_eq!(uses.deepest(), 3, "{python}");
        assert_eq!(fake.line(python, 1), ["x: Thing"]);
    }
}
