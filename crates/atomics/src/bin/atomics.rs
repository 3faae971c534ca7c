//! The worker of the atomics family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("atomics", parallax_atomics::cells())
}
