//! Programs of which every possible stack is known, under every CPython that our own walk reads: no
//! stack that never was, no thread left out uncounted. `--nocapture` prints the figures;
//! `UNSLOW_SWEEPS` asks for more than the usual few thousand sweeps.

#[allow(dead_code, reason = "shared with the other live tests")]
#[path = "live/support.rs"]
mod support;

#[path = "live/flutter.rs"]
mod flutter;

#[path = "oracle/crowd.rs"]
mod crowd;

#[path = "oracle/deep.rs"]
mod deep;

#[path = "oracle/possible.rs"]
mod possible;

#[path = "oracle/programs.rs"]
mod programs;

#[path = "oracle/states.rs"]
mod states;

#[path = "oracle/tally.rs"]
mod tally;
