//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

use parallax_atomics::*;
use parallax_conform::{self as conform, Crew, Drawn, Ledger};
use parallax_pattern::{Execute, Guard, Share};
use proptest::prelude::*;

#[test]
fn every_cell_is_right() {
    let techniques = [
        "arc-swap",
        "compare-exchange",
        "copy-on-write",
        "dashmap",
        "fetch-add",
        "fetch-add-padded",
        "fetch-add-seqcst",
        "flat-combining",
        "left-right",
        "mpmc-ring",
        "mutex",
        "mutex-sharded",
        "owner-thread",
        "papaya-map",
        "parking-lot",
        "point-to-point",
        "rtrb",
        "rwlock",
        "rwlock-sharded",
        "scc",
        "self-scheduling",
        "seqlock",
        "spin-barrier",
        "spsc-ring",
        "thread-local",
    ];
    conform::cells_are_right(cells, &techniques, |cell| match (cell.technique.as_str(), cell.pattern) {
        (_, "consult" | "graph" | "touch") => true,
        ("dashmap" | "mutex" | "mutex-sharded" | "papaya-map" | "scc", "reduce") => true,
        ("spin-barrier", pattern) => ["divide", "stencil", "sweep"].contains(&pattern),
        ("self-scheduling", pattern) => !["scalar", "search"].contains(&pattern),
        (_, "channel") => true,
        _ => false,
    });
}

#[test]
fn messages_arrive_in_order_and_nobody_waits_for_ever() {
    conform::hands_over_in_order(&MpmcRing);
    conform::hands_over_in_order(&Rtrb);
    conform::hands_over_in_order(&SpscRing);
}

fn survives_panics<T: Execute>() {
    for workers in [1, 2, 3] {
        conform::survives_panics(&T::start(workers).unwrap());
    }
}

#[test]
fn panics_reach_the_caller() {
    survives_panics::<PointToPoint>();
    survives_panics::<SelfScheduling>();
    survives_panics::<SpinBarrier>();
}

fn answers_from_inside<T: Execute + Sync>() {
    for workers in [1, 2, 3] {
        conform::answers_from_inside(T::start(workers).unwrap());
    }
}

#[test]
fn an_item_may_call_the_technique_that_is_at_it() {
    answers_from_inside::<PointToPoint>();
    answers_from_inside::<SelfScheduling>();
    answers_from_inside::<SpinBarrier>();
}

fn moves_owned_items<T: Execute>() -> Vec<&'static str> {
    conform::moves_owned_items(&T::start(3).unwrap())
}

#[test]
fn strings_and_paths_go_where_numbers_go() {
    assert_eq!(moves_owned_items::<PointToPoint>(), ["graph"]);
    let answers = moves_owned_items::<SelfScheduling>();
    assert_eq!(answers, ["map", "map", "reduce", "sweep", "stencil", "graph", "nest", "divide"]);
    assert_eq!(moves_owned_items::<SpinBarrier>(), ["sweep", "stencil", "graph", "divide"]);
}

fn works_at_once<T: Execute>() {
    for workers in [1, 2, 4] {
        conform::works_at_once(&T::start(workers).unwrap(), workers, Crew::threads);
    }
}

#[test]
fn all_workers_work_and_no_more() {
    works_at_once::<PointToPoint>();
    works_at_once::<SelfScheduling>();
    works_at_once::<SpinBarrier>();
}

fn agrees<T: Execute>(workers: usize, len: usize, grain: usize, steps: usize) {
    conform::agrees_with_sequential::<Crew, T>(&T::start(workers).unwrap(), len, grain, steps);
}

fn all_agree(workers: usize, len: usize, grain: usize, steps: usize) {
    agrees::<PointToPoint>(workers, len, grain, steps);
    agrees::<SelfScheduling>(workers, len, grain, steps);
    agrees::<SpinBarrier>(workers, len, grain, steps);
}

fn agrees_on_graphs<T: Execute>(workers: usize, width: usize, depth: usize, seed: u64, deep: u32) {
    conform::agrees_on_graphs(&T::start(workers).unwrap(), width, depth, seed, deep);
}

fn all_agree_on_graphs(workers: usize, width: usize, depth: usize, seed: u64) {
    agrees_on_graphs::<PointToPoint>(workers, width, depth, seed, 9);
    agrees_on_graphs::<SelfScheduling>(workers, width, depth, seed, 9);
    agrees_on_graphs::<SpinBarrier>(workers, width, depth, seed, 9);
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

fn counts_every_hit<T: Share<Drawn>>(workers: usize, len: usize, words: usize) {
    conform::counts_every_hit(&T::start(workers).unwrap(), len, words);
}

fn passes_a_panic_on<T: Share<Drawn>>() {
    conform::passes_a_panic_on(&T::start(2).unwrap());
}

fn all_count(workers: usize, len: usize, words: usize) {
    counts_every_hit::<CompareExchange>(workers, len, words);
    counts_every_hit::<FetchAdd>(workers, len, words);
    counts_every_hit::<FetchAddPadded>(workers, len, words);
    counts_every_hit::<FetchAddSeqCst>(workers, len, words);
    counts_every_hit::<FlatCombining>(workers, len, words);
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
    passes_a_panic_on::<FlatCombining>();
    passes_a_panic_on::<Mutex>();
    passes_a_panic_on::<MutexSharded>();
    passes_a_panic_on::<ThreadLocal>();
}

fn changes_entries_as_one<T: Guard<Ledger>>() {
    // (workers, operations, entries, how often one is a change): none, one, fewer than workers, no workers
    for (workers, len, entries, changing) in
        [(3, 0, 5, 1), (3, 1, 5, 1), (8, 3, 1, 1), (0, 90, 4, 3), (2, 5_000, 1, 2), (4, 20_000, 300, 10)]
    {
        conform::changes_entries_as_one(&T::start(workers).unwrap(), len, entries, changing);
    }
    conform::passes_a_panic_of_an_operation_on(&T::start(3).unwrap());
}

#[test]
fn a_table_that_many_consult_changes_entry_by_entry() {
    changes_entries_as_one::<ArcSwap>();
    changes_entries_as_one::<CopyOnWrite>();
    changes_entries_as_one::<DashMap>();
    changes_entries_as_one::<LeftRight>();
    changes_entries_as_one::<Mutex>();
    changes_entries_as_one::<OwnerThread>();
    changes_entries_as_one::<PapayaMap>();
    changes_entries_as_one::<ParkingLot>();
    changes_entries_as_one::<RwLock>();
    changes_entries_as_one::<RwLockSharded>();
    changes_entries_as_one::<Scc>();
    changes_entries_as_one::<SeqLock>();
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
