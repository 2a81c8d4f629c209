//! The profile file itself: all of the profile, whatever the view.

use super::{Input, ReportError};
use crate::profile::file;

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    Ok(file::write(input.profile)?)
}
