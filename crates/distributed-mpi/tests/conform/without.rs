//! Tests that hold without Open MPI as well.

use parallax_distributed_mpi::{Mpi, cells};
use parallax_pattern::{No, Technique};
use std::env;
use std::process::Command;

/// The technique is listed, whether it can be started or not.
pub(crate) fn the_list_is_complete() {
    let cells = cells();
    assert!(cells.len() > 10 && cells.iter().all(|cell| cell.technique == "mpi"), "{}", cells.len());
    if !cfg!(feature = "mpi") {
        let why = Mpi::start(1).unwrap_err();
        assert!(
            matches!(&why, No::Unavailable(words) if words.contains("apt install libopenmpi-dev")),
            "{why}"
        );
    }
}

/// Runs a test again with Open MPI hidden.
pub(crate) fn open_mpi_that_is_hidden_is_absent() {
    if parallax_pattern::optional::hidden("mpi") {
        let why = Mpi::start(2).unwrap_err();
        return assert!(matches!(why, No::Unavailable(_)), "{why}");
    }
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "open_mpi_that_is_hidden_is_absent"]);
    again.env("PARALLAX_HIDE", "mpi").env_remove("PARALLAX_REQUIRE");
    let out = again.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
    assert!(said.contains("skipped without mpi"), "{said}");
}
