//! The limits of this machine, measured: bandwidths, peaks and rates that workloads are compared with.
//!
//! Each [`Rate`] has the tightest kernel we know, for each vector set that the processor has and
//! `PARALLAX_ISA` allows, in each cache where that matters, for one worker and for several. Pages are
//! touched first, all workers start together, and every result is checked after it was timed, so that
//! no work can be left out. Several samples give an upper quartile with an interval.
//!
//! ```no_run
//! use parallax_limits::{held_against, measure};
//! use parallax_suite::Rate;
//!
//! let limits = measure(&[1], 13)?;
//! let fma = held_against(&limits, Rate::Fma, 1, 0).expect("every machine multiplies and adds");
//! assert!(fma.low <= fma.per_second && fma.per_second <= fma.high);
//! # Ok::<(), parallax_limits::Error>(())
//! ```
//!
//! The bandwidths are those of McCalpin's STREAM ("Memory bandwidth and machine balance in current high
//! performance computers", 1995), in the caches too.

mod caches;
mod clock;
mod interval;
mod kernel;
pub mod network;
mod team;
mod vector;

pub use caches::WorkingSet;
pub use interval::{FEWEST, interval};

use parallax_pattern::No;
use parallax_pattern::isa::Isa;
use parallax_suite::Rate;
use serde::{Deserialize, Serialize};

/// A measured limit of the machine: a rate, per second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The rate; its unit is [`Rate::unit`].
    pub rate: Rate,
    /// The variant of the kernel, where there are several: `streaming` stores bypass the caches.
    #[serde(default)]
    pub way: String,
    /// The vector set of the kernel; empty if it has no vectors.
    #[serde(default)]
    pub isa: String,
    /// How many workers ran the kernel in parallel.
    pub workers: usize,
    /// The working set, if the rate depends on where the data are.
    #[serde(default)]
    pub set: Option<WorkingSet>,
    /// The upper quartile of the samples, of all workers together.
    pub per_second: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How many samples there were.
    pub samples: usize,
    /// When the samples were taken, in seconds from the start of the run: one time for each measurement. Empty outside
    /// of a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_s: Vec<f64>,
    /// Each sample, so that later ones can be added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<f64>,
}

impl Limit {
    /// The width of its interval, relative to the rate.
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.per_second
    }

    /// The fastest sample: a higher rate is beyond what the machine can do, not only beyond what it usually did.
    pub fn fastest(&self) -> f64 {
        self.rates.iter().copied().fold(self.high, f64::max)
    }

    /// The same limit without its samples, as reports show it.
    pub fn without_samples(&self) -> Limit {
        Limit { rates: Vec::new(), ..self.clone() }
    }

    fn is_of(&self, other: &Limit) -> bool {
        (self.rate, &self.way, &self.isa, self.workers, &self.set)
            == (other.rate, &other.way, &other.isa, other.workers, &other.set)
    }
}

/// Adds later samples to the existing ones, so that a temporary slowdown of the machine is not taken for its limit. A
/// limit without samples is replaced.
pub fn add(limits: &mut Vec<Limit>, again: Vec<Limit>) {
    for new in again {
        let Some(limit) = limits.iter_mut().find(|limit| limit.is_of(&new)) else {
            limits.push(new);
            continue;
        };
        if limit.rates.is_empty() {
            *limit = new;
            continue;
        }
        limit.rates.extend(new.rates);
        limit.at_s.extend(new.at_s);
        limit.samples = limit.rates.len();
        if let Some((per_second, low, high)) = interval(&limit.rates) {
            (limit.per_second, limit.low, limit.high) = (per_second, low, high);
        }
    }
}

/// A rate that something is compared with, and the size of the data of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The rate.
    pub rate: Rate,
    /// How many bytes the data take; without meaning for a rate that no cache changes.
    pub bytes: u64,
}

/// Why the limits cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine or the request does not allow it.
    #[error(transparent)]
    Refused(#[from] No),
    /// A kernel's result is wrong, so its time means nothing.
    #[error("{rate:?} gave a wrong result: {why}")]
    Wrong {
        /// Which limit.
        rate: Rate,
        /// What is wrong.
        why: String,
    },
}

/// Measures every limit for each number of workers, with `samples` samples of some 2 ms (at least
/// [`FEWEST`], below which an upper quartile has no 95 % interval).
///
/// It takes about 30 ms for each limit of each number of workers at 15 samples, and four times the size
/// of the last cache in memory.
///
/// # Errors
///
/// [`Error::Refused`] if `PARALLAX_ISA` names no vector set; [`Error::Wrong`] if a result is wrong.
pub fn measure(workers: &[usize], samples: usize) -> Result<Vec<Limit>, Error> {
    measure_some(workers, samples, None)
}

/// The same of the needed limits only: each rate with the working set that its data are compared with. What no row needs
/// takes no time; of memory behind a cache of hundreds of megabytes that is most of it.
///
/// # Errors
///
/// As of [`measure`].
pub fn measure_for(workers: &[usize], samples: usize, needs: &[Need]) -> Result<Vec<Limit>, Error> {
    measure_some(workers, samples, Some(needs))
}

fn measure_some(workers: &[usize], samples: usize, needs: Option<&[Need]>) -> Result<Vec<Limit>, Error> {
    let best = Isa::detect()?;
    let sets: Vec<Isa> = Isa::available().into_iter().filter(|isa| *isa <= best).collect();
    let mut limits = Vec::new();
    for &workers in workers {
        let team = team::Team { workers: workers.max(1), samples: samples.max(FEWEST), needs };
        kernel::memory(&team, best, &mut limits)?;
        for &isa in &sets {
            kernel::arithmetic(&team, isa, &mut limits)?;
            kernel::products(&team, isa, &mut limits)?;
            kernel::draws(&team, isa, &mut limits)?;
        }
        kernel::scalar(&team, &mut limits)?;
        kernel::handover(&team, &mut limits)?;
    }
    Ok(limits)
}

/// The limit that binds `workers` workers on data of `footprint` bytes: in the smallest cache that holds
/// them, by the fastest kernel.
///
/// `None` if it was not measured, such as for another number of workers.
pub fn held_against(limits: &[Limit], rate: Rate, workers: usize, footprint: u64) -> Option<&Limit> {
    let own = || limits.iter().filter(|limit| limit.rate == rate && limit.workers == workers);
    let capacity = |limit: &Limit| limit.set.as_ref().and_then(|set| set.holds).unwrap_or(u64::MAX);
    let smallest = own().map(capacity).filter(|holds| *holds >= footprint).min()?;
    own().filter(|limit| capacity(limit) == smallest).max_by(|a, b| a.per_second.total_cmp(&b.per_second))
}
