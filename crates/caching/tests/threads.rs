//! Clients whose threads cannot be started are told of; alone in its file, because it takes the process's memory.

use parallax_caching::{Cached, Moka, Papaya, QuickCache, Sharded, ThreadLocal};
use parallax_suite::pattern::Recall;
use parallax_suite::question::{No, Remember};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Leaves room for some tens of stacks, which stops root too; a limit on threads would not.
fn leave_little_room() {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    let now = pages * rustix::param::page_size() as u64;
    let limit = Rlimit { current: Some(now + (128 << 20)), ..getrlimit(Resource::As) };
    setrlimit(Resource::As, limit).unwrap();
}

const CLIENTS: usize = 500;

/// A thread that ends leaves room for the next, so each client has something to do for a while.
#[derive(Serialize, Deserialize)]
struct Slow;

impl Recall for Slow {
    fn len(&self) -> usize {
        CLIENTS
    }
    fn key(&self, i: usize) -> u64 {
        i as u64
    }
    fn compute(&self, key: u64) -> u64 {
        thread::sleep(Duration::from_millis(500));
        key
    }
    fn capacity(&self) -> usize {
        CLIENTS
    }
}

fn tells<T: Remember>() {
    match T::start(CLIENTS).unwrap().recall(&Arc::new(Slow)) {
        Err(No::Unavailable(why)) => {
            assert!(
                why.contains("of 500 threads") && why.contains("fewer --workers, or raise ulimit -u"),
                "{why}"
            );
        }
        Err(no) => panic!("{no}"),
        Ok(_) => panic!("500 threads start, where there is no room for them"),
    }
}

#[test]
fn too_few_threads_are_told_of() {
    leave_little_room();
    let (end, ended) = channel();
    thread::spawn(move || {
        tells::<Cached>();
        tells::<Moka>();
        tells::<Papaya>();
        tells::<QuickCache>();
        tells::<Sharded>();
        tells::<ThreadLocal>();
        end.send(())
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(()));
}
