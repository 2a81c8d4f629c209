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
    /// Pushes the constant that the argument counts.
    Constant,
    /// Pushes the argument as an `int`.
    SmallInt,
    /// Pushes one of the interpreter's constants (3.15): the argument [`MINUS_ONE`] is -1.
    CommonConstant,
    /// Replaces the two on top by the item of the lower that the upper names, if the argument is this.
    Item {
        argument: u8,
    },
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

/// `CONSTANT_MINUS_ONE` (internal/pycore_opcode_utils.h, 3.15).
pub(in crate::sample) const MINUS_ONE: usize = 11;

use Effect::{
    Attribute, CommonConstant, Constant, Duplicate, ExtendedArgument, Instrumented, Item, LowSlot,
    Method, Name, Neutral, Slot, SmallInt, TwoSlots,
};

/// The instructions of a version that have an effect: first and last number, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sample) struct Opcodes(&'static [(u8, u8, Effect)]);

const NAME: Effect = Name { flags: 0 };
const GLOBAL: Effect = Name { flags: 1 };
const ATTRIBUTE: Effect = Attribute { flags: 1 };
const ITEM: Effect = Item { argument: 0 };
/// `BINARY_OP` with `NB_SUBSCR` (opcode.h, from 3.14).
const OPERATION: Effect = Item { argument: 26 };

impl Opcodes {
    /// Of a version whose numbers are not known.
    pub(in crate::sample) const UNKNOWN: Self = Self(&[]);

    pub(in crate::sample) const PYTHON_3_11: Self = Self(&[
        (2, 2, Neutral),
        (9, 9, Neutral),
        (17, 21, ITEM),
        (25, 25, ITEM),
        (34, 34, ExtendedArgument),
        (39, 43, Attribute { flags: 0 }),
        (44, 44, Constant),
        (45, 46, Slot),
        (47, 48, GLOBAL),
        (55, 55, GLOBAL),
        (56, 59, Method),
        (62, 63, Method),
        (100, 100, Constant),
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
        (19, 22, ITEM),
        (25, 25, ITEM),
        (70, 70, ATTRIBUTE),
        (72, 73, ATTRIBUTE),
        (76, 82, ATTRIBUTE),
        (84, 84, Constant),
        (86, 86, Slot),
        (88, 88, Slot),
        (100, 100, Constant),
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
        (5, 5, ITEM),
        (30, 30, Neutral),
        (34, 34, Neutral),
        (61, 61, Duplicate),
        (71, 71, ExtendedArgument),
        (82, 82, ATTRIBUTE),
        (83, 83, Constant),
        (84, 85, Slot),
        (87, 87, Slot),
        (88, 88, TwoSlots),
        (89, 89, Slot),
        (90, 90, NAME),
        (91, 91, GLOBAL),
        (92, 92, NAME),
        (111, 111, LowSlot),
        (157, 161, ITEM),
        (191, 202, ATTRIBUTE),
        (203, 204, GLOBAL),
        (236, 254, Instrumented),
    ]);

    pub(in crate::sample) const PYTHON_3_14: Self = Self(&[
        (3, 3, OPERATION),
        (27, 27, Neutral),
        (33, 33, Neutral),
        (44, 44, OPERATION),
        (59, 59, Duplicate),
        (69, 69, ExtendedArgument),
        (80, 80, ATTRIBUTE),
        (82, 82, Constant),
        (83, 84, Slot),
        (86, 86, Slot),
        (87, 87, TwoSlots),
        (88, 88, Slot),
        (89, 89, TwoSlots),
        (90, 90, Slot),
        (91, 91, NAME),
        (92, 92, GLOBAL),
        (93, 93, NAME),
        (94, 94, SmallInt),
        (113, 113, LowSlot),
        (129, 142, OPERATION),
        (177, 189, ATTRIBUTE),
        (190, 191, Constant),
        (192, 193, GLOBAL),
        (234, 254, Instrumented),
    ]);

    pub(in crate::sample) const PYTHON_3_15: Self = Self(&[
        (3, 3, OPERATION),
        (25, 25, Neutral),
        (31, 31, Neutral),
        (42, 42, OPERATION),
        (57, 57, Duplicate),
        (67, 67, ExtendedArgument),
        (79, 79, ATTRIBUTE),
        (80, 80, CommonConstant),
        (81, 81, Constant),
        (82, 83, Slot),
        (85, 85, Slot),
        (86, 86, TwoSlots),
        (87, 87, Slot),
        (88, 88, TwoSlots),
        (89, 89, Slot),
        (90, 90, NAME),
        (91, 91, GLOBAL),
        (92, 92, NAME),
        (93, 93, SmallInt),
        (112, 112, LowSlot),
        (129, 143, OPERATION),
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
