//! Payback: the number of calls from which on a program is ahead of one that costs less to begin and more to call.

use crate::estimate::{MISSES, mean};
use crate::moderate::quantile;
use serde::{Deserialize, Serialize};

/// The times of a process: before its first call, for its first calls, and for each later call.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The time before the first call.
    pub before: f64,
    /// After each of the first calls, the number of calls so far and the time they took together, in order.
    pub first: Vec<(f64, f64)>,
    /// The time of each later call.
    pub each: f64,
}

impl Course {
    /// The time it has taken at the end of `calls` calls. Between two known numbers of calls, calls are taken to be
    /// equally long.
    pub fn after(&self, calls: f64) -> f64 {
        let mut last = (0.0, 0.0);
        for &next in &self.first {
            if calls <= next.0 {
                let share = (calls - last.0) / (next.0 - last.0);
                return self.before + last.1 + share * (next.1 - last.1);
            }
            last = next;
        }
        self.before + last.1 + (calls - last.0) * self.each
    }
}

/// The processes of one block: those of the program that may pay off, and those of the one it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// The courses of the one.
    pub one: Vec<Course>,
    /// The courses of the other.
    pub other: Vec<Course>,
}

impl Beside {
    /// How far the one is behind at the end of `calls` calls.
    fn behind(&self, calls: f64) -> f64 {
        let after =
            |of: &[Course]| of.iter().map(|course| course.after(calls)).sum::<f64>() / of.len() as f64;
        after(&self.one) - after(&self.other)
    }
}

/// A number of calls, and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Payback {
    /// The first call at whose end the one is ahead, and stays so.
    pub calls: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The highest power of two that is tried: a program not ahead after a million million calls may never be.
const MOST: i32 = 40;

/// The number of calls from which on the one is ahead of the other. The interval has every number of calls at which the
/// mean difference of the blocks may be 0: where all calls are alike, it is Fieller's ([`fieller`](crate::fieller())).
///
/// There is none with fewer than two blocks, nor where the one may never get ahead, or may fall behind again.
///
/// ```
/// use parallax_method::{Beside, Course, payback};
///
/// let course = |before, each| Course { before, first: Vec::new(), each };
/// let block = |noise: f64| Beside { one: vec![course(20.0 * noise, 1.0)], other: vec![course(0.0, 5.0)] };
/// let found = payback(&[block(1.02), block(0.98), block(1.01), block(0.97)]).unwrap();
/// assert_eq!((found.calls, found.low, found.high), (5.0, 5.0, 6.0));
/// assert_eq!(payback(&[block(1.0)]), None);
/// ```
pub fn payback(blocks: &[Beside]) -> Option<Payback> {
    let is_whole = |block: &Beside| !block.one.is_empty() && !block.other.is_empty();
    let count = blocks.len() as f64;
    let errors = quantile(1.0 - MISSES / 2.0, count - 1.0).filter(|_| blocks.iter().all(is_whole))?;
    // the mean of the differences, plus `sign` times the half-width of its interval
    let behind = |calls: f64, sign: f64| {
        let each: Vec<f64> = blocks.iter().map(|block| block.behind(calls)).collect();
        let middle = mean(&each).unwrap_or(f64::NAN);
        let squares: f64 = each.iter().map(|value| (value - middle).powi(2)).sum();
        middle + sign * errors * (squares / (count - 1.0) / count).sqrt()
    };
    let calls = from_then_on(|calls| behind(calls, 0.0))?;
    let high = from_then_on(|calls| behind(calls, 1.0))?;
    let low = at_first(|calls| behind(calls, -1.0))?;
    Some(Payback { calls, low: low.min(calls), high: high.max(calls) })
}

/// The least number of calls from which on the difference is 0 or less, as far as powers of two show it.
fn from_then_on(behind: impl Fn(f64) -> f64) -> Option<f64> {
    let is_behind = |power: &i32| {
        let by = behind(2_f64.powi(*power));
        by > 0.0 || by.is_nan()
    };
    match (0..=MOST).rev().find(is_behind) {
        None => Some(1.0),
        Some(MOST) => None,
        Some(power) => Some(between(power, behind)),
    }
}

/// The least number of calls at which the difference is 0 or less, in the same way.
fn at_first(behind: impl Fn(f64) -> f64) -> Option<f64> {
    match (0..=MOST).find(|power| behind(2_f64.powi(*power)) <= 0.0)? {
        0 => Some(1.0),
        power => Some(between(power - 1, behind)),
    }
}

/// The least whole number above a power of two at which the difference is 0 or less, given that it is at the next
/// power.
fn between(power: i32, behind: impl Fn(f64) -> f64) -> f64 {
    let (mut above, mut below) = (2_f64.powi(power), 2_f64.powi(power + 1));
    while below - above > 1.0 {
        let middle = f64::midpoint(above, below).floor();
        if behind(middle) > 0.0 { above = middle } else { below = middle }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fieller;

    fn course(before: f64, each: f64) -> Course {
        Course { before, first: Vec::new(), each }
    }

    fn beside(one: Course, other: Course) -> Beside {
        Beside { one: vec![one], other: vec![other] }
    }

    #[test]
    fn a_course_goes_through_what_is_known_of_it_and_straight_on() {
        let course = Course { before: 10.0, first: vec![(1.0, 7.0), (5.0, 15.0)], each: 1.0 };
        let told = [0.0, 1.0, 3.0, 5.0, 9.0].map(|calls| course.after(calls));
        assert_eq!(told, [10.0, 17.0, 21.0, 25.0, 29.0]);
    }

    #[test]
    fn where_all_calls_are_alike_the_interval_is_fiellers() {
        let (costs, gains) = ([410.0, 455.0, 390.0, 420.0, 431.0], [3.0, 3.4, 2.9, 3.1, 3.3]);
        let blocks =
            costs.iter().zip(&gains).map(|(cost, gain)| beside(course(*cost, 1.0), course(0.0, 1.0 + gain)));
        let told = payback(&blocks.collect::<Vec<_>>()).unwrap();
        let (ratio, low, high) = fieller(&costs, &gains).unwrap();
        assert_eq!(told, Payback { calls: ratio.ceil(), low: low.ceil(), high: high.ceil() });
        assert!(told.low < told.calls && told.calls < told.high, "{told:?}");
    }

    /// Ten slow calls of a compiler that is still at work: a first call and a steady one would say 3 calls.
    #[test]
    fn calls_that_are_slow_for_long_are_paid_for_as_well() {
        let slow = Course { before: 0.0, first: vec![(1.0, 20.0), (10.0, 110.0)], each: 2.0 };
        let blocks = [1.0, 1.01, 0.99].map(|noise| {
            let other = course(0.0, 6.0 * noise);
            beside(slow.clone(), other)
        });
        let told = payback(&blocks).unwrap();
        assert_eq!(told.calls, 23.0); // 110 - 2 * 10 = (6 - 2) * 22.5
        assert!(told.low < 23.0 && told.high > 23.0);
    }

    #[test]
    fn what_may_never_get_ahead_or_not_stay_so_has_none() {
        let noise = [1.0, 1.1, 0.9, 1.05];
        let of = |one: fn(f64) -> Course, other: fn(f64) -> Course| {
            payback(&noise.map(|noise| beside(one(noise), other(1.0))))
        };
        assert_eq!(
            of(|_| course(0.0, 1.0), |_| course(0.0, 2.0)),
            Some(Payback { calls: 1.0, low: 1.0, high: 1.0 })
        );
        assert_eq!(
            of(|noise| course(10.0, 5.0 * noise), |_| course(0.0, 5.1)),
            None,
            "it is as fast, it may be"
        );
        assert_eq!(of(|noise| course(10.0, 5.0 * noise), |_| course(0.0, 4.0)), None, "it is slower");
        assert_eq!(
            of(|noise| course(0.0, 5.0 * noise), |_| course(9.0, 4.0)),
            None,
            "it is ahead at first only"
        );
        assert_eq!(of(|_| course(f64::NAN, 1.0), |_| course(0.0, 2.0)), None);
        assert_eq!(payback(&[]), None);
        let empty = || Beside { one: Vec::new(), other: vec![course(0.0, 1.0)] };
        assert_eq!(payback(&[empty(), empty(), empty()]), None);
    }
}
