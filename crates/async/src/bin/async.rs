//! The worker of the async family.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("async", parallax_async::cells())
}
