//! Measures the functions over slices, by hand and as plain loops: `cargo bench -p parallax-simd`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parallax_pattern::random::at;
use parallax_simd::lanes::{Floats, Lanes, Mask};
use parallax_simd::{Condition, Formula, autovectorised};
use std::hint::black_box;

criterion_group!(slices, columns, counts, grids, matrices);
criterion_main!(slices);

/// A function with vectors by hand, and the function of the same name with the compiler's vectors. The brackets hold
/// the arguments that differ between the two.
macro_rules! race {
    ($criterion:ident, $items:expr, $name:ident([$hand:expr, $plain:expr], $($argument:expr),*)) => {{
        let mut group = $criterion.benchmark_group(stringify!($name));
        group.throughput(Throughput::Elements($items as u64));
        group.bench_function("by-hand", |b| b.iter(|| parallax_simd::$name($hand, $($argument),*)));
        group.bench_function("autovectorised", |b| b.iter(|| autovectorised::$name($plain, $($argument),*)));
        group.finish();
    }};
    ($criterion:ident, $items:expr, $name:ident($first:expr, $($argument:expr),*)) => {
        race!($criterion, $items, $name([$first, $first], $($argument),*))
    };
}

/// Numbers without a pattern, from 0 to 1.
fn numbers(len: usize) -> Vec<f64> {
    (0..len as u64).map(|i| (at(7, i) >> 11) as f64 / (1u64 << 53) as f64).collect()
}

struct Wave;

impl Formula<2> for Wave {
    #[inline(always)]
    fn value<L: Lanes>(&self, [x, y]: [Floats<L>; 2]) -> Floats<L> {
        x.sin() * y + 1.0
    }
}

struct Above;

impl Condition<2> for Above {
    #[inline(always)]
    fn holds<L: Lanes>(&self, [x, y]: [Floats<L>; 2]) -> Mask<L> {
        y.lt(x * 2.0)
    }
}

/// Columns that fit in the second cache.
fn columns(criterion: &mut Criterion) {
    const LEN: usize = 1 << 14;
    let (x, y, mut out, mut truths) = (numbers(LEN), numbers(LEN), numbers(LEN), vec![0; LEN]);
    race!(criterion, LEN, compare([Above, |[x, y]| y < x * 2.0], [black_box(&x), &y], &mut truths));
    race!(
        criterion,
        LEN,
        evaluate([Wave, |[x, y]: [f64; 2]| x.sin() * y + 1.0], [black_box(&x), &y], &mut out)
    );
    race!(criterion, LEN, triad(&mut out, black_box(&x), &y, 1e-9));
}

fn counts(criterion: &mut Criterion) {
    const LEN: u64 = 1 << 20;
    let bytes: Vec<u8> = (0..LEN).map(|i| at(8, i) as u8).collect();
    race!(criterion, LEN, histogram(black_box(&bytes), 256));
    race!(criterion, LEN, quarter_circle(black_box(7), 0..LEN));
}

fn grids(criterion: &mut Criterion) {
    const SIDE: usize = 256;
    let (plate, mut new, mut steps) = (numbers(SIDE * SIDE), numbers(SIDE * SIDE), vec![0; SIDE * SIDE]);
    race!(criterion, SIDE * SIDE, heat_step(black_box(&plate), SIDE, 0.1, 0, &mut new));
    let axis: Vec<f64> = (0..SIDE).map(|i| i as f64 / 64.0 - 2.0).collect();
    race!(criterion, SIDE * SIDE, escape_counts(black_box(&axis), &axis, (-0.62, -0.42), 200, &mut steps));
}

fn matrices(criterion: &mut Criterion) {
    const SIDE: usize = 256;
    let (a, mut c) = (numbers(SIDE * SIDE), numbers(SIDE * SIDE));
    race!(criterion, SIDE.pow(3), matmul(black_box(&a), &a, &mut c, [SIDE; 3]));
    race!(criterion, SIDE * 33 * 34 / 2, gram(black_box(&a[..SIDE * 33]), 33));
    let points: Vec<[f64; 3]> = a.as_chunks().0[..SIDE].to_vec();
    race!(criterion, SIDE * SIDE, pairwise(black_box(&points), &mut c));
}
