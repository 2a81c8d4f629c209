//! Tasks that are sent to processes one by one, and are so short that sending them is most of the
//! work.

use ruff_python_ast::{Expr, ExprCall, Number};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::shape::{Handed, PoolKind};
use crate::words::{code, thousands};
use crate::{Advisor, Case, Edit, Evidence, Exchange, Finding, Fix, Safety, Worth};

/// Part of the processes' time that sending must take.
const MIN_SHARE: f64 = 0.3;

/// Processor time of all processes for a message, at the most, in seconds: some times what sending
/// one takes. Samples alone do not tell, since who is about to be woken counts as busy.
const SHORT: f64 = 0.000_5;

/// Bytes of a message, at the most: what takes long to pack is not sent faster in chunks.
const SMALL: u64 = 1_024;

/// Messages that must have been sent.
const MIN_MESSAGES: u64 = 200;

/// Tasks of the pair; more make no difference.
const TASKS: u64 = 4_000;

/// Tasks in a message, as is proposed and as the pair measured.
const CHUNK: u64 = 64;

pub(crate) struct PoolChunksize;

impl Advisor for PoolChunksize {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        finding(case).into_iter().collect()
    }
}

fn finding(case: &Case<'_>) -> Option<Finding> {
    let (handed, pool) = case.handing()?;
    let exchange = &pool.exchange;
    let has_too_few = case.items(&handed).is_some_and(|it| it < CHUNK * u64::from(pool.workers));
    if !is_trickle(exchange) || has_too_few {
        return None;
    }
    let (because, fix) = advice(case, &handed)?;
    let heat = case.heat_of_exchange(exchange, exchange.share)?;
    let gain = case.gain(&heat, Some(TASKS), TASKS)?;
    let percent = (exchange.share * 100.0).round();
    let micros = exchange.seconds_per_message * 1e6;
    let messages = thousands(exchange.messages);
    Some(Finding {
        range: handed.call.range(),
        title: format!(
            "`{}` sends its tasks one by one, which takes {percent:.0} % of the processes' time",
            code(case.source, handed.call.func.range())
        ),
        because: vec![
            format!(
                "The workers got about {messages} messages of {} bytes; each cost {micros:.0} µs of \
                 processor time, task and all.",
                thousands(exchange.message_bytes)
            ),
            because.to_owned(),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{messages} messages to the workers"))],
        worth: Worth::Time(gain),
        fix,
    })
}

/// Whether many small messages with little to do took much of the time.
fn is_trickle(exchange: &Exchange) -> bool {
    exchange.share >= MIN_SHARE
        && exchange.messages >= MIN_MESSAGES
        && exchange.message_bytes <= SMALL
        && exchange.seconds_per_message <= SHORT
}

const IN_CHUNKS: &str = "Each task is a message to a worker and one back, with two processes to \
                         wake. In chunks, one message carries many tasks.";

/// What to write instead, when tasks go one by one.
fn advice(case: &Case<'_>, handed: &Handed<'_>) -> Option<(&'static str, Option<Fix>)> {
    let is_one = |given: Option<&Expr>| given.is_some_and(is_one);
    let given = given(handed);
    match (handed.kind, handed.method) {
        (PoolKind::ProcessExecutor, "map") | (PoolKind::Processes, "imap" | "imap_unordered")
            if given.is_none() || is_one(given) =>
        {
            Some((IN_CHUNKS, fix(case, handed.call, given)))
        }
        (PoolKind::Processes, "map" | "map_async" | "starmap" | "starmap_async")
            if is_one(given) =>
        {
            Some((IN_CHUNKS, fix(case, handed.call, given)))
        }
        (_, "submit" | "apply_async" | "apply") => {
            case.tree.loop_around(case.tree.id_of(handed.call))?;
            Some((
                "Each task is a message to a worker and one back, with two processes to wake. Give a \
                 worker a list of some hundred at a time, or use `map` with a `chunksize`.",
                None,
            ))
        }
        _ => None,
    }
}

/// The chunk size that a call gives.
fn given<'a>(handed: &Handed<'a>) -> Option<&'a Expr> {
    let arguments = &handed.call.arguments;
    let third = arguments.args.get(2).filter(|_| handed.kind == PoolKind::Processes);
    arguments.find_keyword("chunksize").map(|keyword| &keyword.value).or(third)
}

fn is_one(expr: &Expr) -> bool {
    matches!(expr, Expr::NumberLiteral(literal)
        if matches!(&literal.value, Number::Int(number) if *number == 1))
}

fn fix(case: &Case<'_>, call: &ExprCall, given: Option<&Expr>) -> Option<Fix> {
    let arguments = &call.arguments;
    if arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) {
        return None;
    }
    let close = arguments.range().end() - TextSize::from(1);
    let before = case.source.slice(TextRange::new(arguments.range().start(), close));
    let edit = match given {
        Some(given) => Edit { range: given.range(), text: CHUNK.to_string() },
        None => {
            let comma = if before.trim_end().ends_with(',') { " " } else { ", " };
            Edit { range: TextRange::empty(close), text: format!("{comma}chunksize={CHUNK}") }
        }
    };
    let note = "results come chunk by chunk, a task that fails takes the rest of its chunk with it, \
                and there must be many more tasks than fit into a chunk for each worker";
    Some(Fix { safety: Safety::Unsafe, note: Some(note.to_owned()), edits: vec![edit] })
}
