//! The time a block loses to others: it waits for them before it begins, and repeats a disturbed turn once.

use crate::load::{Foreign, Load};
use crate::quiet::Quiet;
use crate::turn::Taken;
use anyhow::Result;
use parallax_record::journal::Outcome;

/// The losses of a block to others so far.
#[derive(Debug, Default)]
pub struct Losses {
    /// The time that was lost to them.
    pub ns: u64,
    /// How many turns were repeated.
    pub repeated: u64,
    /// The load of others during the turns that are kept.
    pub foreign: Foreign,
    /// How many cores they kept busy during the last turn.
    pub last: f64,
}

impl Losses {
    /// Waits before a block; `last` is the foreign load of the turn before it.
    ///
    /// # Errors
    ///
    /// As [`Quiet::wait`].
    pub fn waiting(quiet: &mut Quiet, last: Option<f64>, told: &impl Fn(f64)) -> Result<Self> {
        quiet.begin();
        Ok(Losses { ns: quiet.wait(last, told)?, ..Losses::default() })
    }

    /// Runs a turn, and once more if others disturbed it. A turn without a number is kept as it is, since that is a
    /// fact as well. The second turn replaces the first, unless it broke without a wrong result, as may happen on a
    /// busy machine.
    ///
    /// # Errors
    ///
    /// The errors of `take`, and of waiting.
    pub fn turn(
        &mut self,
        quiet: &mut Quiet,
        told: &impl Fn(f64),
        mut take: impl FnMut() -> Result<Taken>,
    ) -> Result<Taken> {
        self.turn_beside(quiet, told, || {
            let before = Load::now();
            take().map(|taken| (taken, Load::now().since(&before)))
        })
    }

    /// The same, where `take` also returns the load of others meanwhile.
    fn turn_beside(
        &mut self,
        quiet: &mut Quiet,
        told: &impl Fn(f64),
        mut take: impl FnMut() -> Result<(Taken, Foreign)>,
    ) -> Result<Taken> {
        let (mut taken, mut foreign) = take()?;
        let has_number = matches!(taken.outcome, Outcome::Measured { .. });
        if has_number && quiet.repeats(foreign, taken.turn_ns) {
            self.ns += taken.turn_ns + quiet.wait(Some(foreign.cores()), told)?;
            self.repeated += 1;
            let second = take()?;
            let broke = matches!(second.0.outcome, Outcome::Refused { .. }) && !second.0.outcome.is_wrong();
            if !broke {
                (taken, foreign) = second;
            }
        }
        self.foreign += foreign;
        self.last = foreign.cores();
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_record::journal::Line;
    use parallax_runner::protocol::Status;

    /// An outcome with a number, from a published run.
    fn measured() -> Outcome {
        let folder = crate::workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let journal = std::fs::read_to_string(folder.join("journal.ndjson")).unwrap();
        let Line::Turn(turn) = serde_json::from_str(journal.lines().next().unwrap()).unwrap() else {
            panic!("a journal begins with a turn");
        };
        turn.outcome
    }

    fn refused(reason: &str) -> Outcome {
        Outcome::Refused { status: Status::Failed, reason: reason.into() }
    }

    /// Runs a turn during whose first take others kept `first` cores busy; returns which take was kept, and the losses.
    fn taken(first: f64, outcomes: &[Outcome]) -> (u64, Losses) {
        let (mut quiet, mut losses) = (Quiet::new(0.25, 60.0, &[]), Losses::default());
        let mut takes = 0;
        let taken = losses.turn_beside(&mut quiet, &|_| {}, || {
            let outcome = outcomes[takes].clone();
            takes += 1;
            let foreign = Foreign::of_cores(if takes == 1 { first } else { 0.1 });
            Ok((Taken { outcome, probe: None, turn_ns: takes as u64 }, foreign))
        });
        (taken.unwrap().turn_ns, losses)
    }

    #[test]
    fn a_disturbed_turn_is_taken_again_and_the_second_is_kept() {
        let (kept, losses) = taken(0.9, &[measured(), measured()]);
        assert_eq!((kept, losses.repeated), (2, 1));
        assert!(losses.ns >= 1, "the first turn is part of the loss");
        assert!((losses.last - 0.1).abs() < 1e-9, "the load of the turn that is kept: {losses:?}");
    }

    #[test]
    fn a_quiet_turn_and_a_refusal_are_not_taken_again() {
        let (kept, losses) = taken(0.1, &[measured()]);
        assert_eq!((kept, losses.repeated, losses.ns), (1, 0, 0));
        let (kept, losses) = taken(0.9, &[refused("wrong result: 1")]);
        assert_eq!((kept, losses.repeated, losses.ns), (1, 0, 0));
        assert!((losses.last - 0.9).abs() < 1e-9, "it is recorded all the same: {losses:?}");
    }

    #[test]
    fn a_second_take_that_breaks_does_not_cost_the_number_of_the_first_and_a_wrong_result_counts() {
        for (reason, kept) in [("the worker died", 1), ("wrong result: 1", 2)] {
            let (found, losses) = taken(0.9, &[measured(), refused(reason)]);
            assert_eq!((found, losses.repeated), (kept, 1), "{reason}");
        }
    }
}
