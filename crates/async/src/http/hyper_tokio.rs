//! A task for each client on tokio's threads, and hyper turns bytes into requests.
//!
//! ```no_run
//! use http_body_util::Full;
//! use hyper::{Request, Response, body::{Bytes, Incoming}, server::conn::http1, service::service_fn};
//! use hyper_util::rt::TokioIo;
//! use std::{convert::Infallible, time::Duration};
//! use tokio::net::TcpListener;
//!
//! async fn serve() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:8080").await?;
//!     loop {
//!         let Ok((client, _)) = listener.accept().await else {
//!             // the client has gone, or descriptors are used up: both pass, so rest a little and go on
//!             tokio::time::sleep(Duration::from_millis(10)).await;
//!             continue;
//!         };
//!         tokio::spawn(async move {
//!             let greet = service_fn(async |_: Request<Incoming>| {
//!                 Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello"))))
//!             });
//!             http1::Builder::new().serve_connection(TokioIo::new(client), greet).await
//!         });
//!     }
//! }
//!
//! let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
//! runtime.block_on(serve())?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A waiting client costs a task of some kilobytes and no thread. epoll reports which clients have
//! sent something, so a busy thread goes from one to the next without a thread switch.

use super::service;
use crate::tokio::TokioRuntime;
use ::tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream, UnixStream},
    runtime::Builder,
    task::JoinSet,
    time::sleep,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parallax_pattern::Reply;
use parallax_pattern::stop::{REST, Stop, exhausted, passing};
use parallax_pattern::{Answer, Card, Cores, No, Serve, Technique};
use std::{io, sync::Arc};

/// A tokio runtime with a hyper server.
#[derive(Debug)]
pub struct HyperTokio {
    runtime: TokioRuntime,
}

impl Technique for HyperTokio {
    const CARD: Card = Card {
        name: "hyper+tokio",
        idea: "a task for each client on threads that steal; a library parses",
        gives: "many clients on few threads, and a protocol that others have tested",
        costs: "code that awaits; a request that computes delays those behind it",
        cores: Cores::Workers,
        libraries: &["hyper", "tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(HyperTokio { runtime: runtime(workers)? })
    }
}

impl<R: Reply> Serve<R> for HyperTokio {
    fn reply(&self, work: &Arc<R>, listener: std::net::TcpListener, stop: Stop) -> Answer<()> {
        let mut clients = JoinSet::new(); // dropped at the end, with all open connections
        let serve = async { accept(&mut clients, work, adopt(listener)?, watch(stop.into_stream())?).await };
        self.runtime.run(serve)?.map_err(|error| No::Failed(error.into()))
    }
}

/// Accepts clients until the server is to stop, each as its own task.
pub(super) async fn accept<R: Reply>(
    clients: &mut JoinSet<Result<(), hyper::Error>>,
    work: &Arc<R>,
    listener: TcpListener,
    mut stop: UnixStream,
) -> io::Result<()> {
    loop {
        let client = tokio::select! {
            client = listener.accept() => client,
            Some(_) = clients.join_next() => continue, // an error affects that client only
            _ = stop.read_u8() => return Ok(()),
        };
        match client {
            Ok((client, _)) => drop(clients.spawn(talk(work.clone(), client))),
            Err(error) if exhausted(&error) => sleep(REST).await,
            Err(error) if passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

async fn talk<R: Reply>(work: Arc<R>, client: TcpStream) -> Result<(), hyper::Error> {
    let _ = client.set_nodelay(true); // slower without it, but correct
    let service = service_fn(|request| service::answer(&*work, request));
    let mut http = http1::Builder::new();
    // answers to requests that came together go out together
    http.timer(TokioTimer::new()).pipeline_flush(true);
    http.serve_connection(TokioIo::new(client), service).await
}

/// As many threads as workers.
pub(super) fn runtime(workers: usize) -> Answer<TokioRuntime> {
    let workers = workers.max(1);
    let mut builder = Builder::new_multi_thread();
    TokioRuntime::start(workers, workers, builder.worker_threads(workers).enable_all())
}

/// Registers a listener with tokio; only within a runtime.
pub(super) fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Registers a socket whose reads end when the server is to stop; only within a runtime.
pub(super) fn watch(stop: std::os::unix::net::UnixStream) -> io::Result<UnixStream> {
    stop.set_nonblocking(true)?;
    UnixStream::from_std(stop)
}
