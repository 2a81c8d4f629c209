//! Where a function returns, in its code.
//!
//! The thread leaves a frame at the very beginning of such an instruction, and then takes the frame
//! apart (`RETURN_VALUE` in bytecodes.c): a frame that stands there and is not pointed to is over.

use advisors::Python;

use crate::limits;

/// The instructions of a version that return (`opcode.h`, `opcode_ids.h` from 3.13 on).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Returns {
    opcodes: &'static [u8],
    /// 3.11: a frame that waits for what `BINARY_SUBSCR_GETITEM` called stands at the last of its
    /// cache units, which holds a number that may look like any instruction.
    pub(super) subscript: Option<u8>,
}

/// From `BINARY_SUBSCR_GETITEM` to its last cache unit (`INLINE_CACHE_ENTRIES_BINARY_SUBSCR`, 3.11).
const SUBSCRIPT_UNITS: usize = 4;

impl Returns {
    pub(super) const PYTHON_3_11: Self = Self { opcodes: &[83], subscript: Some(19) };
    /// `RETURN_VALUE` and `RETURN_CONST`.
    pub(super) const PYTHON_3_12: Self = Self { opcodes: &[83, 121], subscript: None };
    const PYTHON_3_13: Self = Self { opcodes: &[36, 103], subscript: None };
    const PYTHON_3_14: Self = Self { opcodes: &[35], subscript: None };
    const PYTHON_3_15: Self = Self { opcodes: &[33], subscript: None };
    /// Of a version whose numbers are not known, no instruction is taken for one that returns.
    const UNKNOWN: Self = Self { opcodes: &[], subscript: None };

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

    pub(super) fn has(self, opcode: u8) -> bool {
        self.opcodes.contains(&opcode)
    }

    /// Which of `instructions` (code units of two bytes, opcode and argument) return, in order.
    pub(super) fn among(self, instructions: &[u8]) -> Vec<u32> {
        let opcode = |unit: usize| instructions.get(2 * unit).copied();
        let is_number = |unit: usize| {
            let instruction = unit.checked_sub(SUBSCRIPT_UNITS).and_then(opcode);
            instruction.is_some() && instruction == self.subscript
        };
        let returns =
            |&unit: &usize| opcode(unit).is_some_and(|it| self.has(it)) && !is_number(unit);
        let units = (0..instructions.len() / 2).filter(returns);
        units.map_while(|unit| u32::try_from(unit).ok()).take(limits::RETURNS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_return_are_found() {
        let code = [151, 0, 83, 0, 9, 83, 121, 1];
        assert_eq!(Returns::PYTHON_3_11.among(&code), [1]);
        assert_eq!(Returns::PYTHON_3_12.among(&code), [1, 3]);
        assert!(Returns::UNKNOWN.among(&code).is_empty());
        let many = [83, 0].repeat(2 * limits::RETURNS);
        assert_eq!(Returns::PYTHON_3_11.among(&many).len(), limits::RETURNS);
    }

    #[test]
    fn what_a_subscript_keeps_is_no_instruction() {
        let subscript = [19, 0, 0, 0, 0, 0, 0, 0, 83, 0, 83, 0];
        assert_eq!(Returns::PYTHON_3_11.among(&subscript), [5]);
    }
}
