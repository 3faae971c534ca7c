//! The worker of the family of engines between processes; each process that they start is this program, too.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_processes_engines::init();
    parallax_runner::main("processes-engines", parallax_processes_engines::cells())
}
