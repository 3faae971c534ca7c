//! What a network allows: hosts, and the ways between them by the parameters of LogGP, in seconds.

mod least;

pub use least::Least;

use serde::{Deserialize, Serialize};

/// What was found out about hosts and the ways between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Each host, in their order; the first is the one where the program was started.
    pub places: Vec<Place>,
    /// The way from the first host to each of the others.
    pub links: Vec<Link>,
}

/// Where a host stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The host.
    pub host: String,
    /// Where the others reach it; two hosts of one address share more than a network.
    #[serde(default)]
    pub address: String,
    /// What its machine calls itself since it was started; hosts with the same word share its cores. Empty where nobody
    /// asked.
    #[serde(default)]
    pub machine: String,
    /// How many cores the machine lets it use; 0 where nobody asked.
    #[serde(default)]
    pub cores: usize,
    /// How many workers it has.
    pub workers: usize,
}

/// What the way from the first host to another takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The first host.
    pub from: String,
    /// The other one.
    pub to: String,
    /// How long a message is on its way, beside its bytes.
    pub latency: Interval,
    /// How long the processor at either end is busy with a message.
    pub overhead: Interval,
    /// The least time between two messages.
    pub gap: Interval,
    /// How long each byte takes.
    pub per_byte: Interval,
}

/// A median, and where it lies in 95 of 100 cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The median of the samples.
    pub median: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// By the order of the samples: whatever their distribution, the median lies between two of them.
    ///
    /// # Panics
    ///
    /// Without samples.
    pub fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let count = samples.len() as f64;
        let aside = ((count - 1.96 * count.sqrt()) / 2.0).floor().max(0.0) as usize;
        let (low, high) = (samples[aside], samples[samples.len() - 1 - aside]);
        Interval { low, median: samples[samples.len() / 2], high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_two_samples() {
        let interval = Interval::of((0..15).rev().map(f64::from).collect());
        assert_eq!(interval, Interval { low: 3.0, median: 7.0, high: 11.0 });
        assert_eq!(Interval::of(vec![2.0]), Interval { low: 2.0, median: 2.0, high: 2.0 });
    }
}
