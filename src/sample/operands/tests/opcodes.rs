//! The table of instructions against the CPythons found.

use std::path::Path;
use std::process::Command;

use advisors::Python;

use super::process::pythons;
use crate::sample::instructions::Instructions;
use crate::sample::operands::layout::Layout;
use crate::sample::operands::opcodes::Effect;

/// What an instruction of that name does.
fn expected(python: Python, name: &str, base: &str) -> Effect {
    match base {
        _ if name.starts_with("INSTRUMENTED_") => Effect::Instrumented,
        "LOAD_FAST" | "LOAD_FAST_BORROW" | "LOAD_FAST_CHECK" => Effect::Slot,
        "LOAD_DEREF" | "LOAD_CLASSDEREF" | "LOAD_FROM_DICT_OR_DEREF" => Effect::Slot,
        "LOAD_FAST_LOAD_FAST" | "LOAD_FAST_BORROW_LOAD_FAST_BORROW" => Effect::TwoSlots,
        "STORE_FAST_LOAD_FAST" => Effect::LowSlot,
        "LOAD_NAME" | "LOAD_FROM_DICT_OR_GLOBALS" => Effect::Name { flags: 0 },
        "LOAD_GLOBAL" => Effect::Name { flags: 1 },
        "LOAD_ATTR" => Effect::Attribute { flags: u8::from(python.at_least(3, 12)) },
        "LOAD_METHOD" => Effect::Method,
        "LOAD_CONST" => Effect::Constant,
        "LOAD_SMALL_INT" => Effect::SmallInt,
        "LOAD_COMMON_CONSTANT" if python.at_least(3, 15) => Effect::CommonConstant,
        "BINARY_SUBSCR" => Effect::Item { argument: 0 },
        "BINARY_OP" if python.at_least(3, 14) => Effect::Item { argument: 26 },
        "COPY" => Effect::Duplicate,
        "NOP" | "PUSH_NULL" => Effect::Neutral,
        "EXTENDED_ARG" => Effect::ExtendedArgument,
        _ => Effect::Other,
    }
}

fn instructions(executable: &Path) -> Vec<(u8, String, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/operands/tests/opcodes.py");
    let output = Command::new(executable).arg("-I").arg(script).output().expect("python starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let instruction = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        let [number, name, base] = fields[..] else { panic!("no instruction: {line:?}") };
        (number.parse().expect("a number"), name.to_owned(), base.to_owned())
    };
    text.lines().map(instruction).collect()
}

#[test]
fn the_instructions_that_load_names_are_known() {
    for (python, executable) in pythons() {
        let opcodes = Layout::of(python).expect("a known layout").opcodes;
        let instructions = instructions(&executable);
        assert!(instructions.len() > 150, "{} on {python}", instructions.len());
        for (number, name, base) in instructions {
            let expected = expected(python, &name, &base);
            assert_eq!(opcodes.effect(number), expected, "{number} {name} on {python}");
        }
    }
}

/// Behind how many cache units a frame stands that waits for what such an instruction called.
fn caches(python: Python, name: &str, base: &str) -> Vec<u32> {
    let is_hidden = matches!(name, "INSTRUMENTED_LINE" | "INSTRUMENTED_INSTRUCTION");
    let is_subscript = name == "BINARY_OP" || name.starts_with("BINARY_OP_SUBSCR");
    let newer = ["CALL", "CALL_KW", "CALL_FUNCTION_EX", "LOAD_ATTR"];
    match (python.minor, base) {
        (11, "CALL" | "BINARY_SUBSCR") => vec![4],
        (11, _) => vec![],
        (12, _) if is_hidden => vec![0, 1, 3, 9],
        (12, "CALL") => vec![3],
        (12, "LOAD_ATTR") => vec![9],
        (12, "CALL_FUNCTION_EX") => vec![0],
        (12, "BINARY_SUBSCR") => vec![1],
        (12, _) => vec![],
        (13, "BINARY_SUBSCR") => vec![0],
        (14.., "BINARY_OP") if is_subscript => vec![0],
        _ if is_hidden || newer.contains(&base) => vec![0],
        _ => vec![],
    }
}

#[test]
fn the_instructions_that_return_or_run_generators_are_known() {
    for (python, executable) in pythons() {
        let known = Instructions::of(python);
        for (number, name, base) in instructions(&executable) {
            let base = base.strip_prefix("INSTRUMENTED_").unwrap_or(&base);
            let returns = matches!(&name[..], "RETURN_VALUE" | "RETURN_CONST");
            let resumes = matches!(base, "FOR_ITER" | "SEND");
            let calls = ["CALL", "PRECALL", "CALL_KW", "CALL_FUNCTION_EX", "LIST_EXTEND"];
            let fills = ["SET_UPDATE", "DICT_UPDATE", "DICT_MERGE"];
            let others = ["BINARY_OP", "CONTAINS_OP", "UNPACK_SEQUENCE", "UNPACK_EX"];
            let more = ["STORE_SUBSCR", "STORE_SLICE", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2"];
            let drives = calls.contains(&base)
                || fills.contains(&base)
                || python.minor > 11 && (others.contains(&base) || more.contains(&base));
            let told = [returns, resumes, drives || resumes];
            assert_eq!(known.does(number), told, "{number} {name} on {python}");
            assert_eq!(
                known.calls(number, 26).collect::<Vec<_>>(),
                caches(python, &name, base),
                "{name} on {python}"
            );
            assert!(base != "BINARY_OP" || name != base || known.calls(number, 0).next().is_none());
            if python.minor == 11 {
                let is_subscript = name == "BINARY_SUBSCR_GETITEM";
                assert_eq!((known.subscript == Some(number)), is_subscript, "{number} {name}");
            }
        }
    }
}
