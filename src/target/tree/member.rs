//! One process of the tree, and what was observed of it.

use std::sync::Arc;
use std::time::SystemTime;

use advisors::Python;

use super::seen::Seen;
use crate::limits;
use crate::profile::Process;
use crate::target::{Identity, TargetError, nanoseconds_since_epoch, proc};
use crate::text::Untrusted;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) identity: Arc<Identity>,
    parent: u32,
    /// When it began to run what it runs, and the bottom of its stack, which lies elsewhere once it runs
    /// something else.
    began: SystemTime,
    stack_start: u64,
    command: Untrusted,
    /// What it was before while it was sampled, in turn.
    earlier_commands: Vec<Untrusted>,
    pub(super) python: Option<Python>,
    /// Others before, each once.
    earlier: Vec<Python>,
    pub(super) seen: Seen,
}

/// So many threads of a process are looked at one by one in every observation. Each takes some 30 us,
/// so for each further one the next observation is to be so many seconds later.
const FEW_THREADS: usize = 64;
const FURTHER_THREAD: f64 = 0.003;

impl Member {
    /// Its command is read at once: it may be over before it is observed.
    pub(super) fn new(identity: Arc<Identity>, parent: u32) -> Self {
        let pid = identity.pid();
        let stack_start = proc::stat(pid).map_or(0, |stat| stat.stack_start);
        Self {
            began: identity.began(),
            stack_start,
            identity,
            parent,
            command: command(pid),
            earlier_commands: Vec::new(),
            python: None,
            earlier: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// A child that was listed a moment ago, if its pid still means a child of `parent`.
    pub(super) fn child(pid: u32, parent: u32) -> Result<Option<Self>, TargetError> {
        let identity = Identity::of(pid)?;
        let is_child = proc::stat(pid).is_ok_and(|stat| stat.parent == parent);
        Ok(is_child.then(|| Self::new(Arc::new(identity), parent)))
    }

    /// `present` says that the process may have run long before; otherwise all that it used, it
    /// used under observation.
    pub(super) fn observe(&mut self, at: f64, present: bool) {
        let pid = self.identity.pid();
        let Ok(stat) = proc::stat(pid) else { return };
        self.seen.is_halted = stat.is_halted();
        self.learn_image(stat.stack_start);
        if at < self.seen.due {
            let memory = proc::memory(pid);
            if self.identity.is_running() {
                (self.seen.memory, self.seen.last) = (memory, at);
            }
            return;
        }
        let tids = proc::threads(pid);
        let runnable = tids.iter().filter(|&&tid| proc::is_runnable(pid, tid)).count();
        let switches =
            (tids.iter()).filter_map(|&tid| Some((tid, proc::switches(pid, tid)?))).collect();
        let (command, memory, traffic) = (command(pid), proc::memory(pid), proc::traffic(pid));
        if !self.identity.is_running() {
            return; // what was read may be of another process
        }
        self.learn_command(command);
        self.seen.first.get_or_insert(at);
        self.seen.last = at;
        self.seen.memory = memory;
        if let Some(now) = traffic {
            self.seen.moved(now, present);
        }
        self.seen.due = at + FURTHER_THREAD * tids.len().saturating_sub(FEW_THREADS) as f64;
        self.seen.halted += u32::from(stat.is_halted());
        self.seen.add(&stat, tids.len(), runnable, switches, present);
    }

    fn learn_image(&mut self, stack_start: u64) {
        // The kernel tells none of a process that ends or that we may not trace.
        if stack_start == 0 {
            return;
        }
        let before = std::mem::replace(&mut self.stack_start, stack_start);
        if before != 0 && before != stack_start {
            self.began = SystemTime::now();
        }
    }

    /// The arguments change when a launcher turns into the program it launches, and when a Python turns
    /// into another.
    fn learn_command(&mut self, command: Untrusted) {
        if command.is_empty() || command == self.command {
            return;
        }
        let before = std::mem::replace(&mut self.command, command);
        let is_told = self.python.is_some() && !before.is_empty();
        if is_told && self.earlier_commands.len() < limits::PYTHONS {
            self.earlier_commands.push(before);
        }
    }

    /// Its arguments, and before them those of what it was: its samples are of all of them.
    fn commands(&self) -> Untrusted {
        let commands = self.earlier_commands.iter().chain([&self.command]);
        Untrusted::new(commands.map(Untrusted::data).collect::<Vec<_>>().join(", then "))
    }

    /// A process may turn into one program after the other.
    pub(super) fn learn_python(&mut self, python: Python) {
        let before = self.python.replace(python);
        let is_news = |it: &Python| *it != python && !self.earlier.contains(it);
        if let Some(before) = before.filter(is_news)
            && self.earlier.len() < limits::PYTHONS
        {
            self.earlier.push(before);
        }
    }

    pub(super) fn summary(&self) -> Process {
        let seen = &self.seen;
        let seconds = |ticks: Option<(u64, u64)>| {
            let (before, until) = ticks.unwrap_or_default();
            until.saturating_sub(before) as f64 / ticks_per_second()
        };
        Process {
            pid: self.identity.pid(),
            parent: self.parent,
            command: self.commands(),
            python: self.python,
            earlier_pythons: self.earlier.clone(),
            observations: seen.observations,
            halted: seen.halted,
            began_ns: nanoseconds_since_epoch(self.began),
            first_seen: seen.first.unwrap_or_default(),
            last_seen: seen.last,
            threads: median(&seen.threads),
            runnable: seen.runnable as f64 / f64::from(seen.observations.max(1)),
            cpu_seconds: seconds(seen.cpu_ticks),
            ended_seconds: seconds(seen.ended_ticks),
            waits: seen.switches.waits,
            preemptions: seen.switches.preemptions,
            traffic: seen.traffic.map(|(before, until)| until.since(before)),
        }
    }
}

fn command(pid: u32) -> Untrusted {
    let arguments = proc::command_line(pid);
    let arguments: Vec<&str> = arguments.iter().map(Untrusted::data).collect();
    Untrusted::new(arguments.join(" "))
}

fn median(values: &[u32]) -> u32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_turned_into_began_later_than_it_did() {
        let own = Identity::of(std::process::id()).expect("a running process");
        let mut member = Member::new(Arc::new(own), 1);
        let (before, bottom) = (member.summary().began_ns, member.stack_start);
        assert!(before > 0 && bottom > 0);
        [bottom, 0, bottom].into_iter().for_each(|at| member.learn_image(at));
        assert_eq!(member.summary().began_ns, before, "it is the same");
        member.learn_image(bottom + 4096);
        assert!(member.summary().began_ns > before);
    }

    #[test]
    fn every_program_that_was_sampled_is_named() {
        let own = Identity::of(std::process::id()).expect("a running process");
        let mut member = Member::new(Arc::new(own), 1);
        assert!(!member.command.is_empty(), "a short one has a command as well");
        for command in ["sh launch.sh", "python a.py", "python a.py", ""] {
            member.learn_command(Untrusted::new(command));
        }
        assert_eq!(member.commands().data(), "python a.py", "nothing was sampled before");
        member.learn_python(Python::new(3, 13));
        member.learn_command(Untrusted::new("python b.py"));
        assert_eq!(member.commands().data(), "python a.py, then python b.py");
        (0..100).for_each(|it| member.learn_command(Untrusted::new(format!("python {it}.py"))));
        assert_eq!(member.earlier_commands.len(), limits::PYTHONS);
    }

    #[test]
    fn the_pythons_that_a_process_was_are_told_once_and_not_without_end() {
        let own = Identity::of(std::process::id()).expect("a running process");
        let mut member = Member::new(Arc::new(own), 1);
        let python = |patch| Python { patch, ..Python::new(3, 13) };
        for patch in [1, 2, 1, 2, 2] {
            member.learn_python(python(patch));
        }
        assert_eq!(member.python, Some(python(2)));
        assert_eq!(member.earlier, [python(1), python(2)]);
        (0..100).for_each(|patch| member.learn_python(python(patch)));
        assert_eq!(member.earlier.len(), limits::PYTHONS);
    }
}
