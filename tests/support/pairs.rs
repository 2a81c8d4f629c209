//! What has to be known of the advisors' pairs to sample them.

/// Pairs of which the share is told far too small unless the process stands still for each look: C code
/// calls a lambda that is over in a tenth of a microsecond; a value passes through ten generators, each
/// of which lives shortly; a generator is driven item by item, and its caller's stack is told from its
/// own too seldom on a busy machine (3.14 and later).
pub const EXACT: &[&str] = &["lambda-key", "stopiteration-in-generator", "yield-from"];

/// How a `slow.py` declares that its pair is run once, as it is and alone: one that uses several
/// processors, since a pool that is made again and again is never seen at its full size, or one
/// that is about garbage collection.
pub const RUN_ONCE: &str = "\nRUN_ONCE = ";
