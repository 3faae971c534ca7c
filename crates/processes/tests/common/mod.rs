//! Helpers for tests of processes: start this program in another role, inspect processes, and limit time.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};

use libtest_mimic::{Arguments, Trial};
use parallax_processes::Pool;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, getrlimit, kill_process, kill_process_group, setrlimit,
};

/// Runs functions as tests of their names; a panic fails its test.
macro_rules! run {
    ($($test:path),* $(,)?) => {
        $crate::common::run_all(&[$((stringify!($test), $test as fn())),*])
    };
}
pub(crate) use run;

pub(crate) fn run_all(tests: &[(&'static str, fn())]) {
    let trials = tests.iter().map(|&(path, test)| {
        let name = path.rsplit("::").next().unwrap_or(path);
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

pub(crate) fn pool(workers: usize) -> Pool {
    Pool::builder().workers(workers).build().unwrap()
}

/// This test program as another process in another role: `main` looks for the argument.
pub(crate) fn scenario(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--scenario", name]).stdout(Stdio::piped()).process_group(0);
    command
}

pub(crate) fn scenario_name() -> Option<String> {
    let mut arguments = env::args().skip_while(|argument| argument != "--scenario");
    arguments.nth(1)
}

/// The numbers in the first line that a scenario prints: its workers.
pub(crate) fn printed_pids(child: &mut Child) -> Vec<u32> {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// The output of another process until it ends. One that hangs is killed with its group, and fails the test.
pub(crate) fn outcome(command: &mut Command) -> String {
    let mut child = command.spawn().unwrap();
    let (leader, mut out) = (child.id(), child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let _ = out.read_to_string(&mut text);
        let _ = child.wait();
        tell.send(text)
    });
    told.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        kill_group(leader, Signal::KILL);
        panic!("it hangs")
    })
}

/// Runs something that must end; if it hangs, it fails the test and not the suite.
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(PATIENCE).expect("it hangs, or it panicked")
}

const PATIENCE: Duration = Duration::from_secs(120);

/// From now on this process gets no descriptor with this number or a higher one.
pub(crate) fn limit_descriptors(number: u64) {
    let old = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(number), maximum: old.maximum }).unwrap();
}

/// The number of the next descriptor that this process opens.
pub(crate) fn next_descriptor() -> u64 {
    use std::os::fd::AsRawFd;
    fs::File::open("/dev/null").unwrap().as_raw_fd() as u64
}

/// Waits for a condition that will soon be true.
pub(crate) fn eventually(what: &str, mut is_true: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_true() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("not within twenty seconds: {what}");
}

/// Whether the process runs; a zombie does not.
pub(crate) fn runs(pid: u32) -> bool {
    status(pid).is_some_and(|status| !status.contains("State:\tZ"))
}

pub(crate) fn zombie_children_of(parent: u32) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_zombie =
        |status: String| status.contains(&format!("PPid:\t{parent}\n")) && status.contains("State:\tZ");
    processes.filter(|pid| status(*pid).is_some_and(is_zombie)).collect()
}

fn status(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/status")).ok()
}

pub(crate) fn kill(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), signal).unwrap();
}

pub(crate) fn kill_group(leader: u32, signal: Signal) {
    kill_process_group(Pid::from_raw(leader as i32).unwrap(), signal).unwrap();
}

/// A line for the test that started this scenario.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).unwrap();
}

/// A task that runs longer than any test.
pub(crate) fn hang(_: ()) {
    thread::sleep(Duration::from_secs(3600));
}

pub(crate) fn kill_myself() -> ! {
    kill(std::process::id(), Signal::KILL);
    unreachable!("nobody survives that")
}
