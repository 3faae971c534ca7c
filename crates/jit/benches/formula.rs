//! A formula that arrives as text, in each way to evaluate it, compared with a loop that was written by hand.
//!
//! `cargo bench -p parallax-jit`. To measure your own formula, change [`TEXT`] and [`by_hand`].

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use parallax_jit::{Backend, Expression, Isa};
use std::hint::black_box;

/// The formula, which the program reads at run time.
const TEXT: &str = "x*x + y*y < 1.5*x*y + 2";

/// The same formula, known at compile time.
fn by_hand(x: &[f64], y: &[f64], out: &mut [bool]) {
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out = x * x + y * y < 1.5 * x * y + 2.0;
    }
}

/// Numbers between -4 and 4.
fn numbers(count: usize, stride: usize) -> Vec<f64> {
    (0..count).map(|i| (i * stride % 1009) as f64 / 126.0 - 4.0).collect()
}

fn evaluating(c: &mut Criterion) {
    let isa = Isa::detect().expect("PARALLAX_ISA names an instruction set");
    let expression = Expression::parse(TEXT).expect("a right formula");
    for count in [1_000, 1_000_000] {
        let (x, y, mut out) = (numbers(count, 31), numbers(count, 97), vec![false; count]);
        let mut group = c.benchmark_group("evaluate");
        group.throughput(Throughput::Elements(count as u64)).sample_size(20);
        for backend in Backend::ALL {
            let formula = expression.compile_for(backend, isa).expect("code for it");
            group.bench_function(BenchmarkId::new(format!("{backend:?}"), count), |b| {
                b.iter(|| formula.eval(&[black_box(&x), &y], &mut out).expect("arrays of one length"));
            });
        }
        group.bench_function(BenchmarkId::new("by hand", count), |b| {
            b.iter(|| by_hand(black_box(&x), &y, &mut out));
        });
    }
}

fn compiling(c: &mut Criterion) {
    let isa = Isa::detect().expect("PARALLAX_ISA names an instruction set");
    let mut group = c.benchmark_group("parse and compile");
    for backend in Backend::ALL {
        group.bench_function(format!("{backend:?}"), |b| {
            b.iter(|| Expression::parse(black_box(TEXT)).expect("a right formula").compile_for(backend, isa));
        });
    }
}

criterion_group!(benches, evaluating, compiling);
criterion_main!(benches);
