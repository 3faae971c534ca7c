//! Streams of results, in order or not: drawn lazily, bounded in flight, and dropped early.

use super::*;

pub(crate) fn unordered_yields_each_task_once() {
    let pool = pool(3);
    let mut tasks: Vec<usize> = pool
        .map_unordered(slow_if_even, 0..50)
        .unwrap()
        .map(|(task, result)| {
            assert_eq!(result.unwrap(), task as u64);
            task
        })
        .collect();
    tasks.sort_unstable();
    assert_eq!(tasks, (0..50).collect::<Vec<_>>());
}

pub(crate) fn ordered_yields_in_order_however_long_tasks_take() {
    let pool = pool(3);
    for chunk in [1, 4] {
        let results: Result<Vec<u64>, _> = pool.chunked(chunk).imap(slow_if_even, 0..50).unwrap().collect();
        assert_eq!(results.unwrap(), (0..50).collect::<Vec<_>>());
    }
}

pub(crate) fn streams_draw_from_endless_iterators() {
    let pool = pool(2);
    let drawn = Cell::new(0);
    let endless = || {
        std::iter::from_fn(|| {
            drawn.set(drawn.get() + 1);
            Some(1i64)
        })
    };
    let unordered = pool.map_unordered(wrapping_square, endless()).unwrap();
    assert!(unordered.take(100).all(|(_, one)| one.unwrap() == 1));
    assert!(drawn.replace(0) < 200, "it ran ahead");
    let ordered = pool.imap(wrapping_square, endless()).unwrap();
    assert!(ordered.take(100).all(|one| one.unwrap() == 1));
    assert!(drawn.get() < 200, "it ran ahead: {}", drawn.get());
    // Dropped early, they block no worker.
    drop(pool.map_unordered(slow_if_even, std::iter::repeat(0)).unwrap().next());
    drop(pool.imap(slow_if_even, std::iter::repeat(0)).unwrap().next());
    assert_eq!(pool.broadcast(|()| (), |_| ()).unwrap().len(), 2);
}

/// The first task ends once it may, all others immediately.
fn first_waits((counters, task): (Counters, u64)) -> u64 {
    while task == 0 && counters[0].load(Relaxed) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    counters[1].fetch_add(1, Relaxed);
    task
}

pub(crate) fn behind_a_slow_task_no_more_is_drawn_than_may_be_in_flight() {
    for (chunk, in_flight) in [(1, 1), (1, 5), (3, 4)] {
        let (pool, counters, drawn) = (pool(2), Counters::zeroed(2).unwrap(), Cell::new(0));
        let tasks = (0..60).inspect(|_| drawn.set(drawn.get() + 1)).map(|task| (counters.clone(), task));
        let mut stream = pool.chunked(chunk).in_flight(in_flight).imap(first_waits, tasks).unwrap();
        let window = (chunk * in_flight) as u64;
        thread::scope(|scope| {
            scope.spawn(|| {
                // All in flight end before the first task does, except for those of its own chunk.
                let others = window - chunk as u64;
                eventually("the others are done", || counters[1].load(Relaxed) == others);
                counters[0].store(1, Relaxed);
            });
            assert_eq!(stream.next().unwrap().unwrap(), 0);
        });
        assert_eq!(drawn.get(), window, "chunks of {chunk}, {in_flight} in flight");
        for (taken, result) in (1..).zip(&mut stream) {
            assert_eq!(result.unwrap(), taken);
            assert!(drawn.get() <= taken + 1 + window, "{} were drawn when {taken} were taken", drawn.get());
        }
        assert_eq!(drawn.get(), 60);
    }
}

pub(crate) fn large_results_come_in_order() {
    let pool = pool(2);
    let large = |size: usize| ByteBuf::from(vec![size as u8; 8 << 20 | size]);
    for in_flight in [1, 4] {
        let results = pool.in_flight(in_flight).chunked(1).imap(large, 0..8).unwrap();
        let sizes: Vec<usize> = results.map(|result| result.unwrap().len() & 0xff).collect();
        assert_eq!(sizes, (0..8).collect::<Vec<_>>());
    }
}

pub(crate) fn a_pool_can_be_used_while_results_come() {
    let pool = pool(2);
    for (task, result) in pool.chunked(1).map_unordered(wrapping_square, 0..50).unwrap() {
        assert_eq!(pool.apply(wrapping_square, task as i64).unwrap(), result.unwrap());
        assert_eq!(pool.map(wrapping_square, 0..3).unwrap(), [0, 1, 4]);
        assert_eq!(pool.imap(wrapping_square, 0..3).unwrap().count(), 3);
        if task == 20 {
            pool.broadcast(|()| (), |_| ()).unwrap();
        }
    }
}
