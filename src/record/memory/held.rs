//! Growth of a process's memory that was not given back.

use rustc_hash::FxHashMap;

use super::site::Site;
use crate::limits;
use crate::profile::Growth;

/// Growth by site, where it is known.
type Grown = FxHashMap<Option<Site>, u64>;

/// Growth that was not given back. Nobody tells whose memory it is that is given back: it is taken for
/// what came last, as of what a call has made for itself.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// In the order in which it came.
    layers: Vec<(Option<Site>, u64)>,
    /// The same by site.
    grown: Grown,
    /// What that was when the process had the most, once it has less.
    at_peak: Grown,
    /// Whether it is what the process has now.
    at_most: bool,
}

impl Held {
    /// Growth that is put down to a site.
    pub(super) fn add(&mut self, site: Option<Site>, bytes: u64) {
        if bytes == 0 {
            return;
        }
        *self.grown.entry(site).or_default() += bytes;
        match self.layers.last_mut() {
            Some((last, sum)) if *last == site => *sum += bytes,
            _ => self.layers.push((site, bytes)),
        }
        if self.layers.len() > limits::MEMORY_LAYERS {
            self.settle();
        }
    }

    /// The process has more now than it ever had.
    pub(super) fn is_at_peak(&mut self) {
        self.at_most = true;
    }

    /// Takes off what was given back, the last first, and tells whose it was. What was there before
    /// anything was put down to anybody is nobody's.
    pub(super) fn give_back(&mut self, bytes: u64, mut tell: impl FnMut(Site, u64)) {
        if bytes > 0 && std::mem::take(&mut self.at_most) {
            self.at_peak.clone_from(&self.grown);
        }
        let mut left = bytes;
        while left > 0
            && let Some((site, sum)) = self.layers.last_mut()
        {
            let part = left.min(*sum);
            left -= part;
            *sum -= part;
            let site = *site;
            if *sum == 0 {
                self.layers.pop();
            }
            if let Some(grown) = self.grown.get_mut(&site) {
                *grown -= part.min(*grown);
            }
            site.into_iter().for_each(|site| tell(site, part));
        }
    }

    /// The process had more than it ever had, and has given it back; with `on_top`, what was seen of
    /// that is the beginning of it.
    pub(super) fn spike(&mut self, on_top: bool, parts: Vec<(Option<Site>, u64)>) {
        let is_seen = on_top && !std::mem::take(&mut self.at_most);
        if !is_seen {
            self.at_peak.clone_from(&self.grown);
        }
        for (site, bytes) in parts {
            *self.at_peak.entry(site).or_default() += bytes;
        }
        self.at_most = false;
    }

    /// Makes room: of what came first, the order is forgotten, and of the least the site too.
    fn settle(&mut self) {
        let recent = self.layers.split_off(limits::MEMORY_LAYERS / 2);
        let mut sums = Grown::default();
        for (site, bytes) in self.layers.drain(..) {
            *sums.entry(site).or_default() += bytes;
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|&(site, bytes)| (std::cmp::Reverse(bytes), site));
        for (site, bytes) in sums.drain((limits::MEMORY_LAYERS / 4).min(sums.len())..) {
            if let Some(grown) = self.grown.get_mut(&site) {
                *grown -= bytes.min(*grown);
            }
            *self.grown.entry(None).or_default() += bytes;
            self.layers.push((None, bytes));
        }
        let rest: u64 = self.layers.drain(..).map(|(_, bytes)| bytes).sum();
        self.layers.extend((rest > 0).then_some((None, rest)));
        self.layers.extend(sums);
        self.layers.extend(recent);
    }

    /// Gives locations other ids; of those that have none any more, the growth is kept without.
    pub(super) fn renumber(&mut self, new: &impl Fn(u32) -> Option<u32>) {
        let renumbered = |site: Option<Site>| site.and_then(|site| site.renumbered(new));
        for (site, _) in &mut self.layers {
            *site = renumbered(*site);
        }
        for grown in [&mut self.grown, &mut self.at_peak] {
            let mut moved = Grown::default();
            for (site, bytes) in grown.drain() {
                *moved.entry(renumbered(site)).or_default() += bytes;
            }
            *grown = moved;
        }
    }

    /// By site, largest first.
    pub(super) fn finish(mut self) -> Vec<Growth> {
        if self.at_most {
            self.at_peak.clone_from(&self.grown);
        }
        for &site in self.grown.keys() {
            self.at_peak.entry(site).or_default();
        }
        let grown = |(site, bytes): (Option<Site>, u64)| {
            let left = Some(self.grown.get(&site).copied().unwrap_or(0));
            let location = site.map(|site| site.location);
            let caller = site.and_then(|site| site.caller);
            Growth { location, caller, bytes, left }
        };
        let mut growth: Vec<Growth> = self.at_peak.into_iter().map(grown).collect();
        growth.retain(|growth| growth.most() > 0);
        growth.sort_by_key(|it| (std::cmp::Reverse(it.most()), it.location, it.caller));
        growth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(location: u32) -> Option<Site> {
        Some(Site::own(location, None))
    }

    fn finished(held: Held) -> Vec<(Option<u32>, u64, u64)> {
        let growth = held.finish().into_iter();
        growth.map(|it| (it.location, it.bytes, it.left.expect("it is known"))).collect()
    }

    #[test]
    fn what_came_last_is_given_back_first() {
        let mut held = Held::default();
        held.add(at(1), 100);
        for _ in 0..50 {
            held.add(at(2), 50);
            held.is_at_peak();
            held.give_back(50, |site, _| assert_eq!(Some(site), at(2)));
        }
        assert_eq!(finished(held), [(Some(1), 100, 100), (Some(2), 50, 0)]);
    }

    #[test]
    fn more_than_was_taken_can_be_given_back() {
        let mut held = Held::default();
        held.add(at(1), 10);
        let mut told = 0;
        held.give_back(500, |_, bytes| told += bytes);
        assert_eq!(told, 10);
        held.add(at(1), 3);
        assert_eq!(finished(held), [(Some(1), 0, 3)]);
    }

    #[test]
    fn the_order_of_very_much_is_forgotten_and_none_of_it_lost() {
        let mut held = Held::default();
        for turn in 0..10 * limits::MEMORY_LAYERS as u32 {
            held.add(at(turn % 5), 1);
            held.add(at(1_000 + turn), 1);
            assert!(held.layers.len() <= limits::MEMORY_LAYERS);
        }
        let all = 20 * limits::MEMORY_LAYERS as u64;
        held.is_at_peak();
        assert_eq!(held.layers.iter().map(|(_, bytes)| bytes).sum::<u64>(), all);
        let growth = finished(held);
        assert_eq!(growth.iter().map(|(_, bytes, _)| bytes).sum::<u64>(), all);
        let often = 2 * limits::MEMORY_LAYERS as u64;
        assert_eq!(
            growth.iter().filter(|(_, bytes, left)| *bytes == often && left == bytes).count(),
            5
        );
    }
}
