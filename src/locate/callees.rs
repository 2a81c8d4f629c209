//! What was on the stack below each place of the program's own code.

use advisors::{Callee, Hotspot};
use rustc_hash::FxHashSet;

use super::hotspots::code_ids;
use crate::profile::{Location, Origin, Profile, origin};
use crate::sample::Code;
use crate::text::Untrusted;

/// Part of the run's samples that a callee must have below a place to be kept there.
const LEAST_SHARE: f64 = 0.001;

/// Gives each place of the program's own files the functions that it called, directly or not.
pub(super) fn count(profile: &Profile, hotspots: &mut [Hotspot]) {
    let codes = code_ids(profile);
    let mut objects: Vec<&Code> = Vec::new();
    for (location, &code) in profile.locations.iter().zip(&codes) {
        if code == objects.len() {
            objects.push(&location.code);
        }
    }
    let stacks = stacks(profile);
    let ways = Ways::of(profile, &codes, &stacks);
    let least = least(profile);
    let mut sums = vec![Below::default(); objects.len()];
    let places = profile.locations.iter().zip(hotspots).zip(&ways.from);
    for ((location, hotspot), from) in places {
        for code in ways.add_up(from, &stacks, &mut sums) {
            let below = std::mem::take(&mut sums[code]);
            if (below.busy + below.idle) as f64 >= least {
                hotspot.callees.push(below.as_callee(objects[code], &location.code.file));
            }
        }
        hotspot.callees.sort_by(|a, b| {
            let most = (b.samples + b.idle_samples).cmp(&(a.samples + a.idle_samples));
            most.then_with(|| {
                (&a.module, &a.function, a.line).cmp(&(&b.module, &b.function, b.line))
            })
        });
    }
}

/// Samples of one function below one place.
#[derive(Default, Clone, Copy)]
struct Below {
    busy: u64,
    idle: u64,
    direct: u64,
}

impl Below {
    fn as_callee(self, code: &Code, caller: &Untrusted) -> Callee {
        Callee {
            module: module(&code.file, caller),
            function: code.name.data().to_owned(),
            line: code.first_line,
            samples: self.busy,
            idle_samples: self.idle,
            direct_samples: self.direct,
        }
    }
}

/// The ways from places to the leaf.
///
/// They are added up place by place: of all pairs of a place and a function that are ever on the
/// stack together there can be millions.
struct Ways {
    /// By stack, the functions on it, innermost first and each once.
    inner: Vec<Vec<usize>>,
    /// By location.
    from: Vec<Vec<Way>>,
}

/// One stack, as seen from a place on it.
struct Way {
    stack: usize,
    /// How many of the stack's functions are below the place.
    inner: usize,
    /// The function that the place itself has called.
    called: Option<usize>,
}

impl Ways {
    fn of(profile: &Profile, codes: &[usize], stacks: &[Stacked<'_>]) -> Self {
        let frequent = Frequent::of(profile, codes, stacks);
        let mut inner = Vec::new();
        let mut from: Vec<Vec<Way>> = codes.iter().map(|_| Vec::new()).collect();
        for (stack, Stacked { locations, .. }) in stacks.iter().enumerate() {
            let mut known: FxHashSet<usize> = FxHashSet::default();
            let mut functions: Vec<usize> = Vec::new();
            let mut called = None;
            for &id in *locations {
                let (id, code) = (id as usize, codes[id as usize]);
                // Of a recursive function only the innermost frame counts.
                if known.insert(code) {
                    if frequent.places[id] {
                        from[id].push(Way { stack, inner: functions.len(), called });
                    }
                    if frequent.codes[code] {
                        functions.push(code);
                    }
                }
                called = Some(code).filter(|&code| frequent.codes[code]);
            }
            inner.push(functions);
        }
        Self { inner, from }
    }

    /// Adds up what is below one place, by function, and gives the functions. `sums` are nothing
    /// before.
    fn add_up(&self, from: &[Way], stacks: &[Stacked<'_>], sums: &mut [Below]) -> Vec<usize> {
        let mut functions = Vec::new();
        for &Way { stack, inner, called } in from {
            let Stacked { busy, idle, .. } = stacks[stack];
            for &code in &self.inner[stack][..inner] {
                let sum = &mut sums[code];
                if sum.busy + sum.idle == 0 {
                    functions.push(code);
                }
                sum.busy += busy;
                sum.idle += idle;
            }
            if let Some(code) = called {
                sums[code].direct += busy + idle;
            }
        }
        functions
    }
}

/// A distinct stack with its samples.
struct Stacked<'a> {
    /// Leaf first.
    locations: &'a [u32],
    busy: u64,
    idle: u64,
}

/// The distinct stacks that have samples.
fn stacks(profile: &Profile) -> Vec<Stacked<'_>> {
    let locations = profile.stacks.iter().map(|stack| &stack.locations[..]);
    let mut stacks: Vec<_> =
        locations.map(|locations| Stacked { locations, busy: 0, idle: 0 }).collect();
    for count in &profile.counts {
        let Stacked { busy, idle, .. } = &mut stacks[count.stack as usize];
        *if count.state.is_busy() { busy } else { idle } += count.samples;
    }
    stacks.retain(|stack| stack.busy + stack.idle > 0);
    stacks
}

/// What is on the stack often enough to be told of: neither a place nor a function that is not can
/// be so together with another.
struct Frequent {
    /// By location; only those of the program's own files.
    places: Vec<bool>,
    /// By code object.
    codes: Vec<bool>,
}

impl Frequent {
    fn of(profile: &Profile, codes: &[usize], stacks: &[Stacked<'_>]) -> Self {
        let mut places = vec![Seen::default(); codes.len()];
        let mut functions = places.clone();
        for (stack, Stacked { locations, busy, idle }) in stacks.iter().enumerate() {
            for &id in *locations {
                places[id as usize].add(stack, busy + idle);
                functions[codes[id as usize]].add(stack, busy + idle);
            }
        }
        let least = least(profile);
        let is_frequent = |seen: &Seen| seen.samples as f64 >= least;
        // What stands for frames that were not seen was not called.
        for (location, &code) in profile.locations.iter().zip(codes) {
            if location.code.stands_in() {
                functions[code] = Seen::default();
            }
        }
        let own = |location: &Location| Origin::of(&location.code.file) == Origin::Own;
        let locations = profile.locations.iter().zip(&places);
        Self {
            places: locations.map(|(location, seen)| is_frequent(seen) && own(location)).collect(),
            codes: functions.iter().map(is_frequent).collect(),
        }
    }
}

/// Samples of the stacks that something is on.
#[derive(Default, Clone, Copy)]
struct Seen {
    samples: u64,
    /// The stack that was counted last.
    last: Option<usize>,
}

impl Seen {
    fn add(&mut self, stack: usize, samples: u64) {
        if self.last.replace(stack) != Some(stack) {
            self.samples += samples;
        }
    }
}

fn least(profile: &Profile) -> f64 {
    profile.run_samples() as f64 * LEAST_SHARE
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
    use crate::profile::{Count, Stack};
    use crate::sample::{State, TOO_FAST};

    const FILES: [(&str, &str); 4] = [
        ("main", "etl.py"),
        ("load", "etl.py"),
        ("loads", "/usr/lib/python3.12/json/__init__.py"),
        (TOO_FAST, ""),
    ];

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
    fn what_stands_for_frames_is_no_callee() {
        let seen = below_main(&[(&[3, 1, 0], true, 6), (&[3, 0], true, 2)]);
        assert_eq!(seen, [callee("", "load", [6, 0, 6])]);
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
