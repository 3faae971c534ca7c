//! The worker of the numerics family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("numerics", parallax_numerics::cells())
}
