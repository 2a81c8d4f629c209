//! The loop: keys and signals in, pictures out.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use super::feed::Feed;
use super::keys::{Key, Keys};
use super::model::Picture;
use super::pauses::Pauses;
use super::screen::{Reaction, Screen};
use super::terminal::{Console, give_back};
use super::view::{self, Extent, Phase, Scene};
use crate::cli::failure::Outcome;
use crate::cli::job;
use crate::cli::recording::{Ended, Ending};
use crate::cli::signals::Signals;
use crate::locate::Excerpts;

/// Time from one picture to the next when nobody presses a key.
const FRAME: Duration = Duration::from_millis(250);

/// Longest wait for a key before signals and the feed are looked at.
const NAP: Duration = Duration::from_millis(125);

/// How long an interpreter may take to be found before there is something to see.
const SILENCE: Duration = Duration::from_millis(500);

/// Everything that the loop holds.
pub(super) struct Watch {
    feed: Feed,
    signals: Signals,
    pauses: Pauses,
    excerpts: Excerpts,
    color: bool,
    keys: Keys,
    screen: Screen,
    picture: Picture,
    phase: Phase,
    extent: Extent,
    drawn: Option<Instant>,
}

impl Watch {
    /// A loop that has not begun.
    ///
    /// # Errors
    /// When the system does not let signals be taken over.
    pub(super) fn new(
        feed: Feed,
        signals: Signals,
        excerpts: Excerpts,
        color: bool,
    ) -> io::Result<Self> {
        Ok(Self {
            feed,
            signals,
            pauses: Pauses::take_over()?,
            excerpts,
            color,
            keys: Keys::default(),
            screen: Screen::default(),
            picture: Picture::default(),
            phase: Phase::Waiting,
            extent: Extent::default(),
            drawn: None,
        })
    }

    /// Watches until the user has seen enough.
    ///
    /// # Errors
    /// When the process cannot be sampled, or the terminal is gone.
    pub(super) fn run(mut self) -> Outcome<()> {
        let began = Instant::now();
        while self.feed.sweeps() == 0 && began.elapsed() < SILENCE {
            if self.is_asked_to_leave() {
                return Ok(());
            }
            self.notice_the_end()?;
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut console = Console::enter()?;
        while !self.is_asked_to_leave() {
            self.notice_the_end()?;
            self.pause(&mut console)?;
            let reaction = self.react(wait_for_input()?);
            match reaction {
                Reaction::Leave => break,
                Reaction::Repaint => self.repaint(&mut console)?,
                Reaction::Redraw => self.draw(&mut console)?,
                Reaction::Nothing if self.is_due() => self.draw(&mut console)?,
                Reaction::Nothing => {}
            }
        }
        Ok(())
    }

    fn is_asked_to_leave(&self) -> bool {
        if self.pauses.wants_abort() {
            give_back();
            self.pauses.abort();
        }
        self.signals.asked() > 0 || self.pauses.wants_quit()
    }

    /// When the target has ended, its last picture stays; when it could not be sampled at all,
    /// there is none.
    fn notice_the_end(&mut self) -> Outcome<()> {
        let Some(ended) = self.feed.ended()? else { return Ok(()) };
        if self.feed.sweeps() == 0 {
            let Ended { obstacle, ending, target, .. } = ended;
            return Err(job::nothing_recorded(obstacle, ending, target.pid));
        }
        debug_assert_ne!(ended.ending, Ending::Stopped);
        self.phase = Phase::Ended;
        self.drawn = None;
        Ok(())
    }

    fn pause(&mut self, console: &mut Console) -> Outcome<()> {
        if self.pauses.wants_stop() {
            give_back();
            self.pauses.stop();
            self.pauses.has_resumed();
            self.repaint(console)?;
        } else if self.pauses.has_resumed() {
            self.repaint(console)?;
        }
        Ok(())
    }

    fn react(&mut self, input: Input) -> Reaction {
        let keys: Vec<Key> = match input {
            Input::Closed => return Reaction::Leave,
            Input::None => self.keys.pause().into_iter().collect(),
            Input::Bytes(bytes) => self.keys.take(&bytes),
        };
        let mut outcome = Reaction::Nothing;
        for key in keys {
            match self.screen.press(key, self.extent.shown, self.extent.all) {
                Reaction::Nothing => {}
                Reaction::Leave => return Reaction::Leave,
                reaction => outcome = reaction,
            }
        }
        outcome
    }

    /// Whether there is something new to draw.
    fn is_due(&mut self) -> bool {
        if self.pauses.has_resized() {
            return true;
        }
        match self.drawn {
            None => true,
            Some(_) if self.phase == Phase::Ended || self.screen.is_paused => false,
            Some(drawn) => drawn.elapsed() + NAP / 2 >= FRAME,
        }
    }

    fn repaint(&mut self, console: &mut Console) -> Outcome<()> {
        console.repaint()?;
        self.draw(console)
    }

    fn draw(&mut self, console: &mut Console) -> Outcome<()> {
        if self.phase == Phase::Waiting && self.feed.sweeps() > 0 {
            self.phase = Phase::Live;
        }
        if !self.screen.is_paused || self.picture.ever.sweeps == 0 {
            self.picture = self.feed.picture();
        }
        self.excerpts.renew();
        let Self { picture, screen, excerpts, phase, color, .. } = self;
        let scene = Scene { picture, screen, phase: *phase, color: *color };
        let mut extent = Extent::default();
        let mut text = |code: &_, place| excerpts.of(code, place);
        console.draw(|buffer| extent = view::draw(buffer, &scene, &mut text))?;
        self.extent = extent;
        self.drawn = Some(Instant::now());
        Ok(())
    }
}

/// What came from the terminal.
enum Input {
    /// Nothing yet.
    None,
    /// Keys, or parts of them.
    Bytes(Vec<u8>),
    /// Its end: the terminal is gone.
    Closed,
}

fn wait_for_input() -> io::Result<Input> {
    let stdin = io::stdin();
    let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
    let timeout = Timespec { tv_sec: 0, tv_nsec: NAP.as_nanos() as i64 };
    match rustix::event::poll(&mut waited, Some(&timeout)) {
        Ok(0) | Err(Errno::INTR) => return Ok(Input::None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut bytes = [0; 256];
    Ok(match rustix::io::read(&stdin, &mut bytes) {
        Ok(0) | Err(Errno::IO) => Input::Closed,
        Ok(length) => Input::Bytes(bytes[..length].to_vec()),
        Err(Errno::INTR | Errno::AGAIN) => Input::None,
        Err(error) => return Err(error.into()),
    })
}
