//! The worker of the processes family; it is also each of the processes that the family starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_processes::init();
    parallax_runner::main("processes", parallax_processes::cells())
}
