//! Whose code a file is, told by its name alone, to spend looks on what its author can change.
//! `profile` says it for findings, with more distinctions; a test holds both together.

/// Whether a file is of neither a package nor the standard library, and not built into the interpreter.
pub(crate) fn is_own(file: &str) -> bool {
    const PACKAGES: &[&str] = &["/site-packages/", "/dist-packages/"];
    const COMPILED: &[&str] = &[".so", ".pyd", ".pyx", ".dylib", ".dll"];
    let is_native = file.starts_with("<frozen") || file.starts_with("<built-in");
    !is_native
        && !PACKAGES.iter().any(|part| file.contains(part))
        && !COMPILED.iter().any(|end| file.ends_with(end))
        && !["/lib/python", "/lib64/python"].iter().any(|library| is_of_library(file, library))
}

/// Whether `lib/python3.12/` or `lib/python312.zip/` comes last of such in a path.
fn is_of_library(file: &str, library: &str) -> bool {
    let Some((_, rest)) = file.rsplit_once(library) else { return false };
    let Some((version, _)) = rest.split_once('/') else { return false };
    let version = version.strip_suffix(".zip").unwrap_or(version).trim_end_matches('t');
    version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
