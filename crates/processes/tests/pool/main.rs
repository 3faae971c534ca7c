//! A pool returns the results of a plain iterator, whatever the size of tasks, results, chunks and crowds.

mod calls;
mod closing;
#[path = "../common/mod.rs"]
mod common;
mod streams;
mod values;
mod workers;

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Debug;
use std::ops::Add;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use std::{env, fs, io, process, thread};

use common::{eventually, hang, in_time, pool};
use parallax_processes::shared::{Barrier, Counters};
use parallax_processes::{Error, Pool};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

fn main() {
    parallax_processes::init();
    common::run!(
        calls::map_equals_iterator_map,
        calls::results_come_in_order_however_long_tasks_take,
        calls::nothing_to_do_is_nothing,
        calls::impossible_sizes_are_errors,
        calls::ten_thousand_tasks,
        calls::async_tasks_wait_for_free_workers,
        calls::a_handle_comes_back_when_its_time_is_over,
        calls::the_first_result_ends_the_other_tasks,
        calls::tasks_after_the_first_result_never_begin,
        calls::a_call_has_a_time_limit_of_its_own,
        streams::unordered_yields_each_task_once,
        streams::ordered_yields_in_order_however_long_tasks_take,
        streams::streams_draw_from_endless_iterators,
        streams::behind_a_slow_task_no_more_is_drawn_than_may_be_in_flight,
        streams::large_results_come_in_order,
        streams::a_pool_can_be_used_while_results_come,
        values::functions_may_be_generic_or_closures_that_capture_nothing,
        values::structures_enums_and_strings_cross,
        values::a_hundred_mebibytes_come_back,
        values::large_values_cross_both_ways,
        values::full_pipes_in_both_directions_do_not_deadlock,
        workers::tasks_run_in_other_processes,
        workers::broadcast_runs_everywhere_at_once,
        workers::an_initializer_runs_once_in_each_worker,
        workers::many_threads_share_a_pool,
        workers::a_pool_outlives_the_thread_that_built_it,
        workers::a_worker_serves_as_many_tasks_as_it_may,
        workers::workers_are_replaced_in_all_kinds_of_calls,
        workers::workers_inherit_what_is_documented,
        workers::workers_have_no_descriptors_but_their_own,
        closing::dropping_a_pool_ends_its_tasks,
        closing::closing_finishes_what_was_submitted_and_refuses_the_rest,
        closing::closing_waits_for_calls_of_other_threads,
        closing::a_stream_ends_after_the_pool_was_closed,
        closing::many_may_close_a_pool_at_once,
    );
}

fn wrapping_square(x: i64) -> i64 {
    x.wrapping_mul(x)
}

fn slow_if_even(x: u64) -> u64 {
    if x.is_multiple_of(2) {
        thread::sleep(Duration::from_millis(5));
    }
    x
}
