//! What waits, and what to write instead.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::Case;
use crate::shape::{Id, Tree, is_builtin_call};

/// What a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sleep,
    Http,
    Process,
    Socket,
    Sqlite,
    File,
    Other,
}

impl Kind {
    /// By the call's full name, or by the type that its receiver was seen to have.
    pub(super) fn of(case: &Case<'_>, call: &ExprCall) -> Self {
        let tree = case.tree;
        if is_builtin_call(tree, call, "open") {
            return Self::File;
        }
        let name = tree.dotted(&call.func).unwrap_or_default();
        let module = name.split('.').next().unwrap_or_default();
        match (name.as_str(), module) {
            ("time.sleep", _) => return Self::Sleep,
            ("os.system", _) | (_, "subprocess") => return Self::Process,
            (_, "requests" | "urllib" | "http" | "urllib3") => return Self::Http,
            (_, "socket") => return Self::Socket,
            (_, "sqlite3") => return Self::Sqlite,
            (_, "os" | "shutil" | "pathlib" | "glob" | "tempfile") => return Self::File,
            _ => {}
        }
        let Expr::Attribute(method) = &*call.func else { return Self::Other };
        let receiver = case.source.slice(method.value.range());
        let seen = case.operand(call.range(), receiver).map(|seen| seen.type_name);
        match (seen.as_deref(), method.attr.as_str()) {
            (Some("Popen"), _) => Self::Process,
            (Some("socket"), _) => Self::Socket,
            (Some("Session"), "get" | "post" | "put" | "delete" | "request") => Self::Http,
            (Some("Connection" | "Cursor"), "execute" | "executemany" | "commit") => Self::Sqlite,
            (Some("TextIOWrapper" | "BufferedReader" | "BufferedWriter" | "FileIO"), _) => {
                Self::File
            }
            _ => Self::Other,
        }
    }

    pub(super) fn is_sleep(self) -> bool {
        self == Self::Sleep
    }

    /// What to write, in a sentence or two.
    pub(super) fn advice(self, tree: &Tree<'_>, id: Id, call: &ExprCall, text: &str) -> String {
        let thread = in_a_thread(tree, id, call, text);
        match self {
            Self::Sleep => "Sleep with `await asyncio.sleep(...)`, in a coroutine: then the loop \
                            runs the others meanwhile."
                .to_owned(),
            Self::Http => {
                format!("Use an HTTP client that is awaited (httpx, aiohttp), or {thread}")
            }
            Self::Process => format!(
                "Start it with `await asyncio.create_subprocess_exec(...)` and await its \
                 `communicate()`, or {thread}"
            ),
            Self::Socket => format!(
                "Use `asyncio.open_connection` and await the reader, or `loop.sock_recv` and the \
                 like, or {thread}"
            ),
            Self::Sqlite => format!(
                "{}. A connection of `sqlite3` belongs to the thread that made it: make it there.",
                capital(thread.trim_end_matches('.'))
            ),
            Self::File => capital(&thread),
            Self::Other => {
                format!("Use a version of it that is awaited, if there is one, or {thread}")
            }
        }
    }
}

/// The hand-over to a thread, from the coroutine that calls this function or from this one.
fn in_a_thread(tree: &Tree<'_>, id: Id, call: &ExprCall, text: &str) -> String {
    match tree[tree.function(id)] {
        AnyNodeRef::StmtFunctionDef(def) if !def.is_async => format!(
            "hand the whole of `{0}` to a thread where a coroutine calls it: `await \
             asyncio.to_thread({0}, ...)`.",
            def.name
        ),
        _ => {
            let more = if call.arguments.is_empty() { "" } else { ", ..." };
            format!("hand it to a thread: `await asyncio.to_thread({text}{more})`.")
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
