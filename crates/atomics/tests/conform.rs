//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

#[path = "../../threading/tests/laws/mod.rs"]
mod laws;

use parallax_atomics::*;
use parallax_suite::conform;
use parallax_suite::pattern::Touch;
use parallax_suite::question::Share;
use parallax_suite::random::at;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

#[test]
fn every_cell_is_right() {
    let techniques = [
        "compare-exchange",
        "fetch-add",
        "fetch-add-padded",
        "fetch-add-seqcst",
        "mpmc-ring",
        "mutex",
        "mutex-sharded",
        "point-to-point",
        "self-scheduling",
        "spin-barrier",
        "spsc-ring",
        "thread-local",
    ];
    laws::cells_are_right(cells, &techniques, |cell| match (cell.technique.as_str(), cell.pattern) {
        (_, "graph" | "touch") => true,
        ("spin-barrier", pattern) => ["stencil", "sweep"].contains(&pattern),
        ("self-scheduling", pattern) => !["scalar", "search"].contains(&pattern),
        (_, "channel") => true,
        _ => false,
    });
}

#[test]
fn messages_arrive_in_order_and_nobody_waits_for_ever() {
    conform::hands_over_in_order(&MpmcRing);
    conform::hands_over_in_order(&SpscRing);
}

#[test]
fn panics_reach_the_caller() {
    laws::survives_a_panic::<PointToPoint>();
    laws::survives_a_panic::<SelfScheduling>();
    laws::survives_a_panic::<SpinBarrier>();
}

#[test]
fn all_workers_work_and_no_more() {
    laws::works_at_once::<PointToPoint>();
    laws::works_at_once::<SelfScheduling>();
    laws::works_at_once::<SpinBarrier>();
}

fn all_agree(workers: usize, len: usize, grain: usize, steps: usize) {
    laws::agrees_with_sequential::<PointToPoint>(workers, len, grain, steps);
    laws::agrees_with_sequential::<SelfScheduling>(workers, len, grain, steps);
    laws::agrees_with_sequential::<SpinBarrier>(workers, len, grain, steps);
}

fn all_agree_on_graphs(workers: usize, width: usize, depth: usize, seed: u64) {
    laws::agrees_on_graphs::<PointToPoint>(workers, width, depth, seed, 9);
    laws::agrees_on_graphs::<SelfScheduling>(workers, width, depth, seed, 9);
    laws::agrees_on_graphs::<SpinBarrier>(workers, width, depth, seed, 9);
}

#[test]
fn edges_agree_with_one_thread() {
    // nothing to do, one item, fewer items than workers, no step, no grain, one grain, no workers
    for (workers, len, grain, steps) in
        [(3, 0, 4, 2), (3, 1, 4, 2), (8, 3, 1, 2), (2, 9, 4, 0), (2, 9, 0, 2), (2, 9, 100, 2), (0, 9, 4, 2)]
    {
        all_agree(workers, len, grain, steps);
    }
    for (workers, width, depth) in [(3, 0, 5), (3, 5, 0), (2, 1, 1), (2, 7, 1), (5, 2, 9), (0, 3, 3)] {
        all_agree_on_graphs(workers, width, depth, 7);
    }
}

/// Hits on a table of any size, drawn from a seed.
#[derive(Serialize, Deserialize)]
struct Hits {
    len: usize,
    words: usize,
    fails_at: Option<usize>,
}

impl Touch for Hits {
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        7
    }
    fn words(&self) -> usize {
        self.words
    }
    fn hits(&self, items: Range<usize>, mut hit: impl FnMut(usize)) {
        for i in items {
            if self.fails_at == Some(i) {
                resume_unwind(Box::new("on purpose"));
            }
            hit(at(self.words as u64, i as u64) as usize % self.words);
        }
    }
}

fn counts_every_hit<T: Share>(workers: usize, len: usize, words: usize) {
    let (mut right, mut got) = (vec![0; words], vec![0; words]);
    let work = Hits { len, words, fails_at: None };
    work.hits(0..len, |word| right[word] += 1);
    T::start(workers).unwrap().touch(&Arc::new(work), &mut got).unwrap();
    assert_eq!(got, right, "{}", T::CARD.name);
}

fn passes_a_panic_on<T: Share>() {
    let technique = T::start(2).unwrap();
    for item in [0, 50, 99] {
        let work = Arc::new(Hits { len: 100, words: 10, fails_at: Some(item) });
        let run = || technique.touch(&work, &mut [0; 10]);
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "{}, item {item}", T::CARD.name);
    }
    counts_every_hit::<T>(2, 100, 10);
}

fn all_count(workers: usize, len: usize, words: usize) {
    counts_every_hit::<CompareExchange>(workers, len, words);
    counts_every_hit::<FetchAdd>(workers, len, words);
    counts_every_hit::<FetchAddPadded>(workers, len, words);
    counts_every_hit::<FetchAddSeqCst>(workers, len, words);
    counts_every_hit::<Mutex>(workers, len, words);
    counts_every_hit::<MutexSharded>(workers, len, words);
    counts_every_hit::<ThreadLocal>(workers, len, words);
}

#[test]
fn panics_reach_the_caller_and_break_nothing() {
    passes_a_panic_on::<CompareExchange>();
    passes_a_panic_on::<FetchAdd>();
    passes_a_panic_on::<FetchAddPadded>();
    passes_a_panic_on::<FetchAddSeqCst>();
    passes_a_panic_on::<Mutex>();
    passes_a_panic_on::<MutexSharded>();
    passes_a_panic_on::<ThreadLocal>();
}

#[test]
fn no_hit_is_lost_under_contention() {
    all_count(4, 200_000, 1);
    all_count(4, 200_000, 3);
}

#[test]
fn edges_are_counted() {
    // (workers, hits, words): no hits, one, fewer hits than workers, no workers (which means one)
    for (workers, len, words) in [(3, 0, 5), (3, 1, 5), (8, 3, 1), (0, 9, 4)] {
        all_count(workers, len, words);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_agrees_with_one_thread(workers in 1..6usize, len in 0..300usize, grain in 1..50usize, steps in 0..5usize) {
        all_agree(workers, len, grain, steps);
    }

    #[test]
    fn any_graph_agrees_with_one_thread(workers in 1..5usize, width in 1..20usize, depth in 0..12usize, seed: u64) {
        all_agree_on_graphs(workers, width, depth, seed);
    }

    #[test]
    fn any_table_counts_every_hit(workers in 1..6usize, len in 0..2000usize, words in 1..300usize) {
        all_count(workers, len, words);
    }
}
