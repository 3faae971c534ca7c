//! Looks at this machine: its processes, and the files of an MPI session.

use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::Duration;
use std::{env, thread};

/// Waits until a condition holds, for at most twenty seconds.
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
    let status = fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

/// The process that started another one.
pub(crate) fn parent_of(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("PPid:\t")).unwrap().parse().unwrap()
}

/// The processes and files of an `mpirun` on this machine.
pub(crate) struct Session {
    pub(crate) mpirun: u32,
    ranks: Vec<u32>,
    job: u64,
}

impl Session {
    /// The session of running ranks.
    pub(crate) fn of(ranks: &[u32]) -> Self {
        let environment = fs::read(format!("/proc/{}/environ", ranks[0])).unwrap();
        let environment = String::from_utf8_lossy(&environment);
        let job = environment.split('\0').find_map(|entry| entry.strip_prefix("PMIX_NAMESPACE=")).unwrap();
        Session { mpirun: parent_of(ranks[0]), ranks: ranks.to_vec(), job: job.parse().unwrap() }
    }

    /// Those of its processes that run.
    pub(crate) fn running(&self) -> Vec<u32> {
        self.ranks.iter().chain([&self.mpirun]).copied().filter(|pid| runs(*pid)).collect()
    }

    /// Its files: in its folder, and in the memory that its ranks share.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let folder = |entry: DirEntry| entry.path().join(format!("pid.{}", self.mpirun));
        let folders = entries(&env::temp_dir()).map(folder).filter(|path| path.exists());
        let of_job = format!(".{:x}.", self.job);
        let shared = entries(Path::new("/dev/shm")).map(|entry| entry.path());
        let shared = shared.filter(|path| path.to_string_lossy().contains(&of_job));
        folders.chain(shared).map(|path| path.to_string_lossy().into_owned()).collect()
    }
}
