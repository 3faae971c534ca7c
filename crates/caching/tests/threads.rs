//! An error says which clients' threads cannot be started; alone in its file, because the process may have few threads.

use parallax_caching::{Cached, Moka, Papaya, QuickCache, Sharded, ThreadLocal};
use parallax_pattern::{No, Recall, Remember};
use rustix::process::{Resource, Rlimit, Uid, getrlimit, getuid, setrlimit};
use rustix::thread::set_thread_uid;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Makes the calling thread a user who may have few threads: root may have as many as it likes.
fn allow_few_threads() {
    if getuid().is_root() {
        set_thread_uid(Uid::from_raw(1 << 20 | std::process::id())).unwrap(); // no other user has this id
    }
    setrlimit(Resource::Nproc, Rlimit { current: Some(20), ..getrlimit(Resource::Nproc) }).unwrap();
}

const CLIENTS: usize = 500;

/// Each client is busy for a while, because a thread that ends leaves room for the next.
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

fn tells<T: Remember<Slow>>() {
    match T::start(CLIENTS).unwrap().recall(&Arc::new(Slow)) {
        Err(No::Unavailable(why)) => {
            assert!(
                why.contains("of 500 threads") && why.contains("fewer --workers, or raise ulimit -u"),
                "{why}"
            );
        }
        Err(no) => panic!("{no}"),
        Ok(_) => panic!("500 threads start, where few are allowed"),
    }
}

#[test]
fn too_few_threads_are_told_of() {
    let (end, ended) = channel();
    thread::spawn(move || {
        allow_few_threads();
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
