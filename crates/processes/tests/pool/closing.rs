//! The end of a pool: closed, it finishes its tasks; dropped, it ends immediately.

use super::*;

pub(crate) fn dropping_a_pool_ends_its_tasks() {
    let pool = pool(1);
    let running = pool.apply_async(hang, ()).unwrap();
    let queued = pool.apply_async(wrapping_square, 1).unwrap();
    let ids = pool.worker_ids();
    drop(pool);
    assert!(matches!(running.join(), Err(Error::Closed)));
    assert!(matches!(queued.join(), Err(Error::Closed)));
    assert!(ids.iter().all(|pid| !common::runs(*pid)));
}

pub(crate) fn closing_finishes_what_was_submitted_and_refuses_the_rest() {
    let pool = pool(2);
    let ids = pool.worker_ids();
    let handles: Vec<_> = (0..40).map(|x| pool.apply_async(slow_if_even, x).unwrap()).collect();
    pool.close();
    assert!(handles.iter().all(|handle| handle.is_done()), "closed before its tasks were done");
    let results: Vec<u64> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(results, (0..40).collect::<Vec<_>>());
    assert!(ids.iter().all(|pid| !common::runs(*pid)) && pool.worker_ids().is_empty());
    let refused = |closed: Option<Error>| assert!(matches!(closed, Some(Error::Closed)), "{closed:?}");
    refused(pool.map(wrapping_square, [1]).err());
    refused(pool.imap(wrapping_square, [1]).err());
    refused(pool.map_unordered(wrapping_square, [1]).err());
    refused(pool.apply(wrapping_square, 1).err());
    refused(pool.apply_async(wrapping_square, 1).err());
    refused(pool.first_done(wrapping_square, [1]).err());
    refused(pool.broadcast(|()| (), |_| ()).err());
    pool.close();
}

/// Counts that it has begun, and ends once it may.
fn gated((counters, task): (Counters, u64)) -> u64 {
    counters[1].fetch_add(1, Relaxed);
    while counters[0].load(Relaxed) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    task
}

pub(crate) fn closing_waits_for_calls_of_other_threads() {
    let (pool, counters) = (pool(2), Counters::zeroed(2).unwrap());
    let tasks: Vec<_> = (0..20).map(|task| (counters.clone(), task)).collect();
    thread::scope(|scope| {
        let map = scope.spawn(|| pool.chunked(1).map(gated, tasks).unwrap());
        eventually("tasks have begun", || counters[1].load(Relaxed) == 2);
        let close = scope.spawn(|| pool.close());
        // A call that needs no worker: both are taken.
        let is_closed = || matches!(pool.first_done(wrapping_square, []), Err(Error::Closed));
        eventually("it refuses calls", is_closed);
        assert!(!close.is_finished(), "18 tasks have not begun");
        counters[0].store(1, Relaxed);
        assert_eq!(map.join().unwrap(), (0..20).collect::<Vec<_>>());
        close.join().unwrap();
    });
    assert!(pool.worker_ids().is_empty());
}

pub(crate) fn a_stream_ends_after_the_pool_was_closed() {
    in_time(|| {
        let pool = pool(2);
        let mut ordered = pool.imap(slow_if_even, 0..).unwrap();
        assert_eq!(ordered.next().unwrap().unwrap(), 0);
        let mut unordered = pool.map_unordered(slow_if_even, 0..).unwrap();
        assert!(unordered.next().unwrap().1.is_ok());
        pool.close();
        let ordered: Vec<_> = ordered.collect();
        // Four were drawn, of which one was taken; room for one more was found after the end.
        assert!(matches!(&ordered[..], [Ok(1), Ok(2), Ok(3), .., Err(Error::Closed)]), "{ordered:?}");
        assert_eq!(ordered.iter().filter(|result| result.is_err()).count(), 1);
        let unordered: Vec<_> = unordered.map(|(_, result)| result).collect();
        let lost = unordered.iter().filter(|result| result.is_err()).count();
        assert!(unordered.len() >= 4 && lost == 1, "{unordered:?}");
    });
}

pub(crate) fn many_may_close_a_pool_at_once() {
    in_time(|| {
        let pool = pool(2);
        let ids = pool.worker_ids();
        let handle = pool.apply_async(slow_if_even, 2).unwrap();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    pool.close();
                    assert!(ids.iter().all(|pid| !common::runs(*pid)), "it returned before the end");
                });
            }
        });
        assert_eq!(handle.join().unwrap(), 2);
    });
    // One that was never used has nothing to wait for.
    pool(1).close();
}
