//! Work for techniques whose workers share no memory, and a run of every cell on named hosts.
//!
//! The work records which process did it, or takes long enough for a worker to be killed meanwhile.

use parallax_pattern::{Map, No, Reduce};
use parallax_suite::Size;
use parallax_suite::cell::Cell;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::process;
use std::thread::sleep;
use std::time::Duration;

/// A hundred slow items, each the number of the process that made it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Whose {
    /// How long each piece takes.
    pub millis: u64,
}

impl Map for Whose {
    type Item = u32;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [u32]) {
        out.fill(process::id());
        sleep(Duration::from_millis(self.millis));
    }
}

/// The sum of the numbers below `items`, each of which takes `millis`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Slow {
    /// How many there are.
    pub items: usize,
    /// How long each takes.
    pub millis: u64,
}

impl Reduce for Slow {
    type Acc = u64;
    fn len(&self) -> usize {
        self.items
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: Range<usize>) {
        for item in items {
            sleep(Duration::from_millis(self.millis));
            *acc += item as u64;
        }
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

/// Runs cells at some sizes on all variants; returns how many runs were right (`96 right`; unfit ones do not count), or
/// the first that was not, as text that one process can send another.
pub fn right_on(cells: Vec<Cell>, workers: usize, sizes: &[Size]) -> String {
    let mut right = 0;
    for cell in cells {
        for (size, variant) in sizes.iter().flat_map(|size| (0..4).map(move |variant| (*size, variant))) {
            let ran = cell.start(workers).and_then(|started| {
                let mut run = started.load(cell.params(size, variant))?;
                run.spoil();
                run.run(1)?;
                run.check().map_err(|mismatch| No::failed(mismatch.to_string()))
            });
            match ran {
                Ok(_) => right += 1,
                Err(No::Unfit(_)) => {}
                Err(why) => {
                    return format!("{}:{} at {size}, variant {variant}: {why}", cell.workload, cell.case);
                }
            }
        }
    }
    format!("{right} right")
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::Sequential;
    use parallax_suite::cell;

    #[test]
    fn what_is_right_is_counted_and_what_cannot_start_is_told() {
        let julia = || {
            let mut cells = cell::execute::<Sequential>();
            cells.retain(|cell| cell.workload == "julia" || cell.workload == "bubblesort");
            cells
        };
        assert_eq!(right_on(julia(), 1, &[Size::Tiny]), "4 right");
        let refuses = || Err(No::Unavailable("nothing is there".into()));
        let own = cell::OwnCell {
            workload: "own",
            question: parallax_pattern::Question::Execute,
            pattern: "map",
            card: julia()[0].card,
            implementor: "none",
            kernel: "none",
            input: "none",
            start: Box::new(move |_| refuses()),
        };
        let told = right_on(vec![Cell::own(own)], 1, &[Size::Tiny]);
        assert!(told.contains("own: at tiny, variant 0") && told.contains("nothing is there"), "{told}");
    }
}
