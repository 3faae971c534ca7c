//! Load on a server from a separate program, with latencies as users see them.
//!
//! In a *closed* loop each client waits for its answer before it sends the next request: it finds out how much a
//! server can do. In an *open* loop requests arrive at their own times, whether or not the last ones are
//! answered: it finds out how long users wait. A closed loop cannot measure that, for while a server
//! stalls it sends no requests, and so hardly sees the stall: Gil Tene calls this coordinated omission.
//! Here latency counts from the moment at which a request was *meant* to be sent (Schroeder,
//! Wierman and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006).
//!
//! ```
//! use parallax_load::{Closed, Driver, Exchange};
//! use std::io::{Read, Write};
//!
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let to = listener.local_addr()?;
//! # std::thread::spawn(move || {
//! #     let (mut stream, _) = listener.accept().unwrap();
//! #     while stream.read(&mut [0; 1000]).unwrap() > 0 {
//! #         stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nhi").unwrap();
//! #     }
//! # });
//! // the request, and the answer that must come back; `to` is where a server listens
//! let mut driver = Driver::start(&[Exchange::get("/greeting", "text/plain", "hi")])?;
//! let report = driver.closed(&Closed { to, connections: 1, requests: 100 })?;
//! assert_eq!(report.right, [100]); // how many answers to each exchange, all equal byte for byte
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A driver is a thread of this process, unless `main` begins with [`init`]: then it is this same
//! program, started again, so that it takes no time from the threads it measures and its CPU time
//! is counted apart from theirs. It ends with the process that started it, however that ends.

mod clock;
mod closed;
mod connection;
mod driver;
mod engine;
mod exchange;
mod judge;
mod latency;
mod open;
mod responder;
mod wire;

pub use driver::{Driver, Trouble, init, processes};
pub use exchange::Exchange;
pub use latency::Latency;
pub use wire::{Closed, Open, Patience, Report};
