//! Profile and advice to bytes: one file a format, one [`FORMATS`] table. No IO, clock or process.

mod calls;
pub mod catalogue;
mod ci;
mod containers;
pub mod diff;
pub mod dump;
mod findings_json;
mod flamegraph;
mod folded;
mod html;
mod json;
mod memory;
pub(crate) mod names;
pub(crate) mod numbers;
mod page;
mod patch;
mod pprof;
mod quality;
mod selection;
pub(crate) mod sentences;
mod speedscope;
mod text;
mod timeline;

/// What is printed where no format is asked for.
pub use text::render as text;

use std::path::Path;

use crate::advise::Advice;
use crate::profile::Profile;
use crate::profile::file::ProfileError;

/// A kind of output.
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// Ends of file names that mean it, with their first dot.
    pub extensions: &'static [&'static str],
    /// What it is for, as a clause.
    pub describe: &'static str,
    /// Makes the file's bytes.
    pub render: fn(&Input<'_>) -> Result<Vec<u8>, ReportError>,
}

/// Every format. Help, checks of `-o` and tests iterate this.
pub static FORMATS: &[Format] = &[
    Format {
        name: "text",
        extensions: &[".txt"],
        describe: "findings, evidence and refactors, to be read",
        render: text::render,
    },
    Format {
        name: "flamegraph",
        extensions: &[".svg"],
        describe: "interactive flamegraph for a browser",
        render: flamegraph::render,
    },
    Format {
        name: "html",
        extensions: &[".html", ".htm"],
        describe: "one page for a browser: findings, flame graph and hot source together",
        render: html::render,
    },
    Format {
        name: "json",
        extensions: &[".json"],
        describe: "findings for programs, schema unslow.findings/1",
        render: findings_json::render,
    },
    Format {
        name: "pprof",
        extensions: &[".pb.gz", ".pprof"],
        describe: "the whole profile, for `unslow report`, `go tool pprof`, Pyroscope",
        render: pprof::render,
    },
    Format {
        name: "speedscope",
        extensions: &[".speedscope.json"],
        describe: "stacks for speedscope.app, one profile a thread",
        render: speedscope::render,
    },
    Format {
        name: "folded",
        extensions: &[".folded", ".collapsed"],
        describe: "one line a stack and its count, for other flamegraph tools",
        render: folded::render,
    },
    Format {
        name: "chrome",
        extensions: &[".trace.json"],
        describe: "what ran when, by thread, for Perfetto and chrome://tracing",
        render: timeline::chrome::render,
    },
    Format {
        name: "firefox",
        extensions: &[".firefox.json"],
        describe: "what ran when, by thread, for profiler.firefox.com",
        render: timeline::firefox::render,
    },
    Format {
        name: "callgrind",
        extensions: &[".callgrind"],
        describe: "functions and calls for KCachegrind, which are samples",
        render: calls::callgrind::render,
    },
    Format {
        name: "pstats",
        extensions: &[".pstats", ".prof"],
        describe: "functions for Python's pstats, snakeviz, gprof2dot, whose calls are samples",
        render: calls::pstats::render,
    },
    Format {
        name: "markdown",
        extensions: &[".md"],
        describe: "findings for the summary of a CI job",
        render: ci::markdown::render,
    },
    Format {
        name: "patch",
        extensions: &[".patch", ".diff"],
        describe: "the refactors as one patch, for `git apply`",
        render: patch::render,
    },
    Format {
        name: "sarif",
        extensions: &[".sarif", ".sarif.json"],
        describe: "findings for code scanning, SARIF 2.1.0",
        render: ci::sarif::render,
    },
    Format {
        name: "junit",
        extensions: &[".junit.xml", ".xml"],
        describe: "a test for each finding, which fails unless a check lets it pass, for CI",
        render: ci::junit::render,
    },
    Format {
        name: "github",
        extensions: &[".annotations"],
        describe: "annotations of GitHub Actions, to be printed in a job",
        render: ci::annotations::render,
    },
];

/// What a format is made of.
pub struct Input<'a> {
    /// What was recorded.
    pub profile: &'a Profile,
    /// What there is to say about it.
    pub advice: &'a Advice,
    /// What of it to show, and how.
    pub view: &'a View,
}

/// What can still be chosen after recording. The default shows busy samples by line, all threads
/// together, 100 columns wide without colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Include threads that waited or slept (`-i`).
    pub idle: bool,
    /// Only threads that held the interpreter's lock (`-g`).
    pub gil: bool,
    /// Only threads inside of an asyncio task, by task (`--async`).
    pub tasks: bool,
    /// Only threads that were collecting garbage (`--gc`).
    pub gc: bool,
    /// Keep threads apart (`-t`).
    pub by_thread: bool,
    /// Functions instead of lines (`-F`).
    pub functions: bool,
    /// The types that the parameters of hot functions had (`--signatures`).
    pub signatures: bool,
    /// Use colours, for a terminal.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Formats that are written beside it: nobody has to be told to ask for them.
    pub written: Vec<&'static str>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            idle: false,
            gil: false,
            tasks: false,
            gc: false,
            by_thread: false,
            functions: false,
            signatures: false,
            color: false,
            width: 100,
            written: Vec::new(),
        }
    }
}

/// Why a format could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nothing that the view would show; the numbers say what is left.
    #[error("nothing to draw: {}", .0.sentence())]
    Empty(Emptiness),
    /// See [`ProfileError`].
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A library that draws refused.
    #[error("cannot draw the flamegraph: {0}")]
    Drawing(#[from] std::io::Error),
    /// Numbers that have no place in JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A library that writes XML refused.
    #[error("cannot write XML: {0}")]
    Xml(#[from] quick_junit::SerializeError),
}

impl ReportError {
    /// Whether a library refused what it should never be given.
    pub fn is_bug(&self) -> bool {
        matches!(self, Self::Drawing(_) | Self::Json(_) | Self::Xml(_))
    }
}

/// Why a view shows no sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptiness {
    /// There are none at all.
    NoSamples,
    /// All were idle.
    AllIdle,
    /// None held the lock.
    NoneHeldLock,
    /// None was in an asyncio task.
    NoneInTask,
    /// None collected garbage.
    NoneCollected,
}

impl Emptiness {
    /// Why, and what to do next.
    fn sentence(self) -> &'static str {
        match self {
            Self::NoSamples => {
                "no sample was taken; the program may have been too short, try a higher --rate"
            }
            Self::AllIdle => "no sample was busy; --idle shows the threads that wait",
            Self::NoneInTask => {
                "no sample was busy inside of an asyncio task, which are read of CPython 3.11 and newer, but not \
                 of free-threaded builds; leave out --async"
            }
            Self::NoneHeldLock => "no sample held the interpreter's lock; leave out --gil",
            Self::NoneCollected => "no sample was collecting garbage; leave out --gc",
        }
    }
}

/// Seconds that a sample is drawn as where a format knows time alone and the recording tells none.
const DRAWN_SECONDS: f64 = 1e-3;

/// What has to be said of the numbers in a file of this format: none can say that it counts samples.
pub fn unit_note(format: &Format, profile: &Profile) -> Option<&'static str> {
    let tells_time = profile.timing.tells_time();
    match format.name {
        "callgrind" => Some("a sampler counts no calls: what callgrind calls so are samples"),
        "pstats" if tells_time => {
            Some("a sampler counts no calls: what pstats calls so are samples")
        }
        "pstats" => {
            Some("the recording tells no time: what pstats calls seconds and calls are samples")
        }
        "chrome" | "firefox" if !tells_time => {
            Some("the recording tells no time: a sample is drawn as 1 ms")
        }
        _ => None,
    }
}

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The format that the end of a file's name means; the longest end wins, so that
/// `x.speedscope.json` is not mistaken for findings.
pub fn by_extension(path: &Path) -> Option<&'static Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let fits = |format: &'static Format| {
        let ends = format.extensions.iter().filter(|end| name.ends_with(**end));
        ends.map(|end| (end.len(), format)).max_by_key(|(length, _)| *length)
    };
    FORMATS.iter().filter_map(fits).max_by_key(|(length, _)| *length).map(|(_, format)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_extension_means_its_format_and_no_other() {
        for format in FORMATS {
            assert_eq!(by_name(format.name).map(|f| f.name), Some(format.name));
            for extension in format.extensions {
                let path = format!("out/Flame{}", extension.to_uppercase());
                let found = by_extension(Path::new(&path)).map(|f| f.name);
                assert_eq!(found, Some(format.name), "{path}");
            }
        }
        assert!(by_extension(Path::new("flame.png")).is_none());
        assert!(by_extension(Path::new("-")).is_none());
    }
}
