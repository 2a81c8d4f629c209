//! Every bound on what is read from a target or a file, in one table.
//!
//! The target may be hostile and we may be root: a length, pointer or count that it gives is used
//! only after it passed one of these. Each says why it is as large as it is.

use std::time::Duration;

/// Frames of one stack that are kept: real programs' recursion stays below (Python's own limit is
/// 1,000). Of a deeper one the middle is left out, three quarters of these are its inner end.
pub const FRAMES: usize = 4_096;

/// Frames of one stack that py-spy, which reads CPython before 3.11, follows: a deeper stack is counted
/// as unreadable, since it gives none of its frames.
pub const PYSPY_FRAMES: usize = 4_096;

/// Threads of a process in which py-spy finds an interpreter.
pub const PYSPY_THREADS: usize = 4_096;

/// Frames of one stack that are followed to find its outer end, once as long as that stays; a recursion
/// of 100,000 is a test's or a mistake's. A stack beyond counts as torn.
pub const FOLLOWED_FRAMES: usize = 1_000_000;

/// Code objects of those frames of one stack that lie where no frame was known to be. Deep stacks
/// are of few functions.
pub const CODES_ELSEWHERE: usize = 500;

/// Threads of one process that are walked in a sweep; of more the newest and the main one are, and
/// the others count as unreadable. The kernel is asked about each that sleeps, at 1 us or more.
pub const THREADS: usize = 16_384;

/// Threads of one process that are listed, to know how many more there are; Linux gives it 30,000.
pub const LISTED_THREADS: usize = 65_536;

/// Bytes of a function, file or type name.
pub const NAME_BYTES: usize = 4_096;

/// Bytes of a code object's location table; generated code of a few MB has been seen.
pub const LOCATION_TABLE_BYTES: usize = 16 << 20;

/// Instructions (2-byte code units) of one code object.
pub const CODE_UNITS: usize = 8 << 20;

/// Of which so many are looked through for those that return or run generators; generated code has
/// more.
pub const CODE_UNITS_READ: usize = 16 << 10;

/// Instructions of one code object that are known to return, to loop or to call.
pub const LANDMARKS: usize = 4 << 10;

/// Sub-interpreters of one process; one for each worker is the use they were made for.
pub const INTERPRETERS: usize = 256;

/// Chunks of one thread's data stack. They have 16 KiB each, and the frames that are followed take
/// some 8,000.
pub const STACK_CHUNKS: usize = 16_384;

/// Bytes of one chunk that are read at once; a chunk is larger than 16 KiB only for a frame with
/// thousands of locals, and frames beyond are read one by one.
pub const STACK_CHUNK_BYTES: usize = 64 << 10;

/// Bytes of one thread's stack that are kept to tell what of it has not changed since: some 600 frames
/// at its outer end.
pub const STEADY_BYTES: usize = 64 << 10;

/// Frames of one stack outside of its chunks (generators, coroutines, calls from C) that are read
/// together; recursive generators and long chains of `await` reach a thousand.
pub const STRAY_FRAMES: usize = 4_096;

/// Different Pythons of one process, turned into one after the other, that are told of.
pub const PYTHONS: usize = 8;

/// Such frames of which several copies are taken at once, of generators that are driven too fast to be
/// seen in one: each copy costs a third of a microsecond.
pub const COPIED_STRAYS: usize = 16;

/// Frames that are found in such copies: generators that drive each other, and what they call.
pub const COMPOSED_FRAMES: usize = 64;

/// Code objects of one stack that are confirmed together; any beyond are confirmed in a second
/// call.
pub const PROBED_CODES: usize = 1_024;

/// Runs of code units with one place each, over all cached code objects, before the cache starts
/// afresh: 24 bytes each, and a program of 100,000 lines has about half a million.
pub const LOCATION_RUNS: usize = 4 << 20;

/// Code objects held in a walker's cache before it starts afresh.
pub const CACHED_CODES: usize = 65_536;

/// Instructions of one code object of which it is kept in mind what they called, before they are
/// forgotten and learnt anew.
pub const CALL_SITES: usize = 512;

/// Functions that one instruction was seen to call; beyond, the rarer half is forgotten. Visitors
/// of a syntax tree have a hundred.
pub const CALLEES: usize = 128;

/// Bytes behind a frame that are searched for the one that it called: its value stack, which has a
/// few dozen slots in code that was not generated.
pub const CALLEE_DISTANCE: usize = 4 << 10;

/// Bytes of a source file that is opened for its text; larger ones are reported without a snippet.
pub const SOURCE_BYTES: u64 = advisors::source::MAX_BYTES as u64;

/// Bytes of sources that a report shows whole, together: 100,000 lines of the user's hot files.
pub const SHOWN_SOURCES_BYTES: usize = 4 << 20;

/// Files of another tool's recording that are sought in a folder, and folders of each that it may be
/// the rest of a name in.
pub const MOVED_FILES: usize = 1024;
/// See [`MOVED_FILES`].
pub const MOVED_FOLDERS: usize = 64;

/// Frames in the tree of a page for a browser, which is to be drawn in less than 2 s: of 100,000 stacks
/// ten each that no other has. Where there are more, the rarest stacks lose their middle; their ends stay,
/// however many there are.
pub const PAGE_FRAMES: usize = 1 << 20;

/// Bytes of a `pyproject.toml`; the longest seen have some hundred KB of dependencies.
pub const SETTINGS_BYTES: u64 = 4 << 20;

/// Bytes of a file of findings that is read as a baseline; one takes some 2 KB.
pub const BASELINE_BYTES: u64 = 64 << 20;

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

/// Bytes of a profile of another tool that is text or JSON: three bytes of it become up to 150 in
/// memory. An hour of Austin at 100 Hz takes some 40 MB, other tools write each stack once.
pub const FOREIGN_BYTES: u64 = 64 << 20;

/// Processes of one tree that are known at a time: each is observed a few times a second.
pub const PROCESSES: usize = 256;

/// Processes of one tree that are sampled at a time; the others wait for one to end. A machine with
/// as many processors as it has busy workers seldom has more, and each costs a read in every sweep.
pub const SAMPLED_PROCESSES: usize = 64;

/// Files that may be open at once, where the system lets us: a pidfd for each known process, and
/// two for each of 16 threads of every sampled one, or three for each of a thousand threads.
pub const OPEN_FILES: u64 = 8_192;

/// Ended processes of one tree whose figures are kept: a pool that renews its workers, or a shell
/// script, may start many thousands.
pub const PROCESSES_REMEMBERED: usize = 1_024;

/// Looks at a process's memory that are kept: at four a second two and a half minutes of them, and
/// coarser ones of longer recordings, as many as a chart has columns.
pub const MEMORY_POINTS: usize = 600;

/// Threads of a process that are asked which of them its memory grows for, at a kept descriptor each
/// and a few microseconds at a glance.
pub const COUNTED_THREADS: usize = 64;

/// Stacks of which it is kept what growth during them is put down to; those of more are found anew.
pub const STACKS_WITH_SITES: usize = 16_384;

/// Sites of a process that made its memory grow of late, which are thought of when it grows while none
/// is seen that would.
pub const RECENT_GROWERS: usize = 64;

/// Growths of a process's memory of which the order is kept, so that what is given back can be taken off
/// the last ones: 64 KiB a process. Of earlier ones the sums by location are kept.
pub const MEMORY_LAYERS: usize = 4_096;

/// Slices of time that a recording is cut into; when there are more, each becomes twice as long. As
/// many as a wide screen has columns, half as many after that; those of a day take 82 s each.
pub const TIME_SLICES: usize = 1_200;

/// Stacks of one thread that are told apart in one slice; of more than are told the functions of one
/// or two are most of it.
pub const TIME_STACKS: usize = 8;

/// What is told of all threads in all slices, 20 bytes each: 400 slices of 80 busy threads. Beyond
/// it slices become longer. Leaves room for every one of [`RECORDED_THREADS`].
pub const TIME_PARTS: usize = 262_144;

/// Different samples within one slice that are counted before those alike are taken together.
pub const TIME_SEEN: usize = 4_096;

/// Bytes of a process's arguments; the kernel allows some MB, the first few tell what it is.
pub const COMMAND_BYTES: usize = 32 << 10;

/// Bytes of a text file under `/proc` or `/sys` (`status`, `mountinfo`, `children`); the longest,
/// a list of mounts, reaches some hundred KB on container hosts.
pub const PROC_TEXT_BYTES: usize = 1 << 20;

/// Bytes of `/proc/PID/maps`: about 100 for each of the 65,530 mappings that Linux allows.
pub const PROC_MAPS_BYTES: usize = 8 << 20;

/// Programs and libraries of a process that are searched for an interpreter; one with every
/// scientific package loaded has some 500.
pub const MAPPED_BINARIES: usize = 1_024;

/// Bytes of the names of an ELF file's sections; those of debug builds reach some hundred KB where
/// each function has a section of its own.
pub const SECTION_NAME_BYTES: usize = 4 << 20;

/// Bytes of an ELF file's symbol table, and of its names: a large program with an interpreter built
/// in has a million symbols of 24 bytes.
pub const SYMBOL_BYTES: usize = 64 << 20;

/// Bytes of a process's data that are searched for an interpreter whose file is not to be had;
/// CPython's library has 1 MB.
pub const SEARCHED_DATA_BYTES: usize = 64 << 20;

/// Highest sampling rate that is accepted, in sweeps per second.
pub const RATE_HZ: f64 = 20_000.0;

/// Names that one look at a frame follows; code that names more is a whole application in a module.
pub const OPERANDS: usize = 256;

/// Attributes that one look at a frame follows, over all its instances.
pub const ATTRIBUTES: usize = 64;

/// Items that one look at a frame follows at each of three depths, and constants of a code object that are read as their keys.
pub const ITEMS: usize = 32;

/// Places of a dict's table at which a key is sought: tables are at most two thirds full.
pub const KEY_PROBES: usize = 32;

/// Code units of a code object of which a look finds out what each line names; larger ones are
/// modules of ten thousand lines, and all their names are looked at.
pub const LOOKED_UNITS: u64 = 16_384;

/// Bytes of such a code object's location table, and of its exception table: a run takes at least one
/// unit, and most take 2 to 4 bytes.
pub const LOOKED_TABLE_BYTES: u64 = 64 << 10;

/// Names of one kind that are read of one code object (`co_names`, `co_localsplusnames`).
pub const CODE_NAMES: usize = 4_096;

/// Entries of a module's or an instance's dictionary that are searched for a name. Beyond this it
/// is a data table that happens to be somebody's namespace.
pub const NAMESPACE_ENTRIES: usize = 8_192;

/// Loops within each other, in words of a frame's stack, whose iterators are looked at.
pub const LOOPS: usize = 8;

/// Items that a loop may have gone past since it was met: as many as it can in the time of a dozen reads.
pub const ITEMS_PASSED: u64 = 4_096;

/// Elements of a container whose types are read.
pub const ELEMENTS: usize = 8;

/// Bytes of an argument that are compared to tell whether it came back; a longer text is told
/// apart by where it is. A page of text has some 2,000 characters.
pub const COMPARED_BYTES: usize = 4_096;

/// Frames from the leaf outwards whose arguments may be looked at: a function whose results are
/// worth keeping seldom calls deeper than that.
pub const CALL_DEPTH: usize = 24;

/// Containers whose elements are looked at in one look.
pub const ELEMENT_CONTAINERS: usize = 64;

/// Elements of a large array of objects that one look reads, spread over it: ten looks see more than
/// 300, among which are some of another type if one in a hundred is.
pub const SPREAD_ELEMENTS: usize = 32;

/// Arrays of objects that are looked into in one look, at some eight system calls each.
pub const OBJECT_ARRAYS: usize = 8;

/// Elements from which on it is looked whether a container keeps equal strings twice: fewer cannot
/// waste 10 MB unless they are long.
pub const MANY_ELEMENTS: u64 = 100_000;

/// Containers whose strings are looked at in one look, at some eight system calls each.
pub const STRING_CONTAINERS: usize = 2;

/// Rows of such a container that are looked into, at a system call or, for dicts, four each.
pub const ROWS: usize = 8;

/// Elements from which on it is looked how much memory a container takes with what it holds: fewer
/// that take much are seldom.
pub const FOOTPRINT_ELEMENTS: u64 = 1_000;

/// Containers of one look that are looked into so, at some thirty system calls each.
pub const FOOTPRINTS: usize = 1;

/// Objects that stand for all of a level there, and elements that stand for all of one object's.
pub const FOOTPRINT_OBJECTS: usize = 12;

/// Frames and series of pandas that are looked into in one look: each costs some thirty system calls.
pub const DATA_FRAMES: usize = 8;

/// Loggers that are asked in one look what they said of levels: each costs some eight system calls.
pub const LOGGERS: usize = 4;

/// asyncio tasks that are kept in mind, before they are forgotten and looked for anew.
pub const CACHED_TASKS: usize = 4_096;

/// asyncio tasks that are looked for in one sweep, at some six system calls each: one for each
/// thread that runs an event loop.
pub const TASK_SEARCHES: usize = 16;

/// Different stacks of a recording; a day of a large program has some ten thousand. Beyond it the
/// rarer ones are told by their leaf.
pub const RECORDED_STACKS: usize = 131_072;

/// Frames of them, together; 4 bytes each.
pub const RECORDED_FRAMES: usize = 8 << 20;

/// Different places in code of a recording; some 400 bytes each with their names.
pub const RECORDED_LOCATIONS: usize = 131_072;

/// Threads of a recording that are told apart.
pub const RECORDED_THREADS: usize = 32_768;

/// Different samples of a recording, by stack, thread, task and state. A profile's file has room
/// for twice as many.
pub const RECORDED_COUNTS: usize = 262_144;

/// Names at places of a recording whose types and lengths are kept.
pub const RECORDED_LOOKS: usize = 65_536;

/// Differently named asyncio tasks of a recording that are kept apart; more are told by their
/// coroutine. Programs that name each task after its job have millions of names.
pub const NAMED_TASKS: usize = 1_024;

/// asyncio tasks of a recording in all: those without a name have one for each coroutine.
pub const RECORDED_TASKS: usize = 8_192;

/// Threads of a recording that were last seen to run a callback of an event loop; a process has one
/// of them, or one a worker thread.
pub const EVENT_LOOPS: usize = 256;

/// Places in code at which one callback is timed, 16 bytes each; one that goes through more is no
/// callback but a program.
pub const STALLED_PLACES: usize = 4_096;

/// asyncio tasks that a dump shows, at some thirty system calls each.
pub const DUMPED_TASKS: usize = 1_000;

/// asyncio tasks that are counted where each leads to the next, at a system call each; of more it is
/// said that there are so many.
pub const COUNTED_TASKS: u64 = 20_000;

/// asyncio tasks of a loop whose coroutines are looked at each time that they are counted, at some
/// thirty system calls each.
pub const LOOKED_TASKS: usize = 32;

/// Coroutines of one task that are followed at such a look, from the outermost on.
pub const LOOKED_AWAITS: usize = 32;

/// Entries of a set's table that are searched for tasks: room for 30,000 tasks.
pub const TASK_TABLE: u64 = 1 << 16;

/// Coroutines that wait for one another, in a dump: recursion ends at Python's own limit of 1,000.
pub const AWAITS: usize = 1_024;

/// Variables of one frame that a dump shows; a notebook's module has some hundred.
pub const LOCALS: usize = 1_024;

/// Variables in one dump, over all frames: each costs a few system calls.
pub const DUMPED_LOCALS: usize = 4_096;

/// Containers in one dump that are looked into for their memory, at some thirty system calls each.
pub const DUMPED_FOOTPRINTS: usize = 256;

/// Bytes of a `str` or `bytes` that a dump reads to show how it begins.
pub const VALUE_BYTES: usize = 256;

/// Source files that are opened for the excerpts of a dump, or kept open for those of a live view.
pub const EXCERPT_FILES: usize = 512;

/// Bytes of them, together: sources of a few hundred files of 50 KB.
pub const EXCERPT_FILES_BYTES: usize = 32 << 20;

/// Bytes of an excerpt; a line of a generated file may have megabytes.
pub const EXCERPT_BYTES: usize = 512;

/// Base classes that are followed to learn what a type is made of.
pub const TYPE_BASES: usize = 32;

/// `__slots__` of one class that are known by name.
pub const TYPE_SLOTS: usize = 64;

/// Bytes of a type's name, its module included, and of a slot's name. Every look at an instance
/// reads it again, so it is held shorter than other names.
pub const TYPE_NAME_BYTES: usize = 256;

/// Types held in a cache before it starts afresh.
pub const CACHED_TYPES: usize = 4_096;

/// Code objects whose names are held before the cache starts afresh.
pub const CACHED_CODE_NAMES: usize = 1_024;

/// Sizes of dictionaries' key tables held in a cache before it starts afresh.
pub const CACHED_KEY_TABLES: usize = 4_096;

/// Largest `len()` that is believed: user space has no more bytes than this.
pub const LENGTH: u64 = 1 << 47;

/// Bytes of one batch of reads in a look at operands.
pub const BATCH_BYTES: usize = 1 << 20;

/// Places whose looks are scheduled before the schedule starts afresh.
pub const SCHEDULED_PLACES: usize = 16_384;

/// Places in code that the live view counts; beyond it the coldest half is forgotten. A program of
/// 100,000 lines runs some thousand of them.
pub const LIVE_PLACES: usize = 8_192;

/// Threads that the live view tells apart.
pub const LIVE_THREADS: usize = THREADS;

/// CPU time for looks at operands in one second of recording; with [`CALLS_CPU`] it makes 3 ms, which
/// is what looks may take of a processor.
pub const LOOKS_CPU: Duration = Duration::from_millis(2);

/// The same for looks at the arguments of calls, which take 15 us to 0.1 ms each, the more the longer
/// the processor slept.
pub const CALLS_CPU: Duration = Duration::from_millis(1);

/// Seconds whose [`LOOKS_CPU`] and [`CALLS_CPU`] a recording may use ahead: a short one needs as many
/// looks as a long one.
pub const LOOKS_AHEAD: u32 = 10;

/// How long exact mode holds a process for one sweep: a look takes some 0.1 ms, and a pause that
/// a person or a heartbeat could notice must not come of a busy machine or a stack of many frames.
pub const STANDSTILL: Duration = Duration::from_millis(100);
