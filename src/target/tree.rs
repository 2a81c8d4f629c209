//! The target and its descendants, looked at a few times a second.

mod member;
mod seen;

use std::collections::BTreeMap;
use std::sync::Arc;

use advisors::Python;

use super::{Identity, orphans, proc};
use crate::limits;
use crate::profile::Process;
use member::Member;

/// A process and its descendants, with what was observed of each.
#[derive(Debug)]
pub struct Tree {
    root: u32,
    members: BTreeMap<u32, Member>,
    /// Processes of the tree that have ended, in the order they did.
    ended: Vec<Member>,
    observed: bool,
    /// The most descendants at a time for which there was no room.
    crowd: usize,
    /// The most descendants at a time for which no file could be opened.
    unopened: usize,
    /// Whether our other children belong to it.
    has_orphans: bool,
    births: Births,
}

/// Whether there can be processes that were not there before. To ask every thread for its children
/// is dear where there are hundreds.
#[derive(Debug, Default)]
struct Births {
    newest: Option<u32>,
    /// How often it was asked since there were any.
    quiet: u32,
}

impl Births {
    /// A process has its id before it is among its parent's children, so that is asked twice. Not
    /// everything that passes for `/proc/loadavg` in a container has a true id, so it is asked now
    /// and then in any case.
    const RELIABLE: u32 = 2;
    const ANYWAY: u32 = 10;

    fn are_possible(&mut self, newest: Option<u32>) -> bool {
        let before = std::mem::replace(&mut self.newest, newest);
        self.quiet = if newest.is_none() || newest != before { 0 } else { self.quiet + 1 };
        self.quiet < Self::RELIABLE || self.quiet.is_multiple_of(Self::ANYWAY)
    }
}

impl Tree {
    /// A tree of which only the root is known yet.
    pub fn new(root: Arc<Identity>) -> Self {
        let pid = root.pid();
        let parent = proc::stat(pid).map_or(0, |stat| stat.parent);
        let (members, ended) = (BTreeMap::new(), Vec::new());
        let (observed, has_orphans, births) = (false, false, Births::default());
        let mut tree = Self {
            root: pid,
            members,
            ended,
            observed,
            crowd: 0,
            unopened: 0,
            has_orphans,
            births,
        };
        tree.members.insert(pid, Member::new(root, parent));
        tree
    }

    /// A tree whose root was started by [`super::spawn`]: descendants that have lost their parents
    /// are among our children.
    pub fn with_orphans(self) -> Self {
        Self { has_orphans: true, ..self }
    }

    /// Looks for descendants that were not known yet, ourselves left out; at most
    /// `limits::PROCESSES` are known at a time.
    pub fn discover(&mut self) -> Vec<Arc<Identity>> {
        self.bury();
        let mut found = Vec::new();
        if !self.births.are_possible(proc::newest_id()) {
            return found;
        }
        let (mut crowd, mut unopened) = (0, 0);
        let own = std::process::id();
        let mut parents: Vec<u32> = self.members.keys().copied().chain([own]).collect();
        while let Some(parent) = parents.pop() {
            let children = match parent == own {
                true if self.has_orphans => orphans::adopted(),
                true => continue,
                false => children(parent),
            };
            for pid in children {
                if self.members.contains_key(&pid) || pid == own {
                    continue;
                }
                if self.members.len() >= limits::PROCESSES {
                    crowd += 1;
                    continue;
                }
                match Member::child(pid, parent) {
                    Ok(Some(member)) => {
                        found.push(Arc::clone(&member.identity));
                        self.members.insert(pid, member);
                        parents.push(pid);
                    }
                    Ok(None) => {}
                    Err(error) => unopened += usize::from(error.is_of_too_many_files()),
                }
            }
        }
        self.crowd = self.crowd.max(crowd);
        self.unopened = self.unopened.max(unopened);
        found
    }

    /// How many descendants there were at a time, at most, beyond those that can be known.
    pub fn crowd(&self) -> usize {
        self.crowd
    }

    /// How many descendants there were at a time, at most, for which no file could be opened.
    pub fn unopened(&self) -> usize {
        self.unopened
    }

    /// Keeps which Python a process runs, be it that it has just ended.
    pub fn learn_python(&mut self, pid: u32, python: Python) {
        let ended = self.ended.iter_mut().rfind(|member| member.identity.pid() == pid);
        if let Some(member) = self.members.get_mut(&pid).or(ended) {
            member.learn_python(python);
        }
    }

    /// The Python of the root, else of the descendant with the lowest id that has one.
    pub fn python(&self) -> Option<Python> {
        let all = self.members.values().chain(&self.ended).filter(|it| it.python.is_some());
        all.min_by_key(|it| (it.identity.pid() != self.root, it.identity.pid()))?.python
    }

    /// Takes note of what every process of the tree is doing, `at` seconds into the recording.
    pub fn observe(&mut self, at: f64) {
        let present = !std::mem::replace(&mut self.observed, true);
        for member in self.members.values_mut() {
            member.observe(at, present);
        }
    }

    /// What every process had at the last observation: process id, resident bytes, and the most
    /// that it ever had.
    pub fn memory(&self) -> impl Iterator<Item = (u32, u64, u64)> {
        self.members.iter().filter_map(|(&pid, member)| {
            let (resident, peak) = member.seen.memory?;
            Some((pid, resident, peak))
        })
    }

    /// The processes that a signal or a debugger had stopped at the last observation.
    pub fn halted(&self) -> impl Iterator<Item = u32> {
        let halted = self.members.iter().filter(|(_, member)| member.seen.is_halted);
        halted.map(|(&pid, _)| pid)
    }

    /// How many of the known processes run.
    pub fn running(&self) -> usize {
        self.members.values().filter(|member| member.identity.is_running()).count()
    }

    /// The known descendants that run.
    pub fn descendants(&self) -> Vec<Arc<Identity>> {
        (self.members.values())
            .map(|member| &member.identity)
            .filter(|identity| identity.pid() != self.root && identity.is_running())
            .cloned()
            .collect()
    }

    /// Sets aside what has ended. The oldest of very many are forgotten.
    fn bury(&mut self) {
        let ended: Vec<u32> = (self.members.iter())
            .filter(|(_, member)| !member.identity.is_running())
            .map(|(&pid, _)| pid)
            .collect();
        for pid in ended {
            self.ended.extend(self.members.remove(&pid));
        }
        let excess = self.ended.len().saturating_sub(limits::PROCESSES_REMEMBERED);
        self.ended.drain(..excess);
    }

    /// What was observed of every process, the target first.
    pub fn processes(&self) -> Vec<Process> {
        let mut processes: Vec<Process> =
            self.ended.iter().chain(self.members.values()).map(Member::summary).collect();
        processes.sort_by_key(|process| (process.pid != self.root, process.pid));
        processes
    }
}

fn children(pid: u32) -> Vec<u32> {
    proc::children(pid).unwrap_or_else(|| children_by_parent(pid))
}

/// For kernels that do not list the children of a process: asks every process for its parent.
fn children_by_parent(parent: u32) -> Vec<u32> {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};
    let Ok(mut system) = System::new() else { return Vec::new() };
    let cheaply = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, cheaply);
    (system.processes().iter())
        .filter(|(_, process)| process.parent().is_some_and(|pid| pid.as_u32() == parent))
        .map(|(pid, _)| pid.as_u32())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};
    use std::time::Duration;

    fn shell(script: &str) -> Child {
        Command::new("sh").args(["-c", script]).spawn().expect("a shell")
    }

    fn tree_of(child: &Child) -> Tree {
        Tree::new(Arc::new(Identity::of(child.id()).expect("a running process")))
    }

    #[test]
    fn descendants_are_found_once_and_outlive_their_end_in_the_summary() {
        let mut child = shell("sh -c 'sleep 31; true' & sleep 30 & wait; wait");
        let mut tree = tree_of(&child);
        let mut found = Vec::new();
        let short_lived = eventually(|| {
            found.extend(tree.discover().iter().map(|identity| identity.pid()));
            tree.observe(0.0);
            tree.processes().into_iter().find(|process| process.command.data() == "sleep 31")
        });
        eventually(|| {
            found.extend(tree.discover().iter().map(|identity| identity.pid()));
            (found.len() >= 3).then_some(())
        });
        tree.members[&short_lived.pid].identity.signal(rustix::process::Signal::KILL);
        eventually(|| {
            found.extend(tree.discover().iter().map(|identity| identity.pid()));
            (!tree.members.contains_key(&short_lived.pid)).then_some(())
        });
        tree.observe(0.4);
        let processes = tree.processes();
        for member in tree.members.values() {
            member.identity.signal(rustix::process::Signal::KILL);
        }
        child.wait().expect("wait");
        assert_eq!(found.len(), 3, "a shell, its sleep, and the other sleep: {found:?}");
        assert_eq!(processes[0].pid, child.id(), "the target comes first");
        assert_eq!(processes.len(), 4);
        let ended = processes.iter().find(|p| p.pid == short_lived.pid).expect("remembered");
        assert_eq!((ended.threads, ended.last_seen), (1, 0.0));
        assert_eq!(processes[0].last_seen, 0.4);
    }

    /// What `look` sees within a minute, however busy the machine is.
    fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
        let began = std::time::Instant::now();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "it never came");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_busy_process_is_seen_to_be_runnable_and_to_use_its_processor() {
        let mut child = shell("while :; do :; done");
        let mut tree = tree_of(&child);
        let began = std::time::Instant::now();
        let mut rounds = 0;
        // On a busy machine the process waits for its turn: look until it had a tenth of a second.
        while rounds < 10 || tree.processes()[0].cpu_seconds < 0.1 {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", tree.processes());
            tree.observe(began.elapsed().as_secs_f64());
            rounds += 1;
            std::thread::sleep(Duration::from_millis(30));
        }
        let wall = began.elapsed().as_secs_f64();
        child.kill().expect("kill");
        child.wait().expect("wait");
        let process = &tree.processes()[0];
        assert_eq!(process.observations, rounds);
        assert!(process.runnable > 0.8, "{process:?}");
        assert!(process.cpu_seconds <= wall + 0.05, "{process:?} in {wall} s");
    }

    #[test]
    fn the_fallback_finds_the_same_children() {
        let mut child = shell("sleep 30 & wait");
        let quick_way =
            eventually(|| Some(children(child.id())).filter(|listed| !listed.is_empty()));
        let slow_way = children_by_parent(child.id());
        for &pid in &quick_way {
            Identity::of(pid).expect("a child").signal(rustix::process::Signal::KILL);
        }
        child.wait().expect("wait");
        assert_eq!(slow_way, quick_way);
        assert_eq!(slow_way.len(), 1);
    }
}
