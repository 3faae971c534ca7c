//! Divide and conquer: parts of an array are solved independently, and neighbouring solutions are combined.
//!
//! Replace `Names` with your own work: how a part is solved (`solve`), and how two neighbouring solutions become one
//! (`combine`). `combine` can make any piece of the result independently, so that the last step has work for all.

use parallax::prelude::*;

/// Names to be sorted.
struct Names {
    names: Vec<String>,
}

impl Divide for Names {
    type Item = String;

    fn len(&self) -> usize {
        self.names.len()
    }

    /// Writes names `start..start + out.len()`, sorted.
    fn solve(&self, start: usize, out: &mut [String]) {
        out.clone_from_slice(&self.names[start..][..out.len()]);
        out.sort();
    }

    /// Writes a piece, which begins at `at`, of two merged sorted parts.
    fn combine(&self, left: &[String], right: &[String], at: usize, out: &mut [String]) {
        let (mut next_left, mut next_right) = begin(left, right, at);
        for name in out {
            let from_left = right.get(next_right).is_none_or(|right| {
                left.get(next_left).is_some_and(|left| left <= right) // the left one first where both are equal
            });
            let next = if from_left { &left[next_left] } else { &right[next_right] };
            name.clone_from(next);
            next_left += usize::from(from_left);
            next_right += usize::from(!from_left);
        }
    }
}

/// How many of the first `at` come from each side.
fn begin(left: &[String], right: &[String], at: usize) -> (usize, usize) {
    let (mut least, mut most) = (at.saturating_sub(right.len()), at.min(left.len()));
    while least < most {
        let middle = (least + most) / 2;
        if left[middle] <= right[at - middle - 1] { least = middle + 1 } else { most = middle }
    }
    (least, at - least)
}

fn main() -> ExitCode {
    let name = |i: usize| format!("name {}", i * 7919 % 100_003);
    parallax::bench("divide-example", move || Names { names: (0..50_000).map(name).collect() }).main()
}
