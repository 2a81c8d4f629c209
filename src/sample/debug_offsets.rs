//! `_Py_DebugOffsets` (pycore_runtime.h, 3.13): where the target itself says its fields are.

use advisors::Python;

use super::layout::{
    CodeLayout, CurrentFrame, FrameLayout, GilLayout, InterpreterLayout, Layout, RuntimeLayout,
    TextLayout, ThreadLayout,
};
use super::memory::{Memory, ReadError};

/// The structure as 3.13 has it: a cookie and 72 words.
const SIZE: usize = 8 + 72 * 8;

const COOKIE: &[u8; 8] = b"xdebugpy";

/// No structure that the walker reads is larger; an offset beyond is not believed. The largest is
/// the interpreter state, with 190 KiB in 3.13.
const LARGEST_STRUCTURE: u64 = 4 << 20;
/// The same for thread states, frames, code objects and strings, which are a few hundred bytes.
const LARGEST_SMALL_STRUCTURE: u64 = 4096;

/// Why the offsets are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Implausible {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] ReadError),
    #[error("have no cookie")]
    Cookie,
    #[error("are of another version")]
    Version,
    #[error("belong to a free-threaded build")]
    FreeThreaded,
    #[error("lie outside of their structure")]
    OutOfBounds,
}

/// The words of the structure after the cookie, in order.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn at(&self, index: usize) -> u64 {
        let start = 8 + index * 8;
        u64::from_le_bytes(self.0[start..start + 8].try_into().expect("eight bytes"))
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
        match self.at(index).checked_sub(self.at(word::GIL)) {
            Some(offset @ 0..LARGEST_SMALL_STRUCTURE) => Ok(offset as usize),
            _ => Err(Implausible::OutOfBounds),
        }
    }

    fn large(&self, index: usize) -> Result<u64, Implausible> {
        let offset = self.at(index);
        if offset < LARGEST_STRUCTURE { Ok(offset) } else { Err(Implausible::OutOfBounds) }
    }
}

/// Positions of the words, counted after the cookie (`struct _Py_DebugOffsets`, 3.13).
mod word {
    pub(super) const VERSION: usize = 0;
    pub(super) const FREE_THREADED: usize = 1;
    pub(super) const RUNTIME_INTERPRETERS_HEAD: usize = 4;
    pub(super) const INTERPRETER_NEXT: usize = 7;
    pub(super) const INTERPRETER_THREADS_HEAD: usize = 8;
    pub(super) const INTERPRETER_GIL: usize = 13;
    pub(super) const GIL: usize = 14;
    pub(super) const GIL_LOCKED: usize = 16;
    pub(super) const GIL_LAST_HOLDER: usize = 17;
    pub(super) const THREAD: usize = 18;
    pub(super) const THREAD_NEXT: usize = 20;
    pub(super) const THREAD_INTERPRETER: usize = 21;
    pub(super) const THREAD_CURRENT_FRAME: usize = 22;
    pub(super) const THREAD_NATIVE_ID: usize = 24;
    pub(super) const THREAD_CHUNK: usize = 25;
    pub(super) const FRAME: usize = 27;
    pub(super) const FRAME_PREVIOUS: usize = 28;
    pub(super) const FRAME_EXECUTABLE: usize = 29;
    pub(super) const FRAME_INSTRUCTION: usize = 30;
    pub(super) const FRAME_LOCALS: usize = 31;
    pub(super) const FRAME_OWNER: usize = 32;
    pub(super) const CODE: usize = 33;
    pub(super) const CODE_FILE: usize = 34;
    pub(super) const CODE_NAME: usize = 35;
    pub(super) const CODE_QUALIFIED_NAME: usize = 36;
    pub(super) const CODE_LINE_TABLE: usize = 37;
    pub(super) const CODE_FIRST_LINE: usize = 38;
    pub(super) const CODE_INSTRUCTIONS: usize = 42;
    pub(super) const TEXT: usize = 66;
    pub(super) const TEXT_STATE: usize = 67;
    pub(super) const TEXT_LENGTH: usize = 68;
    pub(super) const TEXT_ASCII_SIZE: usize = 69;
}

/// Reads the offsets at `_PyRuntime` of a CPython 3.13.
pub(super) fn read<M: Memory>(
    memory: &M,
    runtime: u64,
    python: Python,
) -> Result<Layout, Implausible> {
    let mut bytes = [0; SIZE];
    memory.read(runtime, &mut bytes)?;
    parse(&bytes, python)
}

fn parse(bytes: &[u8; SIZE], python: Python) -> Result<Layout, Implausible> {
    if !bytes.starts_with(COOKIE) {
        return Err(Implausible::Cookie);
    }
    let words = Words(bytes);
    // PY_VERSION_HEX: major, minor, patch, then release level and serial.
    let version = words.at(word::VERSION).to_be_bytes();
    if version[4..6] != [python.major, python.minor] || (python.major, python.minor) != (3, 13) {
        return Err(Implausible::Version);
    }
    if words.at(word::FREE_THREADED) != 0 {
        return Err(Implausible::FreeThreaded);
    }
    Ok(Layout {
        runtime: RuntimeLayout {
            interpreters_head: words.large(word::RUNTIME_INTERPRETERS_HEAD)?,
            gil: GilLayout::PerInterpreter {
                pointer: words.large(word::INTERPRETER_GIL)?,
                last_holder: words.in_gil(word::GIL_LAST_HOLDER)?,
                locked: words.in_gil(word::GIL_LOCKED)?,
            },
        },
        interpreter: InterpreterLayout {
            next: words.large(word::INTERPRETER_NEXT)?,
            threads_head: words.large(word::INTERPRETER_THREADS_HEAD)?,
        },
        thread: thread(&words)?,
        frame: frame(&words)?,
        code: code(&words)?,
        text: text(&words)?,
    })
}

fn thread(words: &Words<'_>) -> Result<ThreadLayout, Implausible> {
    let field = |index| words.field(index, word::THREAD);
    Ok(ThreadLayout {
        size: usize::try_from(words.at(word::THREAD)).map_err(|_| Implausible::OutOfBounds)?,
        next: field(word::THREAD_NEXT)?,
        interpreter: field(word::THREAD_INTERPRETER)?,
        current_frame: CurrentFrame::Direct(field(word::THREAD_CURRENT_FRAME)?),
        native_id: field(word::THREAD_NATIVE_ID)?,
        chunk: field(word::THREAD_CHUNK)?,
    })
}

fn frame(words: &Words<'_>) -> Result<FrameLayout, Implausible> {
    let field = |index| words.field(index, word::FRAME);
    Ok(FrameLayout {
        header: field(word::FRAME_LOCALS)?,
        previous: field(word::FRAME_PREVIOUS)?,
        code: field(word::FRAME_EXECUTABLE)?,
        instruction: field(word::FRAME_INSTRUCTION)?,
        owner: field(word::FRAME_OWNER)?,
        is_entry: None,
    })
}

fn code(words: &Words<'_>) -> Result<CodeLayout, Implausible> {
    let field = |index| words.field(index, word::CODE);
    let instructions = field(word::CODE_INSTRUCTIONS)?;
    Ok(CodeLayout {
        first_line: field(word::CODE_FIRST_LINE)?,
        file: field(word::CODE_FILE)?,
        name: field(word::CODE_NAME)?,
        qualified_name: field(word::CODE_QUALIFIED_NAME)?,
        line_table: field(word::CODE_LINE_TABLE)?,
        // Not among the offsets: `int _co_firsttraceable; void *co_extra;` come right before the
        // instructions (cpython/code.h, 3.11 to 3.13).
        first_traceable: instructions.checked_sub(16).ok_or(Implausible::OutOfBounds)?,
        instructions,
        has_version: true,
    })
}

fn text(words: &Words<'_>) -> Result<TextLayout, Implausible> {
    let ascii_data = words.at(word::TEXT_ASCII_SIZE);
    if ascii_data > 256 {
        return Err(Implausible::OutOfBounds);
    }
    let ascii_data = usize::try_from(ascii_data).map_err(|_| Implausible::OutOfBounds)?;
    let field = |index| words.field(index, word::TEXT);
    Ok(TextLayout {
        length: field(word::TEXT_LENGTH)?,
        state: field(word::TEXT_STATE)?,
        ascii_data,
        // `PyCompactUnicodeObject` adds a length and a pointer (cpython/unicodeobject.h).
        wide_data: ascii_data + 16,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: Python = Python::new(3, 13);

    /// What CPython 3.13.0 has there, as read from a live x86-64 release build.
    const LIVE: [u64; 72] = [
        0x030d_00f0,
        0,
        283320,
        608,
        632,
        194968,
        7272,
        7264,
        7344,
        7400,
        7656,
        7640,
        7648,
        16,
        7752,
        0,
        7768,
        7760,
        304,
        0,
        8,
        16,
        72,
        152,
        160,
        232,
        32,
        80,
        8,
        0,
        56,
        72,
        70,
        208,
        112,
        120,
        128,
        136,
        68,
        52,
        96,
        104,
        200,
        16,
        8,
        416,
        24,
        88,
        168,
        32,
        24,
        16,
        40,
        24,
        16,
        48,
        32,
        40,
        24,
        16,
        32,
        16,
        24,
        40,
        16,
        32,
        64,
        32,
        16,
        40,
        240,
        200,
    ];

    fn with(changes: &[(usize, u64)]) -> [u8; SIZE] {
        let mut words = LIVE;
        for &(index, value) in changes {
            words[index] = value;
        }
        let mut bytes = [0; SIZE];
        bytes[..8].copy_from_slice(COOKIE);
        for (place, value) in bytes[8..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn what_a_live_interpreter_says_is_understood() {
        let layout = parse(&with(&[]), PYTHON).unwrap();
        let gil = GilLayout::PerInterpreter { pointer: 16, last_holder: 8, locked: 16 };
        assert_eq!(layout.runtime, RuntimeLayout { interpreters_head: 632, gil });
        assert_eq!(layout.thread.current_frame, CurrentFrame::Direct(72));
        assert_eq!(
            (layout.frame.header, layout.frame.instruction, layout.frame.owner),
            (72, 56, 70)
        );
        assert_eq!((layout.code.first_traceable, layout.code.instructions), (184, 200));
        assert_eq!((layout.text.ascii_data, layout.text.wide_data), (40, 56));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |changes: &[(usize, u64)]| parse(&with(changes), PYTHON).unwrap_err();
        assert_eq!(refused(&[(word::VERSION, 0x030c_01f0)]), Implausible::Version);
        assert_eq!(refused(&[(word::FREE_THREADED, 1)]), Implausible::FreeThreaded);
        for index in word::RUNTIME_INTERPRETERS_HEAD..=word::TEXT_ASCII_SIZE {
            if UNUSED.contains(&index) {
                continue;
            }
            assert_eq!(refused(&[(index, u64::MAX)]), Implausible::OutOfBounds, "word {index}");
        }
        let mut no_cookie = with(&[]);
        no_cookie[0] = b'X';
        assert_eq!(parse(&no_cookie, PYTHON), Err(Implausible::Cookie));
    }

    /// Words that the walker has no use for.
    const UNUSED: [usize; 36] = [
        5, 6, 9, 10, 11, 12, 15, 19, 23, 26, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
        53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65,
    ];
}
