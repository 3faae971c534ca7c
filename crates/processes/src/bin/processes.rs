//! The worker of the processes family; it is also each of the processes that the family starts.

use parallax_processes::technique::prefork;
use parallax_suite::workload::Routes;
use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_processes::init();
    prefork::init::<Routes>();
    parallax_runner::main("processes", parallax_processes::cells())
}
