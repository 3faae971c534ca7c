//! Waiting for a quiet machine: a block starts when others are not busy, and a turn that they disturbed is repeated.
//!
//! Both cost time, so both are bounded. Simulated with a helper that burns a tenth of a core in bursts of 50 ms to 2 s:
//! without this 1 to 14 % of the blocks do not count, and with it 0 to 5 %; the turns that are disturbed for more than
//! half of their time fall from 2 to 8 % of all to 0 to 2.6 %.

use crate::interrupt;
use crate::load::{Foreign, Load};
use crate::worker::Interrupted;
use anyhow::Result;
use parallax_record::journal::Line;
use parallax_runner::clock::now_ns;
use std::time::Duration;

/// How long to observe the load of others. The kernel counts in ticks of 10 ms, and a quarter of a core must show.
const LOOK: Duration = Duration::from_millis(100);

/// The most time that one block loses to others.
const BLOCK_NS: u64 = 10_000_000_000;

/// The share of the budget that all blocks together lose: a machine that is never quiet is measured as it is.
const SHARE: f64 = 0.1;

/// A turn with more foreign cores than this is repeated. Where a core was taken for less than half of the time, the
/// median of a turn's samples is still that of an undisturbed turn.
const TURN_CORES: f64 = 0.5;

/// The rest of the time that a run may lose to others.
#[derive(Debug)]
pub struct Quiet {
    foreign_cores: f64,
    left_ns: u64,
    block_left_ns: u64,
}

impl Quiet {
    /// For a run of `budget_s` in which blocks count up to `foreign_cores`; the losses in `lines`, from before it was
    /// resumed, are part of its share.
    pub fn new(foreign_cores: f64, budget_s: f64, lines: &[Line]) -> Self {
        let share_ns = (SHARE * budget_s * 1e9) as u64;
        let left_ns = share_ns.saturating_sub(Lost::of(lines).ns);
        Quiet { foreign_cores, left_ns, block_left_ns: BLOCK_NS }
    }

    /// Begins a new block.
    pub fn begin(&mut self) {
        self.block_left_ns = BLOCK_NS;
    }

    /// Whether a turn is repeated, which makes its time a loss.
    pub fn repeats(&mut self, foreign: Foreign, turn_ns: u64) -> bool {
        let repeats = foreign.cores() > TURN_CORES && turn_ns <= self.most_ns();
        self.lose(if repeats { turn_ns } else { 0 });
        repeats
    }

    /// Waits until others keep fewer cores busy than a block may see, or as long as it may; returns how long it was. On
    /// a quiet machine this costs nothing if `last` is the foreign load of the turn that has just ended.
    ///
    /// # Errors
    ///
    /// Only [`Interrupted`].
    pub fn wait(&mut self, last: Option<f64>, told: impl Fn(f64)) -> Result<u64> {
        let began_ns = now_ns();
        self.wait_by(last, told, || {
            let before = Load::now();
            std::thread::sleep(LOOK);
            if interrupt::asked() {
                return Err(Interrupted.into());
            }
            Ok((now_ns() - began_ns, Load::now().since(&before).cores()))
        })
    }

    /// The same with any clock: `look` returns the time since the start, and the foreign load just now.
    fn wait_by(
        &mut self,
        last: Option<f64>,
        told: impl Fn(f64),
        mut look: impl FnMut() -> Result<(u64, f64)>,
    ) -> Result<u64> {
        if last.is_some_and(|foreign_cores| foreign_cores <= self.foreign_cores) {
            return Ok(0);
        }
        let (most_ns, mut waited_ns) = (self.most_ns(), 0);
        while waited_ns < most_ns {
            let (ns, foreign_cores) = look()?;
            if foreign_cores <= self.foreign_cores {
                break; // this last look does not count as waiting: it would have been needed anyway
            }
            told(foreign_cores);
            waited_ns = ns;
        }
        self.lose(waited_ns);
        Ok(waited_ns)
    }

    /// The most that may be lost now.
    fn most_ns(&self) -> u64 {
        self.left_ns.min(self.block_left_ns)
    }

    fn lose(&mut self, ns: u64) {
        self.left_ns = self.left_ns.saturating_sub(ns);
        self.block_left_ns = self.block_left_ns.saturating_sub(ns);
    }
}

/// The losses of a journal's blocks to others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// The time, all together.
    pub ns: u64,
    /// How many blocks lost some.
    pub blocks: usize,
    /// How many turns were repeated.
    pub turns: u64,
}

impl Lost {
    /// The losses in these lines.
    pub fn of(lines: &[Line]) -> Self {
        let mut lost = Lost::default();
        for line in lines {
            let Line::Block(block) = line else { continue };
            lost.ns = lost.ns.saturating_add(block.lost_ns);
            lost.blocks += usize::from(block.lost_ns > 0);
            lost.turns = lost.turns.saturating_add(block.repeated);
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_record::journal::BlockLine;

    const LOOK_NS: u64 = 100_000_000;

    /// Waits on a machine whose foreign load is `loads`, look by look, and the last of them from then on; returns the
    /// wait, and the loads that were reported.
    fn wait(quiet: &mut Quiet, last: Option<f64>, loads: &[f64]) -> (u64, Vec<f64>) {
        let told = std::cell::RefCell::new(Vec::new());
        let mut looks = 0;
        let waited = quiet.wait_by(
            last,
            |cores| told.borrow_mut().push(cores),
            || {
                let load = loads[looks.min(loads.len() - 1)];
                looks += 1;
                Ok((looks as u64 * LOOK_NS, load))
            },
        );
        (waited.unwrap(), told.into_inner())
    }

    #[test]
    fn a_quiet_machine_is_not_waited_for() {
        let mut quiet = Quiet::new(0.25, 300.0, &[]);
        let nobody_looks = quiet.wait_by(Some(0.2), |_| (), || unreachable!("the last turn has shown it"));
        assert_eq!(nobody_looks.unwrap(), 0);
        assert_eq!(wait(&mut quiet, None, &[0.1]), (0, vec![]), "the first block looks");
        assert_eq!(wait(&mut quiet, Some(0.9), &[0.25]), (0, vec![]), "it is over already");
    }

    #[test]
    fn a_short_disturbance_is_waited_for_and_told() {
        let mut quiet = Quiet::new(0.25, 300.0, &[]);
        assert_eq!(wait(&mut quiet, Some(1.0), &[0.9, 0.4, 0.0]), (2 * LOOK_NS, vec![0.9, 0.4]));
    }

    #[test]
    fn a_machine_that_is_never_quiet_keeps_its_budget() {
        let mut quiet = Quiet::new(0.25, 285.0, &[]);
        assert_eq!(wait(&mut quiet, None, &[2.0]).0, BLOCK_NS);
        assert_eq!(wait(&mut quiet, Some(2.0), &[2.0]).0, 0, "this block has lost enough");
        let mut block = || {
            quiet.begin();
            wait(&mut quiet, Some(2.0), &[2.0]).0
        };
        let rest: u64 = (0..100).map(|_| block()).sum();
        let all_s = (BLOCK_NS + rest) as f64 / 1e9;
        assert!((28.5..28.7).contains(&all_s), "a tenth of the budget, and a look: {all_s}");
        assert_eq!(wait(&mut quiet, Some(2.0), &[2.0]), (0, vec![]), "what is spent is spent");
        quiet.begin();
        assert!(!quiet.repeats(foreign(2.0), 1));
    }

    /// `cores` cores, over a second.
    fn foreign(cores: f64) -> Foreign {
        let second = |ns| Load::of(ns, cores);
        second(1_000_000_000).since(&second(0))
    }

    #[test]
    fn a_turn_that_lost_a_core_for_most_of_its_time_is_taken_again_while_there_is_time() {
        let mut quiet = Quiet::new(0.25, 60.0, &[]);
        assert_eq!([0.0, 0.3, 0.5].map(|cores| quiet.repeats(foreign(cores), 1)), [false; 3]);
        assert!(quiet.repeats(foreign(0.6), 4_000_000_000));
        assert!(!quiet.repeats(foreign(0.6), 4_000_000_000), "of the six seconds two are left");
        assert_eq!(wait(&mut quiet, Some(0.6), &[2.0]).0, 2_000_000_000, "for both together");
    }

    #[test]
    fn a_resumed_run_has_waited_already() {
        let block = |lost_ns| {
            Line::Block(BlockLine {
                block: 0,
                group: 0,
                block_ns: 1,
                lost_ns,
                repeated: u64::from(lost_ns > 0),
                foreign_cores: 0.0,
                probe_before: None,
                probe_after: None,
            })
        };
        let lines = [block(4_000_000_000), block(0), block(1_500_000_000)];
        assert_eq!(Lost::of(&lines), Lost { ns: 5_500_000_000, blocks: 2, turns: 2 });
        assert_eq!(wait(&mut Quiet::new(0.25, 60.0, &lines), None, &[2.0]).0, 500_000_000);
        assert_eq!(wait(&mut Quiet::new(0.25, 50.0, &lines), None, &[2.0]).0, 0);
    }

    #[test]
    fn who_waits_can_be_interrupted() {
        let why = Quiet::new(0.25, 300.0, &[]).wait_by(None, |_| (), || Err(Interrupted.into()));
        assert!(why.unwrap_err().is::<Interrupted>());
    }
}
