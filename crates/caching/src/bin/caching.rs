//! The worker of the caching family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("caching", parallax_caching::cells())
}
