//! The queue, under every interleaving that loom finds, and across the wrap of its counters.

use super::super::primitive::Ordering::Relaxed;
use super::super::primitive::{Arc, AtomicUsize, atomicity, model, spawn, yield_now};
use super::{PopError, PushError, Queue};

/// The last tickets before the counters wrap.
const LAST: usize = usize::MAX - 3;

#[test]
fn two_producers_and_a_consumer_lose_nothing() {
    model(|| {
        let queue = Arc::new(Queue::new(1).unwrap());
        let producers = [1, 2].map(|message| {
            let queue = Arc::clone(&queue);
            spawn(move || {
                while queue.try_push(message).is_err() {
                    yield_now();
                }
            })
        });
        let mut sum = 0;
        for _ in 0..2 {
            sum += loop {
                match queue.try_pop() {
                    Ok(message) => break message,
                    Err(_) => yield_now(),
                }
            };
        }
        assert_eq!(sum, 3);
        for producer in producers {
            producer.join().unwrap();
        }
    });
}

#[test]
fn a_message_goes_to_one_of_two_consumers() {
    model(|| {
        let queue = Arc::new(Queue::starting_at(2, LAST).unwrap());
        let other = spawn({
            let queue = Arc::clone(&queue);
            move || [queue.try_pop(), queue.try_pop()]
        });
        let pushed = [queue.try_push(1), queue.try_push(2)];
        let mut got: Vec<_> = [queue.try_pop()].into_iter().chain(other.join().unwrap()).flatten().collect();
        got.extend(std::iter::from_fn(|| queue.try_pop().ok()));
        got.sort_unstable();
        assert_eq!((pushed, got), ([Ok(()), Ok(())], vec![1, 2]));
    });
}

#[test]
fn a_push_is_either_before_the_close_or_refused() {
    model(|| {
        let queue = Arc::new(Queue::new(2).unwrap());
        let producer = spawn({
            let queue = Arc::clone(&queue);
            move || queue.try_push(7)
        });
        queue.close();
        let popped = loop {
            match queue.try_pop() {
                Err(PopError::Empty) => yield_now(),
                end => break end,
            }
        };
        match producer.join().unwrap() {
            Ok(()) => assert_eq!(popped, Ok(7)),
            Err(refused) => assert_eq!((refused, popped), (PushError::Closed(7), Err(PopError::Closed))),
        }
    });
}

#[test]
fn who_sees_the_end_sees_what_was_done_before_the_close() {
    model(|| {
        let shared = Arc::new((Queue::<u32>::new(1).unwrap(), AtomicUsize::new(0)));
        let closer = spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.1.store(1, Relaxed);
                shared.0.close();
            }
        });
        let before = shared.0.is_closed().then(|| shared.1.load(Relaxed));
        let drained = (shared.0.try_pop() == Err(PopError::Closed)).then(|| shared.1.load(Relaxed));
        assert!(before.is_none_or(|done| done == 1) && drained.is_none_or(|done| done == 1));
        closer.join().unwrap();
    });
}

#[test]
fn turns_survive_the_wrap_at_every_capacity() {
    atomicity(|| {
        for (asked, room) in [(1, 1), (2, 2), (3, 4)] {
            let queue = Queue::starting_at(asked, LAST).unwrap();
            assert_eq!(queue.capacity(), room);
            assert_eq!(queue.try_pop(), Err(PopError::Empty));
            for lap in 0..4 {
                for message in 0..room {
                    assert_eq!(queue.try_push(lap + message), Ok(()));
                }
                assert_eq!(queue.try_push(99), Err(PushError::Full(99)));
                for message in 0..room {
                    assert_eq!(queue.try_pop(), Ok(lap + message));
                }
                assert_eq!(queue.try_pop(), Err(PopError::Empty));
            }
        }
    });
}

#[test]
fn a_closed_queue_drains_and_what_is_left_is_dropped_once() {
    atomicity(|| {
        let alive = Arc::new(());
        let queue = Queue::starting_at(4, LAST).unwrap();
        for _ in 0..3 {
            queue.try_push(Arc::clone(&alive)).unwrap();
        }
        queue.close();
        queue.close();
        assert!(queue.is_closed());
        assert!(matches!(queue.try_push(Arc::clone(&alive)), Err(PushError::Closed(_))));
        assert!(queue.try_pop().is_ok());
        assert_eq!(Arc::strong_count(&alive), 3);
        drop(queue);
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn messages_of_no_size_are_counted_all_the_same() {
    atomicity(|| {
        let queue = Queue::new(1).unwrap();
        assert_eq!([queue.try_push(()), queue.try_push(())], [Ok(()), Err(PushError::Full(()))]);
        assert_eq!([queue.try_pop(), queue.try_pop()], [Ok(()), Err(PopError::Empty)]);
    });
}
