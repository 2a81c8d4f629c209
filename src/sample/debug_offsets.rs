//! `_Py_DebugOffsets`: where the target itself says its fields are (pycore_runtime.h in 3.13,
//! pycore_debug_offsets.h from 3.14).

use advisors::Python;

use super::instructions::Instructions;
use super::layout::{
    BytesLayout, CodeGeneration, CodeLayout, CurrentFrame, FrameLayout, GilLayout,
    InterpreterLayout, Layout, RuntimeLayout, StackTop, TextLayout, ThreadLayout,
};
use super::memory::{Memory, ReadError};

/// Words after the cookie that are read: all that any known version has before its last fields.
pub(super) const WORDS: usize = 100;

pub(super) const SIZE: usize = 8 + WORDS * 8;

pub(super) const COOKIE: &[u8; 8] = b"xdebugpy";

/// No structure that the walker reads is larger; an offset beyond is not believed. The largest is
/// the interpreter state, with 190 KiB in 3.13.
const LARGEST_STRUCTURE: u64 = 4 << 20;
/// The same for thread states, frames, code objects and strings, which are a few hundred bytes.
const LARGEST_SMALL_STRUCTURE: u64 = 4096;

/// Why the offsets are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Implausible {
    Unreadable(ReadError),
    Cookie,
    Version,
    OutOfBounds,
}

impl From<ReadError> for Implausible {
    fn from(error: ReadError) -> Self {
        Self::Unreadable(error)
    }
}

/// Where a version's structure has its parts, counted in words after the cookie. Within a part the
/// order has changed only where a field says so.
#[derive(Debug)]
struct Parts {
    /// `interpreter_state.gc`; the words before it have never moved.
    gc_in_interpreter: usize,
    /// `interpreter_state.ceval_gil`, which the lock's own fields follow.
    gil: usize,
    /// `interpreter_state.code_object_generation`.
    generation: Option<usize>,
    thread: usize,
    /// `thread_state.native_thread_id`, which `datastack_chunk` follows.
    native_id: usize,
    /// `thread_state.base_frame`.
    base_frame: Option<usize>,
    /// `thread_state.gil_requested`.
    gil_requested: Option<usize>,
    /// `thread_state.current_exception`, which `exc_state` and `err_stackitem.exc_value` follow.
    exceptions: Option<usize>,
    frame: usize,
    /// `interpreter_frame.stackpointer`.
    stack_pointer: Option<usize>,
    code: usize,
    bytes: usize,
    text: usize,
    gc: usize,
}

const PYTHON_3_13: Parts = Parts {
    gc_in_interpreter: 9,
    gil: 13,
    generation: None,
    thread: 18,
    native_id: 24,
    base_frame: None,
    gil_requested: None,
    exceptions: None,
    frame: 27,
    stack_pointer: None,
    code: 33,
    bytes: 63,
    text: 66,
    gc: 70,
};

const PYTHON_3_14: Parts = Parts {
    gc_in_interpreter: 10,
    gil: 14,
    generation: Some(19),
    thread: 21,
    native_id: 27,
    base_frame: None,
    gil_requested: None,
    exceptions: None,
    frame: 30,
    stack_pointer: Some(36),
    code: 38,
    bytes: 73,
    text: 76,
    gc: 80,
};

const PYTHON_3_15: Parts = Parts {
    native_id: 30,
    base_frame: Some(26),
    gil_requested: Some(34),
    exceptions: Some(35),
    frame: 38,
    stack_pointer: Some(44),
    code: 46,
    bytes: 85,
    text: 88,
    gc: 93,
    ..PYTHON_3_14
};

/// The parts of a minor version; one that is newer than those known is tried as the newest.
fn parts(python: Python) -> Option<&'static Parts> {
    match (python.major, python.minor) {
        (3, 13) => Some(&PYTHON_3_13),
        (3, 14) => Some(&PYTHON_3_14),
        (3, 15..) => Some(&PYTHON_3_15),
        _ => None,
    }
}

/// Positions that are the same in every version.
mod word {
    pub(super) const VERSION: usize = 0;
    pub(super) const FREE_THREADED: usize = 1;
    pub(super) const INTERPRETERS_HEAD: usize = 4;
    pub(super) const INTERPRETER: usize = 5;
    pub(super) const INTERPRETER_NEXT: usize = 7;
    pub(super) const THREADS_HEAD: usize = 8;
}

/// Reads the offsets at `_PyRuntime` of a CPython 3.13 or later.
///
/// # Errors
/// When there are none, or none that can be.
pub(super) fn read<M: Memory>(
    memory: &M,
    runtime: u64,
    python: Python,
) -> Result<Layout, Implausible> {
    let mut bytes = [0; SIZE];
    memory.read(runtime, &mut bytes)?;
    parse(&bytes, python)
}

pub(super) fn parse(bytes: &[u8; SIZE], python: Python) -> Result<Layout, Implausible> {
    if !bytes.starts_with(COOKIE) {
        return Err(Implausible::Cookie);
    }
    let parts = parts(python).ok_or(Implausible::Version)?;
    let words = Words { bytes, parts };
    // PY_VERSION_HEX: major, minor, patch, then release level and serial.
    let version = words.at(word::VERSION).to_be_bytes();
    if version[4..6] != [python.major, python.minor] {
        return Err(Implausible::Version);
    }
    let free_threaded = words.at(word::FREE_THREADED) != 0;
    // Such builds specialise code from 3.14 on, each thread a copy of its own.
    let copies = free_threaded && python.minor > 13;
    let gc = words.large(parts.gc_in_interpreter)?;
    Ok(Layout {
        free_threaded,
        runtime: RuntimeLayout {
            interpreters_head: words.large(word::INTERPRETERS_HEAD)?,
            gil: GilLayout::PerInterpreter {
                pointer: words.large(parts.gil)?,
                locked: words.in_gil(parts.gil + 3)?,
                last_holder: words.in_gil(parts.gil + 4)?,
            },
        },
        interpreter: InterpreterLayout {
            next: words.large(word::INTERPRETER_NEXT)?,
            threads_head: words.large(word::THREADS_HEAD)?,
            collecting: gc + words.field(parts.gc + 1, parts.gc)? as u64,
            generation: words.generation()?,
        },
        thread: words.thread()?,
        frame: words.frame(copies)?,
        code: words.code(free_threaded, copies, python)?,
        bytes: words.byte_strings()?,
        text: words.text(copies)?,
    })
}

/// The words of the structure after the cookie, in order.
struct Words<'a> {
    bytes: &'a [u8; SIZE],
    parts: &'a Parts,
}

impl Words<'_> {
    fn at(&self, index: usize) -> u64 {
        let start = 8 + index * 8;
        u64::from_le_bytes(self.bytes[start..start + 8].try_into().expect("eight bytes"))
    }

    /// The field at `index` of a structure whose size is the word at `size_index`.
    fn field(&self, index: usize, size_index: usize) -> Result<usize, Implausible> {
        let (offset, size) = (self.at(index), self.at(size_index));
        if size > LARGEST_SMALL_STRUCTURE || offset >= size {
            return Err(Implausible::OutOfBounds);
        }
        usize::try_from(offset).map_err(|_| Implausible::OutOfBounds)
    }

    /// The lock's fields are given as if it lay in the interpreter state, where only the main
    /// interpreter has it; others point to that one or to their own.
    fn in_gil(&self, index: usize) -> Result<usize, Implausible> {
        match self.at(index).checked_sub(self.at(self.parts.gil + 1)) {
            Some(offset @ 0..LARGEST_SMALL_STRUCTURE) => Ok(offset as usize),
            _ => Err(Implausible::OutOfBounds),
        }
    }

    fn large(&self, index: usize) -> Result<u64, Implausible> {
        let offset = self.at(index);
        if offset < LARGEST_STRUCTURE { Ok(offset) } else { Err(Implausible::OutOfBounds) }
    }

    /// 3.13 does not give the place of its counter; it is known for the interpreter state that
    /// 3.13.0 has.
    fn generation(&self) -> Result<Option<CodeGeneration>, Implausible> {
        if let Some(index) = self.parts.generation {
            return Ok(Some(CodeGeneration::Freed(self.large(index)?)));
        }
        let is_known =
            self.at(word::INTERPRETER) == 194_968 && self.at(self.parts.gil + 1) == 7_752;
        Ok(is_known.then_some(CodeGeneration::Created(17_000)))
    }

    fn thread(&self) -> Result<ThreadLayout, Implausible> {
        let start = self.parts.thread;
        let field = |index| self.field(index, start);
        let (native_id, chunk) = (self.parts.native_id, self.parts.native_id + 1);
        let optional = |index: Option<usize>| index.map(field).transpose();
        let exceptions = self.exceptions()?;
        let fields = [start + 2, start + 3, start + 4, native_id, chunk];
        let mut last = 0;
        for index in fields.into_iter().chain(self.parts.base_frame) {
            last = last.max(field(index)?);
        }
        last = exceptions.into_iter().flatten().fold(last, usize::max);
        Ok(ThreadLayout {
            read: last + 8,
            next: field(start + 2)?,
            interpreter: field(start + 3)?,
            current_frame: CurrentFrame::Direct(field(start + 4)?),
            native_id: field(native_id)?,
            chunk: field(chunk)?,
            base_frame: optional(self.parts.base_frame)?,
            gil_requested: optional(self.parts.gil_requested)?,
            exceptions,
        })
    }

    /// `current_exception`, then `exc_value` within `exc_state`.
    fn exceptions(&self) -> Result<Option<[usize; 2]>, Implausible> {
        let Some(raised) = self.parts.exceptions else { return Ok(None) };
        let start = self.parts.thread;
        let state = self.field(raised + 1, start)? as u64;
        let handled = state.checked_add(self.at(raised + 2)).filter(|&it| it < self.at(start));
        let handled = handled.and_then(|offset| usize::try_from(offset).ok());
        Ok(Some([self.field(raised, start)?, handled.ok_or(Implausible::OutOfBounds)?]))
    }

    fn frame(&self, copies: bool) -> Result<FrameLayout, Implausible> {
        let start = self.parts.frame;
        let field = |offset| self.field(start + offset, start);
        let (previous, instruction) = (field(1)?, field(3)?);
        Ok(FrameLayout {
            previous,
            // Not among the offsets: `f_funcobj` follows `previous` (3.12 to 3.15).
            function: previous + 8,
            stack_top: match self.parts.stack_pointer {
                Some(index) => StackTop::Pointer(self.field(index, start)?),
                // Nor is `stacktop`, which follows `instr_ptr` in 3.13.
                None => StackTop::Count(instruction + 8),
            },
            null_below_function: false,
            // `gi_iframe` lies behind the object's head and seven words, the last of them flags
            // (cpython/genobject.h, 3.12 to 3.15).
            in_generator: self.field(self.parts.bytes + 1, self.parts.bytes)? as u64 + 56,
            code: field(2)?,
            instruction,
            header: field(4)?,
            owner: field(5)?,
            copy: copies.then(|| field(7)).transpose()?,
            is_entry: None,
        })
    }

    fn code(
        &self,
        free_threaded: bool,
        copies: bool,
        python: Python,
    ) -> Result<CodeLayout, Implausible> {
        let start = self.parts.code;
        let field = |offset| self.field(start + offset, start);
        let instructions = field(9)?;
        // Not among the offsets: `int _co_firsttraceable; void *co_extra;` come before the
        // instructions, in free-threaded builds with another pointer (cpython/code.h, 3.11 to
        // 3.15).
        let between = if free_threaded { 24 } else { 16 };
        // Nor `co_names`, the second field, nor that a tuple's hash comes before its items (3.14).
        let after_size = self.byte_strings()?.size + 8;
        Ok(CodeLayout {
            file: field(1)?,
            name: field(2)?,
            qualified_name: field(3)?,
            line_table: field(4)?,
            first_line: field(5)?,
            first_traceable: instructions.checked_sub(between).ok_or(Implausible::OutOfBounds)?,
            instructions,
            names: after_size + 8,
            tuple_items: after_size + if python.at_least(3, 14) { 8 } else { 0 },
            copies: copies.then(|| field(10)).transpose()?,
            has_version: true,
            known: Instructions::of(python),
        })
    }

    fn byte_strings(&self) -> Result<BytesLayout, Implausible> {
        let start = self.parts.bytes;
        Ok(BytesLayout { size: self.field(start + 1, start)?, data: self.field(start + 2, start)? })
    }

    fn text(&self, wide_interned: bool) -> Result<TextLayout, Implausible> {
        let start = self.parts.text;
        let ascii_data = self.at(start + 3);
        if ascii_data > 256 {
            return Err(Implausible::OutOfBounds);
        }
        let ascii_data = usize::try_from(ascii_data).map_err(|_| Implausible::OutOfBounds)?;
        Ok(TextLayout {
            state: self.field(start + 1, start)?,
            length: self.field(start + 2, start)?,
            ascii_data,
            // `PyCompactUnicodeObject` adds a length and a pointer (cpython/unicodeobject.h).
            wide_data: ascii_data + 16,
            // `interned` has 2 bits, and 8 in free-threaded builds from 3.14.
            kind_shift: if wide_interned { 8 } else { 2 },
        })
    }
}
