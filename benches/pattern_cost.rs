//! What a pattern costs: the loop written by hand against the same loop through `map`, `reduce` and `sweep`.
//!
//! The claim is one percent at most, for a plain loop and for rayon. Both forms of a pair must agree
//! before they are timed. `cargo bench -p parallax-benches --bench pattern_cost`

mod by_hand;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use parallax_suite::pattern::{Map, Reduce, Sweep};
use parallax_suite::question::{Execute, Technique};
use parallax_suite::workload::{Julia, MonteCarlo, Stream};
use parallax_suite::{Buffer, Params, Sequential, Size, Workload};
use parallax_threading::Rayon;
use std::sync::Arc;

/// A few milliseconds each: long against a call, short against what else a machine does.
fn input<W: Workload>() -> Arc<W> {
    Arc::new(W::make(Params::of(Size::Small)))
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(workers()).build().expect("threads can start")
}

/// Times one way to get from `start` to `right`, after it has shown that it gets there.
fn time<O: Clone + PartialEq>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    (start, right): (&O, &O),
    mut run: impl FnMut(&mut O),
) {
    let mut out = start.clone();
    run(&mut out);
    assert!(out == *right, "{name} gives another result");
    group.bench_function(name, |b| b.iter(|| run(&mut out)));
}

fn map(c: &mut Criterion) {
    let (work, group) = (input::<Julia>(), &mut c.benchmark_group("map (julia)"));
    let (xs, ys, limit) = (work.xs(), work.ys(), work.limit());
    let (pool, rayon) = (pool(), Rayon::start(workers()).expect("threads can start"));
    let start = vec![0; work.len()];
    let mut right = start.clone();
    by_hand::julia(xs, ys, limit, &mut right);
    let ends = (&start, &right);

    time(group, "loop by hand", ends, |out| by_hand::julia(xs, ys, limit, out));
    time(group, "loop through map", ends, |out| Sequential.map(&work, out).expect("it can"));
    time(group, "rayon by hand", ends, |out| pool.install(|| by_hand::julia_rayon(xs, ys, limit, out)));
    time(group, "rayon through map", ends, |out| rayon.map(&work, out).expect("it can"));
}

fn reduce(c: &mut Criterion) {
    let (work, group) = (input::<MonteCarlo>(), &mut c.benchmark_group("reduce (montecarlo)"));
    let (seed, samples, grain) = (work.seed(), work.len() as u64, work.grain() as u64);
    let (pool, rayon) = (pool(), Rayon::start(workers()).expect("threads can start"));
    let ends = (&0, &by_hand::montecarlo(seed, samples));
    let by_rayon = || by_hand::montecarlo_rayon(seed, samples, grain);

    time(group, "loop by hand", ends, |out| *out = by_hand::montecarlo(seed, samples));
    time(group, "loop through reduce", ends, |out| *out = Sequential.reduce(&work).expect("it can"));
    time(group, "rayon by hand", ends, |out| *out = pool.install(by_rayon));
    time(group, "rayon through reduce", ends, |out| *out = rayon.reduce(&work).expect("it can"));
}

fn sweep(c: &mut Criterion) {
    let (work, group) = (input::<Stream>(), &mut c.benchmark_group("sweep (stream)"));
    let (len, steps, grain) = (work.len(), work.steps(), work.grain());
    let [b, c] = [1024, 1021].map(|period| Buffer::from_fn(len, |i| (i % period) as f64));
    let (b, c) = (&*b, &*c);
    let (pool, rayon) = (pool(), Rayon::start(workers()).expect("threads can start"));
    let start = vec![0.0; len];
    let mut right = start.clone();
    by_hand::stream(&mut right, b, c, steps);
    let ends = (&start, &right);

    time(group, "loop by hand", ends, |a| by_hand::stream(a, b, c, steps));
    time(group, "loop through sweep", ends, |a| Sequential.sweep(&work, a).expect("it can"));
    time(group, "rayon by hand", ends, |a| pool.install(|| by_hand::stream_rayon(a, b, c, steps, grain)));
    time(group, "rayon through sweep", ends, |a| rayon.sweep(&work, a).expect("it can"));
}

criterion_group!(pattern_cost, map, reduce, sweep);
criterion_main!(pattern_cost);
