//! The marks by which examples say where they are hot and what is seen there.
//!
//! A mark is a trailing comment that begins with `hot`, `pool` or `process`:
//!
//! ```text
//! if order not in seen:  # hot 40% seen=list[str]:5000 order=str
//! total += f(x)          # hot 12.5% self 2% on "f(x)" f=function
//! if order not in seen:  # hot 40% line
//! day = parse(text)      # hot 60% self 1% calls "_strptime:_strptime" 55% direct
//! time.sleep(1)          # hot 0% idle 40%
//! pool = Pool(16)        # pool workers=16 cpus=2 runnable=14 cores=1.9 busy=900
//! pool.imap(f, rows)     # pool workers=2 exchange=0.9 packing=0.2 messages=9000 bytes=40 seconds=0.0001
//! run()                  # process threads=4 busy=1 waiting=2.9 cores=1 cpus=2
//! run()                  # process tasks=50 threshold=700
//! await fetch(x)         # hot 1% awaited 50 90%
//! ```
//!
//! `hot` gives the share of busy samples that had the marked expression on the stack, `self` those
//! that had it as the leaf (the same when absent). The marked expression is the one after `on` or
//! else the line's main expression: a test, an iterable, an assigned or returned value; on the first
//! line of a definition it is the function. `line` leaves the columns out. `name=type[element|element]:length~values/calls` is an operand; the length
//! may be `first..last`, and all but the type may be absent. A key in the name has single quotes.
//!
//! More of a `hot` mark: `calls "module:function" 38%` is a function below the expression (`:helper`
//! is one of the very file), followed by `idle 10%` for its idle samples and by `direct` when the
//! expression itself calls it; `idle 40%`, `waiting 40%` and `collecting 20%` are samples asleep, in
//! wait for the lock (both above 100 % where several threads do so), and with garbage collected;
//! `loop 30% 20%` are those inside an event loop's callback, busy and idle, and `loop 30% 20% 0.15s
//! fetch` says too that the longest such callback stayed so long, as a step of the coroutine `fetch`,
//! and computed for as long; `0.15s 0.01s fetch` that none computed for longer than the second.
//! `nested 12` says that so many frames of the code object were on the stack at once, on average.
//! `threads 3` says that three threads were there at the same time, and `processes 2` that two processes
//! ran the code object.
//! `awaited 50 90%` says that 50 asyncio tasks were suspended there at once, and that 90 % of the looks
//! at the loop found it idle and one of them there.

mod said;

pub use said::findings;

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Tree};
use crate::{
    Activity, Awaited, Callee, Distinct, Hotspot, InEventLoop, Lengths, Operand, Place, Pool,
    Python, Source,
};

/// Busy samples that a marked file stands for.
pub const BUSY_SAMPLES: u64 = 2_000;

/// Looks at an event loop's tasks that a marked file stands for.
const TASK_LOOKS: u64 = 200;

type Words = std::iter::Peekable<std::vec::IntoIter<String>>;

/// How many looks a marked operand stands for.
const OBSERVATIONS: u32 = 20;

/// Threads that may be marked to wait at one place at a time.
const MOST_THREADS: f64 = 64.0;

/// Frames of one code object that may be marked to be on the stack at once.
const MOST_FRAMES: u64 = 4_096;

/// How many callbacks a marked stall stands for.
const STALLS: u64 = 12;

/// What a file's marks say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marks {
    /// One hotspot a `hot` mark, hottest first.
    pub hotspots: Vec<Hotspot>,
    /// What the `pool` mark says.
    pub pool: Option<Pool>,
    /// What the `process` mark says.
    pub activity: Option<Activity>,
}

/// A mark that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct MarkError {
    /// The mark's line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub what: String,
}

/// Reads the marks of an example as samples of `python` would tell them.
///
/// # Errors
/// When a mark is not of the form above, or names an expression that its line does not hold.
pub fn read(source: &Source, python: Python) -> Result<Marks, MarkError> {
    let tree = Tree::of(source);
    let mut marks = Marks::default();
    for (line, text) in (1..).zip(source.text().lines()) {
        let fail = |what: String| MarkError { line, what };
        if let Some((_, mark)) = text.split_once("# hot ") {
            marks.hotspots.push(hotspot(&tree, line, mark, python).map_err(fail)?);
        } else if let Some((_, mark)) = text.split_once("# pool ") {
            marks.pool = Some(pool(mark).map_err(fail)?);
        } else if let Some((_, mark)) = text.split_once("# process ") {
            marks.activity = Some(activity(mark).map_err(fail)?);
        }
    }
    marks.hotspots.sort_by_key(|hotspot| std::cmp::Reverse(hotspot.total_samples));
    Ok(marks)
}

fn hotspot(tree: &Tree<'_>, line: u32, mark: &str, python: Python) -> Result<Hotspot, String> {
    let mut words = words(mark)?.into_iter().peekable();
    let total_samples = samples(words.next())?;
    let mut hotspot = Hotspot { total_samples, self_samples: total_samples, ..Hotspot::default() };
    let mut expression = None;
    let mut columns = python.at_least(3, 11);
    let mut depth = 1;
    while let Some(word) = words.next() {
        match (word.as_str(), word.split_once('=')) {
            ("self", _) => hotspot.self_samples = samples(words.next())?,
            ("idle", _) => hotspot.idle_samples = of_threads(words.next())?,
            ("waiting", _) => {
                hotspot.waiting_samples = of_threads(words.next())?;
                hotspot.idle_samples = hotspot.idle_samples.max(hotspot.waiting_samples);
            }
            ("collecting", _) => hotspot.collecting_samples = samples(words.next())?,
            ("nested", _) => depth = self::depth(words.next())?,
            ("threads", _) => hotspot.threads = number(words.next(), "threads")?,
            ("processes", _) => hotspot.processes = number(words.next(), "processes")?,
            ("calls", _) => hotspot.callees.push(callee(&mut words)?),
            ("awaited", _) => hotspot.awaited = awaited(&mut words)?,
            ("loop", _) => hotspot.in_event_loop = in_event_loop(&mut words)?,
            ("on", _) => expression = Some(words.next().ok_or("`on` names no expression")?),
            ("line", _) => columns = false,
            (_, Some((name, seen))) => hotspot.operands.push(operand(name, seen)?),
            _ => return Err(format!("`{word}` is not understood")),
        }
    }
    hotspot.frames = depth * hotspot.total_samples;
    let marked = match expression {
        Some(text) => expression_with_text(tree, line, &text),
        None => main_expression(tree, line),
    }
    .ok_or("the line holds no such expression")?;
    let place = tree.source().place(tree.range(marked));
    // The arguments of a function's calls stand at its definition, as a whole line.
    let (columns, inside) = match tree[marked] {
        AnyNodeRef::StmtFunctionDef(def) => (false, tree.id_of(&def.body[0])),
        _ => (columns, marked),
    };
    hotspot.place = if columns { place } else { Place::line(place.line) };
    let code = tree.code(inside, python);
    (hotspot.function, hotspot.function_line) = (code.name, code.first_line);
    Ok(hotspot)
}

/// What follows `nested`.
fn depth(word: Option<String>) -> Result<u64, String> {
    let depth =
        word.and_then(|word| word.parse().ok()).filter(|depth| (1..=MOST_FRAMES).contains(depth));
    depth.ok_or_else(|| "`nested` tells no number of frames".to_owned())
}

/// What follows `threads` and `processes`.
fn number(word: Option<String>, what: &str) -> Result<u32, String> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| format!("`{what}` tells no number"))
}

/// What follows `calls`.
fn callee(words: &mut Words) -> Result<Callee, String> {
    let name = words.next().ok_or("`calls` names no function")?;
    let (module, function) = name.split_once(':').ok_or("a `module:function` is missing")?;
    let mut callee = Callee {
        module: module.to_owned(),
        function: function.to_owned(),
        samples: samples(words.next())?,
        ..Callee::default()
    };
    if words.next_if_eq("idle").is_some() {
        callee.idle_samples = samples(words.next())?;
    }
    if words.next_if_eq("direct").is_some() {
        callee.direct_samples = callee.samples + callee.idle_samples;
    }
    Ok(callee)
}

/// What follows `awaited`.
fn awaited(words: &mut Words) -> Result<Awaited, String> {
    let tasks = words.next().and_then(|word| word.parse().ok());
    let looks = samples(words.next())? * TASK_LOOKS / BUSY_SAMPLES;
    Ok(Awaited { tasks: tasks.ok_or("`awaited` tells no number of tasks")?, looks })
}

/// What follows `loop`.
fn in_event_loop(words: &mut Words) -> Result<InEventLoop, String> {
    let mut seen = InEventLoop {
        busy: samples(words.next())?,
        idle: samples(words.next())?,
        ..InEventLoop::default()
    };
    let seconds = |word: &str| word.strip_suffix('s').and_then(|number| number.parse().ok());
    let mut time = || {
        let time = words.peek().and_then(|word| seconds(word))?;
        words.next();
        Some(time)
    };
    if let Some(longest) = time() {
        seen.computed = time().unwrap_or(longest);
        (seen.longest, seen.stalls) = (longest, STALLS);
        seen.coroutine = words.next().ok_or("a stall names no coroutine")?;
    }
    Ok(seen)
}

/// Words between blanks; one in double quotes may hold blanks.
fn words(mark: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    for (index, part) in mark.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    if mark.matches('"').count() % 2 == 1 { Err("a quote is not closed".into()) } else { Ok(words) }
}

fn samples(word: Option<String>) -> Result<u64, String> {
    up_to(100.0, word)
}

/// Samples of threads of which several may do so at a time.
fn of_threads(word: Option<String>) -> Result<u64, String> {
    up_to(100.0 * MOST_THREADS, word)
}

fn up_to(most: f64, word: Option<String>) -> Result<u64, String> {
    word.as_deref()
        .and_then(|word| word.strip_suffix('%')?.parse::<f64>().ok())
        .filter(|percent| (0.0..=most).contains(percent))
        .map(|percent| (percent / 100.0 * BUSY_SAMPLES as f64).round() as u64)
        .ok_or_else(|| "a share such as `40%` is missing".into())
}

fn operand(name: &str, seen: &str) -> Result<Operand, String> {
    let (seen, distinct) = match seen.split_once('~') {
        Some((seen, distinct)) => (seen, Some(self::distinct(distinct)?)),
        None => (seen, None),
    };
    let (kind, lengths) = match seen.rsplit_once(':') {
        Some((kind, lengths)) => (kind, Some(self::lengths(lengths)?)),
        None => (seen, None),
    };
    let (type_name, elements) = match kind.split_once('[') {
        Some((type_name, elements)) => {
            let elements = elements.strip_suffix(']').ok_or("`[` is not closed")?;
            (type_name, elements.split('|').map(str::to_owned).collect())
        }
        None => (kind, Vec::new()),
    };
    Ok(Operand {
        expression: name.to_owned(),
        type_name: type_name.to_owned(),
        observations: OBSERVATIONS,
        lengths,
        elements,
        distinct,
    })
}

fn distinct(text: &str) -> Result<Distinct, String> {
    let numbers = text.split_once('/').and_then(|(values, calls)| {
        Some(Distinct { values: values.parse().ok()?, calls: calls.parse().ok()? })
    });
    numbers.ok_or_else(|| format!("`{text}` is not `values/calls`"))
}

fn lengths(text: &str) -> Result<Lengths, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a length"));
    let (first, last): (u64, u64) = (number(first)?, number(last)?);
    let (min, max) = (first.min(last), first.max(last));
    Ok(Lengths { min, median: min.midpoint(max), max, first, last })
}

/// Words of the form `name=number`.
fn numbers(mark: &str) -> Result<Vec<(String, f64)>, String> {
    let number = |word: String| {
        let (name, value) = word.split_once('=').ok_or(format!("`{word}` is not understood"))?;
        let value = value.parse().map_err(|_| format!("`{value}` is not a number"))?;
        Ok((name.to_owned(), value))
    };
    words(mark)?.into_iter().map(number).collect()
}

fn pool(mark: &str) -> Result<Pool, String> {
    let mut pool = Pool { threads_per_worker: 1, ..Pool::default() };
    pool.exchange.busy_samples = BUSY_SAMPLES;
    for (key, value) in numbers(mark)? {
        match key.as_str() {
            "workers" => pool.workers = value as u32,
            "runnable" => pool.runnable = value,
            "threads" => pool.threads_per_worker = value as u32,
            "cores" => pool.cores_used = value,
            "cpus" => pool.cpus = value as u32,
            "quota" => pool.quota = Some(value),
            "busy" => pool.busy_samples = value as u64,
            "preemptions" => pool.preemptions_per_second = value,
            "started" => pool.started = value as u32,
            "exchange" => pool.exchange.share = value,
            "packing" => pool.exchange.packing = value,
            "starting" => pool.exchange.starting = value,
            "direct" => pool.exchange.direct = value,
            "files" => pool.exchange.files = value as u32,
            "messages" => pool.exchange.messages = value as u64,
            "bytes" => pool.exchange.message_bytes = value as u64,
            "seconds" => pool.exchange.seconds_per_message = value,
            _ => return Err(format!("`{key}` is not understood")),
        }
    }
    Ok(pool)
}

fn activity(mark: &str) -> Result<Activity, String> {
    let mut activity =
        Activity { seconds: 20.0, interval: 0.01, task_looks: TASK_LOOKS, ..Activity::default() };
    for (key, value) in numbers(mark)? {
        match key.as_str() {
            "seconds" => activity.seconds = value,
            "cores" => activity.cores_used = value,
            "cpus" => activity.cpus = value as u32,
            "quota" => activity.quota = Some(value),
            "threads" => activity.threads = value,
            "ids" => activity.thread_ids = value as u32,
            "busy" => activity.busy_threads = value,
            "waiting" => activity.waiting_threads = value,
            "tasks" => {
                activity.tasks = Some(value as u64);
                activity.crowded.get_or_insert(1.0);
            }
            "crowded" => activity.crowded = Some(value),
            "threshold" => activity.thresholds = Some([value as u32, 10, 10]),
            _ => return Err(format!("`{key}` is not understood")),
        }
    }
    Ok(activity)
}

/// The expressions that start on a line, in source order.
fn expressions<'t>(tree: &'t Tree<'_>, line: u32) -> impl Iterator<Item = Id> + 't {
    let range = tree.source().line_range(line).unwrap_or_default();
    tree.ids()
        .filter(move |&id| range.contains_inclusive(tree.range(id).start()))
        .filter(|&id| tree[id].is_expression())
}

fn expression_with_text(tree: &Tree<'_>, line: u32, text: &str) -> Option<Id> {
    let ids = tree.ids().filter(|&id| tree[id].is_expression() || tree[id].is_statement());
    let range = tree.source().line_range(line)?;
    ids.filter(|&id| range.contains_inclusive(tree.range(id).start()))
        .find(|&id| tree.text(id) == text)
}

/// What a line is about: a test, an iterable, an assigned or returned value, or else the first
/// expression that is no part of another.
fn main_expression(tree: &Tree<'_>, line: u32) -> Option<Id> {
    let own = |range: TextRange| expressions(tree, line).find(|&id| tree.range(id) == range);
    let statement = tree.source().line_range(line).and_then(|range| {
        tree.ids().find(|&id| {
            (tree[id].is_statement() || matches!(tree[id], AnyNodeRef::ElifElseClause(_)))
                && range.contains_inclusive(tree.range(id).start())
        })
    });
    let main = match statement.map(|id| tree[id]) {
        Some(AnyNodeRef::StmtIf(statement)) => Some(statement.test.range()),
        Some(AnyNodeRef::ElifElseClause(clause)) => clause.test.as_ref().map(Ranged::range),
        Some(AnyNodeRef::StmtWhile(statement)) => Some(statement.test.range()),
        Some(AnyNodeRef::StmtFor(statement)) => Some(statement.iter.range()),
        Some(AnyNodeRef::StmtAssign(statement)) => Some(statement.value.range()),
        Some(AnyNodeRef::StmtAnnAssign(statement)) => statement.value.as_deref().map(Ranged::range),
        Some(AnyNodeRef::StmtReturn(statement)) => statement.value.as_deref().map(Ranged::range),
        Some(AnyNodeRef::StmtDelete(statement)) => statement.targets.first().map(Ranged::range),
        // CPython charges the operation of `x += y` to the whole statement.
        Some(AnyNodeRef::StmtAugAssign(_) | AnyNodeRef::StmtFunctionDef(_)) => return statement,
        _ => None,
    };
    main.and_then(own).or_else(|| expressions(tree, line).next())
}

#[cfg(test)]
mod tests;
