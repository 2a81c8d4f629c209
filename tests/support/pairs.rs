//! What has to be known of the advisors' pairs to sample them.

/// Pairs whose frames come and go faster than a stack can be read while they run: most looks at
/// them are torn, unless the process stands still for each.
pub const EXACT: &[&str] = &[
    "contextmanager-in-loop",
    "df-append-in-loop",
    "df-scalar-access",
    "hot-decorator",
    "isinstance-protocol",
    "json-slow-path",
    "lambda-key",
    "late-binding",
    "map-lambda",
    "n-plus-one-query",
    "regex-in-loop",
];

/// How a `slow.py` declares that its pair is run once, as it is and alone: one that uses several
/// processors, since a pool that is made again and again is never seen at its full size, or one
/// that is about garbage collection.
pub const RUN_ONCE: &str = "\nRUN_ONCE = ";
