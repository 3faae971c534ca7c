//! One task or many: the results of `map`, `apply` and similar calls, and when they come.

use super::*;

pub(crate) fn map_equals_iterator_map() {
    let pool = pool(3);
    let tasks = prop::collection::vec(any::<i64>(), 0..200);
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let property = |(tasks, chunk, in_flight): (Vec<i64>, usize, usize)| {
        let expected: Vec<i64> = tasks.iter().copied().map(wrapping_square).collect();
        prop_assert_eq!(&pool.map(wrapping_square, tasks.clone()).unwrap(), &expected);
        prop_assert_eq!(&pool.chunked(chunk).map(wrapping_square, tasks.clone()).unwrap(), &expected);
        let mut unordered: Vec<_> =
            pool.chunked(chunk).map_unordered(wrapping_square, tasks.clone()).unwrap().collect();
        unordered.sort_by_key(|(task, _)| *task);
        let unordered: Vec<i64> = unordered.into_iter().map(|(_, result)| result.unwrap()).collect();
        prop_assert_eq!(&unordered, &expected);
        let options = pool.chunked(chunk).in_flight(in_flight);
        let ordered: Result<Vec<i64>, _> = options.imap(wrapping_square, tasks).unwrap().collect();
        prop_assert_eq!(&ordered.unwrap(), &expected);
        Ok(())
    };
    runner.run(&(tasks, 1usize..50, 1usize..9), property).unwrap();
}

pub(crate) fn results_come_in_order_however_long_tasks_take() {
    assert_eq!(pool(3).chunked(1).map(slow_if_even, 0..24).unwrap(), (0..24).collect::<Vec<_>>());
}

pub(crate) fn nothing_to_do_is_nothing() {
    let pool = pool(1);
    assert_eq!(pool.map(wrapping_square, []).unwrap(), [0i64; 0]);
    assert_eq!(pool.chunked(7).map(wrapping_square, []).unwrap(), [0i64; 0]);
    assert_eq!(pool.map_unordered(wrapping_square, []).unwrap().count(), 0);
    assert_eq!(pool.imap(wrapping_square, []).unwrap().count(), 0);
    assert!(matches!(pool.first_done(wrapping_square, []), Err(Error::NoTasks)));
}

pub(crate) fn impossible_sizes_are_errors() {
    assert!(matches!(Pool::builder().workers(0).build(), Err(Error::NoWorkers)));
    assert!(matches!(Pool::builder().chunk_size(0).build(), Err(Error::EmptyChunk)));
    let pool = pool(1);
    assert!(matches!(pool.chunked(0).map(wrapping_square, [1]), Err(Error::EmptyChunk)));
    assert!(matches!(pool.chunked(0).map_unordered(wrapping_square, [1]), Err(Error::EmptyChunk)));
    assert!(matches!(pool.chunked(0).imap(wrapping_square, [1]), Err(Error::EmptyChunk)));
    assert!(matches!(pool.in_flight(0).imap(wrapping_square, [1]), Err(Error::NothingInFlight)));
    let nothing = Pool::builder().workers(1).tasks_per_worker(0).build();
    assert!(matches!(nothing, Err(Error::NoTasksPerWorker)));
}

pub(crate) fn ten_thousand_tasks() {
    let pool = pool(2);
    let expected: Vec<i64> = (0..10_000).map(wrapping_square).collect();
    assert_eq!(pool.map(wrapping_square, 0..10_000).unwrap(), expected);
    assert_eq!(pool.chunked(1).map(wrapping_square, 0..10_000).unwrap(), expected);
    let handles: Vec<_> = (0..1_000).map(|x| pool.apply_async(wrapping_square, x).unwrap()).collect();
    let results: Vec<i64> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(results, expected[..1_000]);
}

pub(crate) fn async_tasks_wait_for_free_workers() {
    let pool = pool(2);
    let handles: Vec<_> = (0..40).map(|x| pool.apply_async(slow_if_even, x).unwrap()).collect();
    assert_eq!(pool.map(wrapping_square, [5]).unwrap(), [25], "in between");
    let results: Vec<u64> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(results, (0..40).collect::<Vec<_>>());
    let forgotten = pool.apply_async(slow_if_even, 2).unwrap();
    drop(forgotten);
    assert_eq!(pool.apply(wrapping_square, 4).unwrap(), 16);
}

pub(crate) fn a_handle_comes_back_when_its_time_is_over() {
    let pool = pool(1);
    let handle = pool.apply_async(|()| thread::sleep(Duration::from_millis(300)), ()).unwrap();
    let handle = handle.join_timeout(Duration::from_millis(1)).unwrap_err();
    assert!(!handle.is_done());
    handle.join_timeout(Duration::from_secs(60)).unwrap().unwrap();
}

/// Adds one to the second counter, and returns once the first is not 0.
fn begin_and_wait((counters, task): (Counters, u64)) -> u64 {
    counters[1].fetch_add(1, Relaxed);
    while task != 0 && counters[0].load(Relaxed) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    task
}

pub(crate) fn the_first_result_ends_the_other_tasks() {
    let (pool, counters) = (pool(3), Counters::zeroed(2).unwrap());
    let before = pool.worker_ids();
    let tasks = [1, 0, 2].map(|task| (counters.clone(), task));
    assert_eq!(pool.first_done(begin_and_wait, tasks).unwrap(), (1, 0));
    let after = pool.worker_ids();
    let ended: Vec<_> = before.iter().filter(|pid| !after.contains(pid)).collect();
    assert!(ended.len() == 2 && ended.iter().all(|pid| !common::runs(**pid)), "{before:?} {after:?}");
    assert_eq!(pool.broadcast(|()| (), |_| ()).unwrap().len(), 3);
}

pub(crate) fn tasks_after_the_first_result_never_begin() {
    let (pool, counters) = (pool(1), Counters::zeroed(2).unwrap());
    let tasks = (0..5).map(|task| (counters.clone(), task));
    assert_eq!(pool.first_done(begin_and_wait, tasks).unwrap(), (0, 0));
    assert_eq!(counters[1].load(Relaxed), 1);
}

pub(crate) fn a_call_has_a_time_limit_of_its_own() {
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(3600));
    let late = |result: Result<(), Error>, limit: Duration| match result {
        Err(Error::TimedOut { limit: told, .. }) => assert_eq!(told, limit),
        other => panic!("{other:?}"),
    };
    let pool = pool(2);
    late(pool.time_limit(short).map(hang, [()]).map(drop), short);
    late(pool.time_limit(short).apply(hang, ()), short);
    late(pool.time_limit(short).apply_async(hang, ()).unwrap().join(), short);
    late(pool.time_limit(short).imap(hang, [()]).unwrap().next().unwrap(), short);
    late(pool.time_limit(short).map_unordered(hang, [()]).unwrap().next().unwrap().1, short);
    late(pool.time_limit(short).first_done(hang, [(), ()]).map(drop), short);
    let slow = |ms| thread::sleep(Duration::from_millis(ms));
    let strict = Pool::builder().workers(1).time_limit(short).build().unwrap();
    late(strict.apply(slow, 3_600_000), short);
    strict.time_limit(long).apply(slow, 300).unwrap();
}
