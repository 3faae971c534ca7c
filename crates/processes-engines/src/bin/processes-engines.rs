//! The worker of the family of engines between processes; it is also each of the processes that they start.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_processes_engines::init();
    parallax_runner::main("processes-engines", parallax_processes_engines::cells())
}
