//! Memory made up for tests.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::memory::{Memory, ReadError, Request};

/// Stretches of bytes by address; everything else is unmapped.
#[derive(Debug, Default)]
pub(crate) struct FakeMemory {
    stretches: BTreeMap<u64, Vec<u8>>,
    calls: Cell<usize>,
}

impl FakeMemory {
    pub(crate) fn new(stretches: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Self {
        Self { stretches: stretches.into_iter().collect(), calls: Cell::new(0) }
    }

    /// Maps a further stretch.
    pub(crate) fn map(&mut self, address: u64, bytes: Vec<u8>) {
        self.stretches.insert(address, bytes);
    }

    /// Writes a word, mapping the stretch around it if there is none.
    pub(crate) fn put(&mut self, address: u64, bytes: &[u8]) {
        let (start, stretch) = self
            .stretches
            .range_mut(..=address)
            .next_back()
            .filter(|(start, stretch)| {
                address + bytes.len() as u64 <= *start + stretch.len() as u64
            })
            .expect("the stretch is mapped");
        let at = usize::try_from(address - start).unwrap();
        stretch[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// How many reads were asked for.
    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }
}

impl Memory for FakeMemory {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        self.calls.set(self.calls.get() + 1);
        let (start, stretch) =
            self.stretches.range(..=address).next_back().ok_or(ReadError::Unmapped)?;
        let at = usize::try_from(address - start).map_err(|_| ReadError::Unmapped)?;
        let end = at.checked_add(into.len()).ok_or(ReadError::Unmapped)?;
        into.copy_from_slice(stretch.get(at..end).ok_or(ReadError::Unmapped)?);
        Ok(())
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        let before = self.calls.get();
        let failed = requests.iter_mut().position(|r| self.read(r.address, r.into).is_err());
        self.calls.set(before + 1);
        Ok(failed.unwrap_or(requests.len()))
    }
}
