//! Jobs as a library: what they do, what they survive, and what they refuse.

#[path = "../common/mod.rs"]
mod common;
mod deaths;
mod faults;
mod stores;

fn main() {
    parallax_distributed_jobs::init();
    if let Some((name, path)) = common::asked_for() {
        return match name.as_str() {
            "submits" => deaths::submits(&path),
            "submits only" => deaths::submits_only(&path),
            "waits" => deaths::waits(&path),
            "fills the disk" => faults::fills_the_disk(&path),
            other => panic!("unknown scenario '{other}'"),
        };
    }
    common::run!(
        stores::results_come_in_the_order_of_the_items,
        stores::what_goes_in_and_comes_out_is_counted,
        stores::a_job_is_found_by_its_number_until_it_is_forgotten,
        stores::a_value_for_many_jobs_is_kept_once,
        stores::queues_of_one_store_do_not_meet,
        stores::jobs_are_done_by_any_worker_that_has_opened_the_store,
        deaths::no_result_is_lost_or_comes_twice_while_workers_are_killed,
        deaths::no_result_is_lost_on_redis_while_workers_are_killed,
        deaths::a_program_that_was_killed_finds_its_results,
        deaths::workers_end_with_the_program_that_started_them,
        deaths::a_job_that_ends_its_workers_is_given_up,
        faults::a_panic_is_tried_again_and_then_reported,
        faults::a_job_that_hangs_is_ended_and_others_go_on,
        faults::a_job_of_another_build_is_refused,
        faults::what_is_no_database_is_refused,
        faults::a_full_disk_is_an_error,
        faults::a_server_that_is_not_there_is_an_error,
        faults::settings_that_make_no_sense_are_refused;
        ignored deaths::ten_thousand_jobs_survive_a_hundred_kills,
    );
}
