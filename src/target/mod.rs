//! Who is recorded: spawn or pid, identity, children, machine, permissions.

pub mod identity;
pub mod machine;
pub mod orphans;
pub mod permissions;
mod proc;
mod resident;
pub mod root;
pub mod spawn;
pub mod tree;

pub use identity::Identity;
pub use proc::{Image, command_line, kernel_name, looks_like_python, working_directory};
pub use resident::{Faults, Resident};

use std::time::SystemTime;

use crate::sample::descriptors::is_of_too_many;

/// A point in time as profiles have it; 0 for one before 1970.
pub fn nanoseconds_since_epoch(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(0)
}

/// Why there is nobody to record.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No process has that id.
    #[error("there is no process {0}")]
    NoSuchProcess(u32),
    /// It has ended, though its parent has not taken note yet.
    #[error("process {0} has ended, and waits for its parent to take note")]
    Ended(u32),
    /// The id is of a thread, not of a process.
    #[error("{thread} is a thread of process {process}")]
    IsThread {
        /// The id that was given.
        thread: u32,
        /// The process that it belongs to.
        process: u32,
    },
    /// What is told under `/proc` is of other processes.
    #[error(
        "/proc tells of another PID namespace than the one that unslow runs in: what is process {0} \
         here has another number there"
    )]
    ForeignProc(u32),
    /// The system would not tell about the process.
    #[error("cannot look at process {pid}")]
    Unreadable {
        /// The process.
        pid: u32,
        /// What the system said.
        source: std::io::Error,
    },
    /// The script to run is not there.
    #[error("there is no file {0}")]
    NoScript(std::path::PathBuf),
    /// No interpreter was found to run a script or module with.
    #[error("no Python interpreter found on PATH")]
    NoPython,
    /// The program to run is not there.
    #[error("there is no program {0}")]
    NoProgram(String),
    /// The program to run is a directory.
    #[error("{} is a directory", .0.display())]
    IsDirectory(std::path::PathBuf),
    /// The program to run may not be executed, or is no program.
    #[error("cannot start {program}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Whether a file was not started since it is a script that does not say by what.
fn is_no_program(error: &std::io::Error) -> bool {
    let no_program = rustix::io::Errno::NOEXEC.raw_os_error();
    error.kind() == std::io::ErrorKind::PermissionDenied || error.raw_os_error() == Some(no_program)
}

impl TargetError {
    /// Whether too many files were open to look.
    fn is_of_too_many_files(&self) -> bool {
        matches!(self, Self::Unreadable { source, .. } if is_of_too_many(source))
    }

    /// What to do next, where there is something.
    pub fn help(&self) -> Option<String> {
        use std::io::ErrorKind::{NotFound, PermissionDenied};
        match self {
            Self::NoSuchProcess(_) | Self::Ended(_) => {
                Some("list Python processes with: pgrep -a python".into())
            }
            Self::ForeignProc(_) => Some(
                "mount the namespace's own (`unshare --pid` does so with --mount-proc): \
                 mount -t proc proc /proc"
                    .into(),
            ),
            Self::Unreadable { .. } if self.is_of_too_many_files() => {
                Some("allow unslow to open more files: ulimit -n 1024".into())
            }
            Self::IsThread { process, .. } => Some(format!("attach to the process: {process}")),
            Self::NoPython => Some(
                "activate the virtual environment, or name the interpreter: \
                 unslow run -- /path/to/python script.py"
                    .into(),
            ),
            Self::NoProgram(name)
                if std::env::var_os(spawn::INTERPRETER).is_some_and(|named| named == **name) =>
            {
                Some(format!("{} names it: unset it, or name another", spawn::INTERPRETER))
            }
            Self::NoProgram(_) => {
                Some("give a script (etl.py), a module (-m package.module) or a program".into())
            }
            Self::IsDirectory(_) => Some(
                "name a script in it, or a module with -m; a directory is run by its __main__.py"
                    .into(),
            ),
            Self::NoScript(_) => Some(
                "scripts are named from the current folder on; a module is run with -m \
                 package.module"
                    .into(),
            ),
            Self::NotStarted { program, source } if is_no_program(source) => Some(format!(
                "a script is made executable with chmod +x, or named with what runs it: \
                 unslow run -- sh {program}"
            )),
            Self::NotStarted { program, source } if source.kind() == NotFound => Some(format!(
                "what is to run it is not there, see its first line: head -1 {program}"
            )),
            Self::NotStarted { program, .. } => {
                Some(format!("see whether it starts without unslow: {program}"))
            }
            Self::Unreadable { pid, source } => match source.kind() {
                NotFound => Some("/proc has to be mounted: mount -t proc proc /proc".into()),
                PermissionDenied => Some(format!(
                    "/proc tells its owner and root alone of it (hidepid); with root's rights: \
                     sudo \"$(command -v unslow)\" attach {pid}"
                )),
                _ => None,
            },
        }
    }
}
