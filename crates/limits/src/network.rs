//! The limits of a network: its hosts, and the links between them as LogGP parameters, in seconds.

mod least;

pub use least::Least;

use serde::{Deserialize, Serialize};

/// The measured properties of hosts and of the links between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// The hosts, in their order; the first is the one where the program was started.
    pub places: Vec<Place>,
    /// The link from the first host to each of the others.
    pub links: Vec<Link>,
}

/// A host, its machine and its workers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The host's name.
    pub host: String,
    /// The address at which the others reach it; two hosts with one address share more than a network.
    #[serde(default)]
    pub address: String,
    /// The boot identifier of its machine; hosts with the same one share its cores. Empty if unknown.
    #[serde(default)]
    pub machine: String,
    /// How many cores the machine lets it use; 0 if unknown.
    #[serde(default)]
    pub cores: usize,
    /// How many workers it has.
    pub workers: usize,
}

/// The LogGP parameters of the link from the first host to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The first host.
    pub from: String,
    /// The other one.
    pub to: String,
    /// How long a message is on its way, without the time for its bytes.
    pub latency: Interval,
    /// How long the processor at either end is busy with a message.
    pub overhead: Interval,
    /// The least time between two messages.
    pub gap: Interval,
    /// How long each byte takes.
    pub per_byte: Interval,
}

/// A median and its 95 % confidence interval.
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
    /// By order statistics: for any distribution, the median lies between two of the samples.
    ///
    /// # Panics
    ///
    /// If there are no samples.
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
