//! Files that are kept open to be asked again and again, as many as the system allows beside those
//! that are opened for a moment.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits;

/// Files that are opened for a moment: four interpreters are attached to at a time, results are written.
const FOR_A_MOMENT: usize = 24;

/// Files that may be kept which spare the opening of others: three for each of a thousand threads.
const SPARING: usize = 3_072;

/// Files that are kept in all.
static NOW_KEPT: AtomicUsize = AtomicUsize::new(0);

/// A file that is kept open.
#[derive(Debug)]
pub struct Kept<F>(F);

impl<F: AsFd> Kept<F> {
    /// One that can be opened each time instead, at several times the work; `None` when there are as
    /// many as may be.
    pub fn sparing(file: F) -> Option<Self> {
        Self::among(file, SPARING.min(room() / 3 * 2))
    }

    /// One without which something is told less well.
    pub fn telling(file: F) -> Option<Self> {
        Self::among(file, room())
    }

    fn among(file: F, most: usize) -> Option<Self> {
        if NOW_KEPT.fetch_add(1, Ordering::Relaxed) < most {
            return Some(Self(file));
        }
        NOW_KEPT.fetch_sub(1, Ordering::Relaxed);
        None
    }

    /// The file.
    pub fn file(&self) -> &F {
        &self.0
    }
}

impl<F> Drop for Kept<F> {
    fn drop(&mut self) {
        NOW_KEPT.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many files may be kept, once this process may have as many open as it is let.
fn room() -> usize {
    static ROOM: OnceLock<usize> = OnceLock::new();
    *ROOM.get_or_init(|| {
        let allowed = usize::try_from(allow_open_files(limits::OPEN_FILES)).unwrap_or(usize::MAX);
        let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        allowed.saturating_sub(open).saturating_sub(FOR_A_MOMENT)
    })
}

/// Raises the number of files that this process may have open, which many systems hold to 1,024
/// until asked, to `wanted` or what they let us have; gives what it is then.
fn allow_open_files(wanted: u64) -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    match current {
        Some(current) if current < allowed => {
            let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum });
            if raised.is_ok() { allowed } else { current }
        }
        current => current.unwrap_or(wanted),
    }
}

/// Whether so few files can still be opened that what could not be looked at may be there.
pub fn are_used_up() -> bool {
    /// What one attachment has open at a time.
    const NEEDED: usize = 6;
    let open = |_| File::open("/proc/self/stat");
    let opened: Result<Vec<File>, io::Error> = (0..NEEDED).map(open).collect();
    opened.is_err_and(|error| is_of_too_many(&error))
}

/// Whether it says that this process, or the system, has too many files open.
pub fn is_of_too_many(error: &io::Error) -> bool {
    let codes = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE];
    error.raw_os_error().is_some_and(|code| codes.iter().any(|it| it.raw_os_error() == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_files_are_told_from_other_errors() {
        assert!(!are_used_up());
        let missing = File::open("/proc/self/no such file").expect_err("none");
        assert!(!is_of_too_many(&missing));
        let code = rustix::io::Errno::MFILE.raw_os_error();
        assert!(is_of_too_many(&io::Error::from_raw_os_error(code)));
    }

    #[test]
    fn no_more_are_kept_than_may_be() {
        let file = || File::open("/proc/self/stat").expect("our own");
        let kept = Kept::telling(file()).expect("there is room");
        assert!(NOW_KEPT.load(Ordering::Relaxed) > 0 && kept.file().metadata().is_ok());
        assert!(Kept::among(file(), 0).is_none());
    }
}
