//! Arrays of NumPy 1 and 2, in frames that stand still.

use advisors::Python;

use super::fake::{Fake, SLOT_NAMES, TEXTS, THING_TYPE, VALUE, look};
use super::live::every_look_is_as_expected;
use super::packages::packages;
use super::process::pythons;
use crate::limits;

const EXPECTED: &str = include_str!("arrays.txt");

#[test]
fn arrays_have_the_length_of_their_first_dimension_and_one_dimension_has_the_name_of_its_dtype() {
    for (python, executable) in pythons() {
        let version = (python.major, python.minor);
        let Some(packages) = packages(version) else { continue };
        every_look_is_as_expected(python, &executable, "arrays.py", Some(&packages), EXPECTED);
    }
}

/// An array of that many dimensions, whose first is `first`, of float64, and its dtype at `dtype`.
fn array(python: Python, dimensions: u64, first: u64, dtype: u64) -> Fake {
    let mut fake = Fake::with(python, THING_TYPE, 0);
    fake.class(THING_TYPE, "numpy.ndarray", 0);
    fake.word(VALUE + 24, dimensions);
    fake.word(VALUE + 32, TEXTS);
    fake.word(VALUE + 56, dtype);
    fake.word(TEXTS, first);
    fake.head(DTYPE, THING_TYPE, 0);
    fake.word(DTYPE + 24, FLOAT64);
    fake
}

const DTYPE: u64 = VALUE + 0x1000;
/// `kind` and `type_num`.
const FLOAT64: u64 = b'f' as u64 | 12 << 32;

#[test]
fn an_array_that_cannot_be_one_has_no_length() {
    assert_eq!(look(|python| array(python, 1, 7, DTYPE)), ["x: ndarray 7 of float64"]);
    assert_eq!(look(|python| array(python, 2, 7, DTYPE)), ["x: ndarray 7 of ndarray"]);
    for (dimensions, first) in [(0, 7), (65, 7), (u64::MAX, 7), (1, u64::MAX), (1, 1 << 60)] {
        let told = look(|python| array(python, dimensions, first, DTYPE));
        assert_eq!(told, ["x: ndarray of float64"], "{dimensions} {first:#x}");
    }
}

#[test]
fn a_dtype_that_cannot_be_one_is_not_believed() {
    for nowhere in [0, 1, 7, 0xdead_beef_0000, 1 << 47, u64::MAX - 7] {
        assert_eq!(look(|python| array(python, 1, 7, nowhere)), ["x: ndarray"], "{nowhere:#x}");
    }
    for word in [0, u64::MAX, u64::from(b'i') | 12 << 32, u64::from(b'f') | 99 << 32] {
        let fake = |python| {
            let mut fake = array(python, 1, 7, DTYPE);
            fake.word(DTYPE + 24, word);
            fake
        };
        assert_eq!(look(fake), ["x: ndarray 7"], "{word:#x}");
    }
}

/// An array of `count` objects whose pointers are in `data`, `stride` bytes apart.
fn boxed(python: Python, count: u64, data: u64, stride: u64) -> Fake {
    let mut fake = array(python, 1, count, DTYPE);
    fake.word(DTYPE + 24, OBJECT);
    fake.word(VALUE + 16, data);
    fake.word(VALUE + 40, STRIDE);
    fake.word(STRIDE, stride);
    fake
}

const OBJECT: u64 = b'O' as u64 | 17 << 32;
const STRIDE: u64 = TEXTS + 0x100;
const DATA: u64 = TEXTS + 0x200;

#[test]
fn what_an_array_of_objects_holds_is_read_where_its_strides_say() {
    for (first, stride) in [(DATA, 24), (DATA + 48, 24_u64.wrapping_neg())] {
        let fake = |python| {
            let mut fake = boxed(python, 3, first, stride);
            (0..3).for_each(|i| fake.word(DATA + 24 * i, SLOT_NAMES));
            fake
        };
        assert_eq!(look(fake), ["x: ndarray 3 of object, str"]);
    }
}

#[test]
fn an_array_of_objects_that_cannot_be_is_not_looked_into() {
    for data in [0, 1, 7, 0xdead_beef_0000, 1 << 47, u64::MAX - 7] {
        for count in [3, 1 << 40, limits::LENGTH] {
            for stride in [0, 8, 1 << 62, u64::MAX] {
                let told = look(|python| boxed(python, count, data, stride));
                assert_eq!(told, [format!("x: ndarray {count} of object")], "{data:#x} {stride}");
            }
        }
    }
    let null = look(|python| boxed(python, 3, DATA, 8));
    assert_eq!(null, ["x: ndarray 3 of object"]);
    let no_objects = look(|python| {
        let mut fake = boxed(python, 3, DATA, 8);
        (0..3).for_each(|i| fake.word(DATA + 8 * i, DATA));
        fake
    });
    assert_eq!(no_objects, ["x: ndarray 3 of object"]);
}

#[test]
fn a_range_whose_length_is_no_length_has_none() {
    for length in [0, 1, 0xdead_beef_0000, u64::MAX - 7] {
        let fake = |python| {
            let mut fake = Fake::with(python, THING_TYPE, 0);
            fake.class(THING_TYPE, "range", 0);
            fake.word(VALUE + 40, length);
            fake
        };
        assert_eq!(look(fake), ["x: range"], "{length:#x}");
    }
}
