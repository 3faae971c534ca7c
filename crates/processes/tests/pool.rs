//! A pool gives what the iterator would give, whatever the size of tasks, results, chunks and crowds.

mod common;

use std::collections::HashSet;
use std::fmt::Debug;
use std::ops::Add;
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, fs, io, process, thread};

use common::{hang, in_time, pool};
use parallax_processes::shared::Barrier;
use parallax_processes::{Error, Pool};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

fn main() {
    parallax_processes::init();
    common::run!(
        map_equals_iterator_map,
        results_come_in_order_however_long_tasks_take,
        nothing_to_do_is_nothing,
        impossible_sizes_are_errors,
        ten_thousand_tasks,
        functions_may_be_generic_or_closures_that_capture_nothing,
        structures_enums_and_strings_cross,
        a_hundred_mebibytes_come_back,
        large_values_cross_both_ways,
        full_pipes_in_both_directions_do_not_deadlock,
        tasks_run_in_other_processes,
        async_tasks_wait_for_free_workers,
        a_handle_comes_back_when_its_time_is_over,
        dropping_a_pool_ends_its_tasks,
        broadcast_runs_everywhere_at_once,
        an_initializer_runs_once_in_each_worker,
        many_threads_share_a_pool,
        unordered_yields_each_task_once,
        unordered_draws_from_endless_iterators,
        a_pool_can_be_used_while_results_come,
        a_pool_outlives_the_thread_that_built_it,
        workers_inherit_what_is_documented,
        workers_have_no_descriptors_but_their_own,
    );
}

fn wrapping_square(x: i64) -> i64 {
    x.wrapping_mul(x)
}

fn map_equals_iterator_map() {
    let pool = pool(3);
    let tasks = prop::collection::vec(any::<i64>(), 0..200);
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let property = |(tasks, chunk): (Vec<i64>, usize)| {
        let expected: Vec<i64> = tasks.iter().copied().map(wrapping_square).collect();
        prop_assert_eq!(&pool.map(wrapping_square, tasks.clone()).unwrap(), &expected);
        prop_assert_eq!(&pool.chunked(chunk).map(wrapping_square, tasks.clone()).unwrap(), &expected);
        let mut unordered: Vec<_> =
            pool.chunked(chunk).map_unordered(wrapping_square, tasks).unwrap().collect();
        unordered.sort_by_key(|(task, _)| *task);
        let unordered: Vec<i64> = unordered.into_iter().map(|(_, result)| result.unwrap()).collect();
        prop_assert_eq!(&unordered, &expected);
        Ok(())
    };
    runner.run(&(tasks, 1usize..50), property).unwrap();
}

fn slow_if_even(x: u64) -> u64 {
    if x.is_multiple_of(2) {
        thread::sleep(Duration::from_millis(5));
    }
    x
}

fn results_come_in_order_however_long_tasks_take() {
    assert_eq!(pool(3).chunked(1).map(slow_if_even, 0..24).unwrap(), (0..24).collect::<Vec<_>>());
}

fn nothing_to_do_is_nothing() {
    let pool = pool(1);
    assert_eq!(pool.map(wrapping_square, []).unwrap(), [0i64; 0]);
    assert_eq!(pool.chunked(7).map(wrapping_square, []).unwrap(), [0i64; 0]);
    assert_eq!(pool.map_unordered(wrapping_square, []).unwrap().count(), 0);
}

fn impossible_sizes_are_errors() {
    assert!(matches!(Pool::builder().workers(0).build(), Err(Error::NoWorkers)));
    assert!(matches!(Pool::builder().chunk_size(0).build(), Err(Error::EmptyChunk)));
    let pool = pool(1);
    assert!(matches!(pool.chunked(0).map(wrapping_square, [1]), Err(Error::EmptyChunk)));
    assert!(matches!(pool.chunked(0).map_unordered(wrapping_square, [1]), Err(Error::EmptyChunk)));
}

fn ten_thousand_tasks() {
    let pool = pool(2);
    let expected: Vec<i64> = (0..10_000).map(wrapping_square).collect();
    assert_eq!(pool.map(wrapping_square, 0..10_000).unwrap(), expected);
    assert_eq!(pool.chunked(1).map(wrapping_square, 0..10_000).unwrap(), expected);
    let handles: Vec<_> = (0..1_000).map(|x| pool.apply_async(wrapping_square, x).unwrap()).collect();
    let results: Vec<i64> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(results, expected[..1_000]);
}

fn sum<T: Add<Output = T>>((a, b): (T, T)) -> T {
    a + b
}

fn add_in<T>(pool: &Pool, a: T, b: T, expected: &T)
where
    T: Add<Output = T> + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(&pool.apply(sum::<T>, (a, b)).unwrap(), expected);
}

fn functions_may_be_generic_or_closures_that_capture_nothing() {
    let pool = pool(1);
    add_in(&pool, 1u8, 2, &3);
    add_in(&pool, 1.5f64, 2.0, &3.5);
    assert_eq!(pool.apply(|x: u32| x + 1, 4).unwrap(), 5);
    assert_eq!(pool.map(u64::leading_zeros, [0, 1]).unwrap(), [64, 63]);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Named { name: String, corners: Vec<(f64, f64)> },
}

fn structures_enums_and_strings_cross() {
    let shapes = [
        Shape::Empty,
        Shape::Named { name: "ünït".into(), corners: vec![(0.5, -1.0), (f64::INFINITY, 0.0)] },
    ];
    let back = pool(1).map(|shape: Shape| Some(Ok::<_, String>(shape)), shapes.clone()).unwrap();
    assert_eq!(back, shapes.map(|shape| Some(Ok(shape))));
}

const LARGE: usize = 100 << 20;

fn pattern(length: usize) -> ByteBuf {
    ByteBuf::from((0..length).map(|at| (at % 251) as u8).collect::<Vec<u8>>())
}

fn invert(mut bytes: ByteBuf) -> ByteBuf {
    bytes.iter_mut().for_each(|byte| *byte = !*byte);
    bytes
}

fn a_hundred_mebibytes_come_back() {
    let pool = pool(1);
    assert!(pool.apply(pattern, LARGE).unwrap() == pattern(LARGE));
    assert_eq!(pool.apply(wrapping_square, 3).unwrap(), 9, "and the line is in order afterwards");
}

fn length(bytes: ByteBuf) -> usize {
    bytes.len()
}

fn large_values_cross_both_ways() {
    in_time(|| {
        let pool = pool(1);
        for length in [LARGE; 3].into_iter().chain([5 << 20; 100]) {
            assert_eq!(pool.apply(self::length, ByteBuf::from(vec![7; length])).unwrap(), length);
        }
        for length in [8 << 20, 50 << 20, 8 << 20] {
            assert_eq!(pool.apply(pattern, length).unwrap().len(), length);
        }
    });
}

fn full_pipes_in_both_directions_do_not_deadlock() {
    let pool = pool(2);
    let large: Vec<ByteBuf> = (0..6).map(|task| pattern((8 << 20) + task)).collect();
    let inverted = pool.chunked(1).map(invert, large.clone()).unwrap();
    assert!(inverted.into_iter().map(invert).eq(large));
}

fn tasks_run_in_other_processes() {
    let pool = pool(2);
    let ids: HashSet<u32> = pool.broadcast(|()| process::id(), |_| ()).unwrap().into_iter().collect();
    assert_eq!(ids, pool.worker_ids().into_iter().collect());
    assert_eq!(ids.len(), pool.workers());
    assert!(!ids.contains(&process::id()));
}

fn async_tasks_wait_for_free_workers() {
    let pool = pool(2);
    let handles: Vec<_> = (0..40).map(|x| pool.apply_async(slow_if_even, x).unwrap()).collect();
    assert_eq!(pool.map(wrapping_square, [5]).unwrap(), [25], "in between");
    let results: Vec<u64> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(results, (0..40).collect::<Vec<_>>());
    let forgotten = pool.apply_async(slow_if_even, 2).unwrap();
    drop(forgotten);
    assert_eq!(pool.apply(wrapping_square, 4).unwrap(), 16);
}

fn a_handle_comes_back_when_its_time_is_over() {
    let pool = pool(1);
    let handle = pool.apply_async(|()| thread::sleep(Duration::from_millis(300)), ()).unwrap();
    let handle = handle.join_timeout(Duration::from_millis(1)).unwrap_err();
    assert!(!handle.is_done());
    handle.join_timeout(Duration::from_secs(60)).unwrap().unwrap();
}

fn dropping_a_pool_ends_its_tasks() {
    let pool = pool(1);
    let running = pool.apply_async(hang, ()).unwrap();
    let queued = pool.apply_async(wrapping_square, 1).unwrap();
    let ids = pool.worker_ids();
    drop(pool);
    assert!(matches!(running.join(), Err(Error::Closed)));
    assert!(matches!(queued.join(), Err(Error::Closed)));
    assert!(ids.iter().all(|pid| !common::runs(*pid)));
}

fn meet((barrier, me): (Barrier, usize)) -> usize {
    barrier.join().unwrap().wait().unwrap();
    me
}

fn broadcast_runs_everywhere_at_once() {
    let pool = pool(4);
    let barrier = Barrier::new(4).unwrap();
    for _ in 0..5 {
        assert_eq!(pool.broadcast(meet, |me| (barrier.clone(), me)).unwrap(), [0, 1, 2, 3]);
    }
    // Two at once would each wait for the other's half for ever, if they could collect workers at the same
    // time.
    thread::scope(|scope| {
        for _ in 0..2 {
            let barrier = Barrier::new(4).unwrap();
            let pool = &pool;
            scope.spawn(move || pool.broadcast(meet, |me| (barrier.clone(), me)).unwrap());
        }
    });
}

static PREPARED: OnceLock<u64> = OnceLock::new();

fn prepare(value: u64) -> Result<(), u64> {
    PREPARED.set(value)
}

fn an_initializer_runs_once_in_each_worker() {
    let pool = Pool::builder().workers(2).initializer_with(prepare, 42).build().unwrap();
    assert_eq!(pool.broadcast(|()| PREPARED.get().copied(), |_| ()).unwrap(), [Some(42); 2]);
    assert_eq!(PREPARED.get(), None, "not in this process");
    let pool = Pool::builder().workers(1).initializer(|| PREPARED.set(7).unwrap()).build().unwrap();
    assert_eq!(pool.apply(|()| PREPARED.get().copied(), ()).unwrap(), Some(7));
}

fn many_threads_share_a_pool() {
    let pool = pool(2);
    thread::scope(|scope| {
        for number in 0..8i64 {
            let pool = &pool;
            scope.spawn(move || {
                for round in 0..20 {
                    let tasks = number..number + round;
                    let expected: Vec<i64> = tasks.clone().map(wrapping_square).collect();
                    assert_eq!(pool.map(wrapping_square, tasks).unwrap(), expected);
                    assert_eq!(pool.apply(wrapping_square, number).unwrap(), number * number);
                    let later = pool.apply_async(wrapping_square, round).unwrap();
                    assert_eq!(later.join().unwrap(), round * round);
                }
            });
        }
    });
}

fn unordered_yields_each_task_once() {
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

fn unordered_draws_from_endless_iterators() {
    let pool = pool(2);
    let drawn = std::cell::Cell::new(0);
    let endless = std::iter::from_fn(|| {
        drawn.set(drawn.get() + 1);
        Some(1i64)
    });
    assert!(
        pool.map_unordered(wrapping_square, endless).unwrap().take(100).all(|(_, one)| one.unwrap() == 1)
    );
    assert!(drawn.get() < 200, "it ran ahead: {}", drawn.get());
    // Dropped early, it keeps nobody from working.
    drop(pool.map_unordered(slow_if_even, std::iter::repeat(0)).unwrap().next());
    assert_eq!(pool.broadcast(|()| (), |_| ()).unwrap().len(), 2);
}

fn a_pool_can_be_used_while_results_come() {
    let pool = pool(2);
    for (task, result) in pool.chunked(1).map_unordered(wrapping_square, 0..50).unwrap() {
        assert_eq!(pool.apply(wrapping_square, task as i64).unwrap(), result.unwrap());
        assert_eq!(pool.map(wrapping_square, 0..3).unwrap(), [0, 1, 4]);
        if task == 20 {
            pool.broadcast(|()| (), |_| ()).unwrap();
        }
    }
}

fn a_pool_outlives_the_thread_that_built_it() {
    let pool = thread::spawn(|| pool(2)).join().unwrap();
    // Whatever ends with a thread has ended when the next one is done.
    thread::spawn(|| ()).join().unwrap();
    let before = pool.worker_ids();
    assert_eq!(pool.map(wrapping_square, 0..3).unwrap(), [0, 1, 4]);
    assert_eq!(pool.worker_ids(), before);
}

type World = (Vec<String>, Option<String>, String, usize, bool);

fn world(_: ()) -> World {
    let nothing = io::read_to_string(io::stdin()).unwrap().len();
    let group = rustix::process::getpgrp().as_raw_pid() as u32 == process::id();
    (
        env::args().skip(1).collect(),
        env::var("PARALLAX_TEST").ok(),
        env::current_dir().unwrap().display().to_string(),
        nothing,
        group,
    )
}

fn workers_inherit_what_is_documented() {
    let (arguments, variable, directory, stdin, own_group) = pool(1).apply(world, ()).unwrap();
    assert_eq!(arguments, env::args().skip(1).collect::<Vec<_>>());
    assert_eq!(directory, env::current_dir().unwrap().display().to_string());
    assert_eq!((variable, stdin, own_group), (None, 0, false));
    let pool = Pool::builder().workers(1).env("PARALLAX_TEST", "yes").own_process_groups().build().unwrap();
    let (_, variable, _, _, own_group) = pool.apply(world, ()).unwrap();
    assert_eq!((variable.as_deref(), own_group), (Some("yes"), true));
}

fn descriptors(_: ()) -> Vec<String> {
    let entries = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    let open = entries.filter_map(|path| {
        Some((path.file_name()?.to_str()?.parse::<i32>().ok()?, fs::read_link(&path).ok()?))
    });
    open.filter(|(number, _)| *number > 2).map(|(_, what)| what.display().to_string()).collect()
}

fn workers_have_no_descriptors_but_their_own() {
    // As a C library would open it: without CLOEXEC.
    let stray = fs::File::open("/proc/version").unwrap();
    rustix::io::fcntl_setfd(&stray, rustix::io::FdFlags::empty()).unwrap();
    let of_worker = pool(2).apply(descriptors, ()).unwrap();
    let (pipes, rest): (Vec<_>, Vec<_>) = of_worker.into_iter().partition(|what| what.starts_with("pipe:"));
    let rest: Vec<_> = rest.into_iter().filter(|what| !what.contains("/fd")).collect();
    assert_eq!(pipes.len(), 2);
    assert!(matches!(&rest[..], [progress] if progress.contains("memfd:parallax-progress")), "{rest:?}");
}
