//! Messages of what was seen of each process as a whole.

use super::Python;

#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::profile) struct Process {
    #[prost(uint32, tag = "1")]
    pub pid: u32,
    #[prost(uint32, tag = "2")]
    pub parent: u32,
    #[prost(int64, tag = "3")]
    pub command: i64,
    #[prost(message, optional, tag = "4")]
    pub python: Option<Python>,
    #[prost(uint32, tag = "5")]
    pub observations: u32,
    #[prost(uint32, tag = "6")]
    pub threads: u32,
    #[prost(double, tag = "7")]
    pub runnable: f64,
    #[prost(double, tag = "8")]
    pub cpu_seconds: f64,
    #[prost(uint64, tag = "9")]
    pub preemptions: u64,
    #[prost(double, tag = "10")]
    pub first_seen: f64,
    #[prost(double, tag = "11")]
    pub last_seen: f64,
    #[prost(message, optional, tag = "12")]
    pub traffic: Option<Traffic>,
    #[prost(uint32, tag = "13")]
    pub halted: u32,
    #[prost(message, repeated, tag = "14")]
    pub earlier_pythons: Vec<Python>,
    #[prost(uint64, tag = "15")]
    pub waits: u64,
    #[prost(double, tag = "16")]
    pub ended_seconds: f64,
    #[prost(uint64, tag = "17")]
    pub began_ns: u64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::profile) struct Traffic {
    #[prost(uint64, tag = "1")]
    pub reads: u64,
    #[prost(uint64, tag = "2")]
    pub writes: u64,
    #[prost(uint64, tag = "3")]
    pub read_bytes: u64,
    #[prost(uint64, tag = "4")]
    pub written_bytes: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::profile) struct Runtime {
    #[prost(uint32, tag = "1")]
    pub pid: u32,
    #[prost(uint64, optional, tag = "2")]
    pub tasks: Option<u64>,
    /// Of the garbage collector's three generations; nothing when they are not known.
    #[prost(uint32, repeated, tag = "3")]
    pub thresholds: Vec<u32>,
    #[prost(uint32, repeated, tag = "4")]
    pub counts: Vec<u32>,
    #[prost(uint64, tag = "5")]
    pub looks: u64,
    #[prost(uint64, tag = "6")]
    pub busy_looks: u64,
    #[prost(uint64, tag = "7")]
    pub crowded_looks: u64,
}
