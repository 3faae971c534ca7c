//! Parts of a shared array are claimed, written in other processes, and taken back from the dead.

use super::*;

fn fill((shared, part): (Shared<u64>, usize)) -> u32 {
    let first = shared.elements(part..=part).start as u64;
    let mut elements = shared.write(part..=part).unwrap();
    for (element, place) in elements.iter_mut().zip(first..) {
        *element += place * place;
    }
    process::id()
}

pub(crate) fn parts_are_filled_by_other_processes() {
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

pub(crate) fn claims_hold_across_processes() {
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

pub(crate) fn claims_of_a_killed_worker_are_taken_back() {
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
    run().map_err(|error: Error| error.to_string())
}

pub(crate) fn neighbours_exchange_their_edges() {
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

pub(crate) fn memory_travels_to_workers_and_not_from_them() {
    let pool = pool(1);
    // All except the last wait for the worker, and this process keeps no clone of any.
    let lengths = (1..4).map(|length| (20, Shared::<u8>::zeroed(length, 1).unwrap()));
    let tasks: Vec<_> = lengths.map(|task| pool.apply_async(length_later, task).unwrap()).collect();
    assert!(tasks.into_iter().map(|task| task.join().unwrap()).eq(1..4));
    let length = pool.broadcast(length_later, |_| (0, Shared::zeroed(5, 1).unwrap())).unwrap();
    assert_eq!(length, [5]);
    assert_eq!(pool.apply(length_later, (0, Shared::zeroed(6, 1).unwrap())).unwrap(), 6);
    let Err(Error::Output { reason, .. }) = pool.apply(make, 3) else {
        panic!("the worker dropped it before this process mapped it")
    };
    assert!(reason.contains("the shared memory is gone"), "{reason}");
}

fn mappings(_: ()) -> usize {
    fs::read_to_string("/proc/self/maps").unwrap().matches("memfd:parallax-shared").count()
}

pub(crate) fn a_worker_maps_memory_once_and_lets_go() {
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
