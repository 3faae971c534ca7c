//! Tests of the whole sort, with every instruction set of this processor.

use super::*;
use parallax_pattern::isa::Isa;
use parallax_pattern::random::at;
use proptest::prelude::*;

fn sorts_on_all(keys: &[u64]) {
    let mut right = keys.to_vec();
    right.sort_unstable();
    for isa in Isa::available() {
        let mut got = keys.to_vec();
        best::run_on(isa, Quicksort::of(&mut got));
        assert!(got == right, "{isa}, {} keys", keys.len());
    }
}

proptest! {
    #[test]
    fn any_keys_are_sorted(len in 0..20_000_usize, seed: u64, shift in 0..64_u32) {
        sorts_on_all(&(0..len as u64).map(|i| at(seed, i) >> shift).collect::<Vec<_>>());
    }
}

#[test]
fn keys_in_an_order_and_keys_that_are_equal_are_sorted() {
    let len = 20_000;
    sorts_on_all(&(0..len).collect::<Vec<_>>());
    sorts_on_all(&(0..len).rev().collect::<Vec<_>>());
    sorts_on_all(&(0..len).map(|i| i.min(len - i)).collect::<Vec<_>>());
    sorts_on_all(&(0..len).map(|i| i + at(0, i) % 16).collect::<Vec<_>>());
    for least in [0, 1, u64::MAX - 1] {
        sorts_on_all(&(0..len).map(|i| least + u64::from(i == 7777)).collect::<Vec<_>>());
    }
    sorts_on_all(&[u64::MAX; 3000]);
}

#[test]
fn splits_that_are_used_up_leave_the_rest_to_the_standard_library() {
    for (isa, depth) in Isa::available().into_iter().flat_map(|isa| (0..5).map(move |depth| (isa, depth))) {
        let mut keys: Vec<u64> = (0..5000).map(|i| at(1, i) % 900).collect();
        let mut right = keys.clone();
        best::run_on(isa, Quicksort { keys: &mut keys, depth });
        right.sort_unstable();
        assert!(keys == right, "{isa}, {depth} splits");
    }
}

#[test]
fn a_median_of_medians_lies_in_the_middle() {
    for len in [1000, 100_000] {
        let keys: Vec<u64> = (0..len).map(|i| at(3, i) % len).collect();
        let middle = median(&keys);
        assert!((len / 5..4 * len / 5).contains(&middle), "{middle} of {len}");
    }
}
