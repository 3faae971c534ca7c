//! As many processes as there are parts to play, on as many cores as there are workers.

use super::{failed, unavailable};
use crate::{Error, Pool};
use parallax_pattern::Answer;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::sync::{Mutex, PoisonError};

/// Processes for work that needs a fixed number of them at once, whatever the number of workers.
///
/// They start when that number is first asked for, and stay for the next run.
#[derive(Debug)]
pub(crate) struct Crew {
    workers: usize,
    pool: Mutex<Pool>,
}

impl Crew {
    /// Starts as many as there are workers.
    pub(crate) fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        let pool = hire(workers, workers).map_err(unavailable)?;
        Ok(Crew { workers, pool: Mutex::new(pool) })
    }

    /// Lets `work` have exactly `members` processes.
    pub(crate) fn of<R>(&self, members: usize, work: impl FnOnce(&Pool) -> Result<R, Error>) -> Answer<R> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.workers() != members {
            *pool = hire(members, self.workers).map_err(failed)?;
        }
        work(&pool).map_err(failed)
    }
}

fn hire(members: usize, cores: usize) -> Result<Pool, Error> {
    Pool::builder().workers(members).initializer_with(keep_to, cores).build()
}

/// Keeps this process to the first `cores` of its cores. Without it, a crew that is larger than the
/// number of workers would be compared with techniques that have fewer cores.
fn keep_to(cores: usize) -> Result<(), rustix::io::Errno> {
    let (all, mut first) = (sched_getaffinity(None)?, CpuSet::new());
    (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core)).take(cores).for_each(|core| first.set(core));
    sched_setaffinity(None, &first)
}
