//! The plainest server: one thread, one connection, one request after the other.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let mut client = TcpStream::connect(listener.local_addr()?)?;
//! client.write_all(b"hello")?;
//!
//! let (mut stream, _) = listener.accept()?;
//! let mut buffer = [0; 100];
//! let read = stream.read(&mut buffer)?; // waits, and the thread with it
//! stream.write_all(&buffer[..read])?;
//!
//! client.read_exact(&mut buffer[..5])?;
//! assert_eq!(&buffer[..5], b"hello");
//! # Ok::<(), std::io::Error>(())
//! ```

use super::{Clients, Refusal, parse, write};
use crate::stop::Stop;
use crate::{Reply, Response};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long a client may send nothing, or accept nothing, before its connection is closed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The size of a read, at least.
const CHUNK: usize = 16 << 10;

/// The state of a connection after its requests so far have been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The requests in this many bytes are answered; more may come.
    Answered(usize),
    /// The connection ends once the output is sent.
    Ends,
}

/// Answers all requests in `bytes`, into `out`; responses to pipelined requests go out together.
pub fn answer_all<R: Reply>(work: &R, bytes: &[u8], response: &mut Response, out: &mut Vec<u8>) -> Progress {
    let mut answered = 0;
    loop {
        match parse(&bytes[answered..]) {
            Ok(None) => return Progress::Answered(answered),
            Ok(Some(parsed)) => {
                response.clear();
                work.respond(&parsed.request, response);
                write(response, parsed.keep_alive, out);
                if !parsed.keep_alive {
                    return Progress::Ends;
                }
                answered += parsed.len;
            }
            Err(refusal) => {
                refuse(refusal, response);
                write(response, false, out);
                return Progress::Ends;
            }
        }
    }
}

/// Answers a client until the connection ends or times out.
///
/// # Errors
///
/// Those of the connection; they concern this client only.
pub fn converse<R: Reply>(work: &R, stream: &mut (impl Read + Write)) -> io::Result<()> {
    let (mut bytes, mut filled) = (vec![0; CHUNK], 0);
    let (mut response, mut out) = (Response::default(), Vec::new());
    loop {
        if filled == bytes.len() {
            bytes.resize(2 * filled, 0); // bounded: parsing refuses a longer head or body
        }
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => return Ok(()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        out.clear();
        let progress = answer_all(work, &bytes[..filled], &mut response, &mut out);
        stream.write_all(&out)?;
        match progress {
            Progress::Ends => return Ok(()),
            Progress::Answered(answered) => {
                bytes.copy_within(answered..filled, 0);
                filled -= answered;
            }
        }
    }
}

/// [`converse`] with a client on a socket: output is sent immediately, and reads and writes time
/// out.
///
/// # Errors
///
/// Those of the connection; they concern this client only.
pub fn answer_client<R: Reply>(work: &R, mut client: TcpStream, clients: &Clients) -> io::Result<()> {
    client.set_nodelay(true)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let _entered = clients.enter(&client)?;
    converse(work, &mut client)
}

/// Serves one client after the other, each to its end, until `stop`.
///
/// # Errors
///
/// If no more clients can be accepted.
pub fn one_at_a_time<R: Reply>(work: &R, listener: &TcpListener, stop: &Stop) -> io::Result<()> {
    let clients = Clients::default();
    std::thread::scope(|scope| {
        // this thread waits for its client; another waits for `stop`
        let (over, watch) = UnixStream::pair()?;
        scope.spawn({
            let clients = &clients;
            move || {
                stop.wait_beside(&watch);
                clients.hang_up();
            }
        });
        while let Some(client) = stop.accept(listener)? {
            // an error concerns this client only, not the next
            let _ = answer_client(work, client, &clients);
        }
        drop(over);
        Ok(())
    })
}

fn refuse(refusal: Refusal, response: &mut Response) {
    response.clear();
    response.text(refusal.status(), refusal.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Upper;

    impl Reply for Upper {
        fn respond(&self, request: &Request, response: &mut Response) {
            response.text(200, &[request.target.as_bytes(), request.body].concat().to_ascii_uppercase());
        }
    }

    /// A client whose bytes arrive in pieces of `piece`, and which keeps the responses.
    struct Client<'a> {
        sends: &'a [u8],
        piece: usize,
        got: Vec<u8>,
    }

    impl Read for Client<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let len = self.piece.min(into.len());
            self.sends.read(&mut into[..len])
        }
    }

    impl Write for Client<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.got.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn conversation(sends: &[u8], piece: usize) -> String {
        let mut client = Client { sends, piece, got: Vec::new() };
        converse(&Upper, &mut client).unwrap();
        String::from_utf8(client.got).unwrap()
    }

    fn answer(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn pieces_and_pipelines_are_answered_alike() {
        let sends =
            b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nxyzGET /c HTTP/1.1\r\n\r\n";
        let right = [answer("/A"), answer("/BXYZ"), answer("/C")].concat();
        for piece in [1, 2, 3, 7, 20, sends.len()] {
            assert_eq!(conversation(sends, piece), right, "{piece}");
        }
    }

    #[test]
    fn the_longest_body_is_answered_and_a_longer_one_refused() {
        let post = |len: usize| {
            let mut request = format!("POST /x HTTP/1.1\r\ncontent-length: {len}\r\n\r\n").into_bytes();
            request.resize(request.len() + len, b'y');
            conversation(&request, usize::MAX)
        };
        let longest = post(super::super::LONGEST_BODY);
        assert!(longest.starts_with("HTTP/1.1 200") && longest.ends_with("YYY"));
        assert!(post(super::super::LONGEST_BODY + 1).starts_with("HTTP/1.1 413"));
    }

    #[test]
    fn nothing_is_answered_after_a_refusal_or_a_farewell() {
        let refused = conversation(b"GET /a HTTP/1.1\r\n\r\nnonsense\r\n\r\nGET /c HTTP/1.1\r\n\r\n", 1000);
        assert!(refused.starts_with(&answer("/A")) && refused.contains("400 Bad Request"), "{refused}");
        assert!(!refused.contains("/C") && refused.matches("HTTP/1.1").count() == 2, "{refused}");
        let gone = conversation(b"GET /a HTTP/1.1\r\nconnection: close\r\n\r\nGET /c HTTP/1.1\r\n\r\n", 1000);
        assert!(gone.ends_with("connection: close\r\n\r\n/A"), "{gone}");
    }

    #[test]
    fn a_client_that_ends_in_the_middle_is_let_go() {
        assert_eq!(conversation(b"GET /a HT", 4), "");
    }
}
