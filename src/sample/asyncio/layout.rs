//! Where asyncio's and the coroutines' objects keep what is read of them.
//!
//! Found on live x86-64 interpreters: 3.11.7, 3.12.1, 3.13.0, 3.14.10, 3.15.2. The structures are
//! `TaskObj` and `TaskStepMethWrapper` (Modules/_asynciomodule.c), `Handle` (Lib/asyncio/events.py,
//! whose `__slots__` place it), and `_PyGenObject_HEAD` (cpython/genobject.h,
//! pycore_interpframe_structs.h from 3.14 on).

use advisors::Python;

/// Offsets in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct AsyncioLayout {
    /// `_asyncio.Task`.
    pub(super) task: TaskLayout,
    /// A coroutine's, generator's or asynchronous generator's frame.
    pub(super) coroutine_frame: u64,
}

/// `TaskObj`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskLayout {
    /// `task_coro`.
    pub(super) coroutine: u64,
    /// `task_name`: a `str`, or the number of a `Task-N` (3.12 and later).
    pub(super) name: u64,
}

/// `Handle._callback`, its first slot.
pub(super) const HANDLE_CALLBACK: u64 = 24;
/// `TaskStepMethWrapper.sw_task`, for a task's first step.
pub(super) const STEP_TASK: u64 = 16;
/// `PyCFunctionObject.m_self` (cpython/methodobject.h), for the later ones: `task_wakeup`.
pub(super) const METHOD_SELF: u64 = 24;

impl AsyncioLayout {
    /// The layout of a CPython, when it is known.
    pub(super) const fn of(python: Python) -> Option<Self> {
        match (python.major, python.minor) {
            (3, 11) => Some(PYTHON_3_11),
            (3, 12) => Some(PYTHON_3_12),
            (3, 13) => Some(PYTHON_3_13),
            (3, 14 | 15) => Some(PYTHON_3_14),
            _ => None,
        }
    }
}

const PYTHON_3_11: AsyncioLayout = AsyncioLayout { coroutine_frame: 80, ..PYTHON_3_12 };

const PYTHON_3_12: AsyncioLayout =
    AsyncioLayout { task: TaskLayout { coroutine: 136, name: 144 }, coroutine_frame: 72 };

const PYTHON_3_13: AsyncioLayout =
    AsyncioLayout { task: TaskLayout { coroutine: 120, name: 128 }, ..PYTHON_3_12 };

const PYTHON_3_14: AsyncioLayout =
    AsyncioLayout { task: TaskLayout { coroutine: 128, name: 136 }, ..PYTHON_3_12 };
