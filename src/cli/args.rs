//! Values that several verbs take, as people write them.

use std::time::Duration;

use clap::Args;

use crate::limits;
use crate::report::{FORMATS, View};

/// Longest recording that is accepted; a slip of the finger, not a plan, is longer.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// How to sample.
#[derive(Debug, Args)]
pub(super) struct Sampling {
    /// How long to record: `30s`, `2m`, `500ms`, or seconds
    #[arg(short, long, value_name = "TIME", value_parser = limit)]
    duration: Option<Limit>,
    /// How often to sample, a second: `100`, `1khz`
    #[arg(short, long, value_name = "HZ", value_parser = rate, default_value = "100")]
    pub(super) rate: f64,
    /// Pause the program briefly for each look, so that every stack is exact
    #[arg(long)]
    pub(super) exact: bool,
}

/// How long a recording may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Time(Duration),
    /// As py-spy writes what is so without saying.
    Unlimited,
}

impl Sampling {
    /// How long to record; until the program ends when there is no saying.
    pub(super) fn duration(&self) -> Option<Duration> {
        match self.duration? {
            Limit::Time(time) => Some(time),
            Limit::Unlimited => None,
        }
    }
}

/// Where results go.
#[derive(Debug, Args)]
pub(super) struct Destinations {
    /// Write to FILE, in the format of its ending (`-`: stdout); repeatable
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<std::path::PathBuf>,
    #[arg(short, long, value_name = "FORMAT", help = formats())]
    pub(super) format: Option<String>,
}

fn formats() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    format!("The format, whatever the ending; without -o, for stdout: {}", names.join(", "))
}

/// What findings have to pass.
#[derive(Debug, Default, Args)]
pub(super) struct Checks {
    /// Exit with 1 on such a finding: an advisor, `any`, `saving>10%`, `share>10%`; repeatable
    #[arg(long, value_name = "WHAT")]
    pub(super) fail_on: Vec<String>,
    /// Findings in FILE, which -o FILE.json wrote, are known; alone, any other one fails
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<std::path::PathBuf>,
    /// Let pass what can be judged without values alone (CPython before 3.11, other tools' recordings)
    #[arg(long)]
    pub(super) without_values: bool,
}

/// What of a profile to show. Everything is recorded, so that these can be chosen afterwards.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Show threads that wait or sleep too
    #[arg(short, long)]
    idle: bool,
    /// Show only threads that hold the interpreter's lock
    #[arg(short, long)]
    gil: bool,
    /// Show only threads inside of an asyncio task, by task
    #[arg(long = "async")]
    tasks: bool,
    /// Show only threads that collect garbage
    #[arg(long)]
    gc: bool,
    /// Keep threads apart
    #[arg(short, long)]
    threads: bool,
    /// Show functions instead of lines
    #[arg(short = 'F', long)]
    function: bool,
    /// Show the types that the parameters of hot functions had
    #[arg(long)]
    signatures: bool,
}

impl Selection {
    /// As a view.
    pub(super) fn view(&self) -> View {
        View {
            idle: self.idle,
            gil: self.gil,
            tasks: self.tasks,
            gc: self.gc,
            by_thread: self.threads,
            functions: self.function,
            signatures: self.signatures,
            ..View::default()
        }
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    match text {
        "unlimited" => Ok(Limit::Unlimited),
        text => duration(text).map(Limit::Time),
    }
}

/// The id of a process.
pub(super) fn pid(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| {
        "a process id is a number; list Python processes with: pgrep -a python".to_owned()
    })
}

/// A length of time: a number with `ms`, `s`, `m` or `h`; seconds when there is no unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text)?;
    let seconds = match unit.as_str() {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err("expected a time such as 30s, 2m, 500ms, or seconds".into()),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time.is_zero() => Err("a recording takes longer than that".into()),
        Ok(time) if time <= LONGEST => Ok(time),
        _ => Err("longer than 30 days; leave it out to record until the program ends".into()),
    }
}

/// Samples a second: a number, optionally with `hz` or `khz`.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = split_unit(text)?;
    let rate = match unit.as_str() {
        "" | "hz" => number,
        "khz" => number * 1000.0,
        _ => return Err("expected a rate such as 100, 250hz or 1khz".into()),
    };
    if rate <= 0.0 {
        return Err("must be above zero".into());
    }
    if rate > limits::RATE_HZ {
        return Err(format!("at most {} a second", limits::RATE_HZ));
    }
    Ok(rate)
}

/// A number that is not negative, and what follows it in lower case.
fn split_unit(text: &str) -> Result<(f64, String), String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number = number.parse().map_err(|_| "expected a number".to_owned())?;
    Ok((number, unit.trim().to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let times = [
            ("10", 10_000),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1.5 min", 90_000),
            ("500ms", 500),
            ("0.25", 250),
            ("1h", 3_600_000),
        ];
        for (text, millis) in times {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(limit("unlimited"), Ok(Limit::Unlimited));
        for text in
            ["0", "0s", "", "s", "-1", "1d", "1e9", "10 000", "99999h", "NaN", "inf", "1.2.3"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_bounded() {
        for (text, hz) in [("100", 100.0), ("1khz", 1000.0), ("2.5kHz", 2500.0), ("50 Hz", 50.0)] {
            assert_eq!(rate(text), Ok(hz), "{text}");
        }
        assert!(rate("20khz").is_ok());
        for text in ["0", "-5", "20001", "21khz", "1mhz", "fast", "", "NaN"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
