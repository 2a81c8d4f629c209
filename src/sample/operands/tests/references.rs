//! What a frame of 3.14 and later holds its code and locals by, and object heads with flags.

use super::fake::{CODE, FRAME, Fake, LIST_TYPE, VALUE, look};

/// What is told of a frame whose slot holds that word while there is a list at `VALUE`.
fn with_slot(word: u64) -> Vec<String> {
    look(|python| {
        let mut fake = Fake::with(python, LIST_TYPE, 3);
        fake.bind(word);
        fake
    })
}

#[test]
fn references_that_count_and_such_that_do_not_lead_to_their_object() {
    assert_eq!(with_slot(VALUE), ["x: list 3"]);
    assert_eq!(with_slot(VALUE + 1), ["x: list 3"]);
}

#[test]
fn errors_integers_and_nulls_are_no_objects() {
    for tag in 2..8 {
        assert_eq!(with_slot(VALUE + tag), [""; 0], "{tag}");
        assert_eq!(with_slot(tag), [""; 0], "{tag}");
    }
    assert_eq!(with_slot(0), [""; 0]);
    assert_eq!(with_slot(1), [""; 0]);
}

#[test]
fn the_code_object_is_known_by_either_reference() {
    for (tag, expected) in [(0, "x: list 3"), (1, "x: list 3"), (2, ""), (3, "")] {
        let fake = |python| {
            let mut fake = Fake::with(python, LIST_TYPE, 3);
            fake.word(FRAME + fake.layout.frame.code, CODE + tag);
            fake
        };
        assert_eq!(look(fake).concat(), expected, "{tag}");
    }
}

#[test]
fn flags_beside_the_count_of_references_do_not_make_an_object_a_freed_one() {
    const IMMORTAL: u64 = 3 << 30;
    const FLAGS: u64 = 0b1101 << 48;
    for (word, expected) in [(IMMORTAL | FLAGS, "x: list 3"), (FLAGS, "")] {
        let fake = |python| {
            let mut fake = Fake::with(python, LIST_TYPE, 3);
            fake.word(VALUE, word);
            fake
        };
        assert_eq!(look(fake).concat(), expected, "{word:#x}");
    }
}
