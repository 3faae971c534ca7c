//! The worker of the baseline: what every speedup is measured against.

use parallax_suite::sequential;
use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_runner::main("baseline", sequential::cells())
}
