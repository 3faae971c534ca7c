//! Hosts that die, hang, or never come: the caller gets their names in time, and none of their processes is left.

use parallax_distributed::{Hosts, Timely};
use parallax_pattern::{Distribute, Map, No, Reduce, Technique};
use serde::{Deserialize, Serialize};
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Work that harms each process except the first.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Fate {
    first: u32,
    signal: i32,
}

impl Fate {
    fn of(signal: i32) -> Arc<Self> {
        Arc::new(Fate { first: process::id(), signal })
    }

    fn meet(&self) {
        if process::id() != self.first {
            let me = process::id().to_string();
            Command::new("kill")
                .args([&format!("-{}", self.signal), &me])
                .stderr(Stdio::null())
                .status()
                .unwrap();
            thread::sleep(Duration::from_secs(600));
        }
    }
}

impl Reduce for Fate {
    type Acc = u64;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: Range<usize>) {
        self.meet();
        *acc += items.len() as u64;
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

/// Waits for borders that will never come from the other worker.
impl parallax_pattern::Stencil for Fate {
    type Item = u64;
    fn len(&self) -> usize {
        100
    }
    fn steps(&self) -> usize {
        10
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        self.meet();
        new.copy_from_slice(&old[start..start + new.len()]);
    }
}

fn works(timely: &Timely) {
    let done = parallax_conform::agrees_with_sequential::<(), _>(timely, 100, 10, 3);
    assert_eq!(done.len(), 6);
}

pub(crate) fn a_killed_member_is_named() {
    for workers in [2, 3] {
        let timely = Timely::start(workers).unwrap();
        for _ in 0..2 {
            let no = timely.reduce(&Fate::of(9)).unwrap_err();
            let words = no.to_string();
            assert!(matches!(no, No::Failed(_)), "{words}");
            assert!(words.contains("host local-") && words.contains("killed by signal 9"), "{words}");
            assert!(timely.ids().is_empty(), "the cluster has ended");
            works(&timely);
        }
        let no = timely.stencil(&Fate::of(9), [&mut [0; 100], &mut [0; 100]]).unwrap_err();
        assert!(no.to_string().contains("killed by signal 9"), "{no}");
    }
    // and if a process dies between calls, the next call finds it out
    let timely = Timely::start(3).unwrap();
    let last = timely.ids()[1];
    Command::new("kill").args(["-9", &last.to_string()]).status().unwrap();
    let told = (0..1000).find_map(|_| {
        thread::sleep(Duration::from_millis(10));
        timely.map(&Arc::new(Ones), &mut [0; 10]).err()
    });
    let words = told.unwrap().to_string();
    assert!(words.contains("host local-2 is lost") && words.contains("signal 9"), "{words}");
    works(&timely);
}

#[derive(Serialize, Deserialize)]
struct Ones;

impl Map for Ones {
    type Item = u64;
    fn len(&self) -> usize {
        10
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill(1);
    }
}

pub(crate) fn a_member_that_hangs_is_named() {
    let limit = Duration::from_secs(1);
    let timely = Timely::start(2).unwrap().time_limit(limit);
    let ids = timely.ids();
    let no = timely.reduce(&Fate::of(19)).unwrap_err();
    assert_eq!(no.to_string(), "host local-1 has not answered for 1 s");
    assert!(ids.iter().all(|&id| is_gone(id)), "a process that hangs is left");
    works(&timely.time_limit(Duration::from_secs(600)));
}

/// Without a limit, a stopped process is found by its silence. The call waits for one that is busy for longer.
pub(crate) fn a_member_that_is_stopped_is_named_without_a_limit() {
    let timely = Timely::start(3).unwrap();
    let ids = timely.ids();
    let no = timely.reduce(&Stopped::of(ids[1])).unwrap_err();
    assert_eq!(no.to_string(), "host local-2 has not answered for 10 s");
    assert!(ids.iter().all(|&id| is_gone(id)), "a process that hangs is left");
    works(&timely);
}

/// Work during which one process is stopped, while another is busy for longer than a silence may last.
#[derive(Serialize, Deserialize)]
struct Stopped {
    fate: Fate,
    process: u32,
}

impl Stopped {
    fn of(process: u32) -> Arc<Self> {
        Arc::new(Stopped { fate: Fate { first: process::id(), signal: 19 }, process })
    }
}

impl Reduce for Stopped {
    type Acc = u64;
    fn len(&self) -> usize {
        3
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: Range<usize>) {
        if process::id() == self.process {
            self.fate.meet();
        } else if process::id() != self.fate.first {
            thread::sleep(Duration::from_secs(600));
        }
        *acc += items.len() as u64;
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

fn started_by(words: &str) -> Result<Timely, parallax_distributed::Error> {
    let host = |name: &str, more: &str| format!("[[host]]\nname = '{name}'\naddress = '127.0.0.1'\n{more}\n");
    Timely::on(&Hosts::parse(&(host("here", "") + &host("there", words))).unwrap())
}

pub(crate) fn a_host_that_cannot_be_started_is_named() {
    let said = |words: &str| started_by(words).unwrap_err().to_string();
    let missing = said("start = ['/no/such/starter']");
    assert!(missing.starts_with("cannot start the program on host there"), "{missing}");
    let ends = said("start = ['sh', '-c', 'exit 7']");
    assert!(ends.contains("host there is lost") && ends.contains('7'), "{ends}");
    // another program, which reads the greeting and answers that it is another build: `1` as its only byte
    let other = said(r"start = ['sh', '-c', 'printf \\1\\0\\0\\0\\1; cat >/dev/null']");
    assert!(other.starts_with("host there has another build of this program: copy "), "{other}");
    let refuses = said(r"start = ['sh', '-c', 'printf \\4\\0\\0\\0\\2\\2no; cat >/dev/null']");
    assert_eq!(refuses, "host there: no");
    // a starter that only carries the two streams is enough
    let timely = started_by("start = ['env', 'SOME=thing']").unwrap();
    works(&timely);
}

fn is_gone(id: u32) -> bool {
    !Path::new(&format!("/proc/{id}")).exists()
}

pub(crate) fn no_process_is_left() {
    let timely = Timely::start(3).unwrap();
    let ids = timely.ids();
    works(&timely);
    assert!(ids.len() == 2 && ids.iter().all(|&id| !is_gone(id)));
    drop(timely);
    assert!(ids.into_iter().all(is_gone));
}

/// Prints more than a pipe holds.
#[derive(Serialize, Deserialize)]
struct Talkative(u32);

impl Map for Talkative {
    type Item = u64;
    fn len(&self) -> usize {
        10
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        if process::id() != self.0 {
            std::io::Write::write_all(&mut std::io::stdout(), &[b'\n'; 100_000]).unwrap();
        }
        out.fill(1);
    }
}

pub(crate) fn a_member_may_print() {
    // its standard error is this program's, which is closed here
    let timely = started_by("start = ['sh', '-c', 'exec \"$@\" 2>/dev/null', 'sh']").unwrap();
    let mut out = [0; 10];
    timely.map(&Arc::new(Talkative(process::id())), &mut out).unwrap();
    assert_eq!(out, [1; 10]);
}

/// Hundredths of a second that a process has worked.
fn worked(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

pub(crate) fn who_waits_does_nothing() {
    let timely = Timely::start(2).unwrap();
    works(&timely);
    let member = timely.ids()[0];
    thread::sleep(Duration::from_millis(100)); // until the last call is over in the member, too
    let before = worked(member);
    thread::sleep(Duration::from_millis(500));
    assert!(worked(member) <= before + 2, "a member works though there is nothing to do");
}
