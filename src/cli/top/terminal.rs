//! The terminal while it is ours: taken over, and given back as it was found, come what may.

use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use ratatui_core::buffer::Buffer;
use ratatui_core::terminal::Terminal;
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios};

use super::backend::Ansi;

/// The other screen (xterm's 1049 keeps the cursor's place), the cursor hidden.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";

/// Plain style, the cursor shown, the first screen.
const LEAVE: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?1049l";

/// How the terminal was found, while it is ours.
static FOUND: Mutex<Option<Termios>> = Mutex::new(None);

/// The terminal, ours until this is dropped.
pub(super) struct Console {
    terminal: Terminal<Ansi>,
}

impl Console {
    /// Takes the terminal over: keys come one by one and unseen. Ctrl-C and Ctrl-Z stay signals.
    ///
    /// # Errors
    /// When standard input or output is no terminal any more.
    pub(super) fn enter() -> io::Result<Self> {
        give_back_on_panic();
        take()?;
        match Terminal::new(Ansi::default()) {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws what has changed since the last time, in the size that the terminal has now.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame.buffer_mut()))?;
        Ok(())
    }

    /// Takes the terminal over again, whoever used it meanwhile, and forgets what is on it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn repaint(&mut self) -> io::Result<()> {
        take()?;
        self.terminal.clear()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        give_back();
    }
}

fn found() -> MutexGuard<'static, Option<Termios>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets the terminal up for us; how it was found is kept from the first time.
fn take() -> io::Result<()> {
    let mut found = found();
    let before = match &*found {
        Some(before) => before.clone(),
        None => rustix::termios::tcgetattr(io::stdin())?,
    };
    let mut raw = before.clone();
    raw.make_raw();
    raw.local_modes |= LocalModes::ISIG;
    // Ctrl-\ would end us without a chance to clean up: 0 is _POSIX_VDISABLE on Linux.
    raw.special_codes[SpecialCodeIndex::VQUIT] = 0;
    set(&raw)?;
    *found = Some(before);
    write(ENTER)
}

/// Gives the terminal back, if it is ours. Nobody is left to tell when that fails.
pub(super) fn give_back() {
    if let Some(before) = found().take() {
        let _ = write(LEAVE);
        let _ = set(&before);
    }
}

/// Writes to the terminal as long as it is ours.
///
/// # Errors
/// When the terminal is gone.
pub(super) fn print(bytes: &[u8]) -> io::Result<()> {
    match &*found() {
        Some(_) => write(bytes),
        None => Ok(()),
    }
}

fn set(wanted: &Termios) -> io::Result<()> {
    // In the background this stops us until we are in the foreground again, and is then to be done
    // once more.
    let set = || rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, wanted);
    Ok(rustix::io::retry_on_intr(set)?)
}

/// Past the standard library's buffer and lock, which a thread that panics may hold.
fn write(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(io::stdout(), bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A panic is told on a terminal that can be read. One of a helper thread without a name is caught
/// by who started it, and would only spoil the picture.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_caught = std::thread::current().name().is_none() && found().is_some();
            if !is_caught {
                give_back();
                tell(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::process::{Command, Stdio};

    use rustix::pty::OpenptFlags;

    use super::*;

    /// A terminal: the keyboard and screen, and the end that programs are on.
    fn pseudo_terminal() -> (File, File) {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        rustix::pty::grantpt(&master).expect("it is ours");
        rustix::pty::unlockpt(&master).expect("it is ours");
        let name = rustix::pty::ptsname(&master, Vec::new()).expect("a name");
        let slave = File::options().read(true).write(true).open(name.to_str().expect("text"));
        (master.into(), slave.expect("its other end"))
    }

    fn modes(terminal: &File) -> String {
        format!("{:?}", rustix::termios::tcgetattr(terminal).expect("a terminal"))
    }

    /// Runs one of the tests below, which end in a panic, on a terminal; gives what was printed.
    fn run(test: &str) -> String {
        let (mut master, slave) = pseudo_terminal();
        let before = modes(&slave);
        let end = || Stdio::from(slave.try_clone().expect("a copy"));
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([&format!("cli::top::terminal::tests::{test}"), "--exact"])
            .args(["--ignored", "--nocapture"])
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("this program starts");
        child.wait().expect("it ends");
        assert_eq!(modes(&slave), before);
        drop(slave);
        let mut printed = Vec::new();
        let mut bytes = [0; 4096];
        // A terminal that nobody is on any more gives an error once it is read.
        while let Ok(length @ 1..) = master.read(&mut bytes) {
            printed.extend_from_slice(&bytes[..length]);
        }
        String::from_utf8(printed).expect("text")
    }

    #[test]
    fn a_panic_is_told_once_the_terminal_is_given_back() {
        for test in ["panics_while_it_draws", "panics_on_another_thread"] {
            let printed = run(test);
            let (seen, left) = printed.split_once("\x1b[?1049l").expect("it leaves");
            assert!(seen.contains("\x1b[?1049h\x1b[?25l") && seen.ends_with("\x1b[?25h"));
            assert!(!seen.contains("a bug") && left.contains("a bug"), "{printed:?}");
            assert!(!left.contains("\x1b[?1049h"), "{printed:?}");
            assert!(!left.contains("late"), "{printed:?}");
        }
    }

    #[test]
    fn a_caught_panic_of_a_helper_does_not_spoil_the_picture() {
        let printed = run("goes_on_after_a_helper_panicked");
        assert!(!printed.contains("a bug") && printed.contains("unharmed"), "{printed:?}");
    }

    #[test]
    #[ignore = "run on a terminal by the tests above"]
    fn panics_while_it_draws() {
        let mut console = Console::enter().expect("a terminal");
        let _ = console.draw(|_| panic!("a bug"));
    }

    #[test]
    #[ignore = "run on a terminal by the tests above"]
    fn panics_on_another_thread() {
        let mut console = Console::enter().expect("a terminal");
        let sampler = std::thread::Builder::new().name("sampler".into());
        let sampler = sampler.spawn(|| panic!("a bug")).expect("a thread");
        assert!(sampler.join().is_err());
        let style = ratatui_core::style::Style::new();
        console.draw(|buffer| buffer.set_string(0, 0, "late", style)).expect("drawn nowhere");
    }

    #[test]
    #[ignore = "run on a terminal by the tests above"]
    fn goes_on_after_a_helper_panicked() {
        let mut console = Console::enter().expect("a terminal");
        assert!(std::thread::spawn(|| panic!("a bug")).join().is_err());
        let style = ratatui_core::style::Style::new();
        console.draw(|buffer| buffer.set_string(0, 0, "unharmed", style)).expect("a terminal");
    }
}
