//! Where one technique overtakes another: between two points that were measured, with an interval.
//!
//! A sweep over sizes, for example, measures a few points, and two techniques change places between two of them. A
//! straight line for each finds the place: between neighbouring points a time is taken to be an overhead plus a cost
//! per unit, as most times are. That holds over wide gaps. With both axes logarithmic, where a power joins two points,
//! the place would be off by a factor of two between 1,000 and 100,000 items.
//!
//! The interval holds each place at which the intervals of the points on both sides leave open which of the two is
//! ahead (the argument of [`fieller`](crate::fieller()), along the whole stretch in which the sign is open). So it is
//! never symmetric by assumption, and there is none where the sweep does not bracket the place.
//!
//! ```
//! use parallax_method::{Estimate, crossing::{Point, crossing}};
//!
//! // 1 ns an item against 10 µs and half of that
//! let point = |items: f64| {
//!     let lead = (items / (1e4 + 0.5 * items)).ln();
//!     Point { at: items, time: items, time_half: 0.0, lead: Estimate::with(8, lead, 0.01, 7.0) }
//! };
//! let found = crossing(&[1e3, 1e5, 1e7].map(point)).unwrap();
//! assert!((found.at / 2e4 - 1.0).abs() < 1e-9 && found.low < 2e4 && found.high > 2e4);
//! ```

use crate::estimate::Estimate;

/// Two techniques at one point of a sweep: one that may overtake, and one that may be overtaken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The quantity that is varied, in a unit in which times grow along straight lines: items, turns, bytes; for
    /// workers, one over their number.
    pub at: f64,
    /// The time of the technique that may be overtaken, in a unit that all points share.
    pub time: f64,
    /// Half the width of that time's interval, log scale; 0 where it is known exactly.
    pub time_half: f64,
    /// How much faster the other technique is.
    pub lead: Estimate,
}

/// A place where two techniques change places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The place, in the unit of the points.
    pub at: f64,
    /// The end of the 95 % interval that comes first in the order of the points.
    pub low: f64,
    /// The end that comes last.
    pub high: f64,
    /// The last point before it at which one of the two is certainly ahead, and the first one after it.
    pub between: [f64; 2],
    /// Whether the technique that may overtake is ahead after it; otherwise it falls behind.
    pub ahead: bool,
    /// How often they change places along all points. This crossing is the last of these changes: from there on the
    /// order lasts.
    pub changes: usize,
}

/// Why there is no crossing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoCrossing {
    /// Fewer than two points.
    TooFew,
    /// It is ahead wherever the order is certain: at the first of these points, at the last, and between them.
    Ahead([f64; 2]),
    /// It is behind wherever the order is certain.
    Behind([f64; 2]),
    /// The order is not certain at any point.
    Undecided,
}

/// The last place along the points at which the one overtakes the other or falls behind it. The points are in the order
/// of the sweep. O(points).
///
/// # Errors
///
/// [`NoCrossing`] where no two points bracket it.
pub fn crossing(points: &[Point]) -> Result<Crossing, NoCrossing> {
    if points.len() < 2 {
        return Err(NoCrossing::TooFew);
    }
    let ahead: Vec<Ahead> = points.iter().map(Ahead::of).collect();
    let decided: Vec<usize> = (0..points.len()).filter(|&k| ahead[k].is_decided()).collect();
    let changes: Vec<[usize; 2]> = decided
        .windows(2)
        .map(|pair| [pair[0], pair[1]])
        .filter(|[a, b]| (ahead[*a].by > 0.0) != (ahead[*b].by > 0.0))
        .collect();
    let Some(&[first, last]) = changes.last() else {
        let [Some(&first), Some(&last)] = [decided.first(), decided.last()] else {
            return Err(NoCrossing::Undecided);
        };
        let ends = [points[first].at, points[last].at];
        return Err(if ahead[first].by > 0.0 { NoCrossing::Ahead(ends) } else { NoCrossing::Behind(ends) });
    };
    let place = |k: usize, part: f64| points[k].at + part * (points[k + 1].at - points[k].at);
    let is_ahead = |k: usize| (ahead[k].by > 0.0) == (ahead[last].by > 0.0);
    let turn = (first..last).rev().find(|&k| !is_ahead(k)).unwrap_or(first);
    Ok(Crossing {
        at: place(turn, ahead[turn].crosses(&ahead[turn + 1])),
        low: place(first, ahead[first].blurs(&ahead[first + 1])),
        high: place(last - 1, 1.0 - ahead[last].blurs(&ahead[last - 1])),
        between: [points[first].at, points[last].at],
        ahead: ahead[last].by > 0.0,
        changes: changes.len(),
    })
}

/// The lead of the one at a point, as a time.
#[derive(Clone, Copy)]
struct Ahead {
    by: f64,
    /// Half the width of its interval.
    half: f64,
}

impl Ahead {
    /// The error of the time counts by how far apart the two are: where they cross, it is the same for both.
    fn of(point: &Point) -> Self {
        let own = point.time * (-point.lead.log_mean).exp();
        let by = point.time - own;
        let of_lead = own * point.lead.half_width.unwrap_or(f64::INFINITY);
        Ahead { by, half: of_lead.hypot(by * point.time_half) }
    }

    fn is_decided(&self) -> bool {
        self.by.abs() > self.half
    }

    /// The fraction of the way to `next` at which neither is ahead.
    fn crosses(&self, next: &Self) -> f64 {
        (self.by / (self.by - next.by)).clamp(0.0, 1.0)
    }

    /// The fraction of the way to `next` from which on the order is uncertain; here it is certain.
    fn blurs(&self, next: &Self) -> f64 {
        if next.half.is_infinite() {
            return 0.0; // nothing is known of the next point
        }
        // (by + t (next - by))² = ((1 - t) half)² + (t next half)², of which the first root counts
        let step = next.by - self.by;
        let a = step.powi(2) - self.half.powi(2) - next.half.powi(2);
        let b = self.by * step + self.half.powi(2); // half of the linear term
        let c = self.by.powi(2) - self.half.powi(2);
        let root = (b * b - a * c).max(0.0).sqrt();
        let roots = [c / (-b + root), c / (-b - root)]; // without a division by an `a` that may be 0
        let within = roots.into_iter().filter(|t| (0.0..=1.0).contains(t));
        within.fold(1.0, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 ns an item against an overhead and half of that.
    fn points(items: &[f64], overhead: f64, error: f64) -> Vec<Point> {
        let point = |&at: &f64| {
            let lead = (at / (overhead + 0.5 * at)).ln();
            Point { at, time: at, time_half: 0.0, lead: Estimate::with(8, lead, error, 7.0) }
        };
        items.iter().map(point).collect()
    }

    #[test]
    fn straight_lines_find_the_place_in_a_wide_gap_and_powers_do_not() {
        let wide = points(&[1e3, 1e5], 1e4, 0.01);
        let found = crossing(&wide).unwrap();
        assert!((found.at / 2e4 - 1.0).abs() < 1e-9, "{found:?}");
        assert!(found.ahead && found.between == [1e3, 1e5] && found.changes == 1);
        assert!(found.low < found.at && found.at < found.high && found.low > 1e3 && found.high < 1e5);
        let [one, two] = [wide[0].lead.log_mean, wide[1].lead.log_mean];
        let by_powers = 1e3 * 100.0_f64.powf(one / (one - two));
        assert!(by_powers > 1.9 * 2e4, "{by_powers}");
    }

    #[test]
    fn the_interval_goes_with_the_errors_of_the_points() {
        let width = |error| {
            let found = crossing(&points(&[1e3, 1e4, 1e5, 1e6], 1e4, error)).unwrap();
            found.high - found.low
        };
        assert!(width(0.02) > 1.8 * width(0.01) && width(0.01) > 0.0);
    }

    #[test]
    fn a_point_at_which_they_cannot_be_told_apart_widens_it_beyond_that_point() {
        let found = crossing(&points(&[1e3, 2e4, 1e6], 1e4, 0.02)).unwrap();
        assert!(found.low < 2e4 && found.high > 2e4 && (found.at / 2e4 - 1.0).abs() < 1e-6, "{found:?}");
        assert_eq!(found.between, [1e3, 1e6]);
    }

    #[test]
    fn what_is_not_bracketed_is_not_stated() {
        assert_eq!(crossing(&points(&[1e3, 2e3, 4e3], 1e4, 0.01)), Err(NoCrossing::Behind([1e3, 4e3])));
        assert_eq!(crossing(&points(&[1e5, 1e6], 1e4, 0.01)), Err(NoCrossing::Ahead([1e5, 1e6])));
        assert_eq!(crossing(&points(&[1e3, 1e6], 1e4, 9.0)), Err(NoCrossing::Undecided));
        assert_eq!(crossing(&points(&[1e3, 2.02e4], 1e4, 0.05)), Err(NoCrossing::Behind([1e3, 1e3])));
        assert_eq!(crossing(&points(&[1e3], 1e4, 0.01)), Err(NoCrossing::TooFew));
        let mut one_block = points(&[1e3, 1e6], 1e4, 0.01);
        one_block[1].lead.half_width = None;
        assert_eq!(crossing(&one_block), Err(NoCrossing::Behind([1e3, 1e3])));
    }

    #[test]
    fn it_may_fall_behind_and_the_last_change_is_the_one_that_lasts() {
        let turned = |points: Vec<Point>| -> Vec<Point> {
            points.iter().map(|p| Point { lead: p.lead.turned(), ..*p }).collect()
        };
        let found = crossing(&turned(points(&[1e3, 1e5], 1e4, 0.01))).unwrap();
        assert!(!found.ahead);
        let mut lucky = points(&[1e3, 2e3, 1e4, 1e6], 1e4, 0.01);
        lucky[0].lead.log_mean = 0.5;
        let found = crossing(&lucky).unwrap();
        assert!(found.ahead && found.changes == 2 && found.at > 1.9e4, "{found:?}");
    }

    #[test]
    fn the_way_may_go_down() {
        // of workers, one over their number: twice the work of the other, spread over them
        let point = |workers: f64| {
            let lead = Estimate::with(8, (workers / 2.2_f64).ln(), 0.01, 7.0);
            Point { at: 1.0 / workers, time: 1.0, time_half: 0.01, lead }
        };
        let found = crossing(&[1.0, 2.0, 4.0, 8.0].map(point)).unwrap();
        assert!((1.0 / found.at - 2.2).abs() < 1e-9 && found.low > found.at && found.at > found.high);
        assert_eq!(found.between, [0.5, 0.25]);
    }
}
