//! The loops that are compiled at run time, against the same loops in Rust.
//!
//! `cargo run --release -p parallax-jit --example loops`. Times are the least of seven, of this thread's
//! processor time.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::seconds;
use parallax_jit::Isa;
use parallax_jit::loops::{CompiledCount, CompiledJulia, CompiledSort};
use parallax_pattern::{Map, Reduce};
use parallax_suite::workload::{Bubblesort, Julia, MonteCarlo, Sorted, Workload};
use parallax_suite::{Buffer, Params, Size};
use std::hint::black_box;

const ROUNDS: usize = 7;

/// A name, and what fills an output.
type Way<'a, O> = (&'a str, &'a dyn Fn(&mut O));

fn main() {
    let isa = Isa::detect().expect("PARALLAX_ISA names an instruction set");
    println!("{isa}; ns per comparison, sample or step");
    [Size::Small, Size::Medium].into_iter().for_each(|size| sort(isa, size));
    count(isa, Size::Small);
    julia(isa, Size::Medium);
}

fn sort(isa: Isa, size: Size) {
    let work = &Bubblesort::make(Params::of(size));
    let code = CompiledSort::new(isa).expect("code for it");
    let compiled = |out: &mut Sorted| {
        out.values.copy_from_slice(work.values());
        let (comparisons, swaps) = code.sort(&mut out.values);
        (out.comparisons, out.swaps) = (Some(comparisons), swaps);
    };
    let plain = |out: &mut Sorted| work.sort(out);
    compare(work, "bubblesort", &[("Rust", &plain), ("compiled", &compiled)]);
}

fn count(isa: Isa, size: Size) {
    let work = &MonteCarlo::make(Params::of(size));
    let code = CompiledCount::new(isa).expect("code for it");
    let plain = |hits: &mut u64| {
        *hits = 0;
        black_box(work).fold(hits, 0..work.len());
    };
    let compiled = |hits: &mut u64| *hits = code.hits(work.seed(), 0..work.len() as u64);
    compare(work, "montecarlo", &[("Rust", &plain), ("compiled", &compiled)]);
}

fn julia(isa: Isa, size: Size) {
    let work = &Julia::make(Params::of(size));
    let code = CompiledJulia::new(isa, Julia::C, work.limit()).expect("code for it");
    let plain = |out: &mut Buffer<u32>| work.fill(0, out);
    let compiled = |out: &mut Buffer<u32>| code.fill(work.xs(), work.ys(), 0, out);
    compare(work, "julia", &[("Rust", &plain), ("compiled", &compiled)]);
}

/// Prints what one item takes each way. They take turns, so that a disturbance from outside hits all.
fn compare<W: Workload>(work: &W, name: &str, ways: &[Way<W::Output>]) {
    let (mut out, expected) = (work.output(), work.expected());
    let mut times = vec![f64::INFINITY; ways.len()];
    for _ in 0..ROUNDS {
        for ((_, way), best) in ways.iter().zip(&mut times) {
            *best = seconds(|| way(&mut out)).min(*best);
            work.check(&out, expected).expect("a right answer");
        }
    }
    let facts = work.facts();
    for ((way, _), time) in ways.iter().zip(&times) {
        let (ns, relative) = (time * 1e9 / facts.items, time / times[0]);
        println!("{name:10} {:9} {way:12} {ns:.3} ({relative:.3} of Rust)", facts.items);
    }
}
