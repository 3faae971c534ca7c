//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

mod laws;

use parallax_suite::conform;
use parallax_threading::{
    Crossbeam, CrossbeamChannel, Rayon, Scoped, ScopedDynamic, ThreadPerConnection, cells,
};
use proptest::prelude::*;

#[test]
fn every_cell_is_right() {
    let ran = conform::cells(cells());
    let of = |technique: &str| ran.iter().filter(|name| name.ends_with(&format!("/{technique}"))).count();
    let techniques = ["crossbeam", "crossbeam-channel", "rayon", "scoped", "scoped-dynamic"];
    assert_eq!(techniques.map(of), [9; 5], "{ran:?}"); // six workloads, one of them in four cases
    assert_eq!(of("thread-per-connection"), 4, "{ran:?}"); // the four routes of a server
    assert_eq!(ran.len(), 5 * 9 + 4, "{ran:?}");
}

#[test]
fn clients_are_answered() {
    conform::answers_clients(|| Ok(ThreadPerConnection));
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn panics_reach_the_caller_and_break_nothing() {
    laws::survives_a_panic::<Crossbeam>();
    laws::survives_a_panic::<CrossbeamChannel>();
    laws::survives_a_panic::<Rayon>();
    laws::survives_a_panic::<Scoped>();
    laws::survives_a_panic::<ScopedDynamic>();
}

#[test]
fn all_workers_work_and_no_more() {
    laws::works_at_once::<Crossbeam>();
    laws::works_at_once::<CrossbeamChannel>();
    laws::works_at_once::<Rayon>();
    laws::works_at_once::<Scoped>();
    laws::works_at_once::<ScopedDynamic>();
}

fn all_agree(workers: usize, len: usize, grain: usize, steps: usize) {
    laws::agrees_with_sequential::<Crossbeam>(workers, len, grain, steps);
    laws::agrees_with_sequential::<CrossbeamChannel>(workers, len, grain, steps);
    laws::agrees_with_sequential::<Rayon>(workers, len, grain, steps);
    laws::agrees_with_sequential::<Scoped>(workers, len, grain, steps);
    laws::agrees_with_sequential::<ScopedDynamic>(workers, len, grain, steps);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_agrees_with_one_thread(workers in 1..6usize, len in 0..300usize, grain in 1..50usize, steps in 0..5usize) {
        all_agree(workers, len, grain, steps);
    }
}
