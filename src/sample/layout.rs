//! Where CPython keeps what the walker reads, by version.
//!
//! The figures for 3.11 and 3.12 are `offsetof` of the headers in `include/python3.X/internal` for
//! x86-64 Linux, release builds: `pycore_runtime.h`, `pycore_interp.h`, `cpython/pystate.h`,
//! `pycore_frame.h`, `cpython/code.h`, `cpython/unicodeobject.h`. They have not moved within
//! either minor release. From 3.13 on the target says itself where things are, see
//! [`super::debug_offsets`].

use std::ops::{Range, RangeInclusive};

use super::instructions::Instructions;

/// Offsets in bytes into CPython's structures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Whether the build has no interpreter lock (`Py_GIL_DISABLED`).
    pub(super) free_threaded: bool,
    pub(super) runtime: RuntimeLayout,
    pub(super) interpreter: InterpreterLayout,
    pub(super) thread: ThreadLayout,
    pub(super) frame: FrameLayout,
    pub(super) code: CodeLayout,
    pub(super) bytes: BytesLayout,
    pub(super) text: TextLayout,
}

/// `_PyRuntimeState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuntimeLayout {
    pub(super) interpreters_head: u64,
    pub(super) gil: GilLayout,
}

/// How the holder of the interpreter's lock is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GilLayout {
    /// 3.11: the runtime has the thread state that runs (`gilstate.tstate_current`).
    /// Its lock is in the runtime, too (`ceval.gil`).
    RunningThread { in_runtime: u64, lock: u64 },
    /// 3.12 and later: each interpreter points to its lock (`ceval.gil`).
    PerInterpreter { pointer: u64, last_holder: usize, locked: usize },
}

/// `PyInterpreterState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InterpreterLayout {
    pub(super) next: u64,
    pub(super) threads_head: u64,
    /// `gc.collecting`: not 0 while a collection runs.
    pub(super) collecting: u64,
    /// What tells that code objects came or went.
    pub(super) generation: Option<CodeGeneration>,
}

/// A number in the interpreter state that changes before a code object can take the place of
/// another, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeGeneration {
    /// `_code_object_generation`, which counts those that were freed (3.14).
    Freed(u64),
    /// `func_state.next_version`, which every new one takes its number from (pycore_function.h,
    /// 3.13).
    Created(u64),
}

/// `PyThreadState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ThreadLayout {
    /// Bytes from its start that hold all that is read.
    pub(super) read: usize,
    pub(super) next: usize,
    pub(super) interpreter: usize,
    pub(super) current_frame: CurrentFrame,
    pub(super) native_id: usize,
    pub(super) chunk: usize,
    /// The pointer to the frame at which every stack ends (3.15).
    pub(super) base_frame: Option<usize>,
    /// Whether the thread asks for the lock (3.15).
    pub(super) gil_requested: Option<usize>,
    /// The exception being raised, and the one being handled outside of generators (3.15).
    pub(super) exceptions: Option<[usize; 2]>,
}

impl ThreadLayout {
    /// The part of a thread state that must not change while the stack is read: what leads to the
    /// frames, and the operating system's id.
    pub(super) fn checked_fields(&self) -> Range<usize> {
        let (CurrentFrame::Direct(frame) | CurrentFrame::ThroughCframe { pointer: frame, .. }) =
            self.current_frame;
        frame.min(self.native_id)..frame.max(self.native_id) + 8
    }
}

/// How a thread state leads to its innermost frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CurrentFrame {
    /// 3.13 and later: `tstate->current_frame`.
    Direct(usize),
    /// 3.11 and 3.12: `tstate->cframe->current_frame`, where the `_PyCFrame` is on the C stack.
    /// The thread state has one of its own too, `root_cframe`.
    ThroughCframe { pointer: usize, current_frame: u64, root: u64 },
}

/// `_PyInterpreterFrame`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameLayout {
    /// Bytes before `localsplus`.
    pub(super) header: usize,
    pub(super) previous: usize,
    pub(super) code: usize,
    /// `prev_instr` (3.11, 3.12) or `instr_ptr` (3.13). In both, while an instruction runs or waits
    /// for the function that it called, this points at it or at one of its inline cache units.
    pub(super) instruction: usize,
    pub(super) owner: usize,
    /// Which copy of the code's instructions runs; free-threaded builds have one for each thread
    /// (3.14).
    pub(super) copy: Option<usize>,
    /// 3.11 has no shim frames; there the outermost frame of each C call has this flag instead.
    pub(super) is_entry: Option<usize>,
    /// The function that runs: `f_func` (3.11), `f_funcobj`.
    pub(super) function: usize,
    /// How the frame says where its value stack ends while it waits for a function that it called.
    pub(super) stack_top: StackTop,
    /// Whether a function that was called may lie one slot above that end, below it a null (3.11,
    /// 3.12); from 3.13 on it is the other way round.
    pub(super) null_below_function: bool,
    /// From a generator's or coroutine's address to its frame (`gi_iframe`).
    pub(super) in_generator: u64,
}

/// Where a frame's value stack ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StackTop {
    /// `stacktop`, the number of slots in use; -1 while the frame itself runs (3.11 to 3.13).
    Count(usize),
    /// `stackpointer`, which keeps its last value while the frame runs on (3.14).
    Pointer(usize),
}

/// `enum _frameowner` (pycore_frame.h): a generator's or coroutine's frame.
/// `FRAME_OWNED_BY_THREAD`: on the data stack.
pub(super) const OWNED_BY_THREAD: u8 = 0;
pub(super) const OWNED_BY_GENERATOR: u8 = 1;
/// `enum _frameowner` (pycore_frame.h, 3.12; pycore_interpframe_structs.h, 3.14): frames below a run
/// of Python frames that run no code, on the C stack (3; 4 in 3.14) or in the thread state (3).
pub(super) const SHIMS: RangeInclusive<u8> = 3..=4;

/// `PyCodeObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodeLayout {
    /// `co_firstlineno`; `co_stacksize` lies right before it and `co_nlocalsplus` right behind.
    pub(super) first_line: usize,
    pub(super) file: usize,
    pub(super) name: usize,
    pub(super) qualified_name: usize,
    pub(super) line_table: usize,
    pub(super) first_traceable: usize,
    /// The instructions, which end the structure; `ob_size` counts them.
    pub(super) instructions: usize,
    /// `co_names`, and where a tuple's items begin.
    pub(super) names: usize,
    pub(super) tuple_items: usize,
    /// The array of the threads' copies of the instructions, the main one first.
    pub(super) copies: Option<usize>,
    /// Whether the immutable part holds a `co_version` that no two code objects share (3.12).
    pub(super) has_version: bool,
    pub(super) known: Instructions,
}

/// `PyBytesObject` (cpython/bytesobject.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BytesLayout {
    /// `PyVarObject.ob_size` (object.h), which other objects have at the same place.
    pub(super) size: usize,
    pub(super) data: usize,
}

const BYTES: BytesLayout = BytesLayout { size: 16, data: 32 };

/// `PyASCIIObject` and `PyCompactUnicodeObject`: where compact strings keep their characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextLayout {
    pub(super) length: usize,
    pub(super) state: usize,
    pub(super) ascii_data: usize,
    pub(super) wide_data: usize,
    /// The bit of `state` at which the kind begins; `compact` and `ascii` follow it.
    pub(super) kind_shift: u32,
}

/// CPython 3.11, by its 3.11.7 headers.
pub(super) const PYTHON_3_11: Layout = Layout {
    free_threaded: false,
    runtime: RuntimeLayout {
        interpreters_head: 40,
        gil: GilLayout::RunningThread { in_runtime: 576, lock: 360 },
    },
    interpreter: InterpreterLayout { next: 0, threads_head: 16, collecting: 848, generation: None },
    thread: ThreadLayout {
        read: 304,
        next: 8,
        interpreter: 16,
        current_frame: CurrentFrame::ThroughCframe { pointer: 56, current_frame: 8, root: 336 },
        native_id: 160,
        chunk: 296,
        base_frame: None,
        gil_requested: None,
        exceptions: None,
    },
    frame: FrameLayout {
        header: 72,
        previous: 48,
        code: 32,
        instruction: 56,
        owner: 69,
        copy: None,
        is_entry: Some(68),
        function: 0,
        stack_top: StackTop::Count(64),
        null_below_function: true,
        in_generator: 80,
    },
    code: CodeLayout {
        first_line: 72,
        file: 112,
        name: 120,
        qualified_name: 128,
        line_table: 136,
        first_traceable: 168,
        instructions: 184,
        names: 32,
        tuple_items: 24,
        copies: None,
        has_version: false,
        known: Instructions::PYTHON_3_11,
    },
    bytes: BYTES,
    text: TextLayout { length: 16, state: 32, ascii_data: 48, wide_data: 72, kind_shift: 2 },
};

/// CPython 3.12, by its 3.12.1 headers.
pub(super) const PYTHON_3_12: Layout = Layout {
    free_threaded: false,
    runtime: RuntimeLayout {
        interpreters_head: 40,
        gil: GilLayout::PerInterpreter { pointer: 384, last_holder: 8, locked: 16 },
    },
    interpreter: InterpreterLayout { next: 0, threads_head: 72, collecting: 312, generation: None },
    thread: ThreadLayout {
        read: 240,
        next: 8,
        interpreter: 16,
        current_frame: CurrentFrame::ThroughCframe { pointer: 56, current_frame: 0, root: 272 },
        native_id: 144,
        chunk: 232,
        base_frame: None,
        gil_requested: None,
        exceptions: None,
    },
    frame: FrameLayout {
        header: 72,
        previous: 8,
        code: 0,
        instruction: 56,
        owner: 70,
        copy: None,
        is_entry: None,
        function: 16,
        stack_top: StackTop::Count(64),
        null_below_function: true,
        in_generator: 72,
    },
    code: CodeLayout {
        first_line: 68,
        file: 112,
        name: 120,
        qualified_name: 128,
        line_table: 136,
        first_traceable: 176,
        instructions: 192,
        names: 32,
        tuple_items: 24,
        copies: None,
        has_version: true,
        known: Instructions::PYTHON_3_12,
    },
    bytes: BYTES,
    text: TextLayout { length: 16, state: 32, ascii_data: 40, wide_data: 56, kind_shift: 2 },
};
