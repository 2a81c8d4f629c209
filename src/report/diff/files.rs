//! Which file of one recording is which of the other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::profile::{Origin, Profile};
use crate::report::names;
use crate::text::Untrusted;

/// Files that are told where they may be one and are not taken for it.
const NAMES: usize = 3;

/// Files of one name in either recording up to which it is looked at what ran in them: nobody could tell
/// more of them apart.
const NAMESAKES: usize = 100;

/// What both recordings call their files.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Of files that either names otherwise, one of their names.
    common: HashMap<Untrusted, Untrusted>,
    /// Of the program, the files of either that are not found in the other.
    pub(super) strangers: [Vec<Untrusted>; 2],
}

/// A file as a recording has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Known {
    /// Whether it is the program's.
    is_own: bool,
    /// What ran of it, by bare names: not everybody tells qualified ones.
    functions: BTreeSet<String>,
    /// Its length and its sum, where they were kept.
    contents: Option<(u64, u32)>,
}

type Named = BTreeMap<Untrusted, Known>;

impl Files {
    pub(super) fn of(profiles: [&Profile; 2]) -> Self {
        Self::matched(profiles.map(named))
    }

    fn matched([before, after]: [Named; 2]) -> Self {
        let mut common = HashMap::new();
        let mut strangers: [Vec<Untrusted>; 2] = Default::default();
        for (name, [before, after]) in alike(&before, &after) {
            let pairs = pairs(&before, &after);
            for (one, other) in &pairs {
                match one.data().len() < other.data().len() {
                    true => common.insert((*other).clone(), (*one).clone()),
                    false => common.insert((*one).clone(), (*other).clone()),
                };
            }
            let is_pseudo = name.starts_with('<');
            for (side, files) in [before, after].into_iter().enumerate() {
                let is_alone =
                    |file: &&Untrusted| !pairs.iter().any(|pair| [pair.0, pair.1][side] == *file);
                let own = files.iter().filter(|(_, known)| known.is_own && !is_pseudo);
                strangers[side].extend(own.map(|(file, _)| *file).filter(is_alone).cloned());
            }
        }
        strangers.iter_mut().for_each(|files| files.sort());
        Self { common, strangers }
    }

    /// A file as both name it.
    pub(super) fn common(&self, profile: &Profile, file: &Untrusted) -> Untrusted {
        let name = names::file(&profile.target, file);
        self.common.get(&name).cloned().unwrap_or(name)
    }

    /// That files of one name were not taken for one.
    pub(super) fn note(&self) -> Option<String> {
        let [before, after] = &self.strangers;
        let has_namesake = |file: &&Untrusted| after.iter().any(|it| last(it) == last(file));
        let files: Vec<&Untrusted> = before.iter().filter(has_namesake).collect();
        let first: Vec<String> = files.iter().take(NAMES).map(|file| file.terminal()).collect();
        let more = match files.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!files.is_empty()).then(|| {
            format!(
                "Files of the same name in other folders may be others, and are told as gone and as new: \
                 {}{more}.",
                first.join(", ")
            )
        })
    }
}

fn named(profile: &Profile) -> Named {
    let mut named: HashMap<&Untrusted, Known> = HashMap::new();
    for location in &profile.locations {
        let known = named.entry(&location.code.file).or_insert_with_key(|file| Known {
            is_own: Origin::of(file) == Origin::Own && !file.is_empty(),
            ..Known::default()
        });
        let name = location.code.name.data();
        known.functions.insert(name.rsplit('.').next().unwrap_or(name).to_owned());
    }
    for source in &profile.sources {
        if let Some(known) = named.get_mut(&source.file) {
            known.contents = Some((source.bytes, source.checksum));
        }
    }
    let named = named.into_iter();
    named.map(|(file, known)| (names::file(&profile.target, file), known)).collect()
}

type Group<'n> = [Vec<(&'n Untrusted, &'n Known)>; 2];

/// The files that only one side names so, by the last part of their names.
fn alike<'n>(before: &'n Named, after: &'n Named) -> BTreeMap<&'n str, Group<'n>> {
    let mut alike: BTreeMap<&str, Group<'n>> = BTreeMap::new();
    for (side, [own, other]) in [[before, after], [after, before]].into_iter().enumerate() {
        for (file, known) in own.iter().filter(|(file, _)| !other.contains_key(*file)) {
            alike.entry(last(file)).or_default()[side].push((file, known));
        }
    }
    alike
}

fn last(file: &Untrusted) -> &str {
    file.data().rsplit('/').next().unwrap_or_default()
}

/// Those that are each other's best: a file is the end of the other's path, or has the longest end in
/// common with it and the same functions, and no other one has that.
fn pairs<'n>(
    before: &[(&'n Untrusted, &Known)],
    after: &[(&'n Untrusted, &Known)],
) -> Vec<(&'n Untrusted, &'n Untrusted)> {
    let few = before.len().max(after.len()) <= NAMESAKES;
    let best = |one: &(&'n Untrusted, &Known), others: &[(&'n Untrusted, &Known)]| {
        let end = |other| if few { common_end(one, other) } else { whole_end(one, other) };
        let ends: Vec<usize> = others.iter().map(end).collect();
        let most = ends.iter().copied().max().filter(|&most| most > 0)?;
        let mut found = ends.iter().enumerate().filter(|(_, end)| **end == most);
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    };
    let mut pairs = Vec::new();
    for (at, one) in before.iter().enumerate() {
        let other = best(one, after).filter(|&other| best(&after[other], before) == Some(at));
        pairs.extend(other.map(|other| (one.0, after[other].0)));
    }
    pairs
}

/// More than any number of parts where one name is the other, less some of its first folders.
fn whole_end(one: &(&Untrusted, &Known), other: &(&Untrusted, &Known)) -> usize {
    let ends = |long: &Untrusted, short: &Untrusted| {
        let rest = long.data().strip_suffix(short.data());
        rest.is_some_and(|rest| !short.is_empty() && rest.ends_with('/'))
    };
    if ends(one.0, other.0) || ends(other.0, one.0) { usize::MAX } else { 0 }
}

/// How many last parts two names have in common, where what ran in them is the same.
fn common_end(one: &(&Untrusted, &Known), other: &(&Untrusted, &Known)) -> usize {
    let whole = whole_end(one, other);
    if whole > 0 || !agree(one.1, other.1) {
        return whole;
    }
    let parts = one.0.data().rsplit('/').zip(other.0.data().rsplit('/'));
    parts.take_while(|(one, other)| one == other).count()
}

/// Whether what is known of two files is as of one: their contents, or most of what ran.
fn agree(one: &Known, other: &Known) -> bool {
    if one.contents.is_some() && one.contents == other.contents {
        return true;
    }
    let inner = |known: &Known| -> HashSet<String> {
        known.functions.iter().filter(|name| !name.starts_with('<')).cloned().collect()
    };
    let (one, other) = (inner(one), inner(other));
    let (fewer, common) = (one.len().min(other.len()), one.intersection(&other).count());
    fewer > 0 && common * 2 > fewer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(files: &[(&str, &str)]) -> Named {
        let known = |functions: &str| Known {
            is_own: true,
            functions: functions.split_whitespace().map(str::to_owned).collect(),
            contents: None,
        };
        files.iter().map(|(file, of)| (Untrusted::new(*file), known(of))).collect()
    }

    fn matched(before: &[(&str, &str)], after: &[(&str, &str)]) -> Files {
        Files::matched([named(before), named(after)])
    }

    fn common(files: &Files) -> Vec<String> {
        let found = files.common.iter().map(|(a, b)| format!("{} {}", a.data(), b.data()));
        let mut found: Vec<String> = found.collect();
        found.sort();
        found
    }

    #[test]
    fn files_are_found_by_the_end_of_their_paths_where_no_two_have_it() {
        let shorter = |before: &[&str], after: &[&str]| {
            let of = |files: &[&str]| named(&files.iter().map(|it| (*it, "")).collect::<Vec<_>>());
            common(&Files::matched([of(before), of(after)]))
        };
        assert_eq!(
            shorter(&["src/shop/load.py"], &["shop/load.py"]),
            ["src/shop/load.py shop/load.py"]
        );
        assert_eq!(shorter(&["load.py"], &["/srv/load.py"]), ["/srv/load.py load.py"]);
        let none: [(&[&str], &[&str]); 5] = [
            (&["load.py"], &["load.py", "old/load.py"]),
            (&["load.py"], &["a/load.py", "b/load.py"]),
            (&["upload.py"], &["load.py"]),
            (&["a/load.py"], &["b/load.py"]),
            (&[""], &["a/"]),
        ];
        for (before, after) in none {
            assert_eq!(shorter(before, after), Vec::<String>::new(), "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_file_is_found_in_another_folder_by_its_functions() {
        let both = "<module> load clean";
        let moved = matched(&[("/a/job.py", both)], &[("/b/v2/job.py", "<module> clean save")]);
        assert_eq!(common(&moved), Vec::<String>::new(), "one of two is not most");
        let moved =
            matched(&[("/a/job.py", both)], &[("/b/v2/job.py", "<module> load clean save")]);
        assert_eq!(common(&moved), ["/a/job.py /b/v2/job.py"].map(|_| "/b/v2/job.py /a/job.py"));
        assert_eq!((moved.note(), &moved.strangers), (None, &Default::default()));
        let longest =
            matched(&[("/a/x/job.py", both)], &[("/b/x/job.py", both), ("/b/y/job.py", both)]);
        assert_eq!(common(&longest), ["/a/x/job.py /b/x/job.py"]);
    }

    #[test]
    fn files_that_may_be_one_or_not_are_told() {
        let unclear =
            matched(&[("/a/job.py", "load")], &[("/b/job.py", "load"), ("/c/job.py", "load")]);
        assert_eq!(common(&unclear), Vec::<String>::new());
        let note = unclear.note().expect("told");
        assert!(note.ends_with("told as gone and as new: /a/job.py."), "{note}");
        let others = matched(&[("/a/job.py", "load")], &[("/a/etl.py", "load")]);
        assert_eq!(others.note(), None, "they have other names");
        assert!(others.strangers.iter().all(|files| files.len() == 1));
    }

    #[test]
    fn so_many_of_one_name_are_told_apart_by_their_paths_alone() {
        let of = |root: &str, files: usize| -> Named {
            let known = |at| named(&[(&*format!("{root}/p{at}/job.py"), "load")]);
            (0..files).flat_map(known).collect()
        };
        let found = |files| Files::matched([of("/a", files), of("/b", files)]).common.len();
        assert_eq!((found(NAMESAKES), found(NAMESAKES + 1)), (NAMESAKES, 0));
        let shorter = Files::matched([of("a", NAMESAKES + 1), of("/srv/a", NAMESAKES + 1)]);
        assert_eq!(shorter.common.len(), NAMESAKES + 1);
    }

    #[test]
    fn the_same_contents_are_the_same_file() {
        let known = Known { is_own: true, contents: Some((9, 7)), ..Known::default() };
        let named = |file: &str| Named::from([(Untrusted::new(file), known.clone())]);
        let files = Files::matched([named("/a/job.py"), named("/b/job.py")]);
        assert_eq!(common(&files), ["/a/job.py /b/job.py"]);
    }
}
