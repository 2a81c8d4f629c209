//! Values that have no names, of frames that stand at the operation that takes them.

use std::path::Path;
use std::process::Command;

use advisors::{Place, Python};

use super::fake::*;
use super::process::{Standing, pythons};
use crate::sample::operands::OperandReader;
use crate::sample::operands::depth::{Effect, Stack};
use crate::sample::operands::layout::{self, Layout, code};
use crate::sample::{Operand, Value};

/// What a look has to tell of the right side, without its place, and of which kind its identity is.
const EXPECTED: &[(&str, &str)] = &[
    ("in a class body", "[1] list 500 int, kept"),
    ("what is kept", "[1] list 500 int, kept"),
    ("what is new", "[1] list 40 object, new"),
    ("under loops", "[1] tuple 500 int, new"),
    ("in branches", "[1] list 500 int, kept"),
    ("in a generator", "[1] list 500 int, kept"),
    ("in a coroutine", "[1] list 500 int, kept"),
    ("in a comprehension", "[1] list 500 int, kept"),
    ("a sum", "[0] list 500 int, kept"),
    ("names", ""),
    ("in a closure", "[1] list 500 int, kept"),
    ("in a handler", "[1] list 500 int, kept"),
    ("behind async for", "[1] list 500 int, kept"),
    ("at last", "[1] list 500 int, kept"),
];

fn told(operand: &Operand) -> String {
    let name = operand.expression.data();
    let which = name.rfind('[').expect("which it is");
    let elements: Vec<&str> = operand.elements.iter().map(|it| it.data()).collect();
    let kept = match operand.value {
        Some(Value::Digest(_)) => "kept",
        Some(Value::Outrun) => "new",
        other => panic!("{other:?}"),
    };
    format!(
        "{} {} {} {}, {kept}",
        &name[which..],
        operand.type_name.data(),
        operand.length.unwrap_or(0),
        elements.join(" ")
    )
}

#[test]
fn what_an_operation_works_on_is_read_from_the_stack() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "operations.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut expected = EXPECTED.iter();
        while let Some(at) = standing.next() {
            let (scenario, expected) = expected.next().expect("one more");
            assert_eq!(at.scenario, *scenario);
            let line = at.line.expect("a line");
            let found =
                reader.look_at(&memory, at.frame, at.code_address, &at.code, Place::line(line));
            let unnamed = found.operands.iter().filter(|it| it.expression.data().starts_with('<'));
            let others: Vec<&Operand> = unnamed.collect();
            let place = format!("<{line}:");
            assert!(others.iter().all(|it| it.expression.data().starts_with(&place)), "{others:?}");
            let sized: Vec<String> =
                others.iter().filter(|it| it.length.is_some()).map(|it| told(it)).collect();
            assert_eq!(sized.join("; "), *expected, "{scenario} on {python}");
            standing.go_on();
        }
        assert_eq!(expected.next(), None, "on {python}");
    }
}

/// What comes after those is nothing, or elsewhere, or not what they say.
fn has_no_effect_of_its_own(effect: Effect) -> bool {
    matches!(effect, Effect::Ends | Effect::Goes(_) | Effect::Extended | Effect::Compiled)
}

#[test]
fn what_instructions_do_to_the_stack_is_known() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/operands/tests/stack.py");
    for (python, executable) in pythons() {
        let stack: &Stack = Layout::of(python).expect("a known layout").stack;
        let output = Command::new(executable).arg("-I").arg(&script).output().expect("starts");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(text.lines().count() > 150, "{python}: {text}");
        for line in text.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let [number, name, family, caches, changes] = fields[..] else { panic!("{line:?}") };
            let known = stack.effect(number.parse().expect("a number"));
            if name.contains("_EXECUTOR") || name.ends_with("_JIT") && !name.contains("_NO_") {
                assert!(matches!(known, Some((_, Effect::Compiled))), "{line} on {python}");
                continue;
            }
            if matches!(name, "TRACE_RECORD" | "INTERPRETER_EXIT" | "RETURN_GENERATOR") {
                continue;
            }
            let (units, effect) = known.unwrap_or_else(|| panic!("{line} on {python}"));
            assert_eq!(units.to_string(), caches, "{line} on {python}");
            if has_no_effect_of_its_own(effect) {
                continue;
            }
            for change in changes.split(',') {
                let numbers: Vec<i32> =
                    change.split(':').map(|it| it.parse().expect("one")).collect();
                let [argument, stays, goes] = numbers[..] else { panic!("{change:?}") };
                let changed = effect.changes(argument.cast_unsigned());
                let jumps = matches!(effect, Effect::May(..));
                assert_eq!(changed.0, stays, "{line} on {python}, with {argument}");
                assert!(!jumps || changed.1 == goes, "{line} on {python}, with {argument}");
            }
            assert!(family != "CONTAINS_OP" || stack.takings(&[0, 0], &[]).is_empty());
        }
    }
}

#[test]
fn every_operation_of_code_that_handles_exceptions_is_known() {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/operands/tests/compiled.py");
    let bytes = |digits: &str| -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2);
        pairs
            .map(|it| u8::from_str_radix(str::from_utf8(it).expect("digits"), 16).expect("one"))
            .collect()
    };
    for (python, executable) in pythons() {
        let stack: &Stack = Layout::of(python).expect("a known layout").stack;
        let output = Command::new(executable).args(["-I", "-W", "ignore"]).arg(&script).output();
        let text = String::from_utf8(output.expect("starts").stdout).expect("text");
        assert!(text.lines().count() > 1_000, "{python}: {} codes", text.lines().count());
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [name, instructions, exceptions, expected] = fields[..] else { panic!("{line:?}") };
            let takings = stack.takings(&bytes(instructions), &bytes(exceptions));
            let units: Vec<String> = takings.iter().map(|it| it.unit.to_string()).collect();
            assert_eq!(units.join(","), expected, "{name} on {python}");
        }
    }
}

/// The frame of a function `f` at `a in b`, as its second line has it; `slots` are on its stack.
fn at_a_test(python: Python, slots: [u64; 2]) -> Fake {
    let mut fake = Fake::new(python);
    let stack = fake.layout.stack;
    let number = |is_it: &dyn Fn(u8) -> bool| (0..=u8::MAX).find(|&it| is_it(it)).expect("one");
    let constant = number(&|it| {
        fake.layout.opcodes.effect(it) == crate::sample::operands::opcodes::Effect::Other
            && stack.effect(it) == Some((0, Effect::By(1)))
    });
    let test =
        number(&|it| stack.takings(&[constant, 0, constant, 0, it, 0, 0, 0, 0, 0], &[]).len() == 1);
    const LOCATIONS: u64 = 0x540_000;
    fake.word(CODE + layout::OBJECT_SIZE as u64, 5);
    fake.half(CODE + fake.layout.code_first_line, 1);
    fake.bytes(
        CODE + fake.layout.code_instructions,
        &[constant, 0, constant, 0, test, 0, 0, 0, 0, 0],
    );
    fake.word(CODE + code::LINE_TABLE as u64, LOCATIONS);
    fake.head(LOCATIONS, TYPE, 9);
    let on_the_line = 0x80 | 10 << 3;
    let places = [on_the_line, 0, 1, on_the_line, 5, 6, on_the_line | 2, 0, 6];
    fake.bytes(LOCATIONS + layout::BYTES_DATA, &places);
    fake.word(FRAME + fake.layout.frame.instruction, CODE + fake.layout.code_instructions + 4);
    for (index, slot) in (1..).zip(slots) {
        fake.word(FRAME + fake.layout.frame.slots + 8 * index, slot);
    }
    fake.head(VALUE, LIST_TYPE, 3);
    fake
}

#[test]
fn what_lies_on_the_stack_is_told_by_its_place() {
    for python in VERSIONS {
        assert_eq!(at_a_test(python, [0, VALUE]).line(python, 1), ["<1:0-1:6>[1]: list 3"]);
        assert_eq!(at_a_test(python, [VALUE, 0]).line(python, 1), ["<1:0-1:6>[0]: list 3"]);
        assert_eq!(at_a_test(python, [0, VALUE]).line(python, 2), [""; 0], "another line");
    }
}

#[test]
fn a_stack_that_lies_gives_nothing() {
    for python in VERSIONS {
        for slot in [0, 1, 2, 3, 7, VALUE + 2, VALUE + 8, 0xdead_beef_0000, 1 << 47, u64::MAX] {
            assert_eq!(at_a_test(python, [slot; 2]).line(python, 1), [""; 0], "{slot:#x}");
        }
        let mut fake = at_a_test(python, [0, VALUE]);
        for instruction in [0, 2, CODE, u64::MAX, CODE + fake.layout.code_instructions + 6] {
            fake.word(FRAME + fake.layout.frame.instruction, instruction);
            assert_eq!(fake.line(python, 1), [""; 0], "{instruction:#x}");
        }
    }
}

#[test]
fn code_that_makes_no_sense_has_no_operations() {
    for python in VERSIONS {
        let stack = Layout::of(python).expect("a known layout").stack;
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for length in 0..2_000 {
            let bytes: Vec<u8> = (0..length % 200)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 56) as u8
                })
                .collect();
            let (instructions, exceptions) = bytes.split_at(bytes.len() / 2);
            assert!(stack.takings(instructions, exceptions).len() <= bytes.len());
        }
        assert!(stack.takings(&[255; 32_768], &[255; 32_768]).is_empty());
    }
}
