//! Protocol-buffer fields of one message, one at a time.
//!
//! `prost` decodes a message as a whole, and two bytes of a hostile file become a struct of
//! seventy. Walking the outermost message by hand lets every entry be counted and measured first.

use super::file::ProfileError;

/// One field of a message.
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: Value<'a>,
}

/// A field's content, by wire type.
pub(super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed,
}

/// Iterates over the fields of `message`; stops after the first error.
pub(super) fn fields(message: &[u8]) -> impl Iterator<Item = Result<Field<'_>, ProfileError>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = take_field(&mut rest);
        if field.is_err() {
            rest = &[];
        }
        Some(field)
    })
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>, ProfileError> {
    let key = take_varint(rest)?;
    let value = match key & 7 {
        0 => Value::Varint(take_varint(rest)?),
        1 => take(rest, 8).map(|_| Value::Fixed)?,
        2 => {
            let length = take_varint(rest)?;
            Value::Bytes(take(rest, usize::try_from(length).unwrap_or(usize::MAX))?)
        }
        5 => take(rest, 4).map(|_| Value::Fixed)?,
        _ => return Err(ProfileError::Corrupt("a field of unknown wire type")),
    };
    Ok(Field { number: key >> 3, value })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], ProfileError> {
    let (taken, left) = rest.split_at_checked(length).ok_or(ProfileError::Truncated)?;
    *rest = left;
    Ok(taken)
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, ProfileError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, left) = rest.split_first().ok_or(ProfileError::Truncated)?;
        *rest = left;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(ProfileError::Corrupt("a number of more than 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_and_their_ends_are_respected() {
        let message = [0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 2, 3, 4];
        let found: Vec<_> = fields(&message).map(|f| f.unwrap().number).collect();
        assert_eq!(found, [1, 2, 3]);
        let cut = fields(&message[..6]).last().unwrap();
        assert!(matches!(cut, Err(ProfileError::Truncated)));
        let endless = fields(&[0xff; 11]).last().unwrap();
        assert!(matches!(endless, Err(ProfileError::Corrupt(_))));
    }
}
