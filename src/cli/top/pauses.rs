//! Ctrl-Z and its kin: the terminal is the shell's while we are stopped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGABRT, SIGCONT, SIGQUIT, SIGTSTP, SIGWINCH};
use signal_hook::low_level::emulate_default_handler;

use crate::cli::signals::ignored_signals;

/// Signals that came since they were last asked about.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    stop: Arc<AtomicBool>,
    resume: Arc<AtomicBool>,
    quit: Arc<AtomicBool>,
    resize: Arc<AtomicBool>,
    abort: Arc<AtomicBool>,
}

impl Pauses {
    /// Takes over SIGTSTP, SIGCONT, SIGQUIT, SIGWINCH and SIGABRT, but for those that our caller wants
    /// ignored: a shell without job control could not wake us again.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn take_over() -> io::Result<Self> {
        let pauses = Self::default();
        let ignored = ignored_signals();
        let flags = [
            (SIGTSTP, &pauses.stop),
            (SIGCONT, &pauses.resume),
            (SIGQUIT, &pauses.quit),
            (SIGWINCH, &pauses.resize),
            (SIGABRT, &pauses.abort),
        ];
        // Who does not obey the first SIGABRT is ended by the second.
        signal_hook::flag::register_conditional_default(SIGABRT, Arc::clone(&pauses.abort))?;
        for (signal, flag) in flags.into_iter().filter(|(signal, _)| !ignored(*signal)) {
            signal_hook::flag::register(signal, Arc::clone(flag))?;
        }
        Ok(pauses)
    }

    /// Whether we were asked to stop for a while.
    pub(super) fn wants_stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }

    /// Stops this process until it is told to continue.
    pub(super) fn stop(&self) {
        // It cannot refuse a signal that it knows.
        let _ = emulate_default_handler(SIGTSTP);
    }

    /// Whether we were asked to abort.
    pub(super) fn wants_abort(&self) -> bool {
        self.abort.load(Ordering::Relaxed)
    }

    /// Ends this process as SIGABRT does where nobody handles it.
    pub(super) fn abort(&self) {
        let _ = emulate_default_handler(SIGABRT);
    }

    /// Whether we were stopped and go on.
    pub(super) fn has_resumed(&self) -> bool {
        self.resume.swap(false, Ordering::Relaxed)
    }

    /// Whether we were asked to quit at once.
    pub(super) fn wants_quit(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }

    /// Whether the terminal has another size.
    pub(super) fn has_resized(&self) -> bool {
        self.resize.swap(false, Ordering::Relaxed)
    }
}
