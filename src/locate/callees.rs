//! What was on the stack below each place of the program's own code.

use advisors::{Callee, Hotspot};
use rustc_hash::{FxHashMap, FxHashSet};

use super::hotspots::code_ids;
use crate::profile::{Origin, Profile, origin};
use crate::sample::Code;
use crate::text::Untrusted;

/// Part of the run's samples that a callee must have below a place to be kept there.
const LEAST_SHARE: f64 = 0.001;

/// Samples of one function below one place.
#[derive(Default, Clone, Copy)]
struct Below {
    busy: u64,
    idle: u64,
    direct: u64,
}

/// Gives each place of the program's own files the functions that it called, directly or not.
pub(super) fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    let codes = code_ids(profile);
    let own: Vec<bool> =
        profile.locations.iter().map(|l| Origin::of(&l.code.file) == Origin::Own).collect();
    let mut below: FxHashMap<(u32, usize), Below> = FxHashMap::default();
    for (stack, busy, idle) in by_stack(profile) {
        let locations = &profile.stacks[stack].locations;
        let mut inner: Vec<usize> = Vec::new();
        let mut known: FxHashSet<usize> = FxHashSet::default();
        for &id in locations {
            if own[id as usize] && !known.contains(&codes[id as usize]) {
                for &code in &inner {
                    let sum = below.entry((id, code)).or_default();
                    sum.busy += busy;
                    sum.idle += idle;
                }
                if let Some(called) = called_by(locations, id) {
                    below.entry((id, codes[called as usize])).or_default().direct += busy + idle;
                }
            }
            if known.insert(codes[id as usize]) {
                inner.push(codes[id as usize]);
            }
        }
    }
    hand_out(profile, &codes, below, hotspots);
}

/// The distinct stacks with their busy and idle samples.
fn by_stack(profile: &Profile) -> impl Iterator<Item = (usize, u64, u64)> {
    let mut sums = vec![(0, 0); profile.stacks.len()];
    for count in &profile.counts {
        let (busy, idle) = &mut sums[count.stack as usize];
        *if count.state.is_busy() { busy } else { idle } += count.samples;
    }
    sums.into_iter().enumerate().map(|(stack, (busy, idle))| (stack, busy, idle))
}

/// The location of the frame that the innermost frame at `id` has called.
fn called_by(locations: &[u32], id: u32) -> Option<u32> {
    let depth = locations.iter().position(|&other| other == id)?;
    locations.get(depth.checked_sub(1)?).copied()
}

fn hand_out(
    profile: &Profile,
    codes: &[usize],
    below: FxHashMap<(u32, usize), Below>,
    hotspots: &mut [Hotspot],
) {
    let mut objects: FxHashMap<usize, &Code> = FxHashMap::default();
    for (location, &code) in profile.locations.iter().zip(codes) {
        objects.entry(code).or_insert(&location.code);
    }
    let least = profile.run_samples() as f64 * LEAST_SHARE;
    for ((id, code), sum) in below {
        if ((sum.busy + sum.idle) as f64) < least {
            continue;
        }
        let code = objects[&code];
        hotspots[id as usize].callees.push(Callee {
            module: module(&code.file, &profile.locations[id as usize].code.file),
            function: code.name.data().to_owned(),
            line: code.first_line,
            samples: sum.busy,
            idle_samples: sum.idle,
            direct_samples: sum.direct,
        });
    }
    for hotspot in hotspots {
        hotspot.callees.sort_by(|a, b| {
            let most = (b.samples + b.idle_samples).cmp(&(a.samples + a.idle_samples));
            most.then_with(|| {
                (&a.module, &a.function, a.line).cmp(&(&b.module, &b.function, b.line))
            })
        });
    }
}

/// The dotted module of a library file; nothing for the file that calls, and the path of another
/// file of the program.
fn module(file: &Untrusted, caller: &Untrusted) -> String {
    if file == caller {
        return String::new();
    }
    let name = file.data();
    let relative = origin::package_module(name).or_else(|| origin::library_module(name));
    if let Some(path) = relative {
        let path = path.strip_suffix(".py").unwrap_or(path);
        return path.strip_suffix("/__init__").unwrap_or(path).replace('/', ".");
    }
    let frozen = name.strip_prefix("<frozen ").and_then(|rest| rest.strip_suffix('>'));
    frozen.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::{Count, Location, Stack};
    use crate::sample::State;

    const FILES: [(&str, &str); 3] =
        [("main", "etl.py"), ("load", "etl.py"), ("loads", "/usr/lib/python3.12/json/__init__.py")];

    /// What is below `main`: module, function, busy, idle and direct samples.
    fn below_main(counts: &[(&[u32], bool, u64)]) -> Vec<(String, String, u64, u64, u64)> {
        let location = |(name, file): &(&str, &str)| {
            let (name, file) = (Untrusted::new(*name), Untrusted::new(*file));
            let code = Arc::new(Code { name, file, first_line: 1 });
            Location { code, place: Place::line(2) }
        };
        let count = |(stack, &(_, on_cpu, samples)): (u32, &(&[u32], bool, u64))| Count {
            stack,
            thread: 0,
            task: None,
            state: State { on_cpu, ..State::IDLE },
            samples,
        };
        let profile = Profile {
            locations: FILES.iter().map(location).collect(),
            stacks: counts.iter().map(|(ids, ..)| Stack { locations: ids.to_vec() }).collect(),
            counts: (0..).zip(counts).map(count).collect(),
            ..Profile::default()
        };
        let mut hotspots = vec![Hotspot::default(); FILES.len()];
        super::count(&profile, &mut hotspots);
        assert!(hotspots[2].callees.is_empty(), "a library's own callees are not asked for");
        let told = |it: &Callee| {
            (it.module.clone(), it.function.clone(), it.samples, it.idle_samples, it.direct_samples)
        };
        hotspots[0].callees.iter().map(told).collect()
    }

    fn callee(module: &str, function: &str, samples: [u64; 3]) -> (String, String, u64, u64, u64) {
        (module.to_owned(), function.to_owned(), samples[0], samples[1], samples[2])
    }

    #[test]
    fn callees_are_counted_once_a_stack_and_direct_ones_told_apart() {
        let seen = below_main(&[(&[2, 1, 2, 1, 0], true, 6), (&[1, 0], false, 2)]);
        assert_eq!(seen, [callee("", "load", [6, 2, 8]), callee("json", "loads", [6, 0, 0])]);
    }

    #[test]
    fn a_callee_that_is_hardly_ever_seen_is_left_out() {
        let seen = below_main(&[(&[1, 0], true, 1_999), (&[2, 0], true, 1)]);
        assert_eq!(seen, [callee("", "load", [1_999, 0, 1_999])]);
    }

    #[test]
    fn library_files_are_told_by_their_dotted_module() {
        for (file, told) in [
            ("/usr/lib/python3.12/json/encoder.py", "json.encoder"),
            ("/usr/lib/python3.12/json/__init__.py", "json"),
            ("/v/lib/python3.13/site-packages/pandas/core/frame.py", "pandas.core.frame"),
            ("<frozen importlib._bootstrap>", "importlib._bootstrap"),
            ("/app/other.py", "/app/other.py"),
            ("/app/etl.py", ""),
        ] {
            assert_eq!(module(&Untrusted::new(file), &Untrusted::new("/app/etl.py")), told);
        }
    }
}
