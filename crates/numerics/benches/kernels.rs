//! The kernels on slices, at sizes that stay in a cache and at sizes that do not.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use parallax_numerics::{
    Gemm, NdArray, OpenBlas, gridsearch, heat, julia, matmul, montecarlo, pairwise, stream,
};
use parallax_pattern::{Technique, random::at};

fn numbers(len: usize, seed: u64) -> Vec<f64> {
    (0..len as u64).map(|i| (at(seed, i) % 1000) as f64 / 1000.0).collect()
}

fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("matmul");
    for n in [64, 256, 512] {
        let (a, b, mut out) = (numbers(n * n, 1), numbers(n * n, 2), vec![0.0; n * n]);
        group.throughput(Throughput::Elements(2 * (n as u64).pow(3)));
        group.bench_function(BenchmarkId::new("ndarray", n), |bench| {
            bench.iter(|| matmul::matmul(&NdArray, [n; 3], &a, &b, &mut out));
        });
        if let Ok(gemm) = Gemm::start(1) {
            group.bench_function(BenchmarkId::new("gemm", n), |bench| {
                bench.iter(|| matmul::matmul(&gemm, [n; 3], &a, &b, &mut out));
            });
        }
        if let Ok(blas) = OpenBlas::start(1) {
            group.bench_function(BenchmarkId::new("openblas", n), |bench| {
                bench.iter(|| matmul::matmul(&blas, [n; 3], &a, &b, &mut out));
            });
        }
    }
}

fn distances(c: &mut Criterion) {
    let mut group = c.benchmark_group("pairwise");
    for n in [64, 1000] {
        let axes = [1, 2, 3].map(|seed| numbers(n, seed));
        let points: Vec<[f64; 3]> = (0..n).map(|i| [axes[0][i], axes[1][i], axes[2][i]]).collect();
        let mut out = vec![0.0; n * n];
        group.throughput(Throughput::Elements((n * n) as u64));
        group.bench_function(BenchmarkId::new("rows", n), |bench| {
            bench.iter(|| pairwise::pairwise(&points, &mut out));
        });
        group.bench_function(BenchmarkId::new("broadcasting", n), |bench| {
            bench.iter(|| {
                pairwise::pairwise_by_broadcasting(axes.each_ref().map(|axis| &axis[..]), 0, &mut out)
            });
        });
    }
}

fn passes(c: &mut Criterion) {
    let mut group = c.benchmark_group("triad");
    for n in [1 << 10, 1 << 22] {
        let (x, y, mut a) = (numbers(n, 1), numbers(n, 2), vec![0.0; n]);
        group.throughput(Throughput::Bytes(32 * n as u64));
        for (name, triad) in [
            ("one pass", stream::triad as fn(&mut [f64], &[f64], f64, &[f64])),
            ("two passes", stream::triad_in_two_steps),
            ("operators", stream::triad_by_operators),
        ] {
            group
                .bench_function(BenchmarkId::new(name, n), |bench| bench.iter(|| triad(&mut a, &x, 3.0, &y)));
        }
    }
}

fn steps(c: &mut Criterion) {
    let (old, mut new) = (numbers(512 * 512, 1), vec![0.0; 512 * 512]);
    let mut group = c.benchmark_group("heat");
    group.throughput(Throughput::Elements(512 * 512));
    group.bench_function("one pass", |bench| bench.iter(|| heat::step(&old, [512; 2], 0.1, 0, &mut new)));
    group.bench_function("operators", |bench| {
        bench.iter(|| heat::step_by_operators(&old, [512; 2], 0.1, 0, &mut new));
    });
}

fn others(c: &mut Criterion) {
    let axis: Vec<f64> = (0..128).map(|i| f64::from(i) / 40.0 - 1.6).collect();
    let mut counts = vec![0; 128 * 128];
    c.bench_function("julia", |bench| {
        bench.iter(|| julia::escape_counts(&axis, &axis, (-0.62772, -0.42193), 100, 0, &mut counts));
    });
    c.bench_function("montecarlo", |bench| bench.iter(|| montecarlo::hits(1, 0..100_000)));
    let table = ndarray::Array2::from_shape_vec((1000, 33), numbers(33_000, 1)).expect("as many as it says");
    c.bench_function("ridge", |bench| bench.iter(|| gridsearch::ridge(&NdArray, table.view(), 1.0)));
}

criterion_group!(kernels, products, distances, passes, steps, others);
criterion_main!(kernels);
