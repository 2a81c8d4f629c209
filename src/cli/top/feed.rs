//! Sampling in the background, and what it has come to so far.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::model::{Aggregate, Picture, Standing};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::recording::{Audience, Ended, Moment, Plan, Session};
use crate::profile::Target;
use crate::sample::Sweep;
use crate::sample::clock::Tick;

/// A session that samples on a thread of its own, lest drawing make it late.
pub(super) struct Feed {
    shared: Arc<Shared>,
    sampler: Option<JoinHandle<Ended>>,
}

#[derive(Debug, Default)]
struct Shared {
    model: Mutex<Aggregate>,
    is_enough: AtomicBool,
}

impl Feed {
    /// Begins to sample.
    ///
    /// # Errors
    /// When the system has no thread to spare.
    pub(super) fn start(plan: Plan) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let listener = Arc::clone(&shared);
        let sampler = std::thread::Builder::new().name("sampler".into()).spawn(move || {
            let mut audience = Listener { shared: Arc::clone(&listener) };
            let is_enough = || listener.is_enough.load(Ordering::Relaxed);
            Session::new(&plan, &mut audience).run(&is_enough)
        })?;
        Ok(Self { shared, sampler: Some(sampler) })
    }

    /// Sweeps so far.
    pub(super) fn sweeps(&self) -> u64 {
        self.shared.model().sweeps()
    }

    /// How it looks now.
    pub(super) fn picture(&self) -> Picture {
        self.shared.model().picture()
    }

    /// What ended the session by itself, told once.
    ///
    /// # Errors
    /// When sampling has failed.
    pub(super) fn ended(&mut self) -> Outcome<Option<Ended>> {
        match &self.sampler {
            Some(sampler) if sampler.is_finished() => self.join(),
            _ => Ok(None),
        }
    }

    fn join(&mut self) -> Outcome<Option<Ended>> {
        let Some(sampler) = self.sampler.take() else { return Ok(None) };
        Ok(Some(sampler.join().map_err(|_| sampling_failed())?))
    }
}

pub(in crate::cli) fn sampling_failed() -> Failure {
    Failure::new("sampling failed: a bug in unslow")
        .help("what was seen is told by a recording: unslow attach PID -d 5s")
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shared.is_enough.store(true, Ordering::Relaxed);
        // What went wrong on the way was told by then.
        let _ = self.join();
    }
}

impl Shared {
    fn model(&self) -> MutexGuard<'_, Aggregate> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Listener {
    shared: Arc<Shared>,
}

impl Audience for Listener {
    fn waiting(&mut self, target: &Target) {
        let standing = Standing { target: target.clone(), ..Standing::default() };
        self.shared.model().observe(standing, |_, _| None);
    }

    fn ticked(&mut self, tick: Tick) {
        self.shared.model().tick(tick.at, tick.missed);
    }

    fn swept(&mut self, pid: u32, sweep: Sweep) {
        self.shared.model().add(pid, &sweep);
    }

    fn observed(&mut self, moment: &Moment<'_>) {
        let standing = Standing {
            target: Target { python: moment.python(), ..moment.target.clone() },
            rate_hz: moment.rate_hz,
            sampled: moment.sampled(),
            processes: moment.processes(),
            halted: moment.halted(),
            unsampled: moment.unsampled(),
        };
        self.shared.model().observe(standing, |pid, tid| moment.thread_name(pid, tid));
    }
}
