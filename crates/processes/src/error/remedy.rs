//! What to do when the system has no more files, processes or memory to give.

use std::io;

use rustix::io::Errno;

/// How to have more of what the system has no more of; none for other errors.
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
