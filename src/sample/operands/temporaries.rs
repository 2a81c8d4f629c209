//! What an operation works on that has no name: the values on top of a frame's stack while the frame
//! stands at the instruction that takes them.
//!
//! Such a value may be gone in the next moment, and another be in its place. So the instruction and the
//! two slots are read in turn several times, which must all tell the same, and again at the end of the
//! look.

use std::sync::Arc;

use advisors::Place;

use super::batch::{Batch, Ticket, word_at};
use super::frame::Frame;
use super::layout;
use super::look::{Look, Typed};
use super::object::{Edge, untagged};
use super::uses::Operation;
use crate::sample::memory::{Memory, ReadError};
use crate::sample::{Operand, Value};

/// The words that stay the same while an operation runs.
#[derive(Clone, Copy)]
struct Watch {
    /// Where the frame keeps its instruction, and which it was.
    pointer: u64,
    instruction: u64,
    /// The lower of the two slots, and what both held.
    slots: u64,
    words: [u64; 2],
}

/// Bytes of the two slots.
const SLOTS: usize = 16;

/// How often the instruction and the slots are read in turn.
const TURNS: usize = 3;

/// What comes before the place in the name of a value that has none.
const MARK: char = '<';

/// Whether that is the name of a value that has none.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(MARK)
}

/// As what an operand of the operation at a place is told: its lines and columns, and which of the two it
/// is. What the source has there is for those to find out who know the source.
fn name(place: Place, which: usize) -> Option<Arc<str>> {
    let (start, end) = place.columns?;
    let Place { line, end_line, .. } = place;
    Some(format!("{MARK}{line}:{start}-{end_line}:{end}>[{which}]").into())
}

impl<'a, M: Memory> Look<'a, M> {
    /// Those operands that have no name of the operation at which the frame stands, if it stays there for
    /// as long as it takes to read them.
    pub(super) fn temporaries(&mut self, frame: &Frame) -> Result<Vec<Operand>, ReadError> {
        let Some((watch, operation)) = self.watched(frame) else { return Ok(Vec::new()) };
        let unnamed: Vec<_> = [0, 1]
            .into_iter()
            .filter(|&which| !operation.named[which])
            .filter_map(|which| Some((which, name(operation.place, which)?)))
            .collect();
        if unnamed.is_empty() {
            return Ok(Vec::new());
        }
        let Some(watch) = watch.begin(self.memory)? else { return Ok(Vec::new()) };
        let edge = |which: usize| Edge {
            slot: watch.slots + 8 * which as u64,
            object: untagged(watch.words[which]),
        };
        let edges = unnamed.into_iter().map(|(which, name)| (name, edge(which)));
        let bound = self.follow(edges.collect())?;
        let mut told = self.operands(&bound)?.operands;
        if !watch.still_holds(self.memory) {
            return Ok(Vec::new());
        }
        for (name, it) in &bound {
            let own = told.iter_mut().find(|operand| operand.expression.data() == &**name);
            if let Some(operand) = own {
                operand.value = Some(identity(it));
            }
        }
        Ok(told)
    }

    /// The operation at which the frame stood, if it is on the lines that the look is for.
    fn watched(&self, frame: &Frame) -> Option<(Watch, &'a Operation)> {
        let place = self.place?;
        let (code, instruction) = frame.instruction(self.layout)?;
        let bytes = instruction.checked_sub(code.checked_add(self.layout.code_instructions)?)?;
        let operation = self.names.operation(u32::try_from(bytes / 2).ok()?)?;
        let at = operation.place;
        let is_sought = at.line <= place.end_line && at.end_line >= place.line;
        let lower = self.names.slots.len() as u64 + u64::from(operation.taking.height) - 2;
        let layout = &self.layout.frame;
        let slots = frame.address().checked_add(layout.slots + 8 * lower)?;
        let pointer = frame.address().checked_add(layout.instruction)?;
        let watch = Watch { pointer, instruction, slots, words: [0; 2] };
        is_sought.then_some((watch, operation))
    }
}

/// Whether it is the same object as at another look: of one that nothing but the stack refers to, that
/// cannot be told, since the next may be made in its place.
fn identity(it: &Typed) -> Value {
    const COUNT: u64 = 0xffff_ffff;
    match it.object.word(layout::REFERENCES).is_some_and(|count| count & COUNT >= 2) {
        true => Value::Digest(it.object.address),
        false => Value::Outrun,
    }
}

impl Watch {
    /// Reads what the slots hold, if that stays the same.
    fn begin<M: Memory>(self, memory: &M) -> Result<Option<Self>, ReadError> {
        let mut batch = Batch::default();
        let turns = self.want(&mut batch);
        batch.read(memory)?;
        let Some(words) = turns.first().and_then(|(_, slots)| words(&batch, *slots)) else {
            return Ok(None);
        };
        let watch = Self { words, ..self };
        Ok(watch.holds(&batch, &turns).then_some(watch))
    }

    fn want(&self, batch: &mut Batch) -> [(Ticket, Ticket); TURNS] {
        [(); TURNS].map(|()| (batch.want(self.pointer, 8), batch.want(self.slots, SLOTS)))
    }

    fn holds(&self, batch: &Batch, turns: &[(Ticket, Ticket)]) -> bool {
        turns.iter().all(|&(pointer, slots)| {
            batch.word(pointer) == Some(self.instruction) && words(batch, slots) == Some(self.words)
        })
    }

    /// Whether the operation still runs, on the same values.
    fn still_holds<M: Memory>(&self, memory: &M) -> bool {
        let mut batch = Batch::default();
        let turns = self.want(&mut batch);
        batch.read(memory).is_ok() && self.holds(&batch, &turns)
    }
}

fn words(batch: &Batch, slots: Ticket) -> Option<[u64; 2]> {
    let bytes = batch.bytes(slots)?;
    Some([0, 8].map(|at| word_at(bytes, at)))
}
