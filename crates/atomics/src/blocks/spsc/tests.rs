//! The ring, under every interleaving that loom finds, and across the wrap of its counters.

use super::super::primitive::{Arc, atomicity, model, spawn, yield_now};
use super::{ring, starting_at};

#[test]
fn messages_arrive_whole_and_in_order() {
    model(|| {
        let (mut producer, mut consumer) = ring(1).unwrap();
        let sender = spawn(move || {
            for message in 0..3_u32 {
                while producer.push(message).is_err() {
                    yield_now();
                }
            }
        });
        for expected in 0..3 {
            let message = loop {
                match consumer.pop() {
                    Some(message) => break message,
                    None => yield_now(),
                }
            };
            assert_eq!(message, expected);
        }
        sender.join().unwrap();
    });
}

#[test]
fn what_was_sent_before_the_producer_went_is_received() {
    model(|| {
        let (mut producer, mut consumer) = ring(2).unwrap();
        let sender = spawn(move || (1..=2_u32).for_each(|message| producer.send(message).unwrap()));
        assert_eq!([consumer.recv(), consumer.recv(), consumer.recv()], [Some(1), Some(2), None]);
        sender.join().unwrap();
    });
}

#[test]
fn what_the_consumer_freed_before_it_went_is_free() {
    model(|| {
        let (mut producer, mut consumer) = ring(1).unwrap();
        producer.push(1).unwrap();
        let receiver = spawn(move || consumer.pop());
        if producer.is_abandoned() {
            assert_eq!(producer.push(2), Ok(()));
        }
        assert_eq!(receiver.join().unwrap(), Some(1));
    });
}

#[test]
fn a_full_ring_gives_the_message_back_and_an_abandoned_one_says_so() {
    atomicity(|| {
        for (asked, room) in [(1, 1), (2, 2), (3, 4)] {
            let (mut producer, mut consumer) = starting_at(asked, usize::MAX - 1).unwrap();
            assert_eq!(producer.capacity(), room);
            for lap in 0..3 {
                for message in 0..room {
                    assert_eq!(producer.push(lap + message), Ok(()));
                }
                assert_eq!(producer.push(99), Err(99));
                for message in 0..room {
                    assert_eq!(consumer.pop(), Some(lap + message));
                }
                assert_eq!(consumer.pop(), None);
            }
            assert!(!producer.is_abandoned() && !consumer.is_abandoned());
            drop(consumer);
            assert!(producer.is_abandoned());
            assert_eq!(producer.send(1), Ok(()), "there is room");
            assert_eq!((1..=room).find_map(|message| producer.send(message).err()), Some(room));
        }
    });
}

#[test]
fn each_message_is_dropped_once_wherever_it_ends() {
    atomicity(|| {
        let alive = Arc::new(());
        let (mut producer, mut consumer) = starting_at(4, usize::MAX - 1).unwrap();
        for _ in 0..4 {
            producer.push(Arc::clone(&alive)).unwrap();
        }
        drop(producer.push(Arc::clone(&alive)));
        assert_eq!(Arc::strong_count(&alive), 5);
        drop(consumer.pop());
        assert_eq!(Arc::strong_count(&alive), 4);
        drop((producer, consumer));
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn messages_of_no_size_are_counted_all_the_same() {
    atomicity(|| {
        let (mut producer, mut consumer) = ring(2).unwrap();
        assert_eq!([producer.push(()), producer.push(()), producer.push(())], [Ok(()), Ok(()), Err(())]);
        assert_eq!([consumer.pop(), consumer.pop(), consumer.pop()], [Some(()), Some(()), None]);
    });
}
