//! Tests of the ring between processes: messages arrive once and in order.

use std::thread;
use std::time::Duration;

use super::*;

#[test]
fn messages_arrive_once_and_in_order_however_small_the_ring() {
    for capacity in [1, 2, 64, 4096] {
        let ring = Ring::<u64>::new(capacity).unwrap();
        let (mut sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
        thread::scope(|scope| {
            scope.spawn(move || (0..20_000).for_each(|number| sender.send(number).unwrap()));
            let received: Vec<u64> = std::iter::from_fn(|| receiver.recv().unwrap()).collect();
            assert_eq!(received, (0..20_000).collect::<Vec<_>>(), "capacity {capacity}");
        });
    }
}

#[test]
fn messages_that_are_made_in_the_ring_arrive_once_and_in_order() {
    for (capacity, most) in [(1, 9), (4, 1), (4, 3), (64, 100)] {
        let ring = Ring::<u64>::new(capacity).unwrap();
        let (mut sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut left = 0..20_000u64;
                while !left.is_empty() {
                    let made = left.start;
                    let count = sender.send_from(most.min(left.clone().count()), || left.next().unwrap());
                    assert_eq!(left.start - made, count.unwrap() as u64, "as many as it says");
                }
            });
            while receiver.recv_each(3, |number| received.push(number)).unwrap() > 0 {}
        });
        assert!(received.iter().copied().eq(0..20_000), "capacity {capacity}, at most {most}");
    }
}

#[test]
fn messages_are_shown_together_and_places_given_back_together() {
    let ring = Ring::<u8>::new(8).unwrap();
    let (mut sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
    let tail = || ring.control().tail.0.load(Relaxed);
    let mut next = 0..9;
    let seen = |number: u8| {
        assert_eq!(tail(), 0, "message {number} is shown before the others are made");
        number
    };
    assert_eq!(sender.send_from(9, || seen(next.next().unwrap())).unwrap(), 8, "there is no room for more");
    let head = || ring.control().head.0.load(Relaxed);
    assert_eq!(receiver.recv_each(5, |_| assert_eq!(head(), 0)).unwrap(), 5);
    assert_eq!((tail(), head(), receiver.recv_each(0, |_| unreachable!()).unwrap()), (8, 5, 0));
}

#[test]
fn counts_may_wrap_around() {
    let ring = Ring::<u32>::new(4).unwrap();
    let start = u32::MAX - 5;
    for count in [&ring.control().tail, &ring.control().head] {
        count.0.store(start, Relaxed);
    }
    let (mut sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
    for round in 0..10 {
        sender.send_all(&[round, round + 1, round + 2]).unwrap();
        let received: Vec<u32> = (0..3).map(|_| receiver.recv().unwrap().unwrap()).collect();
        assert_eq!(received, [round, round + 1, round + 2]);
    }
    assert!(ring.control().tail.0.load(Relaxed) < 100, "it did");
}

#[test]
fn each_end_is_taken_once() {
    let ring = Ring::<u8>::new(4).unwrap();
    let sender = ring.sender().unwrap();
    assert!(matches!(ring.sender(), Err(Error::EndTaken(pid)) if pid == std::process::id()));
    drop(sender);
    assert!(matches!(ring.sender(), Err(Error::EndTaken(_))), "the stream has ended");
}

#[test]
fn a_receiver_that_goes_frees_a_sender_that_waits() {
    let ring = Ring::<u8>::new(2).unwrap();
    let (mut sender, receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
    thread::scope(|scope| {
        let stuck = scope.spawn(move || sender.send_all(&[0; 5]));
        drop(receiver);
        assert!(matches!(stuck.join().unwrap(), Err(Error::NoReceiver)));
    });
}

#[test]
fn nobody_at_the_other_end_is_waited_for_until_the_timeout() {
    let ring = Ring::<u8>::new(2).unwrap();
    let (mut sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
    receiver.set_timeout(Some(Duration::from_millis(1)));
    assert!(matches!(receiver.recv(), Err(Error::PeerLate(_))));
    sender.set_timeout(Some(Duration::from_millis(1)));
    assert!(matches!(sender.send_all(&[0; 3]), Err(Error::PeerLate(_))));
    assert_eq!(receiver.recv().unwrap(), Some(0), "what was sent before is there");
}

#[test]
fn a_dead_sender_ends_the_waiting_after_what_it_had_sent() {
    let ring = Ring::<u8>::new(4).unwrap();
    let (mut sender, mut receiver) = (ring.sender().unwrap(), ring.receiver().unwrap());
    sender.send(9).unwrap();
    std::mem::forget(sender);
    ring.control().sender.store(1 << 32 | 77, Relaxed); // process 1 was born at another time
    assert_eq!(receiver.recv().unwrap(), Some(9));
    assert!(matches!(receiver.recv(), Err(Error::PeerDied(1))));
}

#[test]
fn impossible_rings_are_refused() {
    assert!(matches!(Ring::<u8>::new(0), Err(Error::Shape(_))));
    assert!(matches!(Ring::<u8>::new(LARGEST + 1), Err(Error::Shape(_))));
    assert!(matches!(Ring::<()>::new(1), Err(Error::Shape(_))));
    assert_eq!(Ring::<u8>::new(5).unwrap().capacity(), 8);
}
