//! The kernels on slices, in each language for which a compiler was found.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use parallax_ffi::expression::Formula;
use parallax_ffi::kernels::{Build, Language};
use parallax_pattern::random::at;

fn numbers(len: usize, seed: u64) -> Vec<f64> {
    (0..len as u64).map(|i| (at(seed, i) % 1000) as f64 / 1000.0).collect()
}

/// One kernel in every language, as the group `name`.
fn each(c: &mut Criterion, name: &str, elements: usize, mut kernel: impl FnMut(Build)) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(elements as u64));
    for language in [Language::C, Language::Fortran, Language::OpenMp] {
        if let Ok(build) = Build::find(language) {
            let id = BenchmarkId::from_parameter(format!("{language:?}"));
            group.bench_function(id, |bench| bench.iter(|| kernel(build)));
        }
    }
}

fn products(c: &mut Criterion) {
    for n in [64, 256, 512] {
        let (a, b, mut out) = (numbers(n * n, 1), numbers(n * n, 2), vec![0.0; n * n]);
        let flops = 2 * n.pow(3);
        each(c, &format!("matmul {n}"), flops, |build| build.matmul([n; 3], &a, &b, &mut out));
    }
}

fn tables(c: &mut Criterion) {
    let points: Vec<[f64; 3]> = (0..500).map(|i| [0, 1, 2].map(|axis| at(axis, i) as f64)).collect();
    let mut out = vec![0.0; 250_000];
    each(c, "pairwise", 250_000, |build| build.pairwise(&points, 0, &mut out));
    let (old, mut new) = (numbers(512 * 512, 1), vec![0.0; 512 * 512]);
    each(c, "heat", 512 * 512, |build| build.heat(&old, [512; 2], 0.1, 0, &mut new));
    let axis: Vec<f64> = (0..128).map(|i| f64::from(i) / 40.0 - 1.6).collect();
    let mut counts = vec![0; 128 * 128];
    each(c, "julia", 128 * 128, |build| {
        build.escape_counts([&axis, &axis], (-0.62772, -0.42193), 100, 0, &mut counts);
    });
    let table = numbers(33_000, 1);
    each(c, "ridge", 1000, |build| {
        build.ridge_error(&table, 33, 1.0, 0);
    });
}

fn passes(c: &mut Criterion) {
    for n in [1 << 10, 1 << 22] {
        let (x, y, mut a) = (numbers(n, 1), numbers(n, 2), vec![0.0; n]);
        each(c, &format!("triad {n}"), n, |build| build.triad(&mut a, &x, 3.0, &y));
    }
    let (x, y, mut z) = (numbers(100_000, 1), numbers(100_000, 2), vec![0.0; 100_000]);
    each(c, "expression", 100_000, |build| build.expression(Formula::E2, &[&x, &y], &mut z));
    let mut truths = vec![0; 100_000];
    each(c, "comparison", 100_000, |build| build.comparison(&x, &y, &mut truths));
}

fn counts(c: &mut Criterion) {
    let keys: Vec<u32> = (0..100_000).map(|i| at(1, i) as u32 % 256).collect();
    let mut counts = vec![0; 256];
    each(c, "count", keys.len(), |build| build.count(&keys, &mut counts));
    each(c, "montecarlo", 100_000, |build| {
        build.hits(1, 0..100_000);
    });
    let values: Vec<i64> = (0..1000).map(|i| at(2, i) as i64).collect();
    each(c, "bubblesort", 1000, |build| {
        build.bubblesort(&mut values.clone());
    });
}

criterion_group!(kernels, products, tables, passes, counts);
criterion_main!(kernels);
