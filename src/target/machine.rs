//! What the machine gives the target: processors by affinity, and the cgroup's quota.

use std::path::{Path, PathBuf};

use rustix::process::Pid;

use super::proc;
use crate::profile::Machine;

/// What the machine gives process `pid`; unknown parts are 0 and `None`.
pub fn of_process(pid: u32) -> Machine {
    let cpus = affinity(pid).unwrap_or(0);
    let quota = quota(pid).filter(|&quota| cpus == 0 || quota < f64::from(cpus));
    Machine { cpus, quota }
}

fn affinity(pid: u32) -> Option<u32> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    Some(rustix::thread::sched_getaffinity(Some(pid)).ok()?.count())
}

/// The tightest CPU quota of the process's cgroup and those above it, in processors.
fn quota(pid: u32) -> Option<f64> {
    let groups = proc::read_text(format!("/proc/{pid}/cgroup")).ok()?;
    let mounts = proc::read_text("/proc/self/mountinfo").ok()?;
    let read = |file: PathBuf| proc::read_text(file).ok();
    tightest(&groups, &mounts, read)
}

fn tightest(groups: &str, mounts: &str, read: impl Fn(PathBuf) -> Option<String>) -> Option<f64> {
    let hierarchies = mounts.lines().filter_map(Hierarchy::parse);
    let quotas = hierarchies.flat_map(|hierarchy| {
        let folders = hierarchy.folders(groups);
        folders
            .into_iter()
            .filter_map(|folder| hierarchy.version.quota(&folder, &read))
            .collect::<Vec<f64>>()
    });
    quotas.reduce(f64::min)
}

/// A mounted hierarchy of cgroups that rules over processors.
struct Hierarchy<'a> {
    version: Version,
    /// The part of the hierarchy that is mounted.
    root: &'a str,
    mounted_at: &'a Path,
}

#[derive(Clone, Copy, PartialEq)]
enum Version {
    V1,
    V2,
}

impl<'a> Hierarchy<'a> {
    /// One line of `/proc/PID/mountinfo` (proc(5)).
    fn parse(line: &'a str) -> Option<Self> {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, mounted_at) = (mount.next()?, Path::new(mount.next()?));
        let mut system = system.split(' ');
        let version = match system.next()? {
            "cgroup2" => Version::V2,
            "cgroup" if system.nth(1)?.split(',').any(|option| option == "cpu") => Version::V1,
            _ => return None,
        };
        Some(Self { version, root, mounted_at })
    }

    /// The folders of a process's cgroup and of those above it, as far as they are mounted.
    fn folders(&self, groups: &str) -> Vec<PathBuf> {
        let Some(group) = groups.lines().find_map(|line| self.group(line)) else {
            return Vec::new();
        };
        // A group outside of what is mounted here is named by `..` or does not begin with the
        // root; the mount point then stands for the nearest group that can be seen.
        let below = group.strip_prefix(self.root.trim_end_matches('/')).unwrap_or("");
        let below = if below.contains("..") { "" } else { below.trim_start_matches('/') };
        let folder = self.mounted_at.join(below);
        folder
            .ancestors()
            .take_while(|folder| folder.starts_with(self.mounted_at))
            .map(Path::to_owned)
            .collect()
    }

    /// The path in one line of `/proc/PID/cgroup`, when it is of this hierarchy.
    fn group<'g>(&self, line: &'g str) -> Option<&'g str> {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let ours = match self.version {
            Version::V1 => controllers.split(',').any(|controller| controller == "cpu"),
            Version::V2 => controllers.is_empty(),
        };
        ours.then_some(path)
    }
}

impl Version {
    fn quota(self, folder: &Path, read: &impl Fn(PathBuf) -> Option<String>) -> Option<f64> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|&number| number > 0.0);
        let (quota, period) = match self {
            Self::V1 => {
                let quota = read(folder.join("cpu.cfs_quota_us"))?;
                let period = read(folder.join("cpu.cfs_period_us"))?;
                (number(&quota)?, number(&period)?)
            }
            Self::V2 => {
                let text = read(folder.join("cpu.max"))?;
                let (quota, period) = text.trim().split_once(' ')?;
                (number(quota)?, number(period)?)
            }
        };
        Some(quota / period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn tightest_of(groups: &str, mounts: &str, files: &[(&str, &str)]) -> Option<f64> {
        let files: HashMap<PathBuf, String> =
            files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
        tightest(groups, mounts, |path| files.get(&path).cloned())
    }

    const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";

    #[test]
    fn the_tightest_quota_on_the_way_up_counts() {
        let files = [
            ("/sys/fs/cgroup/app.slice/etl.service/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/app.slice/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/cpu.max", "400000 100000\n"),
        ];
        assert_eq!(tightest_of("0::/app.slice/etl.service\n", V2, &files), Some(1.5));
        assert_eq!(tightest_of("0::/other\n", V2, &files[..1]), None);
    }

    #[test]
    fn version_1_has_a_quota_and_a_period() {
        let mounts = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                      33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let groups = "4:memory:/job\n3:cpu,cpuacct:/job\n0::/\n";
        let folder = "/sys/fs/cgroup/cpu,cpuacct/job";
        let quota = |quota: &str| {
            let (quota_file, period_file) =
                (format!("{folder}/cpu.cfs_quota_us"), format!("{folder}/cpu.cfs_period_us"));
            tightest_of(groups, mounts, &[(&quota_file, quota), (&period_file, "100000\n")])
        };
        assert_eq!(quota("50000\n"), Some(0.5));
        assert_eq!(quota("-1\n"), None);
    }

    #[test]
    fn a_container_sees_its_group_at_the_mount_point() {
        let mounts = "30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let files = [("/sys/fs/cgroup/cpu.max", "200000 100000\n")];
        assert_eq!(tightest_of("0::/docker/abc\n", mounts, &files), Some(2.0));
        assert_eq!(tightest_of("0::/../xyz\n", mounts, &files), Some(2.0));
    }

    #[test]
    fn nonsense_is_no_quota() {
        for text in ["", "max", "0 0", "x y", "100000", "-5 100000"] {
            assert_eq!(tightest_of("0::/\n", V2, &[("/sys/fs/cgroup/cpu.max", text)]), None);
        }
        assert_eq!(tightest_of("", "", &[]), None);
    }

    #[test]
    fn this_process_may_use_as_many_processors_as_the_standard_library_counts() {
        let machine = of_process(std::process::id());
        assert!(machine.cpus > 0);
        let parallelism = std::thread::available_parallelism().expect("a count").get() as u32;
        assert!(parallelism <= machine.cpus);
    }
}
