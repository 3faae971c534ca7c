//! Signs of life: a member writes a byte a few times a second, which tells one that hangs from one that is busy.
//!
//! The system answers for a process that is stopped: its connections stay, and what is sent to it is received. So the
//! process itself must say that it runs, by a thread that does nothing else.

#![expect(clippy::disallowed_methods, reason = "how long a host is silent, which is no time of a technique")]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::ChildStdout;
use std::thread;
use std::time::{Duration, Instant};

/// How often a member says that it is there.
const EVERY: Duration = Duration::from_millis(250);
/// Who has not looked for so long does not know whether there was a sign: it may have been stopped itself.
const LOOKED_AWAY: Duration = Duration::from_secs(1);

/// In a member: gives signs for as long as somebody has the other end. One who does not look fills the pipe, and this
/// thread waits for them.
pub(crate) fn start(out: OwnedFd) -> io::Result<()> {
    let mut out = File::from(out);
    let give = move || {
        while out.write_all(&[1]).is_ok() {
            thread::sleep(EVERY);
        }
    };
    thread::Builder::new().name("signs of life".to_owned()).spawn(give).map(drop)
}

/// When a member gave its last sign, and when it was looked for.
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

    /// How long there was none, as far as it was looked for.
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

/// Takes what is there without waiting; says whether that was anything.
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
    fn silence_lasts_from_the_last_sign_and_only_while_somebody_looks() {
        let mut signs = Signs::new();
        let began = signs.seen;
        let mut after = |millis, any| signs.at(began + Duration::from_millis(millis), any).as_millis();
        assert_eq!(after(500, false), 500);
        assert_eq!(after(900, true), 0);
        assert_eq!(after(1800, false), 900);
        assert_eq!(after(2700, false), 1800);
        assert_eq!(after(60_000, false), 0, "nobody looked for a minute");
        assert_eq!(after(60_900, false), 900);
    }
}
