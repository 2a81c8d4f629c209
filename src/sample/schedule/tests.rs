//! Which lines are looked at, and when.

use super::*;
use crate::text::Untrusted;

fn code(name: &str) -> Arc<Code> {
    let (name, file) = (Untrusted::new(name), Untrusted::new("app.py"));
    Arc::new(Code { name, file, first_line: 1 })
}

/// A schedule that has used all that it may use ahead.
fn poor() -> Schedule {
    let mut schedule = Schedule::new();
    schedule.spent(limits::LOOKS_CPU * limits::LOOKS_AHEAD);
    schedule
}

/// The turns (sample number, weight) that a place gets in so many samples, without want.
fn turns(samples: u64) -> Vec<(u64, u32)> {
    let (mut schedule, code) = (Schedule::new(), code("f"));
    let place = Place::line(3);
    let turns = (1..=samples).map(|n| (n, schedule.due(&code, place, Rank::Innermost)));
    turns.filter_map(|(n, weight)| Some((n, weight?))).collect()
}

#[test]
fn a_place_met_once_is_not_looked_at() {
    assert_eq!(turns(1), []);
}

#[test]
fn looks_grow_rarer_and_weigh_more() {
    let expected = [(2, 2), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (9, 2), (11, 2), (13, 2)];
    assert_eq!(turns(13), expected);
}

#[test]
fn a_long_recording_costs_a_few_dozen_looks_that_weigh_all_of_it() {
    let turns = turns(30_000);
    assert!((40..=70).contains(&turns.len()), "{} looks", turns.len());
    let weighed: u64 = turns.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let (last, _) = turns.last().expect("there are looks");
    assert_eq!(weighed, *last);
    assert!(*last > 30_000 * 100 / GROWTH, "the last look was at {last}");
}

#[test]
fn lines_and_code_objects_are_told_apart() {
    let mut schedule = Schedule::new();
    let (one, equal) = (code("f"), code("f"));
    assert_eq!(one, equal);
    assert_eq!(schedule.due(&one, Place::line(3), Rank::Innermost), None);
    assert_eq!(schedule.due(&equal, Place::line(3), Rank::Innermost), None);
    assert_eq!(schedule.due(&one, Place::line(4), Rank::Innermost), None);
    let columns = Place { columns: Some((0, 5)), ..Place::line(3) };
    assert_eq!(
        schedule.due(&one, columns, Rank::Innermost),
        Some(2),
        "the columns share the line's turns"
    );
}

#[test]
fn a_line_that_is_not_hot_leaves_the_budget_to_those_that_are() {
    let (mut schedule, hot, cold) = (Schedule::new(), code("hot"), code("cold"));
    for _ in 0..1_000 {
        schedule.due(&hot, Place::line(1), Rank::Innermost);
    }
    let looks = (0..13).map(|_| schedule.due(&cold, Place::line(9), Rank::Innermost));
    let looks: Vec<_> = looks.skip_while(Option::is_none).collect();
    assert_eq!(looks, [Some(11), None, Some(2)]);
}

#[test]
fn a_caller_is_looked_at_rarely() {
    let (mut schedule, code) = (Schedule::new(), code("f"));
    let looks = (0..1_000).filter_map(|_| schedule.due(&code, Place::line(1), Rank::Caller));
    assert_eq!(looks.collect::<Vec<_>>(), [2, 2, 4, 8, 16, 32, 64, 128, 256]);
}

#[test]
fn own_code_below_a_library_is_looked_at_as_often_as_what_it_calls() {
    let (mut schedule, own, library) = (Schedule::new(), code("own"), code("library"));
    let mut looks = [0, 0];
    for _ in 0..1_000 {
        looks[0] += u32::from(schedule.due(&own, Place::line(1), Rank::Own).is_some());
        looks[1] += u32::from(schedule.due(&library, Place::line(1), Rank::Innermost).is_some());
    }
    assert_eq!(looks[0], looks[1]);
}

#[test]
fn first_looks_come_before_further_ones() {
    let (mut schedule, known, new) = (Schedule::new(), code("known"), code("new"));
    for _ in 0..100 {
        schedule.due(&known, Place::line(1), Rank::Innermost);
    }
    schedule.spent(limits::LOOKS_CPU * limits::LOOKS_AHEAD - limits::LOOKS_CPU / 20);
    let further = (0..100).filter_map(|_| schedule.due(&known, Place::line(1), Rank::Innermost));
    assert_eq!(further.count(), 0);
    let first = (0..50).filter_map(|_| schedule.due(&new, Place::line(2), Rank::Caller));
    assert_eq!(first.collect::<Vec<_>>(), [2, 2, 4]);
}

#[test]
fn without_budget_a_look_waits_and_keeps_its_weight() {
    let (mut schedule, code) = (poor(), code("f"));
    let place = Place::line(1);
    assert_eq!(schedule.due(&code, place, Rank::Innermost), None);
    schedule.spent(2 * limits::LOOKS_CPU);
    assert_eq!(schedule.due(&code, place, Rank::Innermost), None);
    schedule.now(Duration::from_millis(1_900));
    assert_eq!(schedule.due(&code, place, Rank::Innermost), None);
    schedule.now(Duration::from_millis(2_100));
    assert_eq!(schedule.due(&code, place, Rank::Innermost), Some(4));
}

#[test]
fn a_look_that_came_to_nothing_is_made_up_for() {
    let (mut schedule, code) = (Schedule::new(), code("f"));
    let place = Place::line(1);
    let turns = std::iter::repeat_with(|| schedule.due(&code, place, Rank::Innermost)).take(42);
    let taken: u32 = turns.flatten().sum();
    let weight = loop {
        if let Some(weight) = schedule.due(&code, place, Rank::Innermost) {
            break weight;
        }
    };
    assert!(taken > 30 && weight > 1, "{taken} samples, then {weight} at once");
    schedule.missed(&code, place, weight);
    assert_eq!(schedule.due(&code, place, Rank::Innermost), Some(weight + 1));
}

#[test]
fn a_look_that_has_not_seen_all_is_followed_by_another_soon() {
    let (mut schedule, code) = (Schedule::new(), code("f"));
    let place = Place::line(1);
    let mut taken = std::iter::repeat_with(|| schedule.due(&code, place, Rank::Innermost)).take(40);
    assert!(taken.by_ref().flatten().count() > 10);
    drop(taken);
    while schedule.due(&code, place, Rank::Innermost).is_none() {}
    schedule.again(&code, place);
    let looks: Vec<_> = (0..4).map(|_| schedule.due(&code, place, Rank::Innermost)).collect();
    assert_eq!(looks, [None, None, Some(3), None]);
}

#[test]
fn looks_stay_within_the_budget_however_often_they_are_due() {
    const COST: Duration = Duration::from_micros(150);
    let mut schedule = Schedule::new();
    let codes: Vec<_> = (0..50).map(|n| code(&n.to_string())).collect();
    let mut spent = Duration::ZERO;
    for millisecond in 0..20_000_u32 {
        let now = Duration::from_millis(millisecond.into());
        schedule.now(now);
        let code = &codes[millisecond as usize % codes.len()];
        if schedule.due(code, Place::line(1), Rank::Innermost).is_some() {
            schedule.spent(COST);
            spent += COST;
        }
        let ahead = f64::from(limits::LOOKS_AHEAD);
        let allowed = limits::LOOKS_CPU.mul_f64(now.as_secs_f64() + ahead) + COST;
        assert!(spent <= allowed, "{spent:?} of {allowed:?} at {now:?}");
    }
    assert!(spent >= limits::LOOKS_CPU * 10, "the budget was used: {spent:?}");
}

#[test]
fn what_is_not_spent_is_kept_for_no_more_than_a_second() {
    let mut schedule = poor();
    schedule.now(Duration::from_secs(3_600));
    assert!(schedule.budget.has_more_than(0.0));
    schedule.spent(limits::LOOKS_CPU);
    assert!(!schedule.budget.has_more_than(0.0));
}

#[test]
fn frequent_refills_add_up() {
    let mut schedule = poor();
    for microseconds in 0..=500_000 {
        schedule.now(Duration::from_micros(microseconds));
    }
    let half = nanoseconds(limits::LOOKS_CPU) / 2;
    let off = (schedule.budget.left_ns - half).abs();
    assert!(off <= half / 50, "{} ns instead of {half}", schedule.budget.left_ns);
}

#[test]
fn the_places_held_are_bounded() {
    let (mut schedule, code) = (Schedule::new(), code("f"));
    for line in 0..limits::SCHEDULED_PLACES as u32 + 10 {
        schedule.due(&code, Place::line(line), Rank::Innermost);
    }
    assert!(schedule.lines.len() <= limits::SCHEDULED_PLACES);
}
