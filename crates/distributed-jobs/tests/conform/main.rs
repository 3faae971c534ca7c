//! Both techniques at every workload, and at work that is empty, tiny, ragged or failing.

#[path = "../common/mod.rs"]
mod common;

use parallax_distributed_jobs::cells;
use parallax_distributed_jobs::technique::{JobsRedis, JobsSqlite};
use parallax_pattern::random::at;
use parallax_pattern::{Distribute, No, Technique, optional};
use parallax_suite::cell::Cell;
use std::collections::BTreeSet;

fn main() {
    parallax_distributed_jobs::init();
    common::run!(
        every_cell_of_sqlite_is_right,
        every_cell_of_redis_is_right,
        any_shape_agrees_with_one_thread_by_sqlite,
        any_shape_agrees_with_one_thread_by_redis,
    );
}

/// The workloads that are refused.
const REFUSED: [&str; 4] = ["bubblesort", "expression", "heat", "stream"];

fn check(technique: &str) {
    let of = || cells().into_iter().filter(|cell| cell.technique == technique).collect::<Vec<Cell>>();
    let ran = parallax_conform::cells(of());
    let mut names = BTreeSet::new();
    for cell in of() {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        assert_eq!(ran.contains(&name), !REFUSED.contains(&cell.workload), "{name}");
        assert!(names.insert(name), "two cells of one name");
    }
    assert!(ran.len() > 10, "{ran:?}");
}

/// Whether a Redis server can be started; if not, notes the skip.
fn has_redis() -> bool {
    match JobsRedis::start(1) {
        Err(No::Unavailable(why)) => {
            optional::skip("redis", &why);
            false
        }
        started => started.map(drop).is_ok(),
    }
}

fn every_cell_of_sqlite_is_right() {
    check("jobs-sqlite");
}

fn every_cell_of_redis_is_right() {
    if has_redis() {
        check("jobs-redis");
    }
}

/// Nothing, one item, fewer than workers, no grain, a grain beyond the end, many pieces, and random ones.
fn agree<T: Distribute>() {
    for workers in [0, 2] {
        let technique = T::start(workers).unwrap();
        let edges = [(0, 4), (1, 4), (2, 1), (9, 0), (9, 100), (300, 1)];
        let random = (0..4).map(|draw| {
            let below = |most: u64, of: u64| (at(workers as u64, 2 * draw + of) % most) as usize;
            (below(300, 0), below(50, 1))
        });
        for (len, grain) in edges.into_iter().chain(random) {
            let answered = parallax_conform::agrees_with_sequential::<(), _>(&technique, len, grain, 2);
            assert_eq!(answered, ["map", "reduce", "nest", "divide"]);
        }
        for (width, depth, deep) in [(0, 3, 1), (3, 0, 1), (1, 5, 40), (7, 4, 3)] {
            let answered = parallax_conform::agrees_on_graphs(&technique, width, depth, 5, deep);
            assert_eq!(answered, ["graph", "search"]);
        }
    }
}

fn any_shape_agrees_with_one_thread_by_sqlite() {
    agree::<JobsSqlite>();
}

fn any_shape_agrees_with_one_thread_by_redis() {
    if has_redis() {
        agree::<JobsRedis>();
    }
}
