//! Collects the advisors' folders into the catalogue: a folder with `advisor.rs` is an advisor,
//! and a folder that lacks a part fails the build.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// What every advisor's folder holds.
pub(crate) const PARTS: [&str; 6] =
    ["advisor.rs", "cases.md", "explain.md", "fast.py", "gain.toml", "slow.py"];

/// Folders beside `src` that are no advisors.
const OTHERS: [&str; 4] = ["src", "tests", "benches", "target"];

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", root.display());
    let catalogue = catalogue(&root).unwrap_or_else(|error| {
        println!("cargo::error={error}");
        process::exit(1);
    });
    fs::write(out.join("catalogue.rs"), catalogue).expect("OUT_DIR is writable");
}

/// The catalogue of the folders in `root`, as Rust; or what is wrong with one of them.
pub(crate) fn catalogue(root: &Path) -> Result<String, String> {
    let mut modules = String::new();
    let mut entries = String::new();
    for id in folders(root)? {
        let folder = root.join(&id);
        if let Some(missing) = PARTS.iter().find(|part| !folder.join(part).is_file()) {
            return Err(format!("the advisor {id} lacks {missing}"));
        }
        let module = id.replace('-', "_");
        let path = folder.join("advisor.rs");
        let _ = writeln!(modules, "#[path = {:?}]\nmod {module};", path.display().to_string());
        let _ = writeln!(entries, "{}", entry(&id, &folder)?);
    }
    // A ratio of 6.28 is what was measured, and not the circumference of a circle.
    Ok(format!(
        "{modules}\n/// Every advisor, by id.\n#[allow(clippy::approx_constant)]\n\
         pub static CATALOGUE: &[Entry] = &[\n{entries}];\n"
    ))
}

fn folders(root: &Path) -> Result<Vec<String>, String> {
    let listing = fs::read_dir(root).map_err(|error| format!("{}: {error}", root.display()))?;
    let mut folders = Vec::new();
    for item in listing {
        let item = item.map_err(|error| error.to_string())?;
        let name = item.file_name().to_string_lossy().into_owned();
        let is_folder = item.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !name.starts_with('.') && !OTHERS.contains(&name.as_str()) {
            folders.push(name);
        }
    }
    folders.sort();
    Ok(folders)
}

fn entry(id: &str, folder: &Path) -> Result<String, String> {
    let explain = read(folder, "explain.md")?;
    let title = explain
        .lines()
        .find_map(|line| line.strip_prefix("# "))
        .ok_or(format!("{id}/explain.md has no first heading"))?;
    let include =
        |part: &str| format!("include_str!({:?})", folder.join(part).display().to_string());
    Ok(format!(
        "Entry {{ id: {id:?}, title: {title:?}, advisor: &{}::{}, explain: {}, slow: {}, \
         fast: {}, cases: {}, gains: GainTable {{ rows: &[{}] }} }},",
        id.replace('-', "_"),
        pascal_case(id),
        include("explain.md"),
        include("slow.py"),
        include("fast.py"),
        include("cases.md"),
        gains(id, &read(folder, "gain.toml")?)?,
    ))
}

fn read(folder: &Path, part: &str) -> Result<String, String> {
    let path = folder.join(part);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn pascal_case(id: &str) -> String {
    id.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// The rows of a `gain.toml`, sorted by version, then size, as Rust.
fn gains(id: &str, text: &str) -> Result<String, String> {
    let wrong = |what: &str| format!("{id}/gain.toml: {what}");
    let table: toml::Table = text.parse().map_err(|error| wrong(&format!("{error}")))?;
    let rows = match table.get("row") {
        None => &Vec::new(),
        Some(rows) => rows.as_array().ok_or_else(|| wrong("`row` is not an array"))?,
    };
    let shares = shares(&table).ok_or_else(|| wrong("`share` is not sizes and shares"))?;
    let mut parsed = Vec::new();
    for row in rows {
        let python = row.get("python").and_then(|value| value.as_str());
        let version = python
            .and_then(|text| text.split_once('.'))
            .and_then(|(major, minor)| Some((major.parse::<u8>().ok()?, minor.parse::<u8>().ok()?)))
            .ok_or_else(|| wrong("`python` is not a version such as \"3.12\""))?;
        let size = row.get("size").and_then(|value| value.as_integer());
        let size = size.filter(|size| *size > 0).ok_or_else(|| wrong("`size` is not positive"))?;
        let number = |key: &str| {
            let value = row.get(key).and_then(|value| value.as_float());
            value.filter(|v| *v > 0.0).ok_or_else(|| wrong(&format!("`{key}` is not a ratio")))
        };
        parsed.push((version, size, number("ratio")?, number("low")?, number("high")?));
    }
    parsed.sort_by_key(|row| (row.0, row.1));
    let mut out = String::new();
    for (python, size, value, low, high) in parsed {
        // Older ones tell no columns: what a finding stands on there is whole lines.
        let share = shares.iter().find(|share| share.0 == size && python >= (3, 11));
        let share = share.map_or(1.0, |share| share.1);
        let _ = write!(
            out,
            "GainRow {{ python: {python:?}, size: {size}, share: {share:?}, \
             ratio: Ratio {{ value: {value:?}, low: {low:?}, high: {high:?} }} }}, "
        );
    }
    Ok(out)
}

/// What part of `slow.py`'s time the finding told of, by size, as `[[share]]` has it.
fn shares(table: &toml::Table) -> Option<Vec<(i64, f64)>> {
    let Some(shares) = table.get("share") else { return Some(Vec::new()) };
    let share = |row: &toml::Value| {
        let part = row.get("part")?.as_float().filter(|part| *part > 0.0 && *part <= 1.0)?;
        Some((row.get("size")?.as_integer()?, part))
    };
    shares.as_array()?.iter().map(share).collect()
}
