//! Sizes of one's own: an input with as many units of work as somebody asks for, between the named sizes and below
//! them.

use crate::workload::{Params, Size};

/// What tells how many units parameters make: [`Workload::units`](crate::Workload::units).
pub type Units = fn(Params) -> Option<u64>;

/// More units than this are no input but a slip: with some bytes for each, no figure of them overflows.
pub const MOST: u64 = 1 << 40;

/// Whether an input can have the units that are asked for.
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
/// In words, where there are the named sizes only, or it is a number that no input has.
pub fn ensure(units: Units, params: Params) -> Result<(), String> {
    let Some(asked) = params.units else { return Ok(()) };
    if units(Params { units: None, ..params }).is_none() {
        let names = Size::ALL.map(Size::name).join(", ");
        return Err(format!(
            "no input of it has {asked} units of work; there are the named sizes only: {names}"
        ));
    }
    match asked {
        1..=MOST => Ok(()),
        _ => Err(format!("no input has {asked} units of work; ask for 1 to {MOST}")),
    }
}
