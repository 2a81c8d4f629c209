//! Whose code a file is, told by its name alone.

/// Whose code a frame runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The user's own: where advice is given.
    Own,
    /// Shipped with CPython.
    StandardLibrary,
    /// Installed by a package manager.
    SitePackages,
    /// No file: frozen modules, built-ins, `exec`'d strings.
    Native,
}

impl Origin {
    /// The origin of a `co_filename`.
    pub fn of(file: &str) -> Self {
        if file.is_empty() || file.starts_with('<') {
            return Self::Native;
        }
        let mut parts = file.split(['/', '\\']).rev().skip(1).peekable();
        let mut inside_library = false;
        while let Some(part) = parts.next() {
            if matches!(part, "site-packages" | "dist-packages") {
                return Self::SitePackages;
            }
            let below_lib = matches!(parts.peek(), Some(&("lib" | "lib64" | "Lib")));
            inside_library |= below_lib && is_versioned_python(part);
        }
        // A zipped library: lib/python311.zip/json/decoder.py.
        if inside_library { Self::StandardLibrary } else { Self::Own }
    }
}

/// `python3.12`, `python2.7`, `python3.13t`, `python311.zip`.
fn is_versioned_python(part: &str) -> bool {
    part.strip_prefix("python").is_some_and(|version| version.starts_with(['2', '3']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_told_by_the_path() {
        for (file, origin) in [
            ("/home/me/etl/orders.py", Origin::Own),
            ("orders.py", Origin::Own),
            ("/home/me/lib/python_tools/orders.py", Origin::Own),
            ("/usr/lib/python3.12/json/decoder.py", Origin::StandardLibrary),
            ("/opt/pythons/3.13.0/lib/python3.13/csv.py", Origin::StandardLibrary),
            ("/usr/lib/python311.zip/json/decoder.py", Origin::StandardLibrary),
            ("/venv/lib/python3.12/site-packages/pandas/core/frame.py", Origin::SitePackages),
            ("/usr/lib/python3/dist-packages/yaml/loader.py", Origin::SitePackages),
            ("<frozen importlib._bootstrap>", Origin::Native),
            ("<string>", Origin::Native),
            ("", Origin::Native),
        ] {
            assert_eq!(Origin::of(file), origin, "{file}");
        }
    }
}
