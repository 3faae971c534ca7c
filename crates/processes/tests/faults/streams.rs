//! Faults in the middle of a stream, of `first_done` or of the end of a pool: each task gets its error, the others go
//! on.

use super::*;
use parallax_processes::shared::Counters;
use std::sync::atomic::Ordering::Relaxed;

/// Fails at 3, 4, 5, 6 and 7, in a different way each.
fn misbehave(x: u64) -> Vec<u64> {
    match x {
        3 => panic!("three"),
        4 => kill_myself(),
        5 => exit(5),
        // More than any machine has: the result cannot be allocated, and the process aborts.
        6 => Vec::with_capacity(1 << 50),
        7 => loop {
            thread::sleep(Duration::from_secs(1));
        },
        _ => vec![x],
    }
}

fn expect_misbehaviour(task: usize, result: Result<Vec<u64>, Error>) {
    match (task, result) {
        (3, Err(Error::Panicked { task: 3, panic })) => assert_eq!(panic.message, "three"),
        (4, Err(Error::Lost { task: 4, death: Death::Killed(9), .. })) => {}
        (5, Err(Error::Lost { task: 5, death: Death::Exited(5), .. })) => {}
        (6, Err(Error::Lost { task: 6, death: Death::Killed(6), .. })) => {}
        (7, Err(Error::TimedOut { task: 7, running: 7, .. })) => {}
        (task, Ok(result)) if !(3..8).contains(&task) => assert_eq!(result, [task as u64]),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn an_ordered_stream_goes_on_after_every_kind_of_fault() {
    let pool = pool(2);
    let limited = pool.time_limit(Duration::from_millis(300));
    let results: Vec<_> = limited.imap(misbehave, 0..20).unwrap().collect();
    assert_eq!(results.len(), 20);
    results.into_iter().enumerate().for_each(|(task, result)| expect_misbehaviour(task, result));
    let mut seen = BTreeSet::new();
    for (task, result) in limited.map_unordered(misbehave, 0..20).unwrap() {
        assert!(seen.insert(task), "twice: {task}");
        expect_misbehaviour(task, result);
    }
    assert_eq!(seen.len(), 20);
    assert_whole(&pool);
}

pub(crate) fn each_task_of_a_lost_chunk_has_its_place_in_the_stream() {
    let pool = pool(2);
    let results: Vec<_> = pool.chunked(4).imap(deadly_13, 0..20).unwrap().collect();
    assert_eq!(results.len(), 20);
    for (task, result) in results.into_iter().enumerate() {
        match result {
            Ok(twice) => assert_eq!((twice as usize, (12..16).contains(&task)), (2 * task, false)),
            Err(Error::Lost { task: told, running: 13, .. }) if (12..16).contains(&task) => {
                assert_eq!(told, task)
            }
            other => panic!("{task}: {other:?}"),
        }
    }
    assert_whole(&pool);
}

pub(crate) fn a_worker_killed_between_two_results_costs_the_stream_no_task() {
    let pool = pool(1);
    let mut stream = pool.in_flight(1).imap(double, 0..10).unwrap();
    for task in 0..10 {
        // With one in flight the worker is idle here.
        let victim = pool.worker_ids()[0];
        kill(victim, Signal::KILL);
        eventually("it dies", || !runs(victim));
        assert_eq!(stream.next().unwrap().unwrap(), 2 * task);
    }
    assert!(stream.next().is_none());
}

/// Counts that it has begun, and hangs if it is the first.
fn hang_first((counters, task): (Counters, u64)) -> u64 {
    counters[0].fetch_add(1, Relaxed);
    if task == 0 {
        hang(());
    }
    task
}

pub(crate) fn a_stream_dropped_early_leaves_a_hanging_task_and_nothing_else() {
    in_time(|| {
        let (pool, counters) = (pool(1), Counters::zeroed(1).unwrap());
        let stream = || (0..9).map(|task| (counters.clone(), task));
        drop(pool.imap(hang_first, stream()).unwrap());
        assert_eq!(counters[0].load(Relaxed), 0, "nothing is drawn before the first result is wanted");
        let mut started = pool.time_limit(Duration::from_millis(300)).imap(hang_first, stream()).unwrap();
        assert!(matches!(started.next(), Some(Err(Error::TimedOut { task: 0, .. }))));
        drop(started);
        // At most the tasks that were in flight have begun, and the pool is free for others.
        assert_whole(&pool);
        assert!(counters[0].load(Relaxed) <= 3, "cancelled tasks have begun: {counters:?}");
        drop(pool);
    });
}

pub(crate) fn a_dropped_pool_does_not_wait_for_a_task_whose_stream_is_gone() {
    in_time(|| {
        let pool = pool(2);
        let counters = Counters::zeroed(1).unwrap();
        let ids = pool.worker_ids();
        let tasks = (0..2).map(|task| (counters.clone(), task));
        let mut unordered = pool.map_unordered(hang_first, tasks).unwrap();
        assert_eq!(unordered.next().unwrap().1.unwrap(), 1);
        drop(unordered);
        drop(pool);
        assert!(ids.iter().all(|pid| !runs(*pid)));
    });
}

pub(crate) fn the_first_result_wins_although_others_fail() {
    let pool = pool(3);
    let limited = pool.time_limit(Duration::from_millis(300));
    let (winner, result) = limited.first_done(misbehave, [3, 4, 5, 6, 7, 8, 9]).unwrap();
    assert!(winner >= 5 && result == [winner as u64 + 3], "{winner}: {result:?}");
    let lost = pool.first_done(misbehave, [4]);
    assert!(matches!(lost, Err(Error::Lost { task: 0, .. })), "{lost:?}");
    let panicked = pool.first_done(misbehave, [3; 5]);
    assert!(matches!(panicked, Err(Error::Panicked { .. })), "{panicked:?}");
    assert_whole(&pool);
}

pub(crate) fn closing_reports_what_dies_meanwhile() {
    in_time(|| {
        let pool = pool(2);
        let handles: Vec<_> = (10..20).map(|x| pool.apply_async(deadly_13, x).unwrap()).collect();
        pool.close();
        for (x, handle) in (10..).zip(handles) {
            match handle.join() {
                Ok(twice) => assert!(x != 13 && twice == 2 * x),
                Err(Error::Lost { task: 0, .. }) => assert_eq!(x, 13),
                Err(other) => panic!("{other}"),
            }
        }
        assert!(pool.worker_ids().is_empty());
    });
}

pub(crate) fn a_replacement_that_dies_is_replaced_and_counts_anew() {
    let pool = Pool::builder().workers(1).tasks_per_worker(3).build().unwrap();
    let lost = pool.chunked(1).map(deadly_13, 12..15);
    assert!(matches!(lost, Err(Error::Lost { task: 1, .. })), "{lost:?}");
    let ids = pool.chunked(1).map(|_: u32| process::id(), 0..6).unwrap();
    assert!(ids[0] == ids[2] && ids[2] != ids[3] && ids[3] == ids[5], "{ids:?}");
}
