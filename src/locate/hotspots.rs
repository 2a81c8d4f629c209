//! Counts of a profile, turned into heat by place.

use std::collections::{BTreeMap, HashMap};

use advisors::{Distinct, Hotspot, Lengths, Operand};
use rustc_hash::FxHashMap;

use crate::profile::{Location, OperandSeen, Profile};
use crate::sample::Code;
use crate::text::Untrusted;

/// Every sampled place, by file; files and places hottest first.
pub(super) fn by_file(profile: &Profile) -> Vec<(Untrusted, Vec<Hotspot>)> {
    let mut hotspots: Vec<Hotspot> = profile.locations.iter().map(cold).collect();
    count(profile, &mut hotspots);
    super::callees::count(profile, &mut hotspots);
    super::event_loop::count(profile, &mut hotspots);
    super::at_once::count(profile, &mut hotspots);
    weigh_idle(profile.kept_part(), &mut hotspots);
    for seen in &profile.operands {
        if let Some(hotspot) = hotspots.get_mut(seen.location as usize) {
            hotspot.operands.push(operand(seen));
        }
    }
    let mut files: BTreeMap<&Untrusted, Vec<Hotspot>> = BTreeMap::new();
    for (location, hotspot) in profile.locations.iter().zip(hotspots) {
        files.entry(&location.code.file).or_default().push(hotspot);
    }
    let mut files: Vec<_> = files.into_iter().map(|(name, spots)| (name.clone(), spots)).collect();
    for (_, spots) in &mut files {
        spots.sort_by_key(|h| (std::cmp::Reverse((h.total_samples, h.idle_samples)), h.place));
    }
    files.sort_by_key(|(_, spots)| std::cmp::Reverse(spots.first().map(|h| h.total_samples)));
    files
}

fn cold(location: &Location) -> Hotspot {
    Hotspot {
        place: location.place,
        function: location.code.name.data().to_owned(),
        function_line: location.code.first_line,
        ..Hotspot::default()
    }
}

fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    let codes = code_ids(profile);
    let mut frames: FxHashMap<usize, u64> = FxHashMap::default();
    for count in &profile.counts {
        let locations = &profile.stacks[count.stack as usize].locations;
        frames.clear();
        for &id in locations {
            *frames.entry(codes[id as usize]).or_default() += 1;
        }
        let busy = count.state.is_busy();
        let (collects, waits) = (count.state.collects, count.state.waits_for_gil);
        for (depth, &id) in locations.iter().enumerate() {
            let hotspot = &mut hotspots[id as usize];
            if busy && depth == 0 {
                hotspot.self_samples += count.samples;
            }
            // The innermost frame of a code object stands for all of them.
            let Some(frames) = frames.remove(&codes[id as usize]) else { continue };
            if busy {
                hotspot.total_samples += count.samples;
                hotspot.frames += frames * count.samples;
                hotspot.collecting_samples += if collects { count.samples } else { 0 };
            } else {
                hotspot.idle_samples += count.samples;
            }
            hotspot.waiting_samples += if waits { count.samples } else { 0 };
        }
    }
}

/// Where looks at busy threads were torn, idle samples count for less, so that both are shares of the
/// same run.
fn weigh_idle(kept: f64, hotspots: &mut [Hotspot]) {
    let weigh = |samples: &mut u64| *samples = (*samples as f64 * kept).round() as u64;
    for hotspot in hotspots {
        weigh(&mut hotspot.idle_samples);
        weigh(&mut hotspot.waiting_samples);
        weigh(&mut hotspot.in_event_loop.idle);
        hotspot.callees.iter_mut().for_each(|callee| weigh(&mut callee.idle_samples));
    }
}

/// For each location its code object's number, so that stacks need not compare names.
pub(super) fn code_ids(profile: &Profile) -> Vec<usize> {
    let mut ids: HashMap<&Code, usize> = HashMap::new();
    profile
        .locations
        .iter()
        .map(|location| {
            let next = ids.len();
            *ids.entry(&location.code).or_insert(next)
        })
        .collect()
}

fn operand(seen: &OperandSeen) -> Operand {
    Operand {
        expression: seen.expression.data().to_owned(),
        type_name: seen.type_name.data().to_owned(),
        observations: seen.observations,
        lengths: seen.lengths.map(|l| Lengths {
            min: l.min,
            median: l.median,
            max: l.max,
            first: l.first,
            last: l.last,
        }),
        elements: seen.elements.iter().map(|name| name.data().to_owned()).collect(),
        distinct: seen.distinct.map(|it| Distinct { calls: it.calls, values: it.values }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::{Count, Stack, Thread, Timing};
    use crate::sample::State;

    const BUSY: State = State { on_cpu: true, holds_gil: false, ..State::IDLE };
    const IDLE: State = State::IDLE;

    fn location(name: &str, line: u32) -> Location {
        let code =
            Code { name: Untrusted::new(name), file: Untrusted::new("etl.py"), first_line: 1 };
        Location { code: Arc::new(code), place: Place::line(line) }
    }

    fn profile(counts: &[(&[u32], State, u64)]) -> Profile {
        Profile {
            locations: vec![location("main", 9), location("fib", 2), location("fib", 3)],
            threads: vec![Thread { pid: 7, tid: 7, name: None }],
            stacks: counts.iter().map(|(ids, ..)| Stack { locations: ids.to_vec() }).collect(),
            counts: counts
                .iter()
                .zip(0..)
                .map(|(&(_, state, samples), stack)| Count {
                    stack,
                    thread: 0,
                    task: None,
                    state,
                    samples,
                })
                .collect(),
            ..Profile::default()
        }
    }

    fn totals(profile: &Profile) -> Vec<(u32, u64, u64, u64)> {
        let [(_, spots)] = &by_file(profile)[..] else { panic!("one file") };
        spots
            .iter()
            .map(|h| (h.place.line, h.self_samples, h.total_samples, h.idle_samples))
            .collect()
    }

    #[test]
    fn a_recursive_function_counts_a_sample_once() {
        let profile = profile(&[(&[1, 2, 2, 1, 0], BUSY, 5)]);
        assert_eq!(totals(&profile), [(2, 5, 5, 0), (9, 0, 5, 0), (3, 0, 0, 0)]);
    }

    #[test]
    fn frames_of_a_recursive_function_are_counted_where_its_innermost_stands() {
        let profile =
            profile(&[(&[1, 2, 2, 1, 0], BUSY, 5), (&[1, 0], BUSY, 2), (&[2, 0], IDLE, 9)]);
        let [(_, spots)] = &by_file(&profile)[..] else { panic!("one file") };
        let frames: Vec<_> = spots.iter().map(|h| (h.place.line, h.frames)).collect();
        assert_eq!(frames, [(9, 7), (2, 22), (3, 0)]);
    }

    #[test]
    fn idle_time_is_of_the_same_run_as_what_is_left_of_busy_time() {
        let mut half = profile(&[(&[1, 0], BUSY, 30), (&[0], IDLE, 300)]);
        half.timing = Timing { sweeps: 600, torn: 270, ..Timing::default() };
        assert_eq!(half.run_samples(), 60);
        assert_eq!(totals(&half), [(9, 0, 30, 30), (2, 30, 30, 0), (3, 0, 0, 0)]);
    }

    #[test]
    fn idle_time_is_kept_apart() {
        let profile = profile(&[(&[1, 0], BUSY, 2), (&[0], IDLE, 30)]);
        assert_eq!(totals(&profile), [(9, 0, 2, 30), (2, 2, 2, 0), (3, 0, 0, 0)]);
    }
}
