//! Measures links on this machine: achieved delays, round trips, and throughput.
//!
//! As root: `cargo run --release -p parallax-testnet --example delays`

use parallax_testnet::Net;
use rustix::time::{ClockId, clock_gettime};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Stdio};
use std::time::Duration;
use std::{env, io, thread};

const PORT: u16 = 4000;
const PACKETS: usize = 1000;
const BYTES: usize = 1 << 30;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["echo"] => Ok(echo()?),
        ["receive"] => Ok(receive()?),
        ["send", address] => Ok(send(address)?),
        ["bounce", address] => Ok(bounce(address)?),
        ["sink"] => Ok(sink()?),
        ["pour", address] => Ok(pour(address)?),
        _ => measure(),
    }
}

/// Measures everything, with this program as the programs on the hosts.
fn measure() -> Outcome {
    for delay in [0, 100, 300, 1000, 10_000].map(Duration::from_micros) {
        let net = Net::builder().delay(delay).build()?;
        say(&format!("{delay:?} one way: {}", exchange(&net, "receive", "send")?));
        say(&format!("{delay:?} there and back: {}", exchange(&net, "echo", "bounce")?));
    }
    for mtu in [1500, 9000, 65_000] {
        let net = Net::builder().mtu(mtu).build()?;
        say(&format!("throughput in packets of {mtu} bytes: {}", exchange(&net, "sink", "pour")?));
    }
    Ok(())
}

/// The last output of two programs, of which one listens on host 1, and the other connects to it from host 0.
fn exchange(net: &Net, listener: &str, speaker: &str) -> Result<String, Box<dyn std::error::Error>> {
    let start = |host, words: &[&str]| -> io::Result<Child> {
        net.command(host, env::current_exe()?).args(words).stdout(Stdio::piped()).spawn()
    };
    let mut listener = start(1, &[listener])?;
    let mut heard = BufReader::new(listener.stdout.take().ok_or("no output")?);
    heard.read_line(&mut String::new())?;
    let said = start(0, &[speaker, &net.address(1).to_string()])?.wait_with_output()?.stdout;
    let mut all = String::from_utf8(said)?;
    heard.read_to_string(&mut all)?;
    listener.wait()?;
    Ok(all.trim().to_owned())
}

/// Sends datagrams with the time in them, 2 ms apart.
fn send(address: &str) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    for _ in 0..PACKETS {
        socket.send_to(&now().to_ne_bytes(), (address, PORT))?;
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

fn receive() -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    say("ready");
    let received = (0..PACKETS).map(|_| {
        let mut sent = [0; 8];
        socket.recv(&mut sent)?;
        Ok(now() - u64::from_ne_bytes(sent))
    });
    quantiles(received.collect::<io::Result<_>>()?);
    Ok(())
}

fn bounce(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((address, PORT))?;
    stream.set_nodelay(true)?;
    let round_trips = (0..PACKETS / 2).map(|_| {
        let start = now();
        stream.write_all(&[1])?;
        stream.read_exact(&mut [0])?;
        Ok(now() - start)
    });
    quantiles(round_trips.collect::<io::Result<_>>()?);
    Ok(())
}

/// Sends back what the first client sends.
fn echo() -> io::Result<()> {
    let mut stream = accept()?;
    io::copy(&mut stream.try_clone()?, &mut stream).map(drop)
}

/// Sends as much as it can, and waits until all is there.
fn pour(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((address, PORT))?;
    let (start, part) = (now(), vec![1; 1 << 18]);
    for _ in 0..BYTES / part.len() {
        stream.write_all(&part)?;
    }
    stream.read_exact(&mut [0])?;
    say(&format!("{:.2} Gbit/s", 8.0 * BYTES as f64 / (now() - start) as f64));
    Ok(())
}

fn sink() -> io::Result<()> {
    let mut stream = accept()?;
    let (mut part, mut left) = (vec![0; 1 << 18], BYTES);
    while left > 0 {
        match stream.read(&mut part)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => left -= length,
        }
    }
    stream.write_all(&[1])
}

fn accept() -> io::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    say("ready");
    let (stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn quantiles(mut times: Vec<u64>) {
    times.sort_unstable();
    let [least, median, most] = [0, times.len() / 2, times.len() * 99 / 100].map(|k| times[k] as f64 / 1e3);
    say(&format!("{least:.0} µs at least, median {median:.0} µs, 99 % within {most:.0} µs"));
}

/// Nanoseconds of a clock that all hosts share.
#[expect(clippy::disallowed_methods, reason = "the delay of a link is no technique's time")]
fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn say(line: &str) {
    println!("{line}");
}
