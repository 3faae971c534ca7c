//! Servers that are processes: each client is answered, and none outlives its parent.

mod common;

use parallax_processes::technique::prefork::{self, Prefork};
use parallax_suite::conform::{self, Mirror};
use parallax_suite::question::Technique;
use parallax_suite::workload::Routes;
use parallax_suite::{Size, cell};
use rustix::process::Signal;
use std::fs;

fn main() {
    parallax_processes::init();
    parallax_load::init();
    prefork::init::<Routes>();
    prefork::init::<Mirror>();
    if common::scenario_name().is_some() {
        return serve_until_killed();
    }
    common::run!(clients_are_answered, children_end_with_their_parent,);
}

fn clients_are_answered() {
    conform::answers_clients(|| Prefork::start(1));
}

/// A server under load, in a process of its own, that says who works for it.
fn serve_until_killed() {
    let cell = &cell::reply::<Prefork>()[0];
    let mut run = cell.start(1).and_then(|started| started.load(cell.params(Size::Tiny, 0))).unwrap();
    run.run(1).unwrap();
    run.check().unwrap();
    common::eventually("all have started", || children().split_whitespace().count() == WORKERS);
    common::say(&children());
    common::hang(());
}

/// The servers that one worker stands for, and the driver.
const WORKERS: usize = 32 + 1;

fn children() -> String {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default()).collect()
}

/// The servers, and the driver that puts load on them.
fn children_end_with_their_parent() {
    let mut parent = common::scenario("serve").spawn().unwrap();
    let children = common::printed_pids(&mut parent);
    assert_eq!(children.len(), WORKERS, "{children:?}");
    assert!(children.iter().all(|&child| common::runs(child)), "{children:?}");
    common::kill(parent.id(), Signal::KILL);
    parent.wait().unwrap();
    common::eventually("all have ended", || !children.iter().any(|&child| common::runs(child)));
}
