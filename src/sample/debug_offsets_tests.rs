//! The offsets that live interpreters give, and ones that none can give.

use advisors::Python;

use super::debug_offsets::{COOKIE, Implausible, SIZE, WORDS, parse};
use super::instructions::Instructions;
use super::layout::{CodeGeneration, CodeLayout, CurrentFrame, GilLayout, Layout};

/// The first words after the cookie in live x86-64 release builds; what follows them was not read.
#[rustfmt::skip]
const LIVE: [(Python, &[u64]); 3] = [
    (Python { patch: 0, ..Python::new(3, 13) }, &[
        0x030d_00f0, 0, 283320, 608, 632, 194968, 7272, 7264, 7344, 7400, 7656, 7640, 7648,
        16, 7752, 0, 7768, 7760, 304, 0, 8, 16, 72, 152, 160, 232, 32, 80, 8, 0, 56, 72, 70,
        208, 112, 120, 128, 136, 68, 52, 96, 104, 200, 16, 8, 416, 24, 88, 168, 32, 24, 16,
        40, 24, 16, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40, 240, 200,
    ]),
    (Python { patch: 10, ..Python::new(3, 14) }, &[
        0x030e_0af0, 0, 316616, 784, 808, 225864, 7280, 7272, 7344, 7360, 7408, 7688, 7672,
        7680, 16, 7784, 0, 7800, 7792, 7992, 0, 832, 0, 8, 16, 72, 152, 160, 232, 32, 88, 8,
        0, 56, 80, 74, 64, 0, 216, 112, 120, 128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 416,
        24, 88, 168, 40, 32, 16, 40, 24, 16, 200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16,
        24, 40, 16, 32, 64, 32, 16, 40, 264, 192,
    ]),
    (Python { patch: 2, ..Python::new(3, 15) }, &[
        0x030f_02f0, 0, 346568, 912, 936, 226240, 7272, 7264, 7336, 7352, 7400, 7592, 7576,
        7584, 16, 7736, 0, 7752, 7744, 7944, 0, 888, 0, 8, 16, 72, 80, 88, 96, 176, 184,
        256, 32, 36, 40, 136, 288, 0, 88, 8, 0, 56, 80, 74, 64, 0, 216, 112, 120, 128, 136,
        68, 52, 96, 104, 208, 0, 16, 8, 424, 24, 88, 168, 32, 288, 944, 888, 40, 32, 16, 40,
        24, 16, 200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40,
        56, 176, 112,
    ]),
];

fn bytes(words: &[u64]) -> [u8; SIZE] {
    let mut all = [0; WORDS];
    all[..words.len()].copy_from_slice(words);
    let mut bytes = [0; SIZE];
    bytes[..8].copy_from_slice(COOKIE);
    for (place, value) in bytes[8..].chunks_exact_mut(8).zip(all) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn layout(minor: u8) -> Layout {
    let (python, words) = LIVE.into_iter().find(|(python, _)| python.minor == minor).unwrap();
    parse(&bytes(words), python).unwrap()
}

fn with(words: &[u64], changes: &[(usize, u64)]) -> [u8; SIZE] {
    let mut words = words.to_vec();
    for &(index, value) in changes {
        words[index] = value;
    }
    bytes(&words)
}

#[test]
fn what_a_live_interpreter_says_is_understood() {
    let gil = GilLayout::PerInterpreter { pointer: 16, last_holder: 8, locked: 16 };
    let expected = [
        // minor, interpreters, threads, collecting, generation, frame, id, chunk
        (13, 632, 7344, 7600, Some(CodeGeneration::Created(17_000)), 72, 160, 232),
        (14, 808, 7344, 7600, Some(CodeGeneration::Freed(7992)), 72, 160, 232),
        (15, 936, 7336, 7512, Some(CodeGeneration::Freed(7944)), 72, 184, 256),
    ];
    for (minor, interpreters, threads, collecting, generation, frame, id, chunk) in expected {
        let layout = layout(minor);
        let interpreter = layout.interpreter;
        assert_eq!(layout.runtime.interpreters_head, interpreters, "3.{minor}");
        assert_eq!(layout.runtime.gil, gil, "3.{minor}");
        assert_eq!(interpreter.threads_head, threads, "3.{minor}");
        assert_eq!(interpreter.collecting, collecting, "3.{minor}");
        assert_eq!(interpreter.generation, generation, "3.{minor}");
        assert_eq!(layout.thread.current_frame, CurrentFrame::Direct(frame), "3.{minor}");
        assert_eq!((layout.thread.native_id, layout.thread.chunk), (id, chunk), "3.{minor}");
        assert_eq!((layout.bytes.size, layout.bytes.data), (16, 32), "3.{minor}");
        assert_eq!((layout.text.ascii_data, layout.text.wide_data), (40, 56), "3.{minor}");
        assert!(!layout.free_threaded);
    }
    let frame = |minor| layout(minor).frame;
    assert_eq!([13, 14, 15].map(|minor| frame(minor).header), [72, 80, 80]);
    assert_eq!([13, 14, 15].map(|minor| frame(minor).owner), [70, 74, 74]);
    let instructions = |minor| layout(minor).code.instructions;
    assert_eq!([13, 14, 15].map(instructions), [200, 208, 208]);
}

#[test]
fn a_free_threaded_build_has_copies_of_its_instructions() {
    for (python, words) in LIVE {
        let free = parse(&with(words, &[(1, 1)]), python).unwrap();
        assert!(free.free_threaded);
        let has_copies = python.minor > 13;
        assert_eq!(free.frame.copy.is_some(), has_copies, "{python}");
        assert_eq!(free.code.copies.is_some(), has_copies, "{python}");
        assert_eq!(free.text.kind_shift, if has_copies { 8 } else { 2 }, "{python}");
    }
}

#[test]
fn a_version_newer_than_those_known_is_read_as_the_newest() {
    let (_, words) = LIVE[2];
    let python = Python::new(3, 16);
    let newer = parse(&with(words, &[(0, 0x0310_00f0)]), python).unwrap();
    // Instructions have other numbers in each.
    let newest = layout(15);
    let code = CodeLayout { known: Instructions::of(python), ..newest.code };
    assert_eq!(newer, Layout { code, ..newest });
}

#[test]
fn what_cannot_be_is_refused() {
    for (python, words) in LIVE {
        let refused = |changes: &[(usize, u64)]| parse(&with(words, changes), python).err();
        assert_eq!(refused(&[(0, 0x030c_01f0)]), Some(Implausible::Version), "{python}");
        let judged: Vec<usize> = (4..words.len())
            .filter(|&index| refused(&[(index, u64::MAX)]) == Some(Implausible::OutOfBounds))
            .collect();
        assert_eq!(
            judged.len(),
            match python.minor {
                13 => 36,
                14 => 38,
                _ => 43,
            },
            "{python}: {judged:?}"
        );
        let mut no_cookie = bytes(words);
        no_cookie[0] = b'X';
        assert_eq!(parse(&no_cookie, python), Err(Implausible::Cookie));
    }
    let (_, words) = LIVE[0];
    assert_eq!(parse(&bytes(words), Python::new(3, 12)), Err(Implausible::Version));
}
