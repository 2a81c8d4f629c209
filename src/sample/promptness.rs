//! Being on time on a busy machine. A sampler that is woken late misses the very moments that
//! matter: with three busy processes to a processor, half of the instants at 100 Hz were missed.

use std::mem::size_of;
use std::num::NonZeroU64;

/// The shortest turn that the scheduler grants (sched(7), Linux 6.12): who asks for little is let
/// in early, and a sweep takes less.
const TURN_NS: u64 = 100_000;

/// The niceness that is asked for; it takes root's rights to get it.
const NICE: i32 = -10;

/// How late a timer may be, so that others that are due shortly after need no interrupt of their
/// own. It is 50 us unless asked for, half of what lies between two instants at 10 kHz.
const SLACK_NS: NonZeroU64 = NonZeroU64::MIN;

/// Asks the scheduler to wake the calling thread soon. Processes and threads that it starts from
/// then on inherit that, so it comes last. Where the system refuses, all stays as it was.
pub fn wake_me_soon() {
    // Refused, it stays as it was.
    let _ = rustix::thread::set_current_timer_slack(Some(SLACK_NS));
    let Ok(nice) = rustix::process::getpriority_process(None) else { return };
    // Who was made nice was so on purpose.
    let is_granted = nice == 0 && ask(NICE);
    if !is_granted {
        ask(nice);
    }
}

fn ask(nice: i32) -> bool {
    let wish = libc::sched_attr {
        size: size_of::<libc::sched_attr>() as u32,
        sched_policy: libc::SCHED_OTHER as u32,
        sched_flags: 0,
        sched_nice: nice,
        sched_priority: 0,
        sched_runtime: TURN_NS,
        sched_deadline: 0,
        sched_period: 0,
    };
    set_own_attributes(&wish)
}

#[allow(unsafe_code, reason = "neither libc nor rustix wraps this system call")]
fn set_own_attributes(wish: &libc::sched_attr) -> bool {
    // SAFETY: the pointer is to a live sched_attr that carries its own size and is only read; 0
    // means the calling thread.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, std::ptr::from_ref(wish), 0) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_never_makes_things_worse() {
        std::thread::spawn(|| {
            let nice = || rustix::process::getpriority_process(None).expect("a niceness");
            let before = nice();
            wake_me_soon();
            assert!(nice() <= before);
            wake_me_soon();
            assert!(nice() <= before);
        })
        .join()
        .expect("no panic");
    }
}
