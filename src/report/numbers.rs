//! Numbers as people read them.

use advisors::Heat;

/// `83 %`; below one percent with one digit, and never `0 %` for something that was seen.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent <= 0.0 => "0 %".to_owned(),
        percent if percent < 0.1 => "< 0.1 %".to_owned(),
        percent if percent < 0.95 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// `81-85 %`, or `83 %` when both ends round to the same.
pub(super) fn percent_interval(low: f64, high: f64) -> String {
    let (low, high) = ((low * 100.0).round().max(0.0), (high * 100.0).round().max(0.0));
    if low == high { format!("{low} %") } else { format!("{low}-{high} %") }
}

/// A share with its interval: `83 % (81-85 %)`
pub(super) fn heat(heat: &Heat) -> String {
    let interval = percent_interval(heat.share_low, heat.share_high);
    format!("{} ({interval})", percent(heat.share))
}

/// `12,345`
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Whole mebibytes: `812`, `1,812`
pub(super) fn mebibytes(bytes: u64) -> String {
    thousands((bytes as f64 / f64::from(1 << 20)).round() as u64)
}

/// `812 B`, `4.2 kB`, `18 MB`, `1.2 GB`
pub(super) fn bytes(bytes: u64) -> String {
    let scaled = |unit: f64| bytes as f64 / unit;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", scaled(1e3)),
        1_000_000..1_000_000_000 => format!("{:.0} MB", scaled(1e6)),
        _ => format!("{:.1} GB", scaled(1e9)),
    }
}

/// `0.42 s`, `4.2 s`, `29.9 s`, `312 s`
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{s:.2} s"),
        s if s < 99.95 => format!("{s:.1} s"),
        s => format!("{s:.0} s"),
    }
}

/// `0.4 ms`, and from 10 ms on as [`seconds`]
pub(super) fn pause(length: f64) -> String {
    if length < 0.01 { format!("{:.1} ms", length * 1e3) } else { seconds(length) }
}

/// A slice of time: `2.5 ms`, `20 ms`, `640 ms`, `2.6 s`
pub(super) fn slice(length: f64) -> String {
    match length {
        l if l < 0.01 => pause(l),
        l if l < 1.0 => format!("{:.0} ms", l * 1e3),
        l => seconds(l),
    }
}

/// `100 Hz`, `2.5 Hz`
pub(crate) fn hertz(rate: f64) -> String {
    let digits = usize::from(rate < 10.0 && rate.fract() != 0.0);
    format!("{rate:.digits$} Hz")
}

/// `100`, `2.5`: a rate that was reached
pub(super) fn rate(rate: f64) -> String {
    match (rate * 100.0).round() / 100.0 {
        rate if rate < 1.0 && rate > 0.0 => format!("{rate:.2}").trim_end_matches('0').to_owned(),
        rate if rate < 10.0 => format!("{rate:.1}").trim_end_matches(".0").to_owned(),
        rate => format!("{rate:.0}"),
    }
}

/// `1 sample`, `2,000 samples`
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_memory_are_short() {
        for (amount, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (4_200, "4.2 kB"),
            (18_000_000, "18 MB"),
            (1_200_000_000, "1.2 GB"),
        ] {
            assert_eq!(bytes(amount), text);
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.0, 0.0004, 0.004, 0.0099, 0.83, 1.0].map(percent),
            ["0 %", "< 0.1 %", "0.4 %", "1 %", "83 %", "100 %"]
        );
        assert_eq!(percent_interval(0.812, 0.853), "81-85 %");
        assert_eq!(percent_interval(0.832, 0.833), "83 %");
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.123, 4.25, 29.94, 311.7].map(seconds),
            ["0.12 s", "4.2 s", "29.9 s", "312 s"]
        );
        assert_eq!([0.0, 0.00044, 0.0705].map(pause), ["0.0 ms", "0.4 ms", "0.07 s"]);
        assert_eq!([100.0, 2.5, 1000.0].map(hertz), ["100 Hz", "2.5 Hz", "1000 Hz"]);
        assert_eq!([45 << 20, (1812 << 20) + 1, 1 << 19].map(mebibytes), ["45", "1,812", "1"]);
        let rates = [0.0, 0.004, 0.497, 0.5, 0.996, 2.0, 2.54, 9.97, 99.6].map(rate);
        assert_eq!(rates, ["0", "0", "0.5", "0.5", "1", "2", "2.5", "10", "100"]);
        assert_eq!(count(1, "sample"), "1 sample");
    }
}
