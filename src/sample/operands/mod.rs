//! What the names in a frame are bound to: type, length and element types, read from the live
//! process.
//!
//! A look reads every name of the frame that is bound: its locals and arguments, what its cells
//! and closure hold, the globals (in a module or class body, the variables) that its code names,
//! and those attributes of all of these that its code names, an instance's own as well as those of
//! its class. A look for a line reads no more than what is named there, and what has no name: the two
//! values that the operation works on at which the frame stands.
//!
//! The target runs on meanwhile, so nothing is believed by itself: a pointer must be the same after
//! what it led to was read, a type must be an instance of a type and have a name, a length must be
//! possible. What fails is left out; a look gives less, not something else.

mod arguments;
mod arrays;
mod attributes;
mod batch;
mod boxed;
mod dataframes;
mod depth;
mod draft;
mod elements;
mod footprint;
mod frame;
mod items;
mod kept;
mod layout;
mod length;
mod locals;
mod loggers;
mod look;
mod names;
mod namespace;
mod object;
mod objects;
pub(super) mod opcodes;
mod passed;
mod sizes;
mod sought;
mod spread;
mod standing;
mod temporaries;
mod types;
mod uses;
mod values;

#[cfg(test)]
mod tests;

pub(super) use arguments::Arguments;
pub(super) use look::Outcome;
pub(super) use object::Edge;
pub(super) use objects::{Objects, Reached};
pub(super) use standing::Standing;

use std::sync::Arc;

use advisors::{Place, Python};

use crate::sample::memory::{Memory, ReadError};
use crate::sample::{Code, Operand};
use frame::Frame;
use layout::Layout;
use look::Look;
use names::NameCache;
use namespace::KeyTables;
use types::TypeCache;

/// Looks at the operands of one process's frames; keeps what is worth keeping between looks.
#[derive(Debug)]
pub struct OperandReader {
    layout: Layout,
    names: NameCache,
    types: TypeCache,
    tables: KeyTables,
    /// Looks so far: each looks at other elements of what has many.
    looks: u64,
}

impl OperandReader {
    /// A reader for a CPython, when its layout is known: 3.11 to 3.15 on x86-64 Linux, with GIL.
    /// Free-threaded builds have no reader: their objects have other heads, and are shared by
    /// threads that do not wait for each other.
    pub fn new(python: Python) -> Option<Self> {
        Self::with(Layout::of(python)?)
    }

    /// The same for an interpreter that has told where some of its fields are; `None` also when they
    /// are not where this reader looks, and for a free-threaded build.
    pub(in crate::sample) fn of(python: Python, told: &super::layout::Layout) -> Option<Self> {
        Self::with(Layout::of(python)?.confirmed_by(told)?)
    }

    fn with(layout: Layout) -> Option<Self> {
        cfg!(all(target_os = "linux", target_arch = "x86_64")).then(|| Self {
            layout,
            names: NameCache::default(),
            types: TypeCache::default(),
            tables: KeyTables::default(),
            looks: 0,
        })
    }

    /// Reads what the names of the `_PyInterpreterFrame` at `frame` are bound to. It must run the
    /// code object at `code_address`, which `code` was made from; otherwise nothing is given, as
    /// when the process has ended.
    ///
    /// `depth` is 0 and `weight` 1 in what is given; they are the caller's to set.
    pub fn look<M: Memory>(
        &mut self,
        memory: &M,
        frame: u64,
        code_address: u64,
        code: &Arc<Code>,
    ) -> Vec<Operand> {
        self.look_for(memory, frame, code_address, code, None).operands
    }

    /// The same, but only for the names that the code loads on the lines of `place` and for their
    /// attributes there, up to two deep (`self.config.rows`). Where it is not known which these
    /// are, the whole frame is looked at.
    pub(super) fn look_at<M: Memory>(
        &mut self,
        memory: &M,
        frame: u64,
        code_address: u64,
        code: &Arc<Code>,
        place: Place,
    ) -> Outcome {
        self.look_for(memory, frame, code_address, code, Some(place))
    }

    fn look_for<M: Memory>(
        &mut self,
        memory: &M,
        frame: u64,
        code_address: u64,
        code: &Arc<Code>,
        place: Option<Place>,
    ) -> Outcome {
        /// That a type was freed and its address reused is noticed at the end of a look, which is
        /// then worth another.
        const ATTEMPTS: usize = 2;
        let mut outcome = Outcome::default();
        self.looks = self.looks.wrapping_add(1);
        for _ in 0..ATTEMPTS {
            outcome = self.try_look(memory, frame, code_address, code, place).unwrap_or_default();
            if !outcome.stale {
                break;
            }
        }
        outcome
    }

    fn try_look<M: Memory>(
        &mut self,
        memory: &M,
        address: u64,
        code_address: u64,
        code: &Arc<Code>,
        place: Option<Place>,
    ) -> Result<Outcome, ReadError> {
        let names = &mut self.names;
        let named = Frame::with_names(memory, &self.layout, names, address, code_address, code)?;
        let Some((frame, names)) = named else { return Ok(Outcome::default()) };
        let sought = match place {
            Some(place) => names.sought(memory, &self.layout, code_address, place)?,
            None => None,
        };
        Look {
            memory,
            layout: &self.layout,
            types: &mut self.types,
            tables: &mut self.tables,
            names: &names,
            sought: sought.as_ref(),
            place,
            turn: self.looks,
        }
        .at(&frame)
    }
}
