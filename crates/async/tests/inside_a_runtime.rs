//! Techniques called from async code: they block their thread, as any waiting function does, and never panic.

mod within_limits;

use parallax_async::{
    AxumTokio, Compio, CompioHttparse, HyperSmol, HyperTokio, HyperTokioPerCore, Smol, Tokio, Tokio1,
    TokioAsyncIo, TokioCurrentThread, TokioPool, TokioUnbounded,
};
use parallax_conform::{Mirror, hands_over_in_order, keeps_the_limit};
use parallax_pattern::stop::Stop;
use parallax_pattern::{Execute, Serve, Technique};
use parallax_suite::workload::{MonteCarlo, Params, Size, Workload};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use tokio::runtime::{Builder, Runtime};
use within_limits::{Verdicts, started};

fn runtimes() -> [Runtime; 2] {
    let threads = |builder: &mut Builder| builder.enable_all().build().unwrap();
    [threads(Builder::new_multi_thread().worker_threads(1)), threads(&mut Builder::new_current_thread())]
}

/// In the main task, in one that was spawned, and where blocking is allowed.
fn everywhere(verdicts: &mut Verdicts, name: &'static str, check: fn()) {
    for (k, threads) in ["one thread of its own", "the caller's thread"].into_iter().enumerate() {
        let runtime = move || runtimes().into_iter().nth(k).unwrap();
        verdicts.judge(&format!("{name} in the main task on {threads}"), move || {
            runtime().block_on(async { check() })
        });
        verdicts.judge(&format!("{name} in a task on {threads}"), move || {
            runtime().block_on(async { tokio::spawn(async move { check() }).await.unwrap() });
        });
        verdicts.judge(&format!("{name} in spawn_blocking on {threads}"), move || {
            runtime().block_on(async { tokio::task::spawn_blocking(check).await.unwrap() });
        });
    }
}

fn executes<T: Execute>() {
    let Some(technique) = started::<T>(2) else { return };
    let work = Arc::new(MonteCarlo::make(Params::of(Size::Tiny)));
    let hits = technique.reduce(&work).unwrap();
    work.check(&hits, work.expected()).unwrap();
}

fn keeps<T: Technique>(law: fn(&T)) {
    let Some(technique) = started::<T>(2) else { return };
    law(&technique);
}

fn answers<T: Serve<Mirror>>() {
    let Some(technique) = started::<T>(2) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (running, stop) = Stop::pair().unwrap();
    let client = thread::spawn(move || {
        client.write_all(b"GET /here HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        drop(running);
        answer
    });
    technique.reply(&Arc::new(Mirror), listener, stop).unwrap();
    assert!(client.join().unwrap().ends_with("GET /here "));
}

#[test]
fn techniques_work_in_async_code() {
    let mut verdicts = Verdicts::default();
    everywhere(&mut verdicts, "tokio executes", executes::<Tokio>);
    everywhere(&mut verdicts, "tokio-current-thread executes", executes::<TokioCurrentThread>);
    everywhere(&mut verdicts, "smol executes", executes::<Smol>);
    everywhere(&mut verdicts, "compio executes", executes::<Compio>);
    everywhere(&mut verdicts, "tokio waits", || keeps::<Tokio>(keeps_the_limit));
    everywhere(&mut verdicts, "tokio-current-thread waits", || keeps::<TokioCurrentThread>(keeps_the_limit));
    everywhere(&mut verdicts, "tokio+pool waits", || keeps::<TokioPool>(keeps_the_limit));
    everywhere(&mut verdicts, "tokio+async-io waits", || keeps::<TokioAsyncIo>(keeps_the_limit));
    everywhere(&mut verdicts, "tokio hands over", || keeps::<Tokio>(hands_over_in_order));
    everywhere(&mut verdicts, "tokio-1 hands over", || keeps::<Tokio1>(hands_over_in_order));
    everywhere(&mut verdicts, "tokio-unbounded starts and ends", || drop(started::<TokioUnbounded>(2)));
    everywhere(&mut verdicts, "axum+tokio answers", answers::<AxumTokio>);
    everywhere(&mut verdicts, "compio+httparse answers", answers::<CompioHttparse>);
    everywhere(&mut verdicts, "hyper+smol answers", answers::<HyperSmol>);
    everywhere(&mut verdicts, "hyper+tokio answers", answers::<HyperTokio>);
    everywhere(&mut verdicts, "hyper+tokio-per-core answers", answers::<HyperTokioPerCore>);
    verdicts.all_good();
}
