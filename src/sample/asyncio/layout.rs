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
    /// `gi_frame_state`, one byte.
    pub(super) frame_state: u64,
    /// What it says.
    pub(super) states: FrameStates,
    /// How a suspended frame tells where its stack ends.
    pub(super) top: StackTop,
    /// The slots from what a frame delegates to up to that end: from 3.15 on an index or nothing
    /// lies on top of an iterator.
    pub(super) delegate: u64,
    /// Which local of `BaseEventLoop._run_once` is `end_time`: when the loop was done with looking for
    /// events, on its own clock (Lib/asyncio/base_events.py).
    pub(super) end_time: u64,
}

/// `TaskObj`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskLayout {
    /// `task_state`, four bytes: 0 is pending.
    pub(super) state: u64,
    /// `task_fut_waiter`: what it waits for.
    pub(super) waiter: u64,
    /// `task_coro`.
    pub(super) coroutine: u64,
    /// `task_name`: a `str`, or the number of a `Task-N` (3.12 and later).
    pub(super) name: u64,
}

/// Values of `enum _framestate` (pycore_frame.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameStates {
    /// `FRAME_CREATED`
    pub(super) created: i8,
    /// `FRAME_EXECUTING`
    pub(super) executing: i8,
    /// The first of those that are over.
    pub(super) over: i8,
}

/// `_PyInterpreterFrame.stacktop` or `.stackpointer` (pycore_frame.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StackTop {
    /// The number of slots in use, four bytes.
    Count(u64),
    /// A pointer behind the last slot in use (3.14).
    Pointer(u64),
}

/// `Handle._callback`, its first slot.
pub(super) const HANDLE_CALLBACK: u64 = 24;
/// `TaskStepMethWrapper.sw_task`, for a task's first step.
pub(super) const STEP_TASK: u64 = 16;
/// `PyCFunctionObject.m_self` (cpython/methodobject.h), for the later ones: `task_wakeup`.
pub(super) const METHOD_SELF: u64 = 24;
/// What objects that drive another have as their first field: `FutureIter.future`,
/// `PyAsyncGenASend.ags_gen`, `PyAsyncGenAThrow.agt_gen`, `PyCoroWrapper.cw_coroutine`
/// (Objects/genobject.c), `anextawaitableobject.wrapped` (Objects/iterobject.c).
pub(super) const DRIVEN: u64 = 16;
/// `PyWeakReference.wr_object` (cpython/weakrefobject.h).
pub(super) const REFERENT: u64 = 16;
/// `PyModuleObject.md_dict` (pycore_moduleobject.h).
pub(super) const MODULE_DICT: u64 = 16;

impl AsyncioLayout {
    /// The layout of a CPython, when it is known.
    pub(super) const fn of(python: Python) -> Option<Self> {
        match (python.major, python.minor) {
            (3, 11) => Some(PYTHON_3_11),
            (3, 12) => Some(PYTHON_3_12),
            (3, 13) => Some(PYTHON_3_13),
            (3, 14) => Some(PYTHON_3_14),
            (3, 15) => Some(PYTHON_3_15),
            _ => None,
        }
    }
}

const PYTHON_3_11: AsyncioLayout =
    AsyncioLayout { coroutine_frame: 80, frame_state: 75, ..PYTHON_3_12 };

const PYTHON_3_12: AsyncioLayout = AsyncioLayout {
    task: TaskLayout { state: 88, waiter: 128, coroutine: 136, name: 144 },
    coroutine_frame: 72,
    frame_state: 67,
    states: FrameStates { created: -2, executing: 0, over: 1 },
    top: StackTop::Count(64),
    delegate: 1,
    end_time: 7,
};

const PYTHON_3_13: AsyncioLayout = AsyncioLayout {
    task: TaskLayout { state: 96, waiter: 112, coroutine: 120, name: 128 },
    states: FrameStates { created: -3, ..PYTHON_3_12.states },
    end_time: 6,
    ..PYTHON_3_12
};

const PYTHON_3_14: AsyncioLayout = AsyncioLayout {
    task: TaskLayout { state: 104, waiter: 120, coroutine: 128, name: 136 },
    top: StackTop::Pointer(64),
    ..PYTHON_3_13
};

const PYTHON_3_15: AsyncioLayout = AsyncioLayout {
    states: FrameStates { created: 0, executing: 4, over: 5 },
    delegate: 2,
    end_time: 7,
    ..PYTHON_3_14
};
