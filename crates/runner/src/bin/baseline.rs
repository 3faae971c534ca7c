//! The worker of the baseline: what every speedup is measured against.

use parallax_suite::{Sequential, cell};
use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("baseline", cell::execute::<Sequential>())
}
