//! The main function of a worker binary: supervised over a channel, or one cell by hand.

use crate::print::{self, no_reader, out};
use crate::protocol::{Measure, Prepare};
use crate::{measure, serve};
use lexopt::prelude::{Long, Value, ValueExt};
use parallax_pattern::CellId;
use parallax_suite::Size;
use parallax_suite::cell::Cell;
use std::fs::File;
use std::os::fd::{FromRawFd, RawFd};
use std::process::ExitCode;

const HELP: &str = "\
runs cells of one family of techniques

usage: worker list
       worker run WORKLOAD[:CASE]/TECHNIQUE [options]

  --size SIZE      tiny, small, headline, medium (the default) or large
  --variant N      which input, 0 by default
  --workers N      how many workers; all cores by default
  --samples N      how many samples, 5 by default
  --turns N        turns of opaque work per unit, for workloads that have it
  --units N        how many units of work, for workloads that can be cut into them
  --json           print the measurement as JSON

`cargo xtask bench` starts it with `--channel READ,WRITE` instead and speaks its protocol.";

/// Runs a worker of the family's cells, as its command line says. It belongs at the beginning of
/// `main`: a worker that measures servers starts itself again to put load on them.
pub fn main(family: &str, cells: Vec<Cell>) -> ExitCode {
    main_with(family, cells, std::env::args_os().skip(1))
}

/// The same for a program that contains several workers: `arguments` are those after the words that select one.
pub fn main_with(
    family: &str,
    cells: Vec<Cell>,
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
) -> ExitCode {
    parallax_load::init();
    match command(family, &cells, lexopt::Parser::from_args(arguments)) {
        Ok(code) => code,
        Err(why) if no_reader(&*why) => ExitCode::SUCCESS,
        Err(why) => {
            print::err(format_args!("error: {why}"));
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn command(family: &str, cells: &[Cell], mut args: lexopt::Parser) -> Result<ExitCode, Failure> {
    match args.next()? {
        Some(Long("channel")) => {
            let (requests, replies) = channel(&args.value()?.string()?)?;
            serve::serve(family, cells, requests, replies)?;
        }
        Some(Value(verb)) if verb == "list" => {
            for cell in cells {
                out(name(cell))?;
            }
        }
        Some(Value(verb)) if verb == "run" => return one(cells, args),
        Some(Long("help")) | None => out(HELP)?,
        Some(other) => return Err(other.unexpected().into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs one cell and prints its times.
fn one(cells: &[Cell], mut args: lexopt::Parser) -> Result<ExitCode, Failure> {
    let mut wanted = Prepare {
        workload: String::new(),
        case: String::new(),
        technique: String::new(),
        size: Size::Medium,
        variant: 0,
        workers: std::thread::available_parallelism().map_or(1, usize::from),
        turns: None,
        units: None,
        answer: None,
    };
    let (mut samples, mut json) = (5, false);
    while let Some(arg) = args.next()? {
        match arg {
            Long("size") => wanted.size = args.value()?.parse()?,
            Long("variant") => wanted.variant = args.value()?.parse()?,
            Long("workers") => wanted.workers = args.value()?.parse::<std::num::NonZeroUsize>()?.get(),
            Long("turns") => wanted.turns = Some(args.value()?.parse()?),
            Long("units") => wanted.units = Some(args.value()?.parse()?),
            Long("samples") => samples = args.value()?.parse::<std::num::NonZeroU32>()?.get(),
            Long("json") => json = true,
            Value(cell) => {
                let CellId { workload, case, technique } = cell.string()?.parse()?;
                (wanted.workload, wanted.case, wanted.technique) = (workload, case, technique);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if wanted.case.is_empty() {
        let first = cells.iter().find(|cell| cell.workload == wanted.workload);
        wanted.case = first.map_or("", |cell| cell.case).into();
    }
    let (mut run, ready) = serve::load(cells, &wanted)?;
    let prepared_ns = ready.start_ns.saturating_add(ready.load_ns);
    let measured = measure::measure(run.as_mut(), &Measure { samples, ..BY_HAND }, prepared_ns)?;
    if json {
        out(serde_json::json!({ "cell": wanted, "ready": ready, "measured": measured }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let ms = |ns: f64| ns / 1e6;
    let (start_ms, load_ms) = (ms(ready.start_ns as f64), ms(ready.load_ns as f64));
    out(format_args!("start {start_ms:.3} ms, load {load_ms:.3} ms"))?;
    out(format_args!("first {:.3} ms, isa {}", ms(measured.first_ns as f64), ready.isa))?;
    for sample in &measured.samples {
        let (each, cores) = (
            ms(sample.wall_ns as f64 / sample.runs as f64),
            sample.cpu_ns as f64 / sample.wall_ns.max(1) as f64,
        );
        let (runs, digest) = (sample.runs, &sample.digest);
        out(format_args!("{each:12.6} ms  {runs:6} runs  {cores:4.2} cores  digest {digest}"))?;
    }
    for (name, value) in &measured.metrics {
        out(format_args!("{name:>24}  {value}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

const BY_HAND: Measure = Measure {
    samples: 5,
    least_samples: 0,
    parity_ns: 0, // take all samples
    min_sample_ns: 5_000_000,
    warmup_ns: 100_000_000,
    max_warmup_ns: 3_000_000_000,
    long_ns: 2_000_000_000,
    regime: None,
};

fn name(cell: &Cell) -> String {
    match cell.case {
        "" => format!("{}/{}", cell.workload, cell.technique),
        case => format!("{}:{case}/{}", cell.workload, cell.technique),
    }
}

/// Takes over the two descriptors that the supervisor opened for this process.
fn channel(descriptors: &str) -> Result<(File, File), Failure> {
    if !std::path::Path::new("/proc/self/fd").exists() {
        return Err(
            "/proc is not mounted, where a worker reads its descriptors, threads and memory; mount it \
                    (`mount -t proc proc /proc`)"
                .into(),
        );
    }
    let (read, write) = descriptors.split_once(',').ok_or("--channel takes READ,WRITE")?;
    Ok((adopt(read.parse()?)?, adopt(write.parse()?)?))
}

#[expect(unsafe_code, reason = "an owner is made from a descriptor's number")]
fn adopt(descriptor: RawFd) -> Result<File, Failure> {
    if descriptor <= 2 || !std::path::Path::new(&format!("/proc/self/fd/{descriptor}")).exists() {
        return Err(format!("descriptor {descriptor} is not open").into());
    }
    // SAFETY: it is open, is none of the standard streams, and nothing else in this process owns it:
    // the supervisor opened it for this channel, and `main` adopts each once, before all else.
    let file = unsafe { File::from_raw_fd(descriptor) };
    // the supervisor sees that this worker has ended when the last copy is closed
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::CLOEXEC)?;
    Ok(file)
}
