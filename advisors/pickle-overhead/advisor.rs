//! Processes that spend their time packing and unpacking what they send each other.

use ruff_text_size::Ranged;

use crate::words::{code, thousands};
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Part of the processes' time that packing and moving bytes must take.
const MIN_PACKING: f64 = 0.3;

/// Bytes of a message, at the least, for its size to be what takes the time: below, it is the number
/// of messages.
const LARGE: u64 = 32 << 10;

/// Processor time of all processes for a message, at the least, in seconds: what workers read to start
/// makes messages look larger than they are, but not costlier.
const COSTLY: f64 = 0.001;

/// Messages that must have been sent.
const MIN_MESSAGES: u64 = 10;

/// Queries of the pair; more make no difference.
const QUERIES: u64 = 30;

pub(crate) struct PickleOverhead;

impl Advisor for PickleOverhead {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        finding(case).into_iter().collect()
    }
}

fn finding(case: &Case<'_>) -> Option<Finding> {
    let (handed, pool) = case.handing()?;
    let exchange = &pool.exchange;
    let is_large = exchange.message_bytes >= LARGE
        && exchange.seconds_per_message >= COSTLY
        && exchange.messages >= MIN_MESSAGES;
    if !is_large || exchange.packing < MIN_PACKING {
        return None;
    }
    let heat = case.heat_of_exchange(exchange, exchange.packing)?;
    let gain = case.gain(&heat, Some(QUERIES), QUERIES)?;
    let percent = (exchange.packing * 100.0).round();
    let kilobytes = thousands(exchange.message_bytes / 1_000);
    Some(Finding {
        range: handed.call.range(),
        title: format!(
            "`{}` packs, moves and unpacks {kilobytes} kB and more a message: {percent:.0} % of the \
             processes' time",
            code(case.source, handed.call.func.range())
        ),
        because: vec![
            "What a task takes and gives is made into bytes by pickle, written to a pipe in parts of \
             64 kB, read, and made into new objects in the other process."
                .to_owned(),
            "Send what the data can be had by: a file's name, a range of rows, a key. What all tasks \
             need, give each worker once: in the pool's `initializer`, or in a function with \
             `functools.lru_cache` that loads it where it is used."
                .to_owned(),
            "Send back totals in place of rows; and of large arrays their buffers \
             (`multiprocessing.shared_memory`)."
                .to_owned(),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("messages of {kilobytes} kB and more"))],
        worth: Worth::Time(gain),
        fix: None,
    })
}
