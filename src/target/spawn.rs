//! Starts the program to be recorded, with its own stdin, stdout, stderr and exit code.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;

use super::{Identity, TargetError, orphans, proc};

/// The variable that names the interpreter to use.
pub(super) const INTERPRETER: &str = "UNSLOW_PYTHON";

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    command: Vec<OsString>,
}

/// Where an interpreter may be found, as the environment tells.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `UNSLOW_PYTHON`: the interpreter to use.
    pub python: Option<OsString>,
    /// `VIRTUAL_ENV`: the active virtual environment.
    pub virtual_env: Option<OsString>,
    /// `PATH`.
    pub path: Option<OsString>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            python: variable(INTERPRETER),
            virtual_env: variable("VIRTUAL_ENV"),
            path: variable("PATH"),
        }
    }

    /// The interpreter that runs scripts and modules: the named one, the active virtual
    /// environment's, then `python3` and `python` on the path.
    fn interpreter(&self) -> Result<OsString, TargetError> {
        if let Some(python) = &self.python {
            return Ok(python.clone());
        }
        let in_environment =
            self.virtual_env.as_ref().map(|root| Path::new(root).join("bin").join("python"));
        if let Some(python) = in_environment.filter(|python| is_executable(python)) {
            return Ok(python.into());
        }
        ["python3", "python"]
            .iter()
            .find_map(|name| self.on_path(name))
            .map(Into::into)
            .ok_or(TargetError::NoPython)
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(self.path.as_ref()?)
            .map(|folder| folder.join(name))
            .find(|candidate| is_executable(candidate))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

impl Program {
    /// `python -m module arguments`.
    ///
    /// # Errors
    /// When no interpreter is found.
    pub fn module(arguments: &[OsString], around: &Surroundings) -> Result<Self, TargetError> {
        let mut command = vec![around.interpreter()?, "-m".into()];
        command.extend_from_slice(arguments);
        Ok(Self { command })
    }

    /// A Python script (`.py`, `.pyw`, `.pyz`, a folder with a `__main__.py`), run with the
    /// interpreter found, or any other program as it stands.
    ///
    /// # Errors
    /// When the script is not there, or no interpreter is found.
    pub fn parse(words: &[OsString], around: &Surroundings) -> Result<Self, TargetError> {
        let first = Path::new(words.first().map_or(OsStr::new(""), OsString::as_os_str));
        if !is_script(first) {
            return Ok(Self { command: words.to_vec() });
        }
        if !first.exists() {
            return Err(TargetError::NoScript(first.to_owned()));
        }
        let mut command = vec![around.interpreter()?];
        command.extend_from_slice(words);
        Ok(Self { command })
    }

    /// The command line that is started.
    pub fn command(&self) -> &[OsString] {
        &self.command
    }

    /// Starts the program.
    ///
    /// # Errors
    /// When it is not there or cannot be executed, or `/proc` would not tell of it.
    pub fn start(&self) -> Result<Running, TargetError> {
        let (program, arguments) = self.command.split_first().expect("a program to start");
        if proc::is_foreign() {
            return Err(TargetError::ForeignProc(std::process::id()));
        }
        orphans::adopt();
        let child = Command::new(program).args(arguments).spawn().map_err(|error| {
            let program = program.to_string_lossy().into_owned();
            match error.kind() {
                _ if Path::new(&program).is_dir() => TargetError::IsDirectory(program.into()),
                io::ErrorKind::NotFound if !Path::new(&program).is_file() => {
                    TargetError::NoProgram(program)
                }
                _ => TargetError::NotStarted { program, source: error },
            }
        })?;
        // Not waited for yet, so the pid cannot have come to mean another process, not even when
        // it has ended already.
        let identity = Identity::of_child(&child).map(Arc::new)?;
        Ok(Running { child, identity })
    }
}

fn is_script(path: &Path) -> bool {
    let by_name = path.extension().is_some_and(|ending| {
        ["py", "pyw", "pyz"].iter().any(|script| ending.eq_ignore_ascii_case(script))
    });
    by_name || path.join("__main__.py").is_file()
}

/// A program that was started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    identity: Arc<Identity>,
}

impl Running {
    /// The process.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }
}

/// The code that a shell gives for it: the program's own, or 128 and the signal that killed it.
pub fn exit_code(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (Some(code), _) => code as u8,
        (None, Some(signal)) => 128_u8.saturating_add(signal as u8),
        (None, None) => u8::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    fn with_python(names: &[&str]) -> (tempfile::TempDir, Surroundings) {
        let root = tempfile::tempdir().expect("a folder");
        for name in names {
            let file = root.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            std::fs::write(&file, "").expect("a file");
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("a mode");
        }
        let path = Some(root.path().into());
        (root, Surroundings { path, ..Surroundings::default() })
    }

    #[test]
    fn the_interpreter_is_the_named_one_then_the_environments_then_the_paths() {
        let (root, mut around) = with_python(&["python", "python3", "env/bin/python"]);
        assert_eq!(around.interpreter().expect("found"), root.path().join("python3"));
        around.virtual_env = Some(root.path().join("env").into());
        assert_eq!(around.interpreter().expect("found"), root.path().join("env/bin/python"));
        around.virtual_env = Some(root.path().join("deleted").into());
        assert_eq!(around.interpreter().expect("found"), root.path().join("python3"));
        around.python = Some("python3.12".into());
        assert_eq!(around.interpreter().expect("found"), "python3.12");
    }

    #[test]
    fn what_cannot_be_executed_is_no_interpreter() {
        let (root, around) = with_python(&["python"]);
        std::fs::write(root.path().join("python3"), "").expect("a file");
        assert_eq!(around.interpreter().expect("found"), root.path().join("python"));
        assert!(matches!(Surroundings::default().interpreter(), Err(TargetError::NoPython)));
    }

    #[test]
    fn scripts_and_modules_get_an_interpreter_and_programs_do_not() {
        let (root, around) = with_python(&["python3", "etl.py", "app/__main__.py"]);
        let python = root.path().join("python3").into_os_string();
        let script = root.path().join("etl.py").into_os_string();
        let folder = root.path().join("app").into_os_string();
        let parse = |words: &[OsString]| Program::parse(words, &around).map(|p| p.command);

        let with_arguments = [script.clone(), "--rows".into(), "-m".into()];
        let expected = [vec![python.clone()], with_arguments.to_vec()].concat();
        assert_eq!(parse(&with_arguments).expect("a script"), expected);
        assert_eq!(
            parse(std::slice::from_ref(&folder)).expect("a folder"),
            [python.clone(), folder.clone()]
        );
        let program = words(&["python3.12", "etl.py", "--rows", "5"]);
        assert_eq!(parse(&program).expect("a program"), program);
        assert!(matches!(parse(&words(&["gone.py"])), Err(TargetError::NoScript(_))));

        let module = Program::module(&words(&["pkg.mod", "-x"]), &around).expect("a module");
        assert_eq!(module.command[1..], words(&["-m", "pkg.mod", "-x"]));
    }

    #[test]
    fn exit_codes_are_the_shells() {
        let run = |script: &str| {
            let status = Command::new("sh").args(["-c", script]).status().expect("a shell");
            exit_code(status)
        };
        assert_eq!(run("exit 0"), 0);
        assert_eq!(run("exit 7"), 7);
        assert_eq!(run("exit 255"), 255);
        assert_eq!(run("kill -KILL $$"), 137);
        assert_eq!(run("kill -TERM $$"), 143);
    }

    #[test]
    fn what_cannot_be_started_says_why() {
        let start = |program: &str| {
            Program::parse(&words(&[program]), &Surroundings::default()).and_then(|p| p.start())
        };
        let none = start("unslow-no-such-program").expect_err("no program");
        assert!(matches!(none, TargetError::NoProgram(_)), "{none}");
        let folder = start("/").expect_err("a folder");
        assert!(matches!(folder, TargetError::IsDirectory(_)), "{folder}");
        let text = start("/etc/passwd").expect_err("no program");
        assert!(matches!(text, TargetError::NotStarted { .. }), "{text}");
    }

    #[test]
    fn a_program_that_ends_at_once_is_still_had() {
        let program = Program::parse(&words(&["true"]), &Surroundings::default()).expect("parsed");
        let mut running = program.start().expect("started");
        assert!(running.identity().ends_within(std::time::Duration::from_secs(5)));
        assert_eq!(running.ended().expect("a status").map(exit_code), Some(0));
    }
}
