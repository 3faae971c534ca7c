//! A refusal to start threads is reported with the way out; alone in its file, because its process may have few.

mod within_limits;

use parallax_async::{
    AxumTokio, Compio, CompioHttparse, HyperSmol, HyperTokio, HyperTokioPerCore, Smol, Tokio, Tokio1,
    TokioAsyncIo, TokioPool, TokioUnbounded,
};
use parallax_conform::Mirror;
use parallax_pattern::{Answer, No, Technique};
use parallax_pattern::{Serve, stop::Stop};
use rustix::process::{Resource, Rlimit, Uid, getrlimit, getuid, setrlimit};
use rustix::thread::set_thread_uid;
use std::net::TcpListener;
use std::sync::Arc;
use within_limits::{Verdicts, started};

const WORKERS: usize = 500;

/// How many threads there may be, the calling one included.
const FEW: usize = 20;

/// Gives the calling thread a user ID that may have few threads: root's number is not limited.
fn allow_few_threads() {
    if getuid().is_root() {
        set_thread_uid(Uid::from_raw(1 << 20 | std::process::id())).unwrap(); // an unused ID, for this thread and those that it starts
    }
    setrlimit(Resource::Nproc, Rlimit { current: Some(FEW as u64), ..getrlimit(Resource::Nproc) }).unwrap();
}

fn tells<T>(answer: Answer<T>) {
    match answer {
        Err(No::Unavailable(why)) => {
            assert!(why.contains("fewer --workers, or raise ulimit -u"), "{why}");
            assert!(why.contains("threads could be started"), "{why}");
        }
        Err(no) => panic!("{no}"),
        Ok(_) => panic!("{WORKERS} threads start, where few are allowed"),
    }
}

fn refuses<T: Technique>() {
    tells(T::start(WORKERS));
}

fn all_refuse() {
    drop(started::<Compio>(1)); // without io_uring it refuses for that reason, and the test would need another run
    let smol = HyperSmol::start(WORKERS).unwrap(); // it starts its threads when it serves
    allow_few_threads();
    refuses::<parallax_async::AsyncStd>();
    refuses::<AxumTokio>();
    refuses::<Compio>();
    refuses::<CompioHttparse>();
    refuses::<HyperSmol>();
    refuses::<HyperTokio>();
    refuses::<HyperTokioPerCore>();
    refuses::<Smol>();
    refuses::<Tokio>();
    refuses::<Tokio1>();
    refuses::<TokioAsyncIo>();
    refuses::<TokioPool>();
    refuses::<TokioUnbounded>();
    let (_running, stop) = Stop::pair().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    tells(smol.reply(&Arc::new(Mirror), listener, stop));
    // as many as allowed: no probe thread may still exist when tokio starts its own
    for _ in 0..300 {
        drop(TokioUnbounded::start(FEW - 2));
    }
}

#[test]
fn too_few_threads_are_told_of() {
    let mut verdicts = Verdicts::default();
    verdicts.judge("all", all_refuse);
    verdicts.all_good();
}
