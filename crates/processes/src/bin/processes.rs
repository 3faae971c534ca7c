//! The worker program of the processes family; each process that the family starts is this program, too.

use parallax_processes::technique::prefork;
use parallax_suite::workload::Routes;
use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_processes::init();
    prefork::init::<Routes>();
    parallax_runner::main("processes", parallax_processes::cells())
}
