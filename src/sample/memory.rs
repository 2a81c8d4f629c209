//! Another process's memory, read without stopping it.

/// Why a read gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// The address is not mapped, or not readable.
    Unmapped,
    /// The process has ended.
    Gone,
    /// The system forbids it.
    Denied,
}

/// One stretch to be read.
#[derive(Debug)]
pub struct Request<'a> {
    /// Address in the target.
    pub address: u64,
    /// Where the bytes go; its length is how many are read.
    pub into: &'a mut [u8],
}

/// Memory that can be read: a live process, or a fake one in tests.
pub trait Memory {
    /// Reads all of `into.len()` bytes at `address`.
    ///
    /// # Errors
    /// When any part of the stretch cannot be read; `into` is then unspecified.
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError>;

    /// Reads several stretches in as few system calls as can be, in order; gives how many at the
    /// start of the list were read whole. Stops at the first that cannot be.
    ///
    /// # Errors
    /// When not even the first could be tried ([`ReadError::Gone`], [`ReadError::Denied`]).
    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError>;
}
