//! A process that has no descriptors left cannot look up others, and does not take them for dead because of that.

use super::*;
use common::{limit_descriptors, next_descriptor, outcome};
use parallax_processes::shared::Counters;
use rustix::process::{Resource, getrlimit};
use std::sync::atomic::Ordering::{Acquire, Release};

fn starved<T>(work: impl FnOnce() -> T) -> T {
    let before = getrlimit(Resource::Nofile).current.unwrap();
    limit_descriptors(0);
    let done = work();
    limit_descriptors(before);
    done
}

pub(crate) fn a_claim_of_ones_own_is_not_buried() {
    let told = outcome(&mut scenario("starved"));
    assert!(told.starts_with("Err(Busy { part: 0, process: Some("), "{told}");
}

pub(crate) fn a_process_that_does_not_know_its_birth_cannot_claim() {
    let told = outcome(&mut scenario("starved-at-birth"));
    assert!(told.contains("Too many open files"), "{told}");
    assert!(told.contains("Err(Busy { part: 0, process: Some("), "{told}");
}

/// Plays one scenario in this process, while a test looks on from outside.
pub(crate) fn play(name: &str) {
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let plenty = getrlimit(Resource::Nofile).current.unwrap();
    if name == "starved-at-birth" {
        // Enough for the memory, and no more.
        limit_descriptors(next_descriptor() + 1);
        let made = Shared::<u64>::zeroed(4, 1);
        limit_descriptors(plenty);
        common::say(&format!("{:?}", made.as_ref().map(|_| "made")));
        return common::say(&both(&made.unwrap_or_else(|_| Shared::zeroed(4, 1).unwrap()), plenty));
    }
    common::say(&both(&Shared::zeroed(4, 1).unwrap(), 0));
}

/// Claims a part twice, the second time with this many descriptors.
fn both(shared: &Shared<u64>, descriptors: u64) -> String {
    let first = shared.write(0..1).unwrap();
    limit_descriptors(descriptors);
    let again = shared.clone();
    let second = format!("{:?}", again.write(0..1));
    drop(first);
    second
}

fn try_starved(shared: Shared<u64>) -> String {
    starved(|| format!("{:?}", shared.write(0..1)))
}

pub(crate) fn a_claim_of_another_process_is_not_buried() {
    let pool = pool(1);
    let shared = Shared::<u64>::zeroed(4, 1).unwrap();
    let held = shared.write(0..1).unwrap();
    let refused = pool.apply(try_starved, shared.clone()).unwrap();
    assert_eq!(refused, format!("Err(Busy {{ part: 0, process: Some({}) }})", process::id()));
    drop(held);
    assert!(pool.apply(try_starved, shared.clone()).unwrap().starts_with("Ok("));
}

/// Waits, out of descriptors, for a process that lives and does nothing, until the limit.
fn wait_for_the_idle((barrier, ring, stage, waits): (Barrier, Ring<u8>, Counters, bool)) -> Vec<String> {
    let limit = Some(Duration::from_millis(200)); // ten looks at its peers
    if !waits {
        let (_member, _sender) = (barrier.join().unwrap(), ring.sender().unwrap());
        stage[0].store(1, Release);
        eventually("the other has waited", || stage[0].load(Acquire) == 2);
        return Vec::new();
    }
    eventually("the other is there", || stage[0].load(Acquire) == 1);
    let (mut member, mut receiver) = (barrier.join().unwrap(), ring.receiver().unwrap());
    member.set_timeout(limit);
    receiver.set_timeout(limit);
    let waited = starved(|| [member.wait().unwrap_err(), receiver.recv().unwrap_err()]);
    stage[0].store(2, Release);
    waited.map(|error| error.to_string()).into()
}

pub(crate) fn nobody_who_is_waited_for_is_taken_for_dead() {
    let pool = pool(2);
    let (barrier, ring, stage) =
        (Barrier::new(2).unwrap(), Ring::new(4).unwrap(), Counters::zeroed(1).unwrap());
    let part = |me| (barrier.clone(), ring.clone(), stage.clone(), me == 1);
    let told = pool.broadcast(wait_for_the_idle, part).unwrap().concat();
    assert!(
        told.len() == 2 && told.iter().all(|error| error.contains("nothing happened for 200ms")),
        "{told:?}"
    );
}
