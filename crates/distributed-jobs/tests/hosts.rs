//! Durable jobs on test hosts: answers agree with one machine's, and a host that is killed or cut off in the
//! middle costs time but no result.

#[path = "common/mod.rs"]
mod common;

use parallax_conform::right_on;
use parallax_distributed::Hosts;
use parallax_distributed_jobs::Jobs;
use parallax_distributed_jobs::cells;
use parallax_pattern::optional;
use parallax_suite::Size;
use parallax_testnet::{Net, Program};
use std::io::Write as _;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

fn main() {
    parallax_distributed_jobs::init();
    let play = std::env::args().skip_while(|word| word != "--play").nth(1);
    if let Some(scenario) = play {
        return match scenario.as_str() {
            "deaths" => deaths(),
            cells => say(&right(cells)),
        };
    }
    common::run!(
        two_hosts_give_every_answer_by_sqlite,
        two_hosts_give_every_answer_by_redis,
        four_hosts_give_every_answer_by_redis,
        a_host_that_is_killed_and_one_that_is_cut_off_lose_nothing,
    );
}

fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Runs every cell of a technique at a size (`jobs-redis at tiny`) on all hosts; returns how many were right, or the
/// first that was not.
fn right(cells_at: &str) -> String {
    let (technique, size) = cells_at.split_once(" at ").unwrap();
    let size: Size = size.parse().unwrap();
    let workers = Hosts::named().unwrap().unwrap().iter().map(|host| host.cores).sum();
    right_on(cells().into_iter().filter(|cell| cell.technique == technique).collect(), workers, &[size])
}

fn every_answer(cells_at: &str, hosts: usize) {
    let Some(net) = Net::builder().hosts(hosts).build_or_skip() else { return };
    let mut program = Program::start(&net, 1, ["--play", cells_at]).unwrap();
    let said = program.line().unwrap();
    let count = said.strip_suffix(" right").and_then(|count| count.parse::<usize>().ok());
    assert!(count.is_some_and(|count| count >= 60), "{said}");
    ends(program, &net);
}

/// Checks that it ends by itself, and that nothing it started is left on any host.
fn ends(program: Program, net: &Net) {
    assert_eq!(program.end().unwrap(), (true, String::new()));
    assert_eq!(net.left(), [0; 0], "processes that are left on some host");
}

fn two_hosts_give_every_answer_by_sqlite() {
    every_answer("jobs-sqlite at small", 2);
}

fn has_redis() -> bool {
    let there = !optional::hidden("redis") && Command::new("redis-server").arg("--version").output().is_ok();
    if !there {
        optional::skip("redis", "redis-server is not on PATH; run `apt install redis-server`");
    }
    there
}

fn two_hosts_give_every_answer_by_redis() {
    if has_redis() {
        every_answer("jobs-redis at tiny", 2);
    }
}

fn four_hosts_give_every_answer_by_redis() {
    if has_redis() {
        every_answer("jobs-redis at small", 4);
    }
}

const JOBS: u64 = 400;

fn slow_square(x: u64) -> u64 {
    sleep(Duration::from_millis(10));
    x * x
}

/// On the first host: many jobs, each of which takes a while.
fn deaths() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = Hosts::named().unwrap().unwrap();
    let jobs = Jobs::builder().hosts(hosts).lease(Duration::from_secs(1));
    let jobs = jobs.open(folder.path().join("jobs.db")).unwrap();
    assert_eq!(jobs.map(slow_square, 0..3).unwrap(), [0, 1, 4]);
    say("ready");
    let squares = jobs.map(slow_square, 0..JOBS).unwrap();
    say(if squares.iter().copied().eq((0..JOBS).map(|x| x * x)) { "right" } else { "wrong" });
}

fn a_host_that_is_killed_and_one_that_is_cut_off_lose_nothing() {
    let Some(net) = Net::builder().hosts(3).build_or_skip() else { return };
    let mut program = Program::start(&net, 1, ["--play", "deaths"]).unwrap();
    assert_eq!(program.line().unwrap(), "ready");
    let there = net.processes(2);
    assert!(!there.is_empty(), "no worker is on host 2");
    for process in there {
        Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
    }
    net.cut(1);
    sleep(Duration::from_secs(1));
    net.mend(1);
    assert_eq!(program.line().unwrap(), "right");
    ends(program, &net);
}
