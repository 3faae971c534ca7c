//! How a job ends: with its technique, with its client, with `mpirun`, or before it has begun.

use super::faults::kill;
use super::shapes::ranks_of;
use super::system::{Session, eventually};
use parallax_distributed_mpi::Mpi;
use parallax_pattern::{Distribute, Map, No, Technique};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

/// A call that never ends.
#[derive(Serialize, Deserialize)]
struct Endless;

impl Map for Endless {
    type Item = u8;
    fn len(&self) -> usize {
        2
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, _: &mut [u8]) {
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
}

/// In a process that a test has started: plays the scenario of its arguments, and never returns.
pub(crate) fn plays_a_scenario() -> bool {
    let Some(scenario) =
        env::args().nth(1).and_then(|name| name.strip_prefix("--scenario=").map(str::to_owned))
    else {
        return false;
    };
    if scenario == "start" {
        say(&Mpi::start(2).err().map_or_else(|| "started".to_owned(), |why| format!("{why:?}")));
        return true;
    }
    let mpi = Mpi::start(2).unwrap();
    say(&ranks_of(&mpi).iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
    if scenario == "busy" {
        mpi.map(&Arc::new(Endless), &mut [0; 2]).unwrap();
    }
    thread::sleep(Duration::from_secs(3600));
    true
}

/// A line for the test that has started this process.
fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(words.as_bytes()).and_then(|()| out.write_all(b"\n")).unwrap();
}

pub(crate) fn scenario(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg(format!("--scenario={name}")).stdout(Stdio::piped()).env_remove("PARALLAX_REQUIRE");
    command
}

/// The two ranks of a client that has started them.
pub(crate) fn ranks_told_by(client: &mut Child) -> Vec<u32> {
    let mut line = String::new();
    BufReader::new(client.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ranks: Vec<u32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    assert_eq!(ranks.len(), 2, "{line}");
    ranks
}

pub(crate) fn a_killed_client_leaves_nothing() {
    for name in ["idle", "busy"] {
        let mut client = scenario(name).spawn().unwrap();
        let ranks = ranks_told_by(&mut client);
        let session = Session::of(&ranks);
        if name == "busy" {
            thread::sleep(Duration::from_millis(200)); // the endless call has begun, or is about to
        }
        client.kill().unwrap();
        client.wait().unwrap();
        eventually("all have ended", || session.running().is_empty());
        assert_eq!(session.files(), [""; 0], "{name}");
    }
}

pub(crate) fn nothing_is_left_of_a_job() {
    let mpi = Mpi::start(3).unwrap();
    let session = Session::of(&ranks_of(&mpi));
    assert_eq!(session.running().len(), 4);
    let files = session.files();
    assert!(
        files.iter().any(|file| file.contains("ompi.")),
        "the session's files exist meanwhile: {files:?}"
    );
    assert!(
        files.iter().any(|file| file.contains("/dev/shm/")),
        "the session's files exist meanwhile: {files:?}"
    );
    drop(mpi);
    assert_eq!(session.running(), [0; 0], "it ends before the technique has gone");
    assert_eq!(session.files(), [""; 0]);
}

pub(crate) fn a_killed_mpirun_leaves_nothing() {
    let mpi = Mpi::start(2).unwrap();
    let session = Session::of(&ranks_of(&mpi));
    kill(session.mpirun);
    let why = mpi.map(&Arc::new(Endless), &mut [0; 2]).unwrap_err();
    assert!(
        matches!(&why, No::Failed(words) if words.to_string().contains("the MPI job has ended")),
        "{why}"
    );
    eventually("the ranks end without it", || session.running().is_empty());
    assert_eq!(session.files(), [""; 0]);
    assert_eq!(ranks_of(&mpi).len(), 2, "the next call starts another");
}

/// Nanoseconds that a process has run.
fn ran(pid: u32) -> u64 {
    let told = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    told.split_whitespace().next().unwrap().parse().unwrap()
}

pub(crate) fn an_idle_job_uses_no_core() {
    let mpi = Mpi::start(2).unwrap();
    let ranks = ranks_of(&mpi);
    let before: u64 = ranks.iter().map(|pid| ran(*pid)).sum();
    thread::sleep(Duration::from_secs(1));
    let used = ranks.iter().map(|pid| ran(*pid)).sum::<u64>() - before;
    assert!(used < 200_000_000, "two ranks without work ran {used} ns in a second");
}

/// Puts another `mpirun` before the installed one, and returns the error.
fn told_by(mpirun: &str, says: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(mpirun);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mpirun"), says).unwrap();
    fs::set_permissions(folder.join("mpirun"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), env::var("PATH").unwrap());
    String::from_utf8(scenario("start").env("PATH", path).output().unwrap().stdout).unwrap()
}

pub(crate) fn an_mpirun_that_refuses_is_told_in_words() {
    let refused = told_by("refusing", "#!/bin/sh\necho 'There are not enough slots available' >&2\nexit 1\n");
    assert!(refused.contains("Unavailable") && refused.contains("not enough slots"), "{refused}");
    // another MPI starts its processes, but they do not see each other
    let alone = "#!/bin/sh\nwhile [ \"$1\" != -n ]; do shift; done\nshift 2\nunset OMPI_COMM_WORLD_SIZE\nexec \"$@\"\n";
    let other = told_by("other", alone);
    assert!(other.contains("Unavailable") && other.contains("must be of one Open MPI"), "{other}");
    let none = scenario("start").env("PATH", "/nowhere").output().unwrap();
    let none = String::from_utf8(none.stdout).unwrap();
    assert!(none.contains("Unavailable") && none.contains("apt install openmpi-bin"), "{none}");
}
