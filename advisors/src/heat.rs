//! Sampled counts to the heat of a stretch of source.

use std::collections::BTreeMap;

use ruff_text_size::TextRange;

use crate::{Case, Heat, Hotspot, Place};

/// Share of the busy samples below which nothing is said.
const MIN_SHARE: f64 = 0.005;

/// Samples below which a share says nothing.
const MIN_SAMPLES: u64 = 10;

/// Quantile of the normal distribution for a two-sided 95 % interval.
const Z: f64 = 1.959_964;

impl Case<'_> {
    /// The heat of everything within `range`, calls that it makes included. `None` below the
    /// catalogue's gate: 0.5 % of the busy samples, and enough of them to say so.
    pub fn heat(&self, range: TextRange) -> Option<Heat> {
        self.heat_within(&[range])
    }

    /// As [`Case::heat`], of several stretches together.
    pub fn heat_within(&self, ranges: &[TextRange]) -> Option<Heat> {
        let places: Vec<Place> = ranges.iter().map(|&range| self.source.place(range)).collect();
        self.weigh(&self.standing(|hotspot| places.iter().any(|it| it.contains(hotspot.place))))
    }

    /// The heat of the very operations that `ranges` are, summed, without what their operands took
    /// to evaluate: of `f(x) in seen` the search, and not the call of `f`. `None` as for
    /// [`Case::heat`].
    pub fn heat_on(&self, ranges: &[TextRange]) -> Option<Heat> {
        self.weigh(&self.hotspots_on(ranges))
    }

    /// The hotspots of the very operations that `ranges` are. Places are compared as they are: where
    /// they are in the text would have to be looked up for every hotspot and every question.
    pub(crate) fn hotspots_on(&self, ranges: &[TextRange]) -> Vec<&Hotspot> {
        let places: Vec<Place> = ranges.iter().map(|&range| self.source.place(range)).collect();
        self.standing(|hotspot| {
            places.iter().any(|&place| match hotspot.place.columns {
                Some(_) => hotspot.place == place,
                None => place.contains(hotspot.place),
            })
        })
    }

    /// The heat of an operation on built-in types, which runs no Python code of its own: where only
    /// the line is known, samples in callees are of something else on that line and do not count.
    pub fn built_in(&self, heat: Heat) -> Option<Heat> {
        if heat.columns {
            return Some(heat);
        }
        let own = Heat::of(heat.self_samples, heat.self_samples, self.busy_samples);
        Self::gate(Heat { columns: false, ..own })
    }

    /// The hotspots within `range`. One that is known by its line alone counts to every range on
    /// that line, unless its code object has others with columns.
    pub fn hotspots_within(&self, range: TextRange) -> Vec<&Hotspot> {
        let place = self.source.place(range);
        self.standing(|hotspot| place.contains(hotspot.place))
    }

    /// How many frames of its own code object were on the stack at once, on average, while the very
    /// operations that `ranges` are ran; 0 where they never did.
    pub(crate) fn depth(&self, ranges: &[TextRange]) -> f64 {
        let spots = self.hotspots_on(ranges);
        let sum = |of: fn(&Hotspot) -> u64| spots.iter().map(|&spot| of(spot)).sum::<u64>() as f64;
        sum(|spot| spot.frames) / sum(|spot| spot.total_samples).max(1.0)
    }

    fn standing(&self, stands: impl Fn(&Hotspot) -> bool) -> Vec<&Hotspot> {
        let told = |place: Place| place.columns.is_some();
        let vague = |hotspot: &Hotspot| {
            let mut others = self.hotspots.iter().filter(|other| told(other.place));
            !told(hotspot.place) && others.any(|other| same_code(other, hotspot))
        };
        self.hotspots.iter().filter(|hotspot| stands(hotspot) && !vague(hotspot)).collect()
    }

    /// Adds up the hotspots of each code object and takes the largest sum, since a place of one
    /// code object and a place that it calls are on the stack at the same time.
    fn weigh(&self, hotspots: &[&Hotspot]) -> Option<Heat> {
        let mut codes = BTreeMap::<(&str, u32), (u64, u64)>::new();
        for hotspot in hotspots {
            let sum = codes.entry((&hotspot.function, hotspot.function_line)).or_default();
            sum.0 += hotspot.total_samples;
            sum.1 += hotspot.self_samples;
        }
        let samples = codes.values().map(|sum| sum.0).max()?.min(self.busy_samples);
        let self_samples: u64 = codes.values().map(|sum| sum.1).sum();
        let columns = hotspots.iter().all(|hotspot| hotspot.place.columns.is_some());
        let heat = Heat::of(samples, self_samples.min(samples), self.busy_samples);
        Self::gate(Heat { columns, ..heat })
    }

    /// Samples of a start of threads or processes as heat: those that waited count only as far as nobody
    /// else can have computed meanwhile. What has been started may have been at work already.
    pub(crate) fn of_starting(&self, busy: u64, idle: u64) -> Option<Heat> {
        let others = self.computing_samples.saturating_sub(busy);
        self.gated(busy + idle.saturating_sub(others), 0)
    }

    /// Samples as heat, when they pass the gate.
    pub(crate) fn gated(&self, samples: u64, self_samples: u64) -> Option<Heat> {
        let samples = samples.min(self.busy_samples);
        Self::gate(Heat::of(samples, self_samples.min(samples), self.busy_samples))
    }

    /// As [`Case::heat`], of other samples than the busy ones.
    pub(crate) fn sum(&self, hotspots: &[&Hotspot], of: fn(&Hotspot) -> u64) -> Option<Heat> {
        let mut codes = BTreeMap::<(&str, u32), u64>::new();
        for hotspot in hotspots {
            *codes.entry((&hotspot.function, hotspot.function_line)).or_default() += of(hotspot);
        }
        self.gated(codes.into_values().max()?, 0)
    }

    fn gate(heat: Heat) -> Option<Heat> {
        let enough = heat.samples >= MIN_SAMPLES && heat.share >= MIN_SHARE && heat.share_low > 0.0;
        enough.then_some(heat)
    }
}

impl Heat {
    /// Counts of samples as a share of `busy` samples, with its 95 % interval (Wilson).
    pub fn of(samples: u64, self_samples: u64, busy: u64) -> Self {
        if busy == 0 {
            return Self::default();
        }
        let (n, p) = (busy as f64, samples as f64 / busy as f64);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let (middle, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        Self {
            samples,
            self_samples,
            share: p,
            share_low: ((middle - spread) / scale).clamp(0.0, p),
            share_high: ((middle + spread) / scale).clamp(p, 1.0),
            share_here: p,
            columns: true,
        }
    }
}

/// Whether two hotspots are of the same code object.
pub(crate) fn same_code(a: &Hotspot, b: &Hotspot) -> bool {
    a.function == b.function && a.function_line == b.function_line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Tree;
    use crate::{GainTable, Python, Source};

    fn hotspot(function: &str, place: Place, samples: u64) -> Hotspot {
        Hotspot {
            place,
            function: function.to_owned(),
            function_line: 1,
            self_samples: samples,
            total_samples: samples,
            ..Hotspot::default()
        }
    }

    fn columns(line: u32, start: u32, end: u32) -> Place {
        Place { line, end_line: line, columns: Some((start, end)) }
    }

    fn heat_of(hotspots: &[Hotspot], busy: u64, at: Place) -> Option<Heat> {
        let source = Source::parse(b"x = f(a) in seen\ny = 1\n").unwrap();
        let case = Case {
            python: Python::new(3, 13),
            source: &source,
            tree: &Tree::of(&source),
            hotspots,
            busy_samples: busy,
            computing_samples: busy,
            pool: None,
            activity: None,
            gains: &GainTable { rows: &[] },
        };
        case.heat(source.range(at).unwrap())
    }

    #[test]
    fn places_of_one_code_object_add_up_and_callees_do_not() {
        let spots = [
            hotspot("f", columns(1, 4, 8), 100),
            hotspot("f", columns(1, 4, 16), 300),
            hotspot("f", columns(1, 0, 16), 50),
            hotspot("g", columns(1, 4, 8), 90),
        ];
        let heat = heat_of(&spots, 1_000, columns(1, 4, 16)).unwrap();
        assert_eq!((heat.samples, heat.columns), (400, true));
        assert!((heat.share - 0.4).abs() < 1e-9);
        assert!((heat.share_low - 0.3701).abs() < 1e-3 && (heat.share_high - 0.4307).abs() < 1e-3);
    }

    #[test]
    fn a_place_without_columns_counts_by_its_line() {
        let heat = heat_of(&[hotspot("f", Place::line(1), 40)], 100, columns(1, 4, 16)).unwrap();
        assert_eq!((heat.samples, heat.columns), (40, false));
        assert_eq!(heat_of(&[hotspot("f", Place::line(2), 40)], 100, columns(1, 4, 16)), None);
    }

    #[test]
    fn stray_lines_of_a_code_object_with_columns_do_not_count() {
        let spots = [hotspot("f", columns(2, 0, 1), 20), hotspot("f", Place::line(1), 40)];
        assert_eq!(heat_of(&spots, 100, columns(1, 4, 16)), None);
    }

    #[test]
    fn too_cold_or_too_few_is_no_heat() {
        let at = columns(1, 4, 16);
        assert_eq!(heat_of(&[hotspot("f", at, 9)], 10, at), None);
        assert_eq!(heat_of(&[hotspot("f", at, 49)], 10_000, at), None);
        assert!(heat_of(&[hotspot("f", at, 50)], 10_000, at).is_some());
        assert_eq!(heat_of(&[hotspot("f", at, 50)], 0, at), None);
    }
}
