//! The workers of a pool: processes, their start, their environment, and how long they serve.

use super::*;

pub(crate) fn tasks_run_in_other_processes() {
    let pool = pool(2);
    let ids: HashSet<u32> = pool.broadcast(|()| process::id(), |_| ()).unwrap().into_iter().collect();
    assert_eq!(ids, pool.worker_ids().into_iter().collect());
    assert_eq!(ids.len(), pool.workers());
    assert!(!ids.contains(&process::id()));
}

fn meet((barrier, me): (Barrier, usize)) -> usize {
    barrier.join().unwrap().wait().unwrap();
    me
}

pub(crate) fn broadcast_runs_everywhere_at_once() {
    let pool = pool(4);
    let barrier = Barrier::new(4).unwrap();
    for _ in 0..5 {
        assert_eq!(pool.broadcast(meet, |me| (barrier.clone(), me)).unwrap(), [0, 1, 2, 3]);
    }
    // Two calls would each wait forever for the other's half, if they could collect workers at the same
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

pub(crate) fn an_initializer_runs_once_in_each_worker() {
    let pool = Pool::builder().workers(2).initializer_with(prepare, 42).build().unwrap();
    assert_eq!(pool.broadcast(|()| PREPARED.get().copied(), |_| ()).unwrap(), [Some(42); 2]);
    assert_eq!(PREPARED.get(), None, "not in this process");
    let pool = Pool::builder().workers(1).initializer(|| PREPARED.set(7).unwrap()).build().unwrap();
    assert_eq!(pool.apply(|()| PREPARED.get().copied(), ()).unwrap(), Some(7));
}

pub(crate) fn many_threads_share_a_pool() {
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

pub(crate) fn a_pool_outlives_the_thread_that_built_it() {
    let pool = thread::spawn(|| pool(2)).join().unwrap();
    // Everything that ends with a thread has ended when the next one is done.
    thread::spawn(|| ()).join().unwrap();
    let before = pool.worker_ids();
    assert_eq!(pool.map(wrapping_square, 0..3).unwrap(), [0, 1, 4]);
    assert_eq!(pool.worker_ids(), before);
}

fn serve(_: u64) -> u32 {
    process::id()
}

/// How many tasks each process served, one process after the other.
fn runs_of(ids: Vec<u32>) -> Vec<usize> {
    ids.chunk_by(|one, next| one == next).map(<[u32]>::len).collect()
}

pub(crate) fn a_worker_serves_as_many_tasks_as_it_may() {
    let pool = Pool::builder().workers(1).tasks_per_worker(3).initializer_with(prepare, 42);
    let pool = pool.build().unwrap();
    let first = pool.worker_ids()[0];
    let one_by_one: Vec<u32> = (0..7).map(|x| pool.apply(serve, x).unwrap()).collect();
    assert_eq!(runs_of(one_by_one), [3, 3, 1], "the check that it is ready is not a task");
    assert!(!common::runs(first) && !common::zombie_children_of(process::id()).contains(&first));
    assert_eq!(pool.apply(|()| PREPARED.get().copied(), ()).unwrap(), Some(42));
    // The eighth and the ninth task fill up the third worker; chunks are no larger than may be served.
    pool.apply(serve, 0).unwrap();
    assert_eq!(runs_of(pool.map(serve, 0..60).unwrap()), [3; 20]);
    // A chunk is not cut.
    assert_eq!(runs_of(pool.chunked(5).map(serve, 0..10).unwrap()), [5, 5]);
}

pub(crate) fn workers_are_replaced_in_all_kinds_of_calls() {
    let pool = Pool::builder().workers(2).tasks_per_worker(1).build().unwrap();
    let expect_all = |ids: HashSet<u32>, count| assert_eq!(ids.len(), count, "{ids:?}");
    expect_all(pool.map(serve, 0..6).unwrap().into_iter().collect(), 6);
    expect_all(pool.imap(serve, 0..6).unwrap().map(Result::unwrap).collect(), 6);
    expect_all(pool.map_unordered(serve, 0..6).unwrap().map(|(_, id)| id.unwrap()).collect(), 6);
    let handles: Vec<_> = (0..6).map(|x| pool.apply_async(serve, x).unwrap()).collect();
    expect_all(handles.into_iter().map(|handle| handle.join().unwrap()).collect(), 6);
    let twice = [(), ()].map(|()| pool.broadcast(|()| process::id(), |_| ()).unwrap());
    expect_all(twice.concat().into_iter().collect(), 4);
    let kept = common::pool(1);
    expect_all(kept.map(serve, 0..20).unwrap().into_iter().collect(), 1);
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

pub(crate) fn workers_inherit_what_is_documented() {
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

pub(crate) fn workers_have_no_descriptors_but_their_own() {
    // As a C library would open it: without CLOEXEC.
    let stray = fs::File::open("/proc/version").unwrap();
    rustix::io::fcntl_setfd(&stray, rustix::io::FdFlags::empty()).unwrap();
    let of_worker = pool(2).apply(descriptors, ()).unwrap();
    let (pipes, rest): (Vec<_>, Vec<_>) = of_worker.into_iter().partition(|what| what.starts_with("pipe:"));
    let rest: Vec<_> = rest.into_iter().filter(|what| !what.contains("/fd")).collect();
    assert_eq!(pipes.len(), 2);
    assert!(matches!(&rest[..], [progress] if progress.contains("memfd:parallax-progress")), "{rest:?}");
}
