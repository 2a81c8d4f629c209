//! A process that is what its bytes say it is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use advisors::{Place, Python};

use super::told;
use crate::limits;
use crate::sample::memory::{Memory, ReadError, Request};
use crate::sample::operands::OperandReader;
use crate::sample::operands::frame::Frame;
use crate::sample::operands::layout::{Layout, class, code};
use crate::sample::operands::names::{NameCache, Names};
use crate::sample::{Code, Operand};
use crate::text::Untrusted;

pub(super) const VERSIONS: [Python; 5] = [
    Python::new(3, 11),
    Python::new(3, 12),
    Python::new(3, 13),
    Python::new(3, 14),
    Python::new(3, 15),
];

pub(super) const FRAME: u64 = 0x10_000;
pub(super) const CODE: u64 = 0x20_000;
pub(super) const LOCAL_NAMES: u64 = 0x30_000;
pub(super) const KINDS: u64 = 0x40_000;
pub(super) const GLOBAL_NAMES: u64 = 0x50_000;
pub(super) const GLOBALS: u64 = 0x60_000;
pub(super) const GLOBAL_KEYS: u64 = 0x70_000;
pub(super) const TYPE: u64 = 0x100_000;
pub(super) const STR_TYPE: u64 = 0x110_000;
pub(super) const DICT_TYPE: u64 = 0x120_000;
pub(super) const LIST_TYPE: u64 = 0x130_000;
pub(super) const TUPLE_TYPE: u64 = 0x140_000;
pub(super) const THING_TYPE: u64 = 0x150_000;
pub(super) const CELL_TYPE: u64 = 0x160_000;
pub(super) const SLOT_NAMES: u64 = 0x200_000;
pub(super) const VALUE: u64 = 0x300_000;
pub(super) const TEXTS: u64 = 0x400_000;

/// `PyASCIIObject.state` of a compact string of ASCII characters.
pub(super) const COMPACT_ASCII: u32 = 0b110_0100;

/// A process as its bytes say it is, and how much was asked of it. Bytes that nobody wrote are
/// zero where something near was written, and unmapped elsewhere.
pub(super) struct Fake {
    pub(super) layout: Layout,
    pages: BTreeMap<u64, Vec<u8>>,
    asked: RefCell<Asked>,
}

#[derive(Default)]
struct Asked {
    calls: usize,
    bytes: usize,
}

impl Fake {
    const PAGE: u64 = 0x1000;

    /// A frame of a function `f` with one local `x`, unbound, and no globals.
    pub(super) fn new(python: Python) -> Self {
        let layout = Layout::of(python).expect("a known layout");
        let mut fake = Self { layout, pages: BTreeMap::new(), asked: RefCell::default() };
        for (address, name, flags) in [
            (TYPE, "type", class::TYPE_SUBCLASS),
            (STR_TYPE, "str", class::STR_SUBCLASS),
            (DICT_TYPE, "dict", class::DICT_SUBCLASS),
            (LIST_TYPE, "list", class::LIST_SUBCLASS),
            (TUPLE_TYPE, "tuple", class::TUPLE_SUBCLASS),
            (THING_TYPE, "Thing", class::HEAP),
            (CELL_TYPE, "cell", 0),
        ] {
            fake.class(address, name, flags);
        }
        fake.word(FRAME + layout.frame.code, CODE);
        fake.word(FRAME + layout.frame.globals, GLOBALS);
        fake.word(FRAME + layout.frame.slots, 0);
        fake.word(CODE, 1);
        fake.word(CODE + code::NAMES as u64, GLOBAL_NAMES);
        fake.word(CODE + code::LOCAL_NAMES as u64, LOCAL_NAMES);
        fake.word(CODE + code::LOCAL_KINDS as u64, KINDS);
        fake.half(CODE + layout.code_local_count, 1);
        fake.half(CODE + code::FLAGS as u64, code::OPTIMIZED);
        fake.head(GLOBAL_NAMES, TUPLE_TYPE, 0);
        fake.head(LOCAL_NAMES, TUPLE_TYPE, 1);
        fake.item(LOCAL_NAMES, 0, SLOT_NAMES);
        fake.bytes(KINDS + 32, &[0x20]);
        fake.string(SLOT_NAMES, "x");
        fake.head(GLOBALS, DICT_TYPE, 0);
        fake.word(GLOBALS + 32, GLOBAL_KEYS);
        fake.word(GLOBAL_KEYS, 1);
        fake
    }

    pub(super) fn bytes(&mut self, address: u64, bytes: &[u8]) {
        for (address, byte) in (address..).zip(bytes) {
            let page = self.pages.entry(address / Self::PAGE).or_insert_with(|| vec![0; 0x1000]);
            page[(address % Self::PAGE) as usize] = *byte;
        }
    }

    pub(super) fn word(&mut self, address: u64, word: u64) {
        self.bytes(address, &word.to_le_bytes());
    }

    pub(super) fn half(&mut self, address: u64, half: u32) {
        self.bytes(address, &half.to_le_bytes());
    }

    /// The bytes at an address.
    pub(super) fn written(&self, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.read(address, &mut bytes).expect("something was written there");
        bytes
    }

    /// How often it was asked for anything.
    pub(super) fn calls(&self) -> usize {
        self.asked.borrow().calls
    }

    /// An object's type and size.
    pub(super) fn head(&mut self, address: u64, class: u64, size: u64) {
        self.word(address, 1);
        self.word(address + 8, class);
        self.word(address + 16, size);
    }

    /// An item of a tuple.
    pub(super) fn item(&mut self, tuple: u64, index: u64, item: u64) {
        self.word(tuple + self.layout.tuple_items.cast_unsigned() + 8 * index, item);
    }

    pub(super) fn class(&mut self, address: u64, name: &str, flags: u64) {
        self.head(address, TYPE, 0);
        self.word(address + class::NAME as u64, address + 0x800);
        self.bytes(address + 0x800, name.as_bytes());
        self.word(address + class::FLAGS as u64, flags);
        self.word(address + self.layout.type_shared_keys, 0);
    }

    pub(super) fn string(&mut self, address: u64, characters: &str) {
        self.head(address, STR_TYPE, characters.len() as u64);
        let text = self.layout.text;
        self.half(address + text.state as u64, COMPACT_ASCII);
        self.bytes(address + text.ascii_data as u64, characters.as_bytes());
    }

    /// Binds `x` to the object at that address.
    pub(super) fn bind(&mut self, address: u64) {
        self.word(FRAME + self.layout.frame.slots, address);
    }

    /// The fake with `x` bound to an object of that type and size.
    pub(super) fn with(python: Python, class: u64, size: u64) -> Self {
        let mut fake = Self::new(python);
        fake.head(VALUE, class, size);
        fake.bind(VALUE);
        fake
    }

    /// What a look for that line tells.
    pub(super) fn line(&self, python: Python, line: u32) -> Vec<String> {
        let name = Untrusted::new("f");
        let code = Arc::new(Code { name: name.clone(), file: name, first_line: 1 });
        let mut reader = OperandReader::new(python).expect("a supported version");
        let found = reader.look_at(self, FRAME, CODE, &code, Place::line(line)).operands;
        found.iter().map(told).collect()
    }

    /// The names of the code that the frame runs.
    pub(super) fn names(&self) -> Arc<Names> {
        let name = Untrusted::new("f");
        let code = Arc::new(Code { name: name.clone(), file: name, first_line: 1 });
        let mut cache = NameCache::default();
        let frame = Frame::with_names(self, &self.layout, &mut cache, FRAME, CODE, &code);
        frame.expect("readable").expect("a frame").1
    }

    pub(super) fn look(&self, python: Python) -> Vec<String> {
        let lines = look_at(self, python);
        let asked = self.asked.borrow();
        assert!(asked.calls <= 600, "{} calls", asked.calls);
        assert!(asked.bytes <= 12 * limits::BATCH_BYTES, "{} bytes", asked.bytes);
        lines
    }
}

/// What a first look and, equally, a second one tell; one for a line tells nothing else.
pub(super) fn look_at<M: Memory>(memory: &M, python: Python) -> Vec<String> {
    let name = Untrusted::new("f");
    let code = Arc::new(Code { name: name.clone(), file: name, first_line: 1 });
    let mut reader = OperandReader::new(python).expect("a supported version");
    let first = reader.look(memory, FRAME, CODE, &code);
    let again = reader.look(memory, FRAME, CODE, &code);
    assert_eq!(first, again);
    let of_line = reader.look_at(memory, FRAME, CODE, &code, Place::line(1)).operands;
    let attribute = |operand: &Operand| operand.expression.data().matches('.').count() == 2;
    // The third look is one that also tells how much memory containers take.
    let mut of_line = of_line.into_iter().map(|it| Operand { footprint: None, ..it });
    assert!(of_line.all(|operand| first.contains(&operand) || attribute(&operand)));
    first.iter().map(told).collect()
}

impl Memory for Fake {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        for (address, byte) in (address..).zip(into) {
            let page = self.pages.get(&(address / Self::PAGE)).ok_or(ReadError::Unmapped)?;
            *byte = page[(address % Self::PAGE) as usize];
        }
        Ok(())
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        let mut asked = self.asked.borrow_mut();
        asked.calls += 1;
        asked.bytes += requests.iter().map(|r| r.into.len()).sum::<usize>();
        let unreadable = |r: &mut Request<'_>| self.read(r.address, r.into).is_err();
        Ok(requests.iter_mut().position(unreadable).unwrap_or(requests.len()))
    }
}

/// Looks at a fake of every version; all must say the same.
pub(super) fn look(make: impl Fn(Python) -> Fake) -> Vec<String> {
    let looks: Vec<_> = VERSIONS.iter().map(|&python| make(python).look(python)).collect();
    assert!(looks.iter().all(|look| *look == looks[0]), "{looks:?}");
    looks[0].clone()
}
