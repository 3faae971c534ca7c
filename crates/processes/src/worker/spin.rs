//! Spinning: wait a short time without sleeping, looking a few times and yielding the core in between.
//!
//! A process that sleeps on a pipe is woken within about 5 µs on its own core, but a core that went idle
//! takes some 50 µs to come back in a virtual machine. Looking again and again answers in 1 to 4 µs, and
//! yielding in between keeps that true when both processes share one core.
//!
//! The trap: on a busy machine `sched_yield` hands the core to another program for a whole time slice (4 ms),
//! and a map of 20 µs tasks became fifty times slower. So a thread that notices such a slice stops looking for
//! the next few hundred waits, and for longer each time it happens again.

use std::cell::Cell;
use std::time::Duration;

use crate::worker::deadline::now;

/// About the cost of being woken: after this long without success, sleeping loses little.
const SPIN_TIME: Duration = Duration::from_micros(50);
/// Longer than any short task of the peer, shorter than a time slice of another program.
const STOLEN_SLICE: Duration = Duration::from_micros(500);
const SKIPPED_AT_FIRST: u32 = 256;
const SKIPPED_AT_MOST: u32 = 16 * 1024;
/// After this many waits in a row without a lost slice the machine counts as quiet again.
const QUIET: u32 = 1024;

thread_local! {
    static HISTORY: Cell<SpinHistory> = const { Cell::new(SpinHistory { skip: 0, next_skip: SKIPPED_AT_FIRST, good: 0 }) };
}

/// How busy this thread has found the machine.
#[derive(Clone, Copy)]
struct SpinHistory {
    skip: u32,
    next_skip: u32,
    good: u32,
}

/// Calls `look` until it finds something or it is time to sleep (`None`).
pub(crate) fn spin<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let mut history = HISTORY.get();
    if history.skip > 0 {
        history.skip -= 1;
        HISTORY.set(history);
        return look();
    }
    let start = now();
    let mut last = start;
    let found = loop {
        if let Some(found) = look() {
            break Some(found);
        }
        rustix::thread::sched_yield();
        let time = now();
        if time - last > STOLEN_SLICE {
            HISTORY.set(history.after_stolen_slice());
            return look();
        }
        if time - start > SPIN_TIME {
            break None;
        }
        last = time;
    };
    HISTORY.set(history.after_quiet_wait());
    found
}

impl SpinHistory {
    fn after_stolen_slice(self) -> Self {
        Self { skip: self.next_skip, next_skip: (self.next_skip * 4).min(SKIPPED_AT_MOST), good: 0 }
    }

    fn after_quiet_wait(self) -> Self {
        if self.good < QUIET {
            Self { good: self.good + 1, ..self }
        } else {
            Self { next_skip: SKIPPED_AT_FIRST, ..self }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_comes_late_and_gives_up_on_what_does_not() {
        let mut looks = 0;
        let found = spin(|| {
            looks += 1;
            (looks > 3).then_some(looks)
        });
        // A loaded machine may end the looking early, but never invents a result.
        assert!(found.is_none_or(|looks| looks == 4));
        assert_eq!(spin(|| None::<()>), None);
    }

    #[test]
    fn after_a_stolen_slice_it_stops_looking_for_ever_longer() {
        let fresh = SpinHistory { skip: 0, next_skip: SKIPPED_AT_FIRST, good: 7 };
        let once = fresh.after_stolen_slice();
        let twice = once.after_stolen_slice();
        assert_eq!((once.skip, twice.skip), (256, 1024));
        assert_eq!((0..9).fold(fresh, |history, _| history.after_stolen_slice()).skip, SKIPPED_AT_MOST);
        let calm = (0..=QUIET).fold(twice, |history, _| history.after_quiet_wait());
        assert_eq!(calm.next_skip, SKIPPED_AT_FIRST);
    }
}
