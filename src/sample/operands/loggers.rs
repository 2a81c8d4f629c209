//! Which levels a logger of the standard library has said are on or off.
//!
//! `Logger._cache` keeps what `isEnabledFor` answered, level by level, and is emptied whenever a level
//! is set anywhere (Lib/logging/__init__.py, since 3.7).

use std::sync::Arc;

use super::object::{Edge, Object};
use super::objects::{Objects, Reached};
use super::types::Type;
use crate::limits;
use crate::sample::dump::Content;
use crate::sample::memory::Memory;
use crate::text::Untrusted;

const LEVELS: &[(i128, &str)] =
    &[(10, "DEBUG"), (20, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL")];

/// Of each of `objects` that is a logger the answers that it has given, as `INFO=off`.
pub(super) fn answers<M: Memory>(
    reader: &mut Objects<'_, M>,
    objects: &[(&Object, &Arc<Type>)],
) -> Vec<Vec<Untrusted>> {
    let mut found = vec![Vec::new(); objects.len()];
    let is_logger = |class: &Type| matches!(class.name.data(), "Logger" | "RootLogger");
    let loggers = objects.iter().enumerate().filter(|(_, (_, class))| is_logger(class));
    for (index, (object, class)) in loggers.take(limits::LOGGERS) {
        let logger = Reached { object: (*object).clone(), class: Arc::clone(class) };
        found[index] = of_logger(reader, &logger).unwrap_or_default();
    }
    found
}

fn of_logger<M: Memory>(objects: &mut Objects<'_, M>, logger: &Reached) -> Option<Vec<Untrusted>> {
    let cache = objects.attribute(logger, "_cache").filter(|cache| cache.is_native("dict"))?;
    let entries = objects.first_entries(&cache);
    let edges: Vec<Edge> = entries.into_iter().flat_map(|(level, is_on)| [level, is_on]).collect();
    let reached = objects.follow(&edges);
    let answers = reached.chunks_exact(2).filter_map(|pair| {
        let [Some(level), Some(is_on)] = pair else { return None };
        let (Content::Int(level), Content::Bool(is_on)) =
            (objects.plain(level), objects.plain(is_on))
        else {
            return None;
        };
        let (_, name) = LEVELS.iter().find(|(number, _)| *number == level)?;
        Some(Untrusted::new(format!("{name}={}", if is_on { "on" } else { "off" })))
    });
    Some(answers.collect())
}
