//! Scores a profiler on the fixture, whose functions have known shares of the time.

use super::seen::Seen;
use parallax_runner::hotspots::SHARES;

/// The right share of a function, and the measured one, in percent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Share {
    /// The function.
    pub(crate) function: &'static str,
    /// Its share of the turns.
    pub(crate) right: f64,
    /// The share of the looks while it was open.
    pub(crate) seen: f64,
}

/// The shares of all looks; looks outside of the four functions lower the shares of all.
pub(crate) fn shares(seen: &Seen) -> Vec<Share> {
    let total = seen.total().max(1) as f64;
    let is = |name: &str, function: &str| {
        name.rsplit([':', '.']).next() == Some(function)
            || name.split([':', ' ']).any(|part| part == function)
    };
    let share = |(function, right): (&'static str, f64)| {
        let open = |frame: &&u32| is(&seen.frames[**frame as usize].function, function);
        let looks = seen.looks.iter().filter(|look| look.stack.iter().any(|frame| open(&frame)));
        Share { function, right, seen: 100.0 * looks.map(|look| look.weight).sum::<u64>() as f64 / total }
    };
    SHARES.into_iter().map(share).collect()
}

/// The sum of the shares' errors, in points.
pub(crate) fn l1_points(shares: &[Share]) -> f64 {
    shares.iter().map(|share| (share.seen - share.right).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::seen::by_hand;

    /// Looks at each of the four functions, and at their caller.
    fn seen(looks: [usize; 5]) -> Seen {
        let names = SHARES.map(|(name, _)| format!("m parallax_runner::hotspots::{name} spin"));
        let stacks = names.iter().map(String::as_str).chain(["m parallax_runner::hotspots::rounds"]);
        let looks: Vec<(u32, u64, &str)> =
            stacks.zip(looks).flat_map(|(stack, times)| vec![(1, 1, stack); times]).collect();
        by_hand(&looks)
    }

    #[test]
    fn the_error_is_the_sum_of_what_each_share_is_off_by() {
        let error = |looks| l1_points(&shares(&seen(looks)));
        assert_eq!(error([550, 250, 150, 50, 0]), 0.0);
        assert_eq!(error([600, 250, 150, 0, 0]), 10.0);
        // looks outside of the four count as missing from them
        assert!((error([550, 250, 150, 50, 1000]) - 50.0).abs() < 1e-9);
        assert_eq!(error([0, 0, 0, 0, 0]), 100.0);
    }

    #[test]
    fn one_name_is_not_the_end_of_another() {
        let shares = shares(&seen([0, 0, 1, 1, 0]));
        let seen: Vec<f64> = shares.iter().map(|share| share.seen).collect();
        assert_eq!(seen, [0.0, 0.0, 50.0, 50.0]);
    }

    #[test]
    fn names_are_known_as_each_profiler_writes_them() {
        for name in [
            "a::spins_55_percent",
            "spins_55_percent",
            "py::spins_55_percent:/x/hotspots.py",
            "spins_55_percent (hotspots.py:3)",
        ] {
            let mut seen = by_hand(&[(1, 1, "m")]);
            seen.frames[0].function = name.into();
            assert_eq!(shares(&seen)[0].seen, 100.0, "{name}");
        }
    }
}
