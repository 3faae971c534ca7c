//! A server that runs out of descriptors waits for free ones; alone in its file, because it uses up all of its process.

use parallax_pattern::stop::Stop;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use std::{iter, sync::mpsc, thread};

#[test]
fn a_client_without_a_descriptor_waits_until_there_is_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (running, stop) = Stop::pair().unwrap();
    let limit = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let taken: Vec<File> = iter::from_fn(|| File::open("/dev/null").ok()).collect();

    let (tell, told) = mpsc::channel();
    let server = thread::spawn(move || {
        let accepted = stop.accept(&listener).map(|client| client.is_some());
        tell.send(accepted.map_err(|error| error.to_string())).unwrap();
        tell.send(stop.accept(&listener).map(|client| client.is_some()).map_err(|error| error.to_string()))
    });
    assert!(told.recv_timeout(Duration::from_millis(100)).is_err(), "it ends while a client waits");
    drop(taken);
    assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(Ok(true)));
    drop(running);
    assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(Ok(false)));
    server.join().unwrap().unwrap();
}
