//! Fetching many addresses, some at a time: a map whose items wait, with one worker for each concurrent wait.
//!
//! The time of an answer is not known in advance, so `Wait` does not fit: its waits have a given length. Calls that
//! block a thread fit a map: `--workers 50` is fifty at a time. A runtime that waits without threads has an interface
//! of its own, so write that version as its documentation shows.

use own::{Server, fetch};
use parallax::prelude::*;

struct Addresses {
    server: Server,
    count: usize,
}

impl Map for Addresses {
    type Item = String;
    fn len(&self) -> usize {
        self.count
    }
    fn grain(&self) -> usize {
        1 // a free worker takes the next address
    }
    fn fill(&self, start: usize, out: &mut [String]) {
        for (answer, i) in out.iter_mut().zip(start..) {
            *answer = fetch(self.server.address, i).unwrap_or_else(|why| why.to_string());
        }
    }
}

fn main() -> ExitCode {
    parallax::bench("fetch", || Addresses { server: Server::start(), count: 100 })
        .expect(|answers| answers.iter().enumerate().all(|(i, answer)| *answer == format!("page {i}")))
        .main()
}

/// The program as it was, and a server for it.
mod own {
    use std::io::{BufRead, BufReader, Read, Result, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::time::Duration;

    pub(super) fn fetch(address: SocketAddr, page: usize) -> Result<String> {
        let mut stream = TcpStream::connect(address)?;
        writeln!(stream, "{page}")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    pub(super) struct Server {
        pub(super) address: SocketAddr,
    }

    impl Server {
        /// It answers each connection after a while, until the program ends.
        pub(super) fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let address = listener.local_addr().expect("it has been bound");
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    std::thread::spawn(move || answer(stream));
                }
            });
            Server { address }
        }
    }

    fn answer(mut stream: TcpStream) -> Result<()> {
        let mut page = String::new();
        BufReader::new(&stream).read_line(&mut page)?;
        std::thread::sleep(Duration::from_millis(5));
        write!(stream, "page {}", page.trim_end())
    }
}
