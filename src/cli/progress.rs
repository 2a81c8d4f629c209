//! How a recording is going, on a terminal's standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line of progress, or none.
pub(super) struct Progress {
    line: Option<ProgressBar>,
    duration: Option<Duration>,
}

impl Progress {
    /// No progress: for `run`, whose terminal belongs to the program, and for `--quiet`.
    pub(super) fn none() -> Self {
        Self { line: None, duration: None }
    }

    /// Progress toward `duration`; indicatif shows nothing when standard error is no terminal.
    pub(super) fn toward(duration: Option<Duration>) -> Self {
        let length = duration.map(|duration| duration.as_millis() as u64);
        let line = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
        let template = if length.is_some() { "{bar:30} {msg}" } else { "{msg}" };
        let style = ProgressStyle::with_template(template).expect("a template of known keys");
        line.set_style(style);
        Self { line: Some(line), duration }
    }

    /// Nobody is sampled yet.
    pub(super) fn waiting(&self) {
        if let Some(line) = &self.line {
            line.set_message("waiting for Python");
        }
    }

    /// Where the recording stands.
    pub(super) fn show(&self, elapsed: Duration, samples: u64, lost: u64) {
        let Some(line) = &self.line else { return };
        line.update(|state| state.set_pos(elapsed.as_millis() as u64));
        line.set_message(self.message(elapsed, samples, lost));
    }

    fn message(&self, elapsed: Duration, samples: u64, lost: u64) -> String {
        let time = match self.duration {
            Some(duration) => {
                format!("{:.0}s left", duration.saturating_sub(elapsed).as_secs_f64())
            }
            None => format!("{:.0}s, Ctrl-C to stop", elapsed.as_secs_f64()),
        };
        format!("{time}  {samples} samples  {lost} lost")
    }

    /// Leaves the terminal as it was.
    pub(super) fn clear(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_what_is_left_or_what_has_gone() {
        let timed = Progress::toward(Some(Duration::from_secs(10)));
        let message = timed.message(Duration::from_millis(7_900), 790, 2);
        assert_eq!(message, "2s left  790 samples  2 lost");
        let open = Progress::toward(None).message(Duration::from_secs(3), 300, 0);
        assert_eq!(open, "3s, Ctrl-C to stop  300 samples  0 lost");
    }
}
