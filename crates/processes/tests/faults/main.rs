//! Faults in a worker, in the parent, or between them: each is reported, and nothing is left behind.

#![expect(
    unsafe_code,
    reason = "a faulty task writes to a descriptor that it does not own, and signals are process-wide"
)]

#[path = "../common/mod.rs"]
mod common;
mod program;
mod streams;
mod values;
mod worker;

use std::collections::BTreeSet;
use std::os::fd::BorrowedFd;
use std::process::{self, exit};
use std::time::Duration;
use std::{env, fs, thread};

use common::{
    eventually, hang, in_time, kill, kill_group, kill_myself, limit_descriptors, next_descriptor, outcome,
    pool, printed_pids, runs, say, scenario, zombie_children_of,
};
use parallax_processes::shared::Barrier;
use parallax_processes::{Death, Error, Panic, Pool};
use rustix::process::Signal;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

fn main() {
    // Programs that call it wrongly.
    let name = common::scenario_name();
    let is_worker = env::args().next().unwrap().starts_with("parallax-worker of ");
    match name.as_deref() {
        Some("never-init") => return program::never_init(),
        Some("init-only-in-the-parent") if is_worker => return,
        Some("build-before-init") => drop(Pool::builder().workers(1).build()),
        _ => {}
    }
    parallax_processes::init();
    match name.as_deref() {
        Some("short-of-one") => return worker::short_of_one(),
        Some("replaced") => return program::replaced(),
        Some(name) => return play(name),
        None => {}
    }
    common::run!(
        worker::a_killed_worker_is_a_lost_task_and_a_new_worker,
        worker::a_worker_killed_from_outside_is_noticed,
        worker::exits_and_aborts_are_told_apart,
        worker::the_culprit_in_a_chunk_is_named,
        worker::unordered_reports_each_task_once_among_deaths,
        worker::a_worker_killed_while_idle_costs_no_task,
        worker::a_panic_crosses_and_the_worker_survives,
        worker::a_hanging_worker_is_ended_and_replaced,
        worker::a_time_limit_is_kept_while_others_answer,
        worker::garbage_on_the_line_is_noticed,
        worker::a_closed_line_is_a_death,
        streams::an_ordered_stream_goes_on_after_every_kind_of_fault,
        streams::each_task_of_a_lost_chunk_has_its_place_in_the_stream,
        streams::a_worker_killed_between_two_results_costs_the_stream_no_task,
        streams::a_stream_dropped_early_leaves_a_hanging_task_and_nothing_else,
        streams::a_dropped_pool_does_not_wait_for_a_task_whose_stream_is_gone,
        streams::the_first_result_wins_although_others_fail,
        streams::closing_reports_what_dies_meanwhile,
        streams::a_replacement_that_dies_is_replaced_and_counts_anew,
        values::what_cannot_be_serialised_is_an_error,
        values::panics_in_the_parent_bring_workers_back,
        program::a_failing_initializer_fails_the_build,
        program::a_worker_that_never_gets_ready_fails_the_build,
        program::workers_cannot_have_workers,
        program::a_program_without_init_starts_nothing,
        program::a_worker_without_init_is_reported,
        program::no_orphans_after_any_end_of_the_parent,
        program::ctrl_c_ends_everybody,
        program::no_zombies_are_left,
        worker::broadcast_does_not_wait_for_those_who_wait_for_the_dead,
        worker::broadcast_does_not_wait_for_one_that_cannot_be_started,
        program::a_program_whose_file_was_replaced_still_replaces_workers,
    );
}

fn double(x: u32) -> u32 {
    2 * x
}

fn deadly_13(x: u32) -> u32 {
    if x == 13 { kill_myself() } else { double(x) }
}

fn assert_whole(pool: &Pool) {
    assert_eq!(pool.map(double, 0..100).unwrap(), (0..100).map(double).collect::<Vec<_>>());
    let ids = pool.worker_ids();
    assert!(ids.len() == pool.workers() && ids.iter().all(|pid| runs(*pid)), "{ids:?}");
}

/// Plays one scenario in this process, while a test looks on from outside.
fn play(name: &str) {
    if name == "init-only-in-the-parent" {
        return say(&Pool::builder().workers(1).build().unwrap_err().to_string());
    }
    if name == "build-before-init" {
        return;
    }
    // A process that a script starts in the background ignores Ctrl-C, and so do all that it starts.
    // SAFETY: the default is no handler.
    unsafe { nix::sys::signal::signal(nix::sys::signal::SIGINT, nix::sys::signal::SigHandler::SigDfl) }
        .unwrap();
    // A test that fails leaves nothing behind, either.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let pool = pool(2);
    let ids: Vec<String> = pool.worker_ids().iter().map(u32::to_string).collect();
    let work: Vec<_> = match name {
        "killed-idle" | "zombies" => vec![],
        _ => (0..3).map(|_| pool.apply_async(hang, ()).unwrap()).collect(),
    };
    if name != "zombies" {
        say(&ids.join(" "));
    }
    match name {
        "killed" => drop(work.into_iter().map(|handle| handle.join()).collect::<Vec<_>>()),
        "killed-idle" => hang(()),
        "exits" => exit(1),
        "returns-and-forgets" => std::mem::forget((pool, work)),
        "panics" => panic!("while tasks run"),
        "zombies" => {
            for _ in 0..5 {
                let _ = pool.map(deadly_13, 10..20);
            }
            let lost = zombie_children_of(process::id());
            drop(pool);
            say(&format!("{lost:?} {:?}", zombie_children_of(process::id())));
        }
        other => panic!("no such scenario: {other}"),
    }
}
