//! What a hotspot in Python code means and what to write instead.
//!
//! The leaf of the workspace: pure functions from (source, hotspots, evidence) to findings. It
//! knows no process, disk, clock or terminal.
//!
//! # A new advisor
//!
//! An advisor is a folder beside `src`, which `build.rs` collects into [`CATALOGUE`]; nothing else
//! has to be touched. The folder `some-advice` holds
//!
//! - `advisor.rs` with `pub(crate) struct SomeAdvice;` and its [`Advisor`]: find the
//!   pattern in the tree ([`shape::Tree`]), ask for its heat ([`Case::heat`], [`Case::heat_on`]), what
//!   was seen ([`Case::sight`]) and what the fix would save ([`Case::gain`]), and write the edits
//!   ([`rewrite`]);
//! - `explain.md`, whose first heading is the title, whose next paragraph is `Needs to see: ...` (what
//!   must be seen in the process, for the table in `README.md`), and whose `python` blocks are run;
//! - `slow.py` and `fast.py`, which print the same and bear marks ([`marks`]); each has `work`, and
//!   may have `prepare(n)`, which gives the arguments of `work` and is not timed; `slow.py` names
//!   the `SIZES` that are timed, and where the pair uses several processors or is about the
//!   collector, in `RUN_ONCE`, what `work` is given when it is sampled, once and alone; where the fix
//!   does not pay on older CPythons, it names in `PAYS_FROM` the first on which it does: before that one
//!   it must stay silent;
//! - `cases.md`: `python` blocks with marks, each followed by what must be said of it, or with the
//!   word `silent`, which more of them must have (`UPDATE_EXPECT=1 cargo test -p advisors` writes what
//!   is said);
//! - `gain.toml`, which `cargo bench -p advisors --bench gain -- some-advice` writes.

mod activity;
mod callees;
mod case;
mod concat;
mod event_loop;
mod exchange;
mod finding;
mod gain;
mod heat;
mod join;
mod keys;
#[cfg(test)]
mod kit;
mod left_alone;
mod list_calls;
pub mod marks;
mod passing;
mod place;
mod queries;
mod repeats;
pub mod rewrite;
pub mod shape;
mod sight;

pub mod source;
mod turns;
mod unnamed;
pub mod words;

pub use activity::Activity;
pub use callees::Callee;
pub use case::{Case, Distinct, Heat, Hotspot, Lengths, Operand, Pool};
pub use event_loop::{Awaited, InEventLoop, OTHERS};
pub use exchange::Exchange;
pub use finding::{Bytes, Edit, Evidence, Finding, Fix, FixError, Safety, Worth};
pub use gain::{Gain, GainRow, GainTable, Ratio};
pub use place::{Place, Python};
pub use sight::Sight;
pub(crate) use sight::{is_no_key, is_what_it_is_called};
pub use source::{Encoding, Source, SourceError};
pub use unnamed::named;

/// Looks at one source file with its heat and evidence, and says what to write instead.
pub trait Advisor: Sync {
    /// Findings in `case`, each above every gate. Empty when there is nothing to say.
    fn examine(&self, case: &Case<'_>) -> Vec<Finding>;

    /// Whether what its findings save is time of the whole run, however many threads are busy at once;
    /// what others save is busy time of the threads that run the place.
    fn saves_elapsed(&self) -> bool {
        false
    }
}

/// One advisor's folder.
pub struct Entry {
    /// Stable, kebab-case; the folder's name.
    pub id: &'static str,
    /// One line, the first heading of `explain.md`.
    pub title: &'static str,
    /// The detection.
    pub advisor: &'static dyn Advisor,
    /// What `unslow explain ID` prints (Markdown).
    pub explain: &'static str,
    /// The living example, before.
    pub slow: &'static str,
    /// The living example, after; same output.
    pub fast: &'static str,
    /// Literate must-fire and must-stay-silent snippets.
    pub cases: &'static str,
    /// What the pair measured.
    pub gains: GainTable,
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The advisor of that name.
pub fn find(id: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.id == id)
}
