//! A panic on one side of a channel must not leave the other side waiting.

use super::{reason, started};
use parallax_conform::ON_PURPOSE;
use parallax_pattern::{Channel, Exchange, No, Traffic};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Messages that panic at one producer's or consumer's call.
pub(crate) struct Letters {
    traffic: [usize; 3],
    answered: bool,
    made: usize,
    taken: usize,
}

impl Channel for Letters {
    type Message = usize;
    type Tally = usize;
    fn shape(&self) -> Traffic {
        let [producers, consumers, messages] = self.traffic;
        Traffic { producers, consumers, messages, answered: self.answered }
    }
    fn make(&self, _: usize, number: usize) -> usize {
        if number == self.made {
            resume_unwind(Box::new(ON_PURPOSE));
        }
        number
    }
    fn take(&self, message: usize, tally: &mut usize) {
        if message == self.taken {
            resume_unwind(Box::new(ON_PURPOSE));
        }
        *tally += 1;
    }
}

/// Shows that a panic on either side of a channel reaches the caller, and no task waits forever.
pub(crate) fn channels_survive_a_panic<T: Exchange<Letters>>() {
    const NEVER: usize = usize::MAX;
    for workers in [1, 2] {
        let Some(technique) = started::<T>(workers) else { return };
        let letters = |traffic, answered, made, taken| Arc::new(Letters { traffic, answered, made, taken });
        for (made, taken) in [(0, NEVER), (1999, NEVER), (NEVER, 0), (NEVER, 1999)] {
            for (traffic, answered) in [([1, 1, 2000], false), ([2, 2, 2000], false), ([1, 1, 2000], true)] {
                let work = letters(traffic, answered, made, taken);
                let result = catch_unwind(AssertUnwindSafe(|| technique.channel(&work).map(drop)));
                if !matches!(result, Ok(Err(No::Unfit(_)))) {
                    assert_eq!(reason(result), ON_PURPOSE, "{traffic:?}, made {made}, taken {taken}");
                }
            }
        }
        let work = letters([2, 1, 50], false, NEVER, NEVER);
        let tallies = technique.channel(&work).unwrap();
        assert_eq!(tallies, [100], "with {workers} workers, after panics");
    }
}
