//! A pool with a fixed number of processes, one for each role in the work, on as many cores as there are workers.

use super::{failed, unavailable};
use crate::{Error, Pool};
use parallax_pattern::Answer;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::sync::{Mutex, PoisonError};

/// A pool for work that needs a fixed number of processes at the same time, whatever the number of workers.
///
/// They start when that number is first needed, and stay for the next run.
#[derive(Debug)]
pub struct FixedPool {
    cores: usize,
    pool: Mutex<Pool>,
}

impl FixedPool {
    /// Starts as many processes as there are workers.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`](parallax_pattern::No::Unavailable) if the machine cannot run that many.
    pub fn start(workers: usize) -> Answer<Self> {
        let cores = workers.max(1);
        let pool = pool_of(cores, cores).map_err(unavailable)?;
        Ok(FixedPool { cores, pool: Mutex::new(pool) })
    }

    /// Runs `work` with a pool of exactly this number of processes.
    pub(crate) fn with<R>(&self, processes: usize, work: impl FnOnce(&Pool) -> Answer<R>) -> Answer<R> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.workers() != processes {
            *pool = pool_of(processes, self.cores).map_err(failed)?;
        }
        work(&pool)
    }
}

fn pool_of(processes: usize, cores: usize) -> Result<Pool, Error> {
    Pool::builder().workers(processes).initializer_with(use_first_cores, cores).build()
}

/// Restricts this process to the first `count` of its cores. Without it, more processes than workers would be compared
/// with techniques that have fewer cores.
fn use_first_cores(count: usize) -> Result<(), rustix::io::Errno> {
    let (all, mut first) = (sched_getaffinity(None)?, CpuSet::new());
    (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core)).take(count).for_each(|core| first.set(core));
    sched_setaffinity(None, &first)
}
