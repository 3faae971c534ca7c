//! How a task or its worker process ended: by a panic, an exit status or a signal.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use serde::{Deserialize, Serialize};

/// A panic that crossed a process boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// The payload, if it was text, as `panic!` makes it.
    pub message: String,
    /// `file:line:column` of the panic; absent if the task installed a panic hook of its own.
    pub location: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{} (at {location})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// How a worker process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// It called `exit`, or returned from `main`, with this status.
    Exited(i32),
    /// A signal ended it: 9 is `kill -9` or the kernel's out-of-memory killer, 6 an abort, 11 a bad pointer.
    Killed(i32),
}

impl From<ExitStatus> for Death {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, signal) => Self::Killed(signal.unwrap_or(0)),
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with status {code}"),
            Self::Killed(signal) => match name(*signal) {
                Some(name) => write!(f, "was killed by signal {signal} ({name})"),
                None => write!(f, "was killed by signal {signal}"),
            },
        }
    }
}

fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_shows_where_it_happened() {
        let panic = Panic { message: "no".into(), location: Some("src/main.rs:3:5".into()) };
        assert_eq!(panic.to_string(), "no (at src/main.rs:3:5)");
    }

    #[test]
    fn signals_have_names_and_statuses_numbers() {
        assert_eq!(Death::Killed(11).to_string(), "was killed by signal 11 (SIGSEGV)");
        assert_eq!(Death::Killed(64).to_string(), "was killed by signal 64");
        assert_eq!(Death::Exited(3).to_string(), "exited with status 3");
    }
}
