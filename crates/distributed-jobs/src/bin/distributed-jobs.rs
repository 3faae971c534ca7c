//! The worker of the family of durable jobs; it is also each of the processes that run them.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_distributed_jobs::init();
    parallax_runner::main("distributed-jobs", parallax_distributed_jobs::cells())
}
