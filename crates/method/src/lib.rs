//! The statistics as pure functions: from times of fresh processes to verdicts, and to the block to run next.
//!
//! Nothing here reads a clock, starts a process or opens a file, so that every rule can be tested on simulated
//! machines. Read [`Estimate`] first, then [`contrast`], [`verdicts`] and [`best_set`], then [`schedule`].

mod best;
mod bisect;
mod contrast;
pub mod crossing;
mod estimate;
mod fieller;
mod floor;
pub mod laws;
pub mod loggp;
mod moderate;
mod payback;
mod race;
mod runs;
pub mod schedule;
mod stop;
mod verdict;

pub use best::{BestSet, Out, best_set};
pub use contrast::{Priors, Series, contrast};
pub use estimate::{Estimate, TRUSTED_BLOCKS, Unusable, deviation, log_ratio, mean, median};
pub use fieller::fieller;
pub use floor::floors;
pub use moderate::{Prior, Spread};
pub use payback::{Beside, Course, Payback, payback};
pub use race::{Standing, standings};
pub use runs::between_runs;
pub use stop::{Gulf, Rules, Stop, stop};
pub use verdict::{Verdict, judge, verdicts};
