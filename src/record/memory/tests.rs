use super::*;
use crate::profile::Growth;

const MIB: u64 = 1 << 20;

fn own(location: u32) -> Site {
    Site::own(location, None)
}

fn growth(memories: Memories) -> Vec<(Option<u32>, u64)> {
    let [memory] = &memories.finish()[..] else { panic!("one process") };
    memory.growth.iter().map(|growth| (growth.location, growth.bytes / MIB)).collect()
}

#[test]
fn growth_is_put_down_to_what_ran_meanwhile_in_proportion() {
    let mut memories = Memories::default();
    memories.ran(7, 7, own(5));
    memories.look(7, 0.0, 40 * MIB, 40 * MIB);
    for location in [1, 1, 1, 2] {
        memories.ran(7, 7, own(location));
    }
    memories.look(7, 0.25, 140 * MIB, 140 * MIB);
    memories.ran(7, 7, own(3));
    memories.look(7, 0.5, 140 * MIB, 140 * MIB);
    memories.look(7, 0.75, 150 * MIB, 150 * MIB);
    assert_eq!(growth(memories), [(Some(1), 75), (Some(2), 25), (None, 10)]);
}

/// A program that takes 15 MiB in bursts of 5 ms in function 1, between which function 2 runs for
/// long and takes none, sampled every 10 ms: the burst is met by every other sample.
#[test]
fn growth_in_bursts_is_not_put_down_to_what_runs_in_between() {
    let mut memories = Memories::default();
    let mut resident = 40 * MIB;
    for sweep in 0..600_u32 {
        let burst = sweep / 45;
        let is_met = sweep % 45 == 44 && burst % 2 == 1;
        memories.ran(7, 7, own(if is_met { 1 } else { 2 }));
        resident += if is_met { 7 * MIB } else { 0 };
        memories.glance(7, f64::from(sweep) / 100.0, resident, &[]);
        resident += match sweep % 45 {
            44 if is_met => 8 * MIB,
            44 => 15 * MIB,
            _ => 0,
        };
        if sweep % 25 == 0 {
            memories.look(7, f64::from(sweep) / 100.0, resident, resident);
        }
    }
    let grown = growth(memories);
    let of = |location| grown.iter().find(|(it, _)| *it == location).map_or(0, |(_, mib)| *mib);
    assert!(of(Some(1)) >= 70 && of(Some(2)) <= 20, "{grown:?}");
    let all: u64 = grown.iter().map(|(_, mib)| mib).sum();
    assert!((190..=195).contains(&all), "{grown:?}");
}

#[test]
fn steady_growth_with_a_leap_is_put_down_to_who_makes_it() {
    let mut memories = Memories::default();
    let mut resident = 40 * MIB;
    for sweep in 0..400_u32 {
        memories.ran(7, 7, own(1));
        memories.glance(7, f64::from(sweep) / 100.0, resident, &[]);
        // A table that is made twice as large takes a few glances.
        resident += if (200..206).contains(&sweep) { 10 * MIB } else { 100 << 10 };
    }
    memories.look(7, 4.0, resident, resident);
    let grown = growth(memories);
    assert!(grown[0].0 == Some(1) && grown[0].1 >= 85, "{grown:?}");
}

#[test]
fn what_is_given_back_is_not_left_and_spikes_are_of_the_peak() {
    let mut memories = Memories::default();
    // The peak is of before the recording.
    memories.look(7, 0.0, 100 * MIB, 900 * MIB);
    for (at, resident, peak) in [(1.0, 50, 900), (2.0, 100, 900), (3.0, 60, 900)] {
        memories.ran(7, 7, own(1));
        memories.look(7, at, resident * MIB, peak * MIB);
    }
    memories.ran(7, 7, own(2));
    memories.look(7, 4.0, 60 * MIB, 1_000 * MIB);
    let [memory] = &memories.finish()[..] else { panic!("one process") };
    assert_eq!((memory.peak, memory.first(), memory.last()), (1_000 * MIB, 100 * MIB, 60 * MIB));
    assert_eq!(
        memory.growth,
        [
            Growth { location: Some(2), caller: None, bytes: 940 * MIB, left: Some(0) },
            Growth { location: Some(1), caller: None, bytes: 10 * MIB, left: Some(10 * MIB) },
        ]
    );
}

/// A program that takes 300 MiB to warm up and gives them back, and then leaks 200 MiB, below what it
/// had at its peak.
#[test]
fn a_leak_below_an_earlier_peak_is_put_down_to_who_leaks() {
    let mut memories = Memories::default();
    let (warmup, between, leak) = (1, 2, 3);
    for sweep in 0..600_u64 {
        let (location, resident) = match sweep {
            0 => (between, 10),
            1..50 => (warmup, 310),
            50..100 => (between, 10),
            _ => (leak, 10 + (sweep - 100) * 2 / 5),
        };
        let at = sweep as f64 / 100.0;
        memories.ran(7, 7, own(location));
        memories.glance(7, at, resident * MIB, &[]);
        if sweep % 25 == 0 {
            memories.look(7, at + 0.001, resident * MIB, 310 * MIB);
        }
    }
    let [memory] = &memories.finish()[..] else { panic!("one process") };
    let of = |location| {
        let growth = memory.growth.iter().find(|it| it.location == Some(location));
        growth.map_or((0, 0), |it| (it.bytes / MIB, it.left.unwrap_or(0) / MIB))
    };
    let ((taken, kept), leaked) = (of(warmup), of(leak).1);
    assert!(taken > 140 && kept == 0, "{memory:?}");
    assert!((195..=199).contains(&leaked), "{memory:?}");
}

/// A forked child has what its parent had before it takes more.
#[test]
fn the_first_glance_is_where_growth_begins() {
    let mut memories = Memories::default();
    memories.ran(7, 7, own(1));
    memories.glance(7, 1.0, 109 * MIB, &[]);
    memories.ran(7, 7, own(1));
    memories.glance(7, 1.01, 159 * MIB, &[]);
    memories.look(7, 1.2, 159 * MIB, 159 * MIB);
    let [memory] = &memories.finish()[..] else { panic!("one process") };
    assert_eq!((memory.first(), memory.peak), (109 * MIB, 159 * MIB));
    let grown: u64 = memory.growth.iter().map(|it| it.bytes).sum();
    assert_eq!(grown, 50 * MIB);
}

#[test]
fn a_day_is_as_long_as_an_hour_and_keeps_its_peak() {
    let mut memories = Memories::default();
    let day: u32 = 4 * 86_400;
    for look in 0..day {
        let resident = if look == 77_777 { 999 } else { u64::from(look % 100 + 1) };
        memories.look(7, f64::from(look) / 4.0, resident * MIB, 0);
    }
    let [memory] = &memories.finish()[..] else { panic!("one process") };
    let points = memory.points.len();
    assert!((limits::MEMORY_POINTS / 2..=limits::MEMORY_POINTS).contains(&points), "{points}");
    assert_eq!(memory.first(), MIB);
    assert!(memory.points.is_sorted_by(|a, b| a.at < b.at));
    assert!(memory.points.iter().any(|point| point.resident == 999 * MIB));
}

#[test]
fn processes_that_come_and_go_make_room() {
    let mut memories = Memories::default();
    for pid in 0..3 * limits::PROCESSES_REMEMBERED as u32 {
        memories.look(1_000_000, f64::from(pid), MIB, MIB);
        memories.look(pid, f64::from(pid), MIB, MIB);
    }
    let kept = memories.finish();
    assert_eq!(kept.len(), limits::PROCESSES_REMEMBERED);
    assert!(kept.iter().any(|memory| memory.pid == 1_000_000), "who lives is kept");
}

#[test]
fn growth_follows_its_locations() {
    let mut memories = Memories::default();
    memories.look(7, 0.0, MIB, MIB);
    for location in [1, 2] {
        memories.ran(7, 7, own(location));
    }
    memories.look(7, 1.0, 3 * MIB, 3 * MIB);
    memories.renumber(|location| (location == 2).then_some(0));
    assert_eq!(growth(memories), [(None, 1), (Some(0), 1)]);
}

#[test]
fn what_is_given_back_when_the_interpreter_is_taken_down_was_there_in_the_end() {
    let mut memories = Memories::default();
    for (step, resident) in [(0_u32, 40), (1, 90), (2, 70)] {
        let at = f64::from(step) / 10.0;
        memories.ran(7, 7, own(1));
        memories.glance(7, at, resident * MIB, &[]);
        memories.look(7, at, resident * MIB, 90 * MIB);
    }
    memories.look(7, 0.3, 9 * MIB, 90 * MIB);
    let [memory] = &memories.finish()[..] else { panic!("one process") };
    let points: Vec<u64> = memory.points.iter().map(|point| point.resident / MIB).collect();
    assert_eq!((points[0], points[points.len() - 1], memory.peak / MIB), (40, 70, 90));
}

/// What is seen in a sweep by thread, by how much memory grows right after it, and the pages that threads
/// are given for that.
type Step<'a> = (&'a [(u32, Site)], u64, &'a [(u32, u64)]);

/// Growth by site of a program that does `turn` over and over, a step every 10 ms.
fn told(turns: u32, turn: &[Step]) -> Vec<(Option<u32>, u64)> {
    let mut memories = Memories::default();
    let mut resident = 40 * MIB;
    let (mut at, mut faults) = (0.0, &[][..]);
    for _ in 0..turns {
        for &(seen, grown, given) in turn {
            seen.iter().for_each(|&(thread, site)| memories.ran(7, thread, site));
            memories.glance(7, at, resident, faults);
            (resident, faults) = (resident + grown, given);
            at += 0.01;
        }
    }
    growth(memories)
}

fn share(grown: &[(Option<u32>, u64)], location: Option<u32>) -> f64 {
    let all: u64 = grown.iter().map(|(_, mib)| mib).sum();
    let of = grown.iter().filter(|(it, _)| *it == location).map(|(_, mib)| mib);
    of.sum::<u64>() as f64 / all as f64
}

#[test]
fn growth_is_put_down_to_the_thread_that_was_given_the_pages() {
    let (grows, spins) = ((1, own(1)), (2, own(2)));
    let both: &[_] = &[grows, spins];
    let grown = told(100, &[(both, MIB, &[(1, 256), (2, 1)]), (both, MIB, &[(1, 250), (2, 0)])]);
    assert!(share(&grown, Some(1)) > 0.95, "{grown:?}");
    let blind = told(100, &[(both, MIB, &[])]);
    assert!((0.4..0.6).contains(&share(&blind, Some(1))), "nothing tells them apart: {blind:?}");
}

/// A thread sleeps, but for a moment in every other sweep in which it takes a lot.
#[test]
fn growth_of_a_thread_that_is_seldom_seen_is_its_own() {
    let (takes, spins) = ((1, own(1)), (2, own(2)));
    let given: &[_] = &[(1, 256), (2, 0)];
    let unseen: &[_] = &[spins];
    let mut turn: Vec<Step> = vec![(unseen, MIB, given); 9];
    let seen = [takes, spins];
    turn.push((&seen, MIB, given));
    let grown = told(20, &turn);
    assert!(share(&grown, Some(1)) > 0.85, "{grown:?}");
    assert!(share(&grown, Some(2)) < 0.01, "{grown:?}");
}

/// A helper takes 5 MiB in a millisecond, and one sweep in ten sees it; in between something computes.
#[test]
fn growth_that_was_not_seen_is_put_down_to_those_who_were_seen_to_do_as_much() {
    let computes: &[_] = &[(1, own(2))];
    let takes: &[_] = &[(1, Site::own(1, Some(9)))];
    let mut turn: Vec<Step> = Vec::new();
    for burst in 0..10 {
        turn.push((if burst == 3 { takes } else { computes }, 5 * MIB, &[]));
        turn.extend(vec![(computes, 0, &[][..]); 4]);
    }
    let grown = told(10, &turn);
    assert!(share(&grown, Some(1)) > 0.9, "{grown:?}");
}

#[test]
fn growth_around_what_never_makes_any_is_its_callers() {
    let computes: &[_] = &[(1, Site::own(2, Some(9)))];
    let mut turn = vec![(computes, 0, &[][..]); 9];
    turn.push((computes, 5 * MIB, &[]));
    let grown = told(20, &turn);
    assert!(share(&grown, Some(9)) > 0.9, "{grown:?}");
}

#[test]
fn those_who_made_memory_grow_of_late_are_few() {
    let mut memories = Memories::default();
    for line in 0..10 * limits::RECENT_GROWERS as u32 {
        memories.ran(7, 1, own(line));
        memories.glance(7, f64::from(line), u64::from(line) * MIB, &[]);
    }
    assert!(memories.by_pid[&7].blame.growers.len() <= limits::RECENT_GROWERS);
}

/// As of a process of which only its size is known: a day of it has millions of threads and places.
#[test]
fn what_nobody_glances_at_is_not_gathered() {
    let mut memories = Memories::default();
    for look in 0..100_u32 {
        (0..25).for_each(|place| memories.ran(7, look, own(25 * look + place)));
        memories.look(7, f64::from(look) / 4.0, 40 * MIB, 40 * MIB);
    }
    let watched = &memories.by_pid[&7];
    assert!(watched.ran.is_empty() && watched.blame.ran.iter().all(Ran::is_empty));
}
