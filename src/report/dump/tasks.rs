//! The asyncio tasks of a dump, alike ones together.

use std::collections::HashMap;

use super::Input;
use super::text::stack;
use crate::profile::Profile;
use crate::report::text::style::Style;
use crate::report::{names, numbers};
use crate::sample::Task as Told;
use crate::sample::dump::{Task, TaskState};
use crate::text::Untrusted;

/// Names of alike tasks that are shown.
const NAMES: usize = 3;

/// A heading, and a section for each kind of task.
pub(super) fn sections(input: &Input<'_>, profile: &Profile, style: Style) -> Vec<Vec<String>> {
    let tasks = input.dump.tasks.as_deref().unwrap_or_default();
    if tasks.is_empty() {
        return Vec::new();
    }
    let more = if input.dump.more_tasks { " or more" } else { "" };
    let heading = format!("asyncio tasks: {}{more}", numbers::thousands(tasks.len() as u64));
    let mut sections = vec![vec![style.strong(&heading)]];
    for alike in by_likeness(tasks) {
        let mut lines = vec![title(&alike, style)];
        lines.extend(stack(input, profile, &alike[0].frames, &alike[0].locals, style));
        sections.push(lines);
    }
    sections
}

/// Tasks that do the same at the same places, in the order of their first; those whose variables are
/// shown, each alone.
fn by_likeness(tasks: &[Task]) -> Vec<Vec<&Task>> {
    let mut groups: Vec<Vec<&Task>> = Vec::new();
    let mut known = HashMap::new();
    for (index, task) in tasks.iter().enumerate() {
        let places: Vec<_> = task.frames.iter().map(|it| (it.code.clone(), it.place)).collect();
        let own = (!task.locals.is_empty()).then_some(index);
        let group =
            *known.entry((&task.coroutine, &task.state, places, own)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}

/// `task loader (load): waits for a Future`, `5 tasks loader-1, loader-2, loader-3, … (load): …`
fn title(alike: &[&Task], style: Style) -> String {
    let first = alike[0];
    let who = match alike {
        [task] => {
            let told = Told { name: task.name.clone(), coroutine: task.coroutine.clone() };
            names::task(&told).terminal()
        }
        tasks => {
            let named = tasks.iter().filter_map(|task| task.name.as_ref());
            let mut names: Vec<String> = named.take(NAMES).map(Untrusted::terminal).collect();
            if tasks.len() > NAMES {
                names.push("…".to_owned());
            }
            let coroutine = names::function(&first.coroutine).terminal();
            let count = numbers::count(tasks.len() as u64, "task");
            format!("{count} {} ({coroutine})", names.join(", "))
        }
    };
    format!("{}: {}", style.strong(&who), doing(&first.state))
}

fn doing(state: &TaskState) -> String {
    match state {
        TaskState::Running => "running".to_owned(),
        TaskState::Ready => "ready to run".to_owned(),
        TaskState::Waiting { task: Some(task), .. } => {
            format!("waiting for task {}", task.terminal())
        }
        TaskState::Waiting { type_name, .. } => format!("waiting for a {}", type_name.terminal()),
    }
}
