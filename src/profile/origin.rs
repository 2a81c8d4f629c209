//! Whose code a file is, told by its name alone.

use std::borrow::Cow;

use advisors::Python;

use crate::sample::Code;
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

    /// That of a frame; `None` of one that stands in for others, which is nobody's code.
    pub fn of_code(code: &Code) -> Option<Self> {
        (!code.stands_in()).then(|| Self::of(&code.file))
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

/// Whether that is a whole path of Windows: `C:\\etl.py`, `C:/etl.py`.
pub fn is_on_drive(file: &str) -> bool {
    matches!(file.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

/// A path of Windows with the slashes that every other has.
pub(super) fn slashed(file: &str) -> Cow<'_, str> {
    let is_of_windows = is_on_drive(file) || file.starts_with("\\\\") || !file.contains('/');
    match is_of_windows && file.contains('\\') {
        true => Cow::Owned(file.replace('\\', "/")),
        false => Cow::Borrowed(file),
    }
}

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
    let mut folders = file[..file.len() - module.len() - 1].rsplit('/');
    let folder = folders.next()?;
    if folder == LIBRARY {
        // `Python312/Lib`
        let (major, minor) = folders.next()?.strip_prefix("Python")?.split_at_checked(1)?;
        let python = Python::new(major.parse().ok()?, minor.parse().ok()?);
        return Some(Python { patch: Python::UNKNOWN_PATCH, ..python });
    }
    let mut numbers = folder
        .strip_prefix("python")?
        .split('.')
        .map(|number| number.trim_end_matches('t').parse::<u8>().ok());
    let python = Python::new(numbers.next()??, numbers.next()??);
    Some(Python { patch: Python::UNKNOWN_PATCH, ..python })
}

/// The folder of the library on Windows.
const LIBRARY: &str = "Lib";

/// What follows the last `lib/python3.12/` or `lib/python312.zip/`; on Windows `Python312/Lib/`.
pub fn library_module(file: &str) -> Option<&str> {
    let of_windows = || {
        let (python, module) = file.split_once("/Lib/").filter(|_| is_on_drive(file))?;
        let folder = python.rsplit('/').next()?.to_ascii_lowercase();
        let is_python = folder.starts_with("python") || folder.contains("conda");
        is_python.then_some(module)
    };
    let elsewhere = ["/lib/python", "/lib64/python"].iter().find_map(|library| {
        let (_, rest) = file.rsplit_once(library)?;
        let (version, module) = rest.split_once('/')?;
        let version = version.strip_suffix(".zip").unwrap_or(version).trim_end_matches('t');
        version.bytes().all(|b| b.is_ascii_digit() || b == b'.').then_some(module)
    });
    elsewhere.or_else(of_windows)
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
    fn what_stands_for_others_is_nobodys_code() {
        let of = |name| {
            let (name, file) = (Untrusted::new(name), Untrusted::default());
            Origin::of_code(&Code { name, file, first_line: 0 })
        };
        assert_eq!(of(crate::sample::TOO_FAST), None);
        assert_eq!(of("dedupe"), Some(Origin::Own), "folded stacks name no files");
    }

    #[test]
    fn windows_has_slashes_of_its_own() {
        for (file, expected) in [
            (r"C:\Users\J\shop\load.py", "C:/Users/J/shop/load.py"),
            (r"shop\load.py", "shop/load.py"),
            (r"\\server\shop\load.py", "//server/shop/load.py"),
            (r"/srv/odd\name.py", r"/srv/odd\name.py"),
            ("load.py", "load.py"),
        ] {
            assert_eq!(slashed(file), expected);
        }
        let of = |file: &str| Origin::of(&Untrusted::new(file));
        let library = "C:/Users/J/AppData/Local/Programs/Python/Python312/Lib/json/decoder.py";
        assert_eq!(
            (of(library), library_module(library)),
            (Origin::Library, Some("json/decoder.py"))
        );
        assert_eq!(of("D:/miniconda3/Lib/json/decoder.py"), Origin::Library);
        assert_eq!(of("C:/shop/.venv/Lib/site-packages/yaml/a.py"), Origin::Package);
        assert_eq!(of("C:/shop/Lib/load.py"), Origin::Own);
    }

    #[test]
    fn the_version_stands_in_the_library_s_path() {
        let version = |file| library_version(file).map(|python| python.to_string());
        assert_eq!(version("/usr/lib/python3.12/json/decoder.py"), Some("3.12".to_owned()));
        assert_eq!(version("/opt/lib/python3.13t/os.py"), Some("3.13".to_owned()));
        assert_eq!(version("C:/Python312/Lib/os.py"), Some("3.12".to_owned()));
        for file in
            ["/usr/lib/python3/dist-packages/yaml.py", "/usr/lib/python312.zip/os.py", "etl.py"]
        {
            assert_eq!(version(file), None, "{file}");
        }
    }
}
