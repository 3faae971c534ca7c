//! The worker of the ffi family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("ffi", parallax_ffi::cells())
}
