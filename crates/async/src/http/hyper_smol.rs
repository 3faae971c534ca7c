//! The same library on another runtime: hyper needs only something that reads, writes and wakes.
//!
//! ```no_run
//! use http_body_util::Full;
//! use hyper::{Request, Response, body::{Bytes, Incoming}, server::conn::http1, service::service_fn};
//! use smol::net::TcpListener;
//! use smol_hyper::rt::FuturesIo;
//! use std::{convert::Infallible, time::Duration};
//!
//! async fn serve() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:8080").await?;
//!     loop {
//!         let Ok((client, _)) = listener.accept().await else {
//!             // the client has gone, or descriptors are used up: both pass, so rest a little and go on
//!             smol::Timer::after(Duration::from_millis(10)).await;
//!             continue;
//!         };
//!         smol::spawn(async move {
//!             let greet = service_fn(async |_: Request<Incoming>| {
//!                 Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello"))))
//!             });
//!             http1::Builder::new().serve_connection(FuturesIo::new(client), greet).await
//!         })
//!         .detach();
//!     }
//! }
//!
//! smol::block_on(serve())?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! One thread of the process waits in epoll for all sockets and wakes tasks; the executor's threads
//! take them from one queue, so a client's next request may go on in another thread.

use super::service;
use crate::threads;
use ::smol::{Async, Executor, Timer, block_on, channel, future, io::AsyncReadExt};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use parallax_pattern::Reply;
use parallax_pattern::stop::{REST, Stop, exhausted, passing};
use parallax_pattern::{Answer, Card, Cores, No, Serve, Technique};
use smol_hyper::rt::{FuturesIo, SmolTimer};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::{io, thread};

/// A smol executor, run by as many threads as there are workers while it serves.
#[derive(Debug, Clone, Copy)]
pub struct HyperSmol {
    workers: usize,
}

impl Technique for HyperSmol {
    const CARD: Card = Card {
        name: "hyper+smol",
        idea: "a task for each client on one shared queue; the same library parses",
        gives: "the same protocol on a runtime of small parts",
        costs: "every wake-up passes through the reactor and the queue; fewer libraries work with it",
        cores: Cores::Workers,
        libraries: &["hyper", "smol", "smol-hyper"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        threads::available(workers + 1)?;
        block_on(async {}); // starts the thread that waits in epoll, which panics where it cannot
        Ok(HyperSmol { workers })
    }
}

impl<R: Reply> Serve<R> for HyperSmol {
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        let executor = Arc::new(Executor::new()); // dropped at the end, with all open connections
        let (over, ended) = channel::bounded::<()>(1);
        thread::scope(|scope| {
            let _over = over; // dropped before the workers are waited for, however this ends
            for started in 0..self.workers {
                let run = || block_on(executor.run(ended.recv())).unwrap_or_default();
                let worker = thread::Builder::new().spawn_scoped(scope, run);
                worker.map_err(|error| threads::refused(started, self.workers, &error))?;
            }
            block_on(accept(&executor, work, listener, stop)).map_err(|error| No::Failed(error.into()))
        })
    }
}

async fn accept<R: Reply>(
    executor: &Executor<'static>,
    work: &Arc<R>,
    listener: TcpListener,
    stop: Stop,
) -> io::Result<()> {
    let listener = Async::new(listener)?;
    let mut stop: Async<UnixStream> = Async::new(stop.into_stream())?;
    let stopped = async {
        let _ = stop.read(&mut [0]).await;
        None
    };
    let mut stopped = Box::pin(stopped);
    let next = || async { Some(listener.accept().await) };
    while let Some(client) = future::or(&mut stopped, next()).await {
        match client {
            Ok((client, _)) => executor.spawn(talk(work.clone(), client)).detach(),
            Err(error) if exhausted(&error) => drop(Timer::after(REST).await),
            Err(error) if passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// An error affects this client only.
async fn talk<R: Reply>(work: Arc<R>, client: Async<TcpStream>) {
    let _ = client.get_ref().set_nodelay(true); // slower without it, but correct
    let service = service_fn(|request| service::answer(&*work, request));
    let mut http = http1::Builder::new();
    http.timer(SmolTimer::new()).pipeline_flush(true);
    let _ = http.serve_connection(FuturesIo::new(client), service).await;
}
