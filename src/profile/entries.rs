//! The entries of a pprof message, counted before they are believed.

use std::sync::Arc;

use prost::Message;

use super::encode::{memory_entries, runtime_entries};
use super::file::ProfileError;
use super::pprof as pb;
use super::wire::{self, Value};
use super::{source, timeline};
use crate::limits;
use crate::sample::Code;
use crate::text::Untrusted;

/// A message whose entries were counted and measured while they were decoded.
pub(super) struct Entries {
    /// All but the string table.
    pub(super) message: pb::Profile,
    strings: Vec<Untrusted>,
}

impl Entries {
    pub(super) fn read(message: &[u8]) -> Result<Self, ProfileError> {
        let mut entries = Self { message: pb::Profile::default(), strings: Vec::new() };
        let mut left = limits::PROFILE_ENTRIES;
        for field in wire::fields(message) {
            let field = field?;
            let taken = match field.value {
                Value::Bytes(bytes) => entries.entry(field.number, bytes)?,
                Value::Varint(number) => entries.number(field.number, number)?,
                Value::Fixed => 1,
            };
            left = left.checked_sub(taken).ok_or(ProfileError::TooLarge)?;
        }
        Ok(entries)
    }

    /// Takes in one entry and returns how many it is, parts included.
    fn entry(&mut self, number: u64, bytes: &[u8]) -> Result<usize, ProfileError> {
        if bytes.len() > limits::PROFILE_ENTRY_BYTES {
            return Err(ProfileError::TooLarge);
        }
        let message = &mut self.message;
        match number {
            1 => message.sample_type.push(decode(bytes)?),
            2 => {
                let sample: pb::Sample = decode(bytes)?;
                let parts = 1 + sample.label.len() + sample.value.len();
                message.sample.push(sample);
                return Ok(parts);
            }
            3 => message.mapping.push(decode(bytes)?),
            4 => {
                let location: pb::Location = decode(bytes)?;
                let parts = 1 + location.line.len();
                message.location.push(location);
                return Ok(parts);
            }
            5 => message.function.push(decode(bytes)?),
            6 => self.strings.push(Untrusted::from_bytes(bytes)),
            1001 => message.target = Some(decode(bytes)?),
            1002 => message.timing = Some(decode(bytes)?),
            1003 => message.machine = Some(decode(bytes)?),
            1004 => message.thread.push(decode(bytes)?),
            1005 => message.process.push(decode(bytes)?),
            1006 => {
                let operand: pb::Operand = decode(bytes)?;
                let parts = 1 + operand.elements.len();
                message.operand.push(operand);
                return Ok(parts);
            }
            1011 => {
                let memory: pb::Memory = decode(bytes)?;
                let parts = memory_entries(&memory);
                message.memory.push(memory);
                return Ok(parts);
            }
            1007 => {
                let source: pb::Source = decode(bytes)?;
                let parts = source::entries(&source);
                message.source.push(source);
                return Ok(parts);
            }
            1010 => message.task.push(decode(bytes)?),
            1013 => {
                let runtime: pb::Runtime = decode(bytes)?;
                let parts = runtime_entries(&runtime);
                message.runtime.push(runtime);
                return Ok(parts);
            }
            1012 => message.stall.push(decode(bytes)?),
            1014 => message.awaits.push(decode(bytes)?),
            1015 => message.timeline = Some(decode(bytes)?),
            1016 => {
                let slice: pb::TimeSlice = decode(bytes)?;
                let parts = timeline::entries(&slice);
                message.time_slice.push(slice);
                return Ok(parts);
            }
            _ => {}
        }
        Ok(1)
    }

    fn number(&mut self, number: u64, value: u64) -> Result<usize, ProfileError> {
        match number {
            9 => self.message.time_nanos = value as i64,
            10 => self.message.duration_nanos = value as i64,
            12 => self.message.period = value as i64,
            1000 => {
                self.message.extension_version =
                    u32::try_from(value).map_err(|_| ProfileError::Newer)?;
            }
            _ => {}
        }
        Ok(1)
    }

    pub(super) fn text(&self, index: i64) -> Result<Untrusted, ProfileError> {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.strings.get(index))
            .cloned()
            .ok_or(ProfileError::Corrupt("a text that is not in its table"))
    }

    /// The code objects, in the order of the functions.
    pub(super) fn codes(&self) -> Result<Vec<Arc<Code>>, ProfileError> {
        let code = |function: &pb::Function| {
            Ok(Arc::new(Code {
                name: self.text(function.name)?,
                file: self.text(function.filename)?,
                first_line: u32::try_from(function.start_line).unwrap_or(0),
            }))
        };
        self.message.function.iter().map(code).collect()
    }
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, ProfileError> {
    M::decode(bytes).map_err(|_| ProfileError::Corrupt("an entry that cannot be decoded"))
}
