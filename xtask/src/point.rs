//! A cell at one value of a sweep's axis, with its measured times.

use parallax_harness::fleet::FleetCell;
use parallax_method::median;
use parallax_record::name::{BASELINE, full};
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
    /// The technique that does the same work alone on one core: the reference for its efficiency.
    pub(crate) alone: String,
    /// The bytes that hosts send each other if the work is spread over them.
    pub(crate) spread: Option<Spread>,
}

/// The reference for a cell's efficiency: the baseline, unless its worker names another technique.
pub(crate) fn alone(cell: &FleetCell) -> &str {
    if cell.info.alone.is_empty() { BASELINE } else { &cell.info.alone }
}

impl Point {
    /// A cell at a value, not measured yet.
    pub(crate) fn new(cell: &FleetCell, value: &str, wanted: Prepare) -> Self {
        Point {
            workload: full(&cell.info.workload, &cell.info.case),
            technique: cell.info.technique.clone(),
            value: value.to_owned(),
            wanted,
            times_ns: Vec::new(),
            items: 0.0,
            cores: 1,
            refused: None,
            family: cell.family.clone(),
            alone: alone(cell).to_owned(),
            spread: None,
        }
    }

    /// The middle of its times.
    pub(crate) fn time_ns(&self) -> Option<f64> {
        median(&self.times_ns)
    }
}
