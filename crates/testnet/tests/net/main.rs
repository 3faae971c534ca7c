//! Hosts reach each other over links with the settings of a test, and nothing is left of them.

mod endings;
mod links;
mod program;
mod reach;

use libtest_mimic::{Arguments, Trial};
use std::thread;
use std::time::Duration;

fn main() {
    program::run_if_asked();
    let tests: [(&str, fn()); 14] = [
        ("two_hosts_speak", reach::two_hosts_speak),
        ("without_it_a_test_is_skipped_in_words", reach::without_it_a_test_is_skipped_in_words),
        ("four_hosts_reach_each_other", reach::four_hosts_reach_each_other),
        ("two_nets_at_once_do_not_meet", reach::two_nets_at_once_do_not_meet),
        ("a_program_finds_the_hosts_in_the_file", reach::a_program_finds_the_hosts_in_the_file),
        ("a_round_trip_takes_the_delay_twice", links::a_round_trip_takes_the_delay_twice),
        ("a_slow_host_is_slow_for_all", links::a_slow_host_is_slow_for_all),
        ("a_host_that_is_cut_off_is_silent_until_it_is_mended", links::a_cut_host_is_silent_until_mended),
        ("packets_on_their_way_do_not_pass_a_cut", links::packets_on_their_way_do_not_pass_a_cut),
        ("the_same_datagrams_are_lost_with_the_same_seed", links::the_same_datagrams_are_lost),
        ("datagrams_stay_in_order_when_the_delay_shrinks", links::datagrams_stay_in_order),
        ("what_is_too_much_on_the_way_is_dropped", links::what_is_too_much_is_dropped),
        ("nothing_is_left", endings::nothing_is_left),
        ("what_a_killed_process_left_is_removed", endings::what_a_killed_process_left_is_removed),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    // One after the other: a test checks that no threads of another test's net are left.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

/// Waits until something holds, for a minute at most.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} does not hold after a minute");
}
