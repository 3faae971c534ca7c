//! The fixtures: cells that no verb measures, on which `profile` is scored.

use super::{BASELINE_FAMILY, Fleet};
use crate::worker::Launch;
use anyhow::{Result, bail};
use parallax_record::name::PEERS;
use parallax_runner::hotspots::FAMILY;
use std::ffi::OsString;

impl Fleet {
    /// Adds the fixtures, which no verb measures: the baseline's program has them under a special argument, and the
    /// Python peers in a module.
    ///
    /// # Errors
    ///
    /// If that program is not among the workers, or does not list its cells.
    pub fn with_fixtures(mut self) -> Result<Self> {
        let Some(baseline) = self.launches.get(BASELINE_FAMILY) else {
            bail!(
                "the fixtures are in the program of the baseline, which is not built; leave --no-build out"
            );
        };
        let args = std::iter::once(FAMILY.into()).chain(baseline.args.clone()).collect();
        let launch = Launch { args, ..baseline.clone() };
        self.add(&launch)?;
        if let Some(peers) = self.launches.get(PEERS).cloned() {
            let args = ["-m", "peers.fixtures"].map(OsString::from).into();
            self.add(&Launch { args, ..peers })?;
        }
        Ok(self)
    }
}
