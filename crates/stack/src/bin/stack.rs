//! The worker of the family `stack`.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("stack", parallax_stack::cells())
}
