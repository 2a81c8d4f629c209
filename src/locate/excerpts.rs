//! The text of places in code, for a reader of stacks.

use std::collections::HashMap;

use advisors::Place;
use advisors::source::decode;

use super::files;
use super::{Sources, has_source};
use crate::limits;
use crate::sample::Code;
use crate::text::Untrusted;

/// Source files by name, each opened once; no more than [`limits::EXCERPT_FILES`] of them, and none
/// once they have [`limits::EXCERPT_FILES_BYTES`].
#[derive(Debug)]
pub struct Excerpts {
    directory: Option<Untrusted>,
    sources: Sources,
    files: HashMap<Untrusted, Option<Text>>,
    bytes: usize,
}

#[derive(Debug)]
struct Text {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Excerpts {
    /// Excerpts of the files of a program that works in `directory`.
    pub fn new(directory: Option<Untrusted>, sources: Sources) -> Self {
        Self { directory, sources, files: HashMap::new(), bytes: 0 }
    }

    /// What stands at `place`: the expression, or its line when columns are not known; of one that
    /// goes over several lines, the first. `None` when its file cannot be read, or was changed
    /// after the program began.
    pub fn of(&mut self, code: &Code, place: Place) -> Option<Untrusted> {
        if !has_source(&code.file) {
            return None;
        }
        if !self.files.contains_key(&code.file) {
            if self.is_full() {
                return None;
            }
            let text = self.open(&code.file);
            self.bytes += text.as_ref().map_or(0, |text| text.text.len());
            self.files.insert(code.file.clone(), text);
        }
        self.files.get(&code.file)?.as_ref()?.at(place)
    }

    fn is_full(&self) -> bool {
        self.files.len() >= limits::EXCERPT_FILES || self.bytes >= limits::EXCERPT_FILES_BYTES
    }

    /// Closes all files once no more would be opened, for who looks on and on.
    pub fn renew(&mut self) {
        if self.is_full() {
            self.files.clear();
            self.bytes = 0;
        }
    }

    fn open(&self, name: &Untrusted) -> Option<Text> {
        let found = files::find(name, self.directory.as_ref(), &self.sources).ok()?;
        let text = found.is_untouched(self.sources.began).then(|| decode(&found.bytes).ok())??;
        let lines = text.match_indices('\n').map(|(at, _)| at + 1);
        Some(Text { lines: std::iter::once(0).chain(lines).collect(), text })
    }
}

impl Text {
    fn at(&self, place: Place) -> Option<Untrusted> {
        let line = self.line(place.line)?;
        let excerpt = match place.columns {
            Some((start, end)) if place.end_line == place.line => {
                line.get(start as usize..end as usize)?.to_owned()
            }
            Some((start, _)) => format!("{} …", line.get(start as usize..)?.trim_end()),
            None => line.trim().to_owned(),
        };
        let end = excerpt.floor_char_boundary(limits::EXCERPT_BYTES.min(excerpt.len()));
        (!excerpt.is_empty()).then(|| Untrusted::new(&excerpt[..end]))
    }

    /// A line, which counts from 1.
    fn line(&self, number: u32) -> Option<&str> {
        let index = (number as usize).checked_sub(1)?;
        let start = *self.lines.get(index)?;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end).map(|line| line.trim_end_matches('\r'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(source: &str, place: Place) -> Option<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("etl.py"), source).expect("a file");
        let directory = Untrusted::new(folder.path().to_str().expect("UTF-8"));
        let mut excerpts = Excerpts::new(Some(directory), Sources::default());
        let file = Untrusted::new("etl.py");
        let code = Code { name: Untrusted::new("f"), file, first_line: 1 };
        excerpts.of(&code, place).map(|text| text.data().to_owned())
    }

    #[test]
    fn an_expression_is_cut_out_of_its_line() {
        let source = "# é\nif é in seen:\n    x = f(\n        1)\n";
        let place = |line, end_line, columns| Place { line, end_line, columns };
        let at = |place| excerpt(source, place);
        assert_eq!(at(place(2, 2, Some((3, 13)))).as_deref(), Some("é in seen"));
        assert_eq!(at(place(3, 4, Some((8, 10)))).as_deref(), Some("f( …"));
        assert_eq!(at(Place::line(3)).as_deref(), Some("x = f("));
        assert_eq!(at(place(2, 2, Some((4, 13)))), None, "inside a character");
        assert_eq!(at(place(2, 2, Some((9, 99)))), None, "beyond the line");
        assert_eq!(at(Place::line(0)), None);
        assert_eq!(at(Place::line(9)), None);
        let long = format!("x = '{}'\n", "é".repeat(limits::EXCERPT_BYTES));
        let cut = excerpt(&long, Place::line(1)).expect("an excerpt");
        assert!(cut.len() <= limits::EXCERPT_BYTES && cut.ends_with('é'));
    }

    #[test]
    fn a_file_that_changed_since_the_program_began_is_not_shown() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("etl.py"), "x = 1\n").expect("a file");
        let directory = Untrusted::new(folder.path().to_str().expect("UTF-8"));
        let now = std::time::SystemTime::now();
        let code =
            Code { name: Untrusted::new("f"), file: Untrusted::new("etl.py"), first_line: 1 };
        let hour = std::time::Duration::from_secs(3600);
        for (began, shown) in [(now + hour, true), (now - hour, false)] {
            let sources = Sources { began: Some(began), ..Sources::default() };
            let mut excerpts = Excerpts::new(Some(directory.clone()), sources);
            assert_eq!(excerpts.of(&code, Place::line(1)).is_some(), shown);
        }
    }

    #[test]
    fn many_files_are_not_all_opened() {
        let mut excerpts = Excerpts::new(None, Sources::default());
        for number in 0..limits::EXCERPT_FILES + 10 {
            let file = Untrusted::new(format!("/nowhere/{number}.py"));
            let code = Code { name: Untrusted::new("f"), file, first_line: 1 };
            assert_eq!(excerpts.of(&code, Place::line(1)), None);
        }
        assert_eq!(excerpts.files.len(), limits::EXCERPT_FILES);
        excerpts.renew();
        assert!(excerpts.files.is_empty());
    }

    #[test]
    fn large_files_are_not_all_opened() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = format!("x = 1\n#{}\n", "x".repeat(limits::SOURCE_BYTES as usize / 2));
        let directory = Untrusted::new(folder.path().to_str().expect("UTF-8"));
        let mut excerpts = Excerpts::new(Some(directory), Sources::default());
        let mut shown = 0;
        for number in 0..12 {
            let name = format!("m{number}.py");
            std::fs::write(folder.path().join(&name), &text).expect("a file");
            let code =
                Code { name: Untrusted::new("f"), file: Untrusted::new(name), first_line: 1 };
            shown += usize::from(excerpts.of(&code, Place::line(1)).is_some());
        }
        assert_eq!(shown, limits::EXCERPT_FILES_BYTES / (limits::SOURCE_BYTES as usize / 2));
        excerpts.renew();
        assert_eq!((excerpts.files.len(), excerpts.bytes), (0, 0));
    }
}
