//! Where in a source file something stands, and which Python runs it.

use std::fmt;

/// A stretch of source text as CPython's location table tells it.
///
/// Lines count from 1 (0: unknown); columns count from 0 in UTF-8 bytes of their line. Columns are
/// known for CPython 3.11 and later, unless the program was started with `-X no_debug_ranges`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// First line, from 1; 0 when it is unknown.
    pub line: u32,
    /// Last line, from 1; equal to `line` when only the line is known.
    pub end_line: u32,
    /// Start column on `line` and end column (exclusive) on `end_line`.
    pub columns: Option<(u32, u32)>,
}

impl Place {
    /// A place known by its line alone.
    pub const fn line(line: u32) -> Self {
        Self { line, end_line: line, columns: None }
    }

    /// Whether `inner` is this place or stands within it; by its first line alone where the columns of
    /// either are not known.
    pub fn contains(self, inner: Self) -> bool {
        match (self.columns, inner.columns) {
            (Some((start, end)), Some((inner_start, inner_end))) => {
                (self.line, start) <= (inner.line, inner_start)
                    && (inner.end_line, inner_end) <= (self.end_line, end)
            }
            _ => (self.line..=self.end_line).contains(&inner.line),
        }
    }
}

/// The version of a CPython.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Python {
    /// 2 or 3.
    pub major: u8,
    /// The 13 of 3.13.0.
    pub minor: u8,
    /// The 0 of 3.13.0; [`Python::UNKNOWN_PATCH`] when it is not told.
    pub patch: u8,
    /// Whether it is a build without the interpreter's lock (PEP 703), where that is known.
    pub free_threaded: bool,
}

impl Python {
    /// More than any release of CPython has had.
    pub const UNKNOWN_PATCH: u8 = u8::MAX;

    /// CPython `major.minor`, patch 0, with the lock.
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor, patch: 0, free_threaded: false }
    }

    /// The newest minor version that is known.
    pub const NEWEST: Self = Self::new(3, 15);

    /// Whether it is of a minor version after the newest known.
    pub fn is_newer_than_known(self) -> bool {
        (self.major, self.minor) > (Self::NEWEST.major, Self::NEWEST.minor)
    }

    /// As a report names it, with what is to be known of a build that is not among those known.
    pub fn described(self) -> String {
        let build = if self.free_threaded { ", free-threaded (experimental)" } else { "" };
        let version = match self.is_newer_than_known() {
            true => format!(", read as {}.{} (untested)", Self::NEWEST.major, Self::NEWEST.minor),
            false => String::new(),
        };
        format!("CPython {self}{build}{version}")
    }

    /// How well its build is read, in one word: `tested`, `experimental` or `untested`.
    pub fn support(self) -> &'static str {
        match self.is_newer_than_known() {
            true => "untested",
            false if self.free_threaded => "experimental",
            false => "tested",
        }
    }

    /// Whether both may be of the same build, as far as they are known.
    pub fn may_be(self, other: Self) -> bool {
        let is_told = ![self.patch, other.patch].contains(&Self::UNKNOWN_PATCH);
        let patch = if is_told { other.patch } else { self.patch };
        self == Self { patch, ..other }
    }

    /// Whether this is `major.minor` or newer.
    pub fn at_least(self, major: u8, minor: u8) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.patch {
            Self::UNKNOWN_PATCH => Ok(()),
            patch => write!(f, ".{patch}"),
        }
    }
}
