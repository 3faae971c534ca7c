//! The bounds of a workload: how much of which resource a run needs at least, to judge its time by.
//!
//! A workload names its bounds with amounts that no technique can avoid; `cargo xtask limits` measures
//! the machine's rate of each. The idea is the roofline of Williams, Waterman and Patterson
//! ("Roofline: an insightful visual performance model for multicore architectures", CACM 2009), with
//! measured roofs only.

use serde::de::{Error, IntoDeserializer, value};
use serde::{Deserialize, Deserializer, Serialize};

/// A bound of a workload: the slowest of its bounds is the one that binds.
///
/// ```
/// use parallax_suite::bound::{Bound, Rate};
///
/// let flops = Bound::of(Rate::Fma, 2e9);
/// assert_eq!(serde_json::to_string(&flops)?, r#"{"rate":"fma","amount":2000000000.0}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// An amount of something that the machine has a rate of.
    Rate {
        /// The rate.
        rate: Rate,
        /// How much one run needs, in the rate's unit.
        amount: f64,
        /// How many bytes a run goes over, if that is less than input and output together: the
        /// smallest cache that holds them determines the rate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<u64>,
    },
    /// A metric of the result itself is the share of a limit that it reached.
    Share {
        /// The metric: already a share, if there is no metric to divide it by.
        metric: String,
        /// The metric that it is divided by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over: Option<String>,
        /// The name of the limit.
        of: String,
    },
}

impl Bound {
    /// An amount of something that the machine has a rate of.
    pub const fn of(rate: Rate, amount: f64) -> Self {
        Bound::Rate { rate, amount, data: None }
    }

    /// The same, for a run that only goes over `bytes` bytes, repeatedly.
    pub const fn of_data(rate: Rate, amount: f64, bytes: u64) -> Self {
        Bound::Rate { rate, amount, data: Some(bytes) }
    }

    /// A metric that is a share of `of` by itself.
    pub fn share(metric: &str, of: &str) -> Self {
        Bound::Share { metric: metric.into(), over: None, of: of.into() }
    }

    /// A metric as a share of another one.
    pub fn ratio(metric: &str, over: &str, of: &str) -> Self {
        Bound::Share { metric: metric.into(), over: Some(over.into()), of: of.into() }
    }
}

/// Reads bounds, leaving out those of rates that another version measured and this one does not.
pub(crate) fn known<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<Bound>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Read {
        Known(Bound),
        Other { rate: String },
    }
    let is_known = |rate: &str| {
        let rate: value::StrDeserializer<value::Error> = rate.into_deserializer();
        Rate::deserialize(rate).is_ok()
    };
    let bound = |read| match read {
        Read::Known(bound) => Some(Ok(bound)),
        Read::Other { rate } => {
            is_known(&rate).then(|| Err(D::Error::custom(format!("a bound of {rate} has no amount"))))
        }
    };
    Vec::<Read>::deserialize(reader)?.into_iter().filter_map(bound).collect()
}

/// A machine rate, per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rate {
    /// Bytes read and written by `a[i] += b[i] + 3*c[i]`: 32 an element.
    Update,
    /// Bytes read and written by `a[i] = b[i] + 3*c[i]`: 24 an element.
    Triad,
    /// Bytes read and written by `a[i] = b[i]`: 16 an element. The rate `copy` in older files counts 8.
    #[serde(rename = "copying")]
    Copy,
    /// Bytes read where nothing is written.
    Read,
    /// Bytes written where nothing is read.
    Store,
    /// Floating-point operations in f64; a fused multiply-add is two.
    Fma,
    /// Floating-point operations in f32; a fused multiply-add is two.
    Fma32,
    /// Products of 64-bit integers, their low halves.
    Multiply,
    /// Words of the suite's random streams, without their last shift: two products each, and the operations around
    /// them.
    Draw,
    /// Square roots in f64.
    SquareRoot,
    /// Turns of the suite's opaque work, each of which depends on the one before.
    Spin,
    /// Increments of counters in memory that no other worker touches.
    Increment,
    /// Bytes written by one core and read by another; for a lone worker, written and read by itself.
    Handover,
}

impl Rate {
    /// All of them.
    pub const ALL: [Rate; 13] = [
        Rate::Update,
        Rate::Triad,
        Rate::Copy,
        Rate::Read,
        Rate::Store,
        Rate::Fma,
        Rate::Fma32,
        Rate::Multiply,
        Rate::Draw,
        Rate::SquareRoot,
        Rate::Spin,
        Rate::Increment,
        Rate::Handover,
    ];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Rate::Update => "update",
            Rate::Triad => "triad",
            Rate::Copy => "copy",
            Rate::Read => "read",
            Rate::Store => "store",
            Rate::Fma => "FMA peak",
            Rate::Fma32 => "FMA peak, f32",
            Rate::Multiply => "integer multiply",
            Rate::Draw => "random draw",
            Rate::SquareRoot => "square root",
            Rate::Spin => "spin",
            Rate::Increment => "increment",
            Rate::Handover => "handover",
        }
    }

    /// Its unit, without `/s`; empty where the name says it.
    pub const fn unit(self) -> &'static str {
        match self {
            Rate::Update | Rate::Triad | Rate::Copy | Rate::Read | Rate::Store | Rate::Handover => "B",
            Rate::Fma | Rate::Fma32 => "flop",
            Rate::Multiply | Rate::Draw | Rate::SquareRoot | Rate::Spin | Rate::Increment => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Held(#[serde(deserialize_with = "known")] Vec<Bound>);

    #[test]
    fn a_rate_of_another_version_is_left_out_and_a_damaged_bound_is_not() {
        let read = |text: &str| serde_json::from_str::<Held>(text).map(|Held(bounds)| bounds);
        let old = r#"[{ "rate": "cycle", "amount": 1.0 }, { "rate": "fma", "amount": 2.0 }]"#;
        assert_eq!(read(old).unwrap(), [Bound::of(Rate::Fma, 2.0)]);
        for damaged in [r#"[{ "rate": "fma" }]"#, r#"[{ "rate": 7, "amount": 1.0 }]"#, "[7]", "{}"] {
            assert!(read(damaged).is_err(), "{damaged}");
        }
    }
}
