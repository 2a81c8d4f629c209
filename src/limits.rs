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

/// Bytes of a profile file after decompression. An hour at 100 Hz of a program with 20,000 distinct
/// stacks of 60 frames takes about 10 MB; deep recursion that is caught at every depth takes more.
pub const PROFILE_BYTES: u64 = 256 << 20;

/// Entries of a profile file (samples, values, labels, locations, functions, strings, ...), together:
/// two bytes of a file become up to a hundred in memory, so their number is bounded beside their
/// size. Leaves room for half a million different samples.
pub const PROFILE_ENTRIES: usize = 4 << 20;

/// Bytes of one entry of a profile file. The largest honest ones are a stack of [`FRAMES`] and the
/// arguments of a process, which Linux holds to 2 MiB.
pub const PROFILE_ENTRY_BYTES: usize = 4 << 20;

/// Processes of one tree that are sampled.
pub const PROCESSES: usize = 256;

/// Highest sampling rate that is accepted, in sweeps per second.
pub const RATE_HZ: f64 = 20_000.0;
