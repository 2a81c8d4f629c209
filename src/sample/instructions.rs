//! Where a function returns, where it may call another, and where it may run a generator, in its code.
//!
//! The thread leaves a frame at the very beginning of an instruction that returns, and then takes the
//! frame apart (`RETURN_VALUE` in bytecodes.c): a frame that stands there and is not pointed to is over.
//!
//! A frame that goes through a generator keeps it among its values for the whole loop, but runs it in
//! one instruction only. One that stands at another when it is copied did not run it then. Nor did one
//! that stands where nothing is called call what is found behind it.

use std::ops::Range;

use advisors::Python;

use super::operands::opcodes::Opcodes;
use crate::limits;

/// The instructions of a version that matter here, each with all its specialised and instrumented
/// forms, since they take turns (`opcode.h`, `opcode_ids.h` from 3.13 on).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instructions {
    /// Those that load a name.
    pub(super) loads: Opcodes,
    returns: &'static [u8],
    /// Those that may push a function's frame in the interpreter's own loop, from the first to the last,
    /// and behind how many cache units a frame stands that waits for it: calls, subscripts, attributes
    /// (`_PUSH_FRAME` and `DISPATCH_INLINED` of bytecodes.c), and what may hide any of them
    /// (`INSTRUMENTED_LINE`).
    calls: &'static [(u8, u8, u32)],
    /// `BINARY_OP`, where it does what `BINARY_SUBSCR` did before (3.14).
    binary_op: Option<u8>,
    /// Those that run a generator in the interpreter's own loop: `FOR_ITER` and `SEND`.
    resumes: &'static [u8],
    /// Those through which C code runs one beside these: calls, unpacking, `in`, `+=` and the like.
    drives: &'static [(u8, u8)],
    /// A frame stands so many units behind one that resumes, at the last of its cache units (3.12).
    resumed_at: u32,
    /// 3.11: a frame that waits for what `BINARY_SUBSCR_GETITEM` called stands at the last of its
    /// cache units, which holds a number that may look like any instruction.
    pub(super) subscript: Option<u8>,
}

/// The argument with which `BINARY_OP` is a subscript (`NB_SUBSCR` of opcode.h, 3.14).
const NB_SUBSCR: u8 = 26;

/// From `BINARY_SUBSCR_GETITEM` to its last cache unit (`INLINE_CACHE_ENTRIES_BINARY_SUBSCR`, 3.11).
const SUBSCRIPT_UNITS: usize = 4;

impl Instructions {
    /// Every `for` over a generator goes through C, and has it among its values at whatever else is
    /// done in the loop: of that, only calls and what fills a display are taken for more than that.
    pub(super) const PYTHON_3_11: Self = Self {
        loads: Opcodes::PYTHON_3_11,
        returns: &[83],
        calls: &[(17, 21, 4), (22, 25, 4), (171, 171, 4)],
        binary_op: None,
        resumes: &[93, 123],
        drives: &[
            (22, 24),
            (64, 67),
            (72, 73),
            (76, 81),
            (113, 113),
            (121, 121),
            (127, 127),
            (141, 143),
            (162, 166),
            (171, 171),
        ],
        resumed_at: 0,
        subscript: Some(19),
    };
    /// `RETURN_VALUE` and `RETURN_CONST` return.
    pub(super) const PYTHON_3_12: Self = Self {
        loads: Opcodes::PYTHON_3_12,
        returns: &[83, 121],
        calls: &[
            (19, 22, 1),
            (25, 25, 1),
            (23, 24, 3),
            (28, 29, 3),
            (34, 34, 3),
            (38, 48, 3),
            (56, 56, 3),
            (171, 171, 3),
            (241, 241, 3),
            (142, 142, 0),
            (244, 244, 0),
            (70, 70, 9),
            (72, 73, 9),
            (76, 82, 9),
            (106, 106, 9),
            (253, 254, 0),
            (253, 254, 1),
            (253, 254, 3),
            (253, 254, 9),
        ],
        binary_op: None,
        resumes: &[62, 63, 64, 65, 93, 123, 168, 248],
        drives: &[
            (6, 8),
            (10, 10),
            (13, 14),
            (16, 16),
            (18, 18),
            (23, 24),
            (27, 29),
            (34, 34),
            (38, 44),
            (45, 48),
            (56, 56),
            (60, 60),
            (92, 92),
            (94, 94),
            (118, 118),
            (122, 122),
            (142, 142),
            (159, 167),
            (171, 171),
            (173, 174),
            (241, 241),
            (244, 244),
        ],
        resumed_at: 1,
        subscript: None,
    };
    pub(super) const PYTHON_3_13: Self = Self {
        loads: Opcodes::PYTHON_3_13,
        returns: &[36, 103],
        calls: &[
            (5, 5, 0),
            (53, 54, 0),
            (57, 57, 0),
            (82, 82, 0),
            (157, 181, 0),
            (191, 202, 0),
            (244, 247, 0),
            (254, 254, 0),
        ],
        binary_op: None,
        resumes: &[72, 104, 187, 188, 189, 190, 208, 243],
        drives: &[
            (3, 3),
            (38, 39),
            (45, 45),
            (53, 57),
            (59, 59),
            (68, 69),
            (81, 81),
            (107, 107),
            (116, 117),
            (150, 156),
            (162, 181),
            (185, 186),
            (212, 213),
            (220, 222),
            (244, 246),
        ],
        resumed_at: 0,
        subscript: None,
    };
    const PYTHON_3_14: Self = Self {
        loads: Opcodes::PYTHON_3_14,
        returns: &[35],
        calls: &[
            (4, 4, 0),
            (44, 44, 0),
            (52, 52, 0),
            (55, 55, 0),
            (80, 80, 0),
            (135, 140, 0),
            (143, 165, 0),
            (177, 189, 0),
            (238, 238, 0),
            (250, 252, 0),
            (254, 254, 0),
        ],
        binary_op: Some(44),
        resumes: &[70, 106, 171, 172, 173, 174, 197, 237],
        drives: &[
            (3, 4),
            (37, 38),
            (44, 44),
            (52, 55),
            (57, 57),
            (66, 67),
            (79, 79),
            (109, 109),
            (118, 119),
            (129, 165),
            (169, 170),
            (201, 202),
            (209, 211),
            (250, 252),
        ],
        resumed_at: 0,
        subscript: None,
    };
    const PYTHON_3_15: Self = Self {
        loads: Opcodes::PYTHON_3_15,
        returns: &[33],
        calls: &[
            (4, 4, 0),
            (42, 42, 0),
            (50, 50, 0),
            (53, 53, 0),
            (79, 79, 0),
            (135, 141, 0),
            (144, 168, 0),
            (183, 195, 0),
            (237, 237, 0),
            (249, 251, 0),
            (253, 253, 0),
        ],
        binary_op: Some(42),
        resumes: &[68, 105, 174, 175, 176, 177, 178, 202, 203, 204, 236],
        drives: &[
            (3, 4),
            (35, 36),
            (42, 42),
            (50, 53),
            (55, 55),
            (64, 65),
            (78, 78),
            (108, 108),
            (117, 118),
            (129, 168),
            (172, 173),
            (208, 209),
            (216, 218),
            (249, 251),
        ],
        resumed_at: 0,
        subscript: None,
    };
    /// Of a version whose numbers are not known, no instruction is taken for one that returns, and
    /// any for one that may call a function or run a generator.
    const UNKNOWN: Self = Self {
        loads: Opcodes::UNKNOWN,
        returns: &[],
        calls: &[],
        binary_op: None,
        resumes: &[],
        drives: &[],
        resumed_at: 0,
        subscript: None,
    };

    pub(super) fn of(python: Python) -> Self {
        match (python.major, python.minor) {
            (3, 11) => Self::PYTHON_3_11,
            (3, 12) => Self::PYTHON_3_12,
            (3, 13) => Self::PYTHON_3_13,
            (3, 14) => Self::PYTHON_3_14,
            (3, 15) => Self::PYTHON_3_15,
            _ => Self::UNKNOWN,
        }
    }

    /// Whether an instruction returns, whether it resumes a generator, and whether it may drive one.
    pub(super) fn does(self, opcode: u8) -> [bool; 3] {
        let resumes = self.resumes.contains(&opcode);
        let drives = self.drives.iter().any(|&(first, last)| (first..=last).contains(&opcode));
        [self.returns.contains(&opcode), resumes, resumes || drives]
    }

    /// Behind how many cache units a frame stands that waits for what an instruction has called; nothing
    /// for one that calls nothing in the interpreter's own loop.
    pub(super) fn calls(self, opcode: u8, argument: u8) -> impl Iterator<Item = u32> {
        let is_arithmetic = self.binary_op == Some(opcode) && argument != NB_SUBSCR;
        let calls =
            self.calls.iter().filter(move |&&(first, last, _)| (first..=last).contains(&opcode));
        calls.filter(move |_| !is_arithmetic).map(|&(.., caches)| caches)
    }

    /// What matters of `instructions` (code units of two bytes, opcode and argument).
    pub(super) fn among(self, instructions: &[u8]) -> Landmarks {
        let mut landmarks = Landmarks { read: instructions.len() / 2, ..Landmarks::default() };
        for (unit, code) in (0..).zip(instructions.chunks_exact(2)) {
            let opcode = code[0];
            let [returns, resumes, drives] = self.does(opcode);
            let is_return = returns && !self.is_number(instructions, unit);
            note(&mut landmarks.returns, is_return, unit);
            note(&mut landmarks.resumes, resumes, unit + self.resumed_at);
            note(&mut landmarks.drives, drives, unit);
            for caches in self.calls(opcode, code[1]) {
                note(&mut landmarks.calls, true, unit + caches);
            }
        }
        landmarks.calls.sort_unstable();
        landmarks.are_known = self != Self::UNKNOWN;
        landmarks
    }

    fn is_number(self, instructions: &[u8], unit: u32) -> bool {
        let before = (unit as usize).checked_sub(SUBSCRIPT_UNITS);
        let instruction = before.and_then(|unit| instructions.get(2 * unit));
        instruction.is_some() && instruction == self.subscript.as_ref()
    }
}

fn note(units: &mut Vec<u32>, is_one: bool, unit: u32) {
    if is_one && units.len() < limits::LANDMARKS {
        units.push(unit);
    }
}

/// The code units of one code object at which something matters happens, each in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Landmarks {
    returns: Vec<u32>,
    calls: Vec<u32>,
    resumes: Vec<u32>,
    drives: Vec<u32>,
    /// Units that were looked through.
    read: usize,
    are_known: bool,
}

impl Landmarks {
    /// Whether the function returns at that unit.
    pub(super) fn returns_at(&self, unit: u32) -> bool {
        self.returns.binary_search(&unit).is_ok()
    }

    /// Whether a frame at that unit may be one that runs a generator, directly or through C.
    pub(super) fn may_run_generator_at(&self, unit: u32, through_c: bool) -> bool {
        self.may(if through_c { &self.drives } else { &self.resumes }, unit)
    }

    /// Whether a frame at that unit may be one that waits for what it called, unless through C.
    pub(super) fn may_call_at(&self, unit: u32) -> bool {
        self.may(&self.calls, unit)
    }

    /// Whether a frame that waits for what it called stands at any of those units.
    pub(super) fn may_call_within(&self, units: Range<u32>) -> bool {
        let first = self.calls.partition_point(|&unit| unit < units.start);
        self.calls.get(first).is_some_and(|&unit| unit < units.end)
    }

    /// Whether that unit is one of `units`, as far as is known.
    fn may(&self, units: &[u32], unit: u32) -> bool {
        let is_beyond = unit as usize >= self.read || units.len() >= limits::LANDMARKS;
        !self.are_known || is_beyond || units.binary_search(&unit).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_return_are_found() {
        let code = [151, 0, 83, 0, 9, 83, 121, 1];
        assert_eq!(Instructions::PYTHON_3_11.among(&code).returns, [1]);
        assert_eq!(Instructions::PYTHON_3_12.among(&code).returns, [1, 3]);
        assert!(Instructions::UNKNOWN.among(&code).returns.is_empty());
        let many = [83, 0].repeat(2 * limits::LANDMARKS);
        let returns = Instructions::PYTHON_3_11.among(&many).returns;
        assert_eq!(returns.len(), limits::LANDMARKS);
    }

    #[test]
    fn what_a_subscript_keeps_is_no_instruction() {
        let subscript = [19, 0, 0, 0, 0, 0, 0, 0, 83, 0, 83, 0];
        assert_eq!(Instructions::PYTHON_3_11.among(&subscript).returns, [5]);
    }

    #[test]
    fn a_frame_waits_where_something_is_called() {
        // LOAD_GLOBAL, CALL and its cache, POP_TOP, of 3.12 and 3.15.
        let settled = Instructions::PYTHON_3_12.among(&[116, 0, 171, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        assert_eq!(settled.calls, [4]);
        assert!(!settled.may_call_at(1) && settled.may_call_at(4) && settled.may_call_at(6));
        let newer = Instructions::PYTHON_3_15.among(&[92, 0, 50, 0, 0, 0, 42, 0, 42, NB_SUBSCR]);
        assert_eq!(newer.calls, [1, 4]);
        assert!(Instructions::UNKNOWN.among(&[0; 8]).may_call_at(1));
    }

    #[test]
    fn a_loop_runs_its_generator_where_it_asks_for_the_next() {
        // RESUME, FOR_ITER and its cache, LOAD_FAST, CALL, of 3.12 and 3.13.
        let settled = Instructions::PYTHON_3_12.among(&[151, 0, 93, 2, 0, 0, 124, 0, 171, 0]);
        let direct = |unit| settled.may_run_generator_at(unit, false);
        assert_eq!([0, 1, 2, 3, 4].map(direct), [false, false, true, false, false]);
        let through_c = |unit| settled.may_run_generator_at(unit, true);
        assert_eq!([0, 1, 2, 3, 4].map(through_c), [false, true, false, false, true]);
        let newer = Instructions::PYTHON_3_13.among(&[149, 0, 72, 2, 0, 0, 85, 0, 53, 0]);
        assert!(newer.may_run_generator_at(1, false) && !newer.may_run_generator_at(2, false));
        assert!(newer.may_run_generator_at(5, false), "beyond what was read");
        assert!(Instructions::UNKNOWN.among(&[0; 8]).may_run_generator_at(1, false));
    }
}
