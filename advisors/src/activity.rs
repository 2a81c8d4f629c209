//! What a process did as a whole while it was sampled.

/// Averages are over the time of the recording. A number that could not be had is 0, or `None` where
/// 0 would be a claim.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activity {
    /// Length of the recording, in seconds.
    pub seconds: f64,
    /// Processors' worth of time that the process used.
    pub cores_used: f64,
    /// Processors that it may use (affinity mask).
    pub cpus: u32,
    /// The cgroup's quota in processors, when it is below `cpus`.
    pub quota: Option<f64>,
    /// Python threads that were sampled at the same time, on average.
    pub threads: f64,
    /// Different Python threads that were sampled, over all the time; those that lived between two
    /// looks are missed.
    pub thread_ids: u32,
    /// Of the threads at a time, those that were on a processor or held the interpreter's lock.
    pub busy_threads: f64,
    /// Of them, those that waited for the interpreter's lock.
    pub waiting_threads: f64,
    /// Seconds from one look at its threads to the next, on average.
    pub interval: f64,
    /// asyncio tasks that were not done, the most that were counted at once; 20,000 may stand for
    /// more. `None` when nobody counted.
    pub tasks: Option<u64>,
    /// Of the looks that found an event loop busy, the part, 0 to 1, that found so many tasks that others
    /// had to wait. `None` when nobody counted.
    pub crowded: Option<f64>,
    /// How often the tasks of event loops were looked at, over all processes.
    pub task_looks: u64,
    /// Its garbage collector's thresholds, as `gc.get_threshold()` tells them.
    pub thresholds: Option<[u32; 3]>,
}
