//! What a pattern costs in time: a hand-written loop against the same loop through `map`, `reduce` and `sweep`.
//!
//! The claim is one percent at most, for a plain loop and for rayon. Both forms of a pair must return the same result
//! before they are timed. `cargo bench -p parallax-benches --bench pattern_cost`

mod by_hand;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use parallax_pattern::{Execute, Map, Reduce, Sequential, Sweep, Technique};
use parallax_suite::workload::{Julia, MonteCarlo, Stream};
use parallax_suite::{Params, Size, Workload};
use parallax_threading::Rayon;
use std::sync::Arc;

/// An input that takes a few milliseconds: long compared with a call, short compared with other load on the machine.
fn input<W: Workload>() -> Arc<W> {
    Arc::new(W::make(Params::of(Size::Small)))
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(workers()).build().expect("threads can start")
}

/// Times `run`, which turns `start` into `right` in `out`, after a first run has shown that its result is right.
///
/// All ways use the same memory: the address of an array can change its speed by a tenth.
fn time<O: Clone + PartialEq>(
    group: &mut BenchmarkGroup<WallTime>,
    name: &str,
    out: &mut O,
    (start, right): (&O, &O),
    mut run: impl FnMut(&mut O),
) {
    out.clone_from(start);
    run(out);
    assert!(out == right, "{name} returns a wrong result");
    group.bench_function(name, |b| b.iter(|| run(out)));
}

fn map(c: &mut Criterion) {
    let (work, group) = (input::<Julia>(), &mut c.benchmark_group("map (julia)"));
    let (xs, ys, limit) = (work.xs(), work.ys(), work.limit());
    let (pool, rayon) = (pool(), Rayon::start(workers()).expect("threads can start"));
    let start = vec![0; work.len()];
    let mut right = start.clone();
    by_hand::julia(xs, ys, limit, &mut right);
    let (out, ends) = (&mut start.clone(), (&start, &right));

    time(group, "loop by hand", out, ends, |out| by_hand::julia(xs, ys, limit, out));
    time(group, "loop through map", out, ends, |out| Sequential.map(&work, out).expect("it can"));
    time(group, "rayon by hand", out, ends, |out| pool.install(|| by_hand::julia_rayon(xs, ys, limit, out)));
    time(group, "rayon through map", out, ends, |out| rayon.map(&work, out).expect("it can"));
}

fn reduce(c: &mut Criterion) {
    let (work, group) = (input::<MonteCarlo>(), &mut c.benchmark_group("reduce (montecarlo)"));
    let (seed, samples, grain) = (work.seed(), work.len() as u64, work.grain() as u64);
    let (pool, rayon) = (pool(), Rayon::start(workers()).expect("threads can start"));
    let (out, ends) = (&mut 0, (&0, &by_hand::montecarlo(seed, samples)));
    let by_rayon = || by_hand::montecarlo_rayon(seed, samples, grain);

    time(group, "loop by hand", out, ends, |out| *out = by_hand::montecarlo(seed, samples));
    time(group, "loop through reduce", out, ends, |out| *out = Sequential.reduce(&work).expect("it can"));
    time(group, "rayon by hand", out, ends, |out| *out = pool.install(by_rayon));
    time(group, "rayon through reduce", out, ends, |out| *out = rayon.reduce(&work).expect("it can"));
}

/// The suite's `stream` with its arrays as fields, so that both forms read the same arrays.
struct Triad {
    b: Vec<f64>,
    c: Vec<f64>,
    grain: usize,
    steps: usize,
}

impl Sweep for Triad {
    type Item = f64;
    fn len(&self) -> usize {
        self.b.len()
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn step(&self, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        by_hand::triad(part, &self.b[range.clone()], &self.c[range]);
    }
}

fn sweep(c: &mut Criterion) {
    let (like, group) = (input::<Stream>(), &mut c.benchmark_group("sweep (stream)"));
    let [b, c] = [1024, 1021].map(|period| (0..like.len()).map(|i| (i % period) as f64).collect());
    let work = Arc::new(Triad { b, c, grain: like.grain(), steps: like.steps() });
    let Triad { b, c, grain, steps } = &*work;
    let (pool, rayon) = (pool(), Rayon::start(workers()).expect("threads can start"));
    let start = vec![0.0; b.len()];
    let mut right = start.clone();
    by_hand::stream(&mut right, b, c, *steps);
    let (out, ends) = (&mut start.clone(), (&start, &right));

    time(group, "loop by hand", out, ends, |a| by_hand::stream(a, b, c, *steps));
    time(group, "loop through sweep", out, ends, |a| Sequential.sweep(&work, a).expect("it can"));
    time(group, "rayon by hand", out, ends, |a| {
        pool.install(|| by_hand::stream_rayon(a, b, c, *steps, *grain))
    });
    time(group, "rayon through sweep", out, ends, |a| rayon.sweep(&work, a).expect("it can"));
}

criterion_group!(pattern_cost, map, reduce, sweep);
criterion_main!(pattern_cost);
