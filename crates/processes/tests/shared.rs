//! Processes that share memory see the same bytes, wait for each other, and survive each other's death.

mod common;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::time::Duration;
use std::{fs, process, thread};

use common::{eventually, hang, kill_myself, pool, printed_pids, runs, scenario};
use parallax_processes::shared::{Barrier, Ring, Shared, SharedError};
use parallax_processes::{Error, Pool};
use rustix::process::{Signal, set_parent_process_death_signal};

fn main() {
    parallax_processes::init();
    if let Some(name) = common::scenario_name() {
        return play(&name);
    }
    common::run(vec![
        ("parts_are_filled_by_other_processes", parts_are_filled_by_other_processes),
        ("claims_hold_across_processes", claims_hold_across_processes),
        ("claims_of_a_killed_worker_are_taken_back", claims_of_a_killed_worker_are_taken_back),
        ("neighbours_exchange_their_edges", neighbours_exchange_their_edges),
        ("memory_travels_to_workers_and_not_from_them", memory_travels_to_workers_and_not_from_them),
        ("a_worker_maps_memory_once_and_lets_go", a_worker_maps_memory_once_and_lets_go),
        ("a_barrier_does_not_wait_for_the_dead", a_barrier_does_not_wait_for_the_dead),
        (
            "a_barrier_does_not_wait_for_those_who_never_came",
            a_barrier_does_not_wait_for_those_who_never_came,
        ),
        ("messages_cross_in_order", messages_cross_in_order),
        ("bytes_cross_as_a_stream", bytes_cross_as_a_stream),
        ("a_killed_sender_ends_the_stream_with_an_error", a_killed_sender_ends_the_stream_with_an_error),
        ("a_killed_receiver_frees_the_sender", a_killed_receiver_frees_the_sender),
        ("nothing_is_left_when_everybody_is_killed", nothing_is_left_when_everybody_is_killed),
        (
            "a_child_of_a_killed_worker_does_not_hide_its_death",
            a_child_of_a_killed_worker_does_not_hide_its_death,
        ),
    ]);
}

fn fill((shared, part): (Shared<u64>, usize)) -> u32 {
    let first = shared.elements(part..=part).start as u64;
    let mut elements = shared.write(part..=part).unwrap();
    for (element, place) in elements.iter_mut().zip(first..) {
        *element += place * place;
    }
    process::id()
}

fn parts_are_filled_by_other_processes() {
    let pool = pool(2);
    let shared = Shared::from_slice(&[1u64; 1_000], 64).unwrap();
    let by = pool.chunked(1).map(fill, (0..shared.parts()).map(|part| (shared.clone(), part))).unwrap();
    assert!(by.iter().all(|pid| pool.worker_ids().contains(pid)));
    let expected: Vec<u64> = (0..1_000).map(|place| place * place + 1).collect();
    assert_eq!(shared.read(..).unwrap()[..], expected);
}

fn try_to_write(shared: Shared<u8>) -> Result<(), String> {
    shared.write(..).map(drop).map_err(|error| error.to_string())
}

fn claims_hold_across_processes() {
    let pool = pool(1);
    let shared = Shared::<u8>::zeroed(10, 5).unwrap();
    let reading = shared.read(1..).unwrap();
    let refused = pool.apply(try_to_write, shared.clone()).unwrap().unwrap_err();
    assert!(refused.contains("part 1 is in use for reading"), "{refused}");
    drop(reading);
    let writing = shared.write(..1).unwrap();
    let refused = pool.apply(try_to_write, shared.clone()).unwrap().unwrap_err();
    assert!(refused.contains(&format!("part 0 is in use by process {}", process::id())), "{refused}");
    drop(writing);
    pool.apply(try_to_write, shared.clone()).unwrap().unwrap();
}

fn write_and_die(shared: Shared<u8>) {
    let _reading = shared.read(1..).unwrap();
    shared.write(..1).unwrap()[0] = 7;
    let _writing = shared.write(..1).unwrap();
    kill_myself()
}

fn claims_of_a_killed_worker_are_taken_back() {
    let pool = pool(1);
    let shared = Shared::<u8>::zeroed(3, 1).unwrap();
    for _ in 0..3 {
        assert!(matches!(pool.apply(write_and_die, shared.clone()), Err(Error::Lost { .. })));
        assert_eq!(shared.write(..).unwrap()[..], [7, 0, 0]);
    }
}

/// Every cell becomes the sum of itself and its neighbours, each worker having one part of two grids.
fn spread((grids, barrier, me, steps): ([Shared<u64>; 2], Barrier, usize, usize)) -> Result<(), String> {
    let run = || {
        let mut member = barrier.join()?;
        for step in 0..steps {
            let (from, to) = (&grids[step % 2], &grids[(step + 1) % 2]);
            {
                let first = me.saturating_sub(1);
                let last = (me + 1).min(from.parts() - 1);
                let seen = from.read(first..=last)?;
                let offset = from.elements(me..=me).start - from.elements(first..=first).start;
                let mut written = to.write(me..=me)?;
                for (at, cell) in written.iter_mut().enumerate() {
                    let at = at + offset;
                    let left = at.checked_sub(1).map_or(0, |left| seen[left]);
                    let right = seen.get(at + 1).copied().unwrap_or(0);
                    *cell = (left + seen[at] + right) % 1_000_003;
                }
            }
            member.wait()?;
        }
        Ok(())
    };
    run().map_err(|error: SharedError| error.to_string())
}

fn neighbours_exchange_their_edges() {
    const STEPS: usize = 300;
    let start: Vec<u64> = (0..90).map(|cell| cell * cell % 17).collect();
    let mut expected = start.clone();
    for _ in 0..STEPS {
        let at = |cells: &[u64], at: Option<usize>| at.and_then(|at| cells.get(at)).copied().unwrap_or(0);
        let before = expected.clone();
        for (cell, place) in expected.iter_mut().zip(0..) {
            *cell =
                (at(&before, usize::checked_sub(place, 1)) + before[place] + at(&before, Some(place + 1)))
                    % 1_000_003;
        }
    }
    let pool = pool(3);
    let grids = [Shared::from_slice(&start, 30).unwrap(), Shared::zeroed(90, 30).unwrap()];
    let barrier = Barrier::new(3).unwrap();
    let results = pool.broadcast(spread, |me| (grids.clone(), barrier.clone(), me, STEPS)).unwrap();
    assert_eq!(results, [const { Ok(()) }; 3]);
    assert_eq!(grids[STEPS % 2].read(..).unwrap()[..], expected);
}

fn length_later((wait, shared): (u64, Shared<u8>)) -> usize {
    thread::sleep(Duration::from_millis(wait));
    shared.len()
}

/// Made in a worker, so its maker drops it when the task returns.
fn make(length: usize) -> Shared<u8> {
    Shared::zeroed(length, 1).unwrap()
}

fn memory_travels_to_workers_and_not_from_them() {
    let pool = pool(1);
    // All but the last wait for the worker, and this process keeps no clone of any.
    let lengths = (1..4).map(|length| (20, Shared::<u8>::zeroed(length, 1).unwrap()));
    let tasks: Vec<_> = lengths.map(|task| pool.apply_async(length_later, task).unwrap()).collect();
    assert!(tasks.into_iter().map(|task| task.join().unwrap()).eq(1..4));
    let length = pool.broadcast(length_later, |_| (0, Shared::zeroed(5, 1).unwrap())).unwrap();
    assert_eq!(length, [5]);
    assert_eq!(pool.apply(length_later, (0, Shared::zeroed(6, 1).unwrap())).unwrap(), 6);
    let Err(Error::Output { reason, .. }) = pool.apply(make, 3) else {
        panic!("it was dropped before it was had")
    };
    assert!(reason.contains("the shared memory is gone"), "{reason}");
}

fn mappings(_: ()) -> usize {
    fs::read_to_string("/proc/self/maps").unwrap().matches("memfd:parallax-shared").count()
}

fn a_worker_maps_memory_once_and_lets_go() {
    let pool = pool(1);
    let address = |shared: Shared<u8>| shared.read(..).unwrap().as_ptr().addr();
    let shared = Shared::<u8>::zeroed(100, 10).unwrap();
    let first = pool.apply(address, shared.clone()).unwrap();
    assert_eq!(pool.apply(address, shared.clone()).unwrap(), first);
    assert_eq!(pool.apply(mappings, ()).unwrap(), 1, "kept between tasks");
    drop(shared);
    pool.apply(|()| (), ()).unwrap();
    assert_eq!(pool.apply(mappings, ()).unwrap(), 0);
}

fn wait_or_die((barrier, dies): (Barrier, bool)) -> String {
    let mut member = barrier.join().unwrap();
    member.wait().unwrap();
    if dies {
        kill_myself()
    }
    member.wait().unwrap_err().to_string()
}

fn a_barrier_does_not_wait_for_the_dead() {
    let pool = pool(3);
    let barrier = Barrier::new(3).unwrap();
    let tasks: Vec<_> =
        (0..3).map(|me| pool.apply_async(wait_or_die, (barrier.clone(), me == 1)).unwrap()).collect();
    let results: Vec<_> = tasks.into_iter().map(|task| task.join()).collect();
    let Err(Error::Lost { pid, .. }) = results[1] else { panic!("{results:?}") };
    let told: Vec<_> = results.into_iter().flatten().collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|error| error.contains(&format!("process {pid} died"))), "{told:?}");
    assert!(barrier.is_poisoned());
}

fn a_barrier_does_not_wait_for_those_who_never_came() {
    let pool = pool(2);
    let barrier = Barrier::new(2).unwrap();
    let task = |(barrier, dies): (Barrier, bool)| {
        if dies { kill_myself() } else { barrier.join().unwrap().wait().is_ok() }
    };
    assert!(matches!(
        pool.broadcast(task, |me| (barrier.clone(), me == 0)),
        Err(Error::Lost { task: 0, .. })
    ));
    // The one that waited was ended, too. It had come, so one round may pass without it, but not a second.
    let mut member = barrier.join().unwrap();
    member.set_timeout(Some(Duration::from_millis(20)));
    assert!(member.wait().and_then(|_| member.wait()).is_err());
}

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

fn messages_cross_in_order() {
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

fn bytes_cross_as_a_stream() {
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

fn a_killed_sender_ends_the_stream_with_an_error() {
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
    assert!(matches!(receiver.recv(), Err(SharedError::Died(_))));
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

fn a_killed_receiver_frees_the_sender() {
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
    assert!(matches!(freed, Err(SharedError::Died(_) | SharedError::NoReceiver)), "{freed:?}");
    assert!(matches!(lost.join(), Err(Error::Lost { .. })));
}

/// The processes that have this memory mapped or open.
fn holders_of(inode: u64) -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let holds = |pid: &u32| {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        maps.lines()
            .any(|line| line.contains("memfd:parallax-shared") && line.contains(&format!(" {inode} ")))
    };
    processes.filter(holds).collect()
}

fn nothing_is_left_when_everybody_is_killed() {
    let names = || -> BTreeSet<_> {
        let entries = fs::read_dir("/dev/shm").into_iter().flatten();
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    };
    let before = names();
    let mut parent = scenario("holds-memory").spawn().unwrap();
    let numbers = printed_pids(&mut parent);
    let [inode, workers @ ..] = &numbers[..] else { panic!("{numbers:?}") };
    let inode = u64::from(*inode);
    let during = holders_of(inode);
    assert!(
        during.contains(&parent.id()) && workers.iter().all(|pid| during.contains(pid)),
        "{during:?} {numbers:?}"
    );
    parent.kill().unwrap();
    parent.wait().unwrap();
    eventually("workers end", || workers.iter().all(|pid| !runs(*pid)));
    assert_eq!(holders_of(inode), BTreeSet::new());
    let left: Vec<_> =
        names().difference(&before).filter(|name| name.contains("parallax")).cloned().collect();
    assert!(left.is_empty(), "{left:?}");
}

fn touch_and_hang(shared: Shared<u8>) {
    shared.read(..).unwrap();
    hang(());
}

/// What a process does that a test looks at from outside.
fn play(name: &str) {
    assert_eq!(name, "holds-memory");
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let pool = pool(2);
    let shared = Shared::<u8>::zeroed(1 << 20, 1 << 20).unwrap();
    shared.write(..).unwrap().fill(1);
    let busy: Vec<_> = (0..2).map(|_| pool.apply_async(touch_and_hang, shared.clone()).unwrap()).collect();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mine = maps.lines().find(|line| line.contains("memfd:parallax-shared")).unwrap();
    let inode: u64 = mine.split_ascii_whitespace().nth(4).unwrap().parse().unwrap();
    eventually("workers map it", || holders_of(inode).len() == 3);
    let ids: Vec<String> = pool.worker_ids().iter().map(u32::to_string).collect();
    common::say(&format!("{inode} {}", ids.join(" ")));
    drop(busy.into_iter().map(|task| task.join()).collect::<Vec<_>>());
}

/// A child of the worker that keeps the worker's pipe open, as a fork without exec in a C library would.
fn a_child_of_a_killed_worker_does_not_hide_its_death() {
    let pool: Pool = pool(1);
    let task = |()| {
        let line = (3..64).find(|number| {
            let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}"));
            let what = fs::read_link(format!("/proc/self/fd/{number}"));
            info.is_ok_and(|info| info.contains("flags:\t02000001"))
                && what.is_ok_and(|what| what.to_string_lossy().starts_with("pipe:"))
        });
        let pipe =
            fs::OpenOptions::new().write(true).open(format!("/proc/self/fd/{}", line.unwrap())).unwrap();
        let child = process::Command::new("sleep").arg("5").stdin(pipe).spawn().unwrap();
        drop(child);
        kill_myself()
    };
    assert!(matches!(pool.apply::<_, ()>(task, ()), Err(Error::Lost { .. })));
    assert_eq!(pool.apply(|x: u8| x, 3).unwrap(), 3);
}
