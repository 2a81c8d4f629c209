//! What the growth of memory is put down to.

use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::limits;
use crate::profile::Origin;
use crate::sample::{Code, Frame};

/// A line that ran, and who had called its function. A line is told by the first of its locations
/// that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::record) struct Site {
    /// The innermost.
    pub(in crate::record) location: u32,
    /// The nearest in another function of the program's own: functions of a library, and helpers, do
    /// not know what they work for.
    pub(in crate::record) caller: Option<u32>,
    /// Whether the innermost is the program's own.
    is_own: bool,
}

/// The program's part of a site: what it calls in a library, down to each line there, is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Who {
    location: u32,
    caller: Option<u32>,
}

impl Site {
    #[cfg(test)]
    pub(super) fn own(location: u32, caller: Option<u32>) -> Self {
        Self { location, caller, is_own: true }
    }

    /// The line of the program that had called it.
    pub(super) fn caller_itself(self) -> Option<Self> {
        self.caller.map(|location| Self { location, caller: None, is_own: true })
    }

    pub(super) fn who(self) -> Who {
        match self.caller {
            Some(location) if !self.is_own => Who { location, caller: None },
            caller => Who { location: self.location, caller },
        }
    }

    /// The same after locations were given other ids; `None` when it has none any more.
    pub(super) fn renumbered(self, new: &impl Fn(u32) -> Option<u32>) -> Option<Self> {
        let location = new(self.location)?;
        Some(Self { location, caller: self.caller.and_then(new), ..self })
    }
}

impl Who {
    /// As of a site.
    pub(super) fn renumbered(self, new: &impl Fn(u32) -> Option<u32>) -> Option<Self> {
        Some(Self { location: new(self.location)?, caller: self.caller.and_then(new) })
    }
}

/// By thread and site, with other ids.
pub(super) fn renumbered<T>(
    of: &mut FxHashMap<(u32, Site), T>,
    new: &impl Fn(u32) -> Option<u32>,
) -> FxHashMap<(u32, Site), T> {
    let moved =
        |((thread, site), it): ((u32, Site), T)| Some(((thread, site.renumbered(new)?), it));
    of.drain().filter_map(moved).collect()
}

/// The sites of stacks: names of files are looked into once for each.
#[derive(Debug, Default)]
pub(in crate::record) struct Sites {
    by_stack: FxHashMap<u32, Option<Site>>,
    /// The first location of each line.
    lines: FxHashMap<(Arc<Code>, u32), u32>,
}

impl Sites {
    /// That of a stack with that id, leaf first.
    pub(in crate::record) fn of(
        &mut self,
        stack: u32,
        frames: &[Frame],
        locations: &[u32],
    ) -> Option<Site> {
        if let Some(&site) = self.by_stack.get(&stack) {
            return site;
        }
        if self.by_stack.len() >= limits::STACKS_WITH_SITES {
            self.by_stack.clear();
        }
        let site = self.find(frames, locations);
        self.by_stack.insert(stack, site);
        site
    }

    fn find(&mut self, frames: &[Frame], locations: &[u32]) -> Option<Site> {
        let mut seen = frames.iter().zip(locations).filter(|(frame, _)| !frame.code.stands_in());
        let (innermost, &location) = seen.next()?;
        let mut callers = seen.filter(|(frame, _)| frame.code != innermost.code);
        let caller = callers.find(|(frame, _)| is_own(&frame.code));
        Some(Site {
            location: self.line(innermost, location),
            caller: caller.map(|(frame, &location)| self.line(frame, location)),
            is_own: is_own(&innermost.code),
        })
    }

    fn line(&mut self, frame: &Frame, location: u32) -> u32 {
        let line = (Arc::clone(&frame.code), frame.place.line);
        *self.lines.entry(line).or_insert(location)
    }

    /// Stacks and locations have other ids.
    pub(in crate::record) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn is_own(code: &Code) -> bool {
    Origin::of_code(code) == Some(Origin::Own)
}

#[cfg(test)]
mod tests {
    use advisors::Place;

    use super::*;
    use crate::sample::TOO_FAST;
    use crate::text::Untrusted;

    fn frame(name: &str, file: &str, line: u32) -> Frame {
        let (name, file) = (Untrusted::new(name), Untrusted::new(file));
        Frame { code: Arc::new(Code { name, file, first_line: 1 }), place: Place::line(line) }
    }

    #[test]
    fn a_site_has_the_innermost_line_and_the_nearest_of_the_program_that_called_it() {
        let library = "/usr/lib/python3.13/json/decoder.py";
        let (main, load) = (frame("main", "etl.py", 9), frame("load", "etl.py", 3));
        let (decode, scan) = (frame("decode", library, 340), frame("scan", library, 360));
        let unseen = frame(TOO_FAST, "", 0);
        let find = |frames: &[&Frame], ids: &[u32]| {
            let frames: Vec<Frame> = frames.iter().copied().cloned().collect();
            Sites::default().of(0, &frames, ids)
        };
        let below = find(&[&unseen, &scan, &decode, &load, &main], &[0, 1, 2, 3, 4]).unwrap();
        assert_eq!((below.location, below.caller), (1, Some(3)));
        let itself = find(&[&load, &load, &main], &[3, 3, 4]).unwrap();
        assert_eq!((itself.location, itself.caller), (3, Some(4)), "its recursion is no caller");
        assert_eq!(find(&[&main], &[4]), Some(Site::own(4, None)));
        assert_eq!(find(&[&unseen], &[0]), None);
        let other = find(&[&decode, &load, &main], &[2, 3, 4]).unwrap();
        assert_eq!(other.who(), below.who(), "the program's part is the same");
        assert_ne!(itself.who(), below.who());
    }

    #[test]
    fn expressions_of_a_line_are_one_site() {
        let mut sites = Sites::default();
        let first = frame("load", "etl.py", 3);
        let second =
            Frame { place: Place { columns: Some((4, 9)), ..first.place }, ..first.clone() };
        let site = sites.of(0, std::slice::from_ref(&first), &[5]);
        assert_eq!(sites.of(1, std::slice::from_ref(&second), &[6]), site);
        sites.forget();
        assert_eq!(sites.of(1, &[second], &[6]), Some(Site::own(6, None)));
    }

    #[test]
    fn no_more_stacks_are_kept_than_may_be_and_all_have_their_site() {
        let (mut sites, load) = (Sites::default(), [frame("load", "etl.py", 3)]);
        for stack in 0..2 * limits::STACKS_WITH_SITES as u32 + 1 {
            assert_eq!(sites.of(stack, &load, &[5]), Some(Site::own(5, None)));
            assert!(sites.by_stack.len() <= limits::STACKS_WITH_SITES);
        }
    }
}
