//! Every bound on what is read from a target or a file, in one table.
//!
//! The target may be hostile and we may be root: a length, pointer or count that it gives is used
//! only after it passed one of these. Each says why it is as large as it is.

/// Frames of one stack. Deep recursion in real programs reaches a few thousand
/// (`sys.setrecursionlimit`); beyond this the stack's outer end is cut and counted as truncated.
pub const FRAMES: usize = 20_000;

/// Threads of one process that are walked in a sweep.
pub const THREADS: usize = 4_096;

/// Bytes of a function, file or type name.
pub const NAME_BYTES: usize = 4_096;

/// Bytes of a code object's location table; generated code of a few MB has been seen.
pub const LOCATION_TABLE_BYTES: usize = 16 << 20;

/// Instructions (2-byte code units) of one code object.
pub const CODE_UNITS: usize = 8 << 20;

/// Code objects held in a walker's cache before it starts afresh.
pub const CACHED_CODES: usize = 65_536;

/// Bytes of a source file that is opened for its text; larger ones are reported without a snippet.
pub const SOURCE_BYTES: u64 = 8 << 20;

/// Bytes of a profile file after decompression.
pub const PROFILE_BYTES: u64 = 1 << 30;

/// Processes of one tree that are sampled.
pub const PROCESSES: usize = 256;

/// Ended processes of one tree whose figures are kept: a pool that renews its workers, or a shell
/// script, may start many thousands.
pub const PROCESSES_REMEMBERED: usize = 1_024;

/// Bytes of a process's arguments; the kernel allows some MB, the first few tell what it is.
pub const COMMAND_BYTES: usize = 32 << 10;

/// Bytes of a text file under `/proc` or `/sys` (`status`, `mountinfo`, `children`); the longest,
/// a list of mounts, reaches some hundred KB on container hosts.
pub const PROC_TEXT_BYTES: usize = 1 << 20;

/// Bytes of `/proc/PID/maps`: about 100 for each of the 65,530 mappings that Linux allows.
pub const PROC_MAPS_BYTES: usize = 8 << 20;

/// Highest sampling rate that is accepted, in sweeps per second.
pub const RATE_HZ: f64 = 20_000.0;
