//! What the README shows is what the program does.

mod support;

use std::fs;

use support::{repository, unslow};

/// A block behind an `<!-- output: X -->` mark is the output of that command, or that file.
#[test]
fn shown_outputs_are_real() {
    let readme = readme();
    let marks: Vec<_> = readme.match_indices("<!-- output: ").collect();
    assert!(marks.len() >= 2, "the README shows outputs");
    for (at, mark) in marks {
        let rest = &readme[at + mark.len()..];
        let (source, rest) = rest.split_once(" -->\n```text\n").expect("a mark and its block");
        let (shown, _) = rest.split_once("```\n").expect("a closed block");
        assert_eq!(shown, output_of(source), "{source}");
    }
}

/// The flamegraph that is shown is the one that is drawn of the recording.
#[test]
fn the_shown_flamegraph_is_real() {
    let shown = fs::read(repository("samples/orders_etl/flame.svg")).expect("a picture");
    assert!(drawn("flamegraph") == shown, "scripts/picture draws it anew");
}

/// So is the page: what tells it stands beside its picture.
#[test]
fn the_shown_page_is_the_one_that_is_made_now() {
    let shown = fs::read_to_string(repository("samples/orders_etl/report.png.sha256"));
    let digest = hmac_sha256::Hash::hash(&drawn("html"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(shown.expect("a digest").trim(), digest, "scripts/picture takes its picture anew");
}

/// The recording of the bundled program in a format.
fn drawn(format: &str) -> Vec<u8> {
    let output = unslow()
        .current_dir(repository("."))
        .args(["-q", "report", "samples/orders_etl/profile.pb.gz", "--sources", ".", "-f", format])
        .output()
        .expect("unslow starts");
    output.stdout
}

/// A table behind a `<!-- table: FILE -->` mark is that file.
#[test]
fn shown_tables_are_those_that_were_measured() {
    let readme = readme();
    let (_, rest) = readme.split_once("<!-- table: ").expect("the README shows a table");
    let (file, rest) = rest.split_once(" -->\n").expect("a mark");
    let table = fs::read_to_string(repository(file)).expect("the file is there");
    assert!(rest.trim_start().starts_with(table.trim()), "{file}");
}

/// Behind a `<!-- rows: FILE -->` mark stand the rows of that file's table.
#[test]
fn shown_rows_are_those_that_were_found_out() {
    let rows = |text: &str| {
        let rows = text.lines().skip_while(|line| !line.starts_with('|'));
        rows.take_while(|line| line.starts_with('|')).map(str::to_owned).collect::<Vec<_>>()
    };
    let readme = readme();
    let (_, rest) = readme.split_once("<!-- rows: ").expect("the README shows a comparison");
    let (file, rest) = rest.split_once(" -->\n").expect("a mark");
    let found = fs::read_to_string(repository(file)).expect("the file is there");
    assert!(rows(&found).len() > 5, "{file}");
    assert_eq!(rows(rest), rows(&found), "{file}");
}

/// What the tables' figures are read and calculated with.
#[test]
fn the_arithmetic_of_the_tables_is_right() {
    let Some(python) = support::newest_with_columns() else { return };
    for folder in ["benches/peers", "benches/compare"] {
        let mut tests = python.command();
        tests.args(["-B", "-m", "unittest", "tests"]).current_dir(repository(folder));
        let output = tests.output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn output_of(source: &str) -> String {
    let Some(arguments) = source.strip_prefix("unslow ") else {
        return fs::read_to_string(repository(source)).expect("the file is there");
    };
    let output = unslow().args(arguments.split(' ')).output().expect("unslow starts");
    assert!(output.status.success(), "{source}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Every option of every example command is one that the verb's help knows.
#[test]
fn example_commands_use_options_that_exist() {
    let mut commands = 0;
    for line in readme().lines().filter_map(|line| line.strip_prefix("$ unslow ")) {
        commands += 1;
        let command = line.split('#').next().expect("a first part");
        let words: Vec<&str> = command.split_whitespace().take_while(|w| *w != "--").collect();
        let output = unslow().args([words[0], "--help"]).output().expect("unslow starts");
        assert!(output.status.success(), "{line}");
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        let own = words[1..].iter().take_while(|word| !is_program(word));
        for option in own.filter(|word| word.starts_with('-')) {
            assert!(help.contains(option), "{line}: {option}");
        }
    }
    assert!(commands >= 8, "the README shows every verb");
}

/// What follows a script or module is the program's own.
fn is_program(word: &str) -> bool {
    word.ends_with(".py") || word.contains("package.module")
}

/// The links and pictures lead to files of the repository.
#[test]
fn links_lead_somewhere() {
    let readme = readme();
    let targets = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut links = 0;
    for target in targets.filter(|target| !target.starts_with("http")) {
        links += 1;
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let path = repository(file);
        assert!(path.exists(), "{target}");
        if !heading.is_empty() {
            let text = fs::read_to_string(path).expect("readable");
            let mut headings = text.lines().filter(|line| line.starts_with('#'));
            assert!(headings.any(|line| anchor(line) == heading), "{target}");
        }
    }
    assert!(links > 0);
}

/// What GitHub makes of a heading for links to it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn readme() -> String {
    fs::read_to_string(repository("README.md")).expect("the README is there")
}
