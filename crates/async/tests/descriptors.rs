//! Servers that run out of descriptors go on when there are some again; alone in its file, because it takes them all.

mod within_limits;

use parallax_async::{AxumTokio, CompioHttparse, HyperSmol, HyperTokio, HyperTokioPerCore};
use parallax_conform::Mirror;
use parallax_pattern::Serve;
use parallax_pattern::stop::Stop;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use std::{iter, thread};
use within_limits::{Verdicts, started};

fn ask(mut client: TcpStream) -> io::Result<String> {
    client.set_read_timeout(Some(Duration::from_secs(20)))?;
    client.write_all(b"GET /here HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Takes all descriptors, and those that the server gives back meanwhile: it closes a connection after its client has.
fn all_descriptors() -> Vec<File> {
    let mut taken: Vec<File> = Vec::new();
    let mut looks_in_vain = 0;
    while looks_in_vain < 5 {
        let before = taken.len();
        taken.extend(iter::from_fn(|| File::open("/dev/null").ok()));
        looks_in_vain = if taken.len() == before { looks_in_vain + 1 } else { 0 };
        thread::sleep(Duration::from_millis(20));
    }
    taken
}

/// A client that comes while there is no descriptor to accept it with.
fn starve(at: SocketAddr) {
    let mut taken = all_descriptors();
    drop(taken.pop());
    let client = TcpStream::connect(at).unwrap(); // takes the last one
    thread::sleep(Duration::from_millis(200)); // the server tries, more than once
    assert!(File::open("/dev/null").is_err(), "there are descriptors left");
    drop(taken);
    assert!(ask(client).unwrap().ends_with("GET /here "), "it was not accepted");
}

fn goes_on<T: Serve<Mirror>>(verdicts: &mut Verdicts) {
    verdicts.judge(T::CARD.name, || {
        let Some(technique) = started::<T>(2) else { return };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (running, stop) = Stop::pair().unwrap();
        let server = thread::spawn(move || technique.reply(&Arc::new(Mirror), listener, stop));
        assert!(ask(TcpStream::connect(at).unwrap()).unwrap().ends_with("GET /here "));
        starve(at);
        assert!(ask(TcpStream::connect(at).unwrap()).unwrap().ends_with("GET /here "));
        drop(running);
        server.join().unwrap().unwrap();
    });
}

#[test]
fn a_server_without_descriptors_waits_for_some() {
    let limit = Rlimit { current: Some(128), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let mut verdicts = Verdicts::default();
    goes_on::<AxumTokio>(&mut verdicts);
    goes_on::<CompioHttparse>(&mut verdicts);
    goes_on::<HyperSmol>(&mut verdicts);
    goes_on::<HyperTokio>(&mut verdicts);
    goes_on::<HyperTokioPerCore>(&mut verdicts);
    verdicts.all_good();
}
