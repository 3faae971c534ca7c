//! The worker of the family of MPI; it is also each of the ranks that the family starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax_distributed_mpi::init();
    parallax_runner::main("distributed-mpi", parallax_distributed_mpi::cells())
}
