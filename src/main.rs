//! Parse, call one verb, print the error, exit.

fn main() -> std::process::ExitCode {
    unslow::cli::main()
}
