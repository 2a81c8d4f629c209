//! How much memory the processes had, and what ran while it grew.

/// The resident memory of one process over a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Memory {
    /// Process id.
    pub pid: u32,
    /// The most that it had while it was recorded, in bytes; between looks too, where the kernel
    /// tells (`VmHWM`).
    pub peak: u64,
    /// Looks at it, in order of time; of many that are near each other the one with the most, at
    /// most `limits::MEMORY_POINTS`.
    pub points: Vec<MemoryPoint>,
    /// What its growth is put down to, largest first: an estimate.
    pub growth: Vec<Growth>,
}

/// One look at a process's memory.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MemoryPoint {
    /// Seconds since the recording began.
    pub at: f64,
    /// Resident bytes (`VmRSS`).
    pub resident: u64,
}

/// Growth while code ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Growth {
    /// Index into [`super::Profile::locations`] of where busy threads stood meanwhile; `None` when
    /// none was seen.
    pub location: Option<u32>,
    /// Index of the nearest location in another function of the program's own that had called it, where
    /// there was one; `None` in recordings of before this was kept.
    pub caller: Option<u32>,
    /// The part that it had of what had grown when the process had the most, in bytes.
    pub bytes: u64,
    /// The part that it has of what had grown and was not given back when the recording ended; `None`
    /// in recordings of before this was kept.
    pub left: Option<u64>,
}

impl Growth {
    /// The larger of both.
    pub fn most(&self) -> u64 {
        self.bytes.max(self.left.unwrap_or(0))
    }
}

impl Memory {
    /// What it had at the first look, in bytes.
    pub fn first(&self) -> u64 {
        self.points.first().map_or(0, |point| point.resident)
    }

    /// What it had at the last look, in bytes.
    pub fn last(&self) -> u64 {
        self.points.last().map_or(0, |point| point.resident)
    }
}
