//! Messages of what changes in the course of a recording.

#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::profile) struct Memory {
    #[prost(uint32, tag = "1")]
    pub pid: u32,
    #[prost(uint64, tag = "2")]
    pub peak: u64,
    /// When it was looked at, and what there was.
    #[prost(double, repeated, tag = "3")]
    pub at: Vec<f64>,
    #[prost(uint64, repeated, tag = "4")]
    pub resident: Vec<u64>,
    #[prost(message, repeated, tag = "5")]
    pub growth: Vec<Growth>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::profile) struct Growth {
    /// Index of the location.
    #[prost(uint32, optional, tag = "1")]
    pub location: Option<u32>,
    #[prost(uint64, tag = "2")]
    pub bytes: u64,
    #[prost(uint64, optional, tag = "3")]
    pub left: Option<u64>,
    /// Index of the location that had called it.
    #[prost(uint32, optional, tag = "4")]
    pub caller: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::profile) struct Timeline {
    #[prost(double, tag = "1")]
    pub slice_seconds: f64,
}

/// Columns of equal length.
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::profile) struct TimeSlice {
    #[prost(uint32, tag = "1")]
    pub index: u32,
    /// Index of the thread.
    #[prost(uint32, repeated, tag = "2")]
    pub thread: Vec<u32>,
    /// Index of the stack from 1; 0 for stacks that are not told.
    #[prost(uint32, repeated, tag = "3")]
    pub stack: Vec<u32>,
    /// On a processor 1, holds the lock 2, waits for it 4, collects 8.
    #[prost(uint32, repeated, tag = "4")]
    pub state: Vec<u32>,
    #[prost(uint32, repeated, tag = "5")]
    pub samples: Vec<u32>,
}
