//! What the fixes save, held against what `fast.py` saves.

use super::fixed::Fixed;
use super::live::each;
use super::{examine, folder};
use crate::{Fix, Python};

#[test]
fn a_fix_saves_half_of_what_fast_saves() {
    each(|entry, _, run| {
        let (source, findings) = examine(entry, entry.slow, Python::new(3, 13)).unwrap();
        let fixes = Fix::of_all(&findings);
        let sizes = entry.gains.sizes();
        if fixes.edits.is_empty() || sizes.is_empty() {
            return;
        }
        let fixed = Fixed::write(&folder(entry), &fixes.apply(&source).unwrap());
        match fixed.saves_enough(run, &sizes) {
            Ok(seen) => println!("{}\n{seen}", entry.id),
            Err(seen) => panic!("{}: {seen}", entry.id),
        }
    });
}
