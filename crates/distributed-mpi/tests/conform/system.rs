//! What is there on this machine: processes, and what an MPI session leaves on disks.

use std::time::Duration;
use std::{env, fs, thread};

/// Waits for something that will be true soon.
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

/// What is there of the session of an `mpirun`: its folder, and memory that its ranks share.
pub(crate) fn left_of(mpirun: u32, ranks: &[u32]) -> Vec<String> {
    let entries = |folder: &str| fs::read_dir(folder).into_iter().flatten().flatten();
    let temporary = env::temp_dir().to_string_lossy().into_owned();
    let sessions =
        entries(&temporary).filter(|entry| entry.file_name().to_string_lossy().starts_with("ompi."));
    let sessions =
        sessions.map(|entry| entry.path().join(format!("pid.{mpirun}"))).filter(|path| path.exists());
    let names = ranks.iter().map(|pid| pid.to_string()).collect::<Vec<_>>();
    let shared = entries("/dev/shm").map(|entry| entry.path());
    let shared = shared.filter(|path| {
        let name = path.to_string_lossy();
        name.contains("vader") && names.iter().any(|pid| name.contains(pid.as_str()))
    });
    sessions.chain(shared).map(|path| path.to_string_lossy().into_owned()).collect()
}
