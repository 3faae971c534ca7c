//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

use parallax_conform::{self as conform, Crew};
use parallax_pattern::{Execute, Map, Technique};
use parallax_threading::{
    Chili, Crossbeam, CrossbeamChannel, CrossbeamQueue, Flume, Pinned, Rayon, RayonBridge, RayonJoin,
    RayonMinLen, Scoped, ScopedDynamic, StdChannel, ThreadPerConnection, ThreadPerWait, ThreadPool,
    UNBOUNDED, cells,
};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

#[test]
fn every_cell_is_right() {
    let techniques = [
        "chili",
        "crossbeam",
        "crossbeam-channel",
        "crossbeam-queue",
        "crossbeam-queue-0",
        "crossbeam-queue-1",
        "crossbeam-queue-1024",
        "flume",
        "flume-1024",
        "nested-1x1",
        "nested-1x2",
        "nested-1x4",
        "nested-2x1",
        "nested-2x2",
        "nested-2x4",
        "nested-4x1",
        "nested-4x2",
        "nested-4x4",
        "pinned",
        "radix",
        "rayon",
        "rayon-bridge",
        "rayon-join",
        "rayon-min-len",
        "rayon-par-sort",
        "rdst",
        "scoped",
        "scoped-dynamic",
        "std-channel",
        "std-channel-0",
        "std-channel-1",
        "std-channel-1024",
        "thread-per-connection",
        "thread-per-wait",
        "thread-pool",
    ];
    conform::cells_are_right(cells, &techniques, |cell| match cell.pattern {
        "channel" => ["-channel", "-queue", "flume"].iter().any(|part| cell.technique.contains(part)),
        "search" => !cell.technique.starts_with("rayon-"),
        "expire" | "wait" => cell.technique.starts_with("thread-"),
        "scalar" => false, // a chain of comparisons
        "divide" => (&*cell.technique, cell.case) != ("rdst", "stable"), // equal items may change places
        _ => true,
    });
}

#[test]
fn messages_arrive_in_order_and_nobody_waits_for_ever() {
    conform::hands_over_in_order(&CrossbeamQueue::<UNBOUNDED>);
    conform::hands_over_in_order(&CrossbeamQueue::<0>);
    conform::hands_over_in_order(&CrossbeamQueue::<1>);
    conform::hands_over_in_order(&CrossbeamQueue::<1024>);
    conform::hands_over_in_order(&CrossbeamQueue::<5>);
    conform::hands_over_in_order(&Flume::<UNBOUNDED>);
    conform::hands_over_in_order(&Flume::<1024>);
    conform::hands_over_in_order(&Flume::<0>); // not in any cell
    conform::hands_over_in_order(&StdChannel::<UNBOUNDED>);
    conform::hands_over_in_order(&StdChannel::<0>);
    conform::hands_over_in_order(&StdChannel::<1>);
    conform::hands_over_in_order(&StdChannel::<1024>);
    conform::hands_over_in_order(&StdChannel::<5>); // not in any cell
}

#[test]
fn waits_overlap_up_to_their_limit() {
    conform::keeps_the_limit(&ThreadPerWait);
    conform::keeps_the_limit(&ThreadPool);
}

#[test]
fn operations_that_take_too_long_are_given_up() {
    conform::gives_up_in_time(&ThreadPerWait);
    conform::gives_up_in_time(&ThreadPool);
    conform::gives_up_after_a_panic(&ThreadPerWait);
    conform::gives_up_after_a_panic(&ThreadPool);
}

#[test]
fn clients_are_answered() {
    conform::answers_clients(|| Ok(ThreadPerConnection));
}

fn survives_panics<T: Execute>() {
    for workers in [1, 2, 3] {
        conform::survives_panics(&T::start(workers).unwrap());
    }
}

#[test]
fn panics_reach_the_caller_and_break_nothing() {
    survives_panics::<Chili>();
    survives_panics::<Crossbeam>();
    survives_panics::<CrossbeamChannel>();
    survives_panics::<Pinned>();
    survives_panics::<Rayon>();
    survives_panics::<RayonBridge>();
    survives_panics::<RayonJoin>();
    survives_panics::<RayonMinLen>();
    survives_panics::<Scoped>();
    survives_panics::<ScopedDynamic>();
}

fn answers_from_inside<T: Execute + Sync>() {
    for workers in [1, 2, 3] {
        conform::answers_from_inside(T::start(workers).unwrap());
    }
}

#[test]
fn an_item_may_call_the_technique_that_is_at_it() {
    answers_from_inside::<Chili>();
    answers_from_inside::<Crossbeam>();
    answers_from_inside::<CrossbeamChannel>();
    answers_from_inside::<Pinned>();
    answers_from_inside::<Rayon>();
    answers_from_inside::<RayonBridge>();
    answers_from_inside::<RayonJoin>();
    answers_from_inside::<RayonMinLen>();
    answers_from_inside::<Scoped>();
    answers_from_inside::<ScopedDynamic>();
}

const ALL: &[&str] = &["map", "map", "reduce", "sweep", "stencil", "graph", "search", "nest", "divide"];
const NO_SEARCH: &[&str] = &["map", "map", "reduce", "sweep", "stencil", "graph", "nest", "divide"];

fn moves_owned_items<T: Execute>(patterns: &[&str]) {
    for workers in [1, 3] {
        assert_eq!(conform::moves_owned_items(&T::start(workers).unwrap()), patterns);
    }
}

#[test]
fn strings_and_paths_go_where_numbers_go() {
    moves_owned_items::<Chili>(ALL);
    moves_owned_items::<Crossbeam>(ALL);
    moves_owned_items::<CrossbeamChannel>(ALL);
    moves_owned_items::<Pinned>(ALL);
    moves_owned_items::<Rayon>(ALL);
    moves_owned_items::<RayonBridge>(NO_SEARCH);
    moves_owned_items::<RayonJoin>(NO_SEARCH);
    moves_owned_items::<RayonMinLen>(NO_SEARCH);
    moves_owned_items::<Scoped>(ALL);
    moves_owned_items::<ScopedDynamic>(ALL);
}

fn works_at_once<T: Execute>() {
    for workers in [1, 2, 4] {
        conform::works_at_once(&T::start(workers).unwrap(), workers, Crew::threads);
    }
}

#[test]
fn all_workers_work_and_no_more() {
    works_at_once::<Crossbeam>();
    works_at_once::<CrossbeamChannel>();
    works_at_once::<Pinned>();
    works_at_once::<Rayon>();
    works_at_once::<RayonBridge>();
    works_at_once::<RayonJoin>();
    works_at_once::<RayonMinLen>();
    works_at_once::<Scoped>();
    works_at_once::<ScopedDynamic>();
}

/// Its forks are shared only after a heartbeat, so no piece may wait for another: these sleep a while instead.
#[test]
fn a_heartbeat_shares_the_forks() {
    for workers in [1, 2, 4] {
        let chili = Chili::start(workers).unwrap();
        let mut crews = (0..1000).map(|_| {
            let naps = Arc::new(Naps::default());
            chili.map(&naps, &mut [0; 100]).unwrap();
            let crew = naps.crew.lock().unwrap();
            crew.len()
        });
        let crew = crews.find(|&crew| crew >= workers); // on a busy machine no worker may wake in time
        assert_eq!(crew, Some(workers));
    }
}

/// Items that sleep a while, and record their threads.
#[derive(Default)]
struct Naps {
    crew: Mutex<HashSet<ThreadId>>,
}

impl Map for Naps {
    type Item = u8;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, _: &mut [u8]) {
        self.crew.lock().unwrap().insert(thread::current().id());
        thread::sleep(Duration::from_micros(200));
    }
}

fn agrees<T: Execute>(workers: usize, len: usize, grain: usize, steps: usize) {
    conform::agrees_with_sequential::<Crew, T>(&T::start(workers).unwrap(), len, grain, steps);
}

fn all_agree(workers: usize, len: usize, grain: usize, steps: usize) {
    agrees::<Chili>(workers, len, grain, steps);
    agrees::<Crossbeam>(workers, len, grain, steps);
    agrees::<CrossbeamChannel>(workers, len, grain, steps);
    agrees::<Pinned>(workers, len, grain, steps);
    agrees::<Rayon>(workers, len, grain, steps);
    agrees::<RayonBridge>(workers, len, grain, steps);
    agrees::<RayonJoin>(workers, len, grain, steps);
    agrees::<RayonMinLen>(workers, len, grain, steps);
    agrees::<Scoped>(workers, len, grain, steps);
    agrees::<ScopedDynamic>(workers, len, grain, steps);
}

#[test]
fn edges_agree_with_one_thread() {
    // (workers, len, grain, steps): nothing to do, one item, fewer items than workers, no step,
    // a grain of nothing, a grain beyond the end, no workers (which means one)
    let edges =
        [(3, 0, 4, 2), (3, 1, 4, 2), (8, 3, 1, 2), (2, 9, 4, 0), (2, 9, 0, 2), (2, 9, 100, 2), (0, 9, 4, 2)];
    for (workers, len, grain, steps) in edges {
        all_agree(workers, len, grain, steps);
    }
}

fn agrees_on_graphs<T: Execute>(workers: usize, width: usize, depth: usize, seed: u64, deep: u32) {
    conform::agrees_on_graphs(&T::start(workers).unwrap(), width, depth, seed, deep);
}

fn all_agree_on_graphs(workers: usize, width: usize, depth: usize, seed: u64, deep: u32) {
    agrees_on_graphs::<Chili>(workers, width, depth, seed, deep);
    agrees_on_graphs::<Crossbeam>(workers, width, depth, seed, deep);
    agrees_on_graphs::<CrossbeamChannel>(workers, width, depth, seed, deep);
    agrees_on_graphs::<Pinned>(workers, width, depth, seed, deep);
    agrees_on_graphs::<Rayon>(workers, width, depth, seed, deep);
    agrees_on_graphs::<RayonBridge>(workers, width, depth, seed, deep);
    agrees_on_graphs::<RayonJoin>(workers, width, depth, seed, deep);
    agrees_on_graphs::<RayonMinLen>(workers, width, depth, seed, deep);
    agrees_on_graphs::<Scoped>(workers, width, depth, seed, deep);
    agrees_on_graphs::<ScopedDynamic>(workers, width, depth, seed, deep);
}

#[test]
fn edges_of_graphs_agree_with_one_thread() {
    // (workers, columns or roots, rows): nothing, no row, one task, one row, more workers than columns
    for (workers, width, depth) in [(3, 0, 5), (3, 5, 0), (2, 1, 1), (2, 7, 1), (5, 2, 9), (0, 3, 3)] {
        all_agree_on_graphs(workers, width, depth, 7, 10);
    }
}

#[test]
fn a_tree_may_be_deeper_than_the_stack() {
    all_agree_on_graphs(2, 3, 1, 5, 200_000);
    all_agree_on_graphs(4, 1, 1, 6, 200_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_agrees_with_one_thread(workers in 1..6usize, len in 0..300usize, grain in 1..50usize, steps in 0..5usize) {
        all_agree(workers, len, grain, steps);
    }

    #[test]
    fn any_graph_and_tree_agree_with_one_thread(workers in 1..5usize, width in 1..20usize, depth in 0..12usize, seed: u64, deep in 0..5000u32) {
        all_agree_on_graphs(workers, width, depth, seed, deep);
    }
}
