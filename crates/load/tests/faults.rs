//! Servers that are wrong in every way: each fault is found and named, and no wait is endless.

use parallax_load::{Closed, Driver, Exchange, Open, Patience, Trouble};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n";
const PATIENCE: Patience = Patience { silence_ns: 300_000_000, run_ns: 20_000_000_000 };

/// A server on loopback that calls `answer` with the number of each request on a connection.
fn server(answer: impl Fn(&mut TcpStream, usize) -> bool + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                for number in 0.. {
                    // each request of these tests comes whole, since it is short
                    if !matches!(stream.read(&mut buffer), Ok(1..)) || !answer(&mut stream, number) {
                        return;
                    }
                }
            });
        }
    });
    at
}

fn right(stream: &mut TcpStream) -> bool {
    stream.write_all(format!("{HEAD}hello").as_bytes()).is_ok()
}

fn table() -> Vec<Exchange> {
    vec![Exchange::get("/hello", "text/plain", "hello")]
}

/// The error for a server that answers `bytes` instead of the fifth answer, and maybe hangs up.
fn fault_of(bytes: &'static [u8], goes_on: bool) -> String {
    let to = server(move |stream, number| match number {
        4 => stream.write_all(bytes).is_ok() && goes_on,
        _ => right(stream),
    });
    let mut driver = Driver::start_with(&table(), PATIENCE).unwrap();
    let in_turn = driver.closed(&Closed { to, connections: 3, requests: 300 }).unwrap_err();
    let plan = Open { to, connections: 3, requests: 300, per_second: 1e5, seed: 1 };
    let by_chance = driver.open(&plan).unwrap_err();
    for trouble in [&in_turn, &by_chance] {
        let Trouble::Server(why) = trouble else { panic!("{trouble}") };
        assert!(why.contains("GET /hello") || why.contains("sends bytes without a request"), "{why}");
    }
    // the driver goes on after a fault
    let to = server(|stream, _| right(stream));
    assert_eq!(driver.closed(&Closed { to, connections: 2, requests: 9 }).unwrap().right, [9]);
    in_turn.to_string()
}

#[test]
fn one_wrong_byte_is_found() {
    let why =
        fault_of(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhallo", true);
    assert!(why.ends_with("byte 1 of the body is 0x61, not 0x65"), "{why}");
}

#[test]
fn another_status_or_length_is_found() {
    let why = fault_of(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", true);
    assert!(why.ends_with("status 503"), "{why}");
    let why =
        fault_of(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\n\r\nhello!", true);
    assert!(why.ends_with("6 bytes instead of 5"), "{why}");
}

#[test]
fn too_much_is_found() {
    let why =
        fault_of(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello!", true);
    assert!(why.ends_with("sends 1 bytes more than the answer"), "{why}");
}

#[test]
fn a_dropped_connection_is_found() {
    let why = fault_of(b"", false);
    assert!(why.contains("closes the connection after 0 bytes") || why.contains("reset"), "{why}");
    let why = fault_of(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhe", false);
    assert!(why.contains("closes the connection after 66 bytes") || why.contains("reset"), "{why}");
    let after = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello";
    let why = fault_of(after, false);
    assert!(["closes the connection", "reset", "Broken pipe"].iter().any(|how| why.contains(how)), "{why}");
}

#[test]
fn silence_is_not_waited_for_without_end() {
    let why = fault_of(b"", true);
    assert!(why.contains("gave up after") && why.contains("waits for the answer to GET /hello"), "{why}");
    let why = fault_of(b"HTTP/1.1 200 OK\r\n", true);
    assert!(why.contains("gave up after"), "{why}");
}

#[test]
fn silence_is_noticed_while_requests_keep_coming_and_excused_while_none_do() {
    let mut driver = Driver::start_with(&table(), PATIENCE).unwrap();
    let plan = |to, requests, per_second| Open { to, connections: 2, requests, per_second, seed: 1 };
    let to = server(|stream, number| number >= 4 || right(stream));
    // a minute's worth of requests, which would end with the time for the whole run
    let trouble = driver.open(&plan(to, 60_000, 1000.0)).unwrap_err().to_string();
    let after = trouble.strip_prefix("gave up after ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(after.is_some_and(|seconds: f64| seconds < 15.0), "{trouble}");
    let to = server(|stream, _| right(stream));
    // requests come less often than the driver has patience
    assert_eq!(driver.open(&plan(to, 3, 2.0)).unwrap().right, [3]);
}

#[test]
fn what_comes_after_the_last_answer_is_found() {
    let to = server(|stream, number| match number {
        9 => {
            stream.write_all(format!("{HEAD}hello").as_bytes()).is_ok() && {
                thread::sleep(Duration::from_millis(20)); // so that it does not come with the answer
                stream.write_all(b"and more").is_ok()
            }
        }
        _ => right(stream),
    });
    let mut driver = Driver::start_with(&table(), PATIENCE).unwrap();
    let trouble = driver.closed(&Closed { to, connections: 1, requests: 10 }).unwrap_err();
    assert!(trouble.to_string().contains("sends bytes without a request"), "{trouble}");
}

#[test]
fn nobody_at_the_address_is_an_error() {
    let to = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // and closed again
    let mut driver = Driver::start_with(&table(), PATIENCE).unwrap();
    let trouble = driver.closed(&Closed { to, connections: 1, requests: 1 }).unwrap_err();
    assert!(trouble.to_string().contains("cannot connect"), "{trouble}");
}

#[test]
fn a_rate_or_a_crowd_of_nothing_is_refused() {
    let to = server(|stream, _| right(stream));
    let mut driver = Driver::start_with(&table(), PATIENCE).unwrap();
    for per_second in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(driver.open(&Open { to, connections: 1, requests: 1, per_second, seed: 0 }).is_err());
    }
    assert!(driver.closed(&Closed { to, connections: 0, requests: 1 }).is_err());
    assert_eq!(driver.closed(&Closed { to, connections: 5, requests: 0 }).unwrap().right, [0]);
    assert!(Driver::start(&[]).unwrap().closed(&Closed { to, connections: 1, requests: 1 }).is_err());
}

#[test]
fn exchanges_take_turns_and_split_writes_are_put_together() {
    let to = server(|stream, _| {
        let answer = format!("{HEAD}hello");
        answer.as_bytes().chunks(7).all(|piece| {
            thread::yield_now();
            stream.write_all(piece).is_ok()
        })
    });
    let table = ["/a", "/b", "/c"].map(|target| Exchange::get(target, "text/plain", "hello"));
    let mut driver = Driver::start_with(&table, PATIENCE).unwrap();
    let report = driver.closed(&Closed { to, connections: 4, requests: 100 }).unwrap();
    assert_eq!((report.right.as_slice(), report.latency.count), (&[34, 33, 33][..], 100));
    let report = driver.open(&Open { to, connections: 4, requests: 100, per_second: 2e4, seed: 3 }).unwrap();
    assert_eq!((report.right.as_slice(), report.latency.count), (&[34, 33, 33][..], 100));
}

/// A server that stalls once: users who come meanwhile wait, and only an open loop has any.
#[test]
fn an_open_loop_sees_a_stall_that_a_closed_one_omits() {
    let stall = |stream: &mut TcpStream, number| {
        if number == 200 {
            thread::sleep(Duration::from_millis(250));
        }
        right(stream)
    };
    let mut driver =
        Driver::start_with(&table(), Patience { silence_ns: 5_000_000_000, ..PATIENCE }).unwrap();
    let to = server(stall);
    let closed = driver.closed(&Closed { to, connections: 1, requests: 1000 }).unwrap();
    assert!(closed.latency.max_ns >= 250_000_000, "{closed:?}");
    let plan = Open { to: server(stall), connections: 1, requests: 1000, per_second: 2000.0, seed: 1 };
    let open = driver.open(&plan).unwrap();
    // about 500 requests were due during the stall; the one in a hundred that waited longest, nearly all of it
    assert!(open.latency.p99_ns.unwrap() >= 200_000_000, "{open:?}");
    assert!(open.latency.p99_ns > closed.latency.p99_ns, "{open:?} {closed:?}");
}

#[test]
fn the_driver_knows_its_own_limit() {
    let mut driver = Driver::start(&table()).unwrap();
    let report = driver.limit(8, 2000).unwrap();
    assert_eq!(report.right, [2000]);
    assert!(report.busy() > 0.0 && report.per_second() > 0.0, "{report:?}");
}
