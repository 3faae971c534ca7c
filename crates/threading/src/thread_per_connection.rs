//! A thread for each client: it waits in `read`, and the kernel's scheduler is the event loop.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//! use std::{thread, time::Duration};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let at = listener.local_addr()?;
//! thread::spawn(move || {
//!     loop {
//!         let Ok((mut client, _)) = listener.accept() else {
//!             // The client has gone, or there are no descriptors left: both pass, and neither is worth a busy loop.
//!             thread::sleep(Duration::from_millis(10));
//!             continue;
//!         };
//!         thread::spawn(move || {
//!             let mut buffer = [0; 100];
//!             while let Ok(read @ 1..) = client.read(&mut buffer) { // only this thread waits
//!                 client.write_all(&buffer[..read]).unwrap();
//!             }
//!         });
//!     }
//! });
//!
//! let clients = [(); 3].map(|()| TcpStream::connect(at).unwrap()); // all at the same time
//! for mut client in clients {
//!     client.write_all(b"hello")?;
//!     let mut echo = [0; 5];
//!     client.read_exact(&mut echo)?;
//!     assert_eq!(&echo, b"hello");
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The code reads from top to bottom, and a request that computes delays nobody else. A thread costs some ten
//! microseconds to start and memory for its stack, and each request costs two thread switches: fine for hundreds of
//! clients; for ten thousand that mostly wait, see the async family. Stacks are small here: unmapping one of 2 MiB for
//! each client that leaves cost more than the rest of its end.

use parallax_pattern::http::{Clients, answer_client};
use parallax_pattern::stop::Stop;
use parallax_pattern::{Answer, Card, Cores, No, Reply, Serve, Technique};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

/// Bytes of a client's stack: a request needs little, and the system keeps small stacks for the next client, where
/// those of the usual 2 MiB are soon unmapped.
const STACK: usize = 128 << 10;

/// One thread that accepts, and one for each client.
#[derive(Debug, Clone, Copy)]
pub struct ThreadPerConnection;

impl Technique for ThreadPerConnection {
    const CARD: Card = Card {
        name: "thread-per-connection",
        idea: "each client has a thread that waits for it alone",
        gives: "the plainest server that serves many; a slow request delays nobody else",
        costs: "a thread start per client, a stack each, and two thread switches per request",
        cores: Cores::Workers,
        libraries: &["httparse"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(ThreadPerConnection)
    }
}

impl<R: Reply> Serve<R> for ThreadPerConnection {
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        let clients = Clients::default();
        thread::scope(|scope| {
            let accept = || -> io::Result<()> {
                while let Some(client) = stop.accept(&listener)? {
                    // an error affects this client only
                    let answer = || drop(answer_client(&**work, client, &clients));
                    let started = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, answer);
                    // Without a thread this client is turned away; there will be room when others have ended.
                    started.map_or_else(|_| stop.rest(), drop);
                }
                Ok(())
            };
            let ended = accept();
            clients.hang_up(); // or the scope would wait for silent clients
            ended
        })
        .map_err(|error| No::Failed(error.into()))
    }
}
