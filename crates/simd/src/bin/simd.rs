//! The worker of the SIMD family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("simd", parallax_simd::cells())
}
