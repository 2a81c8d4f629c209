//! A thread that runs code in a sub-interpreter has a stack in each: the outer one waits in a call
//! for the inner to end, and all is one stack of one thread.

use crate::sample::{Callback, Sample, State};

/// One sample for each thread, of samples that come in the order of their interpreters, the newest
/// first. Of a thread of which a part is `lost` there is none: its outer part alone would pass for
/// the whole. What cannot have called the other stays a stack of its own.
pub(super) fn by_thread(samples: Vec<Sample>, lost: &[u32]) -> Vec<Sample> {
    let mut joined: Vec<Sample> = Vec::with_capacity(samples.len());
    for sample in samples.into_iter().filter(|sample| !lost.contains(&sample.thread)) {
        match joined.iter_mut().find(|known| may_be_one(known, &sample)) {
            Some(known) => join(known, sample),
            None => joined.push(sample),
        }
    }
    joined
}

/// Whether both are parts of one stack.
pub(in crate::sample) fn may_be_one(one: &Sample, other: &Sample) -> bool {
    one.thread == other.thread && may_call(one.state, other.state)
}

/// Whether one of two stacks may wait for the other: not if both have their interpreter's lock, and
/// not if the one without wants it.
fn may_call(one: State, other: State) -> bool {
    let [one_waits, other_waits] = [one, other].map(|it| it.waits_for_gil && !it.holds_gil);
    !(one.holds_gil && (other.holds_gil || other_waits) || other.holds_gil && one_waits)
}

/// Whether the older of two parts is the inner one: code of a newer interpreter was called from an older
/// one's, unless the older has the lock.
pub(in crate::sample) fn is_inner(older: &Sample, newer: &Sample) -> bool {
    older.state.holds_gil && !newer.state.holds_gil
}

/// Makes one of two parts, of which `known` is of the newer interpreter.
pub(in crate::sample) fn join(known: &mut Sample, older: Sample) {
    let older_is_inner = is_inner(&older, known);
    let outer = if older_is_inner { std::mem::replace(known, older) } else { older };
    let below = u32::try_from(known.frames.len()).unwrap_or(u32::MAX);
    known.frames.extend(outer.frames);
    known.truncated |= outer.truncated;
    known.task = known.task.take().or(outer.task);
    let deeper = |it: Callback| Callback { depth: it.depth.saturating_add(below), ..it };
    known.callback = known.callback.or_else(|| outer.callback.map(deeper));
    // Whether it runs is the same for both; the rest is the inner one's to say.
    known.state = State { on_cpu: known.state.on_cpu || outer.state.on_cpu, ..known.state };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::sample::{Code, Frame};
    use crate::text::Untrusted;

    const RUNS: State = State { on_cpu: true, ..State::IDLE };
    const HOLDS: State = State { on_cpu: true, holds_gil: true, ..State::IDLE };

    fn sample(thread: u32, state: State, names: &[&str]) -> Sample {
        let frame = |name: &&str| {
            let (name, file) = (Untrusted::new(*name), Untrusted::new("app.py"));
            let code = Arc::new(Code { name, file, first_line: 1 });
            Frame { code, place: Place::line(1) }
        };
        Sample::new(thread, state, names.iter().map(frame).collect())
    }

    fn joined(samples: Vec<Sample>, lost: &[u32]) -> Vec<(u32, State, String)> {
        let names = |sample: &Sample| {
            let names: Vec<&str> = sample.frames.iter().map(|it| it.code.name.data()).collect();
            names.join(" ")
        };
        let told = by_thread(samples, lost);
        told.iter().map(|sample| (sample.thread, sample.state, names(sample))).collect()
    }

    #[test]
    fn what_an_interpreter_was_called_from_is_the_outer_part_of_the_stack() {
        let samples = vec![
            sample(7, HOLDS, &["inside", "<module>"]),
            sample(8, State::IDLE, &["wait"]),
            sample(7, RUNS, &["drive"]),
        ];
        let expected =
            [(7, HOLDS, "inside <module> drive".to_owned()), (8, State::IDLE, "wait".to_owned())];
        assert_eq!(joined(samples, &[]), expected);
        let called_back =
            vec![sample(7, RUNS, &["<module>"]), sample(7, HOLDS, &["back", "drive"])];
        assert_eq!(joined(called_back, &[]), [(7, HOLDS, "back drive <module>".to_owned())]);
    }

    #[test]
    fn stacks_that_cannot_have_called_each_other_are_two() {
        const WANTS: State = State { waits_for_gil: true, ..State::IDLE };
        for state in [HOLDS, WANTS] {
            let samples = vec![sample(7, HOLDS, &["inside"]), sample(7, state, &["busy"])];
            let expected = [(7, HOLDS, "inside".to_owned()), (7, state, "busy".to_owned())];
            assert_eq!(joined(samples, &[]), expected);
        }
    }

    #[test]
    fn an_outer_part_alone_is_not_told() {
        let samples = vec![sample(7, RUNS, &["drive"]), sample(8, HOLDS, &["work"])];
        assert_eq!(joined(samples, &[7]), [(8, HOLDS, "work".to_owned())]);
    }
}
