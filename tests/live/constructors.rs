//! Time inside of constructors, of which CPython runs some in the caller's own loop.

use std::time::Duration;

use crate::support::{Target, interpreters, names, sweeps};

const PROGRAM: &str = "
from dataclasses import dataclass

def spin(n):
    while n:
        n -= 1

class Plain:
    def __init__(self, n):
        spin(n)

class Derived(Plain):
    def __init__(self, n):
        super().__init__(n)

class Captured:
    def __init__(self, n):
        self.n = n
        self.again = lambda: self
        spin(n)

@dataclass
class Record:
    n: int
    def __post_init__(self):
        spin(self.n)

def plain(n): return Plain(n)
def derived(n): return Derived(n)
def captured(n): return Captured(n)
def record(n): return Record(n)

for _ in range(2000):
    plain(1); derived(1); captured(1); record(1)
print('ready', flush=True)
while True:
    plain(20000); derived(20000); captured(20000); record(20000)
";

#[test]
fn are_seen_to_their_inner_end() {
    for python in interpreters().iter().filter(|python| python.version >= (3, 11)) {
        let target = Target::start(python, PROGRAM);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 400, Duration::from_millis(3));
        let samples: Vec<_> = sweeps.iter().flat_map(|sweep| &sweep.samples).collect();
        for (function, init) in [
            ("plain", "Plain.__init__"),
            ("derived", "Derived.__init__"),
            ("captured", "Captured.__init__"),
            ("record", "Record.__post_init__"),
        ] {
            let of_it: Vec<_> =
                samples.iter().map(|it| names(it)).filter(|it| it.contains(&function)).collect();
            let is_seen = |stack: &&Vec<&str>| stack.contains(&init) && stack.ends_with(&["spin"]);
            let seen = of_it.iter().filter(is_seen).count();
            println!("{python:?}: {function}: {seen} of {} to their inner end", of_it.len());
            assert!(of_it.len() >= 20, "{python:?}: {function}: {}", of_it.len());
            let odd: Vec<_> = of_it.iter().filter(|stack| !is_seen(stack)).take(3).collect();
            assert!(seen * 20 >= of_it.len() * 19, "{python:?}: {function}: {odd:?}");
        }
    }
}
