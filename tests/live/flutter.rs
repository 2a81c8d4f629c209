//! Programs whose stacks change as fast as can be, with every stack that they can have.

/// A program that never ends, and what its stacks may be, outermost first.
pub(crate) struct Flutter {
    pub(crate) what: &'static str,
    pub(crate) source: &'static str,
    pub(crate) is_possible: fn(&[&str]) -> bool,
}

/// Two calls in turn.
pub(crate) const CALLS: Flutter = Flutter {
    what: "calls",
    source: "
def leaf_a(): return 1
def leaf_b(): return 2
def hot_a(): return leaf_a()
def hot_b(): return leaf_b()
def flutter():
    while True:
        hot_a(); hot_b()
flutter()
",
    is_possible: |names| {
        matches!(
            names,
            ["<module>", "flutter"]
                | ["<module>", "flutter", "hot_a" | "hot_b"]
                | ["<module>", "flutter", "hot_a", "leaf_a"]
                | ["<module>", "flutter", "hot_b", "leaf_b"]
        )
    },
};

/// Two generators that are driven in turn.
pub(crate) const GENERATORS: Flutter = Flutter {
    what: "generators",
    source: "
def leaf_a(): return 1
def leaf_b(): return 2
def gen_a():
    while True: yield leaf_a()
def gen_b():
    while True: yield leaf_b()
def flutter():
    a, b = gen_a(), gen_b()
    while True:
        next(a); next(b)
flutter()
",
    is_possible: |names| {
        matches!(
            names,
            ["<module>", "flutter"]
                | ["<module>", "flutter", "gen_a" | "gen_b"]
                | ["<module>", "flutter", "gen_a", "leaf_a"]
                | ["<module>", "flutter", "gen_b", "leaf_b"]
        )
    },
};
