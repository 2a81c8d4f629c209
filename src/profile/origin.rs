//! Whose code a file is, told by its name alone.

use advisors::Python;

use crate::text::Untrusted;

/// Whose code a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The program's own, which its author can change.
    Own,
    /// An installed package.
    Package,
    /// Python's standard library.
    Library,
    /// Built into the interpreter (`<frozen importlib._bootstrap>`) or compiled.
    Native,
}

impl Origin {
    /// Every origin, the user's own first.
    pub const ALL: [Self; 4] = [Self::Own, Self::Package, Self::Library, Self::Native];

    /// The origin of a `co_filename`.
    pub fn of(file: &Untrusted) -> Self {
        let file = file.data();
        if package_module(file).is_some() {
            Self::Package
        } else if file.starts_with("<frozen") || file.starts_with("<built-in") || is_compiled(file)
        {
            Self::Native
        } else if library_module(file).is_some() {
            Self::Library
        } else {
            Self::Own
        }
    }

    /// In a word or two, for a legend.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Own => "own code",
            Self::Package => "packages",
            Self::Library => "stdlib",
            Self::Native => "built in",
        }
    }
}

const PACKAGES: &[&str] = &["/site-packages/", "/dist-packages/"];

/// What follows `site-packages/`.
pub fn package_module(file: &str) -> Option<&str> {
    PACKAGES.iter().find_map(|part| file.rfind(part).map(|at| &file[at + part.len()..]))
}

fn is_compiled(file: &str) -> bool {
    [".so", ".pyd", ".pyx", ".dylib", ".dll"].iter().any(|end| file.ends_with(end))
}

/// The version of Python that a file of its library is of, by the folder.
pub(super) fn library_version(file: &str) -> Option<Python> {
    let module = library_module(file)?;
    let folder = file[..file.len() - module.len() - 1].rsplit('/').next()?;
    let mut numbers = folder
        .strip_prefix("python")?
        .split('.')
        .map(|number| number.trim_end_matches('t').parse::<u8>().ok());
    let python = Python::new(numbers.next()??, numbers.next()??);
    Some(Python { patch: Python::UNKNOWN_PATCH, ..python })
}

/// What follows the last `lib/python3.12/` or `lib/python312.zip/`.
pub fn library_module(file: &str) -> Option<&str> {
    ["/lib/python", "/lib64/python"].iter().find_map(|library| {
        let (_, rest) = file.rsplit_once(library)?;
        let (version, module) = rest.split_once('/')?;
        let version = version.strip_suffix(".zip").unwrap_or(version).trim_end_matches('t');
        version.bytes().all(|b| b.is_ascii_digit() || b == b'.').then_some(module)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sampler_looks_at_what_is_told_to_be_own() {
        for file in [
            "etl.py",
            "/home/me/etl.py",
            "<string>",
            "<frozen abc>",
            "<built-in>",
            "",
            "/usr/lib/python3.12/json/decoder.py",
            "/usr/lib64/python3.13t/json/decoder.py",
            "/usr/lib/python312.zip/os.py",
            "/usr/lib/python3/dist-packages/yaml.py",
            "/v/lib/python3.12/site-packages/pandas/core/frame.py",
            "/srv/lib/python/etl.py",
            "/srv/lib/pythonic/etl.py",
            "pandas/_libs/index.pyx",
            "/opt/x.so",
        ] {
            let is_own = Origin::of(&Untrusted::new(file)) == Origin::Own;
            assert_eq!(crate::sample::is_own(file), is_own, "{file}");
        }
    }

    #[test]
    fn the_version_stands_in_the_library_s_path() {
        let version = |file| library_version(file).map(|python| python.to_string());
        assert_eq!(version("/usr/lib/python3.12/json/decoder.py"), Some("3.12".to_owned()));
        assert_eq!(version("/opt/lib/python3.13t/os.py"), Some("3.13".to_owned()));
        for file in
            ["/usr/lib/python3/dist-packages/yaml.py", "/usr/lib/python312.zip/os.py", "etl.py"]
        {
            assert_eq!(version(file), None, "{file}");
        }
    }
}
