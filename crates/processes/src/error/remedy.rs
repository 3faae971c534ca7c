//! Remedies for a system that has run out of open files, processes or memory.

use std::io;

use rustix::io::Errno;

/// How to get more of the resource that has run out; none for other errors.
pub(crate) fn remedy(error: &io::Error) -> Option<&'static str> {
    Some(match Errno::from_raw_os_error(error.raw_os_error()?) {
        Errno::MFILE => "raise ulimit -n, the limit of open files",
        Errno::NFILE => "end other programs: the machine has no open files left",
        Errno::AGAIN => "raise ulimit -u, the limit of processes",
        Errno::NOMEM => "free some memory",
        _ => return None,
    })
}

pub(crate) fn way_out(error: &io::Error) -> String {
    remedy(error).map_or_else(String::new, |remedy| format!("; start fewer workers, or {remedy}"))
}
