//! What a pattern costs in instructions: a hand-written loop against the same loop through a pattern, and as a kernel.
//!
//! Valgrind counts the instructions, so a busy machine gives the same figures as a quiet one. The program runs itself
//! under callgrind, with one pass and with three; the difference is two passes without the start-up. It fails if a
//! pattern costs more than one percent.
//! `cargo bench -p parallax-benches --bench instructions`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "prints a table")]

mod by_hand;

use parallax_pattern::{Answer, Execute, Fill, Fold, Kernel, Map, Reduce, Sequential, Technique};
use parallax_suite::workload::{Julia, MonteCarlo};
use parallax_suite::{Params, Size, Workload};
use parallax_threading::Rayon;
use std::hint::black_box;
use std::ops::Range;
use std::process::{Command, ExitCode};
use std::sync::Arc;

/// Pairs to compare: the loop by hand, and the same loop through a pattern or a kernel.
const PAIRS: [[&str; 2]; 8] = [
    ["julia-loop", "julia-map"],
    ["julia-loop", "julia-kernel"],
    ["julia-rayon", "julia-rayon-map"],
    ["julia-rayon", "julia-rayon-kernel"],
    ["montecarlo-loop", "montecarlo-reduce"],
    ["montecarlo-loop", "montecarlo-kernel"],
    ["montecarlo-rayon", "montecarlo-rayon-reduce"],
    ["montecarlo-rayon", "montecarlo-rayon-kernel"],
];

/// The hand-written loops as kernels.
struct ByHand;

impl Fill<Julia> for ByHand {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
        let rows = start / work.xs().len();
        by_hand::julia(work.xs(), &work.ys()[rows..][..out.len() / work.xs().len()], work.limit(), out);
    }
}

impl Fold<MonteCarlo> for ByHand {
    const SOURCE: &'static str = file!();
    fn fold(&self, work: &MonteCarlo, acc: &mut u64, items: Range<usize>) {
        *acc += by_hand::hits(work.seed(), items.start as u64..items.end as u64);
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    match &words[..] {
        [_, way, times] if words.len() == 3 => match times.parse() {
            Ok(times) => run(way, times),
            Err(_) => table(),
        },
        _ => table(),
    }
}

/// Runs one way `times` times.
fn run(way: &str, times: usize) -> ExitCode {
    let done = if way.starts_with("julia") { julia(way, times) } else { montecarlo(way, times) };
    if let Err(why) = done {
        eprintln!("{way}: {why}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn julia(way: &str, times: usize) -> Answer<()> {
    let work = Arc::new(Julia::make(Params::of(Size::Small)));
    let kernel = Arc::new(Kernel { engine: ByHand, work: work.clone() });
    let (rayon, mut out) = (Rayon::start(1)?, vec![0; work.len()]);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can start");
    for _ in 0..times {
        let (xs, ys, limit, out) = (work.xs(), work.ys(), work.limit(), black_box(&mut out[..]));
        match way {
            "julia-loop" => by_hand::julia(xs, ys, limit, out),
            "julia-map" => Sequential.map(&work, out)?,
            "julia-kernel" => Sequential.map(&kernel, out)?,
            "julia-rayon" => pool.install(|| by_hand::julia_rayon(xs, ys, limit, out)),
            "julia-rayon-map" => rayon.map(&work, out)?,
            _ => rayon.map(&kernel, out)?,
        }
    }
    Ok(())
}

fn montecarlo(way: &str, times: usize) -> Answer<()> {
    let work = Arc::new(MonteCarlo::make(Params::of(Size::Small)));
    let kernel = Arc::new(Kernel { engine: ByHand, work: work.clone() });
    let rayon = Rayon::start(1)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can start");
    for _ in 0..times {
        let (seed, samples, grain) = black_box((work.seed(), work.len() as u64, work.grain() as u64));
        black_box(match way {
            "montecarlo-loop" => by_hand::montecarlo(seed, samples),
            "montecarlo-reduce" => Sequential.reduce(&work)?,
            "montecarlo-kernel" => Sequential.reduce(&kernel)?,
            "montecarlo-rayon" => pool.install(|| by_hand::montecarlo_rayon(seed, samples, grain)),
            "montecarlo-rayon-reduce" => rayon.reduce(&work)?,
            _ => rayon.reduce(&kernel)?,
        });
    }
    Ok(())
}

/// The instructions of two passes of a way.
fn instructions(way: &str) -> Result<f64, String> {
    let of = |times: &str| -> Result<f64, String> {
        let program = std::env::current_exe().map_err(|why| why.to_string())?;
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args([way, times]);
        // valgrind has no AVX-512
        let told = valgrind.env("PARALLAX_ISA", "avx2").output();
        let told = told.map_err(|why| format!("valgrind: {why}; apt install valgrind"))?;
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        let count = told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        count.ok_or_else(|| format!("valgrind reported no instruction count: {told}"))
    };
    Ok(of("3")? - of("1")?)
}

fn table() -> ExitCode {
    let mut dear = false;
    println!("{:<26}{:<26}{:>16}{:>10}", "by hand", "through", "instructions", "ratio");
    for [hand, through] in PAIRS {
        match instructions(hand).and_then(|hand| Ok((hand, instructions(through)?))) {
            Ok((one, other)) => {
                println!("{hand:<26}{through:<26}{other:>16}{:>10.4}", other / one);
                dear |= other > 1.01 * one;
            }
            Err(why) => {
                eprintln!("{why}");
                return ExitCode::FAILURE;
            }
        }
    }
    if dear { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
