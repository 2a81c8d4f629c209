//! From a process id to an interpreter that can be walked.

mod error;

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use advisors::Python;
use py_spy::PythonSpy;
use py_spy::python_process_info::{PythonProcessInfo, get_python_version};

pub use error::AttachError;

use super::Interpreter;
use super::asyncio::Asyncio;
use super::binary::{self, Runtime};
use super::debug_offsets;
use super::descriptors;
use super::evidence::Evidence;
use super::exact;
use super::image::Image;
use super::layout::{self, Layout};
use super::live::LiveMemory;
use super::memory::{Memory, ReadError};
use super::pyspy::{Excess, PySpyWalker, ThreadList};
use super::tasks;
use super::walker::Walker;

/// How to attach.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How long to wait for an interpreter that is not up yet: for a program that was only just
    /// started. Zero, the default, asks once.
    pub patience: Duration,
    /// Who walks the stacks.
    pub walker: WalkerChoice,
    /// Whether the process is held still for each sweep, so that no stack changes under the look.
    /// Our own walker only.
    pub exact: bool,
}

/// Who walks the stacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WalkerChoice {
    /// Our own walker where it knows the version, py-spy elsewhere.
    #[default]
    Best,
    /// py-spy for every version: lines, no columns. For comparison.
    PySpy,
}

/// First and longest pause between two attempts; an attempt costs some milliseconds of processor.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(80));

/// Tries until the interpreter is up or the patience is at its end.
pub(super) fn patiently<T>(
    patience: Duration,
    mut attempt: impl FnMut() -> Result<T, AttachError>,
) -> Result<T, AttachError> {
    let start = Instant::now();
    let mut pause = PAUSES.0;
    loop {
        match attempt() {
            Err(error) if error.may_pass() && start.elapsed() < patience => {
                std::thread::sleep(pause.min(patience.saturating_sub(start.elapsed())));
                pause = (pause * 2).min(PAUSES.1);
            }
            outcome => return outcome,
        }
    }
}

/// What a process turned out to be.
pub(super) enum Found {
    /// One that our own walker reads, and the binary for children that have the same.
    Own { interpreter: Interpreter, walker: Box<Walker<LiveMemory>>, image: Option<Image> },
    /// One that py-spy reads for us.
    PySpy { interpreter: Interpreter, walker: Box<PySpyWalker> },
}

/// Finds the interpreter in process `pid`.
pub(super) fn find(pid: u32, options: Options) -> Result<Found, AttachError> {
    find_or_say_why(pid, options).map_err(|error| match error {
        // Where a file cannot be opened, it looks as if there were none.
        AttachError::NoSuchProcess { .. }
        | AttachError::Gone { .. }
        | AttachError::NotPython { .. }
        | AttachError::NotYetRunning { .. }
            if descriptors::are_used_up() =>
        {
            AttachError::TooManyFiles { pid }
        }
        error => error,
    })
}

fn find_or_say_why(pid: u32, options: Options) -> Result<Found, AttachError> {
    check_readable(pid)?;
    let runtime = binary::find_runtime(pid, &LiveMemory::new(pid));
    if let Some(Runtime { address, python: Some(python) }) = runtime
        && let Some(found) = find_own(pid, options, supported(pid, python)?, address)?
    {
        return Ok(found);
    }
    let process = remoteprocess::Process::new(tasks::reading_id(pid).cast_signed())
        .map_err(|_| AttachError::NoSuchProcess { pid })?;
    let info = PythonProcessInfo::new(&process).map_err(|_| not_python(pid))?;
    let python = find_version(pid, &process, &info)?;
    let symbol = info.get_symbol("_PyRuntime").copied();
    if let Some(address) = symbol.or(runtime.map(|runtime| runtime.address))
        && let Some(found) = find_own(pid, options, python, address)?
    {
        return Ok(found);
    }
    if options.exact {
        return Err(AttachError::NoExactWalk { pid, version: python });
    }
    if python.is_newer_than_known() {
        return Err(AttachError::TooNew { pid, version: python });
    }
    let root = symbol.or(info.get_symbol("interp_head").copied());
    let root = root.or(runtime.map(|runtime| runtime.address));
    find_with_py_spy(pid, python).map_err(|error| match error {
        AttachError::NotYetRunning { pid } => beyond_py_spy(pid, python, root).unwrap_or(error),
        error => error,
    })
}

/// What there is too much of for py-spy to find the interpreter that begins at `root`.
fn beyond_py_spy(pid: u32, version: Python, root: Option<u64>) -> Option<AttachError> {
    let excess = ThreadList::of(version)?.excess(&LiveMemory::new(pid), root?)?;
    Some(match excess {
        Excess::Frames => AttachError::TooDeep { pid, version },
        Excess::Threads => AttachError::TooManyThreads { pid, version },
    })
}

/// The interpreter whose `_PyRuntime` is at `runtime`, if our own walker reads its version.
fn find_own(
    pid: u32,
    options: Options,
    python: Python,
    runtime: u64,
) -> Result<Option<Found>, AttachError> {
    let layout = own_layout(pid, python, runtime).filter(|_| options.walker == WalkerChoice::Best);
    let Some(layout) = layout else { return Ok(None) };
    if options.exact {
        exact::check(pid)?;
    }
    let image = Image::of(pid, runtime, python);
    let (interpreter, walker) = own_walker(pid, python, layout, runtime)?;
    Ok(Some(Found::Own { interpreter, walker, image }))
}

/// Finds the interpreter in a process that has the binary of another. `None` when it has not.
pub(super) fn find_same(pid: u32, image: &Image, options: Options) -> Option<Found> {
    check_readable(pid).ok()?;
    if options.exact {
        exact::check(pid).ok()?;
    }
    let runtime = image.runtime_in(pid)?;
    let layout = own_layout(pid, image.python, runtime)?;
    let (interpreter, walker) = own_walker(pid, image.python, layout, runtime).ok()?;
    Some(Found::Own { interpreter, walker, image: Some(image.clone()) })
}

/// The layout for our own walker, which knows CPython from 3.11 on, on x86-64 Linux.
fn own_layout(pid: u32, python: Python, runtime: u64) -> Option<Layout> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return None;
    }
    match (python.major, python.minor) {
        (3, 11) => Some(layout::PYTHON_3_11),
        (3, 12) => Some(layout::PYTHON_3_12),
        (3, 13..) => debug_offsets::read(&LiveMemory::new(pid), runtime, python).ok(),
        _ => None,
    }
}

fn own_walker(
    pid: u32,
    python: Python,
    layout: Layout,
    runtime: u64,
) -> Result<(Interpreter, Box<Walker<LiveMemory>>), AttachError> {
    let evidence = Evidence::new(python, &layout);
    let tasks = Asyncio::new(pid, python).filter(|_| !layout.free_threaded);
    let memory = LiveMemory::new(pid);
    let mut walker = Walker::new(memory, layout, runtime, evidence).with_tasks(tasks);
    if !layout.free_threaded {
        walker = walker.with_collector(python);
    }
    if !walker.has_threads() {
        return Err(not_yet_running(pid));
    }
    let python = Python { free_threaded: layout.free_threaded, ..python };
    Ok((Interpreter { pid, python, columns: true }, Box::new(walker)))
}

fn find_with_py_spy(pid: u32, python: Python) -> Result<Found, AttachError> {
    let spy = PythonSpy::new(tasks::reading_id(pid).cast_signed(), &PySpyWalker::config())
        .map_err(|_| not_yet_running(pid))?;
    let mut walker = PySpyWalker::new(spy);
    if !walker.has_threads() {
        return Err(not_yet_running(pid));
    }
    let interpreter = Interpreter { pid, python, columns: false };
    Ok(Found::PySpy { interpreter, walker: Box::new(walker) })
}

fn find_version(
    pid: u32,
    process: &remoteprocess::Process,
    info: &PythonProcessInfo,
) -> Result<Python, AttachError> {
    let symbols = ["_PyRuntime", "interp_head"];
    let has_symbols = symbols.iter().any(|name| info.get_symbol(name).is_some());
    let found = match get_python_version(info, process) {
        Ok(found) => found,
        Err(_) if has_symbols => return Err(not_yet_running(pid)),
        Err(_) => return Err(not_python(pid)),
    };
    let part = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
    let version =
        Python { patch: part(found.patch), ..Python::new(part(found.major), part(found.minor)) };
    supported(pid, version)
}

fn not_python(pid: u32) -> AttachError {
    match is_over(pid) {
        true => AttachError::Gone { pid },
        false if binary::lost_its_library(pid) => AttachError::Replaced { pid },
        false => AttachError::NotPython { pid },
    }
}

/// A newer minor version may still be one that says where its parts are, as those known do.
fn supported(pid: u32, version: Python) -> Result<Python, AttachError> {
    match (version.major, version.minor) {
        (2, 7) | (3, 6..) => Ok(version),
        (4.., _) => Err(AttachError::TooNew { pid, version }),
        _ => Err(AttachError::TooOld { pid, version }),
    }
}

fn not_yet_running(pid: u32) -> AttachError {
    if is_over(pid) { AttachError::Gone { pid } } else { AttachError::NotYetRunning { pid } }
}

/// Tells apart what stands between us and the process's memory.
fn check_readable(pid: u32) -> Result<(), AttachError> {
    if !fs::exists(format!("/proc/{pid}")).unwrap_or(false) {
        return Err(AttachError::NoSuchProcess { pid });
    }
    let Some(living) = tasks::living(pid) else {
        return Err(AttachError::Gone { pid });
    };
    let maps =
        fs::read_to_string(format!("/proc/{living}/maps")).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => AttachError::NoPermission { pid },
            _ => AttachError::Gone { pid },
        })?;
    let Some(address) = first_address(&maps) else {
        return Err(AttachError::NotPython { pid });
    };
    match LiveMemory::new(pid).read(address, &mut [0]) {
        Err(ReadError::Denied) => Err(AttachError::NoPermission { pid }),
        Err(ReadError::Gone) => Err(AttachError::Gone { pid }),
        Err(ReadError::Unmapped) | Ok(()) => Ok(()),
    }
}

/// The first mapped address; a kernel thread has none.
fn first_address(maps: &str) -> Option<u64> {
    u64::from_str_radix(maps.split('-').next()?, 16).ok()
}

/// Whether the process has ended, with all of its threads, or is just ending and has no memory any more.
pub(super) fn is_over(pid: u32) -> bool {
    tasks::living(pid).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_range_is_told_from_both_sides() {
        let check = |major, minor| supported(1, Python::new(major, minor));
        assert!(check(2, 7).is_ok() && check(3, 6).is_ok() && check(3, 15).is_ok());
        assert!(matches!(check(3, 5), Err(AttachError::TooOld { .. })));
        assert!(matches!(check(2, 6), Err(AttachError::TooOld { .. })));
        assert!(check(3, 16).is_ok(), "it is tried as the newest known");
        assert!(matches!(check(4, 0), Err(AttachError::TooNew { .. })));
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        let found = find(4_194_305, Options::default());
        assert!(matches!(found, Err(AttachError::NoSuchProcess { .. })));
    }

    #[test]
    fn a_process_without_python_is_told() {
        let found = find(std::process::id(), Options::default());
        assert!(matches!(found, Err(AttachError::NotPython { .. })));
    }
}
