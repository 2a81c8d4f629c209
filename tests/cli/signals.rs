//! Ctrl-C and its kin end the recording, never the profile, and reach the program that was started.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::running::{LIMIT, Running};
use crate::support::{Interpreter, newest_with_columns};
use crate::transcript::Stage;

fn start(command: &mut Command) -> Running {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running(command.spawn().expect("started"))
}

/// `unslow` with these arguments, its signals as a terminal would have them: a test may have been
/// started by a shell that ignores some.
fn unslow(stage: &Stage, arguments: &[&str]) -> Command {
    let reset = "import os, signal, sys\n\
                 for name in ('INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2', 'ALRM', 'XCPU'):\n    \
                     signal.signal(getattr(signal, 'SIG' + name), signal.SIG_DFL)\n\
                 os.execvp('unslow', ['unslow', *sys.argv[1:]])";
    let mut command = stage.command("python");
    // In a group and session of its own, no terminal's Ctrl-C reaches it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.args(["-c", reset]).args(arguments);
    command
}

fn next_line(lines: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("text");
    line.trim_end().to_owned()
}

fn with_python(test: impl FnOnce(&Stage, &Interpreter)) {
    if let Some(python) = newest_with_columns() {
        test(&Stage::new(Some(&python)), &python);
    }
}

/// Waits until a recording has surely begun: the sampler attaches in well under a second.
fn record_a_while() {
    std::thread::sleep(Duration::from_millis(1500));
}

#[test]
fn an_interrupt_ends_the_recording_and_keeps_it() {
    with_python(|stage, _| {
        let ordinary = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];
        let seldom = [Signal::USR1, Signal::USR2, Signal::ALARM, Signal::XCPU];
        for signal in ordinary.into_iter().chain(seldom) {
            let mut target = start(stage.command("python").arg("graceful.py"));
            assert_eq!(next_line(&mut target.lines()), "ready");
            let pid = target.0.id().to_string();
            let mut attach = start(&mut unslow(stage, &["attach", &pid, "-o", "kept.json"]));
            record_a_while();
            attach.signal(signal);
            let findings = std::io::read_to_string(attach.lines()).expect("text");
            assert_eq!(attach.code(), Some(0), "{signal:?}: {}", attach.errors());
            assert!(findings.contains("graceful.py"), "{findings}");
            let kept = std::fs::read_to_string(stage.file("kept.json")).expect("an output");
            assert!(kept.contains("unslow.findings/1"), "{kept}");
            std::fs::remove_file(stage.file("kept.json")).expect("removed");
            assert!(target.0.try_wait().expect("a status").is_none(), "the target goes on");
        }
    });
}

#[test]
fn a_signal_to_run_reaches_the_program_and_the_profile_is_kept() {
    with_python(|stage, _| {
        let asked = [
            (Signal::TERM, "SIGTERM", 55),
            (Signal::INT, "SIGINT", 42),
            (Signal::QUIT, "SIGQUIT", 43),
        ];
        for (signal, name, code) in asked {
            let mut run = start(&mut unslow(stage, &["run", "-o", "kept.folded", "graceful.py"]));
            let mut lines = run.lines();
            assert_eq!(next_line(&mut lines), "ready");
            record_a_while();
            run.signal(signal);
            assert_eq!(next_line(&mut lines), format!("got {name}"));
            assert_eq!(run.code(), Some(code), "{}", run.errors());
            let kept = std::fs::read_to_string(stage.file("kept.folded")).expect("an output");
            assert!(kept.contains("graceful.py"), "{kept}");
            std::fs::remove_file(stage.file("kept.folded")).expect("removed");
        }
    });
}

#[test]
fn a_signal_that_the_program_goes_on_after_ends_nothing() {
    with_python(|stage, _| {
        let service = "import signal, sys, time\n\
                       got = []\n\
                       for name in ('SIGUSR1', 'SIGUSR2', 'SIGHUP'):\n    \
                           number = getattr(signal, name)\n    \
                           signal.signal(number, lambda number, _: got.append(number))\n\
                       print('ready', flush=True)\n\
                       while len(got) < 3: time.sleep(0.01)\n\
                       print([signal.Signals(it).name for it in got], flush=True)\n\
                       end = time.time() + 0.5\n\
                       while time.time() < end: pass";
        let arguments = ["run", "-q", "-o", "kept.folded", "--", "python", "-c", service];
        let mut run = start(&mut unslow(stage, &arguments));
        let mut lines = run.lines();
        assert_eq!(next_line(&mut lines), "ready");
        for signal in [Signal::USR1, Signal::USR2, Signal::HUP] {
            run.signal(signal);
            std::thread::sleep(Duration::from_millis(300));
        }
        assert_eq!(next_line(&mut lines), "['SIGUSR1', 'SIGUSR2', 'SIGHUP']");
        assert_eq!(run.code(), Some(0), "{}", run.errors());
        let kept = std::fs::read_to_string(stage.file("kept.folded")).expect("an output");
        assert!(kept.contains("<module>"), "{kept}");
    });
}

#[test]
fn a_signal_to_the_group_reaches_the_program_once() {
    with_python(|stage, _| {
        let careful = "import signal, sys, time\n\
                       got = []\n\
                       signal.signal(signal.SIGINT, lambda *_: got.append('INT'))\n\
                       signal.signal(signal.SIGTERM, lambda *_: got.append('TERM'))\n\
                       print('ready', flush=True)\n\
                       while not got: pass\n\
                       time.sleep(0.5)\n\
                       print(got, flush=True)\n\
                       sys.exit(5)";
        for (signal, got) in [(Signal::INT, "['INT']"), (Signal::TERM, "['TERM']")] {
            // As a supervisor does, and as `timeout` does, which sends to both.
            for also_to_us in [false, true] {
                let mut run =
                    start(&mut unslow(stage, &["run", "-q", "--", "python", "-c", careful]));
                let mut lines = run.lines();
                assert_eq!(next_line(&mut lines), "ready");
                if also_to_us {
                    run.signal(signal);
                }
                kill_process_group(Pid::from_child(&run.0), signal).expect("a running group");
                assert_eq!(next_line(&mut lines), got, "{also_to_us}");
                assert_eq!(run.code(), Some(5), "{}", run.errors());
            }
        }
    });
}

#[test]
fn a_second_interrupt_stops_waiting_for_a_stubborn_program() {
    with_python(|stage, _| {
        let stubborn = "import signal, time\n\
                        signal.signal(signal.SIGINT, signal.SIG_IGN)\n\
                        print('ready', flush=True)\n\
                        end = time.time() + 20\n\
                        while time.time() < end: pass";
        let words = ["run", "-o", "kept.folded", "--", "python", "-c", stubborn];
        let mut run = start(&mut unslow(stage, &words));
        assert_eq!(next_line(&mut run.lines()), "ready");
        record_a_while();
        run.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(500));
        assert!(run.0.try_wait().expect("a status").is_none(), "the first is the program's");
        run.signal(Signal::INT);
        assert_eq!(run.code(), Some(130));
        let notes = run.0.stderr.take().expect("a pipe");
        let note = BufReader::new(notes)
            .lines()
            .map(|line| line.expect("text"))
            .find(|line| line.contains("runs on"))
            .expect("a note");
        let pid = note.split_whitespace().find_map(|word| word.parse().ok()).expect("a pid");
        kill_process(Pid::from_raw(pid).expect("a pid"), Signal::KILL).expect("still running");
        let kept = std::fs::read_to_string(stage.file("kept.folded")).expect("an output");
        assert!(kept.contains("<module>"), "{kept}");
    });
}

#[test]
fn a_stopped_program_is_not_busy() {
    with_python(|stage, _| {
        let mut target = start(stage.command("python").arg("graceful.py"));
        assert_eq!(next_line(&mut target.lines()), "ready");
        target.signal(Signal::STOP);
        let status = format!("/proc/{}/stat", target.0.id());
        let start_of_wait = Instant::now();
        while !std::fs::read_to_string(&status).expect("a status").contains(") T ") {
            assert!(start_of_wait.elapsed() < LIMIT, "it does not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
        let pid = target.0.id().to_string();
        let arguments = ["attach", &pid, "-d", "500ms", "-o", "stopped.pb.gz"];
        let mut attach = start(&mut unslow(stage, &arguments));
        let findings = std::io::read_to_string(attach.lines()).expect("text");
        assert_eq!(attach.code(), Some(0), "{}", attach.errors());
        assert!(findings.contains(" 0 busy samples"), "{findings}");
        assert!(
            findings.contains("the program was stopped, by a signal or a debugger"),
            "{findings}"
        );
        assert!(findings.contains(&format!("kill -CONT {pid}")), "{findings}");
        let dump = unslow(stage, &["dump", &pid]).output().expect("a dump");
        let dump = String::from_utf8(dump.stdout).expect("text");
        assert!(dump.contains(": 1 thread, stopped by a signal or a debugger"), "{dump}");
        assert!(dump.contains("(MainThread): stopped"), "{dump}");
        let stacks = |options: &[&str]| {
            let report = ["report", "stopped.pb.gz", "-f", "folded"];
            let output = unslow(stage, &[&report, options].concat()).output().expect("a report");
            String::from_utf8(output.stdout).expect("text")
        };
        assert!(stacks(&["-i"]).contains("graceful.py"), "it was sampled");
        assert_eq!((stacks(&[]), stacks(&["-g"])), (String::new(), String::new()));
    });
}

#[test]
fn nobody_stays_held_while_exact_mode_is_stopped() {
    with_python(|stage, _| {
        let mut target = start(stage.command("python").arg("graceful.py"));
        assert_eq!(next_line(&mut target.lines()), "ready");
        let pid = target.0.id().to_string();
        let arguments = ["attach", &pid, "--exact", "-r", "5khz", "-q"];
        let attach = start(&mut unslow(stage, &arguments));
        record_a_while();
        for _ in 0..25 {
            attach.signal(Signal::TSTP);
            attach.await_state('T');
            let (before, start) = (ticks(&target), Instant::now());
            while ticks(&target) < before + 2 {
                assert!(start.elapsed() < LIMIT, "the target does not go on");
                std::thread::sleep(Duration::from_millis(2));
            }
            attach.signal(Signal::CONT);
            std::thread::sleep(Duration::from_millis(7));
        }
    });
}

/// The processor time of a process, in clock ticks.
fn ticks(process: &Running) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.0.id())).expect("a status");
    let (_, fields) = stat.rsplit_once(") ").expect("fields");
    let field =
        |n| fields.split(' ').nth(n).and_then(|it| it.parse::<u64>().ok()).expect("a number");
    field(11) + field(12)
}
