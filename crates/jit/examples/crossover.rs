//! From which length on compiling pays: each backend's time to be ready, its time per element, and the length at
//! which machine code overtakes the interpreter and the operations one by one.
//!
//! `cargo run --release -p parallax-jit --example crossover [tiny|small|headline|medium]`. Times are the least of
//! many, in processor time of this thread, so that other programs do not count.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::seconds;
use common::suite::{Case, cases};
use parallax_jit::{Backend, Compiled, Expression, Isa, Kind};
use parallax_suite::Size;

const ROUNDS: usize = 25;
const BACKENDS: [Backend; 3] = [Backend::Unfused, Backend::Blocked, Backend::Native];

fn main() {
    let isa = Isa::detect().expect("PARALLAX_ISA names an instruction set");
    let size = std::env::args().nth(1).map_or(Size::Medium, |size| size.parse().expect("the name of a size"));
    println!("{isa}, {size}; ready in us (parse and compile), then ns per element, then where native pays\n");
    println!("    ready: unfused blocked native | steady: walk unfused blocked native | pays from");
    println!("    elements, against blocked and unfused | best over unfused");
    for case in cases(size) {
        let ready = BACKENDS
            .map(|backend| (0..200).map(|_| compile_time(&case, backend, isa)).fold(f64::INFINITY, f64::min));
        let [walk, unfused, blocked, native] = steady(&case, isa);
        print!("{}  {:6.1} {:6.1} {:6.1} |", case.name, ready[0] * 1e6, ready[1] * 1e6, ready[2] * 1e6);
        for time in [walk, unfused, blocked, native] {
            print!(" {:6.3}", time * 1e9);
        }
        let pays = |other: usize, time: f64| match (ready[2] - ready[other]) / (time - native) {
            length if length > 0.0 => format!("{length:8.0}"),
            _ => "   never".to_owned(),
        };
        let best = blocked.min(native);
        print!(" | {} {}", pays(1, blocked), pays(0, unfused));
        println!(" | {:.2}  {}", unfused / best, case.text);
    }
}

fn compile_time(case: &Case, backend: Backend, isa: Isa) -> f64 {
    seconds(|| drop(compile(case, backend, isa)))
}

fn compile(case: &Case, backend: Backend, isa: Isa) -> Compiled {
    let expression = Expression::parse(&case.text).expect("an expression of the suite");
    expression.compile_for(backend, isa).expect("code for it")
}

/// Seconds per element of all backends, the walk first.
fn steady(case: &Case, isa: Isa) -> [f64; 4] {
    let backends = Backend::ALL.map(|backend| compile(case, backend, isa));
    let mut times = [f64::INFINITY; 4];
    let (mut numbers, mut truths) = (vec![1.0; case.length()], vec![1; case.length()]);
    // They take turns, so that a disturbance from outside hits all of them.
    for round in 0..ROUNDS {
        for (i, compiled) in backends.iter().enumerate() {
            if i > 0 || round == 0 {
                times[i] = seconds(|| evaluate(compiled, case, &mut numbers, &mut truths)).min(times[i]);
            }
        }
    }
    times.map(|time| time / case.length() as f64)
}

fn evaluate(compiled: &Compiled, case: &Case, numbers: &mut [f64], truths: &mut [u8]) {
    let done = match compiled.kind() {
        Kind::Number => compiled.eval_by_name(&case.arrays(), numbers),
        Kind::Boolean => compiled.eval_by_name(&case.arrays(), truths),
    };
    done.expect("arrays of one length");
}
