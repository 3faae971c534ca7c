//! The laws of patterns whose pieces are not parts of one array: graphs, searches and nests.

use parallax_pattern::random;
use parallax_pattern::{Graph, Nest, Search};
use std::fmt::Debug;

/// Checks that the dependencies of a task are in the row before, in ascending order, and the same in each call.
///
/// # Panics
///
/// If those of a task are not.
pub fn needs_rise_within_the_row_before<G: Graph>(work: &G) {
    for (row, column) in tasks(work) {
        let needs: Vec<usize> = work.needs(row, column).collect();
        let again: Vec<usize> = work.needs(row, column).collect();
        assert_eq!(needs, again, "task ({row}, {column}) changes its mind");
        assert!(row > 0 || needs.is_empty(), "a task of the first row needs {needs:?}");
        assert!(needs.is_sorted_by(|a, b| a < b), "task ({row}, {column}) needs {needs:?}, out of order");
        assert!(
            needs.iter().all(|&q| q < work.width()),
            "task ({row}, {column}) needs {needs:?}, out of reach"
        );
    }
}

/// Checks that a graph gives the same result in any order in which no task precedes its dependencies:
/// `orders` random ones, made from a seed.
///
/// # Panics
///
/// If one gives another result.
pub fn any_ready_order_gives_the_same<G: Graph>(work: &G, orders: u64)
where
    G::Value: PartialEq + Debug,
{
    let done_in = |order: u64| {
        let mut values: Vec<Vec<Option<G::Value>>> = vec![vec![None; work.width()]; work.depth()];
        let mut open: Vec<(usize, usize)> = tasks(work).collect();
        for draw in 0.. {
            let given = |&(row, column): &(usize, usize)| -> Option<Vec<G::Value>> {
                work.needs(row, column).map(|q| values[row - 1][q].clone()).collect()
            };
            let ready: Vec<usize> = (0..open.len()).filter(|&k| given(&open[k]).is_some()).collect();
            let Some(&pick) = ready.get(random::at(order, draw) as usize % ready.len().max(1)) else { break };
            let inputs = given(&open[pick]).unwrap_or_default();
            let (row, column) = open.swap_remove(pick);
            values[row][column] = Some(work.run(row, column, inputs.into_iter()));
        }
        assert!(open.is_empty(), "{} tasks never become ready", open.len());
        values.pop()
    };
    let first = done_in(0);
    for order in 1..orders {
        assert!(done_in(order) == first, "order {order} gives something else");
    }
}

/// Checks the laws of a search: nodes may be visited in any order and by any worker, and the workers'
/// accumulators merge to the same in any grouping. Tries `orders` random ones, made from a seed.
///
/// # Panics
///
/// If one gives another result.
pub fn any_order_finds_the_same<S: Search>(work: &S, orders: u64)
where
    S::Acc: PartialEq + Debug + Clone,
{
    let merged = |parts: [&S::Acc; 2]| {
        let mut all = parts[0].clone();
        work.merge(&mut all, parts[1].clone());
        all
    };
    let (mut whole, mut open) = (work.empty(), work.roots());
    while let Some(node) = open.pop() {
        work.visit(node, &mut whole, |found| open.push(found));
    }
    for order in 0..orders {
        let mut workers = [work.empty(), work.empty(), work.empty()];
        let mut open = work.roots();
        for step in 0.. {
            if open.is_empty() {
                break;
            }
            let draw = random::at(order, step) as usize;
            let node = open.swap_remove(draw / 3 % open.len());
            work.visit(node, &mut workers[draw % 3], |found| open.push(found));
        }
        let [a, b, c] = &workers;
        let nothing = work.empty();
        for (grouping, got) in [
            ("(ab)c", merged([&merged([a, b]), c])),
            ("a(bc)", merged([a, &merged([b, c])])),
            ("(cb)a", merged([&merged([c, b]), a])),
            ("a0bc", merged([&merged([a, &nothing]), &merged([b, c])])),
            ("0abc", merged([&nothing, &merged([&merged([a, b]), c])])),
        ] {
            assert!(got == whole, "order {order}, merged as {grouping}, finds {got:?}, not {whole:?}");
        }
    }
}

/// Checks that each outer item of a nest is the same, bit for bit, for any grouping of its pieces:
/// `splits` random ways, made from a seed.
///
/// # Panics
///
/// If one does not.
pub fn any_grouping_finishes_the_same<N: Nest>(work: &N, splits: u64)
where
    N::Item: PartialEq + Debug,
{
    let (outers, pieces) = work.shape();
    for outer in 0..outers {
        let fold = |range| {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, range);
            acc
        };
        let merged = |mut acc, other| {
            work.merge(&mut acc, other);
            acc
        };
        let whole = work.finish(outer, fold(0..pieces));
        for split in 0..splits {
            let [mut i, mut j] = [0, 1].map(|draw| random::at(split, draw) as usize % (pieces + 1));
            if i > j {
                (i, j) = (j, i);
            }
            let mut onwards = fold(0..i);
            work.fold(outer, &mut onwards, i..pieces);
            for (grouping, acc) in [
                ("on from the first part", onwards),
                ("the last two first", merged(fold(0..i), merged(fold(i..j), fold(j..pieces)))),
                ("backwards", merged(merged(fold(j..pieces), fold(i..j)), fold(0..i))),
                ("with nothing", merged(work.empty(), merged(fold(0..pieces), fold(i..i)))),
            ] {
                let got = work.finish(outer, acc);
                assert!(
                    got == whole,
                    "item {outer}, split at {i} and {j}, {grouping}: {got:?}, not {whole:?}"
                );
            }
        }
    }
}

/// All tasks of a graph, row by row.
fn tasks<G: Graph>(work: &G) -> impl Iterator<Item = (usize, usize)> + use<G> {
    let width = work.width();
    (0..work.depth()).flat_map(move |row| (0..width).map(move |column| (row, column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use std::ops::Range;

    /// Keeps all laws, except in the variants that break one.
    #[derive(Debug, Serialize, Deserialize, PartialEq)]
    enum Sample {
        Lawful,
        NeedsFall,
        NeedsOutOfReach,
        MergeForgets,
        OrderMatters,
    }
    use Sample::*;

    impl Graph for Sample {
        type Value = u64;
        fn width(&self) -> usize {
            4
        }
        fn depth(&self) -> usize {
            3
        }
        fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
            let needs = match self {
                _ if row == 0 => vec![],
                NeedsFall => vec![2, 1],
                NeedsOutOfReach => vec![column, 4],
                _ => vec![column % 2, 3],
            };
            needs.into_iter()
        }
        fn run(&self, _: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
            inputs.fold(column as u64, |h, input| random::mix(h ^ input))
        }
    }

    /// Counts down from 6, once for each smaller number; there are 2^5 ways to reach 0.
    impl Search for Sample {
        type Node = u64;
        type Acc = u64;
        fn roots(&self) -> Vec<u64> {
            vec![6]
        }
        fn empty(&self) -> u64 {
            0
        }
        fn visit(&self, node: u64, acc: &mut u64, found: impl FnMut(u64)) {
            *acc = if *self == OrderMatters { random::mix(*acc ^ node) } else { *acc + u64::from(node == 0) };
            (0..node).for_each(found);
        }
        fn merge(&self, acc: &mut u64, other: u64) {
            *acc = if *self == MergeForgets { other } else { *acc + other };
        }
    }

    impl Nest for Sample {
        type Item = u64;
        type Acc = u64;
        fn shape(&self) -> (usize, usize) {
            (3, 10)
        }
        fn empty(&self) -> u64 {
            0
        }
        fn fold(&self, outer: usize, acc: &mut u64, pieces: Range<usize>) {
            for piece in pieces {
                let term = (outer * 10 + piece) as u64;
                *acc = if *self == OrderMatters { random::mix(*acc ^ term) } else { *acc + term };
            }
        }
        fn merge(&self, acc: &mut u64, other: u64) {
            Search::merge(self, acc, other);
        }
        fn finish(&self, _: usize, acc: u64) -> u64 {
            acc * acc
        }
    }

    #[test]
    fn what_keeps_the_laws_passes() {
        needs_rise_within_the_row_before(&Lawful);
        any_ready_order_gives_the_same(&Lawful, 5);
        any_order_finds_the_same(&Lawful, 5);
        any_grouping_finishes_the_same(&Lawful, 5);
    }

    #[test]
    fn what_breaks_a_law_is_noticed() {
        let broken = |law: fn()| std::panic::catch_unwind(law).is_err();
        assert!(broken(|| needs_rise_within_the_row_before(&NeedsFall)), "needs that fall");
        assert!(broken(|| needs_rise_within_the_row_before(&NeedsOutOfReach)), "needs out of reach");
        for law in [any_order_finds_the_same, any_grouping_finishes_the_same] as [fn(&Sample, u64); 2] {
            for sample in [MergeForgets, OrderMatters] {
                let tried = std::panic::catch_unwind(|| law(&sample, 5));
                assert!(tried.is_err(), "{sample:?} passes");
            }
        }
    }

    #[test]
    fn a_task_that_looks_at_when_it_runs_is_noticed() {
        #[derive(Serialize, Deserialize, Default)]
        struct Clocked(std::sync::atomic::AtomicU64);
        impl Graph for Clocked {
            type Value = u64;
            fn width(&self) -> usize {
                4
            }
            fn depth(&self) -> usize {
                3
            }
            fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
                (row > 0).then_some(column).into_iter()
            }
            fn run(&self, _: usize, _: usize, _: impl Iterator<Item = u64>) -> u64 {
                self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) // a count, which orders nothing
            }
        }
        let law = || any_ready_order_gives_the_same(&Clocked::default(), 5);
        assert!(std::panic::catch_unwind(law).is_err());
    }
}
