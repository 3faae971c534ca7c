//! The rules of a server, for well-behaved clients and others: order, bytes, patience, and an end.

use parallax_pattern::stop::Stop;
use parallax_pattern::{Answer, Serve};
use parallax_pattern::{Reply, Request, Response};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// The timeout of every step.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers with the request: method, target and body.
#[derive(Serialize, Deserialize)]
pub struct Mirror;

impl Reply for Mirror {
    fn respond(&self, request: &Request, response: &mut Response) {
        let head = format!("{} {} ", request.method, request.target);
        response.text(200, &[head.as_bytes(), request.body].concat());
    }
}

/// Checks that requests are answered in order however they arrive, that as many clients are answered at
/// a time as the technique claims, that nonsense and clients that disconnect harm no other client, and
/// that the server stops on request, with or without clients.
///
/// # Panics
///
/// If that does not hold.
pub fn answers_clients<T: Serve<Mirror>>(start: impl Fn() -> Answer<T>) {
    serving(&start, "pipelined", |at| {
        let requests = "GET /1 HTTP/1.1\r\nhost: x\r\n\r\nPOST /2 HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc\
                        GET /3 HTTP/1.1\r\nhost: x\r\n\r\n";
        let mut client = connect(at);
        client.write_all(requests.as_bytes()).unwrap();
        assert_eq!([(); 3].map(|()| answer(&mut client)), ["GET /1 ", "POST /2 abc", "GET /3 "]);
    });
    serving(&start, "byte by byte", |at| {
        let mut client = connect(at);
        for byte in "POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi".bytes() {
            client.write_all(&[byte]).unwrap();
            thread::yield_now();
        }
        assert_eq!(answer(&mut client), "POST /slow hi");
    });
    serving(&start, "large", |at| {
        let body = "z".repeat(300_000);
        let mut client = connect(at);
        post(&mut client, "/large", &body);
        assert_eq!(answer(&mut client), format!("POST /large {body}"));
        post(&mut client, "/small", "");
        assert_eq!(answer(&mut client), "POST /small ");
    });
    serving(&start, "clients that go away or talk nonsense", |at| {
        drop(connect(at));
        connect(at).write_all(b"GET /unfinished HT").unwrap();
        let mut rude = connect(at);
        rude.write_all(b"\0\0 nonsense\r\n\r\n").unwrap();
        rude.read_to_end(&mut Vec::new()).unwrap_or_default(); // it gets an error, or is disconnected
        let mut client = connect(at);
        post(&mut client, "/after", "x");
        assert_eq!(answer(&mut client), "POST /after x");
    });
    let many = start().unwrap_or_else(|no| panic!("{no}")).at_once().min(8);
    serving(&start, "several at a time", |at| {
        let mut clients: Vec<TcpStream> = (0..many).map(|_| connect(at)).collect();
        for turn in 0..3 {
            for (k, client) in clients.iter_mut().enumerate().rev() {
                post(client, &format!("/{turn}"), &k.to_string());
                assert_eq!(answer(client), format!("POST /{turn} {k}"));
            }
        }
    });
}

/// Runs a server while `clients` talk to it and one more stays connected, and then ends it.
fn serving<T: Serve<Mirror>>(start: &impl Fn() -> Answer<T>, what: &str, clients: impl FnOnce(SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (running, stop) = Stop::pair().unwrap();
    let technique = start().unwrap_or_else(|no| panic!("{what}: {no}"));
    let (end, ended) = mpsc::channel();
    thread::spawn(move || {
        let answer = technique.reply(&Arc::new(Mirror), listener, stop);
        drop(technique);
        end.send(answer.map_err(|no| no.to_string()))
    });
    clients(at);
    let mut idle = connect(at);
    post(&mut idle, "/last", "");
    assert_eq!(answer(&mut idle), "POST /last ", "{what}");
    drop(running);
    let ended = ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what}: the server does not end"));
    ended.unwrap_or_else(|why| panic!("{what}: {why}"));
    assert!(idle.read(&mut [0]).is_ok_and(|read| read == 0) || idle.take_error().is_ok(), "{what}");
}

fn connect(at: SocketAddr) -> TcpStream {
    let client = TcpStream::connect_timeout(&at, PATIENCE).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.set_write_timeout(Some(PATIENCE)).unwrap();
    client.set_nodelay(true).unwrap();
    client
}

fn post(client: &mut TcpStream, target: &str, body: &str) {
    let length = body.len();
    let request = format!("POST {target} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
    client.write_all(request.as_bytes()).unwrap();
}

/// The body of the next answer, read byte by byte, so that nothing of the one after it is consumed.
fn answer(client: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-type: text/plain\r\n"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    client.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::Sequential;
    use parallax_pattern::{Card, No, Technique};

    #[test]
    fn the_baseline_answers() {
        answers_clients(|| Ok(Sequential));
    }

    /// Serves, with one fault.
    struct Broken {
        leaves_early: bool,
    }

    impl Technique for Broken {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(Broken { leaves_early: false })
        }
    }

    impl<R: Reply> Serve<R> for Broken {
        fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
            if self.leaves_early {
                return Err(No::Unfit("it would rather not"));
            }
            let hushed = Arc::new(Hushed(work.clone()));
            parallax_pattern::http::one_at_a_time(&*hushed, &listener, &stop)
                .map_err(|error| No::Failed(error.into()))
        }
        fn at_once(&self) -> usize {
            1
        }
    }

    /// Leaves out the bodies of its answers.
    struct Hushed<R>(Arc<R>);

    impl<R: Reply> Reply for Hushed<R> {
        fn respond(&self, request: &Request, response: &mut Response) {
            self.0.respond(&Request { body: b"", ..*request }, response);
        }
    }

    impl<R> Serialize for Hushed<R> {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_unit()
        }
    }

    impl<'de, R> Deserialize<'de> for Hushed<R> {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(serde::de::Error::custom("it stays where it is"))
        }
    }

    #[test]
    #[should_panic(expected = "POST /2 abc")]
    fn a_lost_body_is_found() {
        answers_clients(|| Ok(Broken { leaves_early: false }));
    }

    #[test]
    #[should_panic]
    fn a_server_that_leaves_is_found() {
        answers_clients(|| Ok(Broken { leaves_early: true }));
    }
}
