//! Ctrl-C and its kin: they end the recording, never the profile.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU,
};
use signal_hook::iterator::Signals as Incoming;

use super::bystander::Bystander;
use crate::target::{Identity, orphans};

/// How long one request may take to come in whole: `timeout` sends its signal to us and then to
/// our group, which is one signal for the program. Nobody presses Ctrl-C twice as fast.
const ECHO: Duration = Duration::from_millis(100);

/// Signals that end a process that does not handle them.
const ENDING: [i32; 8] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU];

/// Signals that came since the start.
#[derive(Debug)]
pub(super) struct Signals {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How often we were asked to come to an end ourselves.
    asked: AtomicU32,
    ward: Mutex<Ward>,
    /// While there is a program to pass signals to.
    bystander: Mutex<Option<Bystander>>,
}

/// The program that we started, to which signals meant for it are passed on.
#[derive(Debug, Default)]
enum Ward {
    /// There is none: every signal is for us.
    #[default]
    None,
    /// It is about to be started; what came until then is kept for it.
    Expected(Vec<Signal>),
    /// It runs.
    Running(Arc<Identity>),
}

impl Signals {
    /// Takes over what would end us and is meant to be handled, SIGUSR1 of a service manager too, and
    /// SIGCHLD for what a program leaves behind, but for those that our caller wants ignored (a shell
    /// does for background jobs, `nohup` for SIGHUP): a program that we start inherits that.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn take_over() -> io::Result<Self> {
        let ignored = ignored_signals();
        let wanted = ENDING.into_iter().chain([SIGCHLD]).filter(|signal| !ignored(*signal));
        let incoming = Incoming::new(wanted)?;
        let shared = Arc::new(Shared::default());
        let listener = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || listener.listen(incoming))?;
        Ok(Self { shared })
    }

    /// From now on signals are kept for a program that is about to be started.
    pub(super) fn expect_program(&self) {
        *self.shared.ward() = Ward::Expected(Vec::new());
        // Without one, only the terminal's Ctrl-C is known to go to all.
        *self.shared.bystander() = Bystander::start().ok();
    }

    /// From now on signals are passed on to this program.
    pub(super) fn pass_to(&self, program: Arc<Identity>) {
        let mut ward = self.shared.ward();
        if let Ward::Expected(kept) = std::mem::take(&mut *ward) {
            kept.into_iter().for_each(|signal| program.signal(signal));
        }
        *ward = Ward::Running(program);
    }

    /// How often we were asked to come to an end ourselves.
    pub(super) fn asked(&self) -> u32 {
        self.shared.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        *self.shared.bystander() = None;
    }
}

impl Shared {
    fn ward(&self) -> MutexGuard<'_, Ward> {
        self.ward.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bystander(&self) -> MutexGuard<'_, Option<Bystander>> {
        self.bystander.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, mut incoming: Incoming) {
        loop {
            let mut came: BTreeSet<i32> = incoming.wait().collect();
            if came.remove(&SIGCHLD) {
                self.release_orphans();
            }
            if came.is_empty() {
                continue;
            }
            if matches!(*self.ward(), Ward::Running(_)) {
                std::thread::sleep(ECHO);
                came.extend(incoming.pending());
                if came.remove(&SIGCHLD) {
                    self.release_orphans();
                }
            }
            let was_group_hit = self.was_group_hit();
            for signal in came {
                self.take(signal, was_group_hit);
            }
        }
    }

    /// Once the program runs, what it leaves behind is ours to wait for.
    fn release_orphans(&self) {
        let Ward::Running(program) = &*self.ward() else { return };
        let bystander = self.bystander().as_ref().map(Bystander::pid);
        let own: Vec<u32> = std::iter::once(program.pid()).chain(bystander).collect();
        orphans::release(&own);
    }

    /// Whether what came went to all of our process group; `None` when that cannot be told. Then
    /// stands ready for the next.
    fn was_group_hit(&self) -> Option<bool> {
        let mut bystander = self.bystander();
        let was_hit = bystander.as_mut()?.was_hit();
        if was_hit {
            *bystander = Bystander::start().ok();
        }
        Some(was_hit)
    }

    fn take(&self, signal: i32, was_group_hit: Option<bool>) {
        let mut ward = self.ward();
        // Each process has a limit of its own on processor time.
        let is_for_us = [SIGINT, SIGXCPU].contains(&signal) || matches!(*ward, Ward::None);
        if is_for_us {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
        let passed_on = Signal::from_named_raw(signal).filter(|_| signal != SIGXCPU);
        let Some(number) = passed_on else { return };
        match &mut *ward {
            Ward::None => {}
            Ward::Expected(kept) => kept.push(number),
            Ward::Running(program) => {
                let by_terminal = || [SIGINT, SIGQUIT].contains(&signal) && is_in_foreground();
                if !was_group_hit.unwrap_or_else(by_terminal) {
                    program.signal(number);
                }
            }
        }
    }
}

/// Whether a Ctrl-C or Ctrl-\ at the terminal reaches us, and with us all of our process group.
fn is_in_foreground() -> bool {
    std::fs::File::open("/dev/tty")
        .ok()
        .and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok())
        .is_some_and(|foreground| foreground == rustix::process::getpgrp())
}

/// Which signals were ignored when we were started.
pub(super) fn ignored_signals() -> impl Fn(i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok())
        .unwrap_or(0);
    move |signal| ignored & (1 << (signal - 1)) != 0
}
