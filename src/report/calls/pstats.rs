//! What Python's `pstats` reads, and with it snakeviz, gprof2dot and tuna: a marshalled dict of
//! functions (`Lib/pstats.py`, `Stats.load_stats`). A sampler does not know how often a function was
//! called; the samples that it was on the stack in stand in that place.

use std::collections::BTreeMap;

use super::{Call, Function, Graph};
use crate::report::{Input, ReportError, names};

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let graph = Graph::of(input)?;
    let timing = &input.profile.timing;
    // The format has no other unit: where no time is told, samples stand in its place.
    let second = if timing.tells_time() { timing.sample_seconds() } else { 1.0 };
    let callers = callers(&graph);
    let mut out = Marshal::default();
    out.dict(|out| {
        for (id, function) in graph.functions.iter().enumerate() {
            if function.total == 0 {
                continue;
            }
            out.function(function);
            out.tuple(5);
            out.times(function.total, function.own_samples(), function.total, second);
            out.dict(|out| {
                for (&caller, call) in callers.get(&id).into_iter().flatten() {
                    out.function(&graph.functions[caller]);
                    out.tuple(4);
                    out.times(call.total, call.own, call.total, second);
                }
            });
        }
    });
    Ok(out.bytes)
}

/// By function, the functions that call it.
fn callers(graph: &Graph<'_>) -> BTreeMap<usize, BTreeMap<usize, Call>> {
    let mut callers: BTreeMap<usize, BTreeMap<usize, Call>> = BTreeMap::new();
    for (caller, function) in graph.functions.iter().enumerate() {
        for (&(_, callee), call) in &function.calls {
            let sum = callers.entry(callee).or_default().entry(caller).or_default();
            sum.total += call.total;
            sum.own += call.own;
        }
    }
    callers
}

/// Python's marshal format (`Python/marshal.c`), version 2: every Python that has `pstats` reads it.
#[derive(Default)]
struct Marshal {
    bytes: Vec<u8>,
}

impl Marshal {
    /// Pairs of a key and its value, up to a null.
    fn dict(&mut self, pairs: impl FnOnce(&mut Self)) {
        self.bytes.push(b'{');
        pairs(self);
        self.bytes.push(b'0');
    }

    fn tuple(&mut self, length: u32) {
        self.bytes.push(b'(');
        self.bytes.extend(length.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.bytes.push(b'u');
        self.bytes.extend((text.len() as u32).to_le_bytes());
        self.bytes.extend(text.as_bytes());
    }

    /// An integer of 15 bits a digit, as Python keeps them in files.
    fn integer(&mut self, mut number: u64) {
        let mut digits: Vec<u16> = Vec::new();
        while number > 0 {
            digits.push((number & 0x7fff) as u16);
            number >>= 15;
        }
        self.bytes.push(b'l');
        self.bytes.extend((digits.len() as i32).to_le_bytes());
        self.bytes.extend(digits.into_iter().flat_map(u16::to_le_bytes));
    }

    fn float(&mut self, number: f64) {
        self.bytes.push(b'g');
        self.bytes.extend(number.to_le_bytes());
    }

    /// `(file, line, name)`
    fn function(&mut self, function: &Function<'_>) {
        self.tuple(3);
        self.text(&function.code.file.terminal());
        self.integer(function.code.first_line.into());
        self.text(&names::function(&function.code.name).terminal());
    }

    /// Calls without and with recursion, then the seconds of its own and with what it called.
    fn times(&mut self, calls: u64, own: u64, total: u64, second: f64) {
        self.integer(calls);
        self.integer(calls);
        self.float(own as f64 * second);
        self.float(total as f64 * second);
    }
}
