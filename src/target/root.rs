//! Where the target's file system begins, when it is in a container and ours is not.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// The root folder of another process, held open: its files can be read when it has ended.
#[derive(Debug)]
pub struct Root(File);

impl Root {
    /// The root of process `pid`; `None` when it is ours, or not to be had.
    pub fn of(pid: u32) -> Option<Self> {
        let root = File::open(format!("/proc/{pid}/root")).ok()?;
        let (theirs, ours) = (root.metadata().ok()?, std::fs::metadata("/").ok()?);
        let is_ours = (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino());
        (!is_ours).then_some(Self(root))
    }

    /// A path of ours that leads there, as long as this is held.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
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
        let root = Root(File::open(folder.path()).expect("a folder"));
        let text = std::fs::read_to_string(root.path().join("etl.py"));
        assert_eq!(text.expect("readable"), "pass");
    }
}
