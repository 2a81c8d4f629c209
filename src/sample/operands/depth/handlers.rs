//! Where exceptions go, and how high the value stack is there.
//!
//! The format of `co_exceptiontable` is described in CPython's `Objects/exception_handling_notes.txt`
//! (3.11; `InternalDocs/exception_handling.md` since 3.13) and has been the same from 3.11 on.

/// Where the ways begin that only an exception leads to, in code units, and the height there. A table
/// that is cut short ends where that is.
pub(super) fn handlers(table: &[u8]) -> impl Iterator<Item = (usize, i32)> + '_ {
    let mut rest = table;
    std::iter::from_fn(move || {
        let [_start, _units, target, kept] =
            [number(&mut rest)?, number(&mut rest)?, number(&mut rest)?, number(&mut rest)?];
        // What was below stays; with its lowest bit, where it was raised is pushed; and the exception.
        let height = (kept >> 1) + (kept & 1) + 1;
        Some((target as usize, i32::try_from(height).ok()?))
    })
}

/// Six bits to a byte, the highest first; bit 6 says that more follow, bit 7 that an entry begins.
fn number(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    loop {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        value = value.checked_mul(64)? | u32::from(byte & 0x3f);
        if byte & 0x40 == 0 {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_four_numbers() {
        let (short, long) = ([0x80, 1, 10, 4], [0x80 | 0x40 | 1, 0, 2, 0x40 | 3, 5, 7]);
        let table = [&short[..], &long].concat();
        assert_eq!(handlers(&table).collect::<Vec<_>>(), [(10, 3), (3 * 64 + 5, 5)]);
    }

    #[test]
    fn a_table_that_is_cut_short_or_lies_ends() {
        let table = [0x80, 1, 10, 4, 0x80, 2, 11];
        for length in 0..table.len() {
            assert_eq!(handlers(&table[..length]).count(), usize::from(length >= 4));
        }
        assert_eq!(handlers(&[0xff; 1_000]).count(), 0);
    }
}
