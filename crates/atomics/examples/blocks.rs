//! Measures each building block on this machine: the best and the median of several runs.
//!
//! `cargo run --release --example blocks [filter]`. It runs two threads on two free cores; a busy machine is easy to
//! see in the figures.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]
#![expect(clippy::disallowed_methods, reason = "a program that reads the clock")]

use parallax_atomics::blocks::backoff::Backoff;
use parallax_atomics::blocks::barrier::SpinBarrier;
use parallax_atomics::blocks::channel::Channel;
use parallax_atomics::blocks::countdown::Countdown;
use parallax_atomics::blocks::counter::{GuidedCounter, WorkCounter};
use parallax_atomics::blocks::flat_combining::FlatCombining;
use parallax_atomics::blocks::mcs_lock::McsLock;
use parallax_atomics::blocks::mpmc::{PopError, Queue};
use parallax_atomics::blocks::once_slot::OnceSlot;
use parallax_atomics::blocks::spin_lock::SpinLock;
use parallax_atomics::blocks::spsc::ring;
use parallax_atomics::blocks::ticket_lock::TicketLock;
use std::hint::black_box;
use std::sync::Mutex;
use std::thread::scope;
use std::time::Instant;

const RUNS: usize = 15;
const MESSAGES: u64 = 10_000_000;

fn main() {
    rings();
    queues();
    round_trips();
    crossings();
    locks();
    counters();
}

fn rings() {
    for capacity in [64, 1024, 16384] {
        figure(&format!("ring of {capacity}, one by one"), MESSAGES, || {
            let (mut producer, mut consumer) = ring(capacity).unwrap();
            scope(|threads| {
                threads.spawn(move || (0..MESSAGES).for_each(|message| producer.send(message).unwrap()));
                let mut sum = 0_u64;
                while let Some(message) = consumer.recv() {
                    sum = sum.wrapping_add(message);
                }
                assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
            });
        });
        for batch in [16, 64, 256] {
            if batch * 2 <= capacity {
                figure(&format!("ring of {capacity}, batches of {batch}"), MESSAGES, || {
                    batches(capacity, batch)
                });
            }
        }
    }
    figure("ring, push and pop on one thread", MESSAGES, || {
        let (mut producer, mut consumer) = ring(64).unwrap();
        for message in 0..MESSAGES {
            producer.push(message).unwrap();
            black_box(consumer.pop());
        }
    });
}

fn batches(capacity: usize, batch: usize) {
    let (mut producer, mut consumer) = ring(capacity).unwrap();
    scope(|threads| {
        threads.spawn(move || {
            let (mut buffer, mut backoff) = (vec![0; batch], Backoff::new());
            let mut made = 0;
            while made < MESSAGES {
                let size = batch.min((MESSAGES - made) as usize);
                buffer[..size].iter_mut().zip(made..).for_each(|(place, message)| *place = message);
                made += size as u64;
                let mut left = &buffer[..size];
                while !left.is_empty() {
                    let pushed = producer.push_slice(left);
                    left = &left[pushed..];
                    if pushed == 0 { backoff.wait() } else { backoff.reset() }
                }
            }
        });
        let (mut sum, mut count, mut backoff) = (0_u64, 0, Backoff::new());
        while count < MESSAGES as usize {
            let popped = consumer.pop_into(batch, |message: u64| sum = sum.wrapping_add(message));
            count += popped;
            if popped == 0 { backoff.wait() } else { backoff.reset() }
        }
        assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
    });
}

fn queues() {
    for (producers, consumers) in [(1, 1), (2, 2)] {
        for capacity in [64, 1024, 65536] {
            let messages = MESSAGES / 5;
            figure(&format!("queue of {capacity}, {producers} to {consumers}"), messages, || {
                let queue = Queue::new(capacity).unwrap();
                let push = |message| {
                    let mut backoff = Backoff::new();
                    while queue.try_push(message).is_err() {
                        backoff.wait();
                    }
                };
                let pop = || {
                    let mut backoff = Backoff::new();
                    loop {
                        match queue.try_pop() {
                            Ok(message) => return Some(message),
                            Err(PopError::Closed) => return None,
                            Err(PopError::Empty) => backoff.wait(),
                        }
                    }
                };
                many_to_many(messages, producers, consumers, push, pop, || queue.close());
            });
            figure(&format!("channel of {capacity}, {producers} to {consumers}"), messages, || {
                let channel = Channel::new(capacity).unwrap();
                let push = |message| channel.send(message).unwrap();
                many_to_many(messages, producers, consumers, push, || channel.recv(), || channel.close());
            });
        }
    }
    let queue = Queue::new(64).unwrap();
    figure("queue, push and pop on one thread", MESSAGES, || {
        for message in 0..MESSAGES {
            queue.try_push(message).unwrap();
            black_box(queue.try_pop().unwrap());
        }
    });
}

fn many_to_many(
    messages: u64,
    producers: u64,
    consumers: usize,
    push: impl Fn(u64) + Sync,
    pop: impl Fn() -> Option<u64> + Sync,
    close: impl FnOnce(),
) {
    let sum = scope(|threads| {
        let consumers: Vec<_> =
            (0..consumers).map(|_| threads.spawn(|| std::iter::from_fn(&pop).sum::<u64>())).collect();
        let share = messages / producers;
        let push = &push;
        let producers: Vec<_> = (0..producers)
            .map(|p| threads.spawn(move || (p * share..(p + 1) * share).for_each(push)))
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        close();
        consumers.into_iter().map(|consumer| consumer.join().unwrap()).sum::<u64>()
    });
    assert_eq!(sum, messages * (messages - 1) / 2);
}

fn round_trips() {
    let trips = 200_000;
    figure("round trip over two rings of 1", trips, || {
        let [(mut there, mut from_here), (mut back, mut from_there)] = [ring(1).unwrap(), ring(1).unwrap()];
        scope(|threads| {
            threads.spawn(move || {
                for _ in 0..trips {
                    back.push(spin(|| from_here.pop())).unwrap();
                }
            });
            for message in 0..trips {
                there.push(message).unwrap();
                assert_eq!(spin(|| from_there.pop()), message);
            }
        });
    });
    figure("round trip over two channels of 1", trips, || {
        let [there, back] = [(); 2].map(|()| Channel::new(1).unwrap());
        scope(|threads| {
            threads.spawn(|| {
                std::iter::from_fn(|| there.recv()).for_each(|message| back.send(message).unwrap())
            });
            for message in 0..trips {
                there.send(message).unwrap();
                assert_eq!(back.recv(), Some(message));
            }
            there.close();
        });
    });
}

/// Tries until there is an answer, without ever yielding.
fn spin<R>(mut ask: impl FnMut() -> Option<R>) -> R {
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        std::hint::spin_loop();
    }
}

fn crossings() {
    let crossings = 200_000;
    for threads in [2, 4] {
        let crossings = if threads == 2 { crossings } else { crossings / 40 };
        let barrier = SpinBarrier::new(threads);
        figure(&format!("spin barrier, {threads} threads"), crossings, || {
            cross(threads, crossings, || _ = black_box(barrier.wait()))
        });
        let barrier = std::sync::Barrier::new(threads);
        figure(&format!("std barrier, {threads} threads"), crossings / 10, || {
            cross(threads, crossings / 10, || _ = black_box(barrier.wait()))
        });
    }
}

fn cross(threads: usize, crossings: u64, wait: impl Fn() + Sync) {
    scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..crossings).for_each(|_| wait()));
        }
    });
}

fn locks() {
    let (spin, ticket, mutex) = (SpinLock::new(0_u64), TicketLock::new(0_u64), Mutex::new(0_u64));
    let mcs = McsLock::new(0_u64);
    for threads in [1, 2, 4] {
        let turns = if threads == 1 { MESSAGES } else { MESSAGES / 10 };
        let each = turns / threads as u64;
        // Fair locks wait for the scheduler where there are more threads than cores.
        let fair = if threads <= 2 { each } else { each / 100 };
        let name = |lock: &str| format!("{lock}, {threads} threads");
        figure(&name("spin lock"), turns, || cross(threads, each, || *spin.lock() += 1));
        figure(&name("ticket lock"), fair * threads as u64, || cross(threads, fair, || *ticket.lock() += 1));
        figure(&name("MCS lock"), fair * threads as u64, || cross(threads, fair, || *mcs.lock() += 1));
        figure(&name("std mutex"), turns, || cross(threads, each, || *mutex.lock().unwrap() += 1));
        figure(&name("flat combining"), turns, || {
            let all = FlatCombining::new(0_u64, threads, |count: &mut u64, _| *count += 1);
            cross(threads, 1, || {
                let mut seat = all.sit().expect("there is a seat for each thread");
                (0..each).for_each(|_| seat.ask(0));
            });
        });
    }
}

fn counters() {
    for threads in [1, 2] {
        let pieces = MESSAGES;
        figure(&format!("work counter, {threads} threads"), pieces, || {
            let work = WorkCounter::new(pieces as usize * 64, 64);
            cross(threads, 1, || while black_box(work.next()).is_some() {})
        });
        figure(&format!("guided counter at its grain, {threads} threads"), pieces, || {
            let work = GuidedCounter::new(pieces as usize * 64, 64, 1 << 40);
            cross(threads, 1, || while black_box(work.next()).is_some() {})
        });
        for (name, new) in
            [("dense", Countdown::new as fn(Vec<u32>) -> Countdown), ("padded", Countdown::padded)]
        {
            let waits = new(vec![u32::MAX; 2]);
            let task = std::sync::atomic::AtomicUsize::new(0);
            let each = pieces / threads as u64;
            figure(&format!("countdown, {name}, {threads} threads, own tasks"), pieces, || {
                scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| {
                            let task = task.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2;
                            (0..each).for_each(|_| _ = black_box(waits.arrive(task)));
                        });
                    }
                })
            });
        }
    }
    let slot = OnceSlot::new();
    slot.set(1_u64).unwrap();
    figure("once slot, get", MESSAGES, || (0..MESSAGES).for_each(|_| _ = black_box(black_box(&slot).get())));
}

fn figure(name: &str, items: u64, mut run: impl FnMut()) {
    if !std::env::args().nth(1).is_none_or(|filter| name.contains(&filter)) {
        return;
    }
    run();
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    let rate = |seconds: f64| items as f64 / seconds / 1e6;
    let [best, median] = [seconds[0], seconds[RUNS / 2]];
    let nanoseconds = median / items as f64 * 1e9;
    println!("{name:45} best {:8.2} median {:8.2} M/s, {nanoseconds:8.2} ns each", rate(best), rate(median));
}
