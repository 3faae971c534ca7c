//! A loop and a listening socket for each core: the kernel deals the clients out, and the loops share nothing.
//!
//! ```no_run
//! use std::{io, net::SocketAddr, thread};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::{net::TcpSocket, runtime::Builder, task::LocalSet};
//!
//! fn one_loop(at: SocketAddr) -> io::Result<()> {
//!     let runtime = Builder::new_current_thread().enable_all().build()?;
//!     LocalSet::new().block_on(&runtime, async {
//!         let socket = TcpSocket::new_v4()?;
//!         socket.set_reuseport(true)?; // others may listen at the same address, if they set it too
//!         socket.bind(at)?;
//!         let listener = socket.listen(1024)?;
//!         loop {
//!             let Ok((mut client, _)) = listener.accept().await else {
//!                 // the client has gone, or descriptors are used up: both pass, so rest a little and go on
//!                 tokio::time::sleep(std::time::Duration::from_millis(10)).await;
//!                 continue;
//!             };
//!             tokio::task::spawn_local(async move { // may be not `Send`: it stays on this thread
//!                 let mut buffer = [0; 100];
//!                 while let Ok(read @ 1..) = client.read(&mut buffer).await {
//!                     let Ok(()) = client.write_all(&buffer[..read]).await else { return };
//!                 }
//!             });
//!         }
//!     })
//! }
//!
//! let at = SocketAddr::from(([127, 0, 0, 1], 8080));
//! let cores = thread::available_parallelism()?.get();
//! let loops: Vec<_> = (0..cores).map(|_| thread::spawn(move || one_loop(at))).collect();
//! loops.into_iter().try_for_each(|one| one.join().unwrap())?;
//! # Ok::<(), io::Error>(())
//! ```
//!
//! Everything else is as in `hyper+tokio`, so the two rows differ only in what is shared: there all threads take tasks
//! from each other, and one socket hands out the clients; here a hash of a client's address decides its loop when it
//! connects, and nothing is locked, stolen or woken across threads after that. A hash of few clients is uneven, and no
//! loop can take clients from another: 64 clients on two loops are 40 to 24, or worse, about once in twenty starts. It
//! is for many short requests of many clients (nginx with `reuseport`, Seastar); a request that computes delays all
//! clients of its loop. Such servers often pin their loops to cores as well, which is another question: see `pinned`.

use super::hyper_tokio::{accept, adopt, watch};
use crate::threads;
use crate::tokio::TokioRuntime;
use ::tokio::runtime::Builder;
use ::tokio::task::JoinSet;
use parallax_pattern::Reply;
use parallax_pattern::stop::Stop;
use parallax_pattern::{Answer, Card, Cores, No, Serve, Technique};
use rustix::net::sockopt::{set_socket_reuseaddr, set_socket_reuseport};
use rustix::net::{SocketFlags, SocketType, bind, getsockname, listen, socket_with};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::{io, thread};

/// A tokio runtime of one thread for each worker, with a hyper server on each.
#[derive(Debug)]
pub struct HyperTokioPerCore {
    runtimes: Vec<TokioRuntime>,
}

impl Technique for HyperTokioPerCore {
    const CARD: Card = Card {
        name: "hyper+tokio-per-core",
        idea: "a loop and a listening socket per thread (SO_REUSEPORT); a client stays where its address hashes to",
        gives: "nothing is shared between loops: no lock, no stealing, no wake-up across threads",
        costs: "uneven shares of few clients, which nothing balances; a request that computes delays its loop's others",
        cores: Cores::Workers,
        libraries: &["hyper", "tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        threads::available(workers)?;
        let one = |_| TokioRuntime::start(0, 1, Builder::new_current_thread().enable_all());
        Ok(HyperTokioPerCore { runtimes: (0..workers).map(one).collect::<Answer<_>>()? })
    }
}

impl<R: Reply> Serve<R> for HyperTokioPerCore {
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        let failed = |error: io::Error| No::Failed(error.into());
        let listeners = beside(listener, self.runtimes.len()).map_err(failed)?;
        let stop = Ends(stop.into_stream());
        thread::scope(|scope| {
            let stop = stop; // dropped before the scope waits for its threads, however this ends
            let mut loops = Vec::new();
            for (runtime, listener) in self.runtimes.iter().zip(listeners) {
                let ends = Ends(stop.0.try_clone().map_err(failed)?);
                let run = move || {
                    let stop = ends.0.try_clone().map_err(failed)?;
                    runtime.run(serve(work, listener, stop))?.map_err(failed)
                };
                let started = thread::Builder::new().spawn_scoped(scope, run);
                loops.push(
                    started.map_err(|error| threads::refused(loops.len(), self.runtimes.len(), &error))?,
                );
            }
            loops.into_iter().try_for_each(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }
}

/// Tells all loops to end, also when one of them ends or panics: they share the same socket.
struct Ends(UnixStream);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// One loop, until it is to stop; its clients are gone when it returns.
async fn serve<R: Reply>(work: &Arc<R>, listener: TcpListener, stop: UnixStream) -> io::Result<()> {
    let mut clients = JoinSet::new();
    let ended = accept(&mut clients, work, adopt(listener)?, watch(stop)?).await;
    clients.shutdown().await;
    ended
}

/// How many clients may wait at a socket to be accepted; the system has its own limit, which is seldom higher.
const WAITING: i32 = 4096;

/// The listener, and others at its address: `count` in all, among which the kernel deals out the clients.
fn beside(listener: TcpListener, count: usize) -> io::Result<Vec<TcpListener>> {
    // The first one, too, has to allow others before they bind. Linux accepts it on a socket that already listens.
    set_socket_reuseport(&listener, true)?;
    let mut listeners = vec![listener];
    while listeners.len() < count {
        let at = getsockname(&listeners[0])?;
        let socket = socket_with(at.address_family(), SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        set_socket_reuseport(&socket, true)?;
        set_socket_reuseaddr(&socket, true)?; // as clients of the first one already use its port
        bind(&socket, &at)?;
        listen(&socket, WAITING)?;
        listeners.push(socket.into());
    }
    Ok(listeners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn clients_are_dealt_out_between_all_listeners() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = first.local_addr().unwrap();
        let early = TcpStream::connect(at).unwrap();
        let listeners = beside(first, 3).unwrap();
        assert!(listeners.iter().all(|listener| listener.local_addr().unwrap() == at));
        let clients: Vec<_> =
            std::iter::once(early).chain((0..90).map(|_| TcpStream::connect(at).unwrap())).collect();
        let shares = listeners.iter().map(|listener| {
            listener.set_nonblocking(true).unwrap();
            std::iter::from_fn(|| listener.accept().ok()).count()
        });
        let shares: Vec<_> = shares.collect();
        assert_eq!(shares.iter().sum::<usize>(), clients.len(), "{shares:?}");
        assert!(shares.iter().all(|&share| share > 0), "{shares:?}"); // by chance once in 10^15 runs
    }

    #[test]
    fn an_address_that_others_hold_for_themselves_is_refused() {
        let alone = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = getsockname(&alone).unwrap();
        let socket =
            socket_with(at.address_family(), SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        set_socket_reuseport(&socket, true).unwrap();
        assert!(bind(&socket, &at).is_err(), "both have to allow it");
    }
}
