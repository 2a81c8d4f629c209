//! Profiles and advice built in code: no process, no file.

#[path = "findings.rs"]
mod findings;

use std::sync::Arc;

use advisors::{Place, Python};
use unslow::advise::{Advice, Evidence};
use unslow::profile::{
    Count, Growth, Lengths, Location, Machine, Memory, MemoryPoint, OperandSeen, Part, Process,
    Profile, Slice, SourceSeen, Stack, Target, Thread, Timeline, Timing,
};
use unslow::sample::{Code, Footprint, State, Task};
use unslow::text::Untrusted;

use findings::advice;

pub(crate) const BUSY: State = State { on_cpu: true, holds_gil: true, ..State::IDLE };
pub(crate) const WAITS_FOR_GIL: State = State { waits_for_gil: true, on_cpu: true, ..State::IDLE };
pub(crate) const IDLE: State = State::IDLE;

pub(crate) fn text(text: &str) -> Untrusted {
    Untrusted::new(text)
}

fn code(name: &str, file: &str, first_line: u32) -> Arc<Code> {
    Arc::new(Code { name: text(name), file: text(file), first_line })
}

fn at(code: &Arc<Code>, line: u32, columns: (u32, u32)) -> Location {
    let place = Place { line, end_line: line, columns: Some(columns) };
    Location { code: Arc::clone(code), place }
}

fn stack(locations: &[u32]) -> Stack {
    Stack { locations: locations.to_vec() }
}

fn count(stack: u32, thread: u32, state: State, samples: u64) -> Count {
    Count { stack, thread, task: None, state, samples }
}

const ORDERS: &str = "\
import csv
import json


def dedupe(orders):
    seen = []
    unique = []
    for order in orders:
        order_id = order[\"id\"]
        if order_id in seen:
            continue
        seen.append(order_id)
        unique.append(order)
    return unique


def render(orders):
    report = \"\"
    for order in orders:
        report += f\"{order['id']}: {order['total']:.2f}\\n\"
    return report


def main():
    orders = list(csv.DictReader(open(\"orders.csv\")))
    print(render(dedupe(orders)))


main()
";

/// A script with two things to fix, a thread that waits, and calls into the library, a package and
/// the interpreter.
pub(crate) fn orders() -> (Profile, Advice) {
    let own = "/srv/shop/orders.py";
    let module = code("<module>", own, 1);
    let main = code("main", own, 24);
    let dedupe = code("dedupe", own, 5);
    let render = code("render", own, 17);
    let reader = code("DictReader.__next__", "/usr/lib/python3.13/csv.py", 113);
    let package = code("Codec.decode", "/srv/env/lib/python3.13/site-packages/fast/codec.py", 9);
    let frozen = code("_find_and_load", "<frozen importlib._bootstrap>", 1351);
    let wait = code("Condition.wait", "/usr/lib/python3.13/threading.py", 327);
    let locations = vec![
        at(&module, 29, (0, 6)),
        at(&main, 26, (17, 31)),
        at(&dedupe, 10, (11, 27)),
        at(&dedupe, 9, (19, 30)),
        at(&main, 26, (10, 32)),
        at(&render, 20, (8, 58)),
        at(&main, 25, (13, 56)),
        at(&reader, 120, (15, 32)),
        at(&package, 44, (8, 20)),
        at(&frozen, 1360, (4, 40)),
        Location { code: wait, place: Place::line(359) },
    ];
    let profile = Profile {
        target: Target {
            pid: 4242,
            command: ["/usr/bin/python3.13", "orders.py", "--day", "monday"].map(text).to_vec(),
            directory: Some(text("/srv/shop")),
            assumed_directory: None,
            place_in_repository: None,
            python: Some(Python::new(3, 13)),
        },
        timing: Timing {
            started_ns: 1_790_000_000_123_456_789,
            seconds: 29.9,
            rate_hz: 100.0,
            sweeps: 2981,
            missed: 3,
            torn: 1,
            unreadable: 0,
            truncated: 0,
            ..Timing::default()
        },
        machine: Machine { cpus: 2, quota: Some(1.5) },
        processes: vec![Process {
            pid: 4242,
            parent: 1,
            command: text("/usr/bin/python3.13 orders.py --day monday"),
            python: Some(Python::new(3, 13)),
            earlier_pythons: Vec::new(),
            halted: 0,
            observations: 60,
            threads: 2,
            runnable: 0.98,
            cpu_seconds: 29.1,
            ended_seconds: 0.0,
            waits: 0,
            preemptions: 17,
            traffic: None,
            began_ns: 0,
            first_seen: 0.0,
            last_seen: 29.7,
        }],
        threads: vec![
            Thread { pid: 4242, tid: 4242, name: Some(text("MainThread")) },
            Thread { pid: 4242, tid: 4243, name: None },
        ],
        tasks: Vec::new(),
        stacks: vec![
            stack(&[2, 1, 0]),
            stack(&[3, 1, 0]),
            stack(&[5, 4, 0]),
            stack(&[7, 6, 0]),
            stack(&[8, 7, 6, 0]),
            stack(&[9, 0]),
            stack(&[10]),
        ],
        counts: vec![
            count(0, 0, BUSY, 2301),
            count(0, 0, WAITS_FOR_GIL, 12),
            count(1, 0, BUSY, 37),
            count(2, 0, BUSY, 402),
            count(3, 0, BUSY, 160),
            count(4, 0, BUSY, 61),
            count(5, 0, BUSY, 7),
            count(6, 1, IDLE, 2980),
        ],
        operands: vec![OperandSeen {
            location: 2,
            expression: text("seen"),
            type_name: text("list"),
            observations: 37,
            lengths: Some(Lengths {
                min: 12,
                median: 48_213,
                max: 96_431,
                first: 12,
                last: 96_431,
            }),
            elements: vec![text("str")],
            distinct: None,
            footprint: Some(Footprint { shallow: 385_760, deep: 2_893_200 }),
        }],
        memory: vec![memory()],
        runtimes: Vec::new(),
        stalls: Vec::new(),
        awaits: Vec::new(),
        sources: vec![SourceSeen {
            file: text("/srv/shop/orders.py"),
            bytes: 812,
            checksum: 7,
            expressions: Vec::new(),
        }],
        timeline: None,
        locations,
    };
    (profile, advice())
}

/// A profile that tells what ran when: of each thread what its counts have, one after the other.
pub(crate) fn in_order((mut profile, advice): (Profile, Advice)) -> (Profile, Advice) {
    const SLICES: u32 = 46;
    let mut slices: Vec<Slice> =
        (0..SLICES).map(|index| Slice { index, parts: Vec::new() }).collect();
    for thread in 0..profile.threads.len() as u32 {
        let counts = profile.counts.iter().filter(|count| count.thread == thread);
        let whole: u64 = counts.clone().map(|count| count.samples).sum();
        let mut before = 0;
        for count in counts {
            for number in before..before + count.samples {
                let slice = &mut slices[(number * u64::from(SLICES) / whole) as usize];
                let part =
                    Part { thread, stack: Some(count.stack), state: count.state, samples: 1 };
                match slice.parts.last_mut() {
                    Some(last) if Part { samples: 1, ..*last } == part => last.samples += 1,
                    _ => slice.parts.push(part),
                }
            }
            before += count.samples;
        }
    }
    profile.timeline = Some(Timeline { slice_seconds: 0.65, slices });
    (profile, advice)
}

/// Orders that are read, and the list of them that grows.
fn memory() -> Memory {
    const MIB: u64 = 1 << 20;
    let point = |at, mebibytes| MemoryPoint { at, resident: mebibytes * MIB };
    let growth =
        |location, mebibytes| Growth { location, caller: None, bytes: mebibytes * MIB, left: None };
    Memory {
        pid: 4242,
        peak: 830 * MIB,
        points: vec![point(0.0, 45), point(0.25, 50), point(15.0, 830), point(29.75, 812)],
        growth: vec![
            growth(Some(2), 540),
            growth(Some(5), 150),
            Growth { caller: Some(0), ..growth(Some(3), 60) },
            growth(None, 35),
        ],
    }
}

/// What a hostile program may call its things.
pub(crate) const HOSTILE: &[&str] = &[
    "<script>alert('x')</script>",
    "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J",
    "a;b;c 7 12",
    "# comment",
    "new\nline\r\u{2028}break\ttab\0nul",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{feff}",
    "not utf-8: \u{fffd}\u{fffd}",
    "]]> --> &amp; \"quoted\" \u{ffff}\u{fffe}",
    "",
    " ",
    "größe_日本_👩‍💻",
];

/// Every text of the profile and the advice is hostile.
pub(crate) fn hostile() -> (Profile, Advice) {
    let (mut profile, mut advice) = orders();
    let pick = |index: usize| text(HOSTILE[index % HOSTILE.len()]);
    profile.target.command = HOSTILE.iter().copied().map(text).collect();
    profile.target.directory = Some(pick(4));
    profile.processes[0].command = pick(1);
    profile.threads[0].name = Some(pick(5));
    profile.threads[1].name = Some(pick(2));
    profile.threads[1].pid = 4300;
    profile.locations = (0..HOSTILE.len() as u32 * 2)
        .map(|index| at(&code_at(index as usize), index, (3, 9)))
        .collect();
    profile.stacks = (0..profile.locations.len() as u32)
        .map(|leaf| stack(&[leaf, (leaf + 3) % 22, (leaf + 7) % 22]))
        .collect();
    profile.counts = (0..profile.stacks.len() as u32)
        .map(|index| Count {
            task: [None, Some(index % 2), Some(2)][index as usize % 3],
            ..count(index, index % 2, BUSY, u64::from(index) + 1)
        })
        .collect();
    let task = |index| Task { name: Some(pick(index)), coroutine: pick(index + 1) };
    profile.tasks = vec![task(0), task(4), Task { name: None, coroutine: pick(5) }];
    for (index, finding) in advice.findings.iter_mut().enumerate() {
        finding.title = pick(index);
        finding.because = HOSTILE.iter().copied().map(text).collect();
        finding.file = pick(index + 1);
        finding.function = pick(index + 4);
        finding.source = text(&HOSTILE.join("\n"));
        finding.place = Place { line: 2, end_line: 3, columns: Some((1, 4)) };
        for evidence in &mut finding.evidence {
            match evidence {
                Evidence::Operand(operand) => {
                    operand.expression = pick(0);
                    operand.type_name = pick(1);
                }
                Evidence::Callee(name, _) | Evidence::Fact(name) => *name = pick(index),
            }
        }
        if let Some(fix) = &mut finding.fix {
            fix.note = Some(pick(5));
            fix.after = text(&HOSTILE.join("!\n"));
            fix.edits[0].text = pick(1);
        }
    }
    advice.unlooked[0].what = pick(1);
    (profile, advice)
}

fn code_at(index: usize) -> Arc<Code> {
    let name = HOSTILE[index % HOSTILE.len()];
    let file = HOSTILE[(index / HOSTILE.len() + index) % HOSTILE.len()];
    code(name, file, index as u32)
}

/// Recursion `depth` frames deep, caught at two depths.
pub(crate) fn deep(depth: u32) -> (Profile, Advice) {
    let (mut profile, advice) = orders();
    let walk = code("walk", "/srv/shop/orders.py", 31);
    profile.locations = vec![at(&walk, 33, (8, 20)), at(&walk, 34, (15, 30))];
    let recursion = |depth: u32| Stack {
        locations: std::iter::once(0).chain(std::iter::repeat_n(1, depth as usize - 1)).collect(),
    };
    profile.stacks = vec![recursion(depth), recursion(depth / 2)];
    profile.counts = vec![count(0, 0, BUSY, 600), count(1, 0, BUSY, 400)];
    profile.operands.clear();
    profile.memory.clear();
    (profile, Advice { findings: Vec::new(), ..advice })
}
