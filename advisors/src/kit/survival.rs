//! Every advisor on real code in which everything is hot: none may panic, and every fix must fit
//! and parse.

use std::path::PathBuf;
use std::process::Command;

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::{Ranged, TextRange};

use super::live::interpreters;
use crate::shape::{Id, Tree};
use crate::{CATALOGUE, Case, Hotspot, Lengths, Operand, Python, Source, SourceError};

/// Files of the standard library that are looked at.
const FILES: usize = 25;

#[test]
fn hot_code_of_the_standard_library_is_survived() {
    let Some((python, version)) = interpreters(8).pop() else { return };
    let mut fixes = 0;
    for path in library(&python) {
        match Source::parse(&std::fs::read(&path).unwrap()) {
            Ok(source) => fixes += examine_all(&source, version, &path.display().to_string()),
            Err(SourceError::TooDeep) => panic!("{} is not nested deeply", path.display()),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
    assert!(fixes > 0, "nothing was fixed, so nothing was tried");
}

/// The largest modules of an interpreter's standard library.
fn library(python: &PathBuf) -> Vec<PathBuf> {
    let print = "import os; print(os.path.dirname(os.__file__))";
    let run = Command::new(python).args(["-c", print]).output().unwrap();
    let folder = String::from_utf8(run.stdout).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.trim())
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    files.sort_by_key(|path| std::cmp::Reverse(path.metadata().map_or(0, |data| data.len())));
    files.truncate(FILES);
    files
}

/// The number of fixes.
fn examine_all(source: &Source, python: Python, name: &str) -> usize {
    let tree = Tree::of(source);
    let hotspots = everything_hot(&tree, python);
    let mut fixes = 0;
    for entry in CATALOGUE {
        let case = Case {
            python,
            source,
            tree: &tree,
            hotspots: &hotspots,
            busy_samples: 10_000,
            computing_samples: 10_000,
            pool: None,
            activity: None,
            gains: &entry.gains,
        };
        for finding in entry.advisor.examine(&case) {
            super::check(&finding).unwrap_or_else(|error| panic!("{name}: {error}"));
            let Some(fix) = &finding.fix else { continue };
            if let Err(error) = fix.apply(source) {
                panic!("{name}: {}: {}: {error}", entry.id, finding.title);
            }
            fixes += 1;
        }
    }
    fixes
}

fn everything_hot(tree: &Tree<'_>, python: Python) -> Vec<Hotspot> {
    let costs = |id: &Id| {
        matches!(
            tree[*id],
            AnyNodeRef::ExprCompare(_)
                | AnyNodeRef::ExprCall(_)
                | AnyNodeRef::ExprSubscript(_)
                | AnyNodeRef::ExprBinOp(_)
                | AnyNodeRef::StmtAugAssign(_)
        )
    };
    tree.ids().filter(costs).map(|id| hot(tree, id, python)).collect()
}

fn hot(tree: &Tree<'_>, id: Id, python: Python) -> Hotspot {
    let code = tree.code(id, python);
    let operands = tree.subtree(id).filter(|&part| {
        matches!(tree[part], AnyNodeRef::ExprName(_) | AnyNodeRef::ExprAttribute(_))
    });
    // What is looked for is no list: it could not be hashed.
    let left = match tree[id] {
        AnyNodeRef::ExprCompare(compare) => compare.left.range(),
        _ => TextRange::default(),
    };
    let type_name = |part| if left.contains_range(tree.range(part)) { "str" } else { "list" };
    let lengths = Lengths { min: 5_000, median: 5_000, max: 5_000, first: 5_000, last: 5_000 };
    Hotspot {
        place: tree.source().place(tree.range(id)),
        function: code.name,
        function_line: code.first_line,
        self_samples: 500,
        total_samples: 500,
        operands: operands
            .map(|part| Operand {
                expression: tree.text(part).to_owned(),
                type_name: type_name(part).to_owned(),
                observations: 5,
                lengths: Some(lengths),
                elements: vec!["str".to_owned()],
                distinct: None,
            })
            .collect(),
        ..Hotspot::default()
    }
}
