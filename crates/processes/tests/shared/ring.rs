//! Messages and bytes go from process to process, in order and until either side ends.

use super::*;

fn send_all((ring, batch): (Ring<u64>, usize)) {
    let mut sender = ring.sender().unwrap();
    let numbers: Vec<u64> = (0..100_000).collect();
    numbers.chunks(batch).for_each(|batch| sender.send_all(batch).unwrap());
}

fn receive_all(ring: Ring<u64>) -> (bool, u64) {
    let mut receiver = ring.receiver().unwrap();
    let mut count = 0;
    let mut in_order = true;
    while let Some(number) = receiver.recv().unwrap() {
        in_order &= number == count;
        count += 1;
    }
    (in_order, count)
}

pub(crate) fn messages_cross_in_order() {
    let pool = pool(2);
    for (capacity, batch) in [(1, 1), (64, 1), (64, 1000), (4096, 64)] {
        let ring = Ring::new(capacity).unwrap();
        let sent = pool.apply_async(send_all, (ring.clone(), batch)).unwrap();
        assert_eq!(pool.apply(receive_all, ring).unwrap(), (true, 100_000), "{capacity} {batch}");
        sent.join().unwrap();
    }
}

fn shout((from, to): (Ring<u8>, Ring<u8>)) {
    let mut text = String::new();
    from.receiver().unwrap().read_to_string(&mut text).unwrap();
    to.sender().unwrap().write_all(text.to_uppercase().as_bytes()).unwrap();
}

pub(crate) fn bytes_cross_as_a_stream() {
    let pool = pool(1);
    let (to, from) = (Ring::new(16).unwrap(), Ring::new(16).unwrap());
    let task = pool.apply_async(shout, (to.clone(), from.clone())).unwrap();
    let text = "not all of this fits into sixteen bytes at once. ".repeat(40);
    to.sender().unwrap().write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    from.receiver().unwrap().read_to_string(&mut answer).unwrap();
    assert_eq!(answer, text.to_uppercase());
    task.join().unwrap();
}

fn send_one_and_die(ring: Ring<u32>) {
    ring.sender().unwrap().send(5).unwrap();
    unreachable!("dropping the sender would end the stream well")
}

pub(crate) fn a_killed_sender_ends_the_stream_with_an_error() {
    let pool = pool(1);
    let ring = Ring::<u32>::new(8).unwrap();
    let task = |ring: Ring<u32>| {
        let mut sender = ring.sender().unwrap();
        sender.send(5).unwrap();
        kill_myself()
    };
    let lost = pool.apply_async::<_, ()>(task, ring.clone()).unwrap();
    let mut receiver = ring.receiver().unwrap();
    assert_eq!(receiver.recv().unwrap(), Some(5));
    assert!(matches!(receiver.recv(), Err(Error::PeerDied(_))));
    assert!(matches!(lost.join(), Err(Error::Lost { .. })));
    let panicking = Ring::<u32>::new(8).unwrap();
    let mut receiver = panicking.receiver().unwrap();
    assert!(matches!(pool.apply(send_one_and_die, panicking), Err(Error::Panicked { .. })));
    assert_eq!(
        (receiver.recv().unwrap(), receiver.recv().unwrap()),
        (Some(5), None),
        "a panic drops the sender"
    );
}

pub(crate) fn a_killed_receiver_frees_the_sender() {
    let pool = pool(1);
    let ring = Ring::<u32>::new(2).unwrap();
    let task = |ring: Ring<u32>| {
        let mut receiver = ring.receiver().unwrap();
        receiver.recv().unwrap();
        kill_myself()
    };
    let lost = pool.apply_async::<_, ()>(task, ring.clone()).unwrap();
    let mut sender = ring.sender().unwrap();
    let freed = (0..10).try_for_each(|number| sender.send(number));
    assert!(matches!(freed, Err(Error::PeerDied(_) | Error::NoReceiver)), "{freed:?}");
    assert!(matches!(lost.join(), Err(Error::Lost { .. })));
}
