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

/// Sub-interpreters of one process; one for each worker is the use they were made for.
pub const INTERPRETERS: usize = 256;

/// Chunks of one thread's data stack. They have 16 KiB each and 20,000 frames take some 200.
pub const STACK_CHUNKS: usize = 1_024;

/// Bytes of one chunk that are read at once; a chunk is larger than 16 KiB only for a frame with
/// thousands of locals, and frames beyond are read one by one.
pub const STACK_CHUNK_BYTES: usize = 64 << 10;

/// Frames of one stack outside of its chunks (generators, coroutines, calls from C) that are read
/// together; recursive generators and long chains of `await` reach a thousand.
pub const STRAY_FRAMES: usize = 4_096;

/// Code objects of one stack that are confirmed together; any beyond are confirmed in a second
/// call.
pub const PROBED_CODES: usize = 1_024;

/// Runs of code units with one place each, over all cached code objects, before the cache starts
/// afresh: 24 bytes each, and a program of 100,000 lines has about half a million.
pub const LOCATION_RUNS: usize = 4 << 20;

/// Code objects held in a walker's cache before it starts afresh.
pub const CACHED_CODES: usize = 65_536;

/// Bytes of a source file that is opened for its text; larger ones are reported without a snippet.
pub const SOURCE_BYTES: u64 = 8 << 20;

/// Bytes of a profile file after decompression.
pub const PROFILE_BYTES: u64 = 1 << 30;

/// Processes of one tree that are sampled.
pub const PROCESSES: usize = 256;

/// Highest sampling rate that is accepted, in sweeps per second.
pub const RATE_HZ: f64 = 20_000.0;
