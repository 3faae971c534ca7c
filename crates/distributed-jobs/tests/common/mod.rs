//! Support for tests of jobs: they can be workers themselves, have their own stores, and always end.

#![allow(dead_code, reason = "not every test uses all of it")]

use libtest_mimic::{Arguments, Trial};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};

/// Runs functions as tests of their names; panics fail them. Those that are `ignored` run if they are requested.
macro_rules! run {
    ($($test:path),* $(,)? $(; ignored $($slow:path),* $(,)?)?) => {
        $crate::common::run_all(&[
            $((stringify!($test), $test as fn(), false),)*
            $($((stringify!($slow), $slow as fn(), true),)*)?
        ])
    };
}
pub(crate) use run;

pub(crate) fn run_all(tests: &[(&'static str, fn(), bool)]) {
    let trials = tests.iter().map(|&(path, test, ignored)| {
        let name = path.rsplit("::").next().unwrap_or(path);
        let test = move || {
            in_time(name, test);
            Ok(())
        };
        Trial::test(name, test).with_ignored_flag(ignored)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Runs `work` in a thread of this name; if it hangs, this test fails and not the suite.
fn in_time<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    let thread = thread::Builder::new().name(name.to_owned());
    let thread = thread.spawn(move || drop(tell.send(work()))).unwrap();
    match told.recv_timeout(Duration::from_secs(600)) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().expect_err("it has sent nothing"))
        }
    }
}

/// This test program as another process, which plays a scenario: `main` looks for the argument.
pub(crate) fn scenario(name: &str, path: &std::path::Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--scenario", name]).arg(path).stdout(Stdio::piped());
    command
}

/// The scenario to play instead of the tests, and its path.
pub(crate) fn asked_for() -> Option<(String, std::path::PathBuf)> {
    let mut arguments = env::args().skip_while(|argument| argument != "--scenario").skip(1);
    Some((arguments.next()?, arguments.next()?.into()))
}

/// The next line that a scenario prints.
pub(crate) fn line_of(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// A line for the test that started this scenario.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()).unwrap();
}

/// Waits until a condition holds, for at most a minute.
pub(crate) fn eventually(what: &str, mut is_true: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if is_true() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("not within a minute: {what}");
}

/// Whether the process runs; a zombie does not.
pub(crate) fn runs(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

/// Kills a process, if it is there.
pub(crate) fn kill(pid: u32) {
    let _ = kill_process(Pid::from_raw(pid as i32).unwrap(), Signal::KILL);
}
