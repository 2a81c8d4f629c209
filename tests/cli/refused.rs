//! Who cannot be looked at, where a transcript cannot say it: another user's process, one of which
//! `/proc` does not tell; and who can, a CPython of the future.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::running::Running;
use crate::support;
use crate::transcript::Stage;

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

/// What a command prints on both streams, and its exit code.
fn said(command: &mut Command) -> (String, Option<i32>) {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let printed = [output.stdout, output.stderr].concat();
    (String::from_utf8(printed).expect("text"), output.status.code())
}

/// What a user who owns nothing is told, of files and processes of root; `None` when this is not root.
fn as_nobody(stage: &Stage, words: &[&str]) -> Option<(String, Option<i32>)> {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can be another user");
        return None;
    }
    Some(said(stage.command(&for_all(stage)).args(words).uid(NOBODY).gid(NOBODY)))
}

/// A copy of the program under test: where that lies, other users may not look.
fn for_all(stage: &Stage) -> String {
    let program = stage.file("unslow-for-all");
    if !program.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_unslow"), &program).expect("a copy");
        let open = |path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755));
        open(&stage.file("")).and_then(|()| open(&program)).expect("allowed");
    }
    program.to_str().expect("a name").to_owned()
}

/// What a shell's script prints in namespaces of its own; `None` when none can be made.
fn in_namespaces(
    stage: &Stage,
    namespaces: &[&str],
    script: &str,
) -> Option<(String, Option<i32>)> {
    let enters = Command::new("unshare").args(namespaces).arg("true").status();
    if !enters.is_ok_and(|status| status.success()) {
        println!("skipped: only root can make a namespace");
        return None;
    }
    let shell = ["sh", "-c", script];
    Some(said(stage.command("unshare").args(namespaces).args(shell)))
}

#[test]
fn another_users_process_is_refused_with_what_helps() {
    let stage = Stage::new(None);
    let program = Running(Command::new("sleep").arg("60").spawn().expect("a program"));
    let pid = program.0.id().to_string();
    let owned = format!("the process is of user 0, unslow of {NOBODY}");
    for words in [&["attach", "-d", "1"][..], &["record", "-o", "/tmp/x.svg", "-p"], &["dump"]] {
        let words = [words, &[pid.as_str()]].concat();
        let Some((text, code)) = as_nobody(&stage, &words) else { return };
        let expected = [
            format!("error: not permitted to read process {pid}; `unslow doctor {pid}` says which"),
            format!("because: user: {owned}"),
            format!("help: with root's rights: sudo {}", stage.file("unslow-for-all").display()),
        ];
        assert!(expected.iter().all(|it| text.contains(it)), "{words:?}: {text}");
        assert_eq!(code, Some(2), "{words:?}");
    }
    let Some((text, code)) = as_nobody(&stage, &["doctor", &pid]) else { return };
    assert!(text.contains(&format!("NO    user            {owned}")), "{text}");
    assert!(text.contains("NO    python          not permitted to read process"), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn files_of_others_are_refused_with_what_helps() {
    let stage = Stage::new(None);
    let secret = stage.file("recordings/py-spy.folded");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).expect("allowed");
    let failures = [
        (
            &["report", "recordings/py-spy.folded"][..],
            "error: cannot read recordings/py-spy.folded\n  because: Permission denied (os error 13)\n\
             help: what was recorded with sudo is root's: sudo chown \"$USER\" FILE\n",
        ),
        (
            &["report", "recordings/tachyon.collapsed", "-o", "flame.svg"],
            "error: cannot write flame.svg: no file can be made in .\n  because: permission denied\n\
             help: name a file in a folder that you may write to\n",
        ),
        (
            &["run", "--baseline", "recordings/py-spy.folded", "true"],
            "error: cannot use the baseline recordings/py-spy.folded\n\
             \x20 because: Permission denied (os error 13)\n\
             help: write one with: unslow report PROFILE -o FILE.json\n",
        ),
    ];
    for (words, expected) in failures {
        let Some((text, code)) = as_nobody(&stage, words) else { return };
        assert_eq!((text.as_str(), code), (expected, Some(2)), "{words:?}");
    }
    // A file that may be read and not be written, in a folder that may be.
    let open = stage.file("open");
    std::fs::create_dir(&open).expect("a folder");
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).expect("allowed");
    std::fs::write(open.join("old.svg"), "old").expect("a file");
    let words = ["report", "recordings/tachyon.collapsed", "-o", "open/old.svg"];
    let Some((text, code)) = as_nobody(&stage, &words) else { return };
    let expected = "error: cannot write open/old.svg: Permission denied (os error 13)\n\
                    help: name another file, or one in a folder that you may write to\n";
    assert_eq!((text.as_str(), code), (expected, Some(2)));
}

#[test]
fn a_process_of_another_namespace_is_not_mistaken_for_one_of_that_number() {
    let stage = Stage::new(None);
    let program = Running(Command::new("sleep").arg("60").spawn().expect("a program"));
    let pid = program.0.id().to_string();
    for verb in ["dump", "attach"] {
        let script = format!("unslow {verb} {pid}");
        let printed = in_namespaces(&stage, &["--pid", "--fork"], &script);
        let Some((text, code)) = printed else { return };
        let expected = format!(
            "error: /proc tells of another PID namespace than the one that unslow runs in: what is \
             process {pid} here has another number there\n\
             help: mount the namespace's own (`unshare --pid` does so with --mount-proc): mount -t \
             proc proc /proc\n"
        );
        assert_eq!((text, code), (expected, Some(2)), "{verb}");
    }
}

#[test]
fn what_proc_hides_from_others_is_said_to_be_hidden() {
    let stage = Stage::new(None);
    let program = for_all(&stage);
    for (hidden, verb) in [("1", "attach"), ("2", "attach"), ("2", "dump"), ("2", "doctor")] {
        let script = format!(
            "mount -t proc -o hidepid={hidden} proc /proc; sleep 60 & echo $!; exec setpriv --reuid \
             {NOBODY} --regid {NOBODY} --clear-groups {program} {verb} $!"
        );
        let printed = in_namespaces(&stage, &["--pid", "--fork", "--mount-proc"], &script);
        let Some((text, code)) = printed else { return };
        let pid = text.lines().next().unwrap_or_default();
        let expected = format!(
            "{pid}\nerror: cannot look at process {pid}\n\
             \x20 because: Operation not permitted (os error 1)\n\
             help: /proc tells its owner and root alone of it (hidepid); with root's rights: \
             sudo \"$(command -v unslow)\" attach {pid}\n"
        );
        assert_eq!((text.as_str(), code), (expected.as_str(), Some(2)), "{verb}");
    }
}

#[test]
fn without_proc_it_is_said_to_be_missing() {
    let stage = Stage::new(None);
    for words in ["run -- true", "attach 1"] {
        let script = format!("mount -t tmpfs none /proc; exec unslow {words}");
        let Some((text, code)) = in_namespaces(&stage, &["--mount"], &script) else { return };
        let cause = "\n  because: No such file or directory (os error 2)\n\
                     help: /proc has to be mounted: mount -t proc proc /proc\n";
        let is_told = text.starts_with("error: cannot look at process ") && text.ends_with(cause);
        assert!(is_told, "{words}: {text}");
        assert_eq!(code, Some(2), "{words}");
    }
}

/// What is walked from the outside alone, since nothing tells where its frames are.
#[test]
fn an_old_python_is_not_held_still() {
    let mut old = support::interpreters().iter().filter(|python| !python.has_columns());
    let Some(python) = old.find(|python| python.version.0 == 3) else {
        return println!("skipped: no CPython before 3.11");
    };
    let stage = Stage::new(Some(python));
    let program = ["run", "--exact", "--", "python", "busy.py", "1"];
    let (text, _) = said(stage.command("unslow").args(program));
    let expected = format!("runs CPython {}.{}.", python.version.0, python.version.1);
    let rest = ", and --exact needs 3.11 or later on x86-64; leave --exact out";
    assert!(text.contains(&expected) && text.contains(rest), "{text}");
}

/// Makes an interpreter that says of itself that it is of a version to come.
const FUTURE: &str = "
import os, sys
name = b'xdebugpy'
with open(os.path.realpath(sys.executable), 'rb') as file:
    program = file.read()
known = name + sys.hexversion.to_bytes(8, 'little')
if known not in program:
    sys.exit(3)
with open('python', 'wb') as file:
    file.write(program.replace(known, name + (0x036300F0).to_bytes(8, 'little')))
os.chmod('python', 0o755)
print(sys.base_prefix, end='')
";

#[test]
fn a_newer_python_is_read_as_the_newest_known() {
    let Some(python) = support::newest_with_columns() else { return };
    let stage = Stage::new(None);
    let mut made = python.command();
    let (home, code) = said(made.args(["-c", FUTURE]).current_dir(stage.file("")));
    if code == Some(3) {
        println!("skipped: {} does not say its version itself", python.path.display());
        return;
    }
    const WAITS: &str = "
import time
def wait_for_it():
    print(1)
    time.sleep(60)
wait_for_it()
";
    let mut program = stage.command("./python");
    program.env("PYTHONHOME", home).args(["-u", "-c", WAITS]);
    let mut program = Running(program.stdout(Stdio::piped()).spawn().expect("it starts"));
    std::io::BufRead::read_line(&mut program.lines(), &mut String::new()).expect("it runs");
    let pid = program.0.id().to_string();
    for words in [&["attach", "-d", "1", "--idle", &pid][..], &["dump", &pid]] {
        let (text, code) = said(stage.command("unslow").args(words));
        let labelled = text.contains("CPython 3.99.0, read as 3.15 (untested)");
        assert!(labelled && text.contains("wait_for_it"), "{words:?}: {text}");
        assert_eq!(code, Some(0), "{words:?}");
    }
}
