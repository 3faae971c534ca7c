//! MPI at every workload, at work of any shape, and where ranks fail, die, or cannot be started.

#[cfg(feature = "mpi")]
mod carried;
#[cfg(feature = "mpi")]
mod ends;
#[cfg(feature = "mpi")]
mod faults;
#[cfg(feature = "mpi")]
mod hosts;
#[cfg(feature = "mpi")]
mod shapes;
#[cfg(feature = "mpi")]
mod system;
mod without;

use libtest_mimic::{Arguments, Trial};
use parallax_distributed_mpi::Mpi;
use parallax_pattern::{Technique, optional};

/// Runs functions as tests of their names; panics fail them.
macro_rules! tests {
    ($($test:path),* $(,)?) => {
        vec![$(test(stringify!($test), $test)),*]
    };
}

fn main() {
    parallax_distributed_mpi::init();
    #[cfg(feature = "mpi")]
    if ends::plays_a_scenario() {
        return;
    }
    let mut all = tests![without::open_mpi_that_is_hidden_is_absent, without::the_list_is_complete];
    match Mpi::start(1) {
        Ok(_) => all.extend(with_open_mpi()),
        Err(why) => optional::skip("mpi", &why.to_string()),
    }
    libtest_mimic::run(&Arguments::from_args(), all).exit();
}

fn test(path: &str, test: fn()) -> Trial {
    let name = path.rsplit("::").next().unwrap_or(path);
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

#[cfg(not(feature = "mpi"))]
fn with_open_mpi() -> Vec<Trial> {
    unreachable!("it cannot be started where it was not built")
}

#[cfg(feature = "mpi")]
fn with_open_mpi() -> Vec<Trial> {
    tests![
        shapes::every_cell_is_right,
        shapes::any_shape_agrees_with_one_thread,
        shapes::arrays_longer_than_a_message_arrive_whole,
        shapes::the_work_is_done_in_the_ranks,
        shapes::graphs_and_trees_agree_with_one_thread,
        shapes::a_stencil_sees_what_lies_within_its_reach,
        shapes::words_travel_as_well_as_numbers,
        shapes::a_work_is_read_once_in_each_rank,
        carried::a_map_ships_its_work_once_and_gathers_all_that_was_made,
        carried::a_sweep_ships_its_array_each_time,
        faults::a_panic_is_a_failure_in_words_and_the_job_goes_on,
        faults::work_that_one_rank_cannot_read_is_a_failure_in_words,
        faults::what_cannot_be_sent_is_a_failure,
        faults::a_dead_rank_ends_the_job_in_words_and_the_next_call_works,
        ends::an_idle_job_uses_no_core,
        ends::nothing_is_left_of_a_job,
        ends::a_killed_client_leaves_nothing,
        ends::a_killed_mpirun_leaves_nothing,
        ends::an_mpirun_that_refuses_is_told_in_words,
        hosts::a_host_is_reached_as_the_file_says_and_nothing_is_left_on_it,
        hosts::a_host_that_cannot_be_reached_is_named,
    ]
}
