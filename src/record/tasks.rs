//! The asyncio tasks of a recording.

use super::intern::Interner;
use crate::limits;
use crate::sample::Task;

/// Tasks by content. Of very many names the later ones are left out, and the tasks told by their
/// coroutine alone.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    tasks: Interner<Task>,
    named: usize,
}

impl Tasks {
    /// `None` when there are too many different ones to tell.
    pub(super) fn id(&mut self, task: &Task) -> Option<u32> {
        if let Some(known) = self.tasks.known(task) {
            return Some(known);
        }
        if task.name.is_some() && self.named >= limits::NAMED_TASKS {
            return self.id(&Task { name: None, coroutine: task.coroutine.clone() });
        }
        if self.tasks.items().len() >= limits::RECORDED_TASKS {
            return None;
        }
        self.named += usize::from(task.name.is_some());
        Some(self.tasks.id(task.clone()))
    }

    pub(super) fn into_items(self) -> Vec<Task> {
        self.tasks.into_items()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Untrusted;

    fn task(name: Option<String>, coroutine: &str) -> Task {
        Task { name: name.map(Untrusted::new), coroutine: Untrusted::new(coroutine) }
    }

    #[test]
    fn a_million_names_become_one_coroutine() {
        let mut tasks = Tasks::default();
        let named = |number| task(Some(format!("job-{number}")), "work");
        let first = tasks.id(&named(0));
        for number in 1..100_000 {
            tasks.id(&named(number));
        }
        assert_eq!(tasks.id(&named(0)), first, "what was kept apart stays so");
        let folded = tasks.id(&named(77_777));
        assert_eq!(folded, tasks.id(&task(None, "work")));
        assert_eq!(tasks.into_items().len(), limits::NAMED_TASKS + 1);
    }

    #[test]
    fn coroutines_without_end_are_cut() {
        let mut tasks = Tasks::default();
        for number in 0..limits::RECORDED_TASKS {
            assert!(tasks.id(&task(None, &format!("work_{number}"))).is_some());
        }
        assert_eq!(tasks.id(&task(None, "one more")), None);
        assert!(tasks.id(&task(None, "work_0")).is_some());
    }
}
