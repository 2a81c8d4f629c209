//! Which instructions load a name, by version.
//!
//! The numbers of `Include/opcode_ids.h` (`opcode.h` up to 3.12) and of the specialised forms that
//! an instruction takes while it runs (`internal/pycore_opcode_metadata.h`, `pycore_opcode.h` up to
//! 3.12): facts of a minor release, which its magic number guards. A test asks each CPython found.

/// What an instruction does, as far as names go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sample) enum Effect {
    /// Pushes the local of the slot that the argument counts, or what is in its cell.
    Slot,
    /// Pushes two, each counted by four bits of the argument, the upper first.
    TwoSlots,
    /// Stores into the one that the upper four bits count and pushes that of the lower.
    LowSlot,
    /// Pushes what the name of `co_names` is bound to; the argument's lowest bits are flags.
    Name {
        flags: u8,
    },
    /// Replaces the top of the stack by its attribute of a name of `co_names`. If there is a flag
    /// and it is set, the attribute is a method that is about to be called.
    Attribute {
        flags: u8,
    },
    /// Replaces the top of the stack by a method of it of a name of `co_names` (3.11).
    Method,
    /// Pushes another reference to the top of the stack, if the argument is 1.
    Duplicate,
    /// Leaves the names on the stack as they are.
    Neutral,
    /// Has the upper bits of the next instruction's argument.
    ExtendedArgument,
    /// Stands in the place of one that is watched (`sys.monitoring`).
    Instrumented,
    Other,
}

use Effect::{
    Attribute, Duplicate, ExtendedArgument, Instrumented, LowSlot, Method, Name, Neutral, Slot,
    TwoSlots,
};

/// The instructions of a version that have an effect: first and last number, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sample) struct Opcodes(&'static [(u8, u8, Effect)]);

const NAME: Effect = Name { flags: 0 };
const GLOBAL: Effect = Name { flags: 1 };
const ATTRIBUTE: Effect = Attribute { flags: 1 };

impl Opcodes {
    /// Of a version whose numbers are not known.
    pub(in crate::sample) const UNKNOWN: Self = Self(&[]);

    pub(in crate::sample) const PYTHON_3_11: Self = Self(&[
        (2, 2, Neutral),
        (9, 9, Neutral),
        (34, 34, ExtendedArgument),
        (39, 43, Attribute { flags: 0 }),
        (45, 46, Slot),
        (47, 48, GLOBAL),
        (55, 55, GLOBAL),
        (56, 59, Method),
        (62, 63, Method),
        (101, 101, NAME),
        (106, 106, Attribute { flags: 0 }),
        (116, 116, GLOBAL),
        (120, 120, Duplicate),
        (124, 124, Slot),
        (137, 137, Slot),
        (144, 144, ExtendedArgument),
        (148, 148, Slot),
        (160, 160, Method),
    ]);

    pub(in crate::sample) const PYTHON_3_12: Self = Self(&[
        (2, 2, Neutral),
        (9, 9, Neutral),
        (70, 70, ATTRIBUTE),
        (72, 73, ATTRIBUTE),
        (76, 82, ATTRIBUTE),
        (86, 86, Slot),
        (88, 88, Slot),
        (101, 101, NAME),
        (106, 106, ATTRIBUTE),
        (111, 112, GLOBAL),
        (116, 116, GLOBAL),
        (120, 120, Duplicate),
        (124, 124, Slot),
        (127, 127, Slot),
        (137, 137, Slot),
        (144, 144, ExtendedArgument),
        (175, 175, NAME),
        (176, 176, Slot),
        (237, 254, Instrumented),
    ]);

    pub(in crate::sample) const PYTHON_3_13: Self = Self(&[
        (30, 30, Neutral),
        (34, 34, Neutral),
        (61, 61, Duplicate),
        (71, 71, ExtendedArgument),
        (82, 82, ATTRIBUTE),
        (84, 85, Slot),
        (87, 87, Slot),
        (88, 88, TwoSlots),
        (89, 89, Slot),
        (90, 90, NAME),
        (91, 91, GLOBAL),
        (92, 92, NAME),
        (111, 111, LowSlot),
        (191, 202, ATTRIBUTE),
        (203, 204, GLOBAL),
        (236, 254, Instrumented),
    ]);

    pub(in crate::sample) const PYTHON_3_14: Self = Self(&[
        (27, 27, Neutral),
        (33, 33, Neutral),
        (59, 59, Duplicate),
        (69, 69, ExtendedArgument),
        (80, 80, ATTRIBUTE),
        (83, 84, Slot),
        (86, 86, Slot),
        (87, 87, TwoSlots),
        (88, 88, Slot),
        (89, 89, TwoSlots),
        (90, 90, Slot),
        (91, 91, NAME),
        (92, 92, GLOBAL),
        (93, 93, NAME),
        (113, 113, LowSlot),
        (177, 189, ATTRIBUTE),
        (192, 193, GLOBAL),
        (234, 254, Instrumented),
    ]);

    pub(in crate::sample) const PYTHON_3_15: Self = Self(&[
        (25, 25, Neutral),
        (31, 31, Neutral),
        (57, 57, Duplicate),
        (67, 67, ExtendedArgument),
        (79, 79, ATTRIBUTE),
        (82, 83, Slot),
        (85, 85, Slot),
        (86, 86, TwoSlots),
        (87, 87, Slot),
        (88, 88, TwoSlots),
        (89, 89, Slot),
        (90, 90, NAME),
        (91, 91, GLOBAL),
        (92, 92, NAME),
        (112, 112, LowSlot),
        (183, 195, ATTRIBUTE),
        (196, 197, GLOBAL),
        (233, 253, Instrumented),
    ]);

    pub(in crate::sample) fn effect(self, opcode: u8) -> Effect {
        let row = self.0.iter().find(|(first, last, _)| (*first..=*last).contains(&opcode));
        row.map_or(Effect::Other, |(.., effect)| *effect)
    }

    /// The first of `instructions` (in code units of two bytes, opcode and argument) that is not
    /// [`Effect::Neutral`] or a duplicate, with its argument. `Neutral` when all are.
    pub(in crate::sample) fn first_effect(self, instructions: &[u8]) -> (Effect, usize) {
        /// Two extended arguments and what is neutral before them.
        const MOST: usize = 8;
        let mut upper = 0;
        for unit in instructions.chunks_exact(2).take(MOST) {
            let argument = upper << 8 | usize::from(unit[1]);
            upper = 0;
            match self.effect(unit[0]) {
                Neutral => {}
                Duplicate if argument == 1 => {}
                Duplicate => return (Effect::Other, argument),
                ExtendedArgument => upper = argument,
                effect => return (effect, argument),
            }
        }
        (Neutral, 0)
    }
}
