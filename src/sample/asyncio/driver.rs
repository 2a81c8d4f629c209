//! Where in a stack an asyncio task begins.

use crate::sample::chain::RawFrame;
use crate::sample::layout::OWNED_BY_GENERATOR;
use crate::sample::{Code, Frame};

/// The task that a stack is in, by indices into it, leaf first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Driven {
    /// The outermost frame of its coroutine.
    pub(super) coroutine: usize,
    /// The `Handle._run` that makes a step of it, if it is one that does.
    pub(super) handle: Option<usize>,
}

/// The innermost task: a loop may run inside of a task of another (`nest_asyncio`), and a task may be
/// started at once by another (`eager_task_factory`).
pub(super) fn innermost(raw: &[RawFrame], frames: &[Frame]) -> Option<Driven> {
    let driver = frames.iter().position(|frame| drives(&frame.code))?;
    let is_coroutine = |at: usize| raw[at].header.owner == OWNED_BY_GENERATOR;
    // A task that is written in Python makes the step in a method of its own.
    let is_step = |at: usize| !is_coroutine(at) && is_in(&frames[at].code, "asyncio/tasks.py");
    let coroutine = (0..driver).rev().find(|&at| !is_step(at)).filter(|&at| is_coroutine(at))?;
    let handle = Some(driver).filter(|&at| frames[at].code.runs_callbacks());
    Some(Driven { coroutine, handle })
}

/// Whether the first coroutine that is called from here is a task's: by a loop's handle, at once
/// (`create_eager_task_factory`, Lib/asyncio/tasks.py, 3.12), or by a loop that is not written in
/// Python and so has no frames between (`Runner.run`, Lib/asyncio/runners.py, 3.11).
fn drives(code: &Code) -> bool {
    let name = code.name.data();
    code.runs_callbacks()
        || name.ends_with("eager_task_factory.<locals>.factory") && is_in(code, "asyncio/tasks.py")
        || name == "Runner.run" && is_in(code, "asyncio/runners.py")
}

fn is_in(code: &Code, file: &str) -> bool {
    code.file.data().ends_with(file)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::sample::snapshot::Header;
    use crate::text::Untrusted;

    const LIBRARY: &str = "/usr/lib/python3.13/";

    /// The coroutine and the handle of a stack, outermost first: `name@file`, with a `*` before it
    /// for a generator's or coroutine's frame.
    fn told(stack: &[&str]) -> Option<(String, bool)> {
        let frame = |text: &&str| {
            let (name, file) = text.trim_start_matches('*').split_once('@').unwrap();
            let file = Untrusted::new(if file == "app.py" {
                file.to_owned()
            } else {
                format!("{LIBRARY}asyncio/{file}")
            });
            let code = Arc::new(Code { name: Untrusted::new(name), file, first_line: 1 });
            let owner = if text.starts_with('*') { OWNED_BY_GENERATOR } else { 0 };
            let header = Header { owner, ..Header::NONE };
            let raw = RawFrame { address: 8, header, is_late: false };
            (raw, Frame { code, place: Place::line(1) })
        };
        let (raw, frames): (Vec<RawFrame>, Vec<Frame>) = stack.iter().rev().map(frame).unzip();
        let driven = innermost(&raw, &frames)?;
        let name = frames[driven.coroutine].code.name.data().to_owned();
        Some((name, driven.handle.is_some()))
    }

    #[test]
    fn a_task_is_what_the_innermost_driver_drives() {
        let with_handle = |name: &str| Some((name.to_owned(), true));
        let without = |name: &str| Some((name.to_owned(), false));
        let plain = ["<module>@app.py", "Runner.run@runners.py", "run_once@base_events.py"];
        let handle = "Handle._run@events.py";
        let in_loop = |inner: &[&'static str]| told(&[&plain, inner].concat());
        assert_eq!(in_loop(&[]), None, "between tasks");
        assert_eq!(in_loop(&[handle, "callback@app.py"]), None);
        assert_eq!(in_loop(&[handle, "callback@app.py", "*numbers@app.py"]), None);
        assert_eq!(in_loop(&[handle, "*work@app.py", "*inner@app.py"]), with_handle("work"));
        assert_eq!(in_loop(&[handle, "*wait_for@tasks.py"]), with_handle("wait_for"));
        let in_python = [handle, "Task.__step@tasks.py", "*work@app.py"];
        assert_eq!(in_loop(&in_python), with_handle("work"));
        let in_generator = ["*<genexpr>@app.py", "Runner.run@runners.py", handle, "*work@app.py"];
        assert_eq!(told(&in_generator), with_handle("work"));
        let nested = [handle, "*outer@app.py", "run@app.py", handle, "*inner@app.py"];
        assert_eq!(in_loop(&nested), with_handle("inner"));
        let factory = "create_eager_task_factory.<locals>.factory@tasks.py";
        let eager = [handle, "*parent@app.py", factory, "*child@app.py", "*deeper@app.py"];
        assert_eq!(in_loop(&eager), without("child"));
        let compiled = ["<module>@app.py", "Runner.run@runners.py", "*main@app.py"];
        assert_eq!(told(&compiled), without("main"));
        assert_eq!(told(&["<module>@app.py", "*numbers@app.py"]), None);
    }
}
