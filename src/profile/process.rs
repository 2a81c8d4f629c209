//! What is known of a process, beside where its threads stood.

use advisors::Python;

use crate::text::Untrusted;

/// One process of the tree, as it was while sampling.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Parent's process id.
    pub parent: u32,
    /// Its arguments, joined for display; of one that turned from a Python into another program, those of
    /// each in turn.
    pub command: Untrusted,
    /// Which CPython, when it was one that could be sampled.
    pub python: Option<Python>,
    /// Others that it was before it turned into that one, each once.
    pub earlier_pythons: Vec<Python>,
    /// How often it was looked at (a few times a second).
    pub observations: u32,
    /// In how many of these a signal or a debugger had stopped it.
    pub halted: u32,
    /// When it began to run what it runs, in nanoseconds since the Unix epoch: it was started or forked
    /// then, or was seen to have turned into another program. 0 when it is not known.
    pub began_ns: u64,
    /// The first look, in seconds since the recording began.
    pub first_seen: f64,
    /// The last look, in seconds since the recording began.
    pub last_seen: f64,
    /// Operating-system threads, median over the observations.
    pub threads: u32,
    /// Threads running or ready to run, mean over the observations.
    pub runnable: f64,
    /// Processor time used while it was observed, in seconds.
    pub cpu_seconds: f64,
    /// Processor time of its children that it has waited for meanwhile, and of theirs, in seconds: all
    /// that they ever used.
    pub ended_seconds: f64,
    /// Voluntary context switches while it was observed: a thread waited for something.
    pub waits: u64,
    /// Involuntary context switches while it was observed: a thread had to give up its processor.
    pub preemptions: u64,
    /// What it read and wrote while it was observed, where the system tells.
    pub traffic: Option<Traffic>,
}

/// What a process read and wrote through the system: files, pipes and sockets alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Calls that read.
    pub reads: u64,
    /// Calls that wrote.
    pub writes: u64,
    /// Bytes that they got.
    pub read_bytes: u64,
    /// Bytes that they gave.
    pub written_bytes: u64,
}

impl Traffic {
    /// What came to it since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            reads: self.reads.saturating_sub(before.reads),
            writes: self.writes.saturating_sub(before.writes),
            read_bytes: self.read_bytes.saturating_sub(before.read_bytes),
            written_bytes: self.written_bytes.saturating_sub(before.written_bytes),
        }
    }
}
