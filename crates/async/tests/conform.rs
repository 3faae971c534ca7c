//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

mod laws;

use laws::{channels::channels_survive_a_panic, waits_survive_a_panic};
use parallax_async::{
    AsyncStd, Compio, Smol, Tokio, Tokio1, TokioAsyncIo, TokioCurrentThread, TokioPool, TokioUnbounded, cells,
};
use parallax_conform as conform;
use parallax_pattern::{Cancel, No, Technique};
use proptest::prelude::*;

/// Calls a law for each technique that executes.
macro_rules! each_executing {
    ($law:ident($($argument:expr),*)) => {
        laws::$law::<AsyncStd>($($argument),*);
        laws::$law::<Compio>($($argument),*);
        laws::$law::<Smol>($($argument),*);
        laws::$law::<Tokio>($($argument),*);
        laws::$law::<TokioCurrentThread>($($argument),*);
    };
}

#[test]
fn every_cell_is_right() {
    let ran = conform::cells(cells());
    for technique in ["smol", "tokio", "tokio-current-thread"] {
        for workload in [
            "julia:",
            "montecarlo:",
            "histogram:1",
            "taskgraph:fft",
            "treesearch:",
            "mailbox:2x2",
            "mailbox:1MiB",
            "fanout:",
            "fanout:deadline",
            "fanout:overload",
        ] {
            assert!(
                ran.contains(&format!("{workload}/{technique}")),
                "{workload}/{technique} is not in {ran:?}"
            );
        }
    }
    for cell in [
        "fanout:/tokio+async-io",
        "fanout:/tokio+pool",
        "fanout:deadline/tokio+async-io",
        "fanout:overload/tokio+pool",
        "mailbox:1to1/tokio-1",
        "mailbox:1to1/tokio-unbounded",
    ] {
        assert!(ran.contains(&cell.to_owned()), "{cell} is not in {ran:?}");
    }
    assert!(!ran.iter().any(|cell| cell.starts_with("stream") || cell.starts_with("heat")), "{ran:?}");
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn panics_reach_the_caller_and_break_nothing() {
    each_executing!(survives_panics());
}

#[test]
fn panics_in_channels_reach_the_caller_and_break_nothing() {
    channels_survive_a_panic::<AsyncStd>();
    channels_survive_a_panic::<Compio>();
    channels_survive_a_panic::<Smol>();
    channels_survive_a_panic::<Tokio>();
    channels_survive_a_panic::<Tokio1>();
    channels_survive_a_panic::<TokioCurrentThread>();
    channels_survive_a_panic::<TokioUnbounded>();
}

#[test]
fn panics_after_waits_reach_the_caller_and_break_nothing() {
    waits_survive_a_panic::<AsyncStd>();
    waits_survive_a_panic::<Compio>();
    waits_survive_a_panic::<Smol>();
    waits_survive_a_panic::<Tokio>();
    waits_survive_a_panic::<TokioAsyncIo>();
    waits_survive_a_panic::<TokioCurrentThread>();
    waits_survive_a_panic::<TokioPool>();
}

#[test]
fn what_does_not_wait_is_refused() {
    each_executing!(refuses_what_does_not_wait());
}

#[test]
fn all_workers_work_and_no_more() {
    laws::works_at_once::<Compio>(&[1, 2, 4]);
    laws::works_at_once::<Smol>(&[1, 2, 4]);
    laws::works_at_once::<Tokio>(&[1, 2, 4]);
    laws::works_at_once::<TokioCurrentThread>(&[1]);
}

/// With one worker, with two, and with more than there are cores.
fn with_workers<T: Technique>(check: fn(&T)) {
    for workers in [1, 2, 5] {
        match T::start(workers) {
            Ok(technique) => check(&technique),
            Err(no) => assert!(matches!(no, No::Unavailable(_)), "{}: {no}", T::CARD.name),
        }
    }
}

/// All except [`TokioUnbounded`], which refuses to answer messages.
#[test]
fn messages_arrive_in_order() {
    with_workers::<AsyncStd>(conform::hands_over_in_order);
    with_workers::<Compio>(conform::hands_over_in_order);
    with_workers::<Smol>(conform::hands_over_in_order);
    with_workers::<Tokio>(conform::hands_over_in_order);
    with_workers::<Tokio1>(conform::hands_over_in_order);
    with_workers::<TokioCurrentThread>(conform::hands_over_in_order);
}

#[test]
fn waits_keep_their_limit() {
    with_workers::<AsyncStd>(conform::keeps_the_limit);
    with_workers::<Compio>(conform::keeps_the_limit);
    with_workers::<Smol>(conform::keeps_the_limit);
    with_workers::<Tokio>(conform::keeps_the_limit);
    with_workers::<TokioAsyncIo>(conform::keeps_the_limit);
    with_workers::<TokioCurrentThread>(conform::keeps_the_limit);
    with_workers::<TokioPool>(conform::keeps_the_limit);
}

#[test]
fn operations_that_take_too_long_are_given_up() {
    with_workers::<AsyncStd>(gives_up);
    with_workers::<Compio>(gives_up);
    with_workers::<Smol>(gives_up);
    with_workers::<Tokio>(gives_up);
    with_workers::<TokioAsyncIo>(gives_up);
    with_workers::<TokioCurrentThread>(gives_up);
    with_workers::<TokioPool>(gives_up);
}

fn gives_up<T: Cancel<conform::Chores>>(technique: &T) {
    conform::gives_up_in_time(technique);
    conform::gives_up_after_a_panic(technique);
}

fn all_agree(workers: usize, len: usize, grain: usize, depth: usize) {
    each_executing!(agrees(workers, len, grain, depth));
}

#[test]
fn edges_agree_with_one_thread() {
    // (workers, len, grain, depth): nothing to do, one item, fewer items than workers, no row, a
    // grain of nothing, a grain beyond the end, no workers (which means one)
    let edges =
        [(3, 0, 4, 2), (3, 1, 4, 2), (8, 3, 1, 2), (2, 9, 4, 0), (2, 9, 0, 2), (2, 9, 100, 2), (0, 9, 4, 2)];
    for (workers, len, grain, depth) in edges {
        all_agree(workers, len, grain, depth);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_shape_agrees_with_one_thread(workers in 1..6usize, len in 0..300usize, grain in 1..50usize, depth in 0..5usize) {
        all_agree(workers, len, grain, depth);
    }
}
