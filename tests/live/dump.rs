//! One look at every thread: names, stacks, variables.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use unslow::profile::Target as Facts;
use unslow::report::dump as report;
use unslow::sample::dump::{Content, Dump, Local, Thread, Value};

use crate::schema;
use crate::support::{Interpreter, Target, interpreters, names};

/// Dumps until `wanted` holds of one, at most ten seconds: the target reaches where it is to be
/// looked at a little after it has said that it is ready.
pub(crate) fn dump_where(target: &Target, locals: bool, wanted: impl Fn(&Dump) -> bool) -> Dump {
    let mut sampler = target.attach();
    let start = Instant::now();
    loop {
        let dump = sampler.dump(locals).expect("the target is alive");
        if dump.lost == 0 && wanted(&dump) {
            return dump;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{dump:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn leaf(thread: &Thread) -> &str {
    thread.sample.frames[0].code.name.data().rsplit('.').next().expect("a name")
}

fn thread<'a>(dump: &'a Dump, name: &str) -> &'a Thread {
    let is_it = |thread: &&Thread| thread.name.as_ref().is_some_and(|it| it.data() == name);
    dump.threads.iter().find(is_it).unwrap_or_else(|| panic!("no {name} in {dump:?}"))
}

/// Both forms of what was seen: none may have what acts on a terminal, and the JSON holds to its
/// schema.
pub(crate) fn shown(dump: &Dump) -> (String, serde_json::Value) {
    let facts = Facts { python: Some(dump.interpreter.python), ..Facts::default() };
    let excerpts = report::Excerpts::new();
    let input =
        report::Input { dump, target: &facts, excerpts: &excerpts, color: false, width: 120 };
    let text = String::from_utf8(report::text(&input)).expect("UTF-8");
    let json = String::from_utf8(report::json(&input).expect("JSON")).expect("UTF-8");
    for shown in [&text, &json] {
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
    }
    let json = serde_json::from_str(&json).expect("JSON");
    schema::check(include_str!("../../schemas/dump.json"), &json);
    (text, json)
}

const THREADS: &str = "
import sys, threading, time
def sleeper(n):
    time.sleep(n)
def spinner():
    while True: pass
for body, args, name in ((sleeper, (1000,), 'loader-1'), (spinner, (), 'busy \\x1b[31m\\u202e')):
    thread = threading.Thread(target=body, args=args, name=name)
    thread.daemon = True
    thread.start()
sys.stdout.write('ready\\n'); sys.stdout.flush()
def waiter():
    time.sleep(1000)
waiter()
";

#[test]
fn every_thread_has_its_name_and_stack() {
    for python in interpreters().iter().filter(|python| python.version.0 == 3) {
        let target = Target::start(python, THREADS);
        let dump = dump_where(&target, false, |dump| {
            dump.threads.iter().map(leaf).all(|leaf| leaf != "start" && leaf != "<module>")
                && dump.threads.len() == 3
        });
        let main = thread(&dump, "MainThread");
        assert_eq!(main.sample.thread, target.pid(), "{python:?}");
        assert_eq!(names(&main.sample), ["<module>", "waiter"], "{python:?}");
        assert_eq!(leaf(thread(&dump, "loader-1")), "sleeper", "{python:?}");
        let busy = thread(&dump, "busy \x1b[31m\u{202e}");
        assert_eq!(leaf(busy), "spinner", "{python:?}");
        assert!(busy.sample.state.is_busy() && !main.sample.state.is_busy(), "{python:?}");
        assert!(dump.threads.iter().all(|thread| thread.locals.is_empty()), "not asked for");
        let (text, _) = shown(&dump);
        assert!(text.contains(r"(busy \u{1b}[31m\u{202e})"), "{text}");
    }
}

const VALUES: &str = "
import sys, collections
class Order:
    __slots__ = ('n',)
class Named(str): pass
class Count(int): pass
class Share(float): __slots__ = ()
class Weight(Share): pass
class Raw(bytes): pass
class Stack(list): pass
class Table(dict): pass
class Pair(tuple): pass
class Bag(set): pass
Point = collections.namedtuple('Point', 'x y')
def work(seen, größe='x\\x1b[31m\\u202e', big=2**70, minus=-7, huge=-10**300, flag=True):
    none = None; pi = 3.25; raw = b'a\\x00\\xff'; wide = '日本'; astral = '😀' * 300
    order = Order(); point = Point(1, 2.5); empty = []; zero = 0
    table = {'a': 1, None: [1, 2]}; letters = {'a'}; pair = (None, Named('n')); frozen = frozenset()
    gone = {str(i): i for i in range(20)}
    for i in range(19): del gone[str(i)]
    name = Named('rot'); wide_name = Named('日本'); long_name = Named('ü' * 900)
    count = Count(-5); share = Share(0.5); weight = Weight(2.5); own_raw = Raw(b'ab')
    stack = Stack([1]); own_table = Table(a=1); own_pair = Pair((1, 2)); bag = Bag({7})
    captured = 41; page = type('Page[User]', (), {})()
    def inner():
        while True: (captured, seen)
    inner()
sys.stdout.write('ready\\n'); sys.stdout.flush()
work(list(range(5000)))
";

fn text(start: &str, cut: bool) -> Content {
    Content::Text { start: unslow::text::Untrusted::new(start), cut }
}

fn is(content: Content) -> impl Fn(&Value) -> bool {
    move |value| value.content == content
}

/// Whether the first elements are these.
fn begins(first: &'static [Content]) -> impl Fn(&Value) -> bool {
    move |value| {
        let Content::Elements(elements) = &value.content else { return false };
        let contents = elements.iter().flatten().map(|element| &element.content);
        elements.iter().all(Option::is_some)
            && contents.zip(first).all(|(seen, it)| seen == it)
            && elements.len() >= first.len()
    }
}

type Check = Box<dyn Fn(&Value) -> bool>;

fn expected() -> Vec<(&'static str, &'static str, Option<u64>, Check)> {
    let entries = |wanted: &'static str| -> Check {
        Box::new(move |value| {
            let Content::Entries(entries) = &value.content else { return false };
            let told = |it: &Option<Value>| match it.as_ref().map(|value| &value.content) {
                Some(Content::Text { start, .. }) => start.data().to_owned(),
                Some(Content::Int(number)) => number.to_string(),
                Some(Content::None) => "None".to_owned(),
                Some(Content::Unseen) => "unseen".to_owned(),
                other => panic!("{other:?}"),
            };
            let entry = |(key, value): &(_, _)| format!("{}={}", told(key), told(value));
            entries.iter().map(entry).collect::<Vec<_>>().join(" ") == wanted
        })
    };
    let is = |content| -> Check { Box::new(is(content)) };
    let begins = |first| -> Check { Box::new(begins(first)) };
    vec![
        ("seen", "list", Some(5000), begins(&[Content::Int(0), Content::Int(1), Content::Int(2)])),
        ("größe", "str", Some(7), is(text("x\x1b[31m\u{202e}", false))),
        ("big", "int", None, is(Content::Int(1 << 70))),
        ("minus", "int", None, is(Content::Int(-7))),
        ("huge", "int", None, is(Content::LongInt { bits: 1020, negative: true })),
        ("flag", "bool", None, is(Content::Bool(true))),
        ("none", "NoneType", None, is(Content::None)),
        ("pi", "float", None, is(Content::Float(3.25))),
        ("raw", "bytes", Some(3), is(Content::Bytes { start: b"a\x00\xff".to_vec(), cut: false })),
        ("wide", "str", Some(2), is(text("日本", false))),
        ("astral", "str", Some(300), is(text(&"😀".repeat(64), true))),
        ("order", "Order", None, is(Content::Unseen)),
        ("point", "Point", Some(2), begins(&[Content::Int(1), Content::Float(2.5)])),
        ("empty", "list", Some(0), is(Content::Elements(Vec::new()))),
        ("zero", "int", None, is(Content::Int(0))),
        ("table", "dict", Some(2), entries("a=1 None=unseen")),
        (
            "letters",
            "set",
            Some(1),
            is(Content::Elements(vec![Some(Value {
                type_name: Some(unslow::text::Untrusted::new("str")),
                length: Some(1),
                footprint: None,
                content: text("a", false),
            })])),
        ),
        ("pair", "tuple", Some(2), pair()),
        ("name", "Named", Some(3), is(text("rot", false))),
        ("wide_name", "Named", Some(2), is(text("日本", false))),
        ("long_name", "Named", Some(900), is(text(&"ü".repeat(256), true))),
        ("count", "Count", None, is(Content::Int(-5))),
        ("share", "Share", None, is(Content::Float(0.5))),
        ("weight", "Weight", None, is(Content::Float(2.5))),
        ("own_raw", "Raw", Some(2), is(Content::Bytes { start: b"ab".to_vec(), cut: false })),
        ("stack", "Stack", Some(1), begins(&[Content::Int(1)])),
        ("own_table", "Table", Some(1), entries("a=1")),
        ("own_pair", "Pair", Some(2), begins(&[Content::Int(1), Content::Int(2)])),
        ("bag", "Bag", Some(1), begins(&[Content::Int(7)])),
        ("frozen", "frozenset", Some(0), is(Content::Elements(Vec::new()))),
        ("gone", "dict", Some(1), entries("19=19")),
        ("captured", "int", None, is(Content::Int(41))),
        ("inner", "function", None, is(Content::Unseen)),
    ]
}

/// `(None, Named('n'))`
fn pair() -> Check {
    Box::new(|value| {
        let Content::Elements(elements) = &value.content else { return false };
        let contents: Vec<_> = elements.iter().flatten().map(|it| &it.content).collect();
        contents == [&Content::None, &text("n", false)]
    })
}

fn variables(thread: &Thread, depth: usize) -> BTreeMap<&str, &Value> {
    let locals = thread.locals[depth].as_ref().expect("it still runs");
    locals.shown.iter().map(|Local { name, value }| (name.data(), value)).collect()
}

fn in_inner(python: &Interpreter, locals: bool) -> Dump {
    let target = Target::start(python, VALUES);
    let is_there = |dump: &Dump| dump.threads.iter().any(|thread| leaf(thread) == "inner");
    dump_where(&target, locals, is_there)
}

#[test]
fn variables_have_their_types_lengths_and_values() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let dump = in_inner(python, true);
        let thread = &dump.threads[0];
        let work = variables(thread, 1);
        for (name, type_name, length, holds) in expected() {
            let value = work.get(name).unwrap_or_else(|| panic!("{python:?}: no {name}: {work:?}"));
            let told = value.type_name.as_ref().map(|name| name.data());
            assert_eq!((told, value.length), (Some(type_name), length), "{python:?}: {name}");
            assert!(holds(value), "{python:?}: {name}: {value:?}");
        }
        // And the loop's, and one of a type that is called what no class statement could call it.
        assert_eq!(work.len(), expected().len() + 2, "{python:?}: {work:?}");
        let inner = variables(thread, 0);
        assert_eq!(inner.keys().copied().collect::<Vec<_>>(), ["captured", "seen"], "{python:?}");
        let module = variables(thread, 2);
        assert!(module.is_empty(), "{python:?}: what a module defines is no variable: {module:?}");
        let (text, _) = shown(&dump);
        assert!(text.contains("    page: Page[User]\n"), "{text}");
        assert!(text.contains(r"größe: str of 7 = 'x\u{1b}[31m\u{202e}'"), "{text}");
        let list = "seen: list of 5,000 (40.1 kB, about 1";
        let held = " kB with what it holds) = [0, 1, 2, 3, 4, 5, 6, 7, …]";
        assert!(text.lines().any(|it| it.contains(list) && it.contains(held)), "{text}");
        let few = work["gone"].footprint;
        let footprint = work["seen"].footprint.expect("it is long");
        assert_eq!((few, footprint.shallow), (None, 40_056), "{python:?}");
        // 28 bytes an `int`, but for the small ones, which are there anyway: a thousand on 3.15.
        assert!((130_000..200_000).contains(&footprint.deep), "{python:?}: {footprint:?}");
    }
}

#[test]
fn older_versions_show_variables_as_text() {
    for python in
        interpreters().iter().filter(|python| (3, 6) <= python.version && python.version < (3, 11))
    {
        let dump = in_inner(python, true);
        let work = variables(&dump.threads[0], 1);
        assert_eq!(work["minus"].content, Content::Shown(unslow::text::Untrusted::new("-7")));
        // py-spy leaves out what an inner function closes over.
        assert!(work.contains_key("flag") && !work.contains_key("seen"), "{python:?}: {work:?}");
        shown(&dump);
    }
}

#[test]
fn variables_beyond_those_that_are_shown_are_counted() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 6)) {
        let source = "
import sys, time
def lines(count): return ''.join('    v%d = %d\\n' % (i, i) for i in range(count))
exec('def inner():\\n' + lines(300) + '    sys.stdout.write(\"ready\\\\n\"); sys.stdout.flush()\\n'
     + '    time.sleep(1000)\\n')
exec('def wide():\\n' + lines(5000) + '    inner()\\n')
def work():
    large = 1 << 300
    evil = type('E\\x1b[31mvil', (), {})()
    wide()
work()
";
        let target = Target::start(python, source);
        let dump = dump_where(&target, true, |dump| leaf(&dump.threads[0]) == "inner");
        let thread = &dump.threads[0];
        let counts = |depth: usize| {
            let locals = thread.locals[depth].as_ref().expect("it still runs");
            (locals.shown.len(), locals.left_out)
        };
        assert_eq!([counts(0), counts(1)], [(300, 0), (1_024, 5_000 - 1_024)], "{python:?}");
        let (text, json) = shown(&dump);
        assert!(text.contains("      … and 3,976 more variables\n"), "{python:?}");
        assert_eq!(json["threads"][0]["frames"][1]["more_locals"], 3_976, "{python:?}");
        assert!(!text.contains("bigint") && text.contains("      large"), "{python:?}");
        if python.version >= (3, 11) {
            assert!(text.contains(r"      evil: E\u{1b}[31mvil"), "{python:?}");
        }
    }
}

#[test]
fn variables_of_deep_recursion_are_bounded() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = "
import sys
sys.setrecursionlimit(10000)
def down(n, a=1, b=2):
    if n == 0:
        sys.stdout.write('ready\\n'); sys.stdout.flush()
        while True: pass
    down(n - 1)
down(2999)
";
        let target = Target::start(python, source);
        let dump = dump_where(&target, true, |dump| dump.threads[0].sample.frames.len() > 3000);
        let thread = &dump.threads[0];
        let seen: usize = thread.locals.iter().flatten().map(|it| it.shown.len()).sum();
        assert_eq!(seen, unslow::limits::DUMPED_LOCALS, "{python:?}");
        assert!(thread.locals.len() < thread.sample.frames.len(), "{python:?}");
        let (text, _) = shown(&dump);
        assert!(text.lines().count() < 3 * unslow::limits::DUMPED_LOCALS, "{python:?}");
        assert!(text.contains("Variables of further frames are not shown"), "{python:?}");
    }
}

/// As those of a loop that is written in C.
#[test]
fn tasks_of_a_loop_without_frames_are_listed() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let source = "
import asyncio
async def waiter(): await asyncio.Future()
async def runner():
    while True:
        for _ in range(100_000): pass
        await asyncio.sleep(0)
loop = asyncio.new_event_loop()
asyncio._set_running_loop(loop)
tasks = [loop.create_task(waiter(), name='still'), loop.create_task(runner(), name='busy')]
print('ready', flush=True)
while loop._ready:
    handle = loop._ready.popleft()
    handle._context.run(handle._callback, *handle._args)
";
        let target = Target::start(python, source);
        let are_listed = |dump: &Dump| {
            let tasks = dump.tasks.iter().flatten();
            let mut names: Vec<_> =
                tasks.filter_map(|it| it.name.as_ref()).map(|it| it.data()).collect();
            names.sort_unstable();
            names == ["busy", "still"]
        };
        dump_where(&target, false, are_listed);
    }
}
