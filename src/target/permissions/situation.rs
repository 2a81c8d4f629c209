//! The facts that decide whether a process can be read, gathered from the system.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::target::{TargetError, proc};

/// Bit of `CAP_SYS_PTRACE` in a capability set (capabilities(7)).
const CAP_SYS_PTRACE: u32 = 19;

/// Generations that are followed upward in search of ourselves.
const GENERATIONS: usize = 64;

/// What decides whether a process can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// How this program is called, so that `sudo` finds it too.
    pub unslow: String,
    /// Whether the system call that reads memory works at all.
    pub reads_own_memory: bool,
    /// Yama's `kernel.yama.ptrace_scope`, where there is one.
    pub ptrace_scope: Option<u8>,
    /// Whether this process holds `CAP_SYS_PTRACE`.
    pub may_trace_any: bool,
    /// The capabilities that this process may use, as bits (capabilities(7)).
    pub rights: u64,
    /// The user of this process.
    pub user: u32,
    /// The container that this process is in.
    pub container: Option<Container>,
    /// The process to be read.
    pub target: Option<TargetSituation>,
}

/// What of the target decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSituation {
    /// Its process id.
    pub pid: u32,
    /// Its real, effective and saved user.
    pub users: [u32; 3],
    /// The capabilities that it may use, as bits.
    pub rights: u64,
    /// Whether it lets its memory be read by its own user (`PR_SET_DUMPABLE`).
    pub dumpable: bool,
    /// Whether this process started it, or an ancestor of it.
    pub is_descendant: bool,
    /// The process that traces it with ptrace, a debugger for example.
    pub tracer: Option<u32>,
    /// Its id inside the container that it runs in, when that is not ours.
    pub pid_inside: Option<u32>,
}

/// Who made the container that this process is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Kubernetes, whichever its runtime.
    Kubernetes,
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// Some other.
    Other,
}

impl Container {
    pub(super) fn article(self) -> &'static str {
        match self {
            Self::Kubernetes => "a Kubernetes pod",
            Self::Docker => "a Docker container",
            Self::Podman => "a Podman container",
            Self::Other => "a container",
        }
    }

    fn of_this_process() -> Option<Self> {
        let marked = |file: &str| Path::new(file).exists();
        let engine = std::env::var("container").ok();
        if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            Some(Self::Kubernetes)
        } else if marked("/run/.containerenv") || engine.as_deref() == Some("podman") {
            Some(Self::Podman)
        } else if marked("/.dockerenv") || engine.as_deref() == Some("docker") {
            Some(Self::Docker)
        } else {
            engine.map(|_| Self::Other)
        }
    }
}

impl Situation {
    /// That of this process, told whether it could read its own memory.
    pub fn of_machine(reads_own_memory: bool) -> Self {
        let status = proc::read_text("/proc/self/status").unwrap_or_default();
        Self {
            unslow: std::env::current_exe()
                .map_or_else(|_| "unslow".into(), |path| path.display().to_string()),
            reads_own_memory,
            ptrace_scope: proc::read_text("/proc/sys/kernel/yama/ptrace_scope")
                .ok()
                .and_then(|text| text.trim().parse().ok()),
            may_trace_any: capabilities(&status, "CapEff") & (1 << CAP_SYS_PTRACE) != 0,
            rights: capabilities(&status, "CapPrm"),
            user: users(&status).map_or(u32::MAX, |users| users[1]),
            container: Container::of_this_process(),
            target: None,
        }
    }

    /// With the facts of process `pid`.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn with_target(self, pid: u32) -> Result<Self, TargetError> {
        let gone = || TargetError::NoSuchProcess(pid);
        let status = proc::read_text(format!("/proc/{pid}/status")).map_err(|_| gone())?;
        let users = users(&status).ok_or_else(gone)?;
        let target = TargetSituation {
            pid,
            users,
            rights: capabilities(&status, "CapPrm"),
            dumpable: is_dumpable(pid, users[1]),
            is_descendant: is_descendant(pid),
            tracer: proc::status_field(&status, "TracerPid")
                .and_then(|tracer| tracer.parse().ok())
                .filter(|&tracer| tracer != 0),
            pid_inside: proc::status_field(&status, "NSpid")
                .filter(|pids| pids.split_ascii_whitespace().count() > 1)
                .and_then(|pids| pids.split_ascii_whitespace().last()?.parse().ok()),
        };
        Ok(Self { target: Some(target), ..self })
    }
}

/// One of the sets of capabilities in `/proc/PID/status`.
fn capabilities(status: &str, set: &str) -> u64 {
    proc::status_field(status, set).and_then(|set| u64::from_str_radix(set, 16).ok()).unwrap_or(0)
}

/// Real, effective and saved user.
fn users(status: &str) -> Option<[u32; 3]> {
    let mut users =
        proc::status_field(status, "Uid")?.split_ascii_whitespace().map_while(|id| id.parse().ok());
    Some([users.next()?, users.next()?, users.next()?])
}

/// The kernel gives the files of a process that is not dumpable to root (proc(5)). Of root's own
/// processes it cannot be told, nor does it matter.
fn is_dumpable(pid: u32, effective_user: u32) -> bool {
    std::fs::metadata(format!("/proc/{pid}/stat")).map_or(true, |file| file.uid() == effective_user)
}

fn is_descendant(pid: u32) -> bool {
    let parent = |pid: &u32| proc::stat(*pid).ok().map(|stat| stat.parent).filter(|&pid| pid > 1);
    let own = std::process::id();
    std::iter::successors(parent(&pid), parent).take(GENERATIONS).any(|ancestor| ancestor == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_bits() {
        let status = "CapPrm:\t000001fffeffffff\nCapEff:\t0000000000080000\n";
        assert_eq!(capabilities(status, "CapEff"), 1 << CAP_SYS_PTRACE);
        assert_eq!(capabilities(status, "CapPrm"), 0x1ff_feff_ffff);
        assert_eq!(capabilities("CapEff:\tnonsense\n", "CapEff"), 0);
    }

    #[test]
    fn users_are_real_effective_and_saved() {
        assert_eq!(users("Uid:\t1000\t0\t5\t0\n"), Some([1000, 0, 5]));
        assert_eq!(users("Uid:\t1000\n"), None);
    }

    #[test]
    fn a_child_is_a_descendant_and_this_process_is_not() {
        let mut child = std::process::Command::new("sleep").arg("5").spawn().expect("sleep");
        let found = is_descendant(child.id());
        child.kill().expect("kill");
        child.wait().expect("wait");
        assert!(found);
        assert!(!is_descendant(std::process::id()));
    }
}
