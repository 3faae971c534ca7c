//! For any sizes and calls, a queue behaves like a `VecDeque`, and work is given out exactly once.

use parallax_atomics::blocks::counter::{GuidedCounter, WorkCounter};
use parallax_atomics::blocks::mpmc::{PopError, PushError, Queue};
use parallax_atomics::blocks::spsc::ring;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::ops::Range;

#[derive(Debug, Clone, Copy)]
enum Call {
    Push,
    PushSlice(usize),
    Pop,
    PopInto(usize),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        Just(Call::Push),
        (0_usize..12).prop_map(Call::PushSlice),
        Just(Call::Pop),
        (0_usize..12).prop_map(Call::PopInto),
    ]
}

proptest! {
    #[test]
    fn a_ring_is_a_bounded_deque(capacity in 1_usize..20, calls in prop::collection::vec(call(), 0..200)) {
        let (mut producer, mut consumer) = ring(capacity).unwrap();
        let room = producer.capacity();
        prop_assert!(room >= capacity && room < 2 * capacity);
        let mut deque = VecDeque::new();
        let mut fresh = 0..;
        for call in calls {
            match call {
                Call::Push => {
                    let message: usize = fresh.next().unwrap();
                    let pushed = producer.push(message);
                    prop_assert_eq!(pushed, if deque.len() < room { Ok(()) } else { Err(message) });
                    deque.extend(pushed.is_ok().then_some(message));
                }
                Call::PushSlice(count) => {
                    let messages: Vec<_> = fresh.by_ref().take(count).collect();
                    let taken = producer.push_slice(&messages);
                    prop_assert_eq!(taken, count.min(room - deque.len()));
                    deque.extend(&messages[..taken]);
                }
                Call::Pop => prop_assert_eq!(consumer.pop(), deque.pop_front()),
                Call::PopInto(limit) => {
                    let mut got = Vec::new();
                    let count = consumer.pop_into(limit, |message| got.push(message));
                    let expected: Vec<_> = deque.drain(..limit.min(deque.len())).collect();
                    prop_assert_eq!((count, got), (expected.len(), expected));
                }
            }
        }
    }

    #[test]
    fn a_queue_is_a_bounded_deque(
        capacity in 1_usize..20,
        pushes in prop::collection::vec(any::<bool>(), 0..200),
        closed_after in 0_usize..200,
    ) {
        let queue = Queue::new(capacity).unwrap();
        let mut deque = VecDeque::new();
        for (call, push) in pushes.into_iter().enumerate() {
            let open = call < closed_after;
            if !open {
                queue.close();
            }
            if push {
                let expected = match deque.len() {
                    _ if !open => Err(PushError::Closed(call)),
                    len if len == queue.capacity() => Err(PushError::Full(call)),
                    _ => Ok(()),
                };
                prop_assert_eq!(queue.try_push(call), expected);
                deque.extend(expected.is_ok().then_some(call));
            } else {
                let end = if open { PopError::Empty } else { PopError::Closed };
                prop_assert_eq!(queue.try_pop(), deque.pop_front().ok_or(end));
            }
        }
    }

    #[test]
    fn pieces_of_a_counter_tile_the_items(len in 0_usize..5000, grain in 0_usize..300) {
        let work = WorkCounter::new(len, grain);
        let pieces: Vec<_> = std::iter::from_fn(|| work.next()).collect();
        prop_assert_eq!(pieces.len(), len.div_ceil(grain.max(1)));
        prop_assert!(tile(&pieces, len));
    }

    #[test]
    fn guided_pieces_tile_the_items_and_never_grow(
        len in 0_usize..5000,
        grain in 0_usize..300,
        workers in 0_usize..9,
    ) {
        let work = GuidedCounter::new(len, grain, workers);
        let pieces: Vec<_> = std::iter::from_fn(|| work.next()).collect();
        prop_assert!(tile(&pieces, len));
        let mut sizes = pieces.iter().map(ExactSizeIterator::len);
        prop_assert!(sizes.clone().zip(sizes.clone().skip(1)).all(|(size, next)| size >= next));
        prop_assert!(sizes.next_back().is_none_or(|last| last <= grain.max(1)));
        prop_assert!(sizes.all(|size| size >= grain));
    }
}

fn tile(pieces: &[Range<usize>], len: usize) -> bool {
    let ends = pieces.iter().map(|piece| piece.end);
    let starts = pieces.iter().map(|piece| piece.start).chain([len]);
    starts.eq(std::iter::once(0).chain(ends)) && pieces.iter().all(|piece| !piece.is_empty())
}
