//! The cost of crossing a process boundary on this machine: prints medians.

#![expect(clippy::print_stdout, reason = "a program that reports")]
#![expect(clippy::disallowed_methods, reason = "a program that measures")]

use std::time::Instant;

use parallax_processes::Pool;
use parallax_processes::shared::{Barrier, Ring, Shared};

fn echo(x: u128) -> u128 {
    x
}

fn nothing(_: u32) {}

fn bytes(length: usize) -> serde_bytes::ByteBuf {
    serde_bytes::ByteBuf::from(vec![7; length])
}

/// Sends numbers, in batches of the given size.
fn count_up((ring, messages, batch): (Ring<u64>, u64, u64)) {
    let mut sender = ring.sender().unwrap();
    let numbers: Vec<u64> = (0..batch).collect();
    for _ in 0..messages / batch {
        if batch == 1 { sender.send(1).unwrap() } else { sender.send_all(&numbers).unwrap() }
    }
}

fn receive(ring: &Ring<u64>, batch: u64) -> u64 {
    let mut receiver = ring.receiver().unwrap();
    let mut messages = vec![0; batch as usize];
    let mut count = 0;
    if batch == 1 {
        while receiver.recv().unwrap().is_some() {
            count += 1;
        }
        return count;
    }
    loop {
        match receiver.recv_into(&mut messages).unwrap() {
            0 => return count,
            some => count += some as u64,
        }
    }
}

fn rounds((barrier, rounds): (Barrier, u32)) -> f64 {
    let mut member = barrier.join().unwrap();
    member.wait().unwrap();
    let start = Instant::now();
    for _ in 0..rounds {
        member.wait().unwrap();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}

fn echo_ring((to, from): (Ring<u64>, Ring<u64>)) {
    let (mut receiver, mut sender) = (to.receiver().unwrap(), from.sender().unwrap());
    while let Some(number) = receiver.recv().unwrap() {
        sender.send(number).unwrap();
    }
}

fn touch((shared, part): (Shared<u64>, usize)) {
    shared.write(part..part + 1).unwrap()[0] += 1;
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn times(count: usize, mut work: impl FnMut()) -> Vec<f64> {
    (0..count)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    parallax_processes::init();
    starting();
    let pool = Pool::builder().workers(2).build()?;
    calls(&pool);
    messages(&pool);
    words(&pool)
}

fn starting() {
    let start = |workers| {
        let mut pools = Vec::new();
        median(times(11, || pools.push(Pool::builder().workers(workers).build().unwrap())))
    };
    let (one, nine) = (start(1), start(9));
    println!("start of a pool: {one:.0} µs, and for each further worker {:.0} µs", (nine - one) / 8.0);
}

fn calls(pool: &Pool) {
    let time = |what, count, work: &mut dyn FnMut()| println!("{what}: {:.2} µs", median(times(count, work)));
    time("round trip of 16 bytes", 20_000, &mut || _ = pool.apply(echo, 5).unwrap());
    time("the same through apply_async", 5_000, &mut || _ = pool.apply_async(echo, 5).unwrap().join());
    let shared = Shared::zeroed(2, 1).unwrap();
    time("the same with an array", 5_000, &mut || pool.apply(touch, (shared.clone(), 0)).unwrap());
    time("map of 10000 empty tasks", 21, &mut || _ = pool.map(nothing, 0..10_000).unwrap());
    time("the same in chunks of 1", 7, &mut || _ = pool.chunked(1).map(nothing, 0..10_000).unwrap());
    time("a result of 100 MiB", 5, &mut || {
        assert_eq!(pool.apply(bytes, 100 << 20).unwrap().len(), 100 << 20)
    });
}

fn messages(pool: &Pool) {
    for batch in [1, 64] {
        let messages = 1 << 20;
        let samples = times(9, || {
            let ring = Ring::new(4096).unwrap();
            let sent = pool.apply_async(count_up, (ring.clone(), messages, batch)).unwrap();
            assert_eq!(receive(&ring, batch), messages);
            sent.join().unwrap();
        });
        println!("8-byte messages in batches of {batch}: {:.1} M/s", messages as f64 / median(samples));
    }
}

fn words(pool: &Pool) -> Result<(), Box<dyn std::error::Error>> {
    let (to, from) = (Ring::new(64)?, Ring::new(64)?);
    let echo = pool.apply_async(echo_ring, (to.clone(), from.clone()))?;
    let (mut sender, mut receiver) = (to.sender()?, from.receiver()?);
    let ping = times(20_000, || {
        sender.send(1).unwrap();
        receiver.recv().unwrap();
    });
    drop(sender);
    echo.join()?;
    println!("there and back over two rings: {:.2} µs", median(ping));
    let barrier = Barrier::new(2)?;
    let round = (0..9).map(|_| pool.broadcast(rounds, |_| (barrier.clone(), 20_000)).unwrap()[0]).collect();
    println!("barrier of 2 processes: {:.3} µs", median(round));
    Ok(())
}
