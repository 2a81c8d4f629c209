//! Glances at how much memory the sampled processes have, and which of their threads took it.

use std::collections::HashMap;

use crate::limits;
use crate::sample::Sweep;
use crate::target::{Faults, Resident};

/// Threads that are asked in every glance.
const BUSY: usize = 16;

/// Growth from which on those are asked that were not seen to be busy: they may have been in between.
const GROWTH: u64 = 256 << 10;

/// What a glance saw.
#[derive(Debug)]
pub(in crate::cli) struct Glance {
    /// Resident bytes.
    pub(in crate::cli) resident: u64,
    /// Pages that threads were given since they were asked before; nothing where there is but one.
    pub(in crate::cli) faults: Vec<(u32, u64)>,
}

/// The threads of a sweep, the busy ones first.
pub(super) struct Asked {
    threads: Vec<u32>,
    busy: usize,
}

impl Asked {
    /// `None` of a sweep that saw nobody.
    pub(super) fn of(sweep: &Sweep) -> Option<Self> {
        let threads = |is_busy: bool| {
            let threads = sweep.samples.iter().filter(move |it| it.state.is_busy() == is_busy);
            threads.map(|sample| sample.thread)
        };
        let mut all: Vec<u32> = threads(true).take(BUSY).collect();
        let busy = all.len();
        all.extend(threads(false).take(limits::COUNTED_THREADS - busy));
        (!all.is_empty()).then_some(Self { threads: all, busy })
    }
}

/// The processes that are glanced at.
#[derive(Default)]
pub(super) struct Glances(HashMap<u32, Option<Watched>>);

struct Watched {
    resident: Resident,
    before: u64,
    faults: Faults,
}

impl Glances {
    /// A glance at process `pid`, which has those threads; `None` when it has ended.
    pub(super) fn at(&mut self, pid: u32, asked: &Asked) -> Option<Glance> {
        let watched = self.0.entry(pid).or_insert_with(|| Watched::of(pid));
        watched.as_mut()?.glance(asked)
    }

    /// Forgets the processes that have ended.
    pub(super) fn keep_only(&mut self, is_running: impl Fn(u32) -> bool) {
        self.0.retain(|&pid, watched| watched.is_some() && is_running(pid));
    }
}

impl Watched {
    fn of(pid: u32) -> Option<Self> {
        Some(Self { resident: Resident::of(pid)?, before: u64::MAX, faults: Faults::of(pid) })
    }

    fn glance(&mut self, asked: &Asked) -> Option<Glance> {
        let resident = self.resident.bytes()?;
        let has_grown = resident > self.before.saturating_add(GROWTH);
        self.before = resident;
        let faults = match &asked.threads[..] {
            [_] => Vec::new(),
            threads => self.faults(threads, asked.busy, has_grown),
        };
        Some(Glance { resident, faults })
    }

    fn faults(&mut self, threads: &[u32], busy: usize, has_grown: bool) -> Vec<(u32, u64)> {
        if self.faults.known() > threads.len() {
            self.faults.keep_only(|tid| threads.contains(&tid));
        }
        let mut faults = Vec::new();
        for (index, &tid) in threads.iter().enumerate() {
            if (index < busy || has_grown || !self.faults.knows(tid))
                && let Some(pages) = self.faults.since(tid)
            {
                faults.push((tid, pages));
            }
        }
        faults
    }
}
