//! What the keys do.

/// Shown instead of the rows; what matters most comes first, for small terminals.
pub(super) const LINES: &[&str] = &[
    "q, Ctrl-C  quit",
    "s t n      sort by self, total, name",
    "Left Right sort by the column beside",
    "f l e      functions, lines, expressions",
    "h          threads",
    "Tab        the next of these",
    "w          last seconds, since the start",
    "/          filter: Enter keeps, Esc ends",
    "space      pause the picture",
    "Up Down    scroll; Page Up, Page Down,",
    "           Home and End too",
    "Ctrl-L     draw afresh",
    "",
    "self: at the top of the stack; total:",
    "anywhere on it. Shares are of the time,",
    "or of the busy samples where several",
    "threads were busy at once.",
];
