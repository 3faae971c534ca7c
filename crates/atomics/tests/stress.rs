//! Many threads, many laps, small queues: repetition covers cases beyond a model's bounds.

use parallax_atomics::blocks::backoff::Backoff;
use parallax_atomics::blocks::barrier::SpinBarrier;
use parallax_atomics::blocks::channel::Channel;
use parallax_atomics::blocks::countdown::Countdown;
use parallax_atomics::blocks::counter::{GuidedCounter, WorkCounter};
use parallax_atomics::blocks::flat_combining::FlatCombining;
use parallax_atomics::blocks::lock::{Lock, RawLock};
use parallax_atomics::blocks::mcs_lock::Mcs;
use parallax_atomics::blocks::mpmc::{PopError, Queue};
use parallax_atomics::blocks::once_slot::OnceSlot;
use parallax_atomics::blocks::spin_lock::TestAndSet;
use parallax_atomics::blocks::spsc::ring;
use parallax_atomics::blocks::ticket_lock::Ticket;
use std::ops::Range;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::scope;

/// More than the cores of a small machine, so that threads are descheduled at the worst places.
const THREADS: usize = 8;
const MESSAGES: usize = 20_000;

#[test]
fn a_ring_keeps_order_at_every_capacity_one_by_one_and_in_batches() {
    for capacity in [1, 2, 64] {
        let (mut producer, mut consumer) = ring(capacity).unwrap();
        scope(|threads| {
            threads.spawn(move || {
                let (singles, batch): (Vec<_>, Vec<_>) =
                    (0..MESSAGES).partition(|message| *message < MESSAGES / 2);
                singles.into_iter().for_each(|message| producer.send(message).unwrap());
                let (mut left, mut backoff) = (&batch[..], Backoff::new());
                while !left.is_empty() {
                    let pushed = producer.push_slice(&left[..left.len().min(7)]);
                    left = &left[pushed..];
                    if pushed == 0 { backoff.wait() } else { backoff.reset() }
                }
            });
            let mut expected = 0..MESSAGES;
            for message in expected.by_ref().take(MESSAGES / 4) {
                assert_eq!(consumer.recv(), Some(message));
            }
            let mut backoff = Backoff::new();
            while !(expected.is_empty()) {
                match consumer.pop_into(5, |message| assert_eq!(Some(message), expected.next())) {
                    0 => backoff.wait(),
                    _ => backoff.reset(),
                }
            }
            assert_eq!(consumer.recv(), None);
        });
    }
}

#[test]
fn a_queue_gives_every_message_once_and_in_order_of_each_producer() {
    for capacity in [1, 2, 64] {
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
        many_to_many(push, pop, || queue.close());
        assert_eq!(queue.try_pop(), Err(PopError::Closed));
    }
}

#[test]
fn a_channel_does_too_with_its_users_asleep_half_the_time() {
    for capacity in [1, 64] {
        let channel = Channel::new(capacity).unwrap();
        many_to_many(|message| channel.send(message).unwrap(), || channel.recv(), || channel.close());
        assert_eq!(channel.send((0, 0)), Err((0, 0)));
    }
}

#[test]
fn a_message_wakes_a_receiver_however_long_it_has_slept() {
    let [there, back] = [(); 2].map(|()| Channel::new(1).unwrap());
    scope(|threads| {
        threads.spawn(|| {
            while let Some(message) = there.recv() {
                back.send(message).unwrap();
            }
        });
        for message in 0..50 {
            // Longer than the receiver spins, so that it must be woken.
            std::thread::sleep(std::time::Duration::from_micros(200));
            there.send(message).unwrap();
            assert_eq!(back.recv(), Some(message));
        }
        there.close();
    });
}

#[test]
fn messages_left_in_a_shared_queue_are_dropped_with_it() {
    let alive = std::sync::Arc::new(());
    let queue = Queue::new(64).unwrap();
    scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for turn in 0..100 {
                    drop(queue.try_push(alive.clone()));
                    drop((turn % 3 > 0).then(|| queue.try_pop()));
                }
            });
        }
    });
    assert!(std::sync::Arc::strong_count(&alive) > 1, "some are left");
    drop(queue);
    assert_eq!(std::sync::Arc::strong_count(&alive), 1);
}

#[test]
fn a_barrier_keeps_more_threads_than_cores_in_step() {
    const STEPS: usize = 200;
    let (barrier, arrivals, last) = (SpinBarrier::new(THREADS), AtomicUsize::new(0), AtomicUsize::new(0));
    scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for step in 1..=STEPS {
                    arrivals.fetch_add(1, Relaxed);
                    last.fetch_add(usize::from(barrier.wait()), Relaxed);
                    assert_eq!(arrivals.load(Relaxed), step * THREADS);
                    barrier.wait();
                }
            });
        }
    });
    assert_eq!(last.into_inner(), STEPS);
}

#[test]
fn counters_give_every_item_to_one_thread() {
    let (len, dynamic) = (100_003, WorkCounter::new(100_003, 7));
    assert_eq!(claims(len, || dynamic.next()), vec![1; len]);
    let guided = GuidedCounter::new(len, 7, THREADS);
    assert_eq!(claims(len, || guided.next()), vec![1; len]);
}

#[test]
fn locks_lose_no_count_with_more_threads_than_cores() {
    fn check<R: RawLock + Sync>() {
        let total = Lock::<R, _>::new(0);
        scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| {
                    for turn in 0..MESSAGES / THREADS {
                        match total.try_lock().filter(|_| turn % 2 == 0) {
                            Some(mut total) => *total += 1,
                            None => *total.lock() += 1,
                        }
                    }
                });
            }
        });
        assert_eq!(total.into_inner(), MESSAGES);
    }
    check::<Mcs>();
    check::<TestAndSet>();
    check::<Ticket>();
}

#[test]
fn requests_are_applied_once_with_more_threads_than_cores() {
    let counts = FlatCombining::new([0; 3], THREADS, |counts: &mut [usize; 3], request| counts[request] += 1);
    scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let mut seat = counts.sit().unwrap();
                (0..3 * (MESSAGES / THREADS)).for_each(|turn| seat.ask(turn % 3));
            });
        }
    });
    assert_eq!(counts.into_inner(), [MESSAGES; 3]);
}

#[test]
fn a_graph_runs_in_order_of_its_dependencies() {
    // A triangle: each task of a row waits for its neighbours above, as in Pascal's, and adds what they
    // published.
    const ROWS: usize = 40;
    let row_of = |task: usize| ((8 * task + 1).isqrt() - 1) / 2;
    let tasks = ROWS * (ROWS + 1) / 2;
    let needs = |task: usize| {
        let (row, place) = (row_of(task), task - row_of(task) * (row_of(task) + 1) / 2);
        let left = (place > 0).then(|| task - row - 1);
        left.into_iter().chain((place < row).then(|| task - row)).collect::<Vec<_>>()
    };
    for waits in [Countdown::new, Countdown::padded].map(|new: fn(Vec<u32>) -> Countdown| {
        new((0..tasks).map(|task| u32::try_from(needs(task).len()).unwrap()).collect())
    }) {
        let values: Vec<OnceSlot<u64>> = (0..tasks).map(|_| OnceSlot::new()).collect();
        let (ready, done) = (Channel::new(tasks).unwrap(), AtomicUsize::new(0));
        waits.ready().for_each(|task| ready.send(task).unwrap());
        scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| {
                    while let Some(task) = ready.recv() {
                        let sum =
                            needs(task).into_iter().map(|above| values[above].get().unwrap()).sum::<u64>();
                        values[task].set(sum.max(1)).unwrap();
                        let below = [task + row_of(task) + 1, task + row_of(task) + 2];
                        let next = below.into_iter().filter(|next| *next < tasks && waits.arrive(*next));
                        next.for_each(|next| ready.send(next).unwrap());
                        if done.fetch_add(1, Relaxed) + 1 == tasks {
                            ready.close();
                        }
                    }
                });
            }
        });
        let last_row = values[tasks - ROWS..].iter().map(|value| value.get().unwrap()).sum::<u64>();
        assert_eq!(last_row, 1 << (ROWS - 1), "a row of Pascal's triangle adds up to a power of two");
    }
}

#[test]
fn a_slot_takes_one_of_many_values() {
    for _round in 0..200 {
        let slot = OnceSlot::new();
        scope(|threads| {
            let writers = [1, 2, 3].map(|value| {
                threads.spawn({
                    let slot = &slot;
                    move || slot.set(vec![value; 3]).is_ok()
                })
            });
            let seen = slot.wait().clone();
            let won = writers.map(|writer| writer.join().unwrap());
            assert_eq!(won.iter().filter(|won| **won).count(), 1);
            assert!(won[seen[0] - 1] && seen == vec![seen[0]; 3]);
        });
    }
}

/// Two producers, two consumers: every message arrives once, and those of one producer in their order.
fn many_to_many(
    push: impl Fn((usize, usize)) + Sync,
    pop: impl Fn() -> Option<(usize, usize)> + Sync,
    close: impl FnOnce(),
) {
    let received = scope(|threads| {
        let consumers =
            [(); 2].map(|()| threads.spawn(|| std::iter::from_fn(&pop).collect::<Vec<(usize, usize)>>()));
        let producers = [0, 1].map(|producer| {
            let push = &push;
            threads.spawn(move || (0..MESSAGES / 2).for_each(|message| push((producer, message))))
        });
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        close();
        consumers.map(|consumer| consumer.join().unwrap())
    });
    for messages in &received {
        for producer in [0, 1] {
            assert!(messages.iter().filter(|message| message.0 == producer).is_sorted());
        }
    }
    let mut all = received.concat();
    all.sort_unstable();
    assert!(
        all.into_iter()
            .eq((0..2).flat_map(|producer| (0..MESSAGES / 2).map(move |message| (producer, message))))
    );
}

/// How often each of `len` items is given out to all threads together.
fn claims(len: usize, next: impl Fn() -> Option<Range<usize>> + Sync) -> Vec<usize> {
    let counts: Vec<_> = (0..len).map(|_| AtomicUsize::new(0)).collect();
    scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for item in std::iter::from_fn(&next).flatten() {
                    counts[item].fetch_add(1, Relaxed);
                }
            });
        }
    });
    counts.into_iter().map(AtomicUsize::into_inner).collect()
}
