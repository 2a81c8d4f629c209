//! Why a process cannot be sampled.

use advisors::Python;

/// Why a process cannot be sampled.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The id is not in use.
    #[error("there is no process {pid}")]
    NoSuchProcess {
        /// The id that was asked for.
        pid: u32,
    },
    /// It has ended, though its parent has not taken note yet.
    #[error("process {pid} has ended")]
    Gone {
        /// Its id.
        pid: u32,
    },
    /// The system forbids reading its memory.
    #[error(
        "not permitted to read process {pid}; `unslow doctor {pid}` says which right is missing"
    )]
    NoPermission {
        /// Its id.
        pid: u32,
    },
    /// No CPython in it.
    #[error(
        "process {pid} does not run CPython; for a wrapper script name the process that it started"
    )]
    NotPython {
        /// Its id.
        pid: u32,
    },
    /// This process has too many files open to look at it.
    #[error(
        "process {pid} cannot be looked at: unslow may not open more files; allow it with ulimit -n \
         1024, and start unslow again"
    )]
    TooManyFiles {
        /// Its id.
        pid: u32,
    },
    /// A CPython whose library was removed or replaced since, and cannot be read any more.
    #[error(
        "the Python library of process {pid} was replaced while it runs, and the old one cannot be \
         read; restart the process (with CPython 3.11 and later, root can read it)"
    )]
    Replaced {
        /// Its id.
        pid: u32,
    },
    /// A CPython that has not set up its first thread yet.
    #[error("the Python interpreter in process {pid} is not up yet; try again in a moment")]
    NotYetRunning {
        /// Its id.
        pid: u32,
    },
    /// A CPython that py-spy reads, with a thread of more than [`limits::PYSPY_FRAMES`](crate::limits).
    #[error(
        "a thread of process {pid} has a stack of more than 4,096 frames, which is more than can be \
         read of CPython {version}; try again once it has returned, or run the program on CPython 3.11 \
         or later"
    )]
    TooDeep {
        /// Its id.
        pid: u32,
        /// What it runs.
        version: Python,
    },
    /// A CPython that py-spy reads, with more than [`limits::PYSPY_THREADS`](crate::limits).
    #[error(
        "process {pid} has more than 4,096 threads, which is more than can be attached to in CPython \
         {version}; sample it from its start with unslow run, or run it on CPython 3.11 or later"
    )]
    TooManyThreads {
        /// Its id.
        pid: u32,
        /// What it runs.
        version: Python,
    },
    /// A debugger or the like has hold of it, so it cannot be stopped by us.
    #[error(
        "process {pid} is traced by process {tracer}, so --exact cannot stop it; end that one, or \
         leave --exact out"
    )]
    Traced {
        /// Its id.
        pid: u32,
        /// Who traces it.
        tracer: u32,
    },
    /// It can be read but not stopped.
    #[error(
        "process {pid} cannot be stopped with ptrace, as --exact needs: a sandbox forbids it, or \
         the kernel is older than Linux 3.4; leave --exact out, or run unslow outside the sandbox"
    )]
    CannotStop {
        /// Its id.
        pid: u32,
    },
    /// A CPython that is not read by our own walker.
    #[error(
        "process {pid} runs CPython {version}, and --exact needs 3.11 or later on x86-64; leave \
         --exact out"
    )]
    NoExactWalk {
        /// Its id.
        pid: u32,
        /// What it runs.
        version: Python,
    },
    /// A CPython newer than those known.
    #[error(
        "process {pid} runs CPython {version}, which is newer than this unslow; use a newer one"
    )]
    TooNew {
        /// Its id.
        pid: u32,
        /// What it runs.
        version: Python,
    },
    /// A CPython older than those known.
    #[error("process {pid} runs CPython {version}; unslow reads 2.7 and 3.6 or later")]
    TooOld {
        /// Its id.
        pid: u32,
        /// What it runs.
        version: Python,
    },
}

impl AttachError {
    /// Whether waiting can help: a program that was just started is first the shell or launcher
    /// that starts it, and then an interpreter that is not up.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::NotPython { .. } | Self::NotYetRunning { .. } | Self::TooDeep { .. })
    }
}
