//! The cells that this family's worker measures: each engine on the suite's workloads.

use crate::Timely;
use crate::exchange::TimelyExchange;
use parallax_suite::cell::{self, Cell};

/// The cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [cell::execute::<Timely>(), TimelyExchange::cells()].into_iter().flatten().collect()
}
