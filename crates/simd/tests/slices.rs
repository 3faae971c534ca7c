//! The functions over slices against plain loops, on shapes that fit no vector, with each instruction set here.

use parallax_pattern::isa::Isa;
use parallax_pattern::random::at;
use parallax_simd::lanes::{Floats, Lanes, Mask, Number};
use parallax_simd::{Condition, Formula, autovectorised};
use std::process::Command;

/// Integers from -8 to 8: sums and products are exact in any order.
fn integers(seed: u64, len: usize) -> Vec<f64> {
    (0..len as u64).map(|i| (at(seed, i) % 17) as f64 - 8.0).collect()
}

/// The cap is read once in a process, so each cap needs a process of its own.
#[test]
fn every_function_is_right_under_every_cap() {
    for cap in Isa::available().into_iter().map(|isa| isa.set().name()) {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--skip", "every_function"]).env("PARALLAX_ISA", cap).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !said.contains("running 0 tests"), "{cap}: {said}");
    }
}

fn a_product_is_right<T: Number + From<i8>>([m, k, n]: [usize; 3]) {
    let numbers =
        |seed, len| -> Vec<T> { integers(seed, len).into_iter().map(|x| T::from(x as i8)).collect() };
    let (a, b) = (numbers(1, m * k), numbers(2, k * n));
    let entry = |p: usize| (0..k).fold(T::default(), |sum, q| sum + a[p / n * k + q] * b[q * n + p % n]);
    let right: Vec<T> = (0..m * n).map(entry).collect();
    let (mut by_hand, mut plain) = (vec![T::from(99); m * n], vec![T::from(99); m * n]);
    parallax_simd::matmul(&a, &b, &mut by_hand, [m, k, n]);
    autovectorised::matmul(&a, &b, &mut plain, [m, k, n]);
    assert!(by_hand == right && plain == right, "{m} x {k} x {n}");
}

#[test]
fn a_product_of_any_shape_is_right() {
    for shape in
        [[1, 1, 1], [3, 5, 2], [7, 300, 31], [50, 17, 97], [2, 0, 3], [0, 4, 4], [5, 3, 0], [9, 513, 1]]
    {
        a_product_is_right::<f64>(shape);
        a_product_is_right::<f32>(shape);
    }
}

#[test]
#[should_panic(expected = "factors must be 2 by 2 and 2 by 2")]
fn a_product_of_a_wrong_shape_panics() {
    parallax_simd::matmul(&[0.0; 4], &[0.0; 3], &mut [0.0; 4], [2, 2, 2]);
}

#[test]
fn products_of_columns_are_right_and_symmetric() {
    for (rows, columns) in [(0, 3), (1, 1), (3, 2), (70, 25), (130, 49)] {
        let table = integers(3, rows * columns);
        let product = |i: usize, j: usize| table.chunks(columns).map(|row| row[i] * row[j]).sum::<f64>();
        let right: Vec<f64> = (0..columns * columns).map(|p| product(p / columns, p % columns)).collect();
        assert_eq!(parallax_simd::gram(&table, columns), right);
        assert_eq!(autovectorised::gram(&table, columns), right);
    }
}

fn distances_of<const D: usize>(points: usize) {
    let numbers = integers(4, points * D);
    let points: Vec<[f64; D]> = numbers.as_chunks().0.to_vec();
    let squares = |a: &[f64; D], b: &[f64; D]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let right: Vec<f64> =
        points.iter().flat_map(|a| points.iter().map(move |b| squares(a, b).sqrt())).collect();
    let (mut by_hand, mut plain) = (vec![f64::NAN; right.len()], vec![f64::NAN; right.len()]);
    parallax_simd::pairwise(&points, &mut by_hand);
    autovectorised::pairwise(&points, &mut plain);
    assert!(by_hand == right && plain == right, "{} points in {D} dimensions", points.len());
}

#[test]
fn distances_in_any_dimension_are_right() {
    for points in [0, 1, 5, 33] {
        distances_of::<1>(points);
        distances_of::<2>(points);
        distances_of::<3>(points);
        distances_of::<7>(points);
    }
}

#[test]
fn plates_of_any_shape_step_right_whole_and_in_parts() {
    for (rows, columns) in [(1, 1), (1, 9), (9, 1), (2, 2), (5, 37), (37, 5)] {
        let (old, len) = (integers(5, rows * columns), rows * columns);
        let next = |p: usize| {
            let (row, column) = (p / columns, p % columns);
            let cell = |r: usize, c: usize| old[r % rows * columns + c % columns];
            let around = cell(row + rows - 1, column) + cell(row + 1, column);
            let beside = cell(row, column + columns - 1) + cell(row, column + 1);
            old[p] + 0.5 * (around + beside - 4.0 * old[p]) // exact
        };
        let right: Vec<f64> = (0..len).map(next).collect();
        for step in [parallax_simd::heat_step, autovectorised::heat_step] {
            for cut in [0, len / 3, len / 2, len] {
                let mut new = vec![f64::NAN; len];
                let (head, tail) = new.split_at_mut(cut);
                step(&old, columns, 0.5, 0, head);
                step(&old, columns, 0.5, cut, tail);
                assert_eq!(new, right, "{rows} x {columns}, cut at {cut}");
            }
        }
    }
}

#[test]
fn a_plate_beyond_the_caches_steps_right_whole_and_in_parts() {
    let (rows, columns) = (1030, 2047); // the rows begin at all places of a vector
    let old = integers(6, rows * columns);
    let mut right = vec![f64::NAN; old.len()];
    autovectorised::heat_step(&old, columns, 0.5, 0, &mut right);
    for cut in [0, 5, old.len() / 2, old.len() - 1] {
        let mut new = vec![f64::NAN; old.len()];
        let (head, tail) = new.split_at_mut(cut);
        parallax_simd::heat_step(&old, columns, 0.5, 0, head);
        parallax_simd::heat_step(&old, columns, 0.5, cut, tail);
        assert!(new == right, "cut at {cut}");
    }
}

#[test]
fn points_escape_after_as_many_steps_as_in_a_plain_loop() {
    let axis = |n: usize| (0..n).map(|i| i as f64 * 4.0 / n as f64 - 2.0).collect::<Vec<f64>>();
    for (columns, rows, limit) in [(0, 3, 9), (1, 1, 9), (37, 11, 3), (64, 5, 200), (5, 64, 201), (31, 33, 0)]
    {
        let (xs, ys, c) = (axis(columns), axis(rows), (-0.4, 0.6));
        let plain = |p: usize| {
            let (mut x, mut y, mut steps) = (xs[p % columns], ys[p / columns], 0);
            while x * x + y * y < 4.0 && steps < limit {
                (x, y) = (x * x - y * y + c.0, 2.0 * x * y + c.1);
                steps += 1;
            }
            steps
        };
        let right: Vec<u32> = (0..columns * rows).map(plain).collect();
        for escape in [parallax_simd::escape_counts, autovectorised::escape_counts] {
            let mut out = vec![u32::MAX; right.len()];
            escape(&xs, &ys, c, limit, &mut out);
            assert_eq!(out, right, "{columns} x {rows}, {limit} steps");
        }
    }
}

#[test]
fn keys_of_any_type_are_counted_once_each() {
    for (keys, bins) in [(0, 1), (3, 9), (1003, 256), (1003, 300), (9000, 300), (5000, 70_000)] {
        let keys: Vec<u32> = (0..keys).map(|i| (at(6, i) % bins as u64) as u32).collect();
        let right: Vec<u64> =
            (0..bins as u32).map(|bin| keys.iter().filter(|key| **key == bin).count() as u64).collect();
        assert_eq!(parallax_simd::histogram(&keys, bins), right);
        assert_eq!(autovectorised::histogram(&keys, bins), right);
    }
    assert_eq!(parallax_simd::histogram(&[u64::from(u8::MAX)], 256)[255], 1);
}

#[test]
#[should_panic(expected = "key 9 has no bin among 9")]
fn a_key_beyond_the_bins_panics() {
    parallax_simd::histogram(&[9u8], 9);
}

#[test]
fn random_keys_of_ranges_are_counted_once_each() {
    for (bins, skewed) in
        [(1, false), (8, false), (256, false), (256, true), (1 << 10, false), (1 << 16, false)]
    {
        for (start, middle, end) in
            [(0, 0, 1), (3, 40, 67), (5, 1000, 9001), (1 << 30, (1 << 30) + 64, (1 << 30) + 300)]
        {
            let mut right = vec![0; bins];
            for key in (start..end).map(|i| at(9, i as u64)) {
                let width = 1 << ((key >> 48) % 8);
                right[if skewed { width + key % width } else { key % bins as u64 } as usize] += 1;
            }
            let mut counts = vec![0; bins];
            parallax_simd::count_random(9, start..middle, skewed, &mut counts);
            parallax_simd::count_random(9, middle..end, skewed, &mut counts);
            assert_eq!(counts, right, "{start}..{end}, {bins} bins");
        }
    }
}

#[test]
#[should_panic(expected = "skewed keys need 256 bins")]
fn skewed_keys_of_another_number_of_bins_panic() {
    parallax_simd::count_random(9, 0..10, true, &mut [0; 512]);
}

#[test]
fn hits_of_ranges_add_up() {
    for (start, middle, end) in
        [(0, 0, 1), (0, 13, 40), (5, 1000, 1003), (1 << 40, (1 << 40) + 3, (1 << 40) + 100)]
    {
        let hits = |samples| parallax_simd::quarter_circle(9, samples);
        let whole = hits(start..end);
        assert_eq!(whole, hits(start..middle) + hits(middle..end));
        assert_eq!(whole, autovectorised::quarter_circle(9, start..end));
        assert!(end - start < 40 || (1..end - start).contains(&whole), "some hit and some miss");
    }
}

struct Line;

impl Formula<3> for Line {
    #[inline(always)]
    fn value<L: Lanes>(&self, [x, slope, height]: [Floats<L>; 3]) -> Floats<L> {
        x * slope + height
    }
}

struct Above;

impl Condition<3> for Above {
    #[inline(always)]
    fn holds<L: Lanes>(&self, [x, slope, height]: [Floats<L>; 3]) -> Mask<L> {
        height.all(0.0).lt(x * slope + height)
    }
}

#[test]
fn columns_of_any_length_are_right() {
    for len in [0, 1, 7, 8, 9, 100, 1003] {
        let columns = [7, 8, 9].map(|seed| integers(seed, len));
        let columns = columns.each_ref().map(Vec::as_slice);
        let line = |[x, slope, height]: [f64; 3]| x * slope + height;
        let values: Vec<f64> = (0..len).map(|i| line(columns.map(|column| column[i]))).collect();
        let (mut by_hand, mut plain) = (vec![f64::NAN; len], vec![f64::NAN; len]);
        parallax_simd::evaluate(Line, columns, &mut by_hand);
        autovectorised::evaluate(line, columns, &mut plain);
        assert!(by_hand == values && plain == values, "{len} values");
        let truths: Vec<u8> = values.iter().map(|value| u8::from(*value > 0.0)).collect();
        let (mut by_hand, mut plain) = (vec![2; len], vec![2; len]);
        parallax_simd::compare(Above, columns, &mut by_hand);
        autovectorised::compare(|row| line(row) > 0.0, columns, &mut plain);
        assert!(by_hand == truths && plain == truths, "{len} truths");
        for triad in [parallax_simd::triad, autovectorised::triad] {
            let mut sums = columns[0].to_vec();
            triad(&mut sums, columns[1], columns[2], 0.5);
            assert!(
                (0..len).all(|i| sums[i] == columns[0][i] + columns[1][i] + 0.5 * columns[2][i]),
                "{len} sums"
            );
        }
    }
}

#[test]
#[should_panic(expected = "columns must be as long as the output")]
fn columns_of_another_length_panic() {
    parallax_simd::compare(Above, [&[0.0; 3], &[0.0; 3], &[0.0; 2]], &mut [0; 3]);
}
