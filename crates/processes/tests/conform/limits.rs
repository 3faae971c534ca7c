//! At a limit of the system a technique names the limit and how to raise it, and does not panic.

use super::*;
use common::{limit_descriptors, next_descriptor, outcome, say, scenario};
use parallax_conform::Mirror;
use parallax_pattern::Answer;
use parallax_pattern::stop::Stop;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, getuid, set_dumpable_behavior, setrlimit,
};
use rustix::thread::set_thread_res_uid;
use std::net::TcpListener;
use std::{io, thread};

/// Prints the answer of a technique; `Ok` means that it did not reach the limit.
fn told<T>(name: &str, answer: Answer<T>) {
    say(&match answer {
        Ok(_) => format!("{name}: done"),
        Err(No::Unavailable(why)) => format!("{name}: unavailable: {why}"),
        Err(no) => format!("{name}: failed: {no}"),
    });
}

/// More producers than one worker has processes.
#[derive(Serialize, Deserialize)]
struct Many;

impl Channel for Many {
    type Message = u64;
    type Tally = u64;
    fn shape(&self) -> Traffic {
        Traffic { producers: 20, consumers: 1, messages: 1, answered: false }
    }
    fn make(&self, _: usize, number: usize) -> u64 {
        number as u64
    }
    fn take(&self, _: u64, tally: &mut u64) {
        *tally += 1;
    }
}

/// Ones.
#[derive(Serialize, Deserialize)]
struct Ones(usize);

impl Map for Ones {
    type Item = u64;
    fn len(&self) -> usize {
        self.0
    }
    fn grain(&self) -> usize {
        1 << 10
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill(1);
    }
}

fn start_all(workers: usize) {
    told("pipes", Pipes::start(workers));
    told("shared-memory", SharedMemory::start(workers));
    told("shared-counters", SharedCounters::start(workers));
    told("private-caches", PrivateCaches::start(workers));
    told("message-pipes", MessagePipes::start(workers));
    told("message-rings", MessageRings::start(workers));
}

/// A server that is to stop as soon as it runs.
fn serve() -> Answer<()> {
    let unavailable = |error: io::Error| No::Unavailable(format!("{error}; raise ulimit -n")); // the test's own
    let listener = TcpListener::bind("127.0.0.1:0").map_err(unavailable)?;
    let (running, stop) = Stop::pair().map_err(unavailable)?;
    drop(running);
    prefork::Prefork::start(1)?.reply(&Arc::new(Mirror), listener, stop)
}

/// Plays one scenario in this process, while a test looks on from outside.
pub(crate) fn play(name: &str) {
    match name {
        "few-files" => few_files(),
        "few-processes" => few_processes(),
        "any-files" => any_number_of_files(),
        "all" => run_all(2),
        other => panic!("no such scenario: {other}"),
    }
}

fn few_files() {
    let (pipes, rings) = (MessagePipes::start(1).unwrap(), MessageRings::start(1).unwrap());
    let shared = SharedMemory::start(2).unwrap();
    limit_descriptors(next_descriptor() + 20);
    start_all(64);
    told("channel of pipes", pipes.channel(&Arc::new(Many)));
    told("channel of rings", rings.channel(&Arc::new(Many)));
    told("prefork", serve());
    limit_descriptors(next_descriptor());
    told("map", shared.map(&Arc::new(Ones(100)), &mut [0; 100]));
}

pub(crate) fn a_limit_of_files_is_named() {
    let told = outcome(&mut scenario("few-files"));
    assert_eq!(told.lines().count(), 10, "{told}");
    for line in told.lines() {
        assert!(line.contains(": unavailable: ") && line.contains("or raise ulimit -n"), "{line}");
    }
}

fn few_processes() {
    if getuid().is_root() {
        // Limits of processes do not apply to root; this user has no other process.
        let another = rustix::process::Uid::from_raw(61_234);
        set_thread_res_uid(another, another, another).unwrap();
        set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap(); // it may still open its own descriptors
    }
    let shared = SharedMemory::start(2).unwrap();
    let maximum = getrlimit(Resource::Nproc).maximum;
    setrlimit(Resource::Nproc, Rlimit { current: Some(1), maximum }).unwrap();
    start_all(8);
    told("prefork", serve());
    let mut out = vec![0; 1 << 20];
    told("map", shared.map(&Arc::new(Ones(out.len())), &mut out));
    assert!(out.into_iter().all(|one| one == 1));
}

pub(crate) fn a_limit_of_processes_is_named() {
    let told = outcome(&mut scenario("few-processes"));
    let lines: Vec<&str> = told.lines().collect();
    let Some((map, others)) = lines.split_last().filter(|(_, others)| others.len() == 7) else {
        panic!("{told}")
    };
    for line in others {
        assert!(line.contains(": unavailable: ") && line.contains("or raise ulimit -u"), "{line}");
    }
    assert_eq!(*map, "map: done", "without threads, the caller copies");
}

/// Starts each technique and lets it work.
fn run_all(workers: usize) {
    let (ones, many) = (Arc::new(Ones(100)), Arc::new(Many));
    told("pipes", Pipes::start(workers).and_then(|pool| pool.map(&ones, &mut [0; 100])));
    told("shared-memory", SharedMemory::start(workers).and_then(|pool| pool.map(&ones, &mut [0; 100])));
    told("message-pipes", MessagePipes::start(workers).and_then(|processes| processes.channel(&many)));
    told("message-rings", MessageRings::start(workers).and_then(|processes| processes.channel(&many)));
    told("prefork", serve());
}

fn any_number_of_files() {
    let plenty = getrlimit(Resource::Nofile).current.unwrap();
    for more in (0..24).chain((24..120).step_by(8)) {
        limit_descriptors(next_descriptor() + more);
        run_all(2);
        limit_descriptors(plenty);
    }
}

/// At any point of its work, a technique that runs out of descriptors reports that, and leaves nothing open.
pub(crate) fn any_limit_of_files_is_survived() {
    let told = outcome(&mut scenario("any-files"));
    let (mut done, mut refused) = (0, 0);
    for line in told.lines() {
        let names_it = line.contains(": unavailable: ") && line.contains("raise ulimit -n");
        assert!(line.ends_with(": done") || names_it, "{line}");
        *(if names_it { &mut refused } else { &mut done }) += 1;
    }
    assert!(done > 20 && refused > 20 && done + refused == 36 * 5, "{told}");
}

pub(crate) fn two_programs_at_once_do_not_meet() {
    let programs = [(); 2].map(|()| thread::spawn(|| outcome(&mut scenario("all"))));
    for told in programs.map(|program| program.join().unwrap()) {
        assert!(told.lines().count() == 5 && told.lines().all(|line| line.ends_with(": done")), "{told}");
    }
}
