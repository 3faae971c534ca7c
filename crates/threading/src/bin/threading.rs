//! The worker of the threading family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("threading", parallax_threading::cells())
}
