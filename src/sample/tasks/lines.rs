//! Lines of a thread's files below `/proc/PID/task`.

use std::time::Duration;

/// What the kernel says that a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// Running or ready to run.
    Running,
    /// Asleep; on the futex at that address in its memory, where it is known to be one.
    Waiting { futex: Option<u64> },
    /// It has ended, though it is still listed.
    Ended,
}

impl Activity {
    pub(super) fn of_letter(letter: u8) -> Self {
        match letter {
            b'R' => Self::Running,
            b'Z' | b'X' | b'x' => Self::Ended,
            _ => Self::Waiting { futex: None },
        }
    }
}

/// The flag of a task that is ending (`PF_EXITING` in Linux's include/linux/sched.h). Its memory is
/// gone before its state says so.
const EXITING: u32 = 0x4;

/// The third field of `/proc/PID/stat` (proc_pid_stat(5)).
pub(in crate::sample) fn state_letter(stat: &[u8]) -> Option<u8> {
    after_name(stat)?.first().copied()
}

/// Whether a process has ended or is just ending, by its `/proc/PID/stat`.
pub(in crate::sample) fn is_ending(stat: &[u8]) -> bool {
    let is_exiting = field(stat, 9).is_none_or(|flags: u32| flags & EXITING != 0);
    is_exiting || state_letter(stat).is_none_or(|letter| b"ZXx".contains(&letter))
}

/// The 39th field of `/proc/PID/stat`.
pub(super) fn processor(stat: &[u8]) -> Option<usize> {
    field(stat, 39)
}

/// A field behind the third, counted from 1 as in proc_pid_stat(5).
fn field<T: std::str::FromStr>(stat: &[u8], number: usize) -> Option<T> {
    let fields = std::str::from_utf8(after_name(stat)?).ok()?;
    fields.split(' ').nth(number - 3)?.parse().ok()
}

/// The fields from the third on: the second is the program's name in parentheses, which may itself
/// hold parentheses and spaces.
fn after_name(stat: &[u8]) -> Option<&[u8]> {
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(name_end + 2..)
}

/// What a line of `/proc/PID/task/TID/syscall` says (proc_pid_syscall(5)): `running`, or the number
/// of the system call that the thread sleeps in and its arguments; -1 outside of one, as in a page
/// fault, with a stack pointer of 0 when it has ended.
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
        Some("-1") if word() == Some("0x0") => Activity::Ended,
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
    fn a_process_that_is_ending_is_told_from_one_that_runs() {
        let running = b"12 (a) R (b) S 1 12 12 0 -1 4194560 7 0";
        let exiting = b"12 (python) R 1 12 12 0 -1 4194564 7 0";
        let ended = b"12 (python) Z 1 12 12 0 -1 4194560 7 0";
        assert!(!is_ending(running));
        for stat in [&exiting[..], ended, b"garbage", b"12 (python) R 1"] {
            assert!(is_ending(stat));
        }
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
        assert_eq!(activity(b"-1 0x0 0x0\n"), Activity::Ended);
        assert_eq!(Activity::of_letter(b'Z'), Activity::Ended);
    }

    #[test]
    fn what_a_thread_has_computed_is_told() {
        assert_eq!(processor_time(b"78927 74380 2\n\0\0"), Some(Duration::from_nanos(78_927)));
        for senseless in [&b""[..], b"-1 0 0\n", b"\0\0", b"99999999999999999999 1 1\n"] {
            assert_eq!(processor_time(senseless), None);
        }
    }
}
