//! The memory of a live process, through `process_vm_readv`: no ptrace, no pause.

use std::time::Instant;

use super::memory::{Memory, ReadError, Request};
use super::tasks::reading_id;

/// A running process whose memory is read without stopping it.
#[derive(Debug, Clone, Copy)]
pub struct LiveMemory {
    /// Of the thread by which it is asked for.
    id: libc::pid_t,
    /// From when on nothing is read any more: the process is held meanwhile.
    pub(super) until: Option<Instant>,
}

/// Stretches that one `process_vm_readv` takes (`UIO_MAXIOV`, linux/uio.h).
const STRETCHES_PER_CALL: usize = 1024;

impl LiveMemory {
    /// The memory of process `pid`; whether there is such a process shows at the first read.
    pub fn new(pid: u32) -> Self {
        Self { id: reading_id(pid).cast_signed(), until: None }
    }

    /// Looks for another thread of process `pid` by which it can be read, for one that has ended.
    pub(super) fn look_for_living(&mut self, pid: u32) {
        self.id = Self::new(pid).id;
    }
}

impl LiveMemory {
    fn transfer(&self, local: &[libc::iovec], remote: &[libc::iovec]) -> Result<usize, ReadError> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Err(ReadError::Denied);
        }
        transfer(self.id, local, remote)
    }

    fn read_batch(&self, batch: &mut [Request<'_>]) -> Result<usize, ReadError> {
        let mut local = Vec::with_capacity(batch.len());
        let mut remote = Vec::with_capacity(batch.len());
        for request in &mut *batch {
            let Ok(stretch) = remote_iovec(request.address, request.into.len()) else { break };
            remote.push(stretch);
            local.push(iovec_over(request.into));
        }
        let mut left = match self.transfer(&local, &remote) {
            Ok(bytes) => bytes,
            Err(ReadError::Unmapped) => 0,
            Err(error) => return Err(error),
        };
        let mut whole = 0;
        for stretch in &remote {
            let Some(rest) = left.checked_sub(stretch.iov_len) else { break };
            left = rest;
            whole += 1;
        }
        Ok(whole)
    }
}

impl Memory for LiveMemory {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        let wanted = into.len();
        let local = [iovec_over(into)];
        let remote = [remote_iovec(address, wanted)?];
        if self.transfer(&local, &remote)? == wanted { Ok(()) } else { Err(ReadError::Unmapped) }
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        let mut whole = 0;
        for batch in requests.chunks_mut(STRETCHES_PER_CALL) {
            let read = self.read_batch(batch)?;
            whole += read;
            if read < batch.len() {
                break;
            }
        }
        Ok(whole)
    }
}

fn iovec_over(bytes: &mut [u8]) -> libc::iovec {
    libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() }
}

fn remote_iovec(address: u64, length: usize) -> Result<libc::iovec, ReadError> {
    let base = usize::try_from(address).map_err(|_| ReadError::Unmapped)?;
    base.checked_add(length).ok_or(ReadError::Unmapped)?;
    Ok(libc::iovec { iov_base: std::ptr::without_provenance_mut(base), iov_len: length })
}

/// One system call; gives the bytes that were transferred, in the order of the stretches.
#[allow(unsafe_code)] // process_vm_readv has no safe wrapper in std or rustix
fn transfer(
    pid: libc::pid_t,
    local: &[libc::iovec],
    remote: &[libc::iovec],
) -> Result<usize, ReadError> {
    // SAFETY: every local stretch was made from a live `&mut [u8]` that the caller still borrows,
    // the counts are those of the slices, and the remote stretches are only read by the kernel.
    let transferred = unsafe {
        libc::process_vm_readv(
            pid,
            local.as_ptr(),
            local.len() as libc::c_ulong,
            remote.as_ptr(),
            remote.len() as libc::c_ulong,
            0,
        )
    };
    usize::try_from(transferred).map_err(|_| match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::ESRCH) => ReadError::Gone,
        Some(libc::EPERM) => ReadError::Denied,
        _ => ReadError::Unmapped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stretch_ends_the_list_and_the_ones_before_it_count() {
        let text = *b"own memory";
        let address = text.as_ptr().expose_provenance() as u64;
        let own = LiveMemory::new(std::process::id());
        let (mut a, mut b, mut c) = ([0; 10], [0; 8], [0; 10]);
        let mut requests = [
            Request { address, into: &mut a },
            Request { address: 8, into: &mut b },
            Request { address, into: &mut c },
        ];
        assert_eq!(own.read_many(&mut requests), Ok(1));
        assert_eq!(a, text);
    }

    #[test]
    fn nothing_is_read_once_the_time_is_over() {
        let text = *b"own memory";
        let address = text.as_ptr().expose_provenance() as u64;
        let mut own = LiveMemory::new(std::process::id());
        own.until = Some(Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!(own.read(address, &mut [0; 10]), Ok(()));
        own.until = Some(Instant::now());
        assert_eq!(own.read(address, &mut [0; 10]), Err(ReadError::Denied));
        let mut requests = [Request { address, into: &mut [0; 10] }];
        assert_eq!(own.read_many(&mut requests), Err(ReadError::Denied));
    }

    #[test]
    fn addresses_beyond_the_address_space_are_unmapped() {
        let own = LiveMemory::new(std::process::id());
        assert_eq!(own.read(u64::MAX - 2, &mut [0; 8]), Err(ReadError::Unmapped));
    }
}
