//! The least time that a network allows: for the messages and bytes that a workload must send with any technique.
//!
//! | parameter of the network | what takes at least its time |
//! |---|---|
//! | latency | a message to the farthest host and one back; and one for each round in which hosts wait for each other |
//! | bandwidth | the bytes that the first host sends, or those that it receives, if these are more |
//! | gap | the messages of a host, one after the other |
//!
//! Each counts the fewest messages and bytes of any way of spreading: one that sends in trees, or in both directions at
//! the same time, is compared with no more than it needs.

use super::{Interval, Link, Network};
use parallax_suite::Spread;

/// A least time, and the parameter of the network that it follows from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Least {
    /// The limit that binds, for a report.
    pub name: &'static str,
    /// How many seconds, by the ends of the parameter's interval.
    pub seconds: Interval,
}

impl Network {
    /// How many of the first hosts have `workers` workers together; `None` if all of them have fewer.
    pub fn hosts_of(&self, workers: usize) -> Option<usize> {
        let mut left = workers;
        let enough = self.places.iter().position(|place| {
            left = left.saturating_sub(place.workers);
            left == 0
        })?;
        (self.links.len() >= enough).then_some(enough + 1)
    }

    /// The least times for the links between the first `hosts` hosts; none for a single host.
    ///
    /// # Panics
    ///
    /// If it has fewer hosts.
    pub fn least(&self, spread: &Spread, hosts: usize) -> Vec<Least> {
        let links = &self.links[..hosts.saturating_sub(1)];
        if links.is_empty() {
            return Vec::new();
        }
        let needs = Needs::of(spread, hosts as f64);
        let by_end = |seconds: fn(&Needs, &[Link], End) -> f64| {
            let at = |end| seconds(&needs, links, end);
            Interval { low: at(|i| i.low), median: at(|i| i.median), high: at(|i| i.high) }
        };
        vec![
            Least { name: "network latency", seconds: by_end(Needs::latency) },
            Least { name: "network bandwidth", seconds: by_end(Needs::bandwidth) },
            Least { name: "network gap", seconds: by_end(Needs::gap) },
        ]
    }
}

/// Which end of an interval counts.
type End = fn(&Interval) -> f64;

/// The messages and bytes that must pass between hosts.
struct Needs {
    /// How many rounds, one after the other, wait for a message of another host.
    rounds: f64,
    /// Bytes through the first host, in the direction that has more.
    bytes: f64,
}

impl Needs {
    fn of(spread: &Spread, hosts: f64) -> Self {
        let others = (hosts - 1.0) / hosts;
        // the first round needs only the data that hosts are sent at the start
        let rounds = if spread.border + spread.everyone > 0.0 { (spread.rounds - 1.0).max(0.0) } else { 0.0 };
        let between = rounds * (spread.border + spread.everyone * others);
        let [out, back] = [spread.scatter * others, spread.parts * others + spread.each];
        Needs { rounds, bytes: between + out.max(back) }
    }

    fn latency(&self, links: &[Link], end: End) -> f64 {
        // one end's overhead: with both, a link as short as its overheads would be longer than half of a round trip
        let message = |link: &Link| end(&link.latency) + end(&link.overhead);
        let farthest = links.iter().map(message).fold(0.0, f64::max);
        2.0 * farthest + self.rounds * least(links, message)
    }

    fn bandwidth(&self, links: &[Link], end: End) -> f64 {
        self.bytes * least(links, |link| end(&link.per_byte))
    }

    fn gap(&self, links: &[Link], end: End) -> f64 {
        (1.0 + self.rounds) * least(links, |link| end(&link.gap))
    }
}

fn least(links: &[Link], of: impl Fn(&Link) -> f64) -> f64 {
    links.iter().map(of).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn of(seconds: f64) -> Interval {
        Interval { low: seconds, median: 2.0 * seconds, high: 3.0 * seconds }
    }

    /// Two workers on each host; the last is ten times as far away.
    fn network() -> Network {
        let place = |k: usize| Place { host: format!("h{k}"), workers: 2, ..Place::default() };
        let link = |k: usize, latency| Link {
            from: "h0".into(),
            to: format!("h{k}"),
            latency: of(latency),
            overhead: of(5e-6),
            gap: of(3e-6),
            per_byte: of(1e-9),
        };
        Network { places: (0..3).map(place).collect(), links: vec![link(1, 95e-6), link(2, 995e-6)] }
    }

    const NOTHING: Spread =
        Spread { scatter: 0.0, rounds: 1.0, border: 0.0, everyone: 0.0, parts: 0.0, each: 0.0 };

    fn seconds(spread: Spread, hosts: usize) -> [f64; 3] {
        let found: Vec<f64> =
            network().least(&spread, hosts).into_iter().map(|least| least.seconds.low).collect();
        found.try_into().unwrap()
    }

    fn near(found: [f64; 3], expected: [f64; 3]) {
        let same = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs();
        assert!(found.iter().zip(&expected).all(same), "{found:?}, not {expected:?}");
    }

    #[test]
    fn as_many_hosts_count_as_have_the_workers() {
        let hosts = [0, 1, 2, 3, 5, 6, 7].map(|workers| network().hosts_of(workers));
        assert_eq!(hosts, [Some(1), Some(1), Some(1), Some(2), Some(3), Some(3), None]);
        let cut = Network { links: Vec::new(), ..network() };
        assert_eq!((cut.hosts_of(2), cut.hosts_of(3)), (Some(1), None), "no way to it was measured");
    }

    #[test]
    fn a_call_is_a_message_there_and_back() {
        near(seconds(NOTHING, 2), [2.0 * 100e-6, 0.0, 3e-6]);
        near(seconds(NOTHING, 3), [2.0 * 1000e-6, 0.0, 3e-6]); // all are waited for, the farthest too
        assert_eq!(network().least(&NOTHING, 1), []);
    }

    #[test]
    fn rounds_wait_for_a_message_each_if_anything_is_sent_in_them() {
        let rounds = Spread { rounds: 11.0, ..NOTHING };
        near(seconds(rounds, 2), seconds(NOTHING, 2));
        // the nearest two hosts may be neighbours
        near(seconds(Spread { border: 8.0, ..rounds }, 3), [2000e-6 + 10.0 * 100e-6, 80e-9, 33e-6]);
        near(seconds(Spread { everyone: 60.0, ..rounds }, 3), [2000e-6 + 10.0 * 100e-6, 400e-9, 33e-6]);
    }

    #[test]
    fn the_busier_direction_of_the_first_host_counts() {
        let bytes = |scatter, parts, each| seconds(Spread { scatter, parts, each, ..NOTHING }, 3)[1];
        assert!((bytes(3e6, 0.0, 0.0) - 2e-3).abs() < 1e-12, "a third stays");
        assert!((bytes(3e6, 6e6, 0.0) - 4e-3).abs() < 1e-12);
        assert!((bytes(0.0, 0.0, 1e6) - 1e-3).abs() < 1e-12, "added up on the way, one comes in");
    }

    #[test]
    fn an_interval_is_that_of_the_parameter() {
        let latency = network().least(&NOTHING, 2)[0];
        assert_eq!(latency.name, "network latency");
        assert!((latency.seconds.high / latency.seconds.low - 3.0).abs() < 1e-9, "{latency:?}");
    }
}
