//! A cell at one value of what `scale` goes over, with the times that were measured there.

use parallax_method::median;
use parallax_runner::protocol::Prepare;
use parallax_suite::Spread;

/// One point: a cell at a value.
pub(crate) struct Point {
    pub(crate) workload: String,
    pub(crate) technique: String,
    pub(crate) value: String,
    pub(crate) wanted: Prepare,
    /// Nanoseconds of a run, a process each.
    pub(crate) times_ns: Vec<f64>,
    /// Units of work in a run.
    pub(crate) items: f64,
    /// How many cores it declares that it uses.
    pub(crate) cores: usize,
    pub(crate) refused: Option<String>,
    pub(crate) family: String,
    /// What hosts send each other where the work is spread over them.
    pub(crate) spread: Option<Spread>,
}

impl Point {
    /// The middle of its times.
    pub(crate) fn time_ns(&self) -> Option<f64> {
        median(&self.times_ns)
    }
}
