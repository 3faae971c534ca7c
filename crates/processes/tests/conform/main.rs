//! Every technique at every workload, and at work that is empty, tiny, ragged, failing or deadly.

#[path = "../common/mod.rs"]
mod common;
mod consulting;
mod edges;
mod exchanges;
mod limits;
mod shapes;

use common::{eventually, in_time, kill_myself, zombie_children_of};
use parallax_conform::{Shaped, Watch};
use parallax_pattern::random::{at, mix};
use parallax_pattern::{
    Access, Channel, Consult, Map, Nest, Recall, Reduce, Search, Stencil, Sweep, Traffic, Wait,
};
use parallax_pattern::{Await, Distribute, Exchange, Guard, No, Policy, Remember, Serve, Technique};
use parallax_processes::cells;
use parallax_processes::shared::Counters;
use parallax_processes::technique::{
    MessagePipes, MessageRings, Pipes, PrivateCaches, SharedCounters, SharedMemory, SharedSeqlock, prefork,
};
use parallax_suite::workload::{Hits, Routes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

fn main() {
    parallax_processes::init();
    parallax_load::init();
    prefork::init::<Routes>();
    prefork::init::<parallax_conform::Mirror>();
    if let Some(name) = common::scenario_name() {
        return limits::play(&name);
    }
    common::run!(
        every_cell_is_right,
        shapes::any_shape_agrees_with_one_thread,
        shapes::the_work_is_done_elsewhere,
        shapes::a_panic_is_a_failure_in_words,
        shapes::a_killed_worker_is_reported_and_the_next_run_works,
        shapes::what_cannot_be_sent_is_a_failure,
        shapes::a_run_in_which_a_worker_is_idle_leaves_no_right_result,
        edges::no_grain_is_cut,
        edges::a_vast_reduction_needs_little_memory_and_time,
        edges::graphs_and_nests_may_be_empty,
        edges::a_heavy_workload_is_read_once_in_each_worker,
        edges::a_slow_walk_holds_up_no_other,
        consulting::a_table_changes_entry_by_entry,
        consulting::what_is_no_pair_of_words_is_refused,
        consulting::a_panic_or_a_death_ends_the_run_and_the_next_one_works,
        exchanges::counts_add_up,
        exchanges::messages_are_handed_over_in_order,
        exchanges::a_killed_producer_or_consumer_ends_the_run,
        exchanges::waits_overlap_up_to_their_limit,
        exchanges::divided_keys_are_remembered,
        exchanges::room_without_end_is_no_memory_without_end,
        limits::a_limit_of_files_is_named,
        limits::a_limit_of_processes_is_named,
        limits::any_limit_of_files_is_survived,
        limits::two_programs_at_once_do_not_meet,
    );
}

/// The cells that refuse, and must say why; all others must be right.
const REFUSALS: [(&str, &[&str]); 8] = [
    ("message-pipes", &["fanout:deadline", "fanout:overload"]),
    ("message-rings", &["fanout"]),
    ("pipes", &["bubblesort", "expression", "heat", "stream"]),
    ("prefork", &[]),
    ("private-caches", &[]),
    ("shared-counters", &[]),
    ("shared-memory", &["bubblesort", "sort:stable", "treesearch"]), // records are not numbers
    ("shared-seqlock", &[]),
];

fn every_cell_is_right() {
    let ran = parallax_conform::cells(cells());
    let mut listed: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    listed.dedup();
    assert_eq!(listed, REFUSALS.map(|(technique, _)| technique), "the list is alphabetical");
    let mut names = BTreeSet::new();
    for cell in cells() {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        let case = format!("{}:{}", cell.workload, cell.case);
        let refuses = REFUSALS.iter().any(|(technique, refused)| {
            *technique == cell.technique
                && (refused.contains(&cell.workload) || refused.contains(&case.as_str()))
        });
        assert_eq!(ran.contains(&name), !refuses, "{name}");
        assert!(names.insert(name), "two cells of one name");
    }
}
