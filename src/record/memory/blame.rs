//! Who makes a process's memory grow, as far as glances at it tell.
//!
//! Two glances, some milliseconds apart, tell how much it grew in between; samples, what ran at both
//! ends; page faults, for which thread. What is over before it can be seen makes others look guilty,
//! so lines are known by what happened around them before: of one that makes memory grow it does so
//! most of the time.

use rustc_hash::{FxHashMap, FxHashSet};

use super::site::{self, Site, Who};
use super::threads::Threads;
use crate::limits;

/// Busy samples by thread and site.
pub(super) type Ran = FxHashMap<(u32, Site), u32>;

/// Parts of a growth.
type Parts = Vec<(Option<Site>, u64)>;

/// Growth from one glance to the next, in bytes, that is no matter of chance.
const MUCH: u64 = 1 << 20;

/// Growth below which there is none to speak of: the kernel counts some dozens of pages late.
const LITTLE: u64 = 64 << 10;

/// Glances around which somebody has to be seen to be known.
const OFTEN: u64 = 4;

/// Glances after which somebody who made memory grow is no longer thought of.
const RECENT: u64 = 100;

#[derive(Debug, Default)]
pub(super) struct Blame {
    /// What was busy since the last glance, and between it and the one before.
    pub(super) ran: [Ran; 2],
    glances: u64,
    /// Whether memory grew much between the last two glances.
    grew: bool,
    known: FxHashMap<Who, Known>,
    /// The latest last.
    pub(super) growers: Vec<Grower>,
    threads: Threads,
}

/// What is known of a line.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// Glances around which it was seen.
    glances: u64,
    /// How many of them saw its thread's memory grow.
    grew: u64,
    /// Glances between which nothing else was seen of its thread, and how many of them saw it grow.
    alone: u64,
    grew_alone: u64,
    /// Growth that was put down to it.
    bytes: u64,
    /// What of that grew around it.
    bytes_seen: u64,
    /// How much was given back.
    given_back: u64,
}

/// Somebody who made memory grow of late.
#[derive(Debug)]
pub(super) struct Grower {
    thread: u32,
    site: Site,
    /// The glance around which that was seen.
    glance: u64,
}

impl Known {
    /// Whether memory grows most of the time that it is seen; it is believed to until it was seen
    /// often. What runs from one glance to the next without that memory grows does not make it grow.
    fn is_grower(&self) -> bool {
        match self.alone >= OFTEN {
            true => 4 * self.grew_alone >= 3 * self.alone,
            false => 2 * self.grew + 1 >= self.glances,
        }
    }

    /// Whether memory hardly ever grows then.
    fn is_bystander(&self) -> bool {
        let (grew, of) = match self.alone >= OFTEN {
            true => (self.grew_alone, self.alone),
            false => (self.grew, self.glances),
        };
        of >= OFTEN && 4 * grew < of
    }

    /// What it makes grow from one glance to the next and is not given back, in bytes. It is believed
    /// to do so a little until it has been seen for long not to.
    fn lasting_habit(&self) -> f64 {
        let bytes = self.bytes.saturating_sub(self.given_back);
        (bytes + LITTLE) as f64 / (self.glances as f64 + 1.0)
    }

    /// How much growth by so much is like what it was seen to make, from 0 to 1.
    fn likeness(&self, bytes: u64) -> f64 {
        const TOO_FAR: f64 = 3.0;
        let usual = self.bytes_seen as f64 / self.grew.max(1) as f64;
        let ratio = (bytes as f64 / usual).max(usual / bytes as f64);
        if ratio < TOO_FAR { 1.0 / (ratio * ratio) } else { 0.0 }
    }
}

impl Blame {
    /// A busy thread stood at `site`.
    pub(super) fn ran(&mut self, thread: u32, site: Site) {
        *self.ran[0].entry((thread, site)).or_default() += 1;
    }

    /// Nobody glances: what ran would only be gathered.
    pub(super) fn forget_what_ran(&mut self) {
        self.ran[0].clear();
    }

    /// Memory grew by `bytes` since the last glance, and threads were given so many pages each:
    /// what parts of it are put down to whom.
    pub(super) fn glance(&mut self, bytes: u64, faults: &[(u32, u64)]) -> Parts {
        let mut around = self.ran[1].clone();
        for (&ran, samples) in &self.ran[0] {
            *around.entry(ran).or_default() += samples;
        }
        self.ran.swap(0, 1);
        self.ran[0].clear();
        self.glances += 1;
        let by_thread = self.threads.split(bytes, faults);
        self.take_note(&around, &by_thread);
        let mut parts = Parts::new();
        for (thread, bytes) in by_thread {
            self.put_down(thread, bytes, &around, &mut parts);
        }
        self.grew = bytes >= MUCH;
        parts
    }

    /// What was put down to a site was given back.
    pub(super) fn give_back(&mut self, site: Site, bytes: u64) {
        if let Some(known) = self.known.get_mut(&site.who()) {
            known.given_back += bytes;
        }
    }

    pub(super) fn renumber(&mut self, new: &impl Fn(u32) -> Option<u32>) {
        for ran in &mut self.ran {
            *ran = site::renumbered(ran, new);
        }
        let known = self.known.drain();
        self.known = known.filter_map(|(who, it)| Some((who.renumbered(new)?, it))).collect();
        self.growers.retain_mut(|grower| {
            let moved = grower.site.renumbered(new);
            grower.site = moved.unwrap_or(grower.site);
            moved.is_some()
        });
    }

    fn take_note(&mut self, around: &Ran, by_thread: &[(Option<u32>, u64)]) {
        let grew = |thread: u32| {
            let is_of = |it: Option<u32>| it.is_none_or(|it| it == thread);
            by_thread.iter().any(|&(it, bytes)| is_of(it) && bytes >= LITTLE)
        };
        let mut seen: FxHashMap<u32, (FxHashSet<Who>, u32)> = FxHashMap::default();
        for (&(thread, site), samples) in around {
            let (whos, all) = seen.entry(thread).or_default();
            whos.insert(site.who());
            *all += samples;
        }
        for (thread, (whos, samples)) in seen {
            let (grew, is_alone) = (u64::from(grew(thread)), whos.len() == 1 && samples > 1);
            for who in whos {
                let known = self.known.entry(who).or_default();
                known.glances += 1;
                known.grew += grew;
                known.alone += u64::from(is_alone);
                known.grew_alone += if is_alone { grew } else { 0 };
            }
        }
    }

    /// Puts growth, of one thread where that is known, down to what was seen around it.
    fn put_down(&mut self, thread: Option<u32>, bytes: u64, around: &Ran, parts: &mut Parts) {
        let suspects = self.suspects(thread, bytes, around);
        let all: f64 = suspects.iter().map(|(.., weight)| weight).sum();
        let mut left = bytes;
        for (thread, site, weight) in suspects {
            let part = ((bytes as f64 * weight / all) as u64).min(left);
            let known = self.known.entry(site.who()).or_default();
            known.bytes += part;
            if around.contains_key(&(thread, site)) {
                known.bytes_seen += part;
                if known.is_grower() && part >= LITTLE {
                    self.remember(thread, site);
                }
            }
            parts.push((Some(site), part));
            left -= part;
        }
        parts.push((None, left));
    }

    /// Who may have made memory grow by so much, and how likely: of those who were seen the ones
    /// around whom it mostly grows; otherwise, unless growth goes on, those who did as much a short
    /// while ago. Where it hardly ever grows around those who were seen, something short was at work
    /// meanwhile, and it is put down to whoever had called them.
    fn suspects(&self, thread: Option<u32>, bytes: u64, around: &Ran) -> Vec<(u32, Site, f64)> {
        let seen: Vec<_> = (around.iter())
            .filter(|((of, _), _)| thread.is_none_or(|thread| thread == *of))
            .map(|(&(thread, site), &samples)| {
                let known = self.known.get(&site.who()).copied().unwrap_or_default();
                (thread, site, known, f64::from(samples) * known.lasting_habit())
            })
            .collect();
        let those = |is_suspect: &dyn Fn(&Known) -> bool| {
            let suspects = seen.iter().filter(|(_, _, known, _)| is_suspect(known));
            suspects.map(|&(thread, site, _, weight)| (thread, site, weight)).collect::<Vec<_>>()
        };
        let growers = those(&Known::is_grower);
        if !growers.is_empty() {
            return growers;
        }
        if seen.is_empty() || (bytes >= MUCH && !self.grew) {
            let recent = self.recent(thread, bytes, seen.is_empty());
            if !recent.is_empty() {
                return recent;
            }
            let suspects = those(&|known| !known.is_bystander());
            if !suspects.is_empty() {
                return suspects;
            }
            let callers = seen.iter().filter_map(|&(thread, site, _, weight)| {
                Some((thread, site.caller_itself()?, weight))
            });
            return callers.collect();
        }
        those(&|_| true)
    }

    /// Those who did as much a short while ago; of a thread that is known to have made memory grow
    /// without that it was seen, whoever did at all.
    fn recent(&self, thread: Option<u32>, bytes: u64, is_unseen: bool) -> Vec<(u32, Site, f64)> {
        let oldest = self.glances.saturating_sub(RECENT);
        let recent = self.growers.iter().filter(|it| it.glance >= oldest);
        let recent = recent.filter(|it| thread.is_none_or(|thread| thread == it.thread));
        let weight = |site: Site| {
            let known = self.known.get(&site.who()).filter(|it| it.is_grower())?;
            let least = if is_unseen && thread.is_some() { 1e-3 } else { 0.0 };
            Some(known.likeness(bytes).max(least)).filter(|&weight| weight > 0.0)
        };
        recent.filter_map(|it| Some((it.thread, it.site, weight(it.site)?))).collect()
    }

    fn remember(&mut self, thread: u32, site: Site) {
        self.growers.retain(|it| (it.thread, it.site) != (thread, site));
        if self.growers.len() >= limits::RECENT_GROWERS {
            self.growers.remove(0);
        }
        self.growers.push(Grower { thread, site, glance: self.glances });
    }
}
