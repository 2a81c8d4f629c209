//! Where the target's file system begins, when it is in a container and ours is not, and where it
//! has mounts of its own (`PrivateTmp` of systemd, `unshare --mount`).

use std::fs::{File, Metadata};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// The root folder of another process, held open: its files can be read when it has ended.
#[derive(Debug)]
pub struct Root {
    folder: File,
    /// Its mounts, which are there for as long as somebody holds them.
    _mounts: Option<File>,
}

impl Root {
    /// The root of process `pid`; `None` when it is ours, or not to be had.
    pub fn of(pid: u32) -> Option<Self> {
        let folder = File::open(format!("/proc/{pid}/root")).ok()?;
        let mounts = File::open(format!("/proc/{pid}/ns/mnt")).ok();
        let has_own_mounts = mounts.as_ref().is_some_and(|mounts| !is(mounts, "/proc/self/ns/mnt"));
        let is_ours = is(&folder, "/") && !has_own_mounts;
        (!is_ours).then_some(Self { folder, _mounts: mounts })
    }

    /// A path of ours that leads there, as long as this is held.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.folder.as_raw_fd()))
    }
}

/// Whether an open file is the one at that path of ours.
fn is(open: &File, path: &str) -> bool {
    let identity = |of: Metadata| (of.dev(), of.ino());
    let (theirs, ours) = (open.metadata().map(identity), std::fs::metadata(path).map(identity));
    matches!((theirs, ours), (Ok(theirs), Ok(ours)) if theirs == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_root_is_none_to_go_through() {
        assert!(Root::of(std::process::id()).is_none());
        assert!(Root::of(u32::MAX).is_none());
    }

    #[test]
    fn a_held_folder_is_reached_by_its_path() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("etl.py"), "pass").expect("a file");
        let opened = File::open(folder.path()).expect("a folder");
        let root = Root { folder: opened, _mounts: None };
        let text = std::fs::read_to_string(root.path().join("etl.py"));
        assert_eq!(text.expect("readable"), "pass");
    }
}
