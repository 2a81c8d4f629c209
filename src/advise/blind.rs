//! What the interpreter, or who recorded, keeps from view.

use super::{ASSUMED, Unlooked};
use crate::profile::Profile;
use crate::text::Untrusted;

/// What they are, each with why.
pub(super) fn spots(profile: &Profile) -> impl Iterator<Item = Unlooked> {
    let spot = |what, why| Unlooked { what: Untrusted::new(what), why, share: None };
    let interpreter = match profile.target.python {
        None => Some(spot(
            "the version of Python".to_owned(),
            format!(
                "the recording does not tell it; advice is that for CPython {}.{}",
                ASSUMED.major, ASSUMED.minor
            ),
        )),
        Some(python) if !python.at_least(3, 11) => Some(spot(
            format!("CPython {python}"),
            "columns and operand types can be read from CPython 3.11 on; findings here stand on \
             whole lines and are questions"
                .to_owned(),
        )),
        Some(_) => None,
    };
    let values = (!profile.tells_operands()).then(|| {
        let why = "what attributes, globals and parameters held was not seen, so that advice on them \
                   is left out";
        spot("values".to_owned(), why.to_owned())
    });
    interpreter.into_iter().chain(values)
}
