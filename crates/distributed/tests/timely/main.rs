//! A cluster of this program: every workload, work of any shape, and lost hosts.

mod carried;
mod failing;
mod faults;
mod keyed;
mod shapes;

use libtest_mimic::{Arguments, Trial};
use std::collections::BTreeSet;

fn main() {
    parallax_distributed::init();
    let tests: [(&str, fn()); 27] = [
        ("every_cell_is_right", every_cell_is_right),
        ("any_shape_agrees_with_one_thread", shapes::any_shape_agrees_with_one_thread),
        ("a_stencil_reaches_as_far_as_it_says", shapes::a_stencil_reaches_as_far_as_it_says),
        ("the_work_is_done_everywhere", shapes::the_work_is_done_everywhere),
        ("a_search_goes_where_there_is_nothing_to_do", shapes::a_search_goes_where_there_is_nothing_to_do),
        ("a_vast_reduction_is_a_few_pieces", shapes::a_vast_reduction_is_a_few_pieces),
        ("a_workload_is_sent_once", shapes::a_workload_is_sent_once),
        ("a_key_is_in_the_table_of_its_owner_alone", keyed::a_key_is_in_the_table_of_its_owner_alone),
        ("a_failed_exchange_ends_for_all", keyed::a_failed_exchange_ends_for_all),
        (
            "a_map_ships_its_work_once_and_gathers_what_others_made",
            carried::a_map_ships_its_work_once_and_gathers_what_others_made,
        ),
        (
            "a_sweep_ships_and_gathers_the_part_of_others",
            carried::a_sweep_ships_and_gathers_the_part_of_others,
        ),
        ("who_has_no_other_process_ships_nothing", carried::who_has_no_other_process_ships_nothing),
        ("a_row_says_what_its_runs_shipped", carried::a_row_says_what_its_runs_shipped),
        ("a_panic_is_a_failure_in_words", failing::a_panic_is_a_failure_in_words),
        ("a_tangled_graph_is_a_failure_in_words", failing::a_tangled_graph_is_a_failure_in_words),
        ("a_failed_search_ends_for_all", failing::a_failed_search_ends_for_all),
        ("one_worker_does_no_item_twice", shapes::one_worker_does_no_item_twice),
        ("what_cannot_be_sent_is_a_failure", failing::what_cannot_be_sent_is_a_failure),
        ("what_cannot_be_read_is_a_failure", failing::what_cannot_be_read_is_a_failure),
        ("a_call_from_within_is_refused", failing::a_call_from_within_is_refused),
        ("a_killed_member_is_named_and_the_next_call_works", faults::a_killed_member_is_named),
        ("a_member_that_hangs_is_named_when_the_time_is_over", faults::a_member_that_hangs_is_named),
        ("a_member_that_is_stopped_is_named", faults::a_member_that_is_stopped_is_named_without_a_limit),
        ("a_host_that_cannot_be_started_is_named", faults::a_host_that_cannot_be_started_is_named),
        ("a_member_may_print", faults::a_member_may_print),
        ("who_waits_does_nothing", faults::who_waits_does_nothing),
        ("no_process_is_left", faults::no_process_is_left),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit();
}

fn every_cell_is_right() {
    let cells = parallax_distributed::cells;
    let ran: BTreeSet<String> = parallax_conform::cells(cells()).into_iter().collect();
    let mut names = BTreeSet::new();
    for cell in cells() {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        // its steps wait for each other
        assert_eq!(ran.contains(&name), cell.workload != "bubblesort", "{name}");
        assert!(names.insert(name), "two cells of one name");
    }
}
