//! How a client waits for a store: it looks often at first, and less often the longer nothing comes.

use crate::Error;
use crate::supervisor::Supervisor;
use std::sync::Weak;
use std::thread;
use std::time::Duration;

const SHORTEST: Duration = Duration::from_micros(200);
const LONGEST: Duration = Duration::from_millis(5);

/// The pauses between looks.
pub(crate) struct Waiting {
    supervisor: Weak<Supervisor>,
    pause: Duration,
}

impl Waiting {
    pub(crate) fn new(supervisor: Weak<Supervisor>) -> Self {
        Waiting { supervisor, pause: SHORTEST }
    }

    /// Something was found: looks often again.
    pub(crate) fn found(&mut self) {
        self.pause = SHORTEST;
    }

    /// Nothing was found: waits a little.
    ///
    /// # Errors
    ///
    /// If no worker is left, or the jobs were closed.
    pub(crate) fn pause(&mut self) -> Result<(), Error> {
        self.supervisor.upgrade().ok_or(Error::Closed)?.check()?;
        thread::sleep(self.pause);
        self.pause = (self.pause * 5 / 4).min(LONGEST);
        Ok(())
    }
}
