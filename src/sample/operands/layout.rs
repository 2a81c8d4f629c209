//! Where CPython keeps what a look at operands reads: byte offsets on 64-bit GIL builds.
//!
//! Found with `offsetof` against the headers of 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2. What is
//! a constant here is the same in all of them; [`Layout`] has what differs.

use advisors::Python;

use super::depth::Stack;
use super::opcodes::Opcodes;
use crate::sample::layout::{self as sample, TextLayout};

/// What differs between versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// `_PyInterpreterFrame`.
    pub(super) frame: FrameLayout,
    /// `co_nlocalsplus` of `PyCodeObject` (cpython/code.h).
    pub(super) code_local_count: u64,
    /// `co_firstlineno` of `PyCodeObject`.
    pub(super) code_first_line: u64,
    /// `co_code_adaptive`, the end of `PyCodeObject`.
    pub(super) code_instructions: u64,
    /// Which instructions load names.
    pub(super) opcodes: Opcodes,
    /// What instructions do to the value stack.
    pub(super) stack: &'static Stack,
    /// `PyASCIIObject` (cpython/unicodeobject.h).
    pub(super) text: TextLayout,
    /// `ht_cached_keys` of `PyHeapTypeObject` (cpython/object.h).
    pub(super) type_shared_keys: u64,
    /// Where an instance keeps its attributes.
    pub(super) instance: InstanceLayout,
    /// First slot of a `PyDictValues` (internal/pycore_dict.h).
    pub(super) values_slots: u64,
    /// `PyTupleObject.ob_item` (cpython/tupleobject.h); from 3.14 the hash comes before it.
    pub(super) tuple_items: i64,
    /// How an `int` says how many digits it has.
    pub(super) int: IntLayout,
}

/// Offsets in `_PyInterpreterFrame` (internal/pycore_frame.h; from 3.14
/// internal/pycore_interpframe_structs.h).
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameLayout {
    /// `f_code`; `f_executable` from 3.13.
    pub(super) code: u64,
    /// `f_globals`.
    pub(super) globals: u64,
    /// `f_locals`.
    pub(super) locals: u64,
    /// `prev_instr`; `instr_ptr` from 3.13.
    pub(super) instruction: u64,
    /// `localsplus`.
    pub(super) slots: u64,
}

/// Where an instance with `Py_TPFLAGS_MANAGED_DICT` keeps its attributes
/// (internal/pycore_object.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstanceLayout {
    /// 3.11: a pointer to the values four words before the object; when it is null, a pointer to
    /// the dict three words before it.
    TwoPointers,
    /// 3.12: one word three words before the object; odd: the values are at that word plus one,
    /// even: it points to the dict.
    Tagged,
    /// From 3.13: a pointer to the dict three words before the object; with
    /// `Py_TPFLAGS_INLINE_VALUES` the values follow the object's basic size, while their `valid`
    /// byte is 1.
    Inline,
}

/// The word before an `int`'s digits (cpython/longintrepr.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntLayout {
    /// 3.11: `ob_size`, below zero for numbers below zero.
    SignedSize,
    /// 3.12: `lv_tag`, the count above three bits, of which the lowest two are the sign: 2 is minus.
    Tagged,
}

impl IntLayout {
    /// How many digits an `int` has by that word.
    pub(super) const fn digits(self, word: u64) -> u64 {
        match self {
            Self::SignedSize => word.cast_signed().unsigned_abs(),
            Self::Tagged => word >> 3,
        }
    }
}

/// `PyObject.ob_refcnt` (object.h); from 3.14 the count is its lower half, and its upper 16 bits
/// are flags.
pub(super) const REFERENCES: i64 = 0;
/// `PyObject.ob_type` (object.h).
pub(super) const OBJECT_TYPE: i64 = 8;
/// `PyVarObject.ob_size` (object.h); also `PyASCIIObject.length` and `PyDictObject.ma_used`.
pub(super) const OBJECT_SIZE: i64 = 16;
/// `PyLongObject.ob_digit` or `.long_value.ob_digit` (cpython/longintrepr.h).
pub(super) const INT_DIGITS: i64 = 24;
/// `PyFloatObject.ob_fval` (cpython/floatobject.h).
pub(super) const FLOAT_VALUE: i64 = 16;
/// `PyASCIIObject.hash` (cpython/unicodeobject.h); -1 until it is asked for.
pub(super) const TEXT_HASH: i64 = 24;
/// `PyBytesObject.ob_sval` (cpython/bytesobject.h).
pub(super) const BYTES_DATA: u64 = 32;
/// `PyListObject.ob_item` (cpython/listobject.h).
pub(super) const LIST_ITEMS: i64 = 24;
/// `PyListObject.allocated`: -1 while `list.sort` has taken the items away (Objects/listobject.c).
pub(super) const LIST_ALLOCATED: i64 = 32;
/// `_PyListIterObject.it_index` and `.it_seq` (internal/pycore_list.h; before 3.15 also
/// `listiterobject`, Objects/listobject.c), and the same of a tuple's.
pub(super) const ITERATOR_INDEX: i64 = 16;
pub(super) const ITERATOR_SEQUENCE: i64 = 24;
/// The bits of a `_PyStackRef` that is an integer: that is above them (internal/pycore_stackref.h,
/// `Py_INT_TAG` and `Py_TAGGED_SHIFT`).
pub(super) const TAGGED_INDEX: u64 = 3;
/// `PySetObject.used`, `.mask` and `.table` (cpython/setobject.h).
pub(super) const SET_USED: i64 = 24;
pub(super) const SET_MASK: i64 = 32;
pub(super) const SET_TABLE: i64 = 40;
/// `sizeof(setentry)`: key and hash; -1 is the hash of a removed entry.
pub(super) const SET_ENTRY: u64 = 16;
/// `PyDictObject.ma_keys` and `.ma_values` (cpython/dictobject.h).
pub(super) const DICT_KEYS: i64 = 32;
pub(super) const DICT_VALUES: i64 = 40;
/// `PyCellObject.ob_ref` (cpython/cellobject.h).
pub(super) const CELL_CONTENT: i64 = 16;
/// `rangeobject.length`, an `int` (Objects/rangeobject.c).
pub(super) const RANGE_LENGTH: i64 = 40;
/// `PyMemoryViewObject.view` (memoryobject.h): `Py_buffer.len` and `.itemsize`, in bytes, and the
/// word whose upper half is `.ndim` (pybuffer.h).
pub(super) const VIEW_BYTES: i64 = 72;
pub(super) const VIEW_ITEM_BYTES: i64 = 80;
pub(super) const VIEW_DIMENSIONS: i64 = 88;
/// The byte `valid` of `PyDictValues` (internal/pycore_dict.h, from 3.13).
pub(super) const VALUES_VALID: i64 = 3;

/// Offsets in `PyCodeObject` (cpython/code.h).
pub(super) mod code {
    pub(in super::super) const CONSTANTS: usize = 24;
    pub(in super::super) const NAMES: usize = 32;
    pub(in super::super) const EXCEPTION_TABLE: usize = 40;
    pub(in super::super) const FLAGS: usize = 48;
    pub(in super::super) const LOCAL_NAMES: usize = 96;
    pub(in super::super) const LOCAL_KINDS: usize = 104;
    pub(in super::super) const LINE_TABLE: usize = 136;
    /// End of the part that is read.
    pub(in super::super) const END: usize = 112;
    /// `CO_OPTIMIZED`: locals are in the frame's slots, not in `f_locals`.
    pub(in super::super) const OPTIMIZED: u32 = 1;
    /// `CO_VARARGS`: there is a parameter `*args`.
    pub(in super::super) const POSITIONAL_REST: u32 = 0x4;
    /// `CO_VARKEYWORDS`: there is a parameter `**kwargs`.
    pub(in super::super) const KEYWORD_REST: u32 = 0x8;
    /// `CO_GENERATOR`, `CO_COROUTINE` and `CO_ASYNC_GENERATOR`.
    pub(in super::super) const GENERATOR: u32 = 0x20 | 0x80 | 0x200;
    /// `co_argcount` and `co_kwonlyargcount`, as bytes before `co_firstlineno`.
    pub(in super::super) const ARGUMENTS_BEFORE_LINE: u64 = 16;
    pub(in super::super) const KEYWORDS_BEFORE_LINE: u64 = 8;
    /// Bits of `co_localspluskinds` (internal/pycore_code.h): the slot may hold a cell.
    pub(in super::super) const CELL_OR_FREE: u8 = 0x40 | 0x80;
}

/// Offsets in `PyTypeObject` (cpython/object.h) and bits of its `tp_flags` (object.h).
pub(super) mod class {
    pub(in super::super) const NAME: usize = 24;
    pub(in super::super) const BASIC_SIZE: usize = 32;
    pub(in super::super) const ITEM_SIZE: usize = 40;
    pub(in super::super) const FLAGS: usize = 168;
    pub(in super::super) const MEMBERS: usize = 240;
    pub(in super::super) const BASE: usize = 256;
    pub(in super::super) const DICT: usize = 264;
    pub(in super::super) const DICT_OFFSET: usize = 288;
    /// End of the part that is read.
    pub(in super::super) const END: usize = 296;

    pub(in super::super) const INLINE_VALUES: u64 = 1 << 2;
    pub(in super::super) const MANAGED_WEAK_REFERENCES: u64 = 1 << 3;
    pub(in super::super) const MANAGED_DICT: u64 = 1 << 4;
    pub(in super::super) const HEAP: u64 = 1 << 9;
    /// `Py_TPFLAGS_HAVE_GC`.
    pub(in super::super) const COLLECTED: u64 = 1 << 14;
    pub(in super::super) const INT_SUBCLASS: u64 = 1 << 24;
    pub(in super::super) const LIST_SUBCLASS: u64 = 1 << 25;
    pub(in super::super) const TUPLE_SUBCLASS: u64 = 1 << 26;
    pub(in super::super) const BYTES_SUBCLASS: u64 = 1 << 27;
    pub(in super::super) const STR_SUBCLASS: u64 = 1 << 28;
    pub(in super::super) const DICT_SUBCLASS: u64 = 1 << 29;
    pub(in super::super) const TYPE_SUBCLASS: u64 = 1 << 31;

    /// `sizeof(PyMemberDef)` and offsets in it (structmember.h, descrobject.h).
    pub(in super::super) const MEMBER: usize = 40;
    pub(in super::super) const MEMBER_TYPE: usize = 8;
    pub(in super::super) const MEMBER_OFFSET: usize = 16;
    /// `T_OBJECT_EX`: what `__slots__` makes.
    pub(in super::super) const MEMBER_OBJECT: u32 = 16;
}

/// Offsets in `PyDictKeysObject` (internal/pycore_dict.h) and the kinds of its entries.
pub(super) mod keys {
    pub(in super::super) const LOG2_SIZE: usize = 8;
    pub(in super::super) const LOG2_INDEX_BYTES: usize = 9;
    pub(in super::super) const KIND: usize = 10;
    pub(in super::super) const ENTRY_COUNT: usize = 24;
    /// `dk_indices`; the entries follow it.
    pub(in super::super) const INDICES: u64 = 32;
    /// `DICT_KEYS_GENERAL`: entries of hash, key and value; the other kinds have key and value.
    pub(in super::super) const GENERAL: u8 = 0;
    /// `DICT_KEYS_SPLIT`: keys that instances share; the values are elsewhere.
    pub(in super::super) const SPLIT: u8 = 2;
}

/// Offsets in `dequeobject`, and its blocks (Modules/_collectionsmodule.c).
pub(super) mod deque {
    /// `leftblock`.
    pub(in super::super) const LEFT_BLOCK: i64 = 24;
    /// `leftindex`.
    pub(in super::super) const LEFT_INDEX: i64 = 40;
    /// `BLOCKLEN`.
    pub(in super::super) const BLOCK_LENGTH: u64 = 64;
    /// `sizeof(block)`: a pointer to the next on either side.
    pub(in super::super) const BLOCK: u64 = 8 * (BLOCK_LENGTH + 2);
}

/// Offsets in `PyArrayObject_fields` (numpy/ndarraytypes.h; the same in NumPy 1.x and 2.x).
pub(super) mod array {
    /// `data`.
    pub(in super::super) const DATA: i64 = 16;
    /// `nd`, an `int`, with unused bytes behind it.
    pub(in super::super) const DIMENSION_COUNT: i64 = 24;
    pub(in super::super) const DIMENSIONS: i64 = 32;
    /// `strides`, in bytes.
    pub(in super::super) const STRIDES: i64 = 40;
    /// `descr`.
    pub(in super::super) const DTYPE: i64 = 56;
    /// `NPY_MAXDIMS` of 2.x; 1.x has 32.
    pub(in super::super) const MOST_DIMENSIONS: u32 = 64;
}

/// Offsets in `PyArray_Descr` (numpy/ndarraytypes.h); what follows `type_num` differs in NumPy 2.
pub(super) mod dtype {
    /// `kind`, a character; the upper half of its word is `type_num`.
    pub(in super::super) const KIND: usize = 24;
}

impl Layout {
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

    /// The layout if it is what the interpreter itself says of its fields (`_Py_DebugOffsets`, from
    /// 3.13), as far as it does: where one has moved, more may have. A free-threaded build has
    /// objects that begin with other fields.
    pub(super) fn confirmed_by(self, told: &sample::Layout) -> Option<Self> {
        let told_frame = &told.frame;
        let frame =
            [told_frame.code, told_frame.instruction, told_frame.header].map(|it| it as u64);
        let code = (told.code.first_line as u64, told.code.line_table);
        let same = frame == [self.frame.code, self.frame.instruction, self.frame.slots]
            && code == (self.code_first_line, code::LINE_TABLE)
            && told.text == self.text;
        (same && !told.free_threaded).then_some(self)
    }
}

const PYTHON_3_11: Layout = Layout {
    frame: FrameLayout { code: 32, globals: 8, locals: 24, instruction: 56, slots: 72 },
    code_local_count: 76,
    code_first_line: 72,
    code_instructions: 184,
    opcodes: Opcodes::PYTHON_3_11,
    stack: &Stack::PYTHON_3_11,
    text: sample::PYTHON_3_11.text,
    type_shared_keys: 872,
    instance: InstanceLayout::TwoPointers,
    values_slots: 0,
    tuple_items: 24,
    int: IntLayout::SignedSize,
};

const PYTHON_3_12: Layout = Layout {
    frame: FrameLayout { code: 0, globals: 24, locals: 40, instruction: 56, slots: 72 },
    code_local_count: 72,
    code_first_line: 68,
    code_instructions: 192,
    opcodes: Opcodes::PYTHON_3_12,
    stack: &Stack::PYTHON_3_12,
    text: sample::PYTHON_3_12.text,
    type_shared_keys: 880,
    instance: InstanceLayout::Tagged,
    values_slots: 0,
    tuple_items: 24,
    int: IntLayout::Tagged,
};

const PYTHON_3_13: Layout = Layout {
    code_instructions: 200,
    opcodes: Opcodes::PYTHON_3_13,
    stack: &Stack::PYTHON_3_13,
    instance: InstanceLayout::Inline,
    values_slots: 8,
    ..PYTHON_3_12
};

const PYTHON_3_14: Layout = Layout {
    frame: FrameLayout { slots: 80, ..PYTHON_3_13.frame },
    code_instructions: 208,
    opcodes: Opcodes::PYTHON_3_14,
    stack: &Stack::PYTHON_3_14,
    tuple_items: 32,
    ..PYTHON_3_13
};

/// `PyTypeObject` has one field more (`_tp_iteritem`, cpython/object.h).
const PYTHON_3_15: Layout = Layout {
    opcodes: Opcodes::PYTHON_3_15,
    stack: &Stack::PYTHON_3_15,
    type_shared_keys: 888,
    ..PYTHON_3_14
};
