//! Lines of a thread's files below `/proc/PID/task`.

use std::time::Duration;

/// What the kernel says that a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// Running or ready to run.
    Running,
    /// Asleep; on the futex at that address in its memory, where it is known to be one.
    Waiting { futex: Option<u64> },
}

impl Activity {
    pub(super) fn of_letter(letter: u8) -> Self {
        if letter == b'R' { Self::Running } else { Self::Waiting { futex: None } }
    }
}

/// The third field of `/proc/PID/stat` (proc_pid_stat(5)); the second is the program's name in
/// parentheses, which may itself hold parentheses and spaces.
pub(in crate::sample) fn state_letter(stat: &[u8]) -> Option<u8> {
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(name_end + 2).copied()
}

/// The 39th field of `/proc/PID/stat`.
pub(super) fn processor(stat: &[u8]) -> Option<usize> {
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    let fields = std::str::from_utf8(stat.get(name_end + 2..)?).ok()?;
    fields.split(' ').nth(39 - 3)?.parse().ok()
}

/// What a line of `/proc/PID/task/TID/syscall` says (proc_pid_syscall(5)): `running`, or the number
/// of the system call that the thread sleeps in and its arguments; -1 outside of one, as in a page
/// fault.
pub(super) fn activity(line: &[u8]) -> Activity {
    let mut words = line.split(|byte| byte.is_ascii_whitespace());
    let mut word = || words.next().and_then(|word| std::str::from_utf8(word).ok());
    match word() {
        Some("running") => Activity::Running,
        Some(number) if number.parse() == Ok(libc::SYS_futex) => {
            let address = word().and_then(|word| word.strip_prefix("0x"));
            let futex = address.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            Activity::Waiting { futex }
        }
        _ => Activity::Waiting { futex: None },
    }
}

/// The first number of `schedstat`: nanoseconds spent on a processor.
pub(super) fn processor_time(account: &[u8]) -> Option<Duration> {
    let digits = account.split(|&byte| byte == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_hide_the_state() {
        assert_eq!(state_letter(b"12 (a) R (b) S 1 12"), Some(b'S'));
        assert_eq!(state_letter(b"12 (python) R 1 12"), Some(b'R'));
        assert_eq!(state_letter(b"garbage"), None);
        assert_eq!(state_letter(b"12 (python)"), None);
    }

    #[test]
    fn what_a_thread_waits_for_is_told() {
        assert_eq!(activity(b"running\n"), Activity::Running);
        let futex = format!("{} 0x7f10 0x189 0x0 0x7f20 0x0 0x0 0x7f00 0x7e00\n", libc::SYS_futex);
        assert_eq!(activity(futex.as_bytes()), Activity::Waiting { futex: Some(0x7f10) });
        for elsewhere in ["-1 0x7f00 0x7e00\n", "0 0x3 0x7f10 0x1 0x0 0x0 0x0 0x7f00 0x7e00\n", ""]
        {
            assert_eq!(activity(elsewhere.as_bytes()), Activity::Waiting { futex: None });
        }
    }

    #[test]
    fn what_a_thread_has_computed_is_told() {
        assert_eq!(processor_time(b"78927 74380 2\n\0\0"), Some(Duration::from_nanos(78_927)));
        for senseless in [&b""[..], b"-1 0 0\n", b"\0\0", b"99999999999999999999 1 1\n"] {
            assert_eq!(processor_time(senseless), None);
        }
    }
}
