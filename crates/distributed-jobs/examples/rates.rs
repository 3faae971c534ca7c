//! Measures jobs per second, and the time of one: on SQLite without and with waiting for the disk, and on Redis if
//! present.
//!
//! ```text
//! cargo run --release -p parallax-distributed-jobs --example rates [jobs [redis-url]]
//! ```

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and prints figures")]

use parallax_distributed_jobs::{Durability, Error, Jobs};
use std::env;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

fn nothing(_: u32) {}

fn main() -> Result<(), Error> {
    parallax_distributed_jobs::init();
    let mut arguments = env::args().skip(1);
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let folder = tempfile::tempdir_in(".").expect("a folder can be made here");
    println!("disk        {:8.0} syncs/s", syncs_a_second(folder.path()));
    for durability in [Durability::Normal, Durability::Full] {
        let path = folder.path().join(format!("{durability:?}.db"));
        let jobs = Jobs::builder().workers(2).durability(durability).open(path)?;
        measure(&format!("sqlite {durability:?}"), &jobs, count)?;
    }
    if let Some(url) = arguments.next() {
        measure("redis", &Jobs::builder().workers(2).redis(&url)?, count)?;
    }
    Ok(())
}

fn measure(name: &str, jobs: &Jobs, count: u32) -> Result<(), Error> {
    jobs.map(nothing, 0..1000)?; // warms up: claims grow, files are made
    for _ in 0..3 {
        let start = Instant::now();
        jobs.map(nothing, 0..count)?;
        let mapped = f64::from(count) / start.elapsed().as_secs_f64();
        let start = Instant::now();
        let handles = jobs.submit_all(nothing, 0..count)?;
        let submitted = f64::from(count) / start.elapsed().as_secs_f64();
        handles.iter().rev().try_for_each(|job| job.wait())?;
        println!("{name:14} {mapped:8.0} jobs/s mapped and forgotten, {submitted:8.0} submitted/s");
        jobs.forget(&handles.iter().map(|job| job.id()).collect::<Vec<_>>())?;
    }
    let mut times: Vec<Duration> = Vec::new();
    for item in 0..300 {
        let start = Instant::now();
        jobs.submit(nothing, item)?.wait()?;
        times.push(start.elapsed());
    }
    times.sort();
    println!("{name:14} one job: median {:?}, 90 % within {:?}", times[150], times[270]);
    Ok(())
}

/// Appends a page to a file and waits for the disk, again and again.
fn syncs_a_second(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("syncs")).expect("a file can be made");
    let (start, count) = (Instant::now(), 300);
    for _ in 0..count {
        file.write_all(&[1; 4096]).and_then(|()| file.sync_data()).expect("it can be written");
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}
