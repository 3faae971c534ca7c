//! Tests of prefork servers: each client is answered, and no server outlives its parent.

mod common;

use parallax_conform::Mirror;
use parallax_pattern::stop::Stop;
use parallax_pattern::{Answer, No, Reply, Request, Response, Serve, Technique, Wire};
use parallax_processes::technique::prefork::{self, Prefork};
use parallax_suite::Size;
use parallax_suite::workload::Routes;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io, thread};

fn main() {
    parallax_processes::init();
    parallax_load::init();
    prefork::init::<Routes>();
    prefork::init::<Mirror>();
    prefork::init::<Loud>();
    prefork::init::<Mortal>();
    // A child whose work has no line above: if one ever starts, it must not start others.
    if std::env::args().next().is_some_and(|name| name.starts_with("parallax-server of ")) {
        return;
    }
    match common::scenario_name().as_deref() {
        Some("serve") => return serve_until_killed(),
        Some("loud") => return serve_loudly(),
        Some("who") => return common::say("a program of its own"),
        _ => {}
    }
    common::run!(
        clients_are_answered,
        children_end_with_their_parent,
        a_crash_costs_one_client,
        what_is_served_may_print_and_start_programs,
        work_that_is_not_announced_is_refused,
    );
}

fn clients_are_answered() {
    parallax_conform::answers_clients(|| Prefork::start(1));
}

/// A server under load, in a separate process, that prints its worker processes.
fn serve_until_killed() {
    let cell = &parallax_runner::serve::<Prefork>()[0];
    let mut run = cell.start(1).and_then(|started| started.load(cell.params(Size::Tiny, 0))).unwrap();
    run.run(1).unwrap();
    run.check().unwrap();
    common::eventually("all have started", || children().split_whitespace().count() == WORKERS);
    common::say(&children());
    common::hang(());
}

/// The number of child processes: the servers of one worker, and the driver.
const WORKERS: usize = 32 + 1;

fn children() -> String {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default()).collect()
}

/// All children, the servers and the driver that loads them, end with their parent.
fn children_end_with_their_parent() {
    let mut parent = common::scenario("serve").spawn().unwrap();
    let children = common::printed_pids(&mut parent);
    assert_eq!(children.len(), WORKERS, "{children:?}");
    assert!(children.iter().all(|&child| common::runs(child)), "{children:?}");
    common::kill(parent.id(), Signal::KILL);
    parent.wait().unwrap();
    common::eventually("all have ended", || !children.iter().any(|&child| common::runs(child)));
}

/// Prints more than a socket holds, and then answers with the output of another process of this program.
#[derive(Serialize, Deserialize)]
struct Loud;

impl Reply for Loud {
    fn respond(&self, _: &Request, response: &mut Response) {
        io::stdout().write_all(&[b'.'; 1 << 20]).unwrap();
        let mut program = Command::new("/proc/self/exe");
        let said = program.args(["--scenario", "who"]).stderr(Stdio::null()).output().unwrap();
        response.text(200, &said.stdout);
    }
}

/// The answers to these requests, one client after the other.
fn answers<R: Reply + Wire>(work: R, targets: &[&str]) -> Vec<io::Result<String>> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (running, stop) = Stop::pair().unwrap();
    let server = thread::spawn(move || Prefork::start(1).unwrap().reply(&Arc::new(work), listener, stop));
    let answer = |target: &&str| {
        let mut client = TcpStream::connect(at)?;
        client.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(client, "GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        client.read_to_string(&mut answer).map(|_| answer)
    };
    let answers = targets.iter().map(answer).collect();
    drop(running);
    server.join().unwrap().unwrap();
    answers
}

fn serve_loudly() {
    common::say(&format!("\n{:?}", answers(Loud, &["/"])));
}

/// Ends its process if the request says so.
#[derive(Serialize, Deserialize)]
struct Mortal;

impl Reply for Mortal {
    fn respond(&self, request: &Request, response: &mut Response) {
        if request.target == "/die" {
            common::kill_myself();
        }
        response.text(200, b"alive");
    }
}

fn a_crash_costs_one_client() {
    // More crashes than there are processes.
    let targets: Vec<&str> = std::iter::repeat_n("/die", 40).chain(["/live"]).collect();
    let answers = common::in_time(move || answers(Mortal, &targets));
    let last = answers.last().unwrap().as_ref().unwrap();
    assert!(last.ends_with("alive"), "{last}");
}

fn what_is_served_may_print_and_start_programs() {
    let told = common::outcome(&mut common::scenario("loud"));
    let told = told.trim_start_matches(['.', '\n']);
    assert!(
        told.starts_with("[Ok(") && told.contains("200") && told.contains("a program of its own"),
        "{told}"
    );
}

/// `main` does not begin with it, so each child would start children.
#[derive(Serialize, Deserialize)]
struct Unannounced;

impl Reply for Unannounced {
    fn respond(&self, _: &Request, _: &mut Response) {}
}

fn work_that_is_not_announced_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (running, stop) = Stop::pair().unwrap();
    drop(running); // if it does serve, it ends immediately
    let answer: Answer<()> = Prefork::start(1).unwrap().reply(&Arc::new(Unannounced), listener, stop);
    let told = answer.unwrap_err();
    assert!(
        matches!(&told, No::Unavailable(why) if why.contains("prefork::init::<") && why.contains("Unannounced")),
        "{told}"
    );
}
