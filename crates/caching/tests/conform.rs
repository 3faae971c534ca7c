//! Every technique at every workload, and at requests that are none, few, equal or all different.

use parallax_caching::{Lru, Unbounded, cells};
use parallax_suite::conform;
use proptest::prelude::*;

#[test]
fn every_cell_is_right() {
    let ran = conform::cells(cells());
    assert_eq!(ran, ["memo:128/lru", "memo:16/lru", "memo:128/unbounded", "memo:16/unbounded"]);
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}

fn all_answer(keys: &[u64], capacity: usize) {
    conform::answers_requests(&Lru, keys.to_vec(), capacity);
    conform::answers_requests(&Unbounded, keys.to_vec(), capacity);
}

#[test]
fn edges_are_answered() {
    all_answer(&[], 1);
    all_answer(&[0], 1);
    all_answer(&[u64::MAX, 0, u64::MAX, 0], 1);
    all_answer(&[7; 100], 3);
    all_answer(&Vec::from_iter(0..100), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_requests_are_answered(keys in prop::collection::vec(0..40u64, 0..400), capacity in 1..50usize) {
        all_answer(&keys, capacity);
    }
}
