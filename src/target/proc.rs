//! What Linux tells of a process under `/proc` (proc(5)). Reads are bounded: the target chooses
//! its command line, and may be many threads.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::limits;
use crate::profile::Traffic;
use crate::text::Untrusted;

/// The fields of `/proc/PID/stat` that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    /// `R`unning or ready, `S`leeping, `Z`ombie and so on.
    pub(super) state: u8,
    /// Parent's process id.
    pub(super) parent: u32,
    /// User and system time, in clock ticks.
    pub(super) cpu_ticks: u64,
    /// Of its children that have ended and that it has waited for, and of theirs.
    pub(super) ended_ticks: u64,
    /// Start after boot, in clock ticks.
    pub(super) started: u64,
    /// Address of the first stack's bottom; 0 when we may not know.
    pub(super) stack_start: u64,
}

impl Stat {
    /// Whether a signal (`T`) or a debugger (`t`) has stopped it.
    pub(super) fn is_halted(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }
}

/// What a process executes: a new one comes with every `exec`, as when a launcher turns into the
/// program that it launches. A forked child has its parent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    executable: PathBuf,
    /// Tells two runs of the same file apart, where addresses are randomised.
    stack_start: u64,
}

impl Image {
    /// What process `pid` executes now; `None` when it has ended or is about to, or when the system
    /// does not tell.
    pub fn of(pid: u32) -> Option<Self> {
        Some(Self { stack_start: stat(pid).ok()?.stack_start, executable: executable(pid)? })
    }
}

/// Whether `/proc` was mounted for another PID namespace than ours, where our id means another process
/// or none.
pub(super) fn is_foreign() -> bool {
    match std::fs::read_link("/proc/self") {
        Ok(own) => own.as_os_str() != std::process::id().to_string().as_str(),
        // There is a /proc, and it does not know us.
        Err(error) => error.kind() == io::ErrorKind::NotFound && Path::new("/proc/stat").exists(),
    }
}

/// Reads at most `limit` bytes of a file under `/proc`.
fn read_bounded(path: impl AsRef<Path>, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a small text file under `/proc` or `/sys`.
pub(super) fn read_text(path: impl AsRef<Path>) -> io::Result<String> {
    let bytes = read_bounded(path, limits::PROC_TEXT_BYTES)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The state of a process.
pub(super) fn stat(pid: u32) -> io::Result<Stat> {
    let text = read_text(format!("/proc/{pid}/stat"))?;
    parse_stat(&text).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The second field is the program's name in parentheses, which may hold anything, parentheses and
/// spaces too; so fields are counted from its last closing one.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat {
        state: *fields.first()?.as_bytes().first()?,
        parent: number(4)? as u32,
        cpu_ticks: number(14)? + number(15)?,
        ended_ticks: number(16)? + number(17)?,
        started: number(22)?,
        stack_start: number(28)?,
    })
}

/// The threads of a process, at most `limits::THREADS`.
pub(super) fn threads(pid: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .take(limits::THREADS)
        .collect()
}

/// Whether a thread is running or ready to run.
pub(super) fn is_runnable(pid: u32, tid: u32) -> bool {
    read_text(format!("/proc/{pid}/task/{tid}/stat"))
        .ok()
        .and_then(|text| parse_stat(&text))
        .is_some_and(|stat| stat.state == b'R')
}

/// How often a thread left its processor to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Switches {
    /// Because it waited for something.
    pub(super) waits: u64,
    /// Because it had to.
    pub(super) preemptions: u64,
}

/// The context switches of a thread.
pub(super) fn switches(pid: u32, tid: u32) -> Option<Switches> {
    let text = read_text(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let number = |name| status_field(&text, name)?.parse().ok();
    Some(Switches {
        waits: number("voluntary_ctxt_switches")?,
        preemptions: number("nonvoluntary_ctxt_switches")?,
    })
}

/// The resident memory of a process and the most that it ever had, in bytes (`VmRSS` and `VmHWM`,
/// which the kernel gives in KiB); `None` for one that has none, such as a zombie.
pub(super) fn memory(pid: u32) -> Option<(u64, u64)> {
    let text = read_text(format!("/proc/{pid}/status")).ok()?;
    let bytes = |name| {
        let kibibytes = status_field(&text, name)?.strip_suffix("kB")?.trim();
        kibibytes.parse::<u64>().ok()?.checked_mul(1024)
    };
    Some((bytes("VmRSS")?, bytes("VmHWM")?))
}

/// What a process has read and written so far (`/proc/PID/io`: calls of read, write and their like,
/// whatever they are of); `None` where the kernel does not count it or we may not know. Files that are
/// opened it does not count, nor does anything else that can be read without tracing the process
/// (`/proc/PID/fd` has those that are open at the moment; audit, fanotify and tracepoints are for root).
pub(super) fn traffic(pid: u32) -> Option<Traffic> {
    let text = read_text(format!("/proc/{pid}/io")).ok()?;
    let number = |name| status_field(&text, name)?.parse().ok();
    Some(Traffic {
        reads: number("syscr")?,
        writes: number("syscw")?,
        read_bytes: number("rchar")?,
        written_bytes: number("wchar")?,
    })
}

/// The value of one line of `/proc/PID/status` or of a file like it.
pub(super) fn status_field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
}

/// The id that was given to a process or thread last, by the fifth field of `/proc/loadavg`
/// (proc_loadavg(5)): as long as it stays, none was made.
pub(super) fn newest_id() -> Option<u32> {
    read_text("/proc/loadavg").ok()?.split_ascii_whitespace().nth(4)?.parse().ok()
}

/// The children of a process; `None` where the kernel does not list them
/// (`CONFIG_PROC_CHILDREN`).
pub(super) fn children(pid: u32) -> Option<Vec<u32>> {
    let mut children = Vec::new();
    for tid in threads(pid) {
        match read_bounded(format!("/proc/{pid}/task/{tid}/children"), limits::PROC_TEXT_BYTES) {
            Ok(bytes) => children.extend(
                String::from_utf8_lossy(&bytes)
                    .split_ascii_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            ),
            Err(_) if Path::new("/proc/self/task").exists() && !lists_children() => return None,
            Err(_) => {} // the thread has just ended
        }
    }
    Some(children)
}

fn lists_children() -> bool {
    let own = std::process::id();
    Path::new(&format!("/proc/{own}/task/{own}/children")).exists()
}

/// The arguments of a process, the program first; empty when it has none or has ended.
pub fn command_line(pid: u32) -> Vec<Untrusted> {
    let read = |tid| read_bounded(format!("/proc/{tid}/cmdline"), limits::COMMAND_BYTES).ok();
    let arguments = |tid| read(tid).filter(|bytes| !bytes.is_empty());
    // A first thread that has ended has none any more, while the others run on.
    let bytes = arguments(pid).or_else(|| threads(pid).into_iter().find_map(arguments));
    let Some(bytes) = bytes else { return Vec::new() };
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    bytes.split(|&byte| byte == 0).map(Untrusted::from_bytes).collect()
}

/// What the kernel calls a thread.
pub fn kernel_name(pid: u32, tid: u32) -> Option<Untrusted> {
    let name = read_text(format!("/proc/{pid}/task/{tid}/comm")).ok()?;
    Some(Untrusted::new(name.trim_end_matches('\n')))
}

/// The working directory of a process, when the system tells.
pub fn working_directory(pid: u32) -> Option<Untrusted> {
    let path = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    Some(Untrusted::from_bytes(path.as_os_str().as_bytes()))
}

/// The file that a process executes, when the system tells.
pub(super) fn executable(pid: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// Whether a process executes a Python, or has the Python library mapped. A cheap look that keeps
/// the costly one, by symbols, from processes that are plainly something else.
pub fn looks_like_python(pid: u32) -> bool {
    let named = |path: &[u8]| path.windows(6).any(|window| window == b"python");
    let by_name =
        executable(pid).and_then(|path| Some(named(path.file_name()?.as_bytes()))).unwrap_or(false);
    by_name
        || read_bounded(format!("/proc/{pid}/maps"), limits::PROC_MAPS_BYTES)
            .is_ok_and(|maps| maps.windows(9).any(|window| window == b"libpython"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_parentheses_does_not_shift_the_fields() {
        let text = "42 (evil) R 1 (x) S 7 42 42 0 -1 4194560 1 2 3 4 50 25 0 0 20 0 3 0 9876 1 1 0 0 0 4096";
        let expected = Stat {
            state: b'S',
            parent: 7,
            cpu_ticks: 75,
            ended_ticks: 0,
            started: 9876,
            stack_start: 4096,
        };
        assert_eq!(parse_stat(text), Some(expected));
        assert_eq!(parse_stat("42 (short) S 7"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn status_fields_are_found_by_their_whole_name() {
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t7\n";
        assert_eq!(status_field(status, "nonvoluntary_ctxt_switches"), Some("7"));
        assert_eq!(status_field(status, "voluntary"), None);
    }

    #[test]
    fn this_process_is_told_of_truly() {
        let own = std::process::id();
        let stat = stat(own).expect("own stat");
        assert_eq!(stat.parent, std::os::unix::process::parent_id());
        assert!(threads(own).contains(&own));
        let (resident, peak) = memory(own).expect("own memory");
        assert!(resident > 1 << 20 && peak >= resident / 2, "{resident} of {peak}");
        if let Some(before) = traffic(own) {
            let status = read_text("/proc/self/status").expect("own status");
            let more = traffic(own).expect("still told").since(before);
            assert!(more.reads >= 1 && more.read_bytes >= status.len() as u64, "{more:?}");
        }
        assert!(!is_foreign());
        assert!(!command_line(own).is_empty());
        assert_eq!(
            working_directory(own).expect("own directory").path(),
            std::env::current_dir().expect("a directory")
        );
    }

    #[test]
    fn an_exec_makes_another_image_and_a_fork_does_not() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "echo up; read go; exec sleep 30"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        // The kernel is still placing the stack when the program is there by name already.
        let mut up = [0; 3];
        child.stdout.take().expect("a pipe").read_exact(&mut up).expect("the shell is up");
        let before = Image::of(child.id());
        assert_eq!(before, Image::of(child.id()));
        drop(child.stdin.take());
        let change = (0..1000).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            Some(Image::of(child.id())).filter(|image| *image != before)
        });
        let after = change.expect("another image");
        child.kill().expect("kill");
        child.wait().expect("wait");
        assert!(before.is_some() && after.is_some());
        assert_eq!(Image::of(child.id()), None);
    }

    #[test]
    fn a_new_process_has_a_new_id() {
        let before = newest_id().expect("an id");
        let mut child = std::process::Command::new("true").spawn().expect("true");
        assert_ne!(newest_id().expect("an id"), before);
        child.wait().expect("wait");
    }

    #[test]
    fn a_child_is_listed_where_the_kernel_lists_children() {
        if !lists_children() {
            println!("skipped: this kernel does not list children");
            return;
        }
        let mut child = std::process::Command::new("sleep").arg("5").spawn().expect("sleep");
        let listed = children(std::process::id()).expect("a list");
        child.kill().expect("kill");
        child.wait().expect("wait");
        assert!(listed.contains(&child.id()));
    }
}
