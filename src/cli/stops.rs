//! Ctrl-Z while processes are held for each look: it stops us between two looks, lest one stays held.

use std::io;

use signal_hook::consts::{SIGTSTP, SIGTTIN, SIGTTOU};
use signal_hook::iterator::Signals as Incoming;
use signal_hook::low_level::emulate_default_handler;

use super::signals::ignored_signals;
use crate::sample::between_looks;

/// Takes over the signals with which a terminal stops us, but for those that our caller wants
/// ignored.
///
/// # Errors
/// When the system refuses.
pub(super) fn take_over() -> io::Result<()> {
    let ignored = ignored_signals();
    let wanted = [SIGTSTP, SIGTTIN, SIGTTOU].into_iter().filter(|signal| !ignored(*signal));
    let mut incoming = Incoming::new(wanted.collect::<Vec<_>>())?;
    std::thread::Builder::new().name("stops".into()).spawn(move || {
        for signal in incoming.forever() {
            // It cannot refuse a signal that it knows.
            let _ = between_looks(|| emulate_default_handler(signal));
        }
    })?;
    Ok(())
}
