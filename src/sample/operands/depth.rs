//! How high the value stack is where an instruction takes its operands from it.
//!
//! A frame that runs does not say how many values it has on its stack, but the compiler gives every
//! instruction one height that it always finds; adding up what the instructions do, along all ways that
//! lead to it, tells which. Where an exception leads, and the height there, is in a table of the code object.

mod handlers;
mod tables;

use Direction::{Ahead, Back};
use Effect::{Bits, By, Compiled, Each, Ends, Extended, Flag, Goes, May, Spread};

/// What an instruction does to the height of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Changes it by so much.
    By(i8),
    /// Changes it by the first, and by the second for each that the argument counts.
    Each(i8, i8),
    /// Changes it by the first, and by the last if the argument has that bit.
    Flag(i8, u8, i8),
    /// Takes one for each of the argument's lowest four bits (`MAKE_FUNCTION`, up to 3.12).
    Bits,
    /// Pushes one for each that the argument counts, in two parts of eight bits (`UNPACK_EX`).
    Spread,
    /// May jump: by how much it changes it if not, and if it does.
    May(Direction, i8, i8),
    /// Always jumps.
    Goes(Direction),
    /// Nothing comes after it.
    Ends,
    /// Has the upper bits of the next instruction's argument.
    Extended,
    /// Stands in code that machine code may run in the place of: what the frame has is not what its
    /// instruction says then.
    Compiled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ahead,
    Back,
}

/// The instructions of a version.
#[derive(Debug)]
pub(super) struct Stack {
    /// `CONTAINS_OP` and its forms.
    tests: &'static [u8],
    /// `BINARY_OP` and its forms.
    operations: &'static [u8],
    /// By number, with the count of cache units.
    effects: [Option<(u8, Effect)>; 256],
}

/// An instruction that takes two values from the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taking {
    /// Where it is, in code units.
    pub(super) unit: u32,
    /// How many values there are when it begins.
    pub(super) height: u16,
}

/// The argument with which `BINARY_OP` is a subscript (`NB_SUBSCR` of opcode.h, 3.14).
const NB_SUBSCR: u8 = 26;

/// Upper parts that an argument may have.
const EXTENSIONS: usize = 3;

impl Stack {
    const fn of(
        tests: &'static [u8],
        operations: &'static [u8],
        rows: &[(u8, Effect, &[u8])],
    ) -> Self {
        let mut effects = [None; 256];
        let mut row = 0;
        while row < rows.len() {
            let (caches, effect, numbers) = rows[row];
            let mut number = 0;
            while number < numbers.len() {
                effects[numbers[number] as usize] = Some((caches, effect));
                number += 1;
            }
            row += 1;
        }
        Self { tests, operations, effects }
    }

    /// Where `instructions` (code units of two bytes, opcode and argument) test whether one value is in
    /// another, or compute one of two, in rising order; `exceptions` is the table of where those go.
    /// Nothing where they make no sense, or may be run as machine code.
    pub(super) fn takings(&self, instructions: &[u8], exceptions: &[u8]) -> Vec<Taking> {
        let Some(heights) = self.heights(instructions, exceptions) else { return Vec::new() };
        let takings = (0..).zip(heights.known).zip(instructions.chunks_exact(2));
        let takings = takings.filter_map(|((unit, height), code)| {
            Some(Taking { unit, height: height.filter(|&it| it >= 2 && self.takes_two(code))? })
        });
        takings.collect()
    }

    /// With how many cache units behind it.
    #[cfg(test)]
    pub(super) fn effect(&self, opcode: u8) -> Option<(u8, Effect)> {
        self.effects[usize::from(opcode)]
    }

    fn takes_two(&self, code: &[u8]) -> bool {
        self.tests.contains(&code[0]) || self.operations.contains(&code[0]) && code[1] != NB_SUBSCR
    }

    fn heights(&self, instructions: &[u8], exceptions: &[u8]) -> Option<Heights> {
        let mut heights =
            Heights { known: vec![None; instructions.len() / 2], pending: Vec::new() };
        heights.reach(0, 0)?;
        for (unit, height) in handlers::handlers(exceptions) {
            heights.reach(unit, height)?;
        }
        self.walk(instructions, heights)
    }

    fn walk(&self, instructions: &[u8], mut heights: Heights) -> Option<Heights> {
        while let Some(start) = heights.pending.pop() {
            let (mut unit, mut argument, mut extensions) = (start, 0_u32, 0);
            // Each step goes on in the line; what it jumps to comes later.
            while let Some(&[opcode, low]) = instructions.get(2 * unit..2 * unit + 2) {
                let height = i32::from(heights.known[unit]?);
                argument = argument << 8 | u32::from(low);
                let Some((caches, effect)) = self.effects[usize::from(opcode)] else { break };
                let next = unit + 1 + usize::from(caches);
                if effect == Extended {
                    extensions += 1;
                    if extensions > EXTENSIONS || !heights.meet(next, height)? {
                        break;
                    }
                    unit = next;
                    continue;
                }
                let to = |direction| match direction {
                    Ahead => next.checked_add(argument as usize),
                    Back => next.checked_sub(argument as usize),
                };
                let (stays, goes) = effect.changes(argument);
                match effect {
                    Goes(direction) => heights.reach(to(direction)?, height)?,
                    May(direction, ..) => heights.reach(to(direction)?, height + goes)?,
                    Compiled => return None,
                    _ => {}
                }
                if matches!(effect, Goes(_) | Ends) {
                    break;
                }
                if !heights.meet(next, height.saturating_add(stays))? {
                    break;
                }
                (unit, argument, extensions) = (next, 0, 0);
            }
        }
        Some(heights)
    }
}

impl Effect {
    /// By how much it changes the height with that argument: if it does not jump, and if it does.
    pub(super) fn changes(self, argument: u32) -> (i32, i32) {
        let number = i32::try_from(argument).unwrap_or(i32::MAX);
        let change = match self {
            By(change) => i32::from(change),
            Each(all, each) => {
                i32::from(all).saturating_add(i32::from(each).saturating_mul(number))
            }
            Flag(all, bit, more) if number & i32::from(bit) != 0 => {
                i32::from(all) + i32::from(more)
            }
            Flag(all, ..) => i32::from(all),
            Bits => -((number & 15).count_ones().cast_signed()),
            Spread => (number & 0xff).saturating_add(number >> 8),
            May(_, stays, goes) => return (stays.into(), goes.into()),
            Goes(_) | Ends | Extended | Compiled => 0,
        };
        (change, change)
    }
}

/// What is known on the way.
struct Heights {
    known: Vec<Option<u16>>,
    /// Where ways begin that were not followed yet.
    pending: Vec<usize>,
}

impl Heights {
    /// Takes note of the height at a unit; whether it was not known. `None` when it cannot be.
    fn meet(&mut self, unit: usize, height: i32) -> Option<bool> {
        let height = u16::try_from(height).ok()?;
        match self.known.get_mut(unit)? {
            Some(known) => (*known == height).then_some(false),
            unknown => {
                *unknown = Some(height);
                Some(true)
            }
        }
    }

    /// The same for where a way begins.
    fn reach(&mut self, unit: usize, height: i32) -> Option<()> {
        if self.meet(unit, height)? {
            self.pending.push(unit);
        }
        Some(())
    }
}
