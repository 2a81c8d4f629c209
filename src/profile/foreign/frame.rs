//! How tools write a frame of a folded stack.

use advisors::Place;

/// One frame, or what stands above the frames.
#[derive(Debug, PartialEq)]
pub(super) enum Frame<'a> {
    /// Its id.
    Process(u32),
    /// Its id, and its name where it has one.
    Thread(u32, Option<&'a str>),
    /// What the thread does beside: it collects garbage.
    Collects,
    /// A place in a function of a file; without a file where none is told.
    Code { name: &'a str, file: &'a str, place: Place },
}

impl<'a> Frame<'a> {
    /// Of what stands above the frames of Python.
    pub(super) fn above(text: &'a str) -> Option<Self> {
        process(text).map(Self::Process).or_else(|| thread(text))
    }

    /// Of Python.
    pub(super) fn code(text: &'a str) -> Self {
        match text {
            // Austin and Tachyon, in this order.
            ":GC:" | "~:<GC>:0" => Self::Collects,
            _ => bracketed(text).or_else(|| triple(text)).unwrap_or(Self::Code {
                name: text,
                file: "",
                place: Place::default(),
            }),
        }
    }
}

/// py-spy and unslow: `process 42:"python etl.py"`, `process 42 (python etl.py)`; Austin: `P42`.
fn process(text: &str) -> Option<u32> {
    match text.strip_prefix("process ") {
        Some(rest) => rest[..digits(rest)].parse().ok(),
        None => text.strip_prefix('P')?.parse().ok(),
    }
}

/// py-spy: `thread (42)`, `thread (42): loader`; unslow: `thread 42 (loader)`; Austin: `T0:42`,
/// the first number that of the interpreter, and `T0x7f`; Tachyon: `tid:42`.
fn thread(text: &str) -> Option<Frame<'_>> {
    if let Some(rest) = text.strip_prefix("thread (") {
        let (id, name) = rest.split_once(')')?;
        return Some(Frame::Thread(number(id)?, name.strip_prefix(": ")));
    }
    if let Some(rest) = text.strip_prefix("thread ") {
        let (id, name) = rest.split_once(' ')?;
        let name = name.strip_prefix('(')?.strip_suffix(')')?;
        return Some(Frame::Thread(number(id)?, Some(name).filter(|name| *name != "no name")));
    }
    let id = match text.strip_prefix('T') {
        Some(id) => id.rsplit(':').next()?,
        None => text.strip_prefix("tid:")?,
    };
    Some(Frame::Thread(number(id)?, None))
}

/// Decimal, or an address, of which the lower half tells threads apart.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|address| address as u32),
        None => text.parse().ok(),
    }
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

/// py-spy: `dedupe (etl.py:41)`, or without the line; unslow, the columns from 1:
/// `dedupe (etl.py:41:13-25)`, `dedupe (etl.py:41:13-43:25)`.
fn bracketed(text: &str) -> Option<Frame<'_>> {
    let inner = text.strip_suffix(')')?;
    let at = inner.rfind(" (")?;
    let (file, place) = placed(&inner[at + 2..]);
    Some(Frame::Code { name: &text[..at], file, place })
}

fn placed(text: &str) -> (&str, Place) {
    let whole = (text, Place::default());
    let Some((rest, last)) = text.rsplit_once(':') else { return whole };
    let columns = |first: u32, last: u32| first.checked_sub(1).map(|first| (first, last));
    if let Some((first, last)) = range(last) {
        return match lined(rest) {
            Some((file, line)) => {
                (file, Place { columns: columns(first, last), ..Place::line(line) })
            }
            None => whole,
        };
    }
    let Ok(number) = last.parse() else { return whole };
    let several = rest.rsplit_once(':').and_then(|(rest, middle)| {
        let ((first, end_line), (file, line)) = (range(middle)?, lined(rest)?);
        Some((file, Place { line, end_line, columns: columns(first, number) }))
    });
    several.unwrap_or((rest, Place::line(number)))
}

fn lined(text: &str) -> Option<(&str, u32)> {
    let (file, line) = text.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// Austin and Tachyon: `etl.py:dedupe:41`.
fn triple(text: &str) -> Option<Frame<'_>> {
    let (rest, line) = text.rsplit_once(':')?;
    let (file, name) = rest.rsplit_once(':')?;
    Some(Frame::Code { name, file, place: Place::line(line.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<'a>(name: &'a str, file: &'a str, place: Place) -> Frame<'a> {
        Frame::Code { name, file, place }
    }

    #[test]
    fn each_tools_frames_are_understood() {
        let on = Place::line(41);
        let columns = Place { columns: Some((12, 25)), ..on };
        let several = Place { end_line: 43, ..columns };
        let cases = [
            ("dedupe (etl.py:41)", code("dedupe", "etl.py", on)),
            ("dedupe (etl.py)", code("dedupe", "etl.py", Place::default())),
            ("Shop.load (C:\\etl.py:41:13-25)", code("Shop.load", "C:\\etl.py", columns)),
            ("dedupe (etl.py:41:13-43:25)", code("dedupe", "etl.py", several)),
            ("/srv/etl.py:dedupe:41", code("dedupe", "/srv/etl.py", on)),
            ("C:\\etl.py:dedupe:41", code("dedupe", "C:\\etl.py", on)),
            ("<frozen runpy>:_run_code:41", code("_run_code", "<frozen runpy>", on)),
            ("write (libc.so.6)", code("write", "libc.so.6", Place::default())),
            ("swapper", code("swapper", "", Place::default())),
            ("a:b", code("a:b", "", Place::default())),
            (":GC:", Frame::Collects),
            ("~:<GC>:0", Frame::Collects),
        ];
        for (text, frame) in cases {
            assert_eq!(Frame::code(text), frame, "{text}");
        }
    }

    #[test]
    fn what_stands_above_the_frames_is_told_apart() {
        let cases = [
            ("process 3822:\"python etl.py 3\"", Frame::Process(3822)),
            ("process 4242 (python etl.py)", Frame::Process(4242)),
            ("P4937", Frame::Process(4937)),
            ("thread (3822)", Frame::Thread(3822, None)),
            ("thread (3822): loader", Frame::Thread(3822, Some("loader"))),
            ("thread (0x7F00000010)", Frame::Thread(0x10, None)),
            ("thread 4243 (loader)", Frame::Thread(4243, Some("loader"))),
            ("thread 4243 (no name)", Frame::Thread(4243, None)),
            ("T0:4937", Frame::Thread(4937, None)),
            ("T0x7f10", Frame::Thread(0x7f10, None)),
            ("tid:3962", Frame::Thread(3962, None)),
        ];
        for (text, frame) in cases {
            assert_eq!(Frame::above(text), Some(frame), "{text}");
        }
        for text in ["Process (a.py:1)", "T", "P", "thread", "threads (a.py:7)", "main (a.py:7)"] {
            assert_eq!(Frame::above(text), None, "{text}");
        }
    }
}
