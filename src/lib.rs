//! unslow finds the slow expression in a running Python program and says what to write instead.
//!
//! The line goes one way: `sample` → `record` → `profile` → `locate` → `advise` → `report`.

pub mod advise;
pub mod cli;
pub mod gate;
pub mod limits;
pub mod locate;
pub mod profile;
pub mod record;
pub mod report;
pub mod rules;
pub mod sample;
pub mod target;
pub mod text;
