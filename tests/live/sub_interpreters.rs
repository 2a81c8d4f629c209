//! Threads that run code in another interpreter of their process.

use unslow::sample::dump::Dump;

use crate::dump::{dump_where, leaf, shown};
use crate::support::{Target, interpreters, names};

#[test]
fn a_thread_in_another_interpreter_is_dumped_once() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 12)) {
        let module = if python.version >= (3, 13) { "_interpreters" } else { "_xxsubinterpreters" };
        let source = format!(
            "
import {module} as interpreters, sys, threading, time
code = '''
import time
def inside():
    told = 41
    time.sleep(1000)
inside()
'''
def drive(): interpreters.run_string(interpreters.create(), code)
thread = threading.Thread(target=drive, name='driver')
thread.daemon = True
thread.start()
sys.stdout.write('ready\\n'); sys.stdout.flush()
def waiter(): time.sleep(1000)
waiter()
"
        );
        let target = Target::start(python, &source);
        let is_there = |dump: &Dump| dump.threads.iter().any(|it| leaf(it) == "inside");
        let dump = dump_where(&target, true, is_there);
        assert_eq!(dump.threads.len(), 2, "{python:?}: {:?}", dump.threads);
        let driver = dump.threads.iter().find(|it| leaf(it) == "inside").expect("it was there");
        let names = names(&driver.sample);
        let outer = names.iter().position(|it| *it == "drive").expect("who called it");
        assert!(names[outer..].contains(&"<module>"), "{python:?}: {names:?}");
        assert_eq!(driver.interpreter, 0, "{python:?}");
        let (text, _) = shown(&dump);
        assert!(text.contains("(driver): waiting") && text.contains("told: int = 41"), "{text}");
    }
}
