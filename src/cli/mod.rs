//! One file a verb; the only place that prints, exits or handles signals.

/// Runs the command line.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
