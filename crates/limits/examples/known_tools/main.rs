//! The limits compared with known tools in C: the triad of STREAM, and loops of multiply-adds.
//!
//! `cargo run --release -p parallax-limits --example known_tools` measures both in turn, so that a slow machine slows
//! both, and prints for each the upper quartile of all samples and the limit as a share of the tool's result. The two
//! should agree within 5 %; a limit may be higher, since it is taken from the fastest of several ways.

#![expect(clippy::print_stdout, reason = "printing is its purpose")]

mod tool;

use parallax_limits::{Limit, add, interval, measure};
use parallax_suite::Rate;
use std::error::Error;
use tool::Tool;

/// How often each side is measured.
const ROUNDS: usize = 3;
const SAMPLES: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("parallax-known-tools-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let compared = Tool::compiled(&folder).and_then(|tool| compare(&tool));
    std::fs::remove_dir_all(&folder)?;
    compared
}

/// A kernel of the tools, and the limit that it is compared with.
struct Pair {
    kernel: &'static str,
    rate: Rate,
    way: &'static str,
    workers: usize,
    rates: Vec<f64>,
}

fn compare(tool: &Tool) -> Result<(), Box<dyn Error>> {
    let kernels = [
        ("triad", Rate::Triad, ""),
        ("streaming", Rate::Triad, "streaming"),
        ("fma", Rate::Fma, ""),
        ("fma32", Rate::Fma32, ""),
    ];
    let pair = |workers: usize| {
        kernels.map(|(kernel, rate, way)| Pair { kernel, rate, way, workers, rates: Vec::new() })
    };
    let (mut limits, mut pairs): (Vec<Limit>, Vec<Pair>) =
        (Vec::new(), [1, 2].into_iter().flat_map(pair).collect());
    for _ in 0..ROUNDS {
        add(&mut limits, measure(&[1, 2], SAMPLES)?);
        for pair in &mut pairs {
            let bytes = best(&limits, pair).and_then(|limit| limit.set.as_ref()).map_or(0, |set| set.bytes);
            match tool.run(pair.kernel, pair.workers, bytes, SAMPLES) {
                Ok(said) if said.sum > 0.0 => pair.rates.extend(said.rates),
                Ok(_) => println!("{} computed nothing", pair.kernel),
                Err(why) => println!("without {}: {why}", pair.kernel),
            }
        }
    }
    println!(
        "{:<16} {:>7}  {:>22}  {:>22}  {:>5}",
        "limit", "workers", "limit [1e9/s]", "tool in C [1e9/s]", "ratio"
    );
    for pair in &pairs {
        if let (Some(limit), Some(known)) = (best(&limits, pair), interval(&pair.rates)) {
            print(limit, known, pair.kernel);
        }
    }
    Ok(())
}

/// The limit of a pair: in memory, if it is a bandwidth; by the fastest set.
fn best<'a>(limits: &'a [Limit], pair: &Pair) -> Option<&'a Limit> {
    let is_it = |limit: &&Limit| {
        let far = limit.set.as_ref().is_none_or(|set| set.holds.is_none());
        far && (limit.rate, limit.way.as_str(), limit.workers) == (pair.rate, pair.way, pair.workers)
    };
    limits.iter().filter(is_it).max_by(|a, b| a.per_second.total_cmp(&b.per_second))
}

fn print(limit: &Limit, known: (f64, f64, f64), kernel: &str) {
    let told = |(rate, low, high): (f64, f64, f64)| {
        format!("{:.2} ({:.2} to {:.2})", rate / 1e9, low / 1e9, high / 1e9)
    };
    let ratio = limit.per_second / known.0;
    let mark = if (ratio - 1.0).abs() > 0.05 { "  beyond 5 %" } else { "" };
    let own = told((limit.per_second, limit.low, limit.high));
    println!("{kernel:<16} {:>7}  {own:>22}  {:>22}  {ratio:>5.3}{mark}", limit.workers, told(known));
}
