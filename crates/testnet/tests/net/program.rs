//! The programs that run on hosts: this executable again, with an argument that selects its role.

use parallax_testnet::Net;
use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{env, io, process, thread};

const PORT: u16 = 4000;
/// The number of the datagram after which none comes.
pub(crate) const END: u32 = u32::MAX;

/// Plays the role that the arguments select, if this is a program on a host, and ends.
pub(crate) fn run_if_asked() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--program", "echo"] => echo(),
        ["--program", "talk", address] => talk(address),
        ["--program", "receive"] => receive(),
        ["--program", "send", address, from, to] => send(address, from, to),
        ["--program", "abandon"] => crate::endings::abandon(),
        _ => return,
    }
    .unwrap();
    process::exit(0);
}

/// Sends back what it receives.
fn echo() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    say("ready");
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        thread::spawn(move || io::copy(&mut stream.try_clone().unwrap(), &mut stream));
    }
    Ok(())
}

/// For each line of input, prints how many nanoseconds a byte takes to the echo and back.
#[expect(clippy::disallowed_methods, reason = "the delay of a link is no technique's time")]
fn talk(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(to(address))?;
    stream.set_nodelay(true)?;
    say("ready");
    for line in stdin().lines() {
        line?;
        let start = Instant::now();
        stream.write_all(&[7])?;
        stream.read_exact(&mut [0])?;
        say(&start.elapsed().as_nanos().to_string());
    }
    Ok(())
}

/// Prints the numbers of the datagrams that it receives before the end.
fn receive() -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    // Room for all that a test sends, so that losses happen only on the way.
    rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, 16 << 20)?;
    say("ready");
    let mut numbers = Vec::new();
    loop {
        let mut number = [0; 4];
        socket.recv(&mut number)?;
        match u32::from_ne_bytes(number) {
            END => break,
            number => numbers.push(number.to_string()),
        }
    }
    say(&numbers.join(" "));
    Ok(())
}

/// Sends a datagram of each of these numbers.
fn send(address: &str, from: &str, end: &str) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    let number = |text: &str| text.parse::<u32>().unwrap();
    for number in number(from)..=number(end) {
        socket.send_to(&number.to_ne_bytes(), to(address))?;
    }
    Ok(())
}

fn to(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), PORT)
}

#[expect(clippy::print_stdout, reason = "this is how a program tells its test")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// A program on a host, from the side of its test.
pub(crate) struct Program {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Program {
    pub(crate) fn start(net: &Net, host: usize, words: &[&str]) -> Self {
        let mut command = net.command(host, env::current_exe().unwrap());
        command.arg("--program").args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
        });
        Program { child, input, lines }
    }

    /// The same, once the program has reported that it is ready.
    pub(crate) fn ready(net: &Net, host: usize, words: &[&str]) -> Self {
        let program = Self::start(net, host, words);
        assert_eq!(program.line(), "ready");
        program
    }

    /// A talk with the echo on another host.
    pub(crate) fn talk(net: &Net, host: usize, with: usize) -> Self {
        Self::ready(net, host, &["talk", &net.address(with).to_string()])
    }

    /// The next line of its output. If none comes, the test fails after a minute.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("the program says nothing")
    }

    /// A line of its output that has not been read.
    pub(crate) fn said(&self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    pub(crate) fn ask(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// How long a byte takes there and back.
    pub(crate) fn round_trip(&mut self) -> Duration {
        self.ask();
        Duration::from_nanos(self.line().parse().unwrap())
    }

    pub(crate) fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn wait(&mut self) {
        self.child.wait().unwrap();
    }
}
