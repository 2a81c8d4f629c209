//! The patch, as the programs take it that patches are for.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use advisors::{Encoding, Place};
use unslow::advise::{Advice, Edit, Finding, Fix};
use unslow::profile::Profile;
use unslow::report::View;

use crate::fixture::{orders, text};
use crate::{named, render};

const BEFORE: &str = "import csv\n\n\ndef dedupe(rows):\n\tseen = []\n\tfor row in rows:\n\t\tif row in seen:\n\t\t\t\
                      continue\n\t\tseen.append(row)\n\treturn seen";

/// The bundled findings, with a file of theirs that has this text and a change of `seen` in it.
fn with_source(name: &str, source: &str) -> (Profile, Advice) {
    let (profile, mut advice) = orders();
    advice.findings.truncate(1);
    let after = source.replace("seen = []", "seen = set()").replace("seen.append", "seen.add");
    let finding = &mut advice.findings[0];
    *finding = Finding {
        file: text(&format!("/srv/shop/{name}")),
        source: text(source),
        place: Place { line: 7, end_line: 7, columns: Some((4, 15)) },
        fix: Some(Fix {
            edits: vec![edit(source, "[]", "set()"), edit(source, "seen.append", "seen.add")],
            after: text(&after),
            ..finding.fix.clone().expect("the bundled one has a change")
        }),
        ..finding.clone()
    };
    (profile, advice)
}

/// The first `old` of a source becomes `new`.
fn edit(source: &str, old: &str, new: &str) -> Edit {
    let start = source.find(old).unwrap_or_else(|| panic!("no {old} in {source}"));
    let at = |offset: usize| {
        let before = &source[..offset];
        let line = before.matches('\n').count() as u32 + 1;
        (line, (offset - before.rfind('\n').map_or(0, |at| at + 1)) as u32)
    };
    Edit { start: at(start), end: at(start + old.len()), text: text(new) }
}

fn patch(of: &(Profile, Advice)) -> Vec<u8> {
    render(named("patch"), of, &View::default())
}

/// What becomes of a file when a program applies the patch in its folder.
fn applied(program: &[&str], name: &str, file: &[u8], patch: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), file).expect("written");
    let patch_file = folder.path().join("unslow.patch");
    fs::write(&patch_file, patch).expect("written");
    let run = Command::new(program[0])
        .args(&program[1..])
        .arg(&patch_file)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let said =
        String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{program:?} {name}: {said}");
    fs::read(folder.path().join(name)).expect("still there")
}

fn programs() -> Vec<Vec<&'static str>> {
    let all = [vec!["git", "apply"], vec!["patch", "--batch", "--fuzz=0", "-p1", "-i"]];
    let is_there = |name: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|folder| Path::new(&folder).join(name).exists())
    };
    all.into_iter()
        .filter(|program| {
            let there = is_there(program[0]);
            if !there {
                println!("skipped: there is no {}", program[0]);
            }
            there
        })
        .collect()
}

#[test]
fn it_is_applied_whatever_the_file_is_written_in() {
    let windows = BEFORE.replace('\n', "\r\n");
    let latin = format!("# coding: latin-1\n# größe\n{BEFORE}\n");
    let utf = format!("# größe, 値\n{BEFORE}\n");
    for (name, source) in [
        ("plain.py", format!("{BEFORE}\n")),
        ("no_newline.py", BEFORE.to_owned()),
        ("a name with spaces.py", format!("{BEFORE}\n")),
        ("windows.py", windows),
        ("latin.py", latin),
        ("größe.py", utf),
    ] {
        let of = with_source(name, &source);
        let encoding = Encoding::of(source.as_bytes()).expect("understood");
        let encoded = |text: &str| encoding.encode(text).expect("has room");
        let after = of.1.findings[0].fix.as_ref().expect("there is one").after.data();
        for program in programs() {
            let file = applied(&program, name, &encoded(&source), &patch(&of));
            assert_eq!(file, encoded(after), "{program:?} {name}");
        }
    }
}

fn said(of: &(Profile, Advice)) -> String {
    String::from_utf8_lossy(&patch(of)).into_owned()
}

/// Two findings of a file are two changes of one; the second is left out where both are of one thing.
#[test]
fn changes_of_one_file_stand_together_unless_they_touch() {
    let source = format!("{BEFORE}\n\n\ndef other(rows):\n    kept = []\n    kept.append(rows)\n");
    let import = Edit { start: (1, 0), end: (1, 0), text: text("import functools\n") };
    let (profile, mut advice) = with_source("etl.py", &source);
    let mut second = advice.findings[0].clone();
    let fix = second.fix.as_mut().expect("there is one");
    fix.edits = vec![import, edit(&source, "kept = []", "kept = set()")];
    let mut third = second.clone();
    let fix = third.fix.as_mut().expect("there is one");
    fix.edits[0].text = text("from collections import deque\n");
    fix.edits[1] = edit(&source, "kept.append", "kept.add");
    let mut touching = second.clone();
    touching.fix.as_mut().expect("there is one").edits =
        vec![edit(&source, "kept = []", "kept = deque()")];
    let mut same = third.clone();
    same.same_time_as = Some(0);
    let mut known = third.clone();
    known.is_known = true;
    advice.findings.extend([second, third, touching, same, known]);
    let of = (profile, advice);
    let told = said(&of);
    assert!(told.starts_with("# unslow: 3 changes for 6 findings\n"), "{told}");
    for why in [
        "it changes the same lines as another",
        "its time is mostly that of 1",
        "it is in the baseline",
    ] {
        assert_eq!(told.matches(&format!("Not in this patch: {why}.\n")).count(), 1, "{told}");
    }
    let wanted = source
        .replace("seen = []", "seen = set()")
        .replace("seen.append", "seen.add")
        .replace("kept = []", "kept = set()")
        .replace("kept.append", "kept.add");
    let wanted = format!("import functools\nfrom collections import deque\n{wanted}");
    for program in programs() {
        let file = applied(&program, "etl.py", source.as_bytes(), &patch(&of));
        assert_eq!(String::from_utf8_lossy(&file), wanted, "{program:?}");
    }
}

/// A change that would break the file, or that no line can tell, is not there.
#[test]
fn what_cannot_be_told_exactly_is_left_out_and_said() {
    let left_out = |of: &(Profile, Advice), why: &str| {
        let told = said(of);
        assert!(told.contains(&format!("Not in this patch: {why}")), "{told}");
        assert!(!told.contains("\n--- "), "{told}");
        assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{told:?}");
    };
    let hidden = BEFORE.replace("import csv", "name = '\u{202e}x'");
    let hidden = hidden.replace("\n\n\n", "\n");
    left_out(&with_source("etl.py", &hidden), "a line beside it holds a character");
    left_out(&with_source("et\u{1b}[31ml.py", BEFORE), "the file's name holds a character");
    let (profile, mut advice) = with_source("etl.py", BEFORE);
    let fix = advice.findings[0].fix.as_mut().expect("there is one");
    fix.edits = vec![edit(BEFORE, "[]", "(")];
    left_out(&(profile, advice), "not parsable as Python 3");
}

/// What lies elsewhere is named from the first folder on, and where to apply it is said.
#[test]
fn files_of_other_folders_are_named_from_the_root() {
    let (profile, mut advice) = with_source("etl.py", BEFORE);
    assert!(said(&(profile.clone(), advice.clone())).contains("\n--- a/etl.py\n"));
    let mut inside = profile.clone();
    inside.target.place_in_repository = Some(text("shop"));
    let told = said(&(inside.clone(), advice.clone()));
    assert!(told.contains("\n--- a/etl.py\n"), "it is below the program's folder: {told}");
    advice.findings[0].file = text("/srv/lib/etl.py");
    let told = said(&(inside, advice.clone()));
    assert!(told.contains("\n--- a/lib/etl.py\n"), "{told}");
    assert!(told.contains("in the root of the repository, since"), "{told}");
    advice.findings[0].file = text("/opt/lib/etl.py");
    let told = said(&(profile, advice));
    assert!(told.contains("\n--- a/opt/lib/etl.py\n") && told.contains("in /, since"), "{told}");
}
