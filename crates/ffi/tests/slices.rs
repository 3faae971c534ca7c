//! The kernels on slices of any shape, against the plainest loop, in every language of this build; and wrong shapes.

use parallax_ffi::OpenMp;
use parallax_ffi::expression::Formula;
use parallax_ffi::kernels::{Build, Language};
use parallax_ffi::words::count_words;
use parallax_pattern::random::at;
use parallax_pattern::{Technique, optional};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The builds of all languages; the tests of a missing language are skipped, with the reason.
fn builds() -> Vec<Build> {
    let languages = [(Language::C, "c"), (Language::Fortran, "fortran"), (Language::OpenMp, "openmp")];
    let found = languages.map(|(language, name)| (name, Build::find(language)));
    found
        .into_iter()
        .filter_map(|(name, build)| build.map_err(|no| optional::skip(name, &no.to_string())).ok())
        .collect()
}

/// Small whole numbers, so that no order of sums changes a bit.
fn drawn(len: usize, seed: u64) -> Vec<f64> {
    (0..len as u64).map(|i| (at(seed, i) % 9) as f64 - 4.0).collect()
}

proptest! {
    #[test]
    fn any_keys_are_merged_in_order_or_the_language_has_no_sort(
        keys in prop::collection::vec(0..500u64, 0..400), copies in prop::sample::select(vec![1, 200]), threads in 1..4usize,
    ) {
        // enough keys that the halves are tasks
        let keys: Vec<u64> = keys.iter().cycle().take(keys.len() * copies).copied().collect();
        let mut right = keys.clone();
        right.sort();
        let team = OpenMp::start(threads).ok();
        for build in builds().into_iter().chain(team.map(|team| team.team())) {
            let (mut out, mut room) = (vec![7; keys.len()], vec![9; keys.len()]);
            match build.mergesort(&keys, &mut out, &mut room) {
                Ok(()) => prop_assert!(out == right, "{} keys", keys.len()),
                Err(no) => prop_assert!(no.to_string().contains("written in C"), "{no}"),
            }
        }
    }

    #[test]
    fn products_of_any_shapes_are_right_in_any_parts(
        rows in 1..40usize, inner in 0..40usize, columns in 1..40usize, cut in 0..1600usize,
    ) {
        let (a, b) = (drawn(rows * inner, 1), drawn(inner * columns, 2));
        let entry = |p: usize| {
            let (i, j) = (p / columns, p % columns);
            (0..inner).map(|k| a[i * inner + k] * b[k * columns + j]).sum::<f64>()
        };
        let right: Vec<f64> = (0..rows * columns).map(entry).collect();
        for build in builds() {
            let mut whole = vec![f64::NAN; right.len()];
            build.matmul([rows, inner, columns], &a, &b, &mut whole);
            prop_assert_eq!(&whole, &right);
            let mut parts = vec![f64::NAN; right.len()];
            let (first, last) = parts.split_at_mut(cut.min(right.len()));
            let packed = build.pack([inner, columns], &b);
            packed.multiply(&a, &b, first.len(), last);
            packed.multiply(&a, &b, 0, first);
            prop_assert_eq!(&parts, &right);
        }
    }

    #[test]
    fn every_cell_of_any_torus_takes_from_its_four_neighbours(
        rows in 1..9usize, columns in 1..9usize, cut in 0..80usize,
    ) {
        let old = drawn(rows * columns, 3);
        let cell = |row: usize, column: usize| old[row % rows * columns + column % columns];
        let next = |p: usize| {
            let (row, column) = (p / columns, p % columns);
            0.25 * (cell(row + rows - 1, column) + cell(row + 1, column)
                + cell(row, column + columns - 1) + cell(row, column + 1))
        };
        let right: Vec<f64> = (0..old.len()).map(next).collect();
        for build in builds() {
            let mut new = vec![f64::NAN; old.len()];
            let (first, last) = new.split_at_mut(cut.min(old.len()));
            build.heat(&old, [rows, columns], 0.25, first.len(), last);
            build.heat(&old, [rows, columns], 0.25, 0, first);
            prop_assert_eq!(&new, &right);
        }
    }

    #[test]
    fn own_keys_are_counted_each_once(keys in proptest::collection::vec(0..7u32, 0..200)) {
        for build in builds() {
            let mut counts = [1; 7];
            build.count(&keys, &mut counts);
            for (bin, count) in counts.into_iter().enumerate() {
                prop_assert_eq!(count, 1 + keys.iter().filter(|&&key| key == bin as u32).count() as u64);
            }
        }
    }

    #[test]
    fn own_values_are_sorted_and_the_exchanges_are_the_inversions(mut values in proptest::collection::vec(-9..9i64, 0..60)) {
        let later = |i: usize| values[i + 1..].iter().filter(|&&later| later < values[i]).count();
        let inversions: usize = (0..values.len()).map(later).sum();
        let unsorted = values.clone();
        values.sort_unstable();
        for build in builds() {
            let mut sorted = unsorted.clone();
            let (comparisons, swaps) = build.bubblesort(&mut sorted);
            prop_assert_eq!(&sorted, &values);
            prop_assert_eq!(swaps, inversions as u64);
            prop_assert!(comparisons >= values.len().saturating_sub(1) as u64);
        }
    }
}

/// The number of occurrences of each word in a text, by a tree.
fn words_of(text: &[u8]) -> BTreeMap<&[u8], u64> {
    let mut counts = BTreeMap::new();
    let words = text.split(|&byte| byte <= b' ').filter(|word| !word.is_empty());
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts
}

proptest! {
    #[test]
    fn own_words_are_counted_each_once(
        text in proptest::collection::vec(proptest::sample::select(b"ab\xff \n\0".to_vec()), 0..300),
    ) {
        let counts = count_words(&text);
        prop_assert_eq!(counts.len(), words_of(&text).len());
        prop_assert_eq!(counts.into_iter().collect::<BTreeMap<_, _>>(), words_of(&text));
    }
}

#[test]
fn a_table_that_has_to_grow_keeps_what_it_has() {
    // each word twice, with all others in between, so that the second look-up is in a larger table
    let text: String = (0..2).flat_map(|_| (0..5000).map(|k| format!("{k} "))).collect();
    let counts = count_words(text.as_bytes());
    assert!(counts.len() == 5000 && counts.iter().all(|(_, count)| *count == 2));
    assert_eq!(counts.into_iter().collect::<BTreeMap<_, _>>(), words_of(text.as_bytes()));
}

#[test]
fn loops_in_one_region_give_the_bits_of_single_ones() {
    let openmp = match OpenMp::start(3) {
        Ok(openmp) => openmp,
        Err(no) => return optional::skip("openmp", &no.to_string()),
    };
    let (shape, cells) = ([7, 5], 35);
    for steps in 0..4 {
        let (mut right, mut next) = (drawn(cells, 3), vec![0.0; cells]);
        for _ in 0..steps {
            openmp.team().heat(&right, shape, 0.1, 0, &mut next);
            std::mem::swap(&mut right, &mut next);
        }
        let mut states = [drawn(cells, 3), vec![f64::NAN; cells]];
        let [first, second] = &mut states;
        openmp.heat_steps([first, second], shape, 0.1, steps).unwrap();
        assert_eq!(states[steps % 2], right, "{steps} steps");
        let (mut a, b, c) = (drawn(1001, 1), drawn(1001, 2), drawn(1001, 3));
        let right: Vec<f64> = (0..1001).map(|i| a[i] + steps as f64 * (b[i] + 3.0 * c[i])).collect();
        openmp.triads(&mut a, &b, 3.0, &c, steps).unwrap();
        assert_eq!(a, right, "{steps} passes");
    }
    let torn = || openmp.heat_steps([&mut [0.0; 9], &mut [0.0; 8]], [3, 3], 0.1, 1);
    assert!(catch_unwind(AssertUnwindSafe(torn)).is_err(), "a state too short");
    let short = || openmp.triads(&mut [0.0; 2], &[0.0; 2], 1.0, &[0.0; 3], 1);
    assert!(catch_unwind(AssertUnwindSafe(short)).is_err(), "arrays of two lengths");
}

#[test]
fn a_penalty_shrinks_the_only_weight_as_the_formula_says() {
    let table: Vec<f64> = (0..10).flat_map(|x| [f64::from(x), 3.0 * f64::from(x)]).collect();
    let held_out: f64 = [2.0, 7.0].map(|x: f64| x * x).iter().sum();
    let known: f64 = (0..10).filter(|x| x % 5 != 2).map(|x| f64::from(x * x)).sum();
    for build in builds() {
        assert!(build.ridge_error(&table, 2, 0.0, 2) < 1e-20, "without a penalty the line is found");
        let miss = 3.0 - 3.0 * known / (known + 100.0);
        let error = build.ridge_error(&table, 2, 100.0, 2);
        assert!((error / (miss * miss * held_out / 2.0) - 1.0).abs() < 1e-12, "{error}");
    }
    if let Ok(openmp) = OpenMp::start(2) {
        let mut errors = [f64::NAN; 15];
        openmp.ridge_errors(&table, 2, &mut errors).unwrap();
        let right = |k: usize| openmp.team().ridge_error(&table, 2, f64::from(1 << (k / 5)), k % 5);
        assert!(errors.iter().enumerate().all(|(k, error)| *error == right(k)), "{errors:?}");
    }
}

#[test]
fn shapes_that_do_not_fit_panic_before_anything_is_called() {
    let build = Build::find(Language::C).unwrap();
    let table = [1.0; 20];
    let calls: &[(&str, &dyn Fn())] = &[
        ("a count too few", &|| build.count(&[3], &mut [0; 3])),
        ("bins that are no power of two", &|| build.count_random(1, false, 0..9, &mut [0; 3])),
        ("skewed keys in few bins", &|| build.count_random(1, true, 0..9, &mut [0; 128])),
        ("arrays of two lengths", &|| build.triad(&mut [0.0; 2], &[0.0; 2], 1.0, &[0.0; 3])),
        ("truths of another length", &|| build.comparison(&[0.0; 2], &[0.0; 2], &mut [0; 3])),
        ("an array too few", &|| build.expression(Formula::E4, &[&[0.0], &[0.0], &[0.0]], &mut [0.0])),
        ("an array too short", &|| build.expression(Formula::E5, &[&[0.0], &[]], &mut [0.0])),
        ("a row too few", &|| build.heat(&[0.0; 6], [3, 3], 0.1, 0, &mut [0.0; 6])),
        ("cells beyond all numbers", &|| build.heat(&[0.0; 9], [3, 3], 0.1, usize::MAX, &mut [0.0; 5])),
        ("a shape beyond all numbers", &|| build.heat(&[0.0; 2], [(1 << 63) + 1, 2], 0.1, 0, &mut [0.0; 2])),
        ("a row of a table that is empty", &|| _ = build.score(&mut [], 1.0, &[], 1 << 32, 0)),
        ("cells beyond the torus", &|| build.heat(&[0.0; 9], [3, 3], 0.1, 5, &mut [0.0; 5])),
        ("pixels beyond the picture", &|| {
            build.escape_counts([&[0.0; 2], &[0.0; 2]], (0.0, 0.0), 9, 1, &mut [0; 4])
        }),
        ("a left factor too short", &|| build.matmul([2, 2, 2], &[0.0; 3], &[0.0; 4], &mut [0.0; 4])),
        ("a right factor too short", &|| build.matmul([2, 2, 2], &[0.0; 4], &[0.0; 3], &mut [0.0; 4])),
        ("a product too short", &|| build.matmul([2, 2, 2], &[0.0; 4], &[0.0; 4], &mut [0.0; 3])),
        ("distances beyond the table", &|| build.pairwise(&[[0.0; 3]; 2], 2, &mut [0.0; 3])),
        ("rows of another width", &|| _ = build.ridge_error(&table, 3, 1.0, 0)),
        ("a sixth fold", &|| _ = build.ridge_error(&table, 2, 1.0, 5)),
        ("folds of two sizes", &|| _ = build.ridge_error(&table[..12], 2, 1.0, 0)),
        ("sums of another size", &|| build.gather(&table, 2, 0, 0..8, &mut [0.0; 3])),
        ("room for too few keys", &|| _ = build.mergesort(&[1; 3], &mut [0; 3], &mut [0; 2])),
        ("rows that are not there", &|| build.gather(&table, 2, 0, 0..9, &mut [0.0; 4])),
    ];
    for (what, call) in calls {
        assert!(catch_unwind(AssertUnwindSafe(call)).is_err(), "{what}");
    }
}
