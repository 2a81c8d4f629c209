//! Frames outside of a thread's chunks: those of generators and coroutines, and shims on the C
//! stack.

use crate::limits;

/// Those that the next look asks for, in the order of their addresses: of the last stack, and of
/// those shortly before, since generators and coroutines take turns.
#[derive(Debug, Default)]
pub(super) struct Strays {
    list: Vec<Stray>,
    /// Of the last stack.
    current: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Stray {
    pub(super) address: u64,
    /// What a generator's frame runs; 0 for a shim, which has no slots.
    pub(super) code: u64,
    /// Stacks since it was last found.
    age: u8,
}

/// Stacks that a stray is asked for after it was last found.
const LATELY: u8 = 16;
/// Strays that are asked for beside those of the last stack; each costs as much as 3 KiB.
const SPARE: usize = 4;

impl Strays {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stray> {
        self.list.iter()
    }

    /// Whether they are few enough to be copied again and again.
    pub(super) fn are_few(&self) -> bool {
        self.list.len() <= limits::COPIED_STRAYS
    }

    /// Begins to take note of another stack's.
    pub(super) fn begin(&mut self) {
        self.current = 0;
        self.list.iter_mut().for_each(|stray| stray.age = stray.age.saturating_add(1));
    }

    pub(super) fn found(&mut self, address: u64, code: u64) {
        self.list.retain(|stray| stray.address != address);
        if self.current < limits::STRAY_FRAMES {
            self.list.push(Stray { address, code, age: 0 });
            self.current += 1;
        }
    }

    /// Takes note of one that is not of the last stack, as far as is known.
    pub(super) fn meet(&mut self, address: u64, code: u64) {
        self.list.retain(|stray| stray.address != address);
        if self.list.len() < limits::STRAY_FRAMES + SPARE {
            self.list.push(Stray { address, code, age: 0 });
        }
        self.list.sort_unstable_by_key(|stray| stray.address);
    }

    /// Ends with those that are worth asking for.
    pub(super) fn end(&mut self) {
        self.list.retain(|stray| stray.age < LATELY);
        self.list.sort_unstable_by_key(|stray| stray.age);
        self.list.truncate(self.current + SPARE);
        self.list.sort_unstable_by_key(|stray| stray.address);
    }

    /// Lets one go that is known otherwise.
    pub(super) fn drop(&mut self, address: u64) {
        self.list.retain(|stray| stray.address != address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_not_copied_again_and_again() {
        let mut strays = Strays::default();
        for address in 0..=limits::COPIED_STRAYS as u64 {
            assert!(strays.are_few(), "{address}");
            strays.meet(address, 1);
            strays.meet(address, 1);
        }
        assert!(!strays.are_few());
    }
}
