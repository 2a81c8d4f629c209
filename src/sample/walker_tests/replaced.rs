//! Code objects that take the place of others.

use super::{CODE, INTERPRETER, NAME, RUNTIME, honest, names_now, put};
use crate::sample::fake::FakeMemory;
use crate::sample::layout::{CodeGeneration, CodeLayout, InterpreterLayout, Layout, PYTHON_3_12};
use crate::sample::walker::Walker;

/// Puts another function into the place of `work`: the same address, the same pointers. Only the
/// running number tells, and the name's hash.
fn replace_code(memory: &mut FakeMemory) {
    memory.put(NAME + 40, b"rest");
    put(memory, NAME + 24, 0x1234);
    memory.put(CODE + 92, &1_u32.to_le_bytes());
}

fn name_now(walker: &mut Walker<FakeMemory>) -> String {
    names_now(walker).swap_remove(0)
}

#[test]
fn a_code_object_that_was_replaced_is_read_anew() {
    for has_version in [true, false] {
        let code = CodeLayout { has_version, ..PYTHON_3_12.code };
        let layout = Layout { code, ..PYTHON_3_12 };
        let mut walker = Walker::new(honest(), layout, RUNTIME, None);
        assert_eq!([name_now(&mut walker), name_now(&mut walker)], ["work", "work"]);
        replace_code(walker.memory_mut());
        assert_eq!(name_now(&mut walker), "rest", "with a running number: {has_version}");
    }
}

#[test]
fn a_count_of_code_objects_vouches_for_them_until_it_moves() {
    const COUNT: u64 = 448;
    for count in [CodeGeneration::Freed(COUNT), CodeGeneration::Created(COUNT)] {
        let interpreter = InterpreterLayout { generation: Some(count), ..PYTHON_3_12.interpreter };
        let layout = Layout { interpreter, ..PYTHON_3_12 };
        let mut memory = honest();
        put(&mut memory, INTERPRETER + COUNT, 7);
        let mut walker = Walker::new(memory, layout, RUNTIME, None);
        assert_eq!([name_now(&mut walker), name_now(&mut walker)], ["work", "work"]);
        replace_code(walker.memory_mut());
        assert_eq!(name_now(&mut walker), "work", "no other is asked for: {count:?}");
        put(walker.memory_mut(), INTERPRETER + COUNT, 8);
        assert_eq!(name_now(&mut walker), "rest", "{count:?}");
    }
}

#[test]
fn a_count_of_created_code_objects_that_ran_over_vouches_for_nothing() {
    const COUNT: u64 = 448;
    let generation = Some(CodeGeneration::Created(COUNT));
    let interpreter = InterpreterLayout { generation, ..PYTHON_3_12.interpreter };
    let layout = Layout { interpreter, ..PYTHON_3_12 };
    let mut walker = Walker::new(honest(), layout, RUNTIME, None);
    assert_eq!([name_now(&mut walker), name_now(&mut walker)], ["work", "work"]);
    replace_code(walker.memory_mut());
    assert_eq!(name_now(&mut walker), "rest");
}
