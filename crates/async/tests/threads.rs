//! Threads that cannot be started are told of, with the way out; alone in its file, because it takes the process's memory.

#[expect(dead_code, reason = "nothing starts here")]
mod within_limits;

use parallax_async::{
    AxumTokio, Compio, CompioHttparse, HyperSmol, HyperTokio, Smol, Tokio, Tokio1, TokioAsyncIo, TokioPool,
    TokioUnbounded,
};
use parallax_suite::conform::Mirror;
use parallax_suite::question::{Answer, No, Technique};
use parallax_suite::{question::Serve, stop::Stop};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::TcpListener;
use std::sync::Arc;
use within_limits::Verdicts;

const WORKERS: usize = 500;

/// Leaves room for some tens of stacks, which stops root too; a limit on threads would not.
fn leave_little_room() {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    let now = pages * rustix::param::page_size() as u64;
    let limit = Rlimit { current: Some(now + (128 << 20)), ..getrlimit(Resource::As) };
    setrlimit(Resource::As, limit).unwrap();
}

fn tells<T>(answer: Answer<T>) {
    match answer {
        Err(No::Unavailable(why)) => {
            assert!(why.contains("fewer --workers, or raise ulimit -u"), "{why}");
            assert!(why.contains(&WORKERS.to_string()) || why.contains("threads could be started"), "{why}");
        }
        Err(no) => panic!("{no}"),
        Ok(_) => panic!("{WORKERS} threads start, where there is no room for them"),
    }
}

fn refuses<T: Technique>(verdicts: &mut Verdicts) {
    verdicts.judge(T::CARD.name, || tells(T::start(WORKERS)));
}

#[test]
fn too_few_threads_are_told_of() {
    leave_little_room();
    let mut verdicts = Verdicts::default();
    #[cfg(feature = "legacy")]
    refuses::<parallax_async::AsyncStd>(&mut verdicts);
    refuses::<AxumTokio>(&mut verdicts);
    refuses::<Compio>(&mut verdicts);
    refuses::<CompioHttparse>(&mut verdicts);
    refuses::<HyperTokio>(&mut verdicts);
    refuses::<Smol>(&mut verdicts);
    refuses::<Tokio>(&mut verdicts);
    refuses::<Tokio1>(&mut verdicts);
    refuses::<TokioAsyncIo>(&mut verdicts);
    refuses::<TokioPool>(&mut verdicts);
    refuses::<TokioUnbounded>(&mut verdicts);
    // its threads are started where it serves
    verdicts.judge("hyper+smol", || {
        let (_running, stop) = Stop::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        tells(HyperSmol::start(WORKERS).and_then(|server| server.reply(&Arc::new(Mirror), listener, stop)));
    });
    verdicts.all_good();
}
