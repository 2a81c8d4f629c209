use std::sync::Arc;

use advisors::Place;

use super::*;
use crate::advise::Advice;
use crate::profile::{Count, Location, Profile, Stack, Thread};
use crate::report::View;
use crate::sample::State;
use crate::text::Untrusted;

/// A function by its first line, called from or standing on a line.
fn frame(first_line: u32, line: u32) -> Location {
    let name = Untrusted::new(format!("f{first_line}"));
    let code = Code { name, file: Untrusted::new("etl.py"), first_line };
    Location { code: Arc::new(code), place: Place::line(line) }
}

/// Samples of stacks, leaf first.
fn profile(stacks: &[(&[(u32, u32)], u64)]) -> Profile {
    let mut profile = Profile { threads: vec![Thread::default()], ..Profile::default() };
    for (stack, samples) in stacks {
        let first = profile.locations.len() as u32;
        profile.locations.extend(stack.iter().map(|&(first_line, line)| frame(first_line, line)));
        let locations = (first..profile.locations.len() as u32).collect();
        profile.stacks.push(Stack { locations });
        let state = State { on_cpu: true, ..State::default() };
        let stack = profile.stacks.len() as u32 - 1;
        profile.counts.push(Count { stack, thread: 0, task: None, state, samples: *samples });
    }
    profile
}

#[test]
fn recursion_counts_once_and_own_time_is_the_innermosts() {
    // f1 calls f10 from line 3; f10 calls itself from line 12 and stands on line 11 or 13.
    let profile = profile(&[
        (&[(10, 11), (10, 12), (10, 12), (1, 3)], 5),
        (&[(10, 13), (1, 3)], 2),
        (&[(1, 4)], 1),
    ]);
    let (advice, view) = (Advice::default(), View::default());
    let input = Input { profile: &profile, advice: &advice, view: &view };
    let graph = Graph::of(&input).expect("samples");
    let [inner, outer] = graph.functions.as_slice() else { panic!("two functions") };
    assert_eq!((inner.total, inner.own_samples()), (7, 7));
    assert_eq!(inner.own, BTreeMap::from([(11, 5), (13, 2)]));
    assert_eq!((outer.total, outer.own_samples()), (8, 1));
    let calls = |function: &Function<'_>| {
        let calls = function.calls.iter();
        calls.map(|(&at, call)| (at, call.total, call.own)).collect::<Vec<_>>()
    };
    assert_eq!(calls(outer), [((3, 0), 7, 2)]);
    assert_eq!(calls(inner), [((12, 0), 5, 5)]);
}
