//! Metrics of communication with other processes, per run: for the first, which sends the input, and for later ones.

use parallax_pattern::Transport;

/// The names of these metrics, in reading order: when the processes were ready; how much the first run sent, and each
/// later one; and how much each of them received.
pub const TRANSPORT: [&str; 7] = [
    "processes_start_ms",
    "first_ship_bytes",
    "first_ship_ms",
    "ship_bytes",
    "ship_ms",
    "gather_bytes",
    "gather_ms",
];

/// The transport sums of a technique, read between the runs.
pub(super) struct Carried {
    told: Box<dyn Fn() -> Option<Transport>>,
    /// How many runs there were so far.
    pub(super) runs: u64,
    /// The sums at the first reading, and the number of runs until then.
    first: Option<(Transport, u64)>,
}

impl Carried {
    pub(super) fn new(told: impl Fn() -> Option<Transport> + 'static) -> Self {
        Carried { told: Box::new(told), runs: 0, first: None }
    }

    /// Reads the sums, between two runs.
    pub(super) fn look(&mut self) {
        if self.runs > 0 && self.first.is_none() {
            self.first = (self.told)().map(|sums| (sums, self.runs));
        }
    }

    /// The metrics per run; those of the first run if there were no others.
    pub(super) fn metrics(&self) -> Vec<(&'static str, f64)> {
        let Some(all) = (self.told)().filter(|_| self.runs > 0) else { return Vec::new() };
        let (first, first_runs) = self.first.unwrap_or((all, self.runs));
        let later = self.runs - first_runs;
        let (before, runs) = if later > 0 { (first, later) } else { (Transport::default(), first_runs) };
        let each = |of: fn(&Transport) -> u64| (of(&all) - of(&before)) as f64 / runs as f64;
        let of_first = |of: fn(&Transport) -> u64| of(&first) as f64 / first_runs as f64;
        let values = [
            all.start_ns as f64 / 1e6,
            of_first(|sums| sums.shipped_bytes),
            of_first(|sums| sums.ship_ns) / 1e6,
            each(|sums| sums.shipped_bytes),
            each(|sums| sums.ship_ns) / 1e6,
            each(|sums| sums.gathered_bytes),
            each(|sums| sums.gather_ns) / 1e6,
        ];
        TRANSPORT.into_iter().zip(values).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    fn carried() -> (Rc<Cell<Transport>>, Carried) {
        let sums = Rc::new(Cell::new(Transport { start_ns: 3_000_000, ..Transport::default() }));
        let told = Rc::clone(&sums);
        (sums, Carried::new(move || Some(told.get())))
    }

    #[test]
    fn the_first_run_is_apart_from_the_mean_of_the_others() {
        let (sums, mut carried) = carried();
        carried.look();
        assert_eq!(carried.metrics(), [], "nothing was run");
        for (run, shipped_bytes) in [(1, 1000), (2, 1010), (3, 1030)] {
            carried.look();
            carried.runs += 1;
            let (ship_ns, gathered_bytes, gather_ns) = (2_000_000, 50 * run, run * 500_000);
            sums.set(Transport { shipped_bytes, ship_ns, gathered_bytes, gather_ns, ..sums.get() });
        }
        let values: Vec<f64> = carried.metrics().into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [3.0, 1000.0, 2.0, 15.0, 0.0, 50.0, 0.5]);
    }

    #[test]
    fn the_only_run_is_the_first_and_any() {
        let (sums, mut carried) = carried();
        carried.runs += 1;
        sums.set(Transport { shipped_bytes: 7, ..sums.get() });
        assert_eq!((carried.metrics()[1].1, carried.metrics()[3].1), (7.0, 7.0));
    }

    #[test]
    fn who_stays_at_home_has_none_of_these_metrics() {
        let mut carried = Carried::new(|| None);
        carried.runs += 1;
        carried.look();
        assert_eq!(carried.metrics(), []);
    }
}
