//! Heartbeats: a member writes a byte a few times a second, which distinguishes a hung process from a busy one.
//!
//! The system answers for a stopped process: its connections stay open, and data sent to it is received. So the process
//! itself must show that it runs, with a thread that does only this.

#![expect(clippy::disallowed_methods, reason = "the time since a host's last sign, not a technique's time")]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::ChildStdout;
use std::thread;
use std::time::{Duration, Instant};

/// The time between two signs of life.
const EVERY: Duration = Duration::from_millis(250);
/// After this long without a look a process cannot judge the other's silence: it may have been stopped itself.
const LOOKED_AWAY: Duration = Duration::from_secs(1);

/// In a member: gives signs for as long as the other end is open. If the other process does not read them, the pipe
/// fills up and this thread waits.
pub(crate) fn start(out: OwnedFd) -> io::Result<()> {
    let mut out = File::from(out);
    let give = move || {
        while out.write_all(&[1]).is_ok() {
            thread::sleep(EVERY);
        }
    };
    thread::Builder::new().name("signs of life".to_owned()).spawn(give).map(drop)
}

/// When a member gave its last sign, and when this process last looked.
#[derive(Debug)]
pub(crate) struct Signs {
    seen: Instant,
    looked: Instant,
}

impl Signs {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Signs { seen: now, looked: now }
    }

    /// How long there was no sign, as far as this process looked.
    pub(crate) fn silence(&mut self, output: &mut ChildStdout) -> io::Result<Duration> {
        let any = read_any(output)?;
        Ok(self.at(Instant::now(), any))
    }

    fn at(&mut self, now: Instant, any: bool) -> Duration {
        if any || now - self.looked > LOOKED_AWAY {
            self.seen = now;
        }
        self.looked = now;
        now - self.seen
    }
}

/// Reads any waiting bytes without blocking; returns whether there were some.
fn read_any(output: &mut ChildStdout) -> io::Result<bool> {
    let mut ready = [PollFd::new(&*output, PollFlags::IN)];
    if poll(&mut ready, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? == 0 {
        return Ok(false);
    }
    Ok(output.read(&mut [0; 4096])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_lasts_from_the_last_sign_and_only_while_another_looks() {
        let mut signs = Signs::new();
        let began = signs.seen;
        let mut after = |millis, any| signs.at(began + Duration::from_millis(millis), any).as_millis();
        assert_eq!(after(500, false), 500);
        assert_eq!(after(900, true), 0);
        assert_eq!(after(1800, false), 900);
        assert_eq!(after(2700, false), 1800);
        assert_eq!(after(60_000, false), 0, "no look for a minute");
        assert_eq!(after(60_900, false), 900);
    }
}
