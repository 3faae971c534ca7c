//! The worker of the jit family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("jit", parallax_jit::cells())
}
