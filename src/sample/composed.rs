//! A generator that is driven too fast to be copied together with what drives it.
//!
//! Its frame lies elsewhere than its caller's, so that some hundred nanoseconds are between their
//! copies; many a generator takes less from one value to the next. The pointer to the innermost frame
//! says at one instant that it ran. What each frame stood at is then taken from copies of its own: of
//! the generator one in which it was driven, of its caller one in which it drove just that. Between
//! those a coroutine may end and another take its place: in the one copy, too, the caller has to be
//! what it is in the other.

use super::chain::{RawFrame, Views};
use super::code::CodeCache;
use super::links::Links;
use super::past::Past;
use crate::limits;

/// The stack that had `leaf` innermost, leaf first, shims among it: from there outwards by `copies` up
/// to a frame of `base`, which was a stack of that thread, and on with what is further out in that.
pub(super) fn compose(
    copies: &[Views<'_>],
    codes: &mut CodeCache,
    past: &mut Past,
    leaf: u64,
    base: &[RawFrame],
) -> Option<Vec<RawFrame>> {
    let mut inner: Vec<RawFrame> = Vec::new();
    let mut address = leaf;
    let mut of_callee: Option<&Views<'_>> = None;
    while inner.len() < limits::COMPOSED_FRAMES {
        let kept = base.iter().position(|frame| frame.address == address);
        let callee = inner.iter().rfind(|frame| !frame.header.is_shim()).copied();
        let through_c = inner.last().is_some_and(|it| it.header.is_shim() || it.header.is_entry);
        let beside_callee = of_callee.and_then(|copy| copy.header(address));
        let (frame, copy) = copies.iter().find_map(|copy| {
            let header = copy.header(address)?;
            let is_same = beside_callee.is_none_or(|beside| {
                (beside.code, beside.function) == (header.code, header.function)
            });
            let frame = RawFrame { address, header, is_late: false };
            let is_there = match kept {
                Some(at) => header.continues(&base[at].header, true),
                None => header.previous != 0 && (header.is_shim() || header.function != 0),
            };
            let mut links = Links::new(copy, codes, past, [leaf; 2]);
            let drives = |callee| header.is_shim() || links.drives(&frame, &callee, through_c);
            (is_same && is_there && callee.is_none_or(drives)).then_some((frame, copy))
        })?;
        of_callee = Some(copy);
        inner.push(frame);
        if let Some(at) = kept {
            inner.extend_from_slice(&base[at + 1..]);
            return callee.map(|_| inner);
        }
        address = frame.header.previous;
    }
    None
}
