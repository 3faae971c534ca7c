//! Closing inherited descriptors in a worker: if one copy of a pipe stays open, its reader never sees the end.

#![expect(unsafe_code, reason = "descriptors are closed that no value in this process owns")]

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// Closes all descriptors except the standard three and `own`. Rust opens everything with CLOEXEC; this is for
/// descriptors that C libraries, shells and supervisors leave open.
///
/// Called from `init`, before the program proper: files that are opened before `init` are closed in the worker.
pub(crate) fn close_inherited(own: &[BorrowedFd<'_>]) -> io::Result<()> {
    for number in open_descriptors()? {
        if number > 2 && own.iter().all(|own| own.as_raw_fd() != number) {
            // SAFETY: `init` is the first statement of `main`, so apart from `own` no value in this process
            // owns a descriptor; those still open were inherited.
            unsafe { rustix::io::close(number) };
        }
    }
    Ok(())
}

fn open_descriptors() -> io::Result<Vec<RawFd>> {
    let listed: Vec<RawFd> = fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    // The list contains the descriptor of the listing itself, which is closed by now.
    Ok(listed.into_iter().filter(|number| fs::read_link(format!("/proc/self/fd/{number}")).is_ok()).collect())
}
