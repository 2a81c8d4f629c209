//! Times every advisor's `slow.py` against its `fast.py` on every CPython found, and writes what
//! came out into its `gain.toml`.
//!
//! `cargo bench -p advisors --bench gain [-- ID ...]`. Interpreters are looked for in
//! `UNSLOW_PYTHONS`, `PATH` and `~/.pyenv/versions`; the newest patch release of each minor
//! version from 3.8 on is measured. A pair that needs a package is measured on those that have it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "../../tests/support/packages.rs"]
mod packages;

use packages::{needs, packages};

type Version = (u8, u8, u8);

/// Where the part of a `gain.toml` begins that `cargo bench --bench estimates -- --shares` writes.
const SHARES: &str = "\n# What part of slow.py";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let pythons = pythons();
    if pythons.is_empty() {
        eprintln!("skipped: no CPython 3.8 or later in UNSLOW_PYTHONS, PATH or ~/.pyenv");
        return;
    }
    for entry in advisors::CATALOGUE {
        if !wanted.is_empty() && !wanted.iter().any(|id| id == entry.id) {
            continue;
        }
        let folder = root.join(entry.id);
        let mut table = String::from("# Written by `cargo bench -p advisors --bench gain`.\n");
        for (version, python) in &pythons {
            let path = match needs(entry.slow) {
                None => None,
                Some(_) => match packages((version.0, version.1)) {
                    Some(packages) => Some(packages),
                    None => continue,
                },
            };
            for (size, ratios) in measure(root, &folder, python, path.as_deref()) {
                let row = row(*version, size, ratios);
                println!("{} {}", entry.id, row.replace('\n', " ").trim());
                table.push_str(&row);
            }
        }
        let old = fs::read_to_string(folder.join("gain.toml")).unwrap_or_default();
        table.push_str(old.find(SHARES).map_or("", |at| &old[at..]));
        fs::write(folder.join("gain.toml"), table).expect("the advisor's folder is writable");
    }
}

/// Ratios slow/fast of every pair of runs, by size.
fn measure(
    root: &Path,
    folder: &Path,
    python: &Path,
    packages: Option<&Path>,
) -> BTreeMap<u64, Vec<f64>> {
    let run = Command::new(python)
        .envs(packages.map(|folder| ("PYTHONPATH", folder)))
        .arg(root.join("benches/gain.py"))
        .args([folder.join("slow.py"), folder.join("fast.py")])
        .output()
        .expect("the interpreter was found a moment ago");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut ratios = BTreeMap::<u64, Vec<f64>>::new();
    for line in String::from_utf8_lossy(&run.stdout).lines() {
        let [size, slow, fast] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
        let seconds = |text: &str| text.parse::<f64>().expect("gain.py prints seconds");
        let size = size.parse().expect("gain.py prints the size first");
        ratios.entry(size).or_default().push(seconds(slow) / seconds(fast));
    }
    ratios
}

fn row(version: Version, size: u64, mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let (low, high) = (ratios[0], ratios[ratios.len() - 1]);
    let median = ratios[ratios.len() / 2];
    let mut row = String::new();
    let _ = write!(
        row,
        "\n[[row]]\npython = \"{}.{}\"\nsize = {size}\nratio = {median:.3}\nlow = {low:.3}\nhigh = {high:.3}\n",
        version.0, version.1
    );
    row
}

/// One interpreter of each minor version.
fn pythons() -> Vec<(Version, PathBuf)> {
    let listed = |name: &str| env::var_os(name).map(|v| env::split_paths(&v).collect::<Vec<_>>());
    let in_path = listed("PATH").unwrap_or_default().into_iter().map(|path| path.join("python3"));
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
    let mut found = BTreeMap::<(u8, u8), (Version, PathBuf)>::new();
    for python in listed("UNSLOW_PYTHONS")
        .unwrap_or_default()
        .into_iter()
        .chain(pyenv.map(|entry| entry.path().join("bin/python")))
        .chain(in_path)
    {
        let Some(version) = version(&python) else { continue };
        let minor = (version.0, version.1);
        let newer = found.get(&minor).is_none_or(|(known, _)| *known < version);
        if newer && minor >= (3, 8) {
            found.insert(minor, (version, python));
        }
    }
    found.into_values().collect()
}

fn version(python: &Path) -> Option<Version> {
    // A build without the lock is another CPython.
    let print = "import sys, sysconfig as s; print(*sys.version_info[:3]) \
                 if sys.implementation.name == 'cpython' and not s.get_config_var('Py_GIL_DISABLED') else 0";
    let run = Command::new(python).args(["-c", print]).output().ok()?;
    let text = String::from_utf8(run.stdout).ok()?;
    let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?, numbers.next()?))
}
