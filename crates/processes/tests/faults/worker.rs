//! A worker dies, panics, hangs or sends garbage: its task is reported, and the pool goes on.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(crate) fn a_killed_worker_is_a_lost_task_and_a_new_worker() {
    let pool = pool(2);
    let before = pool.worker_ids();
    let Err(Error::Lost { task, running, pid, death }) = pool.chunked(1).map(deadly_13, 0..40) else {
        panic!("the loss was not reported")
    };
    assert_eq!((task, running, death), (13, 13, Death::Killed(9)));
    assert!(before.contains(&pid) && !pool.worker_ids().contains(&pid) && !runs(pid));
    assert_whole(&pool);
    assert!(matches!(pool.apply(deadly_13, 13), Err(Error::Lost { task: 0, .. })));
    let lost = pool.apply_async(deadly_13, 13).unwrap().join();
    assert!(matches!(lost, Err(Error::Lost { task: 0, .. })));
    assert_whole(&pool);
}

pub(crate) fn a_worker_killed_from_outside_is_noticed() {
    let pool = pool(2);
    let victim = pool.worker_ids()[0];
    let result = thread::scope(|scope| {
        let map = scope.spawn(|| pool.chunked(1).map(hang, [(), ()]));
        // Killing the second as well ends the map, which waits for chunks under way.
        thread::sleep(Duration::from_millis(50));
        pool.worker_ids().iter().for_each(|pid| kill(*pid, Signal::KILL));
        map.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Lost { death: Death::Killed(9), .. })));
    assert!(!pool.worker_ids().contains(&victim));
    assert_whole(&pool);
}

pub(crate) fn exits_and_aborts_are_told_apart() {
    let pool = pool(1);
    let death = |end: fn(()) -> ()| match pool.apply(end, ()) {
        Err(Error::Lost { death, .. }) => death,
        other => panic!("{other:?}"),
    };
    assert_eq!(death(|()| exit(3)), Death::Exited(3));
    assert_eq!(death(|()| exit(0)), Death::Exited(0));
    assert_eq!(death(|()| process::abort()), Death::Killed(6));
    assert_whole(&pool);
}

pub(crate) fn the_culprit_in_a_chunk_is_named() {
    let pool = pool(1);
    let lost = pool.chunked(20).map(deadly_13, 0..40);
    assert!(matches!(lost, Err(Error::Lost { task: 13, running: 13, .. })), "{lost:?}");
    let items: Vec<_> = pool.chunked(20).map_unordered(deadly_13, 0..40).unwrap().collect();
    let lost: Vec<_> = items.iter().filter(|(_, result)| result.is_err()).collect();
    assert_eq!(lost.len(), 20, "the whole chunk");
    assert!(
        lost.iter()
            .all(|(task, lost)| matches!(lost, Err(Error::Lost { task: t, running: 13, .. }) if t == task))
    );
    assert_whole(&pool);
}

pub(crate) fn unordered_reports_each_task_once_among_deaths() {
    let pool = pool(2);
    let mut seen = BTreeSet::new();
    for (task, result) in
        pool.map_unordered(|x: u32| if x % 7 == 3 { kill_myself() } else { x }, 0..30).unwrap()
    {
        assert!(seen.insert(task), "twice: {task}");
        match result {
            Ok(x) => assert_eq!(x as usize, task),
            Err(error) => assert!(matches!(error, Error::Lost { .. }), "{error}"),
        }
    }
    assert_eq!(seen.len(), 30);
    assert_whole(&pool);
}

pub(crate) fn a_worker_killed_while_idle_costs_no_task() {
    let pool = pool(1);
    for _ in 0..3 {
        let victim = pool.worker_ids()[0];
        kill(victim, Signal::KILL);
        eventually("it dies", || !runs(victim));
        assert_eq!(pool.apply(double, 4).unwrap(), 8);
    }
}

pub(crate) fn a_panic_crosses_and_the_worker_survives() {
    let pool = pool(1);
    let before = pool.worker_ids();
    let odd = |x: u32| if x == 5 { panic!("{x} is odd") } else { x };
    let Err(Error::Panicked { task: 5, panic: Panic { message, location } }) = pool.map(odd, 0..8) else {
        panic!()
    };
    assert_eq!(message, "5 is odd");
    assert!(location.unwrap().contains("tests/faults/worker.rs:"));
    let error = pool.apply(|()| -> () { std::panic::panic_any(7u8) }, ()).unwrap_err().to_string();
    assert!(error.contains("not text"), "{error}");
    let others: Vec<_> =
        pool.map_unordered(odd, 0..8).unwrap().filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(others.len(), 7, "the others of the chunk have their results");
    assert_eq!(pool.worker_ids(), before);
}

pub(crate) fn a_hanging_worker_is_ended_and_replaced() {
    let pool = Pool::builder().workers(2).time_limit(Duration::from_millis(300)).build().unwrap();
    let late = pool.map(
        |x: u32| {
            if x == 2 {
                hang(())
            }
        },
        0..5,
    );
    assert!(matches!(late, Err(Error::TimedOut { task: 2, running: 2, .. })), "{late:?}");
    let late = pool.apply_async(hang, ()).unwrap().join();
    assert!(matches!(late, Err(Error::TimedOut { task: 0, .. })), "{late:?}");
    assert_whole(&pool);
}

/// Is slow to read, so the next answers are always there when the caller looks for them.
#[derive(Debug, Serialize)]
struct Slow(u64);

static READ: AtomicUsize = AtomicUsize::new(0);

impl<'de> Deserialize<'de> for Slow {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        thread::sleep(Duration::from_millis(20));
        READ.fetch_add(1, Relaxed);
        u64::deserialize(from).map(Self)
    }
}

fn hang_at_0(x: u64) -> Slow {
    if x == 0 {
        hang(());
    }
    Slow(x)
}

/// No task is handed out after a loss, so the later it is noticed, the more answers there are.
pub(crate) fn a_time_limit_is_kept_while_others_answer() {
    let late = in_time(|| {
        let pool = Pool::builder().workers(4).time_limit(Duration::from_millis(200)).build().unwrap();
        pool.map(hang_at_0, 0..300).unwrap_err().to_string()
    });
    assert!(late.starts_with("task 0 was ended after 200ms"), "{late}");
    let read = READ.load(Relaxed);
    assert!(read < 150, "{read} answers of 20 ms each were read first");
}

/// The path that the worker's end of the channel is open as.
fn my_line() -> i32 {
    let is_written = |number: &i32| {
        fs::read_to_string(format!("/proc/self/fdinfo/{number}"))
            .is_ok_and(|info| info.contains("flags:\t02000001"))
            && fs::read_link(format!("/proc/self/fd/{number}"))
                .is_ok_and(|what| what.to_string_lossy().starts_with("pipe:"))
    };
    (3..64).find(is_written).unwrap()
}

fn babble(_: ()) {
    // SAFETY: the descriptor is open; the test is about a task that uses one which is not its own.
    let line = unsafe { BorrowedFd::borrow_raw(my_line()) };
    rustix::io::write(line, b"debug: this went to the wrong descriptor").unwrap();
}

pub(crate) fn garbage_on_the_line_is_noticed() {
    let pool = pool(2);
    let garbled = pool.apply(babble, ());
    assert!(matches!(&garbled, Err(Error::Garbled { task: 0, .. })), "{garbled:?}");
    assert_whole(&pool);
}

fn hang_up(_: ()) {
    // SAFETY: as in `babble`; nothing in this process uses the descriptor until it is killed.
    unsafe { rustix::io::close(my_line()) };
    hang(());
}

pub(crate) fn a_closed_line_is_a_death() {
    let pool = pool(1);
    assert!(matches!(pool.apply(hang_up, ()), Err(Error::Lost { death: Death::Killed(9), .. })));
    assert_whole(&pool);
}

fn die_or_wait(me: usize) {
    if me == 0 { kill_myself() } else { hang(()) }
}

pub(crate) fn broadcast_does_not_wait_for_those_who_wait_for_the_dead() {
    let pool = pool(3);
    assert!(matches!(pool.broadcast(die_or_wait, |me| me), Err(Error::Lost { task: 0, .. })));
    let panicked = pool.broadcast(|me: usize| if me == 1 { panic!("no") } else { hang(()) }, |me| me);
    assert!(matches!(panicked, Err(Error::Panicked { task: 1, .. })));
    assert_whole(&pool);
}

/// One worker has died unnoticed, no other can be started, and those that run would wait for it forever.
pub(crate) fn short_of_one() {
    let pool = pool(3);
    // The last one that worked is the first to be taken, so another's death is noticed after some have begun.
    let first = pool.apply(|()| process::id(), ()).unwrap();
    let victim = pool.worker_ids().into_iter().find(|pid| *pid != first).unwrap();
    kill(victim, Signal::KILL);
    eventually("it dies", || !runs(victim));
    let barrier = Barrier::new(3).unwrap();
    limit_descriptors(next_descriptor());
    let meet = |barrier: Barrier| drop(barrier.join().unwrap().wait());
    say(&pool.broadcast(meet, |_| barrier.clone()).unwrap_err().to_string());
}

pub(crate) fn broadcast_does_not_wait_for_one_that_cannot_be_started() {
    let told = outcome(&mut scenario("short-of-one"));
    assert!(told.contains("no worker could be started") && told.contains("ulimit -n"), "{told}");
}
