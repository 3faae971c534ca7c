//! Custom sizes: an input with any number of units of work, between the named sizes and below them.

use crate::workload::{Params, Size};

/// The function that returns how many units parameters make: [`Workload::units`](crate::Workload::units).
pub type Units = fn(Params) -> Option<u64>;

/// More units than this are a mistake: up to it, byte counts do not overflow.
pub const MOST: u64 = 1 << 40;

/// Checks that an input can have the requested units.
///
/// ```
/// use parallax_suite::workload::{MonteCarlo, TreeSearch};
/// use parallax_suite::{Params, Size, Workload, units};
///
/// let params = Params { units: Some(1000), ..Params::of(Size::Tiny) };
/// assert_eq!(units::ensure(MonteCarlo::units, params), Ok(()));
/// assert!(units::ensure(TreeSearch::units, params).unwrap_err().contains("named sizes"));
/// ```
///
/// # Errors
///
/// If there are only the named sizes, or if no input can have that number.
pub fn ensure(units: Units, params: Params) -> Result<(), String> {
    let Some(asked) = params.units else { return Ok(()) };
    if units(Params { units: None, ..params }).is_none() {
        let names = Size::ALL.map(Size::name).join(", ");
        return Err(format!("cannot have {asked} units of work, only the named sizes: {names}"));
    }
    match asked {
        1..=MOST => Ok(()),
        _ => Err(format!("no input has {asked} units of work; ask for 1 to {MOST}")),
    }
}
