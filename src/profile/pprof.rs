//! The messages of pprof's `profile.proto` (github.com/google/pprof, `proto/profile.proto`) and,
//! under field numbers from 1000, what a Python profile has beyond it. Readers that do not know
//! those numbers skip them.

mod processes;
mod series;

pub(super) use processes::{Process, Runtime, Traffic};
pub(super) use series::{Growth, Memory, TimeSlice, Timeline};

/// Version of the fields from 1000; raised when their meaning changes.
pub(super) const EXTENSION_VERSION: u32 = 1;

/// A whole profile. Written in one go; read entry by entry, see [`super::wire`].
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Profile {
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub mapping: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    pub string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    pub period: i64,
    #[prost(int64, repeated, tag = "13")]
    pub comment: Vec<i64>,
    #[prost(uint32, tag = "1000")]
    pub extension_version: u32,
    #[prost(message, optional, tag = "1001")]
    pub target: Option<Target>,
    #[prost(message, optional, tag = "1002")]
    pub timing: Option<Timing>,
    #[prost(message, optional, tag = "1003")]
    pub machine: Option<Machine>,
    #[prost(message, repeated, tag = "1004")]
    pub thread: Vec<Thread>,
    #[prost(message, repeated, tag = "1005")]
    pub process: Vec<Process>,
    #[prost(message, repeated, tag = "1006")]
    pub operand: Vec<Operand>,
    #[prost(message, repeated, tag = "1007")]
    pub source: Vec<Source>,
    #[prost(message, repeated, tag = "1011")]
    pub memory: Vec<Memory>,
    #[prost(message, repeated, tag = "1010")]
    pub task: Vec<Task>,
    #[prost(message, repeated, tag = "1012")]
    pub stall: Vec<Stall>,
    #[prost(message, repeated, tag = "1013")]
    pub runtime: Vec<Runtime>,
    #[prost(message, repeated, tag = "1014")]
    pub awaits: Vec<Await>,
    #[prost(message, optional, tag = "1015")]
    pub timeline: Option<Timeline>,
    #[prost(message, repeated, tag = "1016")]
    pub time_slice: Vec<TimeSlice>,
}

/// What a sample's values count; indices into the string table.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct ValueType {
    #[prost(int64, tag = "1")]
    pub r#type: i64,
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Sample {
    /// Leaf first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    pub label: Vec<Label>,
    #[prost(uint32, tag = "1001")]
    pub stack: u32,
    /// Index of the thread; absent when nobody was seen on this stack.
    #[prost(uint32, optional, tag = "1002")]
    pub thread: Option<u32>,
    /// Index of the asyncio task.
    #[prost(uint32, optional, tag = "1010")]
    pub task: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Label {
    #[prost(int64, tag = "1")]
    pub key: i64,
    #[prost(int64, tag = "2")]
    pub str: i64,
    #[prost(int64, tag = "3")]
    pub num: i64,
}

/// pprof's word for a binary. Python has none; one that says that names and lines are known keeps
/// readers from looking for symbols.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Mapping {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(int64, tag = "5")]
    pub filename: i64,
    #[prost(bool, tag = "7")]
    pub has_functions: bool,
    #[prost(bool, tag = "8")]
    pub has_filenames: bool,
    #[prost(bool, tag = "9")]
    pub has_line_numbers: bool,
    #[prost(bool, tag = "10")]
    pub has_inline_frames: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Location {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(uint64, tag = "2")]
    pub mapping_id: u64,
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// More than one when functions were inlined, the innermost first.
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Line {
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    #[prost(int64, tag = "2")]
    pub line: i64,
    /// From 1; 0 when unknown.
    #[prost(int64, tag = "3")]
    pub column: i64,
    #[prost(uint32, tag = "1001")]
    pub end_line: u32,
    /// From 0, exclusive; meaningful when `column` is known.
    #[prost(uint32, tag = "1002")]
    pub end_column: u32,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Function {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(int64, tag = "2")]
    pub name: i64,
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    #[prost(int64, tag = "4")]
    pub filename: i64,
    #[prost(int64, tag = "5")]
    pub start_line: i64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Python {
    #[prost(uint32, tag = "1")]
    pub major: u32,
    #[prost(uint32, tag = "2")]
    pub minor: u32,
    #[prost(uint32, tag = "3")]
    pub patch: u32,
    #[prost(bool, tag = "4")]
    pub free_threaded: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Target {
    #[prost(uint32, tag = "1")]
    pub pid: u32,
    #[prost(int64, repeated, tag = "2")]
    pub command: Vec<i64>,
    #[prost(int64, optional, tag = "3")]
    pub directory: Option<i64>,
    #[prost(message, optional, tag = "4")]
    pub python: Option<Python>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Timing {
    #[prost(uint64, tag = "1")]
    pub started_ns: u64,
    #[prost(double, tag = "2")]
    pub seconds: f64,
    #[prost(double, tag = "3")]
    pub rate_hz: f64,
    #[prost(uint64, tag = "4")]
    pub sweeps: u64,
    #[prost(uint64, tag = "5")]
    pub missed: u64,
    #[prost(uint64, tag = "6")]
    pub torn: u64,
    #[prost(uint64, tag = "7")]
    pub unreadable: u64,
    #[prost(uint64, tag = "8")]
    pub truncated: u64,
    #[prost(bool, tag = "9")]
    pub exact: bool,
    #[prost(double, tag = "10")]
    pub stopped_seconds: f64,
    #[prost(double, tag = "11")]
    pub longest_stop: f64,
    #[prost(uint64, tag = "12")]
    pub left_out: u64,
    #[prost(uint64, tag = "13")]
    pub without_python: u64,
    #[prost(uint64, tag = "14")]
    pub shortened: u64,
    #[prost(double, tag = "15")]
    pub own_seconds: f64,
    #[prost(uint64, tag = "16")]
    pub too_short: u64,
    #[prost(uint64, tag = "17")]
    pub unattached: u64,
    #[prost(uint64, tag = "18")]
    pub blind: u64,
    #[prost(uint64, tag = "19")]
    pub kept_waiting: u64,
    #[prost(uint64, tag = "20")]
    pub waited: u64,
    #[prost(uint64, tag = "21")]
    pub waited_of: u64,
    #[prost(uint64, tag = "22")]
    pub at_once: u64,
    #[prost(uint32, tag = "23")]
    pub recordings: u32,
    #[prost(bool, tag = "24")]
    pub cut_off: bool,
    #[prost(uint64, tag = "25")]
    pub too_deep: u64,
    #[prost(uint64, tag = "26")]
    pub unread: u64,
    #[prost(uint64, tag = "27")]
    pub unopened: u64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Machine {
    #[prost(uint32, tag = "1")]
    pub cpus: u32,
    #[prost(double, optional, tag = "2")]
    pub quota: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Thread {
    #[prost(uint32, tag = "1")]
    pub pid: u32,
    #[prost(uint32, tag = "2")]
    pub tid: u32,
    #[prost(int64, optional, tag = "3")]
    pub name: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Task {
    #[prost(int64, optional, tag = "1")]
    pub name: Option<i64>,
    #[prost(int64, tag = "2")]
    pub coroutine: i64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Stall {
    /// Index of the location.
    #[prost(uint32, tag = "1")]
    pub location: u32,
    #[prost(uint64, tag = "2")]
    pub count: u64,
    #[prost(double, tag = "3")]
    pub total: f64,
    #[prost(double, tag = "4")]
    pub longest: f64,
    /// Index of the asyncio task.
    #[prost(uint32, optional, tag = "5")]
    pub task: Option<u32>,
    #[prost(double, optional, tag = "6")]
    pub computed: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Await {
    /// Index of the location.
    #[prost(uint32, tag = "1")]
    pub location: u32,
    #[prost(uint64, tag = "2")]
    pub tasks: u64,
    #[prost(uint64, tag = "3")]
    pub looks: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Operand {
    /// Index of the location.
    #[prost(uint32, tag = "1")]
    pub location: u32,
    #[prost(int64, tag = "2")]
    pub expression: i64,
    #[prost(int64, tag = "3")]
    pub type_name: i64,
    #[prost(uint32, tag = "4")]
    pub observations: u32,
    #[prost(message, optional, tag = "5")]
    pub lengths: Option<Lengths>,
    #[prost(int64, repeated, tag = "6")]
    pub elements: Vec<i64>,
    /// Calls, and values of their arguments among them.
    #[prost(uint32, tag = "7")]
    pub calls: u32,
    #[prost(uint32, tag = "8")]
    pub values: u32,
    /// Bytes by itself, and with what it holds; 0 where that was not looked at.
    #[prost(uint64, tag = "9")]
    pub shallow: u64,
    #[prost(uint64, tag = "10")]
    pub deep: u64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Lengths {
    #[prost(uint64, tag = "1")]
    pub min: u64,
    #[prost(uint64, tag = "2")]
    pub median: u64,
    #[prost(uint64, tag = "3")]
    pub max: u64,
    #[prost(uint64, tag = "4")]
    pub first: u64,
    #[prost(uint64, tag = "5")]
    pub last: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Source {
    #[prost(int64, tag = "1")]
    pub file: i64,
    #[prost(uint64, tag = "2")]
    pub bytes: u64,
    #[prost(uint32, tag = "3")]
    pub checksum: u32,
    /// Of the expressions whose fingerprints follow, in their order.
    #[prost(uint32, repeated, tag = "4")]
    pub locations: Vec<u32>,
    #[prost(fixed64, repeated, tag = "5")]
    pub fingerprints: Vec<u64>,
}
