//! A loop per core on io_uring: reads and writes are handed to the kernel with their buffers, which come back when
//! done.
//!
//! ```no_run
//! use compio::io::{AsyncRead, AsyncWriteExt};
//! use compio::net::TcpListener;
//!
//! # async fn serve() -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:8080").await?;
//! loop {
//!     let Ok((mut client, _)) = listener.accept().await else {
//!         // the client has gone, or descriptors are used up: both pass, so rest a little and go on
//!         compio::time::sleep(std::time::Duration::from_millis(10)).await;
//!         continue;
//!     };
//!     compio::runtime::spawn(async move {
//!         let mut buffer = Vec::with_capacity(100);
//!         loop {
//!             // the kernel owns the buffer until the read is done, and then it comes back
//!             let result = client.read(buffer).await;
//!             let Ok(1..) = result.0 else { return };
//!             buffer = client.write_all(result.1).await.1;
//!             buffer.clear();
//!         }
//!     })
//!     .detach();
//! }
//! # }
//! ```
//!
//! hyper lends its buffers and may take them back at any time, which a kernel that writes into them cannot allow: so
//! this server parses by hand, with httparse as hyper does. One thread accepts and deals clients to the loops in turn;
//! a client stays with its loop (thread per core: S. Chatterjee and others, ScyllaDB's Seastar).

use crate::compio::Loops;
use ::compio::buf::BufResult;
use ::compio::io::{AsyncReadExt, AsyncWriteExt};
use ::compio::net::TcpStream;
use ::compio::time::timeout;
use parallax_pattern::http::{PATIENCE, Progress, answer_all};
use parallax_pattern::stop::Stop;
use parallax_pattern::{Answer, Card, Cores, No, Serve, Technique};
use parallax_pattern::{Reply, Response};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

/// A compio runtime in each of several threads.
#[derive(Debug)]
pub struct CompioHttparse {
    loops: Loops,
}

impl Technique for CompioHttparse {
    const CARD: Card = Card {
        name: "compio+httparse",
        idea: "a loop with an io_uring in each thread; a client stays with its loop",
        gives: "no locks between clients; reads and writes of many in one system call",
        costs: "parsing by hand, as libraries lend buffers; an overloaded loop keeps its clients",
        cores: Cores::Workers,
        libraries: &["compio", "httparse"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(CompioHttparse { loops: Loops::start(workers.max(1))? })
    }
}

impl<R: Reply> Serve<R> for CompioHttparse {
    /// Open connections are dropped with the loops at the end.
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        let accept = || -> io::Result<()> {
            for next in 0.. {
                let Some(client) = stop.accept(&listener)? else { break };
                let work = work.clone();
                // an error affects this client only, and no task waits for it
                drop(
                    self.loops
                        .spawn_on(next, move || async move { talk(&*work, client).await.unwrap_or(()) }),
                );
            }
            Ok(())
        };
        accept().map_err(|error| No::Failed(error.into()))
    }
}

/// The least room for each read, in bytes.
const CHUNK: usize = 16 << 10;

async fn talk<R: Reply>(work: &R, client: std::net::TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = TcpStream::from_std(client)?;
    let (mut bytes, mut out, mut response) = (Vec::new(), Vec::new(), Response::default());
    loop {
        bytes.reserve(CHUNK);
        let Ok(BufResult(read, filled)) = timeout(PATIENCE, client.append(bytes)).await else {
            return Ok(());
        };
        if read? == 0 {
            return Ok(());
        }
        bytes = filled;
        let progress = answer_all(work, &bytes, &mut response, &mut out);
        let BufResult(written, sent) = client.write_all(out).await;
        written?;
        out = sent;
        out.clear();
        match progress {
            Progress::Ends => return Ok(()),
            Progress::Answered(answered) => drop(bytes.drain(..answered)),
        }
    }
}
